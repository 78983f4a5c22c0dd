//! How full plans are now.
use super::{
    database, download, mailed,
    view::{Period, ReportPage, Section, percent},
};
use crate::{
    domain::reports::{
        quota::{self, QuotaReport},
        range::Range,
        sheet::Report,
    },
    kernel::{format, permission::can},
    web::{
        WebError,
        frame::Frame,
        principal::Staff,
        respond,
        whm::view::{Cell, Table},
    },
};
use actix_web::HttpResponse;
use entity::value::business_day;

const PATH: &str = "/whm/reports/quota";

/// `GET /whm/reports/quota`
pub async fn show(staff: Staff<can::ReadReports>) -> Result<HttpResponse, WebError> {
    let report = quota::report(&staff.ctx).await.map_err(database)?;
    respond::page(&page(staff.frame(), &report))
}

/// `GET /whm/reports/quota/csv`
pub async fn csv(staff: Staff<can::ReadReports>) -> Result<HttpResponse, WebError> {
    let today = business_day(staff.ctx.now());
    download(&staff, Report::Quota, Range::month_of(today)).await
}

pub(super) fn page(frame: Frame, report: &QuotaReport) -> ReportPage {
    let period = Period::now(&frame);
    let mut page = ReportPage::new(frame, "quota", period);
    let (total, lang) = (report.total(), page.frame.lang);
    let count = |value: i64| format::number(value, lang);
    page.stat("report-quota-used", count(total.used()), percent(total.taken_bp(), lang));
    page.stat("report-quota-reserved", count(total.reserved), String::new());
    let available = report.plans.iter().map(quota::Line::available).sum();
    let of_all = page.frame.ta("report-quota-of", [("n", total.total)]);
    page.stat("report-quota-available", count(available), of_all);
    let paid = page.frame.ta("report-quota-n-paid", [("n", total.waiting_paid)]);
    page.stat("report-quota-waiting", count(total.waiting), paid);
    page.stat("report-quota-sold-out", report.sold_out().to_string(), String::new());
    page.sections = vec![plans(&page.frame, report)];
    page.csv(format!("{PATH}/csv"));
    page.actions.push(mailed::ask(&page.frame, Report::Quota));
    page.means(&["report-quota-used", "report-quota-reserved", "report-quota-waiting"]);
    page
}

fn plans(frame: &Frame, report: &QuotaReport) -> Section {
    let columns = [
        (frame.t("report-plan"), "cell-main"),
        (frame.t("report-quota-total"), "num"),
        (frame.t("report-quota-used"), "num"),
        (frame.t("report-quota-reserved"), "num"),
        (frame.t("report-quota-available"), "cell-side num"),
        (frame.t("report-quota-share"), "cell-sub num"),
        (frame.t("report-quota-waiting"), "num"),
    ];
    let rows = report.plans.iter().map(|line| {
        let count = |value: i64| Cell::text(format::number(value, frame.lang));
        vec![
            Cell::link(format!("{} · {}", line.product, line.plan), format!("/whm/plans/{}", line.plan_id)),
            count(line.total),
            count(line.used()),
            count(line.reserved),
            match line.is_sold_out() {
                true => Cell::text(frame.t("report-quota-none-left")),
                false => count(line.available()),
            },
            Cell::text(percent(line.taken_bp(), frame.lang)),
            count(line.waiting),
        ]
    });
    let title = frame.t("report-by-plan");
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), frame.t("report-quota-empty"))
}
