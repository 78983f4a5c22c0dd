//! Table `plans`.
use crate::value::{PlanId, ProductId};
use sea_orm::entity::prelude::*;

/// A size of a product.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plans")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanId,
    /// Of which product.
    pub product_id: ProductId,
    /// Stable word: `n8n-basic`.
    #[sea_orm(unique)]
    pub code: String,
    /// Its name.
    pub name: String,
    /// Rank among the plans of a product.
    pub tier: i32,
    /// Limit, thousandths of a CPU.
    pub cpu_milli: i64,
    /// Limit, MiB.
    pub memory_mb: i64,
    /// Volume, GiB.
    pub storage_gb: i64,
    /// Slots in stock.
    pub quota_total: i64,
    /// Slots reserved or allocated; never above the total.
    pub quota_used: i64,
    /// Not in the shop; running contracts go on, and staff may quote it.
    pub is_hidden: bool,
    /// Since when it is sold to nobody any more, for good; it is hidden then.
    pub retired_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// A service in the shop.
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
