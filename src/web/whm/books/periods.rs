//! Months of the books: what is still open in the next one, closing it, opening the last one again.
use super::super::{
    done,
    view::{Action, Cell, DetailPage, Field, Part, Table},
};
use crate::{
    domain::{
        ledger,
        reports::{
            closing::{self, OpenItems},
            range::{Range, month_word},
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
    web::{self, ServiceConfig},
};
use chrono::NaiveDate;
use entity::{ledger::period, value::Money};
use serde::Deserialize;

pub(super) const HOME: &str = "/whm/books/periods";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/books/periods", web::get().to(show))
        .route("/books/periods/close", web::post().to(close))
        .route("/books/periods/reopen", web::post().to(reopen));
}

/// What the page shows.
#[derive(Default)]
pub struct Facts {
    /// Months that were ever closed, the newest first.
    pub periods: Vec<period::Model>,
    /// The last one that is closed.
    pub closed_through: Option<String>,
    /// The next one, once it is over, and what is open in it.
    pub next: Option<(NaiveDate, OpenItems)>,
    /// Whether the reader may close and open.
    pub may_close: bool,
}

/// `GET /whm/books/periods`
pub async fn show(staff: Staff<can::ReadBooks>) -> Result<HttpResponse, WebError> {
    let ctx = &staff.ctx;
    let mut facts = Facts {
        periods: ledger::periods(ctx).await.map_err(CommonFault::from)?,
        closed_through: ledger::closed_through(&ctx.db).await.map_err(CommonFault::from)?,
        next: None,
        may_close: staff.may::<can::ClosePeriods>(),
    };
    if let Some(first) = ledger::closable_period(ctx).await? {
        let items = closing::open_items(ctx, Range::month_of(first)).await.map_err(CommonFault::from)?;
        facts.next = Some((first, items));
    }
    respond::page(&page(staff.frame(), &facts))
}

/// A month in words: `Nov 2026`.
fn words(frame: &Frame, first: NaiveDate) -> String {
    let day = format::day(first, frame.lang);
    day.split_once(' ').map_or(day.clone(), |(_, rest)| rest.to_owned())
}

pub(super) fn words_of(frame: &Frame, month: &str) -> String {
    let first: Option<NaiveDate> = format!("{month}-01").parse().ok();
    first.map_or_else(|| month.to_owned(), |first| words(frame, first))
}

pub(in crate::web::whm) fn page(frame: Frame, facts: &Facts) -> DetailPage {
    let notice = match &facts.closed_through {
        Some(month) => ("good", frame.ta("whm-periods-through", [("month", words_of(&frame, month))])),
        None => ("info", frame.t("whm-periods-none")),
    };
    let mut actions = Vec::new();
    let is_closed = |month: &&str| facts.periods.iter().any(|row| row.month == **month && row.reopened_at.is_none());
    if let Some(month) = facts.closed_through.as_deref().filter(|_| facts.may_close).filter(is_closed) {
        let text = frame.ta("whm-period-reopen-text", [("month", words_of(&frame, month))]);
        let action = format!("{HOME}/reopen");
        let ask = Action::ask(frame.t("whm-period-reopen"), text, "reopen-month", action, "lock-open").danger();
        let reason = Field::line("reason", frame.t("whm-reason"));
        actions.push(ask.with(vec![Field::hidden("month", month), reason]));
    }
    let mut items = Vec::new();
    if let Some((first, open)) = &facts.next {
        let money = |minor| Cell::Money(Money::idr(minor));
        items = vec![
            (frame.t("whm-period-next"), Cell::Text(words(&frame, *first))),
            (frame.t("whm-period-drafts"), Cell::Text(open.drafts.to_string())),
            (frame.t("whm-period-reviews"), Cell::Text(open.reviews.to_string())),
            (frame.t("whm-period-clearing"), money(open.clearing_minor)),
            (frame.t("whm-period-unallocated"), money(open.unallocated_minor)),
            (frame.t("whm-period-receivable"), money(open.receivable_minor)),
            (frame.t("whm-period-tax"), money(open.tax_minor)),
            (frame.t("whm-period-deferred"), money(open.deferred_minor)),
            (frame.t("whm-period-unbooked"), money(open.unbooked_minor)),
            (frame.t("whm-period-next-earned"), money(open.next_minor)),
        ];
        if facts.may_close {
            let text = frame.ta("whm-period-close-text", [("month", words(&frame, *first))]);
            let ask = Action::ask(frame.t("whm-period-close"), text, "close-month", format!("{HOME}/close"), "lock");
            actions.push(ask.danger().with(vec![Field::hidden("month", month_word(*first))]));
        }
    }
    let columns = [
        (frame.t("report-month"), "cell-main"),
        (frame.t("whm-period-closed-at"), ""),
        (frame.t("whm-period-reopened-at"), ""),
        (frame.t("whm-reason"), "cell-sub"),
        (frame.t("whm-status"), "cell-side"),
    ];
    let rows = facts.periods.iter().map(|row| {
        let state = if row.reopened_at.is_none() { "closed" } else { "open" };
        vec![
            Cell::Text(words_of(&frame, &row.month)),
            Cell::Time(row.closed_at),
            Cell::maybe_time(row.reopened_at),
            Cell::maybe(row.reopen_reason.clone()),
            Cell::Status("period-state", state),
        ]
    });
    DetailPage {
        title: frame.t("whm-periods"),
        subtitle: frame.t("whm-periods-text"),
        back: "/whm/books".to_owned(),
        back_label: frame.t("nav-books"),
        notice,
        actions,
        facts: items,
        parts: vec![Part::Rows(frame.t("whm-periods"), Table::new(frame.t("whm-periods"), columns).with(rows))],
        frame,
    }
}

/// The month to close.
#[derive(Deserialize)]
pub struct CloseForm {
    month: String,
}

/// `POST /whm/books/periods/close`
pub async fn close(
    staff: Fresh<can::ClosePeriods>,
    SafeForm(form): SafeForm<CloseForm>,
) -> Result<HttpResponse, WebError> {
    ledger::close_period(&staff.ctx, &form.month).await?;
    Ok(done(HOME, "whm-period-closed"))
}

/// The month to open again, and why.
#[derive(Deserialize)]
pub struct ReopenForm {
    month: String,
    reason: String,
}

/// `POST /whm/books/periods/reopen`
pub async fn reopen(
    staff: Fresh<can::ClosePeriods>,
    SafeForm(form): SafeForm<ReopenForm>,
) -> Result<HttpResponse, WebError> {
    ledger::reopen_period(&staff.ctx, &form.month, &form.reason).await?;
    Ok(done(HOME, "whm-period-reopened"))
}
