//! The control plane of staff. A handler's signature names the permission it needs; the menu shows what a person may
//! open. Pages are lists, things and forms (`view`); the words are `locales/*/whm-*.ftl`.
pub mod audit;
pub mod billing_day;
pub mod books;
#[cfg(test)]
mod catalog_samples;
pub mod categories;
pub mod closing;
pub mod clusters;
mod coupon_form;
#[cfg(test)]
mod coupon_samples;
pub mod coupons;
pub mod customer_form;
pub mod customers;
pub mod dashboard;
pub mod differences;
pub mod disputes;
pub mod drafts;
pub mod environment;
pub mod history;
pub mod instances;
pub mod invoices;
pub mod jobs;
pub mod mail;
pub mod merging;
pub mod nodes;
mod option_form;
pub mod options;
pub mod orders;
pub mod orphans;
pub mod payments;
pub mod payouts;
mod plan_change;
mod plan_form;
pub mod plans;
mod product_form;
pub mod products;
mod query;
pub mod quotes;
pub mod receipts;
pub mod renewing;
pub mod reports;
#[cfg(test)]
mod samples;
pub mod search;
pub mod second_factor;
pub mod settings;
pub mod settlement_lines;
pub mod settlements;
pub mod setup;
pub mod staff;
pub mod step_up;
pub mod subscriptions;
pub mod take_over;
mod take_over_view;
pub mod tasks;
pub mod tax_rules;
mod timeline;
pub mod transfers;
pub mod unallocated;
pub mod view;
pub mod waiting;
pub mod withholdings;

use crate::{
    domain::Ctx,
    kernel::{
        fault::{CommonFault, Fault, FieldFault, Kind},
        idempotency::{self, Begin},
    },
    web::{WebError, flash, form_errors::FormErrors, respond, tone::Tone},
};
use actix_web::{HttpResponse, http::StatusCode, web::ServiceConfig};
use serde::Deserialize;

/// The addresses of this door, below `/whm`.
pub fn routes(config: &mut ServiceConfig) {
    dashboard::routes(config);
    step_up::routes(config);
    second_factor::routes(config);
    staff::routes(config);
    mail::routes(config);
    customers::routes(config);
    customer_form::routes(config);
    closing::routes(config);
    renewing::routes(config);
    merging::routes(config);
    payouts::routes(config);
    history::routes(config);
    take_over::routes(config);
    payments::routes(config);
    receipts::routes(config);
    transfers::routes(config);
    unallocated::routes(config);
    settlements::routes(config);
    settlement_lines::routes(config);
    differences::routes(config);
    disputes::routes(config);
    invoices::routes(config);
    drafts::routes(config);
    withholdings::routes(config);
    tasks::routes(config);
    instances::routes(config);
    environment::routes(config);
    subscriptions::routes(config);
    plan_change::routes(config);
    billing_day::routes(config);
    books::routes(config);
    reports::routes(config);
    orders::routes(config);
    quotes::routes(config);
    categories::routes(config);
    products::routes(config);
    options::routes(config);
    plans::routes(config);
    coupons::routes(config);
    waiting::routes(config);
    jobs::routes(config);
    audit::routes(config);
    clusters::routes(config);
    nodes::routes(config);
    orphans::routes(config);
    // Before the sections of the settings, whose addresses would take its own.
    tax_rules::routes(config);
    settings::routes(config);
    setup::routes(config);
    search::routes(config);
}

/// A form that carries a reason.
#[derive(Debug, Deserialize)]
pub struct ReasonForm {
    /// Why.
    pub reason: String,
}

/// A form that carries a reason and its key.
#[derive(Debug, Deserialize)]
pub struct KeyedReasonForm {
    /// Why.
    pub reason: String,
    /// What tells it from another: sent twice, it acts once.
    pub key: String,
}

/// A form that only carries its token.
#[derive(Debug, Deserialize)]
pub struct EmptyForm {}

/// What was typed to confirm what cannot be undone.
#[derive(Debug, Deserialize)]
pub struct ConfirmForm {
    confirm: String,
}

impl ConfirmForm {
    /// Whether it is what was to be typed; the dialog asks for it before it sends.
    fn says(&self, expected: &str) -> bool {
        self.confirm.trim() == expected
    }
}

/// The answer to a form whose confirmation is not what was to be typed: nothing was done.
fn not_confirmed(back: &str) -> HttpResponse {
    flash::see_other(back, Tone::Bad, "whm-not-confirmed")
}

/// A key for a form: sent twice, it acts once.
fn form_key() -> String {
    format!("frm_{}", entity::value::next_ulid())
}

/// The key a form came with; one that was tampered with is wrong input.
fn sent_key(key: &str) -> Result<&str, WebError> {
    let is_key = (1..=60).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_key { Ok(key) } else { Err(CommonFault::Invalid(vec![FieldFault::new("key", "invalid")]).into()) }
}

/// A whole number that may be left out, with dots between its thousands as people here write them. A dot anywhere else
/// is no number: `1.5` is not 15.
fn whole_number(typed: &str, name: &'static str, faults: &mut Vec<FieldFault>) -> Option<i64> {
    if typed.is_empty() {
        return None;
    }
    let mut groups = typed.split('.');
    let first = groups.next().unwrap_or_default();
    let is_grouped = !typed.contains('.') || (first.len() <= 3 && groups.all(|group| group.len() == 3));
    let digits = typed.replace('.', "");
    let is_number = is_grouped && !first.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<i64>().ok().filter(|_| is_number);
    if number.is_none() {
        faults.push(FieldFault::new(name, "number"));
    }
    number
}

/// Does `act` once for a form with `key`: sent again, it changes nothing. What failed may be tried again.
async fn once<T>(
    ctx: &Ctx,
    scope: &str,
    key: &str,
    act: impl AsyncFnOnce(&Ctx) -> Result<T, WebError>,
) -> Result<Option<T>, WebError> {
    let scope = format!("whm:{scope}:{}", ctx.actor.id());
    let begun = idempotency::begin(&ctx.db, &ctx.live, ctx.now(), &scope, key, "").await.map_err(CommonFault::from)?;
    let Begin::Fresh(held) = begun else { return Ok(None) };
    let result = act(&Ctx { once: Some(held.clone()), ..ctx.clone() }).await;
    let tx = ctx.begin().await.map_err(CommonFault::from)?;
    match &result {
        Ok(_) => idempotency::complete(&tx, &held, 303, "").await.map_err(CommonFault::from)?,
        Err(WebError(fault)) => {
            let is_refusal = !matches!(fault.kind(), Kind::Internal | Kind::Unavailable { .. });
            idempotency::release(&tx, &held, is_refusal).await.map_err(CommonFault::from)?;
        }
    }
    tx.commit().await.map_err(CommonFault::from)?;
    result.map(Some)
}

/// Back to `location` with a sentence of success.
fn done(location: &str, key: &str) -> HttpResponse {
    flash::see_other(location, Tone::Good, key)
}

/// The form again with what is wrong at its fields; other faults are pages of their own.
fn refuse(fault: impl Fault, page: view::FormPage) -> Result<HttpResponse, WebError> {
    if fault.kind() != Kind::Invalid {
        return Err(fault.into());
    }
    let errors = FormErrors::of_fault(&page.frame, &fault);
    respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page.refused(errors))
}
