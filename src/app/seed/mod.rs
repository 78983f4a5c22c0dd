//! First data, written through the functions of the domain. Seeding again changes nothing.
mod people;
mod products;

use crate::domain::{
    Ctx, Services, billing, identity,
    payments::accounts,
    provisioning::clusters,
    settings::{self, Company, Facts, Tax},
};
use anyhow::Context;
use chrono::NaiveDate;
use std::sync::Arc;

/// What every installation needs: roles, tax rules, its own id, the payment account of the environment.
pub async fn base(services: &Arc<Services>) -> anyhow::Result<()> {
    let ctx = Ctx::system(services.clone(), "seed", "seed");
    identity::roles::seed(&ctx).await.context("roles")?;
    let tx = ctx.begin().await?;
    billing::seed_tax_rules(&tx, ctx.now()).await.context("tax rules")?;
    tx.commit().await?;
    settings::ensure_installation(&ctx).await.context("installation")?;
    accounts::ensure_environment_account(&ctx).await.context("payment account")?;
    Ok(())
}

/// The demo's company, products and people. A folder that has products is left as it is.
pub async fn demo(services: &Arc<Services>) -> anyhow::Result<()> {
    let ctx = Ctx::system(services.clone(), "seed", "seed");
    if !crate::domain::catalog::find::services(&ctx.db).await?.is_empty() {
        return Ok(());
    }
    company(&ctx).await.context("company")?;
    products::seed(&ctx).await.context("products")?;
    people::seed(&ctx).await.context("people")?;
    Ok(())
}

/// Walks through the first-run checklist as an operator would, and opens the shop: the gateway is really tested, the
/// mail server really asked. A shop that is open stays open.
pub async fn open_shop(services: &Arc<Services>) -> anyhow::Result<()> {
    let ctx = Ctx::system(services.clone(), "seed", "seed");
    if settings::load(&ctx.db).await?.sales.is_selling {
        return Ok(());
    }
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
        has_cluster: !clusters::list(&ctx.db).await?.is_empty(),
    };
    settings::set_selling(&ctx, true, &facts).await?;
    Ok(())
}

async fn company(ctx: &Ctx) -> anyhow::Result<()> {
    let text = |text: &str| text.to_owned();
    let company = Company {
        name: text("Nusa Awan"),
        legal_name: text("PT Nusa Awan Digital"),
        street: text("Jl. Melati Raya No. 12"),
        city: text("Jakarta Selatan"),
        state: text("DKI Jakarta"),
        postal_code: text("12540"),
        country_code: text("ID"),
        phone: text("+622150001234"),
        email: text("halo@demo.yumna.test"),
        npwp: text("0012345674541000"),
        bank_name: text("Bank Contoh"),
        bank_account: text("0001234567"),
        bank_account_name: text("PT Nusa Awan Digital"),
    };
    settings::save_section(ctx, company).await?;
    let tax = Tax { is_pkp: true, pkp_since: NaiveDate::from_ymd_opt(2024, 1, 1), ..Tax::default() };
    settings::save_section(ctx, tax).await?;
    Ok(())
}
