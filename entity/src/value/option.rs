//! Options that can be ordered with a product: what staff offer, and what was agreed with a contract. Pure.
use super::{Cycle, OptionKind};
use serde::{Deserialize, Serialize};

/// What one value of an option costs for a cycle, as staff wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionPrice {
    /// For how long.
    pub cycle: Cycle,
    /// Price, minor units, not below zero; of one unit where units are counted.
    pub amount_minor: i64,
    /// Whether it holds the tax. It goes with prices of plans that are written alike.
    pub tax_included: bool,
    /// Currency.
    pub currency: String,
}

/// A value of an option: one of those to choose from; the one unit of what is counted; the yes of a switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionValue {
    /// Its word in answers, for ever.
    pub code: String,
    /// Its name, Indonesian.
    pub name_id: String,
    /// Its name, English.
    pub name_en: String,
    /// What it costs, a row for each cycle it is offered for.
    pub prices: Vec<OptionPrice>,
    /// Offered no more.
    #[serde(default)]
    pub is_retired: bool,
}

/// The values of an option, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult)]
#[serde(transparent)]
pub struct OptionValues(pub Vec<OptionValue>);

/// An option as it was agreed with a contract: its words and its price are kept with it, whatever staff change later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedOption {
    /// Word of the option.
    pub code: String,
    /// How it was answered.
    pub kind: OptionKind,
    /// Word of the value.
    pub value: String,
    /// How many units; 1 where none are counted.
    pub quantity: i64,
    /// Its name, Indonesian.
    pub name_id: String,
    /// Its name, English.
    pub name_en: String,
    /// The value's name, Indonesian.
    pub value_id: String,
    /// The value's name, English.
    pub value_en: String,
    /// For a cycle, all units together, minor units; a part of the contract's price and in its terms.
    pub amount_minor: i64,
}

/// The options of a contract, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult)]
#[serde(transparent)]
pub struct AgreedOptions(pub Vec<AgreedOption>);

impl AgreedOptions {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they come to for a cycle, minor units; none beyond 64 bits.
    pub fn amount_minor(&self) -> Option<i64> {
        self.0.iter().try_fold(0_i64, |sum, option| sum.checked_add(option.amount_minor))
    }

    /// As answers that lead to them: by the word of each option the word of its value, its number of units, or yes.
    pub fn answers(&self) -> serde_json::Value {
        let answer = |option: &AgreedOption| match option.kind {
            OptionKind::Choice => option.value.clone().into(),
            OptionKind::Quantity => option.quantity.into(),
            OptionKind::Switch => true.into(),
        };
        self.0.iter().map(|option| (option.code.clone(), answer(option))).collect::<serde_json::Map<_, _>>().into()
    }
}
