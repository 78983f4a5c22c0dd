//! The lines of a quote: read as staff enter them, and priced as the order will be.
use super::draft::{LineInput, What};
use crate::{
    domain::{
        billing::{BuyerTax, InvoiceError, NewLine, Totals, preview},
        catalog::{self, Offer},
        ordering::{checkout::MAX_ITEMS, pricing},
    },
    kernel::{
        fault::FieldFault,
        locale::{Lang, t, ta},
    },
};
use entity::{
    catalog::price,
    ordering::quote_item,
    value::{Cycle, ProductKind, QuoteId, QuoteItemId, contact},
};
use sea_orm::{ConnectionTrait, DbErr};

/// Lines of a quote at most.
const MOST_LINES: usize = 30;
/// Largest price of one.
const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// Largest quantity of a line in words.
const MAX_QUANTITY: i64 = 10_000;
/// Longest words of a line, in characters.
const LONGEST_WORDS: usize = 255;
/// Longest reason of a price, in characters.
const LONGEST_REASON: usize = 160;

/// A line as documents and pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What.
    pub description: String,
    /// How many.
    pub quantity: i64,
    /// Price of one, net, minor units.
    pub unit_minor: i64,
    /// What the line comes to, net, minor units.
    pub net_minor: i64,
    /// What one costs in the shop, net, where that is more.
    pub list_minor: Option<i64>,
}

/// The lines as shown: a setup fee is a line of its own, as on the invoice. Pure.
pub fn shown(items: &[quote_item::Model], lang: Lang) -> Vec<Shown> {
    let line = |description: String, quantity: i64, unit_minor: i64, list: Option<i64>| Shown {
        description,
        quantity,
        unit_minor,
        net_minor: quantity.saturating_mul(unit_minor),
        list_minor: list.filter(|list| *list > unit_minor),
    };
    let mut lines = Vec::with_capacity(items.len());
    for item in items {
        lines.push(line(item.description.clone(), item.quantity, item.unit_minor, item.list_minor));
        let list = item.list_setup_minor.unwrap_or(0);
        if item.setup_minor > 0 || list > 0 {
            let words = ta(lang, "quote-line-setup", &[("line", item.description.as_str())]);
            lines.push(line(words, item.quantity, item.setup_minor, item.list_setup_minor));
        }
    }
    lines
}

/// What the lines come to for a buyer taxed like `tax`: priced line by line as the invoice will be, where every contract
/// has lines of its own, so that roundings are the same. Pure.
pub(super) fn totals(items: &[quote_item::Model], tax: &BuyerTax) -> Result<Totals, InvoiceError> {
    let mut lines = Vec::new();
    for item in items {
        if item.plan_id.is_none() {
            lines.push(in_words(item));
            continue;
        }
        for _ in 0..item.quantity {
            lines.push(pricing::line(String::new(), item.product_kind, item.unit_minor));
            if item.setup_minor > 0 {
                lines.push(pricing::line(String::new(), item.product_kind, item.setup_minor));
            }
        }
    }
    preview(&lines, tax)
}

/// A line in words as a line of the invoice.
fn in_words(item: &quote_item::Model) -> NewLine {
    let line = pricing::line(item.description.clone(), item.product_kind, item.unit_minor);
    NewLine { quantity: item.quantity, ..line }
}

/// The lines that become no contract, for the invoice.
pub(super) fn extra(items: &[quote_item::Model]) -> Vec<NewLine> {
    items.iter().filter(|item| item.plan_id.is_none()).map(in_words).collect()
}

/// Reads the lines as staff entered them, at the shop's prices of now unless others were agreed on. What is wrong is
/// added to `faults`, under `lines[0].plan` and so on.
pub(super) async fn read(
    db: &impl ConnectionTrait,
    quote_id: &QuoteId,
    lang: Lang,
    given: &[LineInput],
    faults: &mut Vec<FieldFault>,
) -> Result<Vec<quote_item::Model>, DbErr> {
    if given.len() > MOST_LINES {
        faults.push(FieldFault::new("lines", "too_many").with("max", MOST_LINES));
        return Ok(Vec::new());
    }
    let codes = given.iter().filter_map(|line| match &line.what {
        What::Plan { plan, .. } if plan.len() <= 60 => Some(plan.clone()),
        _ => None,
    });
    let offers = catalog::find::quotable_by_code(db, &codes.collect::<Vec<_>>()).await?;
    let mut reader = Reader { lang, offers: &offers, taken: Vec::new(), faults };
    let mut items = Vec::with_capacity(given.len());
    for (at, line) in given.iter().enumerate() {
        let place = Place { quote_id, at };
        items.extend(match &line.what {
            What::Plan { plan, cycle, price_minor, setup_minor, reason } => {
                let agreed = Agreed { price: *price_minor, setup: *setup_minor, reason };
                reader.plan(&place, line, (plan.as_str(), cycle.as_str()), agreed)
            }
            What::Words { description, unit_minor } => reader.words(&place, line, description, *unit_minor),
        });
    }
    let contracts: i64 = items.iter().filter(|item| item.plan_id.is_some()).map(|item| item.quantity).sum();
    if contracts > MAX_ITEMS as i64 {
        faults.push(FieldFault::new("lines", "too_many").with("max", MAX_ITEMS));
    }
    Ok(items)
}

