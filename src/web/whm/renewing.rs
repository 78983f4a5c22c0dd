//! How a customer's renewals are asked for, and how far his wallet may go below zero.
use super::{
    customers::page_of,
    done, form_key, once, sent_key,
    view::{Action, Cell, DetailPage, Field, Kind},
};
use crate::{
    domain::{
        Ctx,
        customers::{self, RenewingChange},
        ledger::{self, Limited},
    },
    kernel::permission::can,
    web::{
        WebError, flash,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{
    customers::customer,
    value::{CustomerId, Money},
};
use serde::Deserialize;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/customers/{id}/renewing", web::post().to(set_renewing))
        .route("/customers/{id}/credit-limit", web::post().to(set_credit_limit));
}

/// What the page of a customer says of it, and what may be changed.
pub(super) fn complete(staff: &Staff<can::ReadCustomers>, page: &mut DetailPage, customer: &customer::Model) {
    let frame = &page.frame;
    let said = |is_so: bool| Cell::text(frame.t(if is_so { "whm-yes" } else { "whm-no" }));
    let facts = [
        (frame.t("whm-auto-debit"), said(customer.auto_debit)),
        (frame.t("whm-separate-invoices"), said(customer.separate_invoices)),
        (frame.t("whm-credit-limit"), Cell::Money(Money::new(customer.credit_limit_minor, &customer.currency))),
    ];
    let mut actions = Vec::new();
    if staff.may::<can::ChangeCustomers>() {
        actions.push(renewing_action(frame, customer));
    }
    if staff.may::<can::AdjustWallets>() {
        actions.push(credit_limit_action(frame, customer));
    }
    page.facts.extend(facts);
    page.actions.extend(actions);
}

fn renewing_action(frame: &Frame, customer: &customer::Model) -> Action {
    let action = format!("{}/renewing", page_of(&customer.id));
    let switch = |name: &str, label: &str, is_on: bool| {
        Field::new(name, frame.t(label), Kind::Switch).value(sent(is_on)).optional()
    };
    Action::ask(frame.t("whm-renewing-set"), frame.t("whm-renewing-text"), "renewing", action, "refresh").with(vec![
        switch("auto_debit", "whm-auto-debit", customer.auto_debit),
        switch("separate_invoices", "whm-separate-invoices", customer.separate_invoices),
        Field::hidden("shown_auto_debit", sent(customer.auto_debit)),
        Field::hidden("shown_separate_invoices", sent(customer.separate_invoices)),
    ])
}

/// What a switch sends.
fn sent(is_on: bool) -> &'static str {
    if is_on { "1" } else { "" }
}

fn credit_limit_action(frame: &Frame, customer: &customer::Model) -> Action {
    let action = format!("{}/credit-limit", page_of(&customer.id));
    let text = frame.t("whm-credit-limit-text");
    Action::ask(frame.t("whm-credit-limit-set"), text, "credit-limit", action, "wallet").with(vec![
        Field::number("amount", frame.t("whm-credit-limit")).unit("Rp").value(customer.credit_limit_minor.to_string()),
        Field::line("reason", frame.t("whm-reason")),
        Field::hidden("key", form_key()),
    ])
}

/// How renewals are asked for, as typed; a switch that is off is not sent.
#[derive(Deserialize)]
pub struct RenewingForm {
    #[serde(default)]
    auto_debit: String,
    #[serde(default)]
    separate_invoices: String,
    #[serde(default)]
    shown_auto_debit: String,
    #[serde(default)]
    shown_separate_invoices: String,
}

/// `POST /whm/customers/{id}/renewing`
pub async fn set_renewing(
    staff: Staff<can::ChangeCustomers>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<RenewingForm>,
) -> Result<HttpResponse, WebError> {
    // What was not touched stays as it is by now: the customer may have switched it meanwhile.
    let touched = |now: &str, shown: &str| (now != shown).then_some(now == "1");
    let change = RenewingChange {
        auto_debit: touched(&form.auto_debit, &form.shown_auto_debit),
        separate_invoices: touched(&form.separate_invoices, &form.shown_separate_invoices),
    };
    customers::set_renewing(&staff.ctx, &id, change).await?;
    Ok(done(&page_of(&id), "whm-renewing-saved"))
}

/// How far a wallet may go below zero, as typed.
#[derive(Deserialize)]
pub struct CreditLimitForm {
    amount: i64,
    reason: String,
    key: String,
}

/// `POST /whm/customers/{id}/credit-limit`
pub async fn set_credit_limit(
    staff: Fresh<can::AdjustWallets>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<CreditLimitForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(ledger::set_credit_limit(ctx, &id, form.amount, &form.reason).await?);
    Ok(match once(&staff.ctx, "credit-limit", sent_key(&form.key)?, act).await? {
        Some(Limited::Waiting(_)) => flash::see_other(&page_of(&id), Tone::Info, "whm-credit-limit-waiting"),
        Some(Limited::Done(_)) => done(&page_of(&id), "whm-credit-limit-saved"),
        None => flash::see_other(&page_of(&id), Tone::Info, "whm-sent-before"),
    })
}
