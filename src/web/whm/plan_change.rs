//! Another plan for a customer's contract, agreed with him: priced, paid from his wallet or left to be paid by him.
use super::{
    EmptyForm, done,
    view::{Action, Cell, DetailPage, Field, Kind, Part, Table},
};
use crate::{
    domain::{
        Ctx, customers, ledger,
        ordering::{
            OrderingError,
            change::{self, Quote},
        },
        payments::{
            accounts::{self, Offer},
            attempt::Choice,
        },
        subscriptions::{self, SubscriptionView},
    },
    kernel::{fault::CommonFault, permission::can},
    web::{
        WebError, flash,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
        tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{
    catalog::{plan, price},
    customers::customer,
    subscriptions::plan_change,
    value::{AgreedOptions, Money, PlanChangeId, PlanChangeStatus, SubscriptionId, SubscriptionStatus},
};
use serde::Deserialize;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/subscriptions/{id}/change", web::post().to(quote))
        .route("/subscriptions/{id}/change/later", web::post().to(schedule))
        .route("/subscriptions/{id}/change/{change}", web::get().to(show))
        .route("/subscriptions/{id}/change/{change}", web::post().to(accept))
        .route("/subscriptions/{id}/change/{change}/cancel", web::post().to(cancel));
}

fn home(id: &SubscriptionId) -> String {
    format!("/whm/subscriptions/{id}")
}

fn page_of(id: &SubscriptionId, change_id: &PlanChangeId) -> String {
    format!("{}/change/{change_id}", home(id))
}

/// A change that is not over, for the page of its contract.
///
/// # Errors
/// The database.
pub(super) async fn under_way(
    ctx: &Ctx,
    frame: &Frame,
    id: &SubscriptionId,
    may_open: bool,
) -> Result<Option<(String, Cell)>, WebError> {
    let Some(open) = change::find::open_of(&ctx.db, id).await.map_err(CommonFault::from)? else { return Ok(None) };
    let word = frame.word("plan-change-status", open.status.as_str());
    let cell = if may_open { Cell::link(word, page_of(id, &open.id)) } else { Cell::text(word) };
    Ok(Some((frame.t("whm-change-under-way"), cell)))
}

/// What can be agreed on for a contract: at once, and from its next period on.
///
/// # Errors
/// The database.
pub(super) async fn offers(ctx: &Ctx, frame: &Frame, view: &SubscriptionView) -> Result<Vec<Action>, WebError> {
    let contract = &view.subscription;
    let mut actions = Vec::new();
    if contract.status == SubscriptionStatus::Terminated {
        return Ok(actions);
    }
    let (id, customer_id) = (&contract.id, &contract.customer_id);
    let told = |row: &price::Model, options: &AgreedOptions| {
        let cycle = frame.word("per-cycle", row.cycle.as_str());
        let price = frame.price(&Money::new(row.amount_minor, &contract.currency), row.tax_included);
        let with = frame.with_options(options).map_or_else(String::new, |words| format!(", {words}"));
        format!("{price} {cycle}{with}")
    };
    let now = change::choices(ctx, customer_id, id).await?;
    let later = change::later::choices(ctx, customer_id, id).await?;
    if !now.is_empty() {
        let plans = now.iter().map(|(offer, row, options)| {
            (offer.plan.code.clone(), format!("{} – {}", offer.plan.name, told(row, options)))
        });
        let text = frame.t("whm-change-text");
        let action = format!("{}/change", home(id));
        let ask = Action::ask(frame.t("whm-change"), text, "change", action, "arrow-up-right");
        actions.push(ask.with(vec![Field::new("plan", frame.t("whm-plan"), Kind::Choice(plans.collect()))]));
    }
    if !later.is_empty() {
        let terms = later.iter().map(|(offer, row, options)| {
            let code = format!("{}:{}", offer.plan.code, row.cycle.as_str());
            (code, format!("{} – {}", offer.plan.name, told(row, options)))
        });
        let text = frame.t("whm-change-later-text");
        let action = format!("{}/change/later", home(id));
        let ask = Action::ask(frame.t("whm-change-later"), text, "change-later", action, "calendar");
        let label = frame.t("whm-change-terms");
        actions.push(ask.with(vec![Field::new("terms", label, Kind::Choice(terms.collect()))]));
    }
    Ok(actions)
}

/// Which plan.
#[derive(Deserialize)]
pub struct PlanForm {
    #[serde(default)]
    plan: String,
}

/// `POST /whm/subscriptions/{id}/change`: what it costs.
pub async fn quote(
    staff: Staff<can::ChangePlans>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<PlanForm>,
) -> Result<HttpResponse, WebError> {
    let contract = subscriptions::find::get(&staff.ctx.db, &id).await?;
    let quote = change::quote(&staff.ctx, &contract.customer_id, &id, &form.plan).await?;
    Ok(flash::redirect(&page_of(&id, &quote.change.id)))
}

/// What it is to be renewed with: the code of a plan and a cycle, `n8n-basic:annually`.
#[derive(Deserialize)]
pub struct LaterForm {
    #[serde(default)]
    terms: String,
}

/// `POST /whm/subscriptions/{id}/change/later`: from the next period on.
pub async fn schedule(
    staff: Staff<can::ChangePlans>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<LaterForm>,
) -> Result<HttpResponse, WebError> {
    let contract = subscriptions::find::get(&staff.ctx.db, &id).await?;
    let (plan, cycle) = form.terms.rsplit_once(':').unwrap_or_default();
    change::later::schedule(&staff.ctx, &contract.customer_id, &id, plan, cycle).await?;
    Ok(done(&home(&id), "whm-change-scheduled"))
}

/// What the page of a change is made of.
pub(super) struct Facts<'a> {
    pub view: &'a SubscriptionView,
    pub customer: &'a customer::Model,
    pub plan: &'a plan::Model,
    pub quote: &'a Quote,
    /// What the wallet holds, minor units.
    pub balance_minor: i64,
    /// What it pays at most, minor units: with what it may owe.
    pub spendable_minor: i64,
    /// Ways to pay, where the wallet does not pay it.
    pub offers: &'a [Offer],
}

