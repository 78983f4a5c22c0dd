//! Table `carts`.
use crate::value::{CartId, CustomerId};
use sea_orm::entity::prelude::*;

/// What a visitor or customer is about to order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carts")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CartId,
    /// The customer's id, or the SHA-256 of a guest's token: each owner has one cart.
    #[sea_orm(unique)]
    pub owner_key: String,
    /// Whose, once known.
    pub customer_id: Option<CustomerId>,
    /// Code of the coupon that was entered.
    pub coupon_code: Option<String>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<Option<crate::customers::customer::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
