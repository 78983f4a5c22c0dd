//! Table `coupons`.
use crate::value::{CouponId, CouponScope};
use sea_orm::entity::prelude::*;

/// A code that takes something off an order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coupons")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CouponId,
    /// What customers type: letters, digits and dashes, in capitals.
    #[sea_orm(unique)]
    pub code: String,
    /// What staff keep it for.
    pub note: Option<String>,
    /// Hundredths of a percent taken off each line; empty where an amount is taken off.
    pub basis_points: Option<i64>,
    /// Amount taken off all lines together, net, minor units; empty where a percentage is.
    pub amount_minor: Option<i64>,
    /// Currency of its amounts.
    pub currency: String,
    /// What it is for.
    #[sea_orm(column_type = "JsonBinary")]
    pub scope: CouponScope,
    /// Whether it takes off setup fees too.
    pub includes_setup: bool,
    /// Renewals after the first invoice that it is promised for; empty: all of them.
    pub renewals: Option<i64>,
    /// Only for who has not ordered before.
    pub is_for_new_customers: bool,
    /// What the lines it is for must come to, net, minor units.
    pub minimum_minor: i64,
    /// Uses at most; empty: any number.
    pub max_uses: Option<i64>,
    /// Uses by one customer at most; empty: any number.
    pub max_uses_per_customer: Option<i64>,
    /// Uses reserved or committed; never above the most.
    pub used: i64,
    /// First instant it works.
    pub starts_at: Option<DateTimeUtc>,
    /// First instant it works no more.
    pub ends_at: Option<DateTimeUtc>,
    /// When staff ended it.
    pub ended_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
