//! Table `node_drains`.
use crate::value::{ClusterId, ClusterNodeId, DrainStatus, NodeDrainId};
use sea_orm::entity::prelude::*;

/// A machine is being emptied, or was.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node_drains")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NodeDrainId,
    /// Of which cluster.
    pub cluster_id: ClusterId,
    /// Which machine; it may be gone since.
    pub node_id: ClusterNodeId,
    /// Its name.
    pub node_name: String,
    /// Where it stands.
    pub status: DrainStatus,
    /// The machine while it goes on: one at a time.
    #[sea_orm(unique)]
    pub open_key: Option<String>,
    /// How many pods were asked to go.
    pub moved: i64,
    /// How many were there when last looked.
    pub remaining: i64,
    /// What it waits for or why it ended, in the cluster's words.
    #[sea_orm(column_type = "Text", nullable)]
    pub waits_for: Option<String>,
    /// Who asked.
    pub requested_by: String,
    /// When it is given up.
    pub deadline_at: DateTimeUtc,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
    /// When asked for.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
