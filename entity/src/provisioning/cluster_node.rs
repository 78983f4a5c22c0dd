//! Table `cluster_nodes`.
use crate::value::{ClusterId, ClusterNodeId};
use sea_orm::entity::prelude::*;

/// A machine of a cluster, as it was last seen.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cluster_nodes")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClusterNodeId,
    /// Of which cluster.
    pub cluster_id: ClusterId,
    /// Its name there.
    pub name: String,
    /// Whether it is well, as the cluster says.
    pub is_ready: bool,
    /// Since when it was seen not to be, by our clock.
    pub unready_since: Option<DateTimeUtc>,
    /// Whether it takes new work.
    pub is_open: bool,
    /// Whether it is kept for other work than ours, as the cluster's own machines often are.
    pub is_reserved: bool,
    /// What it runs short of: `memory`, `disk`, `pid`, with a space between.
    pub pressures: String,
    /// What it can give, thousandths of a CPU.
    pub cpu_milli: i64,
    /// What it can give, MiB.
    pub memory_mb: i64,
    /// What is set aside on it for what runs there, thousandths of a CPU.
    pub requested_cpu_milli: i64,
    /// What is set aside on it for what runs there, MiB.
    pub requested_memory_mb: i64,
    /// What is used, thousandths of a CPU; nothing where nobody measures.
    pub used_cpu_milli: Option<i64>,
    /// What is used, MiB; nothing where nobody measures.
    pub used_memory_mb: Option<i64>,
    /// Version of the software that runs it.
    pub version: String,
    /// When it joined the cluster.
    pub born_at: Option<DateTimeUtc>,
    /// How many pods run on it, ours and others.
    pub pods: i64,
    /// Ids of our instances that run on it, as a list.
    #[sea_orm(column_type = "JsonBinary")]
    pub instances: Json,
    /// When it was last seen.
    pub seen_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
