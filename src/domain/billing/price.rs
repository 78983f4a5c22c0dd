//! The one pricing function: catalog, cart, checkout, invoice and API show what it computes. Pure.
//!
//! Order of totals: lines − discounts = subtotal → tax → total. Tax that the buyer pays to the state himself is computed
//! in the same way, shown, and no part of the total (ADR 0072).
use super::{BuyerTax, InvoiceError, tax::applied_rate};
use entity::value::{Cycle, MoneyError, Period, ProductKind, Ratio, SubscriptionId, TaxRuleId, VatCollector};

/// Which arithmetic made the totals; stored with every invoice.
pub const CALCULATION_VERSION: i32 = 1;

/// A line to be priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// Words in the customer's language.
    pub description: String,
    /// How many, above zero.
    pub quantity: i64,
    /// Price of one, net, minor units; below zero for what is taken back.
    pub unit_minor: i64,
    /// Discount of the whole line, minor units, not below zero.
    pub discount_minor: i64,
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
/// `InvalidAmount` for a quantity below one, a discount below zero, or a total below zero; `Money(Overflow)`.
pub fn preview(lines: &[NewLine], tax: &BuyerTax) -> Result<Totals, InvoiceError> {
    let add = |a: i64, b: i64| a.checked_add(b).ok_or(MoneyError::Overflow);
    let mut totals = Totals::default();
    for line in lines {
        if line.quantity < 1 || line.discount_minor < 0 {
            return Err(InvoiceError::InvalidAmount);
        }
        let gross = line.quantity.checked_mul(line.unit_minor).ok_or(MoneyError::Overflow)?;
        let net = gross.checked_sub(line.discount_minor).ok_or(MoneyError::Overflow)?;
        if gross >= 0 && net < 0 {
            return Err(InvoiceError::InvalidAmount);
        }
        let tax_minor = tax.of_line(net)?;
        totals.discount_minor = add(totals.discount_minor, line.discount_minor)?;
        totals.subtotal_minor = add(totals.subtotal_minor, net)?;
        totals.tax_minor = add(totals.tax_minor, tax_minor)?;
        totals.lines.push(LineTotal { net_minor: net, tax_minor, collected_minor: 0 });
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
