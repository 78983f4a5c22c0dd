//! Background work: a job is a small struct of ids, enqueued in the transaction that needs it, so that it exists if and
//! only if the change exists. Jobs run at least once: each must be safe to run twice.
use super::db::{WriteTx, exclusively};
use super::fault::{Fault, Kind};
use chrono::{DateTime, Utc};
use entity::{
    platform::job,
    value::{JobId, JobStatus},
};
use sea_orm::{
    ActiveValue::Set,
    DbErr, EntityTrait,
    sea_query::{Expr, OnConflict},
};
use std::{collections::HashSet, time::Duration};

/// Topic that wakes the workers.
pub const TOPIC: &str = "jobs";

/// A kind of background work.
pub trait Job: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static {
    /// `context.verb`, stable for ever: stored with the job.
    const NAME: &'static str;
    /// Queue: each has its own workers, so that slow work never delays quick work.
    const QUEUE: &'static str = "default";
    /// How often it is tried before it is given up (dead letter).
    const MAX_ATTEMPTS: i32 = 10;
    /// How long one try may take (machine time); longer counts as a failed try.
    const TIMEOUT: Duration = Duration::from_secs(120);

    /// While one with the same key is queued (not running), another is not added.
    fn dedupe_key(&self) -> Option<String> {
        None
    }

    /// Such work happens once ever.
    fn once_key(&self) -> Option<String> {
        None
    }

    /// The outside target it works on: at most so many of one target run at a time.
    fn target_key(&self) -> Option<String> {
        None
    }
}

/// What went wrong with a job or a reaction, and what that means: a decision made where the error arises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// Try again, after a back-off or after `after`.
    #[error("{message}")]
    Retry {
        /// Words for staff.
        message: String,
        /// When to try again (product time); `None` leaves it to the back-off.
        after: Option<Duration>,
    },
    /// Trying again would not help: a person has to look at it.
    #[error("{message}")]
    Fail {
        /// Words for staff.
        message: String,
    },
}

impl JobError {
    /// Try again after the usual back-off.
    pub fn retry(error: impl std::fmt::Display) -> Self {
        Self::Retry { message: error.to_string(), after: None }
    }

    /// Try again after `after` of product time.
    pub fn retry_in(error: impl std::fmt::Display, after: Duration) -> Self {
        Self::Retry { message: error.to_string(), after: Some(after) }
    }

    /// Give up: dead letter.
    pub fn fail(error: impl std::fmt::Display) -> Self {
        Self::Fail { message: error.to_string() }
    }
}

/// A plain no of the business stays no, everything else may pass.
impl<F: Fault> From<F> for JobError {
    fn from(fault: F) -> Self {
        match fault.kind() {
            Kind::Upstream | Kind::Internal | Kind::Unavailable { .. } => Self::retry(&fault),
            Kind::TooMany { retry_after } => Self::retry_in(&fault, Duration::from_secs(retry_after)),
            _ => Self::fail(&fault),
        }
    }
}

impl From<DbErr> for JobError {
    fn from(error: DbErr) -> Self {
        Self::retry(error)
    }
}

/// Queues `job` to run at once. Returns false where a twin was queued already.
pub async fn enqueue<J: Job>(tx: &WriteTx, now: DateTime<Utc>, correlation: &str, job: &J) -> Result<bool, DbErr> {
    enqueue_at(tx, now, correlation, job, now).await
}

/// Queues `job` to run at `run_at` (product time). Returns false where a twin was queued already.
pub async fn enqueue_at<J: Job>(
    tx: &WriteTx,
    now: DateTime<Utc>,
    correlation: &str,
    job: &J,
    run_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = job::ActiveModel {
        id: Set(JobId::generate()),
        queue: Set(J::QUEUE.to_owned()),
        name: Set(J::NAME.to_owned()),
        target_key: Set(job.target_key()),
        payload: Set(serde_json::to_value(job).map_err(|error| DbErr::Custom(error.to_string()))?),
        status: Set(JobStatus::Queued),
        attempts: Set(0),
        max_attempts: Set(J::MAX_ATTEMPTS),
        run_at: Set(run_at),
        lease_until: Set(None),
        lease_token: Set(None),
        dedupe_key: Set(job.dedupe_key()),
        once_key: Set(job.once_key()),
        correlation_id: Set(correlation.to_owned()),
        last_error: Set(None),
        created_at: Set(now),
        finished_at: Set(None),
    };
    // Without a target, ON CONFLICT DO NOTHING covers both unique indexes (the partial one over queued twins and the
    // one over things that happen once ever) on both databases.
    let insert = job::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    let inserted = insert.exec_without_returning(tx).await? == 1;
    tx.wake_after_commit(TOPIC);
    Ok(inserted)
}

/// Brings a queued job with this dedupe key forward to `run_at`, if it waits for longer. Returns whether it did.
pub async fn hasten(tx: &WriteTx, dedupe_key: &str, run_at: DateTime<Utc>) -> Result<bool, DbErr> {
    use sea_orm::{ColumnTrait, QueryFilter};
    let hastened = job::Entity::update_many()
        .col_expr(job::Column::RunAt, Expr::value(run_at))
        .filter(Expr::cust("status = 'queued'"))
        .filter(job::Column::DedupeKey.eq(dedupe_key))
        .filter(job::Column::RunAt.gt(run_at))
        .exec(tx)
        .await?
        .rows_affected
        == 1;
    tx.wake_after_commit(TOPIC);
    Ok(hastened)
}

/// What is held exclusively by whoever takes jobs of `queue`.
pub fn lock_of(queue: &str) -> String {
    format!("yumna.jobs.{queue}")
}

/// The dedupe keys of the jobs of `queue` somebody is at. Until `tx` ends nobody begins with another one.
pub async fn keys_at_work(tx: &WriteTx, queue: &str) -> Result<HashSet<String>, DbErr> {
    use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
    exclusively(tx, &lock_of(queue)).await?;
    let keys: Vec<Option<String>> = job::Entity::find()
        .select_only()
        .column(job::Column::DedupeKey)
        .filter(Expr::cust("status IN ('queued','running')"))
        .filter(job::Column::Status.eq(JobStatus::Running))
        .filter(job::Column::Queue.eq(queue))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(keys.into_iter().flatten().collect())
}

/// Whether any job still has to run at or before `until`.
pub async fn has_due(db: &impl sea_orm::ConnectionTrait, until: DateTime<Utc>) -> Result<bool, DbErr> {
    use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
    let found = job::Entity::find()
        .select_only()
        .column(job::Column::Id)
        .filter(Expr::cust("status IN ('queued','running')"))
        .filter(job::Column::RunAt.lte(until))
        .limit(1)
        .into_tuple::<JobId>()
        .one(db)
        .await?;
    Ok(found.is_some())
}
