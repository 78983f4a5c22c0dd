//! Table `usage_samples`.
use crate::value::{CustomerId, InstanceId, UsageSampleId};
use sea_orm::entity::prelude::*;

/// How much of something an instance used at an instant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_samples")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UsageSampleId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Of what.
    pub instance_id: InstanceId,
    /// `cpu_milli`, `memory_mb`, `restarts`: the unit is the name's last word.
    pub metric: String,
    /// How much.
    pub value: i64,
    /// When.
    pub recorded_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
