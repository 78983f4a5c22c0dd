//! Table `tax_rules`.
use crate::value::TaxRuleId;
use sea_orm::entity::prelude::*;

/// What tax is charged where and when.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tax_rules")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TaxRuleId,
    /// Tax class of products: `standard`.
    pub class: String,
    /// Of buyers in this country.
    pub country_code: String,
    /// Words on the document: `PPN 11%`.
    pub label: String,
    /// Nominal rate, numerator (12).
    pub rate_num: i64,
    /// Nominal rate, denominator (100).
    pub rate_den: i64,
    /// Part of the price that is taxed, numerator (11).
    pub base_num: i64,
    /// Part of the price that is taxed, denominator (12).
    pub base_den: i64,
    /// First day.
    pub valid_from: Date,
    /// Day after the last.
    pub valid_until: Option<Date>,
    /// When made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
