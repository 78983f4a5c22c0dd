//! The export for Coretax: what is in the file, who is left out of it and why.
use super::{
    ReportQuery, database, today, unread,
    view::{Period, ReportPage, Section, address},
};
use crate::{
    domain::reports::{
        coretax::{self, Export},
        range::Range,
    },
    kernel::{fault::CommonFault, permission::can},
    web::{
        WebError,
        frame::Frame,
        principal::Staff,
        respond,
        whm::view::{Action, Cell, Table},
    },
};
use actix_web::{HttpResponse, web::Query};
use entity::value::{Money, business_day};

const PATH: &str = "/whm/reports/coretax";
/// Tax invoices shown: the file has all of them.
const SHOWN: usize = 50;

/// `GET /whm/reports/coretax`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), Range::month_of);
    let export = coretax::export(&staff.ctx, range).await.map_err(database)?;
    let mut page = page(frame, range, &export);
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/reports/coretax/xml`
pub async fn xml(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, _) = query.range(today(&frame), Range::month_of);
    let export = coretax::export(&staff.ctx, range).await.map_err(database)?;
    let number: usize = query.file.as_deref().and_then(|text| text.parse().ok()).unwrap_or(1);
    let file = export.file(number).ok_or(CommonFault::NotFound)?;
    let name = format!("coretax-{}-{}-{number}.xml", range.from, range.last());
    Ok(respond::file(&name, "application/xml; charset=utf-8", file))
}

pub(super) fn page(frame: Frame, range: Range, export: &Export) -> ReportPage {
    let period = Period::span(&frame, PATH, range);
    let mut page = ReportPage::new(frame, "coretax", period);
    if export.seller_tin.is_none() {
        page.notices.push(("bad", page.frame.t("report-coretax-no-seller")));
        let settings = Action::link(page.frame.t("report-coretax-settings"), "/whm/settings/company", "settings");
        page.actions.push(settings);
    } else {
        let files = export.files();
        for number in 1..=files {
            let label = match files {
                1 => page.frame.t("report-coretax-download"),
                _ => page.frame.ta("report-coretax-download-part", [("number", number), ("files", files)]),
            };
            let href = format!("{}&file={number}", address(&format!("{PATH}/xml"), range));
            page.actions.push(Action::primary(label, href, "file-download"));
        }
    }
    if !export.incomplete.is_empty() {
        let customers = export.incomplete.len();
        page.notices.push(("warn", page.frame.ta("report-coretax-left-out", [("n", customers)])));
    }
    page.notices.push(("info", page.frame.t("report-coretax-confirm")));
    let exported = page.frame.ta("report-n-documents", [("n", export.invoices.len())]);
    page.amount("report-coretax-tax", export.tax_minor, exported);
    page.amount("report-coretax-collected", export.collected_minor, String::new());
    page.amount("report-coretax-left-out-tax", export.left_out_minor, String::new());
    page.stat("report-coretax-without", export.without_number.to_string(), String::new());
    page.sections = vec![incomplete(&page.frame, export), invoices(&page.frame, export)];
    page.means(&["report-coretax-company", "report-coretax-person", "report-nitku", "report-coretax-returns"]);
    page
}

fn incomplete(frame: &Frame, export: &Export) -> Section {
    let columns = [
        (frame.t("whm-customer"), "cell-main"),
        (frame.t("report-coretax-gaps"), "cell-sub"),
        (frame.t("nav-invoices"), "cell-side num"),
    ];
    let rows = export.incomplete.iter().map(|one| {
        let gaps: Vec<String> = one.gaps.iter().map(|gap| frame.word("report-gap", gap.as_str())).collect();
        vec![
            Cell::link(one.name.as_str(), format!("/whm/customers/{}", one.customer_id)),
            Cell::text(gaps.join(", ")),
            Cell::text(one.invoices.to_string()),
        ]
    });
    let title = frame.t("report-coretax-incomplete");
    let table = Table::new(title.clone(), columns).with(rows);
    Section::new(title, frame.t("report-coretax-incomplete-text"), table, frame.t("report-coretax-complete"))
}

fn invoices(frame: &Frame, export: &Export) -> Section {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("report-date"), "cell-sub"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("report-coretax-number"), ""),
        (frame.t("report-dpp"), "num"),
        (frame.t("report-ppn"), "cell-side num"),
    ];
    let rows = export.invoices.iter().take(SHOWN).map(|one| {
        let net = one.goods.iter().map(|good| good.net_minor).sum();
        let tax = one.goods.iter().map(|good| good.tax_minor).sum();
        vec![
            Cell::text(one.number.as_str()),
            Cell::Day(business_day(one.counts_at)),
            Cell::text(one.buyer.name.as_str()),
            Cell::text(one.buyer.tin.as_str()),
            Cell::Money(Money::idr(net)),
            Cell::Money(Money::idr(tax)),
        ]
    });
    let title = frame.t("report-coretax-file");
    let table = Table::new(title.clone(), columns).with(rows);
    let all = export.invoices.len();
    let note = if all > SHOWN { frame.ta("report-shown", [("shown", SHOWN), ("all", all)]) } else { String::new() };
    Section::new(title, note, table, frame.t("report-none"))
}
