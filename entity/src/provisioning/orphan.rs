//! Table `orphans`.
use crate::value::{ClusterId, OrphanId};
use sea_orm::entity::prelude::*;

/// Things on a cluster that carry our mark and belong to nobody, as the last search found them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orphans")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrphanId,
    /// Where.
    pub cluster_id: ClusterId,
    /// Whose mark they carry: `instance` or `customer`.
    pub kind: String,
    /// That mark: an id, which may be unknown here.
    pub mark: String,
    /// Where they lie on the cluster.
    pub place: String,
    /// What they are: `1 Deployment, 2 Secret`.
    pub what: String,
    /// How many they are.
    pub objects: i64,
    /// Why they belong to nobody: `unknown`, `ended`, `empty`.
    pub why: String,
    /// Since when the oldest is there.
    pub since: Option<DateTimeUtc>,
    /// When first found.
    pub found_at: DateTimeUtc,
    /// When last found.
    pub seen_at: DateTimeUtc,
    /// When staff asked for their removal.
    pub removal_asked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
