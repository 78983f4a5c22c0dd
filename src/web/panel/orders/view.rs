//! What the pages of orders show.
use crate::{
    domain::{
        billing::invoice,
        ordering::{find::OrderView, quote::agreed_minor},
        subscriptions::options::label,
    },
    web::{filters, frame::Frame, public::quote::view::how_many},
};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::{
    ordering::order_item,
    value::{AgreedOptions, InvoiceStatus, Money, OrderStatus},
};

/// A line of the list.
pub struct OrderRow {
    pub href: String,
    pub number: String,
    pub at: DateTime<Utc>,
    pub status: &'static str,
    pub total: String,
}

impl OrderRow {
    /// An order as one line.
    pub fn build(frame: &Frame, view: &OrderView) -> Self {
        let order = &view.order;
        Self {
            href: format!("/panel/orders/{}", order.id),
            number: order.number.clone(),
            at: order.created_at,
            status: order.status.as_str(),
            total: frame.money(&Money::new(order.total_minor, &order.currency)),
        }
    }
}

/// A thing ordered.
pub struct ItemLine {
    pub description: String,
    /// Its options; how many times how much, where it is more than one.
    pub note: Option<String>,
    pub href: Option<String>,
    /// Empty for what is no plan.
    pub cycle: &'static str,
    pub setup: String,
    pub amount: String,
}

/// Options that were ordered, in words.
pub fn in_words(options: &AgreedOptions, frame: &Frame) -> Option<String> {
    let labels: Vec<String> = options.0.iter().map(|option| label(option, frame.lang)).collect();
    (!labels.is_empty()).then(|| labels.join(" · "))
}

/// An order with everything in it.
pub struct OrderCard {
    pub number: String,
    pub sentence: String,
    pub status: &'static str,
    pub at: DateTime<Utc>,
    pub items: Vec<ItemLine>,
    /// What a coupon took off: its words and the amount.
    pub discount: Option<(String, String)>,
    pub subtotal: String,
    pub tax: Option<String>,
    pub total: String,
    pub pay_url: Option<String>,
    pub invoice_url: Option<String>,
    /// The price quote it comes from: its number and its page.
    pub quote: Option<(String, String)>,
    pub cancel_url: Option<String>,
}

impl OrderCard {
    /// The card of an order.
    pub fn build(frame: &Frame, view: &OrderView, may_pay: bool) -> Self {
        let order = &view.order;
        let money = |minor: i64| frame.money(&Money::new(minor, &order.currency));
        let told =
            |item: &order_item::Model, minor: i64| frame.price(&Money::new(minor, &order.currency), item.tax_included);
        let bill = view.invoice.as_ref();
        let is_payable = bill.is_some_and(|bill| bill.status == InvoiceStatus::Issued && invoice::open_minor(bill) > 0);
        let is_untouched = bill.is_none_or(|bill| bill.paid_minor == 0);
        Self {
            number: order.number.clone(),
            sentence: frame.word("panel-order-says", order.status.as_str()),
            status: order.status.as_str(),
            at: order.created_at,
            items: view
                .items
                .iter()
                .map(|line| ItemLine {
                    description: line.item.description.clone(),
                    note: in_words(&line.item.options, frame),
                    href: line.item.subscription_id.as_ref().map(|id| format!("/panel/subscriptions/{id}")),
                    cycle: line.item.cycle.as_str(),
                    setup: told(&line.item, line.item.setup_fee_minor),
                    amount: told(&line.item, line.item.amount_minor),
                })
                .chain(view.in_words().map(|item| ItemLine {
                    description: item.description.clone(),
                    note: how_many(frame, item, &order.currency),
                    href: None,
                    cycle: "",
                    setup: String::new(),
                    amount: money(agreed_minor(item)),
                }))
                .collect(),
            discount: order
                .coupon_code
                .as_ref()
                .map(|code| (frame.ta("coupon-line", [("code", code.as_str())]), money(-order.discount_minor))),
            subtotal: money(order.subtotal_minor),
            tax: (order.tax_minor != 0).then(|| money(order.tax_minor)),
            total: money(order.total_minor),
            pay_url: bill
                .filter(|_| is_payable && may_pay && order.status == OrderStatus::Pending)
                .map(|bill| format!("/panel/invoices/{}/pay", bill.id)),
            quote: view.quote.as_ref().map(|full| {
                let number = full.quote.number.clone().unwrap_or_default();
                (number, format!("/panel/quotes/{}", full.quote.id))
            }),
            invoice_url: bill.map(|bill| format!("/panel/invoices/{}", bill.id)),
            cancel_url: (order.status == OrderStatus::Pending && is_untouched && may_pay)
                .then(|| format!("/panel/orders/{}/cancel", order.id)),
        }
    }
}

/// The list.
#[derive(Template)]
#[template(path = "panel/orders/index.html")]
pub struct IndexPage {
    pub frame: Frame,
    pub rows: Vec<OrderRow>,
    pub next: String,
}

/// One order.
#[derive(Template)]
#[template(path = "panel/orders/show.html")]
pub struct ShowPage {
    pub frame: Frame,
    pub order: OrderCard,
}
