//! What the statement of account shows.
use crate::{
    domain::reports::{
        range::Range,
        statement::{Line, Statement},
    },
    kernel::format,
    web::{filters, frame::Frame},
};
use askama::Template;
use chrono::NaiveDate;
use entity::value::{Money, business_day};

/// A posting.
pub struct Row {
    pub day: String,
    pub what: String,
    pub document: String,
    pub href: Option<String>,
    pub amount: String,
    pub is_credit: bool,
    pub balance: String,
}

/// A span to choose.
pub struct Span {
    pub label: String,
    pub href: String,
    pub active: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "panel/statement.html")]
pub struct StatementPage {
    pub frame: Frame,
    pub spans: Vec<Span>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub csv: String,
    pub pdf: String,
    pub opening: String,
    pub charged: String,
    pub credited: String,
    pub closing: String,
    /// Whether the customer owes, or has something to his credit.
    pub closing_note: String,
    pub rows: Vec<Row>,
    pub is_cut: bool,
    pub is_read: bool,
}

fn address(path: &str, range: Range) -> String {
    format!("{path}?from={}&to={}", range.from, range.last())
}

/// What a posting is, in the customer's words.
fn words(frame: &Frame, line: &Line) -> String {
    frame.t(&format!("statement-{}", line.word()))
}

impl StatementPage {
    /// The page of a statement; `is_read`: the days asked for could be read.
    pub fn build(frame: Frame, statement: &Statement, is_read: bool) -> Self {
        let range = statement.range;
        let money = |minor: i64| frame.money(&Money::idr(minor));
        let closing = statement.closing_minor();
        let note = match closing {
            0 => "statement-nothing-open",
            1.. => "statement-you-owe",
            _ => "statement-in-your-favour",
        };
        let today = business_day(frame.now);
        let month = Range::month_of(today);
        let quarter = Range { from: month.previous().previous().from, until: month.until };
        let spans = [
            ("statement-month", month),
            ("statement-last-month", month.previous()),
            ("statement-three-months", quarter),
            ("statement-year", Range::year_of(today)),
        ];
        let row = |line: &Line| Row {
            day: format::day(business_day(line.posted_at), frame.lang),
            what: words(&frame, line),
            document: line.document.clone().unwrap_or_default(),
            href: line.invoice_id.as_ref().map(|id| format!("/panel/invoices/{id}")),
            amount: money(line.amount_minor),
            is_credit: line.amount_minor < 0,
            balance: money(line.balance_minor),
        };
        Self {
            spans: spans
                .iter()
                .map(|(key, span)| Span {
                    label: frame.t(key),
                    href: address("/panel/statement", *span),
                    active: *span == range,
                })
                .collect(),
            from: range.from,
            to: range.last(),
            csv: address("/panel/statement/csv", range),
            pdf: address("/panel/statement/pdf", range),
            opening: money(statement.opening_minor),
            charged: money(statement.charged_minor),
            credited: money(statement.credited_minor),
            closing: money(closing),
            closing_note: frame.t(note),
            rows: statement.lines.iter().map(row).collect(),
            is_cut: statement.is_cut,
            is_read,
            frame,
        }
    }
}
