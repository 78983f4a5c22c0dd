//! The one pricing function: catalog, cart, checkout, invoice and API show what it computes. Pure.
//!
//! Order of totals: lines − discounts = subtotal → tax → total. Tax that the buyer pays to the state himself is computed
//! in the same way, shown, and no part of the total (ADR 0072).
//!
//! A line may be asked for with its tax in it (ADR 0101). Then what is asked for stands, the tax is what is in it, rounded
//! once, and net is the rest: from here on every line is net and tax, however it was asked for.
use super::{BuyerTax, InvoiceError, tax::applied_rate};
use entity::value::{Cycle, MoneyError, Period, ProductKind, Ratio, SubscriptionId, TaxRuleId, VatCollector};

/// Which arithmetic made the totals; stored with every invoice. 1: tax on top of every line; 2: on top of it or in it.
pub const CALCULATION_VERSION: i32 = 2;

/// A line to be priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// Words in the customer's language.
    pub description: String,
    /// How many, above zero; one where the price holds the tax.
    pub quantity: i64,
    /// Price of one, minor units; below zero for what is taken back.
    pub unit_minor: i64,
    /// Discount of the whole line, minor units, not below zero.
    pub discount_minor: i64,
    /// Whether price and discount hold the tax. The documents state both without it.
    pub tax_included: bool,
    /// Which revenue it earns.
    pub product_kind: ProductKind,
    /// For which contract.
    pub subscription_id: Option<SubscriptionId>,
    /// For which cycle of it.
    pub cycle_number: Option<i32>,
    /// How long it is sold for at a time; nothing where it is no service over time.
    pub sold_for: Option<Cycle>,
    /// For which days, where they are known.
    pub period: Option<Period>,
}

/// A line with its amounts, minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTotal {
    /// Price of one, net.
    pub unit_minor: i64,
    /// Discount of the whole line, net.
    pub discount_minor: i64,
    /// quantity × unit − discount.
    pub net_minor: i64,
    /// Tax, rounded once.
    pub tax_minor: i64,
    /// Tax that the buyer pays to the state himself, rounded once; then there is no other.
    pub collected_minor: i64,
}

/// Tax of a document under one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxTotal {
    /// Which rule.
    pub rule_id: TaxRuleId,
    /// Words on the document.
    pub label: String,
    /// Rate as applied to the price.
    pub rate: Ratio,
    /// Sum of the lines' net, minor units.
    pub base_minor: i64,
    /// Sum of the lines' tax, minor units, whoever collects it.
    pub tax_minor: i64,
}

/// What a set of lines comes to, minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// One per line, in order.
    pub lines: Vec<LineTotal>,
    /// Discounts in the subtotal.
    pub discount_minor: i64,
    /// Net after discounts.
    pub subtotal_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// Tax that the buyer pays to the state himself: no part of the total.
    pub collected_minor: i64,
    /// As what he does, where he does.
    pub collector: Option<VatCollector>,
    /// To pay.
    pub total_minor: i64,
    /// Tax by rule; empty where none applies.
    pub taxes: Vec<TaxTotal>,
}

/// What `lines` come to for a buyer taxed like `tax`. No lines: everything is zero.
///
/// # Errors
/// `InvalidAmount` for a quantity below one (or above it where the price holds the tax: what remains of a division belongs
/// to no unit), a discount below zero, or a total below zero; `Money(Overflow)`.
pub fn preview(lines: &[NewLine], tax: &BuyerTax) -> Result<Totals, InvoiceError> {
    let add = |a: i64, b: i64| a.checked_add(b).ok_or(MoneyError::Overflow);
    let mut totals = Totals::default();
    for line in lines {
        let total = line_total(line, tax)?;
        totals.discount_minor = add(totals.discount_minor, total.discount_minor)?;
        totals.subtotal_minor = add(totals.subtotal_minor, total.net_minor)?;
        totals.tax_minor = add(totals.tax_minor, total.tax_minor)?;
        totals.lines.push(total);
    }
    leave_to_collector(&mut totals, tax);
    totals.total_minor = add(totals.subtotal_minor, totals.tax_minor)?;
    if totals.total_minor < 0 {
        return Err(InvoiceError::InvalidAmount);
    }
    if let Some(rule) = tax.rule.as_ref().filter(|_| !lines.is_empty()) {
        totals.taxes.push(TaxTotal {
            rule_id: rule.id.clone(),
            label: rule.label.clone(),
            rate: applied_rate(rule)?,
            base_minor: totals.subtotal_minor,
            // What the law asks for, whoever collects it.
            tax_minor: totals.tax_minor + totals.collected_minor,
        });
    }
    Ok(totals)
}

