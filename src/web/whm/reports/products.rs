//! How products and plans do.
use super::{
    ReportQuery, database, download, mailed, today, unread,
    view::{Chart, MOST_NAMED, Period, ReportPage, Section, address, percent},
};
use crate::{
    domain::reports::{
        products::{self, Line, ProductsReport},
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
use actix_web::{HttpResponse, web::Query};
use entity::value::Money;

const PATH: &str = "/whm/reports/products";

/// `GET /whm/reports/products`
pub async fn show(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), Range::last_twelve);
    let report = products::report(&staff.ctx, range).await.map_err(database)?;
    let mut page = page(frame, &report);
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/reports/products/csv`
pub async fn csv(staff: Staff<can::ReadReports>, query: Query<ReportQuery>) -> Result<HttpResponse, WebError> {
    let (range, _) = query.range(today(&staff.frame()), Range::last_twelve);
    download(&staff, Report::Products, range).await
}

pub(super) fn page(frame: Frame, report: &ProductsReport) -> ReportPage {
    let period = Period::span(&frame, PATH, report.range);
    let mut page = ReportPage::new(frame, "products", period);
    let (total, products, lang) = (report.total(), report.products(), page.frame.lang);
    let money = |minor| page.frame.money(&Money::idr(minor));
    let figures = [("ledger", money(report.ledger_minor)), ("reported", money(total.issued_minor))];
    page.tie(report.ties(), ("report-revenue-ties", "report-revenue-differs"), &figures);
    page.amount("report-issued", total.issued_minor, page.frame.t("report-net"));
    page.amount("report-mrr", total.mrr_minor, page.frame.ta("report-n-contracts", [("n", total.running)]));
    page.stat("report-plan-began", format::number(total.began, lang), String::new());
    page.stat("report-plan-ended", format::number(total.ended, lang), String::new());
    page.chart = Chart::of(
        &page.frame,
        page.frame.t("report-issued-by-product"),
        "report-product",
        &bars(&page.frame, &products),
    );
    page.sections = vec![
        table(&page.frame, report, "report-by-product", &products),
        table(&page.frame, report, "report-by-plan", &report.plans),
    ];
    page.csv(address(&format!("{PATH}/csv"), report.range));
    page.actions.push(mailed::ask(&page.frame, Report::Products));
    page.means(&["report-issued", "report-plan-began", "report-plan-moved", "report-plan-running", "report-mrr"]);
    page
}

fn name(frame: &Frame, line: &Line) -> String {
    line.product.clone().unwrap_or_else(|| frame.t("report-no-contract"))
}

/// What was issued by product; where there are many, the smallest are one bar.
fn bars(frame: &Frame, products: &[Line]) -> Vec<(String, i64)> {
    let shown = if products.len() > MOST_NAMED { MOST_NAMED - 1 } else { products.len() };
    let (first, rest) = products.split_at(shown);
    let bars = first.iter().map(|line| (name(frame, line), line.figures.issued_minor));
    let others = rest.iter().map(|line| line.figures.issued_minor).sum();
    bars.chain((!rest.is_empty()).then(|| (frame.t("report-other"), others))).collect()
}

fn table(frame: &Frame, report: &ProductsReport, title: &str, lines: &[Line]) -> Section {
    let columns = [
        (frame.t("report-product"), "cell-main"),
        (frame.t("report-plan-start"), "num"),
        (frame.t("report-plan-began"), "num"),
        (frame.t("report-plan-moved"), "num"),
        (frame.t("report-plan-ended"), "num"),
        (frame.t("report-plan-running"), "cell-sub num"),
        (frame.t("report-mrr"), "num"),
        (frame.t("report-share"), "num"),
        (frame.t("report-issued"), "cell-side num"),
    ];
    let rows = lines.iter().map(|line| {
        let figures = &line.figures;
        let count = |value: i64| Cell::text(format::number(value, frame.lang));
        let name = match (&line.plan, &line.plan_id, &line.product_id) {
            (Some(plan), Some(id), _) => {
                Cell::link(format!("{} · {plan}", name(frame, line)), format!("/whm/plans/{id}"))
            }
            (_, _, Some(id)) => Cell::link(name(frame, line), format!("/whm/products/{id}")),
            _ => Cell::text(name(frame, line)),
        };
        vec![
            name,
            count(figures.start),
            count(figures.began),
            count(figures.moved),
            count(figures.ended),
            count(figures.running),
            Cell::Money(Money::idr(figures.mrr_minor)),
            Cell::text(percent(report.share_bp(figures), frame.lang)),
            Cell::Money(Money::idr(figures.issued_minor)),
        ]
    });
    let title = frame.t(title);
    Section::new(title.clone(), String::new(), Table::new(title, columns).with(rows), frame.t("report-none"))
}
