//! What we owe customers in their wallets.
use super::{
    ReportQuery, database, download, mailed, pager, today, unread,
    view::{Chart, Period, ReportPage, Section, address, month_of_word},
};
use crate::{
    domain::reports::{
        range::Range,
        sheet::Report,
        wallets::{self, Holder, WalletReport},
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

const PATH: &str = "/whm/reports/wallets";

/// `GET /whm/reports/wallets`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), Range::month_of);
    let report = wallets::report(&staff.ctx, range).await.map_err(database)?;
    let holders = wallets::holders(&staff.ctx, range, &query.page()).await.map_err(database)?;
    let months = wallets::by_month(&staff.ctx, range.charted(), report.closing_minor).await.map_err(database)?;
    let mut page = page(frame, (&report, &months), &query, &holders.rows, holders.next_cursor.as_deref());
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/reports/wallets/csv`
pub async fn csv(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let (range, _) = query.range(today(&staff.frame()), Range::month_of);
    download(&staff, Report::Wallets, range).await
}

pub(super) fn page(
    frame: Frame,
    (report, months): (&WalletReport, &[(String, i64)]),
    query: &ReportQuery,
    holders: &[Holder],
    next: Option<&str>,
) -> ReportPage {
    let period = Period::span(&frame, PATH, report.range);
    let mut page = ReportPage::new(frame, "wallets", period);
    let money = |minor| page.frame.money(&Money::idr(minor));
    let figures = [
        ("opening", money(report.opening_minor)),
        ("change", money(report.change_minor())),
        ("closing", money(report.closing_minor)),
    ];
    page.tie(report.ties(), ("report-wallets-ties", "report-wallets-differs"), &figures);
    let filled = page.frame.ta("report-n-wallets", [("n", report.filled)]);
    page.amount("report-closing", report.closing_minor, filled);
    page.amount("report-opening", report.opening_minor, String::new());
    page.amount(
        "report-overdrawn",
        report.overdrawn_minor,
        page.frame.ta("report-n-wallets", [("n", report.overdrawn)]),
    );
    page.amount("report-set-aside", report.held_minor, page.frame.t("report-now"));
    let lang = page.frame.lang;
    let series: Vec<(String, i64)> = months.iter().map(|(month, minor)| (month_of_word(month, lang), *minor)).collect();
    page.chart = Chart::new(&page.frame, page.frame.t("report-owed-by-month"), &series);
    let columns =
        [(page.frame.t("whm-customer"), "cell-main"), (page.frame.t("report-wallet-balance"), "cell-side num")];
    let rows = holders.iter().map(|holder| {
        vec![Cell::customer(holder.name.as_ref(), &holder.customer_id), Cell::Money(Money::idr(holder.balance_minor))]
    });
    let title = page.frame.t("report-by-customer");
    let table = Table::new(title.clone(), columns).with(rows);
    let (first, next) = pager(&address(PATH, report.range), query, next);
    let list = Section::new(title, String::new(), table, page.frame.t("report-wallets-none"));
    page.sections = vec![movements(&page.frame, report), Section { first, next, ..list }];
    page.csv(address(&format!("{PATH}/csv"), report.range));
    page.actions.push(mailed::ask(&page.frame, Report::Wallets));
    page.means(&["report-closing", "report-overdrawn", "report-set-aside"]);
    page
}

fn movements(frame: &Frame, report: &WalletReport) -> Section {
    let columns = [
        (frame.t("whm-kind"), "cell-main"),
        (frame.t("report-times"), "cell-sub num"),
        (frame.t("report-in"), "num"),
        (frame.t("report-out"), "num"),
        (frame.t("report-change"), "cell-side num"),
    ];
    let money = |minor| Cell::Money(Money::idr(minor));
    let rows = report.movements.iter().map(|moved| {
        vec![
            Cell::text(frame.word("wallet-transaction-type", moved.r#type.as_str())),
            Cell::text(moved.times.to_string()),
            money(moved.in_minor),
            money(moved.out_minor),
            money(moved.in_minor - moved.out_minor),
        ]
    });
    let title = frame.t("report-movements");
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), frame.t("report-none"))
}
