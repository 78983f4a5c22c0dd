//! Table `automation_pauses`.
use crate::value::{PauseHolds, PauseScope};
use sea_orm::entity::prelude::*;

/// A time in which nothing happens to contracts by itself.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "automation_pauses")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// How far it reaches.
    pub scope: PauseScope,
    /// Which cluster, product, customer or contract; none for everything.
    pub target_id: Option<String>,
    /// What it holds back.
    pub holds: PauseHolds,
    /// scope:target while it is open, and for mails alone mails:scope:target: one per target.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// Why.
    pub reason: String,
    /// When it ends by itself.
    pub ends_at: DateTimeUtc,
    /// Who placed it.
    pub placed_by: String,
    /// When.
    pub placed_at: DateTimeUtc,
    /// When it was lifted before its end.
    pub lifted_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