/// `GET /whm/subscriptions/{id}/change/{change}`: what it costs, who agreed, where it stands.
pub async fn show(
    staff: Staff<can::ChangePlans>,
    path: Path<(SubscriptionId, PlanChangeId)>,
) -> Result<HttpResponse, WebError> {
    let (id, change_id) = path.into_inner();
    let ctx = &staff.ctx;
    let view = subscriptions::find::view(ctx, &id).await?;
    let customer_id = &view.subscription.customer_id;
    let quote = change::get_quote(ctx, customer_id, &id, &change_id).await?;
    let plan = change::plan_of(ctx, &quote.change).await?;
    let customer = customers::get(&ctx.db, customer_id).await?;
    let currency = &quote.change.currency;
    let balance_minor = ledger::balance_minor(&ctx.db, customer_id, currency).await.map_err(CommonFault::from)?;
    let spendable_minor = ledger::spendable_minor(&ctx.db, customer_id, currency).await?;
    let offers = match spendable_minor < quote.change.total_minor {
        true => accounts::plain_methods_for(ctx, quote.change.total_minor).await?,
        false => Vec::new(),
    };
    let (view, customer, plan, quote, offers) = (&view, &customer, &plan, &quote, &offers);
    let facts = Facts { view, customer, plan, quote, balance_minor, spendable_minor, offers };
    respond::page(&change_page(staff.frame(), &facts))
}

pub(super) fn change_page(frame: Frame, facts: &Facts<'_>) -> DetailPage {
    let row = &facts.quote.change;
    let money = |minor: i64| Cell::Money(Money::new(minor, &row.currency));
    let heads = [(frame.t("whm-change-line"), "cell-main"), (frame.t("whm-amount"), "cell-side num")];
    let lines = facts.quote.lines.iter();
    let rows = lines.map(|line| vec![Cell::text(&line.description), money(line.amount_minor)]);
    let price = frame.price(&Money::new(row.to_price_minor, &row.currency), row.to_tax_included);
    let later = format!("{price} {}", frame.word("per-cycle", row.to_cycle.as_str()));
    let payment = row.payment_id.as_ref();
    let invoice = row.invoice_id.as_ref();
    let terms = vec![
        (frame.t("whm-status"), Cell::Status("plan-change-status", row.status.as_str())),
        (frame.t("whm-customer"), Cell::link(&facts.customer.name, format!("/whm/customers/{}", row.customer_id))),
        (frame.t("whm-change-present"), Cell::text(&facts.view.plan.name)),
        (frame.t("whm-change-from"), row.takes_effect_on.map_or(Cell::Nothing, Cell::Day)),
        (frame.t("whm-change-renewal"), Cell::text(later)),
        (frame.t("whm-total"), money(row.total_minor)),
        (frame.t("whm-change-balance"), money(facts.balance_minor)),
        (frame.t("whm-change-valid"), if is_open(&frame, row) { Cell::Time(row.valid_until) } else { Cell::Nothing }),
        (
            frame.t("whm-payment"),
            payment.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/payments/{id}"))),
        ),
        (
            frame.t("whm-invoice"),
            invoice.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/invoices/{id}"))),
        ),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ];
    let has_run_out = row.status == PlanChangeStatus::Quoted && !is_open(&frame, row);
    let title = format!("{} {}", facts.view.product.name, facts.plan.name);
    let costs = frame.t("whm-change-costs");
    DetailPage {
        title: frame.ta("whm-change-to", [("plan", title)]),
        subtitle: facts.customer.name.clone(),
        back: home(&row.subscription_id),
        back_label: frame.t("whm-change-contract"),
        notice: match has_run_out {
            true => ("warn", frame.t("whm-change-run-out")),
            false if is_open(&frame, row) && is_short(facts) && facts.offers.is_empty() => {
                ("warn", frame.t("whm-change-no-way"))
            }
            false => ("info", String::new()),
        },
        actions: acts(&frame, facts),
        facts: terms,
        parts: match row.takes_effect_on {
            // What begins with a coming period costs nothing before.
            Some(_) => Vec::new(),
            None => vec![Part::Rows(costs.clone(), Table::new(costs, heads).with(rows))],
        },
        frame,
    }
}

