//! What gateways and the bank received and gave back.
use super::{
    ReportQuery, database, download, mailed, today, unread,
    view::{Chart, Period, ReportPage, Section, address},
};
use crate::{
    domain::reports::{
        gateways::{self, GatewayReport},
        range::Range,
        sheet::{Report, account, method},
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

const PATH: &str = "/whm/reports/gateways";

/// `GET /whm/reports/gateways`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), Range::month_of);
    let report = gateways::report(&staff.ctx, range).await.map_err(database)?;
    let mut page = page(frame, &report);
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/reports/gateways/csv`
pub async fn csv(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let (range, _) = query.range(today(&staff.frame()), Range::month_of);
    download(&staff, Report::Gateways, range).await
}

pub(super) fn page(frame: Frame, report: &GatewayReport) -> ReportPage {
    let period = Period::span(&frame, PATH, report.range);
    let mut page = ReportPage::new(frame, "gateways", period);
    page.tie(report.ties(), ("report-gateways-ties", "report-gateways-differs"), &[]);
    let total = report.total();
    let times = |page: &ReportPage, count: i64| page.frame.ta("report-n-times", [("n", count)]);
    page.amount("report-received", total.received_minor, times(&page, total.payments));
    page.amount("report-refunded", total.refunded_minor, times(&page, total.refunds));
    page.amount("report-reversed", total.reversed_minor, String::new());
    page.amount("whm-fee", total.fee_minor, page.frame.t("report-fee-known"));
    page.amount("report-dispute-fees", report.dispute_fees_minor, page.frame.t("report-less-given-back"));
    let received = report.received_by_account().into_iter();
    let series: Vec<(String, i64)> =
        received.map(|(code, name, minor)| (account(page.frame.lang, name, code), minor)).collect();
    page.chart = Chart::of(&page.frame, page.frame.t("report-received-by-account"), "report-account", &series);
    page.sections = vec![lines(&page.frame, report), balances(&page.frame, report)];
    page.csv(address(&format!("{PATH}/csv"), report.range));
    page.actions.push(mailed::ask(&page.frame, Report::Gateways));
    page.means(&["report-received", "report-refunded", "report-reversed", "report-held-there"]);
    page
}

fn lines(frame: &Frame, report: &GatewayReport) -> Section {
    let columns = [
        (frame.t("report-account"), "cell-main"),
        (frame.t("whm-method"), "cell-sub"),
        (frame.t("nav-payments"), "num"),
        (frame.t("report-received"), "cell-side num"),
        (frame.t("whm-fee"), "num"),
        (frame.t("report-refunded"), "num"),
        (frame.t("report-reversed"), "num"),
        (frame.t("report-other"), "num"),
        (frame.t("report-change"), "num"),
    ];
    let money = |minor| Cell::Money(Money::idr(minor));
    let rows = report.lines.iter().map(|line| {
        vec![
            Cell::text(account(frame.lang, line.name.as_ref(), &line.account)),
            Cell::text(method(frame.lang, line)),
            Cell::text(line.payments.to_string()),
            money(line.received_minor),
            money(line.fee_minor),
            money(line.refunded_minor),
            money(line.reversed_minor),
            money(line.other_minor),
            money(line.change_minor()),
        ]
    });
    let title = frame.t("report-by-method");
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), frame.t("report-none"))
}

fn balances(frame: &Frame, report: &GatewayReport) -> Section {
    let columns = [
        (frame.t("report-account"), "cell-main"),
        (frame.t("report-opening"), "num"),
        (frame.t("report-closing"), "cell-side num"),
    ];
    let rows = report.balances.iter().map(|balance| {
        vec![
            Cell::text(account(frame.lang, balance.name.as_ref(), &balance.account)),
            Cell::Money(Money::idr(balance.opening_minor)),
            Cell::Money(Money::idr(balance.closing_minor)),
        ]
    });
    let title = frame.t("report-held-there");
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), frame.t("report-none"))
}
