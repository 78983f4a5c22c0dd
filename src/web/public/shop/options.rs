//! Options of a service with what they add to its price.
use super::view::{Price, in_language};
use crate::{
    domain::{
        billing::{BuyerTax, InvoiceError},
        catalog::options::offered_with,
    },
    web::frame::Frame,
};
use entity::{
    catalog::{price, product_option},
    value::OptionKind,
};

/// What can be ordered with every plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionRow {
    /// Its name.
    pub name: String,
    /// Its values, each with what it costs in words.
    pub values: Vec<(String, String)>,
}

/// What a value of an option adds to a price, in words.
///
/// # Errors
/// An amount beyond all bounds.
pub fn added(
    frame: &Frame,
    option: &product_option::Model,
    (unit, minor): (&str, i64),
    row: &price::Model,
    tax: &BuyerTax,
) -> Result<String, InvoiceError> {
    if minor == 0 {
        return Ok(frame.t("shop-option-free"));
    }
    let price = Price::of_part(row, minor, tax)?;
    let (amount, cycle) = (frame.money(&price.total), frame.word("per-cycle", row.cycle.as_str()));
    let words = [("amount", amount), ("cycle", cycle), ("unit", unit.to_owned())];
    let key = if option.kind == OptionKind::Quantity { "shop-option-unit" } else { "shop-option-price" };
    Ok(frame.ta(key, words))
}

/// The options that are offered with prices like `row`.
///
/// # Errors
/// An amount beyond all bounds.
pub fn option_rows(
    frame: &Frame,
    options: &[product_option::Model],
    row: Option<&price::Model>,
    tax: &BuyerTax,
) -> Result<Vec<OptionRow>, InvoiceError> {
    let Some(row) = row else { return Ok(Vec::new()) };
    let mut rows = Vec::with_capacity(options.len());
    for option in options {
        let mut values = Vec::new();
        for (value, minor) in offered_with(option, row) {
            let name = in_language(frame.lang, &value.name_id, &value.name_en);
            let words = added(frame, option, (&name, minor), row, tax)?;
            // The yes of a switch, and a unit that stands in its price, need no name.
            values.push((if option.kind == OptionKind::Choice { name } else { String::new() }, words));
        }
        if !values.is_empty() {
            rows.push(OptionRow { name: in_language(frame.lang, &option.name_id, &option.name_en), values });
        }
    }
    Ok(rows)
}
