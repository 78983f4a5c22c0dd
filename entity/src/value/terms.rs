//! What a contract is renewed with.
use super::{AgreedOptions, Cycle, PlanId, SoldDiscount};
use serde::{Deserialize, Serialize};

/// Plan, cycle and price of a contract's cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sea_orm::FromJsonQueryResult)]
pub struct Terms {
    /// In which size.
    pub plan_id: PlanId,
    /// For how long.
    pub cycle: Cycle,
    /// Price of a cycle with its options, minor units.
    pub price_minor: i64,
    /// Whether it holds the tax.
    #[serde(default)]
    pub tax_included: bool,
    /// What a coupon promises its renewals, if any.
    pub discount: Option<SoldDiscount>,
    /// Which part of the price is for which option.
    #[serde(default)]
    pub options: AgreedOptions,
}
