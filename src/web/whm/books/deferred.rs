//! What is deferred, and when it becomes revenue.
use super::{
    super::view::{Action, Cell, DetailPage, Part, Table},
    periods::words_of,
};
use crate::{
    domain::reports::{
        csv::{self, Value as Csv},
        deferred::{self, DeferredReport},
    },
    kernel::{fault::CommonFault, permission::can},
    web::{WebError, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use entity::value::{Money, business_day};

pub(super) const HOME: &str = "/whm/books/deferred";
/// Where it is switched on.
const SETTINGS: &str = "/whm/settings/books";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/books/deferred", web::get().to(show)).route("/books/deferred/csv", web::get().to(csv));
}

/// `GET /whm/books/deferred`
pub async fn show(staff: Staff<can::ReadBooks>) -> Result<HttpResponse, WebError> {
    let report = deferred::report(&staff.ctx).await.map_err(CommonFault::from)?;
    respond::page(&page(staff.frame(), &report))
}

/// `GET /whm/books/deferred/csv`
pub async fn csv(staff: Staff<can::ReadBooks>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let report = deferred::report(&staff.ctx).await.map_err(CommonFault::from)?;
    let heads = [frame.t("report-month"), frame.t("whm-deferred-amount")];
    let months = report.months.iter().map(|month| (month.month.clone(), month.amount_minor));
    let others = [("whm-deferred-waiting", report.waiting_minor), ("whm-deferred-stopped", report.stopped_minor)];
    let others = others.into_iter().map(|(key, minor)| (frame.t(key), minor)).filter(|(_, minor)| *minor != 0);
    let rows = months.chain(others).map(|(word, minor)| vec![Csv::from(word), Csv::from(minor)]);
    let name = format!("deferred-revenue-{}.csv", business_day(frame.now));
    Ok(respond::file(&name, "text/csv; charset=utf-8", csv::file(&heads, rows)))
}

pub(in crate::web::whm) fn page(frame: Frame, report: &DeferredReport) -> DetailPage {
    let money = |minor| Cell::Money(Money::idr(minor));
    let figures = [
        ("ledger", frame.money(&Money::idr(report.ledger_minor))),
        ("reported", frame.money(&Money::idr(report.total_minor()))),
    ];
    let is_empty = report.months.is_empty() && report.total_minor() == 0;
    let notice = match (report.ties(), is_empty) {
        (true, true) => ("info", frame.t("whm-deferred-none")),
        (true, false) => ("good", frame.ta("whm-deferred-ties", figures)),
        (false, _) => ("bad", frame.ta("whm-deferred-differs", figures)),
    };
    let mut actions = vec![Action::link(frame.t("settings-books"), SETTINGS, "settings")];
    if !is_empty {
        actions.push(Action::link(frame.t("report-csv"), format!("{HOME}/csv"), "download"));
    }
    let facts = vec![
        (frame.t("whm-deferred-total"), money(report.total_minor())),
        (frame.t("whm-deferred-running"), money(report.running_minor())),
        (frame.t("whm-deferred-waiting"), money(report.waiting_minor)),
        (frame.t("whm-deferred-stopped"), money(report.stopped_minor)),
    ];
    let columns = [
        (frame.t("report-month"), "cell-main"),
        (frame.t("whm-deferred-amount"), "cell-side num"),
        (frame.t("whm-deferred-after"), "num"),
    ];
    let mut left = report.running_minor();
    let rows = report.months.iter().map(|month| {
        left -= month.amount_minor;
        vec![Cell::Text(words_of(&frame, &month.month)), money(month.amount_minor), money(left)]
    });
    let title = frame.t("whm-deferred-by-month");
    let table = Table::new(title.clone(), columns).with(rows);
    DetailPage {
        title: frame.t("whm-deferred"),
        subtitle: frame.t("whm-deferred-text"),
        back: "/whm/books".to_owned(),
        back_label: frame.t("nav-books"),
        notice,
        actions,
        facts,
        parts: vec![Part::Rows(title, table)],
        frame,
    }
}
