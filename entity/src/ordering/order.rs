//! Table `orders`.
use crate::value::{CustomerId, OrderId, OrderStatus, UserId};
use sea_orm::entity::prelude::*;

/// What a customer ordered.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    /// Number people quote.
    #[sea_orm(unique)]
    pub number: String,
    /// Whose.
    pub customer_id: CustomerId,
    /// Who ordered.
    pub user_id: Option<UserId>,
    /// Where it stands.
    pub status: OrderStatus,
    /// Net, minor units.
    pub subtotal_minor: i64,
    /// Tax, minor units.
    pub tax_minor: i64,
    /// To pay, minor units.
    pub total_minor: i64,
    /// Currency.
    pub currency: String,
    /// Its invoice.
    pub invoice_id: Option<String>,
    /// Why it was cancelled or failed.
    pub cancel_reason: Option<String>,
    /// Code of the coupon it was placed with.
    pub coupon_code: Option<String>,
    /// What the coupon took off, net; the subtotal is what was left.
    pub discount_minor: i64,
    /// When placed.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// A person who signs in; reaches accounts through customer_members, WHM through user_roles.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<Option<crate::identity::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
