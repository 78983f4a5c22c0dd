//! Table `uptime_days`.
use crate::value::InstanceId;
use sea_orm::entity::prelude::*;

/// How long an instance answered during a day of Jakarta. What was not watched is in none of the three.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "uptime_days")]
pub struct Model {
    /// Which instance.
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: InstanceId,
    /// Which day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// Seconds in which it answered.
    pub up_seconds: i64,
    /// Seconds in which it did not.
    pub down_seconds: i64,
    /// Seconds in which nobody could tell.
    pub unknown_seconds: i64,
    /// Seconds of the longest outage, as far as it lies within the day.
    pub longest_seconds: i64,
}

impl ActiveModelBehavior for ActiveModel {}
