//! Disputes: payments that payers' banks took back, and how each ended.
use super::{
    done, form_key, once,
    query::ListQuery,
    sent_key,
    view::{Action, Cell, DetailPage, Field, Kind, ListPage, Table},
    whole_number,
};
use crate::{
    domain::{
        Ctx, customers,
        payments::{
            dispute::{self, Outcome},
            dispute_fee,
        },
    },
    kernel::{fault::CommonFault, format, permission::can},
    web::{
        WebError,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    payments::dispute as disputes,
    value::{CustomerId, DisputeId, DisputeStatus, Money},
};
use serde::Deserialize;
use std::collections::HashMap;

const HOME: &str = "/whm/disputes";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/disputes", web::get().to(list))
        .route("/disputes/{id}", web::get().to(show))
        .route("/disputes/{id}/fee", web::post().to(charge_fee))
        .route("/disputes/{id}/fee-back", web::post().to(return_fee))
        .route("/disputes/{id}/won", web::post().to(won))
        .route("/disputes/{id}/lost", web::post().to(lost));
}

/// What is open, where nobody says; of one customer everything.
fn status_of(query: &ListQuery) -> Option<DisputeStatus> {
    match query.state() {
        "" if query.of_customer().is_none() => Some(DisputeStatus::Open),
        word => DisputeStatus::parse(word),
    }
}

