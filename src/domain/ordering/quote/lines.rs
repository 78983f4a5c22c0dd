//! The lines of a quote: read as staff enter them, and priced as the order will be.
use super::{
    draft::{LineInput, What},
    find::Full,
};
use crate::{
    domain::{
        billing::{
            BuyerTax, InvoiceError, NewLine, Totals, preview,
            words::{self, MAX_AMOUNT, MOST_LINES},
        },
        catalog::{self, Offer},
        documents::{QuoteLine, TaxInside},
        ordering::{OrderingError, checkout::MAX_ITEMS, pricing},
    },
    kernel::{
        fault::FieldFault,
        locale::{Lang, ta},
    },
};
use entity::{
    ordering::quote_item,
    value::{Cycle, PlanId, ProductKind, QuoteId, QuoteItemId, contact},
};
use sea_orm::{ConnectionTrait, DbErr};

/// Longest reason of a price, in characters.
const LONGEST_REASON: usize = 160;

/// The lines as documents and pages show them, in the quote's own language: at the prices that were agreed, with or
/// without tax; a setup fee is a line of its own, as on the invoice. Pure.
pub fn shown(full: &Full) -> Vec<QuoteLine> {
    let tax = tax_inside(full);
    let line = |item: &quote_item::Model, description: String, unit_minor: i64, list: Option<i64>| QuoteLine {
        description,
        quantity: item.quantity,
        unit_minor,
        amount_minor: item.quantity.saturating_mul(unit_minor),
        list_minor: list.filter(|list| *list > unit_minor),
        tax: tax.filter(|_| item.tax_included && unit_minor > 0),
    };
    let (lang, mut lines) = (full.lang(), Vec::with_capacity(full.items.len()));
    for item in &full.items {
        lines.push(line(item, item.description.clone(), item.unit_minor, item.list_minor));
        let list = item.list_setup_minor.unwrap_or(0);
        if item.setup_minor > 0 || list > 0 {
            let words = ta(lang, "quote-line-setup", &[("line", item.description.as_str())]);
            lines.push(line(item, words, item.setup_minor, item.list_setup_minor));
        }
    }
    lines
}

/// What is to be said about the tax in the prices of a quote: nothing where there is none in them, as when the seller
/// charges none.
fn tax_inside(full: &Full) -> Option<TaxInside> {
    let agreed = full.items.iter().fold(0_i64, |sum, item| sum.saturating_add(agreed_minor(item)));
    let kind = if full.quote.tax_label.is_some() { TaxInside::Paid } else { TaxInside::LeftOff };
    (agreed > full.quote.subtotal_minor).then_some(kind)
}

