//! Answers to the options of a product: `options` among the answers of a thing that is ordered, by the word of each option
//! the word of a value, a number of units, or yes or no (ADR 0122). Text counts as what it stands for. Pure.
use super::pricing::Choice;
use crate::{
    domain::{
        billing::words::MAX_AMOUNT,
        catalog::{
            Offer,
            options::{offered_with, price_with, units},
        },
    },
    kernel::fault::FieldFault,
};
use entity::{
    catalog::{price, product_option},
    subscriptions::subscription,
    value::{AgreedOption, AgreedOptions, OptionKind, OptionValue},
};
use serde_json::Value;

/// The field of the answers among those to the template.
pub const FIELD: &str = "options";
/// Answers that are read at most.
const MOST_ANSWERS: usize = 100;

/// The answers to the template, and those to the options.
pub(super) fn part(config: &Value) -> (Value, Value) {
    let mut config = config.clone();
    let answers = config.as_object_mut().and_then(|fields| fields.remove(FIELD)).unwrap_or(Value::Null);
    (config, answers)
}

/// The answers to the template and those that lead to `options`, as one.
pub(super) fn joined(config: &Value, options: &AgreedOptions) -> Value {
    let mut config = config.clone();
    if options.is_empty() {
        return config;
    }
    if config.is_null() {
        config = Value::Object(serde_json::Map::new());
    }
    if let Some(fields) = config.as_object_mut() {
        fields.insert(FIELD.to_owned(), options.answers());
    }
    config
}

/// What is agreed where an offer is sold at `price` and answered with `answers`, at the prices of now. What is wrong is
/// left out and added to `faults` under `prefix`: `config.options.support`.
pub(super) fn agree(
    offer: &Offer,
    price: &price::Model,
    answers: &Value,
    prefix: &str,
    faults: &mut Vec<FieldFault>,
) -> AgreedOptions {
    let none = serde_json::Map::new();
    let answers = match answers {
        Value::Null => &none,
        Value::Object(answers) if answers.len() <= MOST_ANSWERS => answers,
        _ => {
            faults.push(FieldFault::new(prefix, "invalid"));
            return AgreedOptions::default();
        }
    };
    let offered: Vec<(&product_option::Model, Vec<(&OptionValue, i64)>)> = offer
        .options
        .iter()
        .map(|option| (option, offered_with(option, price)))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    let is_known = |code: &str| offered.iter().any(|(option, _)| option.code == code);
    for code in answers.iter().filter(|(code, answer)| !answer.is_null() && !is_known(code)).map(|(code, _)| code) {
        faults.push(FieldFault::new(format!("{prefix}.{}", super::config::printable(code)), "unknown"));
    }
    let mut agreed = Vec::new();
    for (option, values) in &offered {
        let answer = answers.get(&option.code).unwrap_or(&Value::Null);
        match read(option, values, answer) {
            Ok(found) => agreed.extend(found),
            Err(fault) => faults.push(FieldFault { field: format!("{prefix}.{}", option.code), ..fault }),
        }
    }
    let agreed = AgreedOptions(agreed);
    let whole = agreed.amount_minor().and_then(|amount| amount.checked_add(price.amount_minor));
    if !agreed.is_empty() && whole.is_none_or(|whole| whole > MAX_AMOUNT) {
        faults.push(FieldFault::new(prefix, "out_of_range").with("min", 0).with("max", MAX_AMOUNT));
        return AgreedOptions::default();
    }
    agreed
}

/// An offer at `price` with those of `answers` that are right, to show what it comes to.
pub fn estimate(offer: &Offer, price: &price::Model, answers: &Value) -> Choice {
    let agreed = agree(offer, price, answers, FIELD, &mut Vec::new());
    Choice::of(offer.clone(), price, Value::Null, agreed)
}

/// One answer; nothing where the option is not wanted. The field of a fault is empty.
fn read(
    option: &product_option::Model,
    values: &[(&OptionValue, i64)],
    answer: &Value,
) -> Result<Option<AgreedOption>, FieldFault> {
    let wrong = |code: &'static str| FieldFault::new("", code);
    let text = match answer {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(_) | Value::Object(_) => return Err(wrong("invalid")),
    };
    if text.is_empty() {
        return if option.is_required { Err(wrong("required")) } else { Ok(None) };
    }
    let only = values.first().copied().ok_or_else(|| wrong("unknown"))?;
    let (quantity, (value, each_minor)) = match option.kind {
        OptionKind::Choice => {
            let chosen = values.iter().copied().find(|(value, _)| value.code == text);
            (1, chosen.ok_or_else(|| wrong("option"))?)
        }
        OptionKind::Quantity => match text.parse::<i64>().map_err(|_| wrong("number"))? {
            0 if !option.is_required => return Ok(None),
            count if units(option).contains(&count) => (count, only),
            _ => {
                let least = if option.is_required { option.minimum } else { 0 };
                return Err(wrong("out_of_range").with("min", least).with("max", option.maximum));
            }
        },
        OptionKind::Switch => match text.as_str() {
            "true" => (1, only),
            "false" => return Ok(None),
            _ => return Err(wrong("bool")),
        },
    };
    let too_much = || wrong("out_of_range").with("min", 0).with("max", MAX_AMOUNT);
    let amount_minor = each_minor.checked_mul(quantity).filter(|amount| *amount <= MAX_AMOUNT).ok_or_else(too_much)?;
    Ok(Some(agreed(option, value, quantity, amount_minor)))
}

fn agreed(option: &product_option::Model, value: &OptionValue, quantity: i64, amount_minor: i64) -> AgreedOption {
    AgreedOption {
        code: option.code.clone(),
        kind: option.kind,
        value: value.code.clone(),
        quantity,
        name_id: option.name_id.clone(),
        name_en: option.name_en.clone(),
        value_id: value.name_id.clone(),
        value_en: value.name_en.clone(),
        amount_minor,
    }
}

/// A price of a plan with what its options add to it.
pub(super) fn with_options(price: &price::Model, options: &AgreedOptions) -> price::Model {
    let added = options.amount_minor().unwrap_or(i64::MAX);
    price::Model { amount_minor: price.amount_minor.saturating_add(added), ..price.clone() }
}

/// The price of another plan or cycle of a contract with the options it has, and these options. For the same cycle, and
/// written alike, they cost what was agreed; else what they cost today. Nothing where one of them is not offered so.
pub(super) fn carried(
    contract: &subscription::Model,
    offer: &Offer,
    price: &price::Model,
) -> Option<(price::Model, AgreedOptions)> {
    let is_alike = (price.cycle, price.tax_included) == (contract.cycle, contract.tax_included);
    if is_alike || contract.options.is_empty() {
        return Some((with_options(price, &contract.options), contract.options.clone()));
    }
    let today = |had: &AgreedOption| {
        let option = offer.options.iter().find(|option| option.code == had.code && option.kind == had.kind)?;
        let value = option.offered.0.iter().find(|value| value.code == had.value)?;
        let each = price_with(value, price)?.amount_minor;
        Some(agreed(option, value, had.quantity, each.checked_mul(had.quantity)?))
    };
    let options = AgreedOptions(contract.options.0.iter().map(today).collect::<Option<Vec<_>>>()?);
    let whole = options.amount_minor()?.checked_add(price.amount_minor)?;
    (whole <= MAX_AMOUNT).then(|| (with_options(price, &options), options))
}
