//! Table `clusters`.
use crate::value::{ClusterId, TargetStatus};
use sea_orm::entity::prelude::*;

/// A Kubernetes cluster.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clusters")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClusterId,
    /// Name for staff.
    #[sea_orm(unique)]
    pub name: String,
    /// Which driver speaks to it.
    pub driver: String,
    /// Where it stands.
    pub region: String,
    /// Whether it takes new instances.
    pub status: TargetStatus,
    /// Settings, encrypted (kubeconfig).
    #[sea_orm(column_type = "Text")]
    pub settings_sealed: String,
    /// Grows with every change of the settings.
    pub settings_version: i64,
    /// Addresses of services end with it.
    pub ingress_domain: String,
    /// `https`, or `http` in the demo.
    pub url_scheme: String,
    /// Port in addresses where it is not the scheme's own.
    pub url_port: Option<i32>,
    /// What may be sold, thousandths of a CPU.
    pub capacity_cpu_milli: i64,
    /// What may be sold, MiB.
    pub capacity_memory_mb: i64,
    /// How much more CPU may be promised than its machines have: 300 is three times.
    pub cpu_ratio_percent: i64,
    /// The same of memory: 100 is no more than there is.
    pub memory_ratio_percent: i64,
    /// How much of its machines is kept free for those that fail, percent; 0 keeps nothing.
    pub reserve_percent: i64,
    /// When its machines were last looked at.
    pub surveyed_at: Option<DateTimeUtc>,
    /// Since when its machines have too much CPU to give, without a pause.
    pub cpu_over_since: Option<DateTimeUtc>,
    /// The same of memory.
    pub memory_over_since: Option<DateTimeUtc>,
    /// When last tested.
    pub checked_at: Option<DateTimeUtc>,
    /// How the test went.
    pub check_ok: Option<bool>,
    /// What it found, in English: what is shown of tests older than the sentences.
    #[sea_orm(column_type = "Text", nullable)]
    pub check_note: Option<String>,
    /// What it found, as sentences to be read in any language.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub check_found: Option<Json>,
    /// When added.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
