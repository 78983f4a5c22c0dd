//! Table `order_items`.
use crate::value::{AgreedOptions, Cycle, OrderId, OrderItemId, PlanId};
use sea_orm::entity::prelude::*;

/// One thing ordered.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_items")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderItemId,
    /// In which order.
    pub order_id: OrderId,
    /// Which plan.
    pub plan_id: PlanId,
    /// For how long.
    pub cycle: Cycle,
    /// Answers of the customer.
    #[sea_orm(column_type = "JsonBinary")]
    pub config: Json,
    /// Which part of the price is for which option, as staff wrote the prices.
    #[sea_orm(column_type = "JsonBinary")]
    pub options: AgreedOptions,
    /// Words at the time of ordering.
    pub description: String,
    /// Price of the first cycle with its options, minor units.
    pub amount_minor: i64,
    /// Setup fee, minor units.
    pub setup_fee_minor: i64,
    /// Whether both hold the tax. They are as the customer was told them: without it where he owes none.
    pub tax_included: bool,
    /// The contract it became.
    pub subscription_id: Option<String>,
    /// What a customer ordered.
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::order::Entity>,
    /// A size of a product.
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<crate::catalog::plan::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
