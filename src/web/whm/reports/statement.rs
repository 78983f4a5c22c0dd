//! The statement of account of a customer, with the figures he can read himself.
use super::{
    ReportQuery, database, today, unread,
    view::{Period, ReportPage, Section, address},
};
use crate::{
    domain::{
        customers,
        reports::{
            range::Range,
            statement::{self, Line, Statement},
            statement_csv, statement_pdf,
        },
    },
    kernel::{locale::Lang, permission::can},
    web::{
        WebError,
        frame::Frame,
        principal::Staff,
        respond,
        whm::{
            customers::page_of,
            view::{Action, Cell, Table},
        },
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};
use chrono::NaiveDate;
use entity::value::{CustomerId, Money, business_day};

/// The address of a customer's statement.
pub(in crate::web::whm) fn statement_of(id: &CustomerId) -> String {
    format!("{}/statement", page_of(id))
}

/// Three months, as the customer sees them first.
fn three_months(today: NaiveDate) -> Range {
    let month = Range::month_of(today);
    Range { from: month.previous().previous().from, until: month.until }
}

/// `GET /whm/customers/{id}/statement`
pub async fn show(
    staff: Staff<can::ReadInvoices>,
    id: Path<CustomerId>,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, WebError> {
    let customer = customers::get(&staff.ctx.db, &id).await?;
    let frame = staff.frame();
    let (range, is_read) = query.range(today(&frame), three_months);
    let statement = statement::of(&staff.ctx, &id, range).await.map_err(database)?;
    let mut page = page(frame, &id, customers::name_of(&customer), &statement);
    page.notices.extend(unread(&page.frame, is_read));
    respond::page(&page)
}

/// `GET /whm/customers/{id}/statement/csv`: in the language of the page.
pub async fn csv(
    staff: Staff<can::ReadInvoices>,
    id: Path<CustomerId>,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, WebError> {
    customers::get(&staff.ctx.db, &id).await?;
    let frame = staff.frame();
    let (range, _) = query.range(today(&frame), three_months);
    let file = statement_csv::of(&staff.ctx, &id, range, frame.lang).await.map_err(database)?;
    Ok(respond::file(&file.name, "text/csv; charset=utf-8", file.text))
}

/// `GET /whm/customers/{id}/statement/pdf`: in the language of the customer, to be sent to him.
pub async fn pdf(
    staff: Staff<can::ReadInvoices>,
    id: Path<CustomerId>,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, WebError> {
    let customer = customers::get(&staff.ctx.db, &id).await?;
    let (range, _) = query.range(today(&staff.frame()), three_months);
    let lang = Lang::parse(&customer.locale).unwrap_or_default();
    Ok(respond::pdf(statement_pdf::of(&staff.ctx, &id, range, lang).await?))
}

pub(super) fn page(frame: Frame, id: &CustomerId, name: &str, statement: &Statement) -> ReportPage {
    let here = statement_of(id);
    let period = Period::span(&frame, &here, statement.range);
    let to = |kind: &str| address(&format!("{here}/{kind}"), statement.range);
    let mut page = ReportPage {
        title: frame.t("statement-title"),
        subtitle: frame.ta("whm-statement-text", [("name", name)]),
        period,
        actions: vec![
            Action::link(frame.t("whm-customer"), page_of(id), "arrow-left"),
            Action::link(frame.t("statement-pdf"), to("pdf"), "file-download"),
            Action::link(frame.t("statement-csv"), to("csv"), "download"),
        ],
        notices: Vec::new(),
        stats: Vec::new(),
        chart: None,
        sections: vec![lines(&frame, statement)],
        terms: Vec::new(),
        frame,
    };
    if statement.is_cut {
        page.notices.push(("warn", page.frame.t("statement-cut")));
    }
    page.amount("statement-opening", statement.opening_minor, String::new());
    page.amount("statement-charged", statement.charged_minor, String::new());
    page.amount("statement-credited", -statement.credited_minor, String::new());
    page.amount("statement-closing", statement.closing_minor(), String::new());
    page
}

fn lines(frame: &Frame, statement: &Statement) -> Section {
    let columns = [
        (frame.t("statement-at"), "cell-main"),
        (frame.t("statement-what"), "cell-sub"),
        (frame.t("statement-document"), ""),
        (frame.t("statement-amount"), "num"),
        (frame.t("statement-balance"), "cell-side num"),
    ];
    let document = |line: &Line| match (&line.document, &line.invoice_id) {
        (Some(number), Some(id)) => Cell::link(number, format!("/whm/invoices/{id}")),
        (number, _) => Cell::maybe(number.clone()),
    };
    let rows = statement.lines.iter().map(|line| {
        vec![
            Cell::Day(business_day(line.posted_at)),
            Cell::text(frame.word("statement", line.word())),
            document(line),
            Cell::Money(Money::idr(line.amount_minor)),
            Cell::Money(Money::idr(line.balance_minor)),
        ]
    });
    let title = frame.t("report-movements");
    let table = Table::new(title.clone(), columns).with(rows);
    Section::new(title, String::new(), table, frame.t("statement-empty-text"))
}