/// Whether a quote can still be agreed to.
fn is_open(frame: &Frame, row: &plan_change::Model) -> bool {
    row.status == PlanChangeStatus::Quoted && frame.now <= row.valid_until
}

/// Whether the wallet does not pay it.
fn is_short(facts: &Facts<'_>) -> bool {
    facts.spendable_minor < facts.quote.change.total_minor
}

fn acts(frame: &Frame, facts: &Facts<'_>) -> Vec<Action> {
    let row = &facts.quote.change;
    let here = page_of(&row.subscription_id, &row.id);
    let total = frame.money(&Money::new(row.total_minor, &row.currency));
    if matches!(row.status, PlanChangeStatus::AwaitingPayment | PlanChangeStatus::Scheduled) {
        let (label, text) = (frame.t("whm-change-cancel"), frame.t("whm-change-cancel-text"));
        return vec![Action::ask(label, text, "cancel-change", format!("{here}/cancel"), "x").danger()];
    }
    if !is_open(frame, row) {
        return Vec::new();
    }
    if !is_short(facts) {
        let text = frame.ta("whm-change-wallet-text", [("total", total)]);
        let ask = Action::ask(frame.t("whm-change-wallet"), text, "accept-change", here, "wallet").main();
        return vec![ask.with(vec![Field::hidden("method", "")])];
    }
    if facts.offers.is_empty() {
        return Vec::new();
    }
    let ways = facts.offers.iter().map(|offer| {
        let value = format!("{}:{}:{}", offer.gateway, offer.method.method, offer.method.option.unwrap_or_default());
        let own = format!("payment-method-{}-{}", offer.gateway, offer.method.method).replace('_', "-");
        (value, frame.known(&own).unwrap_or_else(|| offer.method.name.to_owned()))
    });
    let text = frame.ta("whm-change-by-customer-text", [("total", total)]);
    let ask = Action::ask(frame.t("whm-change-by-customer"), text, "accept-change", here, "send").main();
    vec![ask.with(vec![Field::new("method", frame.t("whm-method"), Kind::Choice(ways.collect()))])]
}

/// How what the wallet lacks is paid.
#[derive(Deserialize)]
pub struct AcceptForm {
    #[serde(default)]
    method: String,
}

/// `POST /whm/subscriptions/{id}/change/{change}`: agreed for the customer. Sent twice, it is agreed once.
pub async fn accept(
    staff: Fresh<can::ChangePlans>,
    path: Path<(SubscriptionId, PlanChangeId)>,
    SafeForm(form): SafeForm<AcceptForm>,
) -> Result<HttpResponse, WebError> {
    let (id, change_id) = path.into_inner();
    let contract = subscriptions::find::get(&staff.ctx.db, &id).await?;
    let way = Choice::parse(&form.method);
    match change::accept(&staff.ctx, &contract.customer_id, &id, &change_id, way.as_ref()).await {
        Ok(accepted) => Ok(match accepted.change.status {
            PlanChangeStatus::AwaitingPayment => done(&page_of(&id, &change_id), "whm-change-waits"),
            _ => done(&home(&id), "whm-change-begun"),
        }),
        Err(OrderingError::QuoteExpired) => Ok(flash::see_other(&home(&id), Tone::Warn, "whm-change-run-out")),
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /whm/subscriptions/{id}/change/{change}/cancel`: not any more, while it waits for its money or its day.
pub async fn cancel(
    staff: Staff<can::ChangePlans>,
    path: Path<(SubscriptionId, PlanChangeId)>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    let (id, change_id) = path.into_inner();
    let contract = subscriptions::find::get(&staff.ctx.db, &id).await?;
    change::cancel(&staff.ctx, &contract.customer_id, &id, &change_id).await?;
    Ok(done(&home(&id), "whm-change-cancelled"))
}
