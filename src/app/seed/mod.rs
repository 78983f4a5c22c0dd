//! First data, written through the functions of the domain. Seeding again changes nothing.
mod draft;
mod history;
mod people;
mod products;

use crate::{
    domain::{
        Ctx, Kept, Services, billing, catalog, identity,
        payments::{
            Inbox,
            accounts::{self, AccountInput},
        },
        provisioning::clusters,
        settings::{self, Company, Facts, Tax},
    },
    kernel::{
        clock::{SharedClock, TestClock},
        config::Config,
        db,
    },
};
use anyhow::Context;
use chrono::{Duration, NaiveDate};
use sea_orm::ConnectionTrait;
use std::{sync::Arc, time::Instant};

const COMPANY: &str = include_str!("../../../seeds/demo/company.toml");
/// Bank accounts of the demo's company: invented, like everybody there.
const BANKS: &str =
    "Bank Contoh | 0001234567 | PT Nusa Awan Digital\nBank Contoh Syariah | 7000123456 | PT Nusa Awan Digital";
/// The demo's company opened its shop so long ago.
const FIRST_DAY: Duration = Duration::days(165);

/// What every installation needs: roles, tax rules, its own id, the payment account of the environment, the templates of
/// services that come with the program.
pub async fn base(services: &Arc<Services>) -> anyhow::Result<()> {
    let ctx = Ctx::system(services.clone(), "seed", "seed");
    identity::roles::seed(&ctx).await.context("roles")?;
    let tx = ctx.begin().await?;
    billing::seed_tax_rules(&tx, ctx.now()).await.context("tax rules")?;
    tx.commit().await?;
    settings::ensure_installation(&ctx).await.context("installation")?;
    accounts::ensure_environment_account(&ctx).await.context("payment account")?;
    catalog::template::store_shipped(&ctx).await.context("service templates")?;
    Ok(())
}

/// Refuses to work on a database whose seeding was interrupted: half a company would be taken for a whole one, and what
/// people add to it would be lost when the seeding is begun anew.
///
/// # Errors
/// There is the mark of such a seeding; the disk.
pub fn refuse_half_seeded(config: &Config) -> anyhow::Result<()> {
    draft::Draft::of(config).refuse()
}

/// The demo's company, products, staff, customers and their history. A database that has products is left as it is;
/// one whose seeding was interrupted is emptied and seeded anew.
pub async fn demo(services: &Arc<Services>) -> anyhow::Result<()> {
    let ctx = Ctx::system(services.clone(), "seed", "seed");
    let draft = draft::Draft::of(&services.config);
    if draft.was_interrupted()? {
        draft.refuse_others_data(services).await?;
        draft.start_over(services).await.context("emptying what was seeded by half")?;
        base(services).await?;
    }
    if !catalog::listing::slugs(&ctx.db).await?.is_empty() {
        return Ok(());
    }
    draft.begin(services).await?;
    let began = Instant::now();
    let clock = Arc::new(TestClock::at(services.clock.now() - FIRST_DAY));
    let past = in_the_past(services, clock.clone()).await?;
    let ctx = Ctx::system(past.clone(), "seed", "seed");
    company(&ctx).await.context("company")?;
    let staff = people::staff(&ctx).await.context("staff")?;
    products::seed(&ctx).await.context("products")?;
    history::tell(services, past.clone(), &clock, &staff).await.context("history")?;
    // Whether it is open today is for `open_shop` to find out.
    settings::set_selling(&ctx, false, &ALL_DONE).await?;
    past.db.clone().close().await?;
    draft.done(services).await?;
    tracing::info!(elapsed_ms = began.elapsed().as_millis() as u64, "Seeded the demo");
    Ok(())
}

/// The same house under the clock of the past, without doors to the outside. SQLite gets a connection of its own that
/// does not wait for the disk: a demo whose machine loses power while it is seeded is seeded anew.
async fn in_the_past(services: &Arc<Services>, clock: SharedClock) -> anyhow::Result<Arc<Services>> {
    let url = services.config.database_url();
    let connection = db::connect(&url, 1).await?;
    if url.starts_with("sqlite:") {
        connection.execute_unprepared("PRAGMA synchronous=OFF").await?;
    }
    Ok(Arc::new(Services {
        db: connection,
        clock,
        live: services.live.clone(),
        secrets: services.secrets.clone(),
        config: services.config.clone(),
        mailer: None,
        gateways: Vec::new(),
        drivers: Vec::new(),
        resolver: services.resolver.clone(),
        visitor: services.visitor.clone(),
        password_slots: services.password_slots.clone(),
        is_demo: services.is_demo,
        limits: services.limits.clone(),
        kept: Kept::default(),
        inbox: Inbox::default(),
        stop: services.stop.clone(),
    }))
}

/// Walks through the first-run checklist as an operator would, and opens the shop: the gateway is really tested, the
/// mail server really asked. A shop that is open stays open.
pub async fn open_shop(services: &Arc<Services>) -> anyhow::Result<()> {
    let ctx = Ctx::system(services.clone(), "seed", "seed");
    if settings::load(&ctx.db).await?.sales.is_selling {
        return Ok(());
    }
    bank_accounts(&ctx).await.context("bank accounts")?;
    settings::confirm_numbering(&ctx).await?;
    if let Some(mailer) = &services.mailer {
        mailer.check().await?;
        settings::record_mail_test(&ctx).await?;
    }
    for account in accounts::list(&ctx).await? {
        accounts::test(&ctx, &account.id).await?;
    }
    let facts = Facts {
        is_gateway_tested: accounts::is_any_tested(&ctx).await?,
        has_cluster: clusters::is_any_ready(&ctx.db).await?,
    };
    settings::set_selling(&ctx, true, &facts).await?;
    Ok(())
}

/// Customers of the demo may also transfer to the company's own accounts.
async fn bank_accounts(ctx: &Ctx) -> anyhow::Result<()> {
    const GATEWAY: &str = "transfer";
    if accounts::list(ctx).await?.iter().any(|account| account.gateway == GATEWAY) {
        return Ok(());
    }
    let input = AccountInput {
        name: "Transfer bank".to_owned(),
        is_enabled: true,
        is_default: true,
        // Customers see what pays by itself first.
        position: Some(200),
        base_url: None,
        values: [("accounts".to_owned(), BANKS.to_owned())].into(),
    };
    accounts::create(ctx, GATEWAY, input).await?;
    Ok(())
}

/// What the company's checklist said in the past.
const ALL_DONE: Facts = Facts { is_gateway_tested: true, has_cluster: true };

/// Who sells, and a shop that was open in the past.
async fn company(ctx: &Ctx) -> anyhow::Result<()> {
    let company: Company = toml::from_str(COMPANY).context("seeds/demo/company.toml")?;
    settings::save_section(ctx, company).await?;
    let tax = Tax { is_pkp: true, pkp_since: NaiveDate::from_ymd_opt(2024, 1, 1), ..Tax::default() };
    settings::save_section(ctx, tax).await?;
    settings::confirm_numbering(ctx).await?;
    settings::record_mail_test(ctx).await?;
    settings::set_selling(ctx, true, &ALL_DONE).await?;
    Ok(())
}
