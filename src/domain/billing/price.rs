//! The one pricing function: catalog, cart, checkout, invoice and API show what it computes. Pure.
//!
//! Order of totals: lines − discounts = subtotal → tax → total.
use super::{BuyerTax, InvoiceError, tax::applied_rate};
use entity::value::{Cycle, MoneyError, Period, ProductKind, Ratio, SubscriptionId, TaxRuleId};

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
    /// Sum of the lines' tax, minor units.
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
        totals.lines.push(LineTotal { net_minor: net, tax_minor });
    }
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
            tax_minor: totals.tax_minor,
        });
    }
    Ok(totals)
}
