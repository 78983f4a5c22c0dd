//! The lines of a change of plan: as they are quoted, kept, and become those of its invoice.
use super::{OrderingError, quote::PaidSpan};
use crate::{
    domain::{
        billing::{InvoiceError, NewLine, words::LONGEST_LINE},
        subscriptions,
    },
    kernel::{
        format,
        locale::{Lang, ta},
    },
};
use chrono::NaiveDate;
use entity::{
    catalog::{plan, price, product},
    subscriptions::{plan_change, subscription},
    value::{AgreedOptions, Cycle, Period, ProductKind, SoldDiscount, SubscriptionId},
};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

/// A line as it is kept, to become that of the invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredLine {
    pub description: String,
    pub net_minor: i64,
    /// What is asked for, where the price it is a part of holds the tax.
    #[serde(default)]
    pub gross_minor: Option<i64>,
    pub start: NaiveDate,
    pub end: NaiveDate,
}

impl StoredLine {
    /// As a line of the invoice of a contract that is paid for in `cycle`s.
    pub fn to_invoice(&self, kind: ProductKind, subscription_id: &SubscriptionId, cycle: Cycle) -> NewLine {
        NewLine {
            description: self.description.clone(),
            quantity: 1,
            unit_minor: self.gross_minor.unwrap_or(self.net_minor),
            discount_minor: 0,
            tax_included: self.gross_minor.is_some(),
            product_kind: kind,
            subscription_id: Some(subscription_id.clone()),
            cycle_number: None,
            sold_for: Some(cycle),
            period: Some(Period { start: self.start, end: self.end }),
        }
    }
}

pub(super) fn stored(change: &plan_change::Model) -> Result<Vec<StoredLine>, OrderingError> {
    let broken = |error| DbErr::Custom(format!("lines of {}: {error}", change.id));
    Ok(serde_json::from_value(change.lines.clone()).map_err(broken)?)
}

/// The plans of a change, each with the options it is paid for with.
#[derive(Clone, Copy)]
pub(super) struct Plans<'a> {
    pub product: &'a product::Model,
    pub from: (&'a plan::Model, &'a AgreedOptions),
    pub to: (&'a plan::Model, &'a AgreedOptions),
}

/// The new plan for each span, with its options, at its price and with the coupon that stays, and the old one taken back.
/// What is net of those that hold the tax is known once they are priced.
pub(super) fn of(
    contract: &subscription::Model,
    plans: Plans<'_>,
    (price, kept): (&price::Model, Option<&SoldDiscount>),
    spans: &[PaidSpan],
    lang: Lang,
) -> Result<Vec<StoredLine>, OrderingError> {
    let mut lines = Vec::with_capacity(spans.len() * 2);
    for span in spans {
        let (start, end) = (span.days.start, span.days.end);
        let line =
            |(plan, options): (&plan::Model, &AgreedOptions), key: &str, amount_minor: i64, tax_included: bool| {
                let last = end.pred_opt().unwrap_or(end);
                let args = [
                    ("service", plans.product.name.clone()),
                    ("plan", subscriptions::options::named(&plan.name, options, lang)),
                    ("from", format::day(start, lang)),
                    ("to", format::day(last, lang)),
                ];
                let gross_minor = tax_included.then_some(amount_minor);
                let description = ta(lang, key, &args).chars().take(LONGEST_LINE).collect();
                StoredLine { description, net_minor: amount_minor, gross_minor, start, end }
            };
        let cycle = span.cycle.as_ref();
        let off = |row| subscriptions::discount::of_paid(row, kept, price.amount_minor);
        let new = span.part.of(price.amount_minor - cycle.map_or(0, off)).map_err(InvoiceError::from)?;
        let paid = contract.price_minor - cycle.map_or(0, |row| row.discount_minor);
        let old = span.part.of(paid).map_err(InvoiceError::from)?;
        lines.push(line(plans.to, "ordering-line-change-new", new, price.tax_included));
        lines.push(line(plans.from, "ordering-line-change-old", -old, contract.tax_included));
    }
    Ok(lines)
}
