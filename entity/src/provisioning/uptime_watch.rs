//! Table `uptime_watches`.
use crate::value::{InstanceId, UptimeState};
use sea_orm::entity::prelude::*;

/// Whether an instance answers from outside, as it was last seen, and until when its time is counted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "uptime_watches")]
pub struct Model {
    /// Which instance.
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: InstanceId,
    /// What it was seen to be.
    pub state: UptimeState,
    /// Whether the last visit failed and it does not count as down yet: one failure is none.
    pub is_failing: bool,
    /// Until when its time is counted, whole seconds. Whoever counts further moves it, and nobody else counts the same.
    pub counted_until: DateTimeUtc,
    /// Since when it is down, while it is.
    pub down_since: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
