//! Table `prices`.
use crate::value::{Cycle, PlanId, PriceId};
use sea_orm::entity::prelude::*;

/// What a plan costs for one cycle, as staff wrote it: without the tax, or with it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "prices")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PriceId,
    /// Of which plan.
    pub plan_id: PlanId,
    /// For how long.
    pub cycle: Cycle,
    /// Price, minor units.
    pub amount_minor: i64,
    /// Once at the first order, minor units.
    pub setup_fee_minor: i64,
    /// Whether both hold the tax.
    pub tax_included: bool,
    /// Currency.
    pub currency: String,
    /// A size of a product.
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<super::plan::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
