//! Payments of which gateways said something else when they were asked once more.
use super::{
    KeyedReasonForm, done, form_key, once,
    query::ListQuery,
    sent_key,
    view::{Action, Cell, DetailPage, Field, ListPage, Table},
};
use crate::{
    domain::{Ctx, customers, payments::attempt},
    kernel::{fault::CommonFault, format, permission::can},
    web::{WebError, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    payments::gateway_difference as differences,
    value::{CustomerId, DifferenceStatus, GatewayDifferenceId, Money},
};
use std::collections::HashMap;

pub(super) const HOME: &str = "/whm/differences";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/differences", web::get().to(list))
        .route("/differences/{id}", web::get().to(show))
        .route("/differences/{id}/close", web::post().to(close));
}

/// What still differs, where nobody says.
fn status_of(query: &ListQuery) -> Option<DifferenceStatus> {
    match query.state() {
        "" => Some(DifferenceStatus::Open),
        word => DifferenceStatus::parse(word),
    }
}

/// `GET /whm/differences`
pub async fn list(staff: Staff<can::ReadPayments>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let page = attempt::list_differences(&staff.ctx, status_of(&query), &query.page()).await?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(&staff.ctx.db, ids).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, page.next_cursor.as_deref()))
}

/// A state by its word, an amount as money, anything else as it is.
fn shown(frame: &Frame, row: &differences::Model, text: &str) -> String {
    match (row.what.as_str(), text.parse::<i64>()) {
        ("status", _) if text == "never_heard" => frame.t("whm-difference-never-heard"),
        ("status", _) => frame.word("payment-status", text),
        (_, Ok(minor)) => format::money(&Money::idr(minor), frame.lang),
        _ => text.to_owned(),
    }
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[differences::Model],
    names: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    let states: Vec<&str> = DifferenceStatus::ALL.iter().map(|status| status.as_str()).collect();
    let chosen = status_of(query).map(|status| status.as_str());
    let chips = ListQuery::queue_chips(&frame, HOME, "difference-status", &states, chosen);
    let columns = [
        (frame.t("whm-reference"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-difference-what"), ""),
        (frame.t("whm-difference-ours"), ""),
        (frame.t("whm-difference-theirs"), "cell-sub"),
        (frame.t("whm-when"), ""),
        (frame.t("whm-status"), "cell-side"),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            Cell::link(&row.reference, format!("{HOME}/{}", row.id)),
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::text(frame.word("difference-what", &row.what)),
            Cell::text(shown(&frame, row, &row.ours)),
            Cell::text(shown(&frame, row, &row.theirs)),
            Cell::Time(row.found_at),
            Cell::Status("difference-status", row.status.as_str()),
        ]
    });
    ListPage {
        title: frame.t("whm-differences"),
        subtitle: frame.t("whm-differences-text"),
        actions: vec![Action::link(frame.t("nav-settlements"), super::settlements::HOME, "arrow-left")],
        search: (String::new(), String::new(), String::new()),
        chips,
        table: Table::new(frame.t("whm-differences"), columns).with(cells),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// `GET /whm/differences/{id}`
pub async fn show(staff: Staff<can::ReadPayments>, id: Path<GatewayDifferenceId>) -> Result<HttpResponse, WebError> {
    let row = attempt::get_difference(&staff.ctx, &id).await?;
    let names = customers::names_of(&staff.ctx.db, [row.customer_id.clone()]).await.map_err(CommonFault::from)?;
    let mut page = detail_page(staff.frame(), &row, &names);
    if row.status == DifferenceStatus::Open && staff.may::<can::InquirePayments>() {
        let text = page.frame.t("whm-difference-close-text");
        let label = page.frame.t("whm-difference-close");
        let fields = vec![Field::line("reason", page.frame.t("whm-note")), Field::hidden("key", form_key())];
        page.actions.push(Action::ask(label, text, "close", format!("{HOME}/{id}/close"), "check").with(fields));
    }
    respond::page(&page)
}

pub(super) fn detail_page(frame: Frame, row: &differences::Model, names: &HashMap<CustomerId, String>) -> DetailPage {
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("difference-status", row.status.as_str())),
        (frame.t("whm-difference-what"), Cell::text(frame.word("difference-what", &row.what))),
        (frame.t("whm-difference-ours"), Cell::text(shown(&frame, row, &row.ours))),
        (frame.t("whm-difference-theirs"), Cell::text(shown(&frame, row, &row.theirs))),
        (frame.t("whm-settlement-payment"), Cell::link(&row.reference, format!("/whm/payments/{}", row.payment_id))),
        (frame.t("whm-customer"), Cell::customer(names.get(&row.customer_id), row.customer_id.as_str())),
        (frame.t("whm-difference-found"), Cell::Time(row.found_at)),
        (frame.t("whm-difference-closed-at"), Cell::maybe_time(row.closed_at)),
        (frame.t("whm-note"), Cell::maybe(row.note.clone())),
    ];
    let notice = match row.status {
        DifferenceStatus::Open => ("warn", frame.t("whm-difference-open-text")),
        _ => ("info", String::new()),
    };
    DetailPage {
        title: row.reference.clone(),
        subtitle: frame.word("difference-what", &row.what),
        back: HOME.to_owned(),
        back_label: frame.t("whm-differences"),
        notice,
        actions: Vec::new(),
        facts,
        parts: Vec::new(),
        frame,
    }
}

/// `POST /whm/differences/{id}/close`
pub async fn close(
    staff: Staff<can::InquirePayments>,
    id: Path<GatewayDifferenceId>,
    SafeForm(form): SafeForm<KeyedReasonForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(attempt::close_difference(ctx, &id, &form.reason).await?);
    once(&staff.ctx, "difference-close", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-difference-closed"))
}
