//! Income tax that customers withheld, and its proofs.
use super::{
    ReportQuery, database, file, mailed, pager, today, unread,
    view::{Period, ReportPage, Section, address},
};
use crate::{
    domain::reports::{
        range::Range,
        sheet::{self, Report},
        withheld::{self, Line, Sum, WithheldReport},
    },
    kernel::permission::can,
    web::{
        WebError,
        frame::Frame,
        principal::Staff,
        respond,
        whm::view::{Cell, Chip, Table},
    },
};
use actix_web::{HttpResponse, web::Query};
use entity::value::{Money, WithholdingStatus, business_day};

const PATH: &str = "/whm/reports/withheld";
/// The word of the chip that shows every state.
const EVERY: &str = "all";

/// Which are listed: those without a proof where nobody says.
fn listed(query: &ReportQuery) -> Option<WithholdingStatus> {
    match query.list.as_deref() {
        None => Some(WithholdingStatus::Outstanding),
        Some(word) => WithholdingStatus::parse(word),
    }
}

fn word(status: Option<WithholdingStatus>) -> &'static str {
    status.map_or(EVERY, WithholdingStatus::as_str)
}

/// `GET /whm/reports/withheld`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), Range::month_of);
    let report = withheld::report(&staff.ctx, range).await.map_err(database)?;
    let lines = withheld::lines(&staff.ctx, range, listed(&query), &query.page()).await.map_err(database)?;
    let mut page = page(frame, &report, &query, &lines.rows, lines.next_cursor.as_deref());
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/reports/withheld/csv`
pub async fn csv(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, _) = query.range(today(&frame), Range::month_of);
    let sheet = sheet::withheld_sheet(&staff.ctx, range, listed(&query), frame.lang).await.map_err(database)?;
    Ok(file(sheet))
}

pub(super) fn page(
    frame: Frame,
    report: &WithheldReport,
    query: &ReportQuery,
    lines: &[Line],
    next: Option<&str>,
) -> ReportPage {
    let period = Period::span(&frame, PATH, report.range);
    let mut page = ReportPage::new(frame, "withheld", period);
    let money = |minor| page.frame.money(&Money::idr(minor));
    let figures = [
        ("received", money(report.received.minor)),
        ("reverted", money(report.reverted.minor)),
        ("booked", money(report.booked_minor)),
    ];
    page.tie(report.ties(), ("report-withheld-ties", "report-withheld-differs"), &figures);
    let count = |page: &ReportPage, sum: Sum| page.frame.ta("report-n-documents", [("n", sum.count)]);
    let notes = [count(&page, report.received), count(&page, report.outstanding), count(&page, report.late)];
    let [received, outstanding, late] = notes;
    page.amount("report-withheld-proven", report.received.minor, received);
    page.amount("report-withheld-outstanding", report.outstanding.minor, outstanding);
    page.amount("report-withheld-late", report.late.minor, late);
    page.amount("report-withheld-balance", report.balance_minor, page.frame.t("report-now"));
    let list = list(&page.frame, report.range, query, lines, next);
    page.sections = vec![list];
    page.csv(format!("{}&list={}", address(&format!("{PATH}/csv"), report.range), word(listed(query))));
    page.actions.push(mailed::ask(&page.frame, Report::Withheld));
    page.means(&["report-withheld-outstanding", "report-withheld-late", "report-withheld-balance"]);
    page
}

fn list(frame: &Frame, range: Range, query: &ReportQuery, lines: &[Line], next: Option<&str>) -> Section {
    let columns = [
        (frame.t("whm-invoice"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("report-withheld-due"), ""),
        (frame.t("report-withheld-number"), ""),
        (frame.t("report-withheld-date"), ""),
        (frame.t("report-dpp"), "num"),
        (frame.t("report-withheld-amount"), "cell-side num"),
    ];
    let rows = lines.iter().map(|line| {
        let row = &line.row;
        let number = line.invoice_number.as_deref().unwrap_or(row.invoice_id.as_str());
        vec![
            Cell::link(number, format!("/whm/invoices/{}", row.invoice_id)),
            Cell::customer(line.customer.as_ref(), row.customer_id.as_str()),
            Cell::Status("withholding-status", row.status.as_str()),
            Cell::Day(business_day(row.proof_due_at)),
            Cell::maybe(row.proof_number.as_deref()),
            row.proof_date.map_or(Cell::Nothing, Cell::Day),
            Cell::Money(Money::new(row.base_minor, &row.currency)),
            Cell::Money(Money::new(row.amount_minor, &row.currency)),
        ]
    });
    let chosen = listed(query);
    let base = address(PATH, range);
    let chip = |status: Option<WithholdingStatus>| Chip {
        label: status.map_or_else(|| frame.t("whm-all"), |one| frame.word("withholding-status", one.as_str())),
        href: format!("{base}&list={}", word(status)),
        active: status == chosen,
    };
    let chips = WithholdingStatus::ALL.iter().map(|status| chip(Some(*status))).chain([chip(None)]).collect();
    let (first, next) = pager(&format!("{base}&list={}", word(chosen)), query, next);
    let title = frame.t("report-withheld-list");
    let table = Table::new(title.clone(), columns).with(rows);
    Section { chips, first, next, ..Section::new(title, String::new(), table, frame.t("report-withheld-none")) }
}
