//! Table `coupon_redemptions`.
use crate::value::{CouponId, CouponRedemptionId, CustomerId, OrderId, RedemptionStatus};
use sea_orm::entity::prelude::*;

/// A use of a coupon by an order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coupon_redemptions")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CouponRedemptionId,
    /// Of which coupon.
    pub coupon_id: CouponId,
    /// By whom.
    pub customer_id: CustomerId,
    /// For which order: an order uses one coupon.
    #[sea_orm(unique)]
    pub order_id: OrderId,
    /// Whether reserved, committed or given back.
    pub status: RedemptionStatus,
    /// The customer, where the coupon is for new ones and the use was not given back: one is new only once.
    #[sea_orm(unique)]
    pub welcome_key: Option<String>,
    /// What it took off the first invoice, net, minor units.
    pub discount_minor: i64,
    /// Currency.
    pub currency: String,
    /// When reserved.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// A code that takes something off an order.
    #[sea_orm(belongs_to, from = "coupon_id", to = "id")]
    pub coupon: BelongsTo<crate::catalog::coupon::Entity>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
    /// What a customer ordered.
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::order::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
