//! Table `prices`.
use crate::value::{Cycle, PlanId, PriceId};
use sea_orm::entity::prelude::*;

/// What a plan costs for one cycle; net of tax.
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
    /// Price, minor units, net.
    pub amount_minor: i64,
    /// Once at the first order, minor units, net.
    pub setup_fee_minor: i64,
    /// Currency.
    pub currency: String,
    /// A size of a product.
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<super::plan::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
