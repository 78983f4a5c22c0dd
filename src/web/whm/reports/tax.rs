//! The tax report.
use super::{
    ReportQuery, database, download, mailed, pager, today, unread,
    view::{Chart, Period, ReportPage, Section, address, month_of_word},
};
use crate::{
    domain::reports::{
        range::Range,
        sheet::Report,
        tax::{self, Listed, Part, Row, TaxReport},
    },
    kernel::permission::can,
    web::{
        WebError,
        frame::Frame,
        principal::Staff,
        respond,
        whm::view::{Action, Cell, Chip, Table},
    },
};
use actix_web::{HttpResponse, web::Query};
use entity::value::{Money, business_day};

const PATH: &str = "/whm/reports/tax";

fn listed(query: &ReportQuery) -> Listed {
    if query.list.as_deref() == Some("returns") { Listed::Returns } else { Listed::Invoices }
}

fn word(listed: Listed) -> &'static str {
    match listed {
        Listed::Invoices => "invoices",
        Listed::Returns => "returns",
    }
}

/// `GET /whm/reports/tax`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), Range::month_of);
    let report = tax::report(&staff.ctx, range).await.map_err(database)?;
    let rows = tax::rows(&staff.ctx, range, listed(&query), &query.page()).await.map_err(database)?;
    let months = tax::by_month(&staff.ctx, range.charted()).await.map_err(database)?;
    let mut page = page(frame, (&report, &months), &query, &rows.rows, rows.next_cursor.as_deref());
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/reports/tax/csv`
pub async fn csv(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let (range, _) = query.range(today(&staff.frame()), Range::month_of);
    download(&staff, Report::Tax, range).await
}

pub(super) fn page(
    frame: Frame,
    (report, months): (&TaxReport, &[(String, i64)]),
    query: &ReportQuery,
    rows: &[Row],
    next: Option<&str>,
) -> ReportPage {
    let range = report.range;
    let period = Period::span(&frame, PATH, range);
    let mut page = ReportPage::new(frame, "tax", period);
    if !report.is_pkp {
        page.notices.push(("info", page.frame.t("report-not-pkp")));
    }
    let money = |page: &ReportPage, minor| page.frame.money(&Money::idr(minor));
    let tie = report.tie;
    let figures = [
        ("booked", money(&page, tie.booked_minor)),
        ("elsewhere", money(&page, tie.elsewhere_minor)),
        ("earlier", money(&page, tie.earlier_minor)),
        ("reported", money(&page, tie.reported_minor)),
        ("ledger", money(&page, tie.ledger_minor)),
    ];
    page.tie(tie.holds(), ("report-tax-ties", "report-tax-differs"), &figures);
    let total = report.total();
    let count = |page: &ReportPage, part: Part| page.frame.ta("report-n-documents", [("n", part.documents)]);
    page.amount("report-dpp", total.net_minor, count(&page, total));
    page.amount("report-dpp-other", total.other_base_minor, String::new());
    page.amount("report-ppn", total.tax_minor, String::new());
    page.amount("report-exempt", report.exempt.net_minor, count(&page, report.exempt));
    let lang = page.frame.lang;
    let series: Vec<(String, i64)> = months.iter().map(|(month, minor)| (month_of_word(month, lang), *minor)).collect();
    page.chart = Chart::new(&page.frame, page.frame.t("report-tax-by-month"), &series);
    let sums = sums(&page.frame, report);
    let documents = documents(&page.frame, report, query, rows, next);
    page.sections = vec![sums, documents];
    page.csv(address(&format!("{PATH}/csv"), range));
    page.actions.push(mailed::ask(&page.frame, Report::Tax));
    let coretax = Action::link(page.frame.t("nav-report-coretax"), address("/whm/reports/coretax", range), "file-text");
    page.actions.push(coretax);
    page.means(&[
        "report-tax-point",
        "report-dpp",
        "report-dpp-other",
        "report-returned",
        "report-collected",
        "report-exempt",
    ]);
    page
}

fn sums(frame: &Frame, report: &TaxReport) -> Section {
    let columns = [
        (frame.t("report-part"), "cell-main"),
        (frame.t("report-documents"), "cell-sub num"),
        (frame.t("report-dpp"), "num"),
        (frame.t("report-dpp-other"), "num"),
        (frame.t("report-ppn"), "cell-side num"),
    ];
    let parts = [
        ("report-taxed", report.taxed),
        ("report-returned", report.returned),
        ("report-declared", report.total()),
        ("report-collected", report.collected),
        ("report-collected-returned", report.collected_returned),
        ("report-exempt", report.exempt),
        ("report-exempt-returned", report.exempt_returned),
    ];
    let money = |minor| Cell::Money(Money::idr(minor));
    let rows = parts.into_iter().map(|(key, part)| {
        vec![
            Cell::text(frame.t(key)),
            Cell::text(part.documents.to_string()),
            money(part.net_minor),
            money(part.other_base_minor),
            money(part.tax_minor),
        ]
    });
    let title = frame.t("report-tax-sums");
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), String::new())
}

fn documents(frame: &Frame, report: &TaxReport, query: &ReportQuery, rows: &[Row], next: Option<&str>) -> Section {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("report-date"), "cell-sub"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("report-npwp"), ""),
        (frame.t("report-dpp"), "num"),
        (frame.t("report-dpp-other"), "num"),
        (frame.t("report-ppn"), "cell-side num"),
    ];
    let money = |minor| Cell::Money(Money::idr(minor));
    let cells = rows.iter().map(|row| {
        let number = row.number.as_deref().unwrap_or(&row.id);
        vec![
            Cell::link(number, format!("/whm/invoices/{}", row.invoice_id)),
            Cell::Day(business_day(row.counts_at)),
            Cell::link(row.buyer_name(), format!("/whm/customers/{}", row.customer_id)),
            Cell::maybe(row.buyer_npwp()),
            money(row.net_minor),
            money(row.other_base_minor),
            match row.taxed {
                1 => money(row.tax_minor),
                2 => Cell::Noted(frame.money(&Money::idr(row.tax_minor)), frame.t("report-collected-note")),
                _ => Cell::text(frame.t("report-exempt")),
            },
        ]
    });
    let list = listed(query);
    let base = address(PATH, report.range);
    let chip = |kind| Chip {
        label: frame.t(&format!("report-list-{}", word(kind))),
        href: format!("{base}&list={}", word(kind)),
        active: kind == list,
    };
    let (first, next) = pager(&format!("{base}&list={}", word(list)), query, next);
    let title = frame.t("report-tax-documents");
    Section {
        chips: vec![chip(Listed::Invoices), chip(Listed::Returns)],
        first,
        next,
        ..Section::new(title.clone(), String::new(), Table::new(title, columns).with(cells), frame.t("report-none"))
    }
}
