//! Table `instance_troubles`.
use crate::value::{InstanceId, InstanceTroubleId};
use sea_orm::entity::prelude::*;

/// Something that went wrong with an instance, as its cluster told it; the same thing again is counted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instance_troubles")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InstanceTroubleId,
    /// With which instance.
    pub instance_id: InstanceId,
    /// Our word: key `reason-<code>` of the translations.
    pub code: String,
    /// The cluster's own word.
    pub word: String,
    /// The cluster's own sentence, for staff.
    #[sea_orm(column_type = "Text")]
    pub detail: String,
    /// What it happened to, for staff.
    pub about: String,
    /// How often.
    pub times: i64,
    /// When first.
    pub first_at: DateTimeUtc,
    /// When last.
    pub last_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
