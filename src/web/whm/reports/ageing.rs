//! What customers owe, by age.
use super::{
    ReportQuery, database, download, mailed, pager, today, unread,
    view::{Chart, Period, ReportPage, Section},
};
use crate::{
    domain::reports::{
        ageing::{self, AgeingReport, Debtor},
        range::Range,
        sheet::{AGES, Report},
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
use chrono::NaiveDate;
use entity::value::Money;

const PATH: &str = "/whm/reports/ageing";

/// `GET /whm/reports/ageing`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (day, is_read) = query.day(today(&frame));
    let at = ageing::end_of(&staff.ctx, day);
    let report = ageing::report(&staff.ctx, at).await.map_err(database)?;
    let debtors = ageing::debtors(&staff.ctx, at, &query.page()).await.map_err(database)?;
    let mut page = page(frame, day, &report, &query, &debtors.rows, debtors.next_cursor.as_deref());
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/reports/ageing/csv`
pub async fn csv(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let (day, _) = query.day(today(&staff.frame()));
    download(&staff, Report::Ageing, Range { from: day, until: day.succ_opt().unwrap_or(day) }).await
}

pub(super) fn page(
    frame: Frame,
    day: NaiveDate,
    report: &AgeingReport,
    query: &ReportQuery,
    debtors: &[Debtor],
    next: Option<&str>,
) -> ReportPage {
    let period = Period::day(&frame, PATH, day);
    let mut page = ReportPage::new(frame, "ageing", period);
    let money = |minor| page.frame.money(&Money::idr(minor));
    let figures = [("ledger", money(report.ledger_minor)), ("reported", money(report.ages.total_minor()))];
    page.tie(report.ties(), ("report-ageing-ties", "report-ageing-differs"), &figures);
    page.amount("report-owed", report.ages.total_minor(), page.frame.ta("whm-n-invoices", [("n", report.invoices)]));
    page.amount("report-overdue", report.ages.overdue_minor(), String::new());
    for (key, minor) in AGES.into_iter().zip(report.ages.each()) {
        page.amount(key, minor, String::new());
    }
    page.amount("report-written-off", report.written_off_minor, page.frame.t("report-so-far"));
    page.stat("report-debtors", report.customers.to_string(), String::new());
    let series: Vec<(String, i64)> =
        AGES.into_iter().zip(report.ages.each()).map(|(key, minor)| (page.frame.t(key), minor)).collect();
    page.chart = Chart::of(&page.frame, page.frame.t("report-owed-by-age"), "report-age", &series);
    let columns = [(page.frame.t("whm-customer"), "cell-main"), (page.frame.t("nav-invoices"), "cell-sub num")]
        .into_iter()
        .chain(AGES.into_iter().map(|key| (page.frame.t(key), "num")))
        .chain([(page.frame.t("whm-total"), "cell-side num")]);
    let rows = debtors.iter().map(|debtor| {
        let who = [Cell::customer(debtor.name.as_ref(), &debtor.customer_id), Cell::text(debtor.invoices.to_string())];
        let ages = debtor.ages.each().into_iter().chain([debtor.ages.total_minor()]);
        who.into_iter().chain(ages.map(|minor| Cell::Money(Money::idr(minor)))).collect()
    });
    let title = page.frame.t("report-by-customer");
    let table = Table::new(title.clone(), columns).with(rows);
    let (first, next) = pager(&format!("{PATH}?to={day}"), query, next);
    let list = Section::new(title, String::new(), table, page.frame.t("report-ageing-none"));
    page.sections = vec![Section { first, next, ..list }];
    page.csv(format!("{PATH}/csv?to={day}"));
    page.actions.push(mailed::ask(&page.frame, Report::Ageing));
    page.means(&["report-owed", "report-overdue", "report-written-off"]);
    page
}
