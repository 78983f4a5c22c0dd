//! What pages of price quotes show, on both sides of the counter's door.
use crate::{
    domain::{
        documents::{self, QuoteLine},
        ordering::quote::{
            find::{Full, standing},
            shown,
        },
    },
    kernel::format,
    web::{filters, frame::Frame},
};
use askama::Template;
use chrono::NaiveDate;
use entity::{
    ordering::quote_item,
    value::{Money, QuoteStatus},
};
use serde_json::Value;

/// A line of a quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub description: String,
    pub quantity: String,
    pub unit: String,
    /// What it costs otherwise, in words.
    pub instead: Option<String>,
    /// What is said about the tax in it.
    pub tax: Option<String>,
    pub amount: String,
}

/// A quote with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteCard {
    pub number: String,
    pub status: &'static str,
    /// What that means to its customer.
    pub sentence: String,
    pub is_open: bool,
    pub seller: String,
    pub buyer: String,
    pub intro: String,
    pub lines: Vec<Line>,
    pub subtotal: String,
    /// Words of the tax and the tax.
    pub tax: Option<(String, String)>,
    pub total: String,
    /// Whether something of it goes on after the first cycle.
    pub renews: bool,
    pub terms: String,
    pub valid_until: NaiveDate,
    pub pdf_url: String,
}

impl QuoteCard {
    /// The card of a sent quote.
    pub fn build(frame: &Frame, full: &Full, pdf_url: String) -> Self {
        let row = &full.quote;
        let status = standing(row, frame.now);
        let money = |minor| frame.money(&Money::new(minor, &row.currency));
        let line = |line: QuoteLine| Line {
            description: line.description,
            quantity: format::number(line.quantity, frame.lang),
            unit: money(line.unit_minor),
            instead: line.list_minor.map(|list| frame.ta("document-quote-instead", [("amount", money(list))])),
            amount: money(line.amount_minor),
            tax: line.tax.map(|tax| frame.t(tax.key())),
        };
        Self {
            number: row.number.clone().unwrap_or_default(),
            status: status.as_str(),
            sentence: sentence(frame, status.as_str(), row.valid_until),
            is_open: status == QuoteStatus::Sent,
            seller: documents::seller_name(row.seller.as_ref().unwrap_or(&Value::Null)).to_owned(),
            buyer: documents::buyer_name(row.buyer.as_ref().unwrap_or(&Value::Null)).to_owned(),
            intro: row.intro.clone(),
            lines: shown(full).into_iter().map(line).collect(),
            subtotal: money(row.subtotal_minor),
            tax: row.tax_label.clone().map(|label| (label, money(row.tax_minor))),
            total: money(row.total_minor),
            renews: full.renews(),
            terms: row.terms.clone(),
            valid_until: row.valid_until,
            pdf_url,
        }
    }
}

/// `3 × Rp 250.000` of a line of which there are several.
pub fn how_many(frame: &Frame, item: &quote_item::Model, currency: &str) -> Option<String> {
    let unit = frame.money(&Money::new(item.unit_minor, currency));
    (item.quantity != 1).then(|| format::times(item.quantity, &unit, frame.lang))
}

/// What the state of a quote means to whoever reads it.
pub fn sentence(frame: &Frame, status: &str, valid_until: NaiveDate) -> String {
    frame.ta(&format!("quote-says-{status}"), [("until", format::day(valid_until, frame.lang))])
}

/// The page behind the link.
#[derive(Template)]
#[template(path = "public/quote/show.html")]
pub struct PublicPage {
    pub frame: Frame,
    pub quote: QuoteCard,
    /// Where it is answered, while it can be.
    pub answer_url: Option<String>,
    /// Where its customer finds the order it became.
    pub order_url: Option<String>,
}
