//! Table `trials`.
use crate::value::{CustomerId, ProductId, SubscriptionId};
use sea_orm::entity::prelude::*;

/// A contract that began with days that cost nothing. A customer has one of each product, ever.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trials")]
pub struct Model {
    /// Which contract; key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Of which product.
    pub product_id: ProductId,
    /// For how many days, as sold.
    pub days: i32,
    /// The day after its last; empty until it begins.
    pub ends_on: Option<Date>,
    /// When it was ordered.
    pub created_at: DateTimeUtc,
    /// The contract.
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