/// `GET /whm/disputes`
pub async fn list(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let of = query.of_customer().map(CustomerId::from);
    let page = dispute::list(&staff.ctx, status_of(&query), of.as_ref(), &query.page()).await?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(&staff.ctx.db, ids).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[disputes::Model],
    names: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    let states: Vec<&str> = DisputeStatus::ALL.iter().map(|status| status.as_str()).collect();
    let chosen = status_of(query).map(|status| status.as_str());
    let chips = ListQuery::queue_chips(&frame, HOME, "dispute-status", &states, chosen);
    let columns = [
        (frame.t("whm-reference"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-dispute-since"), ""),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            Cell::link(&row.reference, format!("{HOME}/{}", row.id)),
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::Status("dispute-status", row.status.as_str()),
            Cell::Ago(row.opened_at),
            Cell::Money(Money::new(row.amount_minor, &row.currency)),
        ]
    });
    ListPage {
        title: frame.t("nav-disputes"),
        subtitle: frame.t("whm-disputes-text"),
        actions: Vec::new(),
        search: (String::new(), String::new(), String::new()),
        chips,
        table: Table::new(frame.t("nav-disputes"), columns).with(cells),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// `GET /whm/disputes/{id}`
pub async fn show(staff: Staff<can::ReadPayments>, id: Path<DisputeId>) -> Result<HttpResponse, WebError> {
    let row = dispute::get(&staff.ctx, &id).await?;
    let names = customers::names_of(&staff.ctx.db, [row.customer_id.clone()]).await.map_err(CommonFault::from)?;
    let mut page = detail_page(staff.frame(), &row, &names);
    if row.status == DisputeStatus::Open && staff.may::<can::DecideDisputes>() {
        page.actions = decisions(&page.frame, &row);
    }
    if staff.may::<can::DecideDisputes>() {
        let acts = fee_acts(&page.frame, &row);
        page.actions.extend(acts);
    }
    respond::page(&page)
}

pub(super) fn detail_page(frame: Frame, row: &disputes::Model, names: &HashMap<CustomerId, String>) -> DetailPage {
    let money = |minor| Cell::Money(Money::new(minor, &row.currency));
    let invoice = row.invoice_id.as_ref();
    let won = row.won_payment_id.as_ref();
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("dispute-status", row.status.as_str())),
        (frame.t("whm-customer"), Cell::customer(names.get(&row.customer_id), row.customer_id.as_str())),
        (frame.t("whm-settlement-payment"), Cell::link(&row.reference, format!("/whm/payments/{}", row.payment_id))),
        (
            frame.t("whm-invoice"),
            invoice.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/invoices/{id}"))),
        ),
        (frame.t("whm-dispute-taken"), money(row.amount_minor)),
        (frame.t("whm-dispute-spent"), money(row.lost_minor)),
        (frame.t("whm-dispute-fee"), if row.fee_minor > 0 { money(row.fee_minor) } else { Cell::Nothing }),
        (
            frame.t("whm-dispute-fee-back"),
            if row.fee_back_minor > 0 { money(row.fee_back_minor) } else { Cell::Nothing },
        ),
        (frame.t("whm-dispute-since"), Cell::Time(row.opened_at)),
        (frame.t("whm-unallocated-decided"), Cell::maybe_time(row.decided_at)),
        (
            frame.t("whm-dispute-came-back"),
            won.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/payments/{id}"))),
        ),
        (frame.t("whm-dispute-grounds"), Cell::maybe(row.note.clone())),
    ];
    let notice = match row.status {
        DisputeStatus::Open => ("warn", frame.t("whm-dispute-open-text")),
        _ => ("info", String::new()),
    };
    DetailPage {
        title: row.reference.clone(),
        subtitle: names.get(&row.customer_id).cloned().unwrap_or_default(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-disputes"),
        notice,
        actions: Vec::new(),
        facts,
        parts: Vec::new(),
        frame,
    }
}

/// How it may end.
pub(super) fn decisions(frame: &Frame, row: &disputes::Model) -> Vec<Action> {
    let money = |minor| format::money(&Money::new(minor, &row.currency), frame.lang);
    let path = format!("{HOME}/{}", row.id);
    let fields = || {
        vec![
            Field::new("note", frame.t("whm-dispute-grounds"), Kind::Long).help(frame.t("whm-dispute-grounds-help")),
            Field::hidden("key", form_key()),
        ]
    };
    let text = frame.ta("whm-dispute-lost-text", [("amount", money(row.lost_minor))]);
    let lost = Action::ask(frame.t("whm-dispute-mark-lost"), text, "lost", format!("{path}/lost"), "x");
    let text = frame.ta("whm-dispute-won-text", [("amount", money(row.amount_minor))]);
    let won = Action::ask(frame.t("whm-dispute-mark-won"), text, "won", format!("{path}/won"), "check");
    vec![lost.danger().with(fields()), won.with(fields())]
}

/// What may be said of the gateway's fee.
pub(super) fn fee_acts(frame: &Frame, row: &disputes::Model) -> Vec<Action> {
    let path = format!("{HOME}/{}", row.id);
    let note = || Field::line("note", frame.t("whm-note"));
    let mut acts = Vec::new();
    if !row.is_fee_told && row.fee_back_minor == 0 {
        let text = frame.t("whm-dispute-fee-text");
        let ask = Action::ask(frame.t("whm-dispute-fee-enter"), text, "fee", format!("{path}/fee"), "receipt");
        let amount = Field::line("amount", frame.t("whm-amount")).unit(row.currency.clone());
        let known = if row.fee_minor > 0 { row.fee_minor.to_string() } else { String::new() };
        acts.push(ask.with(vec![amount.value(known), note(), Field::hidden("key", form_key())]));
    }
    if row.status == DisputeStatus::Won && row.fee_minor > 0 && row.fee_back_minor == 0 {
        let amount = format::money(&Money::new(row.fee_minor, &row.currency), frame.lang);
        let text = frame.ta("whm-dispute-fee-back-text", [("amount", amount)]);
        let action = format!("{path}/fee-back");
        let ask = Action::ask(frame.t("whm-dispute-fee-return"), text, "fee-back", action, "arrow-back-up");
        acts.push(ask.with(vec![note(), Field::hidden("key", form_key())]));
    }
    acts
}

/// A fee as typed.
#[derive(Deserialize)]
pub struct FeeForm {
    amount: String,
    note: String,
    key: String,
}

/// `POST /whm/disputes/{id}/fee`: what the gateway charges for it.
pub async fn charge_fee(
    staff: Fresh<can::DecideDisputes>,
    id: Path<DisputeId>,
    SafeForm(form): SafeForm<FeeForm>,
) -> Result<HttpResponse, WebError> {
    let mut faults = Vec::new();
    let Some(amount) = whole_number(form.amount.trim(), "amount", &mut faults) else {
        return Err(CommonFault::Invalid(faults).into());
    };
    let act = async |ctx: &Ctx| Ok(dispute_fee::charge(ctx, &id, amount, &form.note).await?);
    once(&staff.ctx, "dispute-fee", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-dispute-fee-charged"))
}

/// `POST /whm/disputes/{id}/fee-back`: the gateway gave it back.
pub async fn return_fee(
    staff: Fresh<can::DecideDisputes>,
    id: Path<DisputeId>,
    SafeForm(form): SafeForm<OutcomeForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(dispute_fee::give_back(ctx, &id, &form.note).await?);
    once(&staff.ctx, "dispute-fee-back", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-dispute-fee-returned"))
}

/// On what grounds, as typed.
#[derive(Deserialize)]
pub struct OutcomeForm {
    note: String,
    key: String,
}

/// `POST /whm/disputes/{id}/won`
pub async fn won(
    staff: Fresh<can::DecideDisputes>,
    id: Path<DisputeId>,
    SafeForm(form): SafeForm<OutcomeForm>,
) -> Result<HttpResponse, WebError> {
    end(&staff, &id, Outcome::Won, &form).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-dispute-won"))
}

/// `POST /whm/disputes/{id}/lost`
pub async fn lost(
    staff: Fresh<can::DecideDisputes>,
    id: Path<DisputeId>,
    SafeForm(form): SafeForm<OutcomeForm>,
) -> Result<HttpResponse, WebError> {
    end(&staff, &id, Outcome::Lost, &form).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-dispute-lost"))
}

async fn end(
    staff: &Fresh<can::DecideDisputes>,
    id: &DisputeId,
    outcome: Outcome,
    form: &OutcomeForm,
) -> Result<(), WebError> {
    let act = async |ctx: &Ctx| Ok(dispute::decide(ctx, id, outcome, &form.note).await?);
    once(&staff.ctx, "dispute-decide", sent_key(&form.key)?, act).await?;
    Ok(())
}
