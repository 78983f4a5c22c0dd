//! Table `uptime_outages`.
use crate::value::InstanceId;
use sea_orm::entity::prelude::*;

/// A time in which an instance did not answer, and which is over.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "uptime_outages")]
pub struct Model {
    /// Which instance.
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: InstanceId,
    /// When it began.
    #[sea_orm(primary_key, auto_increment = false)]
    pub began_at: DateTimeUtc,
    /// When it was over, or was last seen.
    pub ended_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
