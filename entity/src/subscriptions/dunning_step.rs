//! Table `dunning_steps`.
use crate::value::SubscriptionId;
use sea_orm::entity::prelude::*;

/// A step of the timetable of a cycle that was taken, or skipped because a later one had become due meanwhile; each
/// once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dunning_steps")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// Of which cycle.
    pub cycle_number: i32,
    /// `remind_-3`, `debit_2`, `suspend`, `warn_7`, …
    pub step: String,
    /// Whether nothing was done.
    pub is_skipped: bool,
    /// When.
    pub done_at: DateTimeUtc,
    /// A contract.
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
