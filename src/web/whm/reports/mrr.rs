//! Recurring revenue and churn.
use super::{
    ReportQuery, database, download, mailed, today, unread,
    view::{Chart, Period, ReportPage, Section, address, month_of_word, percent},
};
use crate::{
    domain::reports::{
        mrr::{self, MrrReport},
        range::Range,
        sheet::{MRR, Report, of_mrr},
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

const PATH: &str = "/whm/reports/mrr";

/// `GET /whm/reports/mrr`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), Range::last_twelve);
    let report = mrr::report(&staff.ctx, range).await.map_err(database)?;
    let mut page = page(frame, &report);
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/reports/mrr/csv`
pub async fn csv(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let (range, _) = query.range(today(&staff.frame()), Range::last_twelve);
    download(&staff, Report::Mrr, range).await
}

pub(super) fn page(frame: Frame, report: &MrrReport) -> ReportPage {
    let period = Period::span(&frame, PATH, report.range);
    let mut page = ReportPage::new(frame, "mrr", period);
    let lang = page.frame.lang;
    if let Some(last) = report.months.last() {
        let note = page.frame.ta("report-n-contracts", [("n", last.contracts)]);
        page.amount("report-mrr-end", last.end_minor(), note);
        page.amount("report-mrr-net-new", last.end_minor() - last.start_minor, month_of_word(&last.month, lang));
        page.stat("report-logo-churn", percent(last.logo_churn_bp(), lang), month_of_word(&last.month, lang));
        page.stat("report-revenue-churn", percent(last.revenue_churn_bp(), lang), month_of_word(&last.month, lang));
    }
    let series: Vec<(String, i64)> =
        report.months.iter().map(|month| (month_of_word(&month.month, lang), month.end_minor())).collect();
    page.chart = Chart::new(&page.frame, page.frame.t("report-mrr-by-month"), &series);
    page.sections = vec![months(&page.frame, report), products(&page.frame, report)];
    page.csv(address(&format!("{PATH}/csv"), report.range));
    page.actions.push(mailed::ask(&page.frame, Report::Mrr));
    page.means(&[
        "report-mrr",
        "report-mrr-new",
        "report-mrr-expansion",
        "report-mrr-contraction",
        "report-mrr-churned",
        "report-logo-churn",
        "report-revenue-churn",
    ]);
    page
}

fn months(frame: &Frame, report: &MrrReport) -> Section {
    let class = |key: &str| if key == "report-mrr-end" { "cell-side num" } else { "num" };
    let columns = std::iter::once((frame.t("report-month"), "cell-main"))
        .chain(MRR.iter().map(|key| (frame.t(key), class(key))))
        .chain([(frame.t("report-contracts"), "cell-sub num"), (frame.t("report-logo-churn"), "num")]);
    let rows = report.months.iter().rev().map(|month| {
        let figures = of_mrr(month).into_iter().map(|minor| Cell::Money(Money::idr(minor)));
        let rest = [Cell::text(month.contracts.to_string()), Cell::text(percent(month.logo_churn_bp(), frame.lang))];
        std::iter::once(Cell::text(month_of_word(&month.month, frame.lang))).chain(figures).chain(rest).collect()
    });
    let title = frame.t("report-by-month");
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), frame.t("report-none"))
}

fn products(frame: &Frame, report: &MrrReport) -> Section {
    let columns = [
        (frame.t("report-product"), "cell-main"),
        (frame.t("report-contracts"), "cell-sub num"),
        (frame.t("report-mrr"), "cell-side num"),
    ];
    let rows = report.products.iter().map(|product| {
        vec![
            Cell::text(product.name.as_str()),
            Cell::text(product.contracts.to_string()),
            Cell::Money(Money::idr(product.mrr_minor)),
        ]
    });
    let title = frame.t("report-by-product");
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), frame.t("report-none"))
}
