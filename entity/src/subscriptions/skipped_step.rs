//! Table `skipped_steps`.
use crate::value::SubscriptionId;
use sea_orm::entity::prelude::*;

/// A step that was due for a cycle of a contract and was not taken, and for what reason; each once, however often it was
/// looked at.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "skipped_steps")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// For which cycle.
    pub cycle_number: i32,
    /// `renewal`, `debit`, `suspend`, `terminate` or `activate`.
    pub step: String,
    /// `breaker`, `not_told`, `not_warned`, `wallet_short`, `wallet_off`, `quota_full` or `not_priced`.
    pub reason: String,
    /// When it was first not taken.
    pub first_at: DateTimeUtc,
    /// When it was last looked at and not taken.
    pub last_at: DateTimeUtc,
    /// A contract.
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
