//! Table `schedules`.
use sea_orm::entity::prelude::*;

/// A tick of the timetable that fired.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedules")]
pub struct Model {
    /// Which entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Which tick.
    #[sea_orm(primary_key, auto_increment = false)]
    pub due_at: DateTimeUtc,
    /// When.
    pub fired_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
