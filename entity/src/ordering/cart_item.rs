//! Table `cart_items`.
use crate::value::{CartId, CartItemId, Cycle, PlanId};
use sea_orm::entity::prelude::*;

/// One thing in a cart.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cart_items")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CartItemId,
    /// In which cart.
    pub cart_id: CartId,
    /// Which plan.
    pub plan_id: PlanId,
    /// For how long.
    pub cycle: Cycle,
    /// Answers of the customer.
    #[sea_orm(column_type = "JsonBinary")]
    pub config: Json,
    /// When added.
    pub created_at: DateTimeUtc,
    /// What a visitor or customer is about to order.
    #[sea_orm(belongs_to, from = "cart_id", to = "id")]
    pub cart: BelongsTo<super::cart::Entity>,
    /// A size of a product.
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<crate::catalog::plan::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
