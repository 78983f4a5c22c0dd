//! Table `backups`.
use crate::value::{BackupStatus, InstanceId, ProvisionTaskId};
use sea_orm::entity::prelude::*;

/// The last backup of an instance, made before a task removes it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "backups")]
pub struct Model {
    /// Key; with `tries` the name under which the driver knows it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Of which instance.
    pub instance_id: InstanceId,
    /// Before which task goes on; one each.
    #[sea_orm(unique)]
    pub task_id: ProvisionTaskId,
    /// Where it stands.
    pub status: BackupStatus,
    /// How many before it could not be read back.
    pub tries: i32,
    /// Where it lies, as the driver calls it.
    #[sea_orm(column_type = "Text", nullable)]
    pub place: Option<String>,
    /// Its size.
    pub size_bytes: Option<i64>,
    /// What it is verified by, as the driver calls it.
    pub checksum: Option<String>,
    /// When it was made.
    pub made_at: Option<DateTimeUtc>,
    /// When it was read back whole.
    pub verified_at: Option<DateTimeUtc>,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
