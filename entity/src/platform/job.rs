//! Table `jobs`.
use crate::value::{JobId, JobStatus};
use sea_orm::entity::prelude::*;

/// A piece of background work.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// Which queue.
    pub queue: String,
    /// Which job.
    pub name: String,
    /// Work on one target shares it: at most so many at a time.
    pub target_key: Option<String>,
    /// Ids it needs.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// Where it stands.
    pub status: JobStatus,
    /// How often tried.
    pub attempts: i32,
    /// How often at most.
    pub max_attempts: i32,
    /// Not before (product time).
    pub run_at: DateTimeUtc,
    /// Who works on it holds it until then (machine time).
    pub lease_until: Option<DateTimeUtc>,
    /// Proof of holding it.
    pub lease_token: Option<String>,
    /// While one such is queued, another is not added.
    pub dedupe_key: Option<String>,
    /// Such work happens once ever.
    #[sea_orm(unique)]
    pub once_key: Option<String>,
    /// The request or job it came from.
    pub correlation_id: String,
    /// Why it failed last.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// When asked for.
    pub created_at: DateTimeUtc,
    /// When done or given up.
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
