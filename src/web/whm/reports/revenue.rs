//! What was invoiced and received.
use super::{
    ReportQuery, database, download, mailed, today, unread,
    view::{Chart, Period, ReportPage, Section, address, month_of_word},
};
use crate::{
    domain::reports::{
        range::Range,
        revenue::{self, RevenueReport},
        sheet::{REVENUE, Report, of_revenue},
    },
    kernel::permission::can,
    web::{
        WebError,
        frame::Frame,
        principal::Staff,
        respond,
        whm::view::{Cell, Table},
    },
};
use actix_web::{HttpResponse, web::Query};
use entity::value::Money;

const PATH: &str = "/whm/reports/revenue";

/// `GET /whm/reports/revenue`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), Range::last_twelve);
    let report = revenue::report(&staff.ctx, range).await.map_err(database)?;
    let mut page = page(frame, &report);
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/reports/revenue/csv`
pub async fn csv(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let (range, _) = query.range(today(&staff.frame()), Range::last_twelve);
    download(&staff, Report::Revenue, range).await
}

pub(super) fn page(frame: Frame, report: &RevenueReport) -> ReportPage {
    let period = Period::span(&frame, PATH, report.range);
    let mut page = ReportPage::new(frame, "revenue", period);
    let total = report.total();
    let money = |minor| page.frame.money(&Money::idr(minor));
    let figures = [("ledger", money(report.ledger_minor)), ("reported", money(total.issued_minor()))];
    page.tie(report.ties(), ("report-revenue-ties", "report-revenue-differs"), &figures);
    page.amount("report-issued", total.issued_minor(), page.frame.t("report-net"));
    page.amount("report-earned", total.earned_minor, page.frame.t("report-net"));
    page.amount("report-deferred", total.deferred_minor, page.frame.t("report-net"));
    page.amount("report-received", total.received_minor, page.frame.t("report-gross"));
    page.amount("report-kept", total.kept_minor(), page.frame.t("report-gross"));
    page.amount("report-credited", total.credited_minor, page.frame.t("report-net"));
    page.amount("report-written-off", total.written_off_minor, page.frame.t("report-net"));
    let lang = page.frame.lang;
    let series: Vec<(String, i64)> =
        report.months.iter().map(|month| (month_of_word(&month.month, lang), month.issued_minor())).collect();
    page.chart = Chart::new(&page.frame, page.frame.t("report-issued-by-month"), &series);
    page.sections = vec![months(&page.frame, report), products(&page.frame, report)];
    page.csv(address(&format!("{PATH}/csv"), report.range));
    page.actions.push(mailed::ask(&page.frame, Report::Revenue));
    page.means(&[
        "report-issued",
        "report-earned",
        "report-deferred",
        "report-received",
        "report-kept",
        "report-paid-net",
        "report-written-off",
    ]);
    page
}

fn months(frame: &Frame, report: &RevenueReport) -> Section {
    let class = |key: &str| if key == "report-issued" { "cell-side num" } else { "num" };
    let columns = std::iter::once((frame.t("report-month"), "cell-main"))
        .chain(REVENUE.iter().map(|key| (frame.t(key), class(key))));
    let rows = report.months.iter().rev().map(|month| {
        let figures = of_revenue(month).into_iter().map(|minor| Cell::Money(Money::idr(minor)));
        std::iter::once(Cell::text(month_of_word(&month.month, frame.lang))).chain(figures).collect()
    });
    let title = frame.t("report-by-month");
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), frame.t("report-none"))
}

fn products(frame: &Frame, report: &RevenueReport) -> Section {
    let columns = [
        (frame.t("report-product"), "cell-main"),
        (frame.t("whm-kind"), "cell-sub"),
        (frame.t("report-paid-net"), "num"),
        (frame.t("report-issued"), "cell-side num"),
    ];
    let rows = report.products.iter().map(|product| {
        vec![
            Cell::text(product.name.clone().unwrap_or_else(|| frame.t("report-no-contract"))),
            Cell::text(frame.word("product-kind", &product.kind)),
            Cell::Money(Money::idr(product.paid_minor)),
            Cell::Money(Money::idr(product.issued_minor)),
        ]
    });
    let title = frame.t("report-by-product");
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), frame.t("report-none"))
}