/// One line: its tax is rounded once, on what is left after the discount.
fn line_total(line: &NewLine, tax: &BuyerTax) -> Result<LineTotal, InvoiceError> {
    if line.quantity < 1 || line.discount_minor < 0 || line.tax_included && line.quantity != 1 {
        return Err(InvoiceError::InvalidAmount);
    }
    let whole = line.quantity.checked_mul(line.unit_minor).ok_or(MoneyError::Overflow)?;
    let asked = whole.checked_sub(line.discount_minor).ok_or(MoneyError::Overflow)?;
    if whole >= 0 && asked < 0 {
        return Err(InvoiceError::InvalidAmount);
    }
    if !line.tax_included {
        let (unit_minor, discount_minor) = (line.unit_minor, line.discount_minor);
        let tax_minor = tax.of_line(asked)?;
        return Ok(LineTotal { unit_minor, discount_minor, net_minor: asked, tax_minor, collected_minor: 0 });
    }
    let inside = tax.inside_line(asked)?;
    let (unit_minor, net_minor) = (whole - tax.inside_line(whole)?, asked - inside);
    Ok(LineTotal {
        unit_minor,
        discount_minor: unit_minor.checked_sub(net_minor).ok_or(MoneyError::Overflow)?,
        net_minor,
        // Who owes no tax does not pay it: he pays what is left.
        tax_minor: if tax.rule.is_some() { inside } else { 0 },
        collected_minor: 0,
    })
}

/// A price as a buyer sees it, minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Without tax.
    pub net_minor: i64,
    /// The tax of it.
    pub tax_minor: i64,
    /// With tax.
    pub total_minor: i64,
    /// Whether it is told with its tax in it; never where there is none.
    pub tax_included: bool,
}

impl Shown {
    /// The one number it is told by: with tax, or without.
    pub fn told_minor(&self) -> i64 {
        if self.tax_included { self.total_minor } else { self.net_minor }
    }
}

/// What a price comes to for a buyer taxed like `tax`, whoever collects it.
///
/// # Errors
/// As `preview`.
pub fn shown(amount_minor: i64, tax_included: bool, tax: &BuyerTax) -> Result<Shown, InvoiceError> {
    let line = NewLine {
        description: String::new(),
        quantity: 1,
        unit_minor: amount_minor,
        discount_minor: 0,
        tax_included,
        product_kind: ProductKind::Custom,
        subscription_id: None,
        cycle_number: None,
        sold_for: None,
        period: None,
    };
    let LineTotal { net_minor, tax_minor, .. } = line_total(&line, tax)?;
    let total_minor = net_minor.checked_add(tax_minor).ok_or(MoneyError::Overflow)?;
    Ok(Shown { net_minor, tax_minor, total_minor, tax_included: tax_included && tax.rule.is_some() })
}

/// The tax is shown and asked of nobody, where the buyer collects it of a document as large as this.
fn leave_to_collector(totals: &mut Totals, tax: &BuyerTax) {
    let collecting = tax.collecting.filter(|one| one.covers(totals.subtotal_minor, totals.tax_minor));
    let Some(collecting) = collecting else { return };
    totals.collector = Some(collecting.collector);
    totals.collected_minor = std::mem::take(&mut totals.tax_minor);
    for line in &mut totals.lines {
        line.collected_minor = std::mem::take(&mut line.tax_minor);
    }
}