struct Place<'a> {
    quote_id: &'a QuoteId,
    at: usize,
}

/// What was agreed on instead of the shop's prices.
struct Agreed<'a> {
    price: Option<i64>,
    setup: Option<i64>,
    reason: &'a str,
}

struct Reader<'a> {
    lang: Lang,
    offers: &'a [Offer],
    /// Upgrade-only services that are on the quote already.
    taken: Vec<&'a Offer>,
    faults: &'a mut Vec<FieldFault>,
}

impl<'a> Reader<'a> {
    fn wrong(&mut self, place: &Place<'_>, field: &str, code: &'static str) {
        self.faults.push(FieldFault::new(format!("lines[{}].{field}", place.at), code));
    }

    fn within(&mut self, place: &Place<'_>, field: &str, value: i64, least: i64, most: i64) {
        if !(least..=most).contains(&value) {
            let fault = FieldFault::new(format!("lines[{}].{field}", place.at), "out_of_range");
            self.faults.push(fault.with("min", least).with("max", most));
        }
    }

    fn text(&mut self, place: &Place<'_>, field: &str, text: &str, most: usize) -> String {
        contact::line(text, most).unwrap_or_else(|wrong| {
            self.faults.push(FieldFault::of(format!("lines[{}].{field}", place.at), wrong));
            String::new()
        })
    }

    fn plan(
        &mut self,
        place: &Place<'_>,
        line: &LineInput,
        (plan, cycle): (&str, &str),
        agreed: Agreed<'_>,
    ) -> Option<quote_item::Model> {
        let offers = self.offers;
        let Some(offer) = offers.iter().find(|offer| offer.plan.code == plan) else {
            self.wrong(place, "plan", "unknown");
            return None;
        };
        let wanted = Cycle::parse(cycle);
        let Some(price) = offer.prices.iter().find(|price| Some(price.cycle) == wanted) else {
            self.wrong(place, "cycle", "unknown");
            return None;
        };
        self.within(place, "quantity", line.quantity, 1, MAX_ITEMS as i64);
        if offer.is_exclusive() {
            let has_it = self.taken.iter().any(|other| other.product.id == offer.product.id);
            if has_it || line.quantity > 1 {
                self.wrong(place, if has_it { "plan" } else { "quantity" }, "only_one");
            }
            self.taken.push(offer);
        }
        let unit_minor = agreed.price.unwrap_or(price.amount_minor);
        let setup_minor = agreed.setup.unwrap_or(price.setup_fee_minor);
        self.within(place, "price", unit_minor, 0, MAX_AMOUNT);
        self.within(place, "setup_fee", setup_minor, 0, MAX_AMOUNT);
        let is_other = (unit_minor, setup_minor) != (price.amount_minor, price.setup_fee_minor);
        let price_reason = is_other.then(|| self.text(place, "reason", agreed.reason, LONGEST_REASON));
        Some(quote_item::Model {
            id: line.id.clone().unwrap_or_else(QuoteItemId::generate),
            quote_id: place.quote_id.clone(),
            position: position(place.at),
            plan_id: Some(offer.plan.id.clone()),
            cycle: Some(price.cycle),
            description: describe(self.lang, offer, price),
            quantity: line.quantity,
            unit_minor,
            setup_minor,
            list_minor: Some(price.amount_minor),
            list_setup_minor: Some(price.setup_fee_minor),
            price_reason,
            product_kind: offer.product.kind,
        })
    }

    fn words(
        &mut self,
        place: &Place<'_>,
        line: &LineInput,
        description: &str,
        unit_minor: i64,
    ) -> Option<quote_item::Model> {
        let description = self.text(place, "description", description, LONGEST_WORDS);
        self.within(place, "quantity", line.quantity, 1, MAX_QUANTITY);
        self.within(place, "price", unit_minor, 0, MAX_AMOUNT);
        Some(quote_item::Model {
            id: line.id.clone().unwrap_or_else(QuoteItemId::generate),
            quote_id: place.quote_id.clone(),
            position: position(place.at),
            plan_id: None,
            cycle: None,
            description,
            quantity: line.quantity,
            unit_minor,
            setup_minor: 0,
            list_minor: None,
            list_setup_minor: None,
            price_reason: None,
            product_kind: ProductKind::Custom,
        })
    }
}

fn position(at: usize) -> i32 {
    i32::try_from(at + 1).unwrap_or(i32::MAX)
}

/// The words of a plan on documents, as an order words it.
fn describe(lang: Lang, offer: &Offer, price: &price::Model) -> String {
    let cycle = t(lang, &format!("cycle-{}", price.cycle.as_str().replace('_', "-")));
    let words = [("service", &offer.product.name), ("plan", &offer.plan.name), ("cycle", &cycle)];
    ta(lang, "ordering-line", &words).chars().take(LONGEST_WORDS).collect()
}
