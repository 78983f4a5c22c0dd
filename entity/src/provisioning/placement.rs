//! Table `placements`.
use crate::value::{ClusterId, InstanceId};
use sea_orm::entity::prelude::*;

/// Why an instance is where it is.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "placements")]
pub struct Model {
    /// Which instance.
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: InstanceId,
    /// The cluster that was chosen for it.
    pub cluster_id: ClusterId,
    /// What was said of each cluster then, as sentences to be read in any language.
    #[sea_orm(column_type = "JsonBinary")]
    pub considered: Json,
    /// When.
    pub placed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
