//! Table `subscription_holds`.
use crate::value::{HoldReason, SubscriptionId};
use sea_orm::entity::prelude::*;

/// A reason why a contract is suspended.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_holds")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Which contract.
    pub subscription_id: SubscriptionId,
    /// Why.
    pub reason: HoldReason,
    /// Words of staff.
    pub note: Option<String>,
    /// subscription:reason while it holds: each reason holds once.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// Who placed it.
    pub placed_by: String,
    /// When.
    pub placed_at: DateTimeUtc,
    /// When lifted.
    pub lifted_at: Option<DateTimeUtc>,
    /// A contract.
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