/// What a line comes to at its agreed prices, with or without tax, minor units: a plan with its setup fee. Pure.
pub fn agreed_minor(item: &quote_item::Model) -> i64 {
    item.quantity.saturating_mul(item.unit_minor.saturating_add(item.setup_minor))
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
            let amounts = (item.unit_minor, item.setup_minor);
            let (first, setup) = pricing::priced_lines(item.product_kind, amounts, item.tax_included);
            lines.push(first);
            lines.extend(setup);
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

/// Reads the lines as staff entered them, at the shop's prices of now unless others were agreed on. One of `stored` that
/// nobody touched stays although its plan is not sold any more: until it is taken off, the others can be changed. What is
/// wrong is added to `faults`, under `lines[0].plan` and so on.
pub(super) async fn read(
    db: &impl ConnectionTrait,
    quote_id: &QuoteId,
    lang: Lang,
    given: &[LineInput],
    stored: &[Stored],
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
    let mut reader = Reader { lang, offers: &offers, stored, taken: Vec::new(), faults };
    let mut items = Vec::with_capacity(given.len());
    for (at, line) in given.iter().enumerate() {
        let place = Place { quote_id, at };
        items.extend(match &line.what {
            What::Plan { plan, cycle, price_minor, setup_minor, tax_included, reason } => {
                let (price, setup) = (*price_minor, *setup_minor);
                let agreed = Agreed { price, setup, tax_included: *tax_included, reason };
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

/// A line of a draft, as staff would enter it now and as it is.
pub(super) struct Stored {
    pub entered: LineInput,
    pub item: quote_item::Model,
}

struct Place<'a> {
    quote_id: &'a QuoteId,
    at: usize,
}

/// What was agreed on instead of the shop's prices.
struct Agreed<'a> {
    price: Option<i64>,
    setup: Option<i64>,
    tax_included: Option<bool>,
    reason: &'a str,
}

struct Reader<'a> {
    lang: Lang,
    offers: &'a [Offer],
    stored: &'a [Stored],
    /// Upgrade-only services that are on the quote already.
    taken: Vec<&'a Offer>,
    faults: &'a mut Vec<FieldFault>,
}

impl<'a> Reader<'a> {
    fn wrong(&mut self, place: &Place<'_>, field: &str, code: &'static str) {
        self.faults.push(FieldFault::new(format!("lines[{}].{field}", place.at), code));
    }

    fn within(&mut self, place: &Place<'_>, field: &str, value: i64, least: i64, most: i64) {
        words::within(format!("lines[{}].{field}", place.at), value, least, most, self.faults);
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
        let (offers, stored) = (self.offers, self.stored);
        let Some(offer) = offers.iter().find(|offer| offer.plan.code == plan) else {
            let untouched = stored.iter().find(|stored| stored.entered == *line);
            if untouched.is_none() {
                self.wrong(place, "plan", "unknown");
            }
            return untouched.map(|stored| quote_item::Model { position: position(place.at), ..stored.item.clone() });
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
        let tax_included = agreed.tax_included.unwrap_or(price.tax_included);
        // The shop's own numbers are of another kind then: both have to be said.
        let is_alike = tax_included == price.tax_included;
        if !is_alike && agreed.price.is_none() {
            self.wrong(place, "price", "required");
        }
        if !is_alike && agreed.setup.is_none() && price.setup_fee_minor > 0 {
            self.wrong(place, "setup_fee", "required");
        }
        let is_other = !is_alike || (unit_minor, setup_minor) != (price.amount_minor, price.setup_fee_minor);
        let price_reason = is_other.then(|| self.text(place, "reason", agreed.reason, LONGEST_REASON));
        Some(quote_item::Model {
            id: line.id.clone().unwrap_or_else(QuoteItemId::generate),
            quote_id: place.quote_id.clone(),
            position: position(place.at),
            plan_id: Some(offer.plan.id.clone()),
            cycle: Some(price.cycle),
            description: pricing::describe(self.lang, &offer.product.name, &offer.plan.name, price.cycle),
            quantity: line.quantity,
            unit_minor,
            setup_minor,
            list_minor: is_alike.then_some(price.amount_minor),
            list_setup_minor: is_alike.then_some(price.setup_fee_minor),
            tax_included,
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
        let description = words::line(place.at, description, line.quantity, unit_minor, self.faults);
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
            tax_included: false,
            price_reason: None,
            product_kind: ProductKind::Custom,
        })
    }
}

/// The lines of a draft with the plans in the words an order of today would have, in `lang`; one statement.
///
/// # Errors
/// `QuotePlanGone` with the first line whose plan is not sold any more; the database.
pub(super) async fn reworded(
    db: &impl ConnectionTrait,
    lang: Lang,
    items: &[quote_item::Model],
) -> Result<Vec<quote_item::Model>, OrderingError> {
    let plan_ids: Vec<PlanId> = items.iter().filter_map(|item| item.plan_id.clone()).collect();
    let names = catalog::find::quotable_names(db, &plan_ids).await?;
    let word = |item: &quote_item::Model| -> Result<quote_item::Model, OrderingError> {
        let (Some(plan_id), Some(cycle)) = (&item.plan_id, item.cycle) else { return Ok(item.clone()) };
        let gone = || OrderingError::QuotePlanGone(item.description.clone());
        let (service, plan) = names.get(plan_id).ok_or_else(gone)?;
        Ok(quote_item::Model { description: pricing::describe(lang, service, plan, cycle), ..item.clone() })
    };
    items.iter().map(word).collect()
}

fn position(at: usize) -> i32 {
    i32::try_from(at + 1).unwrap_or(i32::MAX)
}
