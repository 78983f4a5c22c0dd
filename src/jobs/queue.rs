//! The job table: claiming with a lease, heart-beat, fenced completion, back-off, dead letters.
use crate::{
    domain::{Ctx, Services},
    kernel::{
        alert::{self, Alert},
        audit::Change,
        clock::machine_now,
        db::{self, WriteTx},
        fault::CommonFault,
        job::{JobError, TOPIC, lock_of},
        page::{Page, PageRequest},
        said::{Arg, args},
        token,
    },
};
use chrono::{DateTime, Utc};
use entity::{
    platform::job,
    value::{JobId, JobStatus},
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

/// How long a claimed job is held without a heart-beat (machine time).
pub const LEASE: Duration = Duration::from_secs(30);
/// First pause after a failed try; doubles with each further one.
const BACK_OFF_SECONDS: u64 = 5;
/// Longest pause.
const BACK_OFF_LIMIT_SECONDS: u64 = 3600;
/// Lets the planner see that the partial index applies: the predicate has to be repeated with literals.
const UNFINISHED: &str = "status IN ('queued','running')";

/// How long until the next waiting job of `queue` becomes due; `None` where none waits.
pub async fn rest(services: &Services, queue: &str) -> Result<Option<Duration>, DbErr> {
    let now = services.clock.now();
    let next: Option<DateTime<Utc>> = job::Entity::find()
        .select_only()
        .column(job::Column::RunAt)
        .filter(Expr::cust(UNFINISHED))
        .filter(job::Column::Queue.eq(queue))
        .filter(job::Column::Status.eq(JobStatus::Queued))
        .filter(job::Column::RunAt.gt(now))
        .order_by_asc(job::Column::RunAt)
        .limit(1)
        .into_tuple()
        .one(&services.db)
        .await?;
    Ok(next.map(|at| (at - now).to_std().unwrap_or_default()))
}

/// Jobs that are due and wait.
#[derive(Debug)]
pub struct Due {
    /// How many, by queue; a queue without any is not named.
    pub waiting: Vec<(String, u64)>,
    /// Since when the oldest is due; `None` where none waits.
    pub oldest: Option<DateTime<Utc>>,
}

/// What is due and waits at this moment.
///
/// # Errors
/// The database.
pub async fn due(services: &Services) -> Result<Due, DbErr> {
    let waiting = job::Entity::find()
        .select_only()
        .filter(Expr::cust(UNFINISHED))
        .filter(job::Column::Status.eq(JobStatus::Queued))
        .filter(job::Column::RunAt.lte(services.clock.now()));
    let counts: Vec<(String, i64)> = waiting
        .clone()
        .column(job::Column::Queue)
        .column_as(job::Column::Id.count(), "waiting")
        .group_by(job::Column::Queue)
        .into_tuple()
        .all(&services.db)
        .await?;
    let oldest = waiting.column(job::Column::RunAt).order_by_asc(job::Column::RunAt).limit(1).into_tuple();
    Ok(Due {
        waiting: counts.into_iter().map(|(queue, count)| (queue, count.unsigned_abs())).collect(),
        oldest: oldest.one(&services.db).await?,
    })
}

/// Takes up to `wanted` due jobs of `queue` and holds them for `lease`. At most `jobs.per_target` jobs of one target
/// run at a time on all nodes together. That is below the places of a queue (`jobs.concurrency`), and all jobs of a
/// queue name a target in the same way, so that one dead cluster never takes every place. Jobs whose lease ran out come
/// back; those that have used up their attempts become dead letters.
pub async fn claim(services: &Services, queue: &str, wanted: usize, lease: Duration) -> Result<Vec<job::Model>, DbErr> {
    let now = services.clock.now();
    let machine = machine_now();
    let none = BTreeSet::new();
    // A look without a lock keeps idle workers from queueing for the write lock.
    if wanted == 0 || ready(queue, now, machine, &none).limit(1).one(&services.db).await?.is_none() {
        return Ok(Vec::new());
    }
    let tx = db::begin_write(&services.db, &services.live).await?;
    // The limit per target holds over all nodes only if claims of a queue take turns.
    db::exclusively(&tx, &lock_of(queue)).await?;
    let mut running = running_by_target(&tx, machine).await?;
    let mut picked = Vec::new();
    loop {
        let room = wanted - picked.len();
        let mut full: BTreeSet<String> = running
            .iter()
            .filter(|(_, n)| **n >= services.config.jobs.per_target)
            .map(|(key, _)| key.clone())
            .collect();
        let candidates = ready(queue, now, machine, &full).filter(not_in(&picked)).limit(room as u64).all(&tx).await?;
        let found = candidates.len();
        for candidate in candidates {
            if candidate.status == JobStatus::Running && candidate.attempts >= candidate.max_attempts {
                bury(&tx, now, &candidate, "its worker was lost in the last attempt").await?;
                continue;
            }
            if let Some(target) = &candidate.target_key {
                if full.contains(target) {
                    continue;
                }
                let count = running.entry(target.clone()).or_default();
                *count += 1;
                if *count >= services.config.jobs.per_target {
                    full.insert(target.clone());
                }
            }
            picked.push(candidate.id);
        }
        if found < room || picked.len() >= wanted || found == 0 {
            break;
        }
    }
    let mut claimed = Vec::new();
    if !picked.is_empty() {
        claimed = taken(machine, lease)
            .filter(job::Column::Id.is_in(picked.iter().map(JobId::as_str)))
            .exec_with_returning(&tx)
            .await?;
        claimed.sort_by(|a, b| (a.run_at, &a.id).cmp(&(b.run_at, &b.id)));
    }
    tx.commit().await?;
    Ok(claimed)
}

/// Takes the job of `queue` called `dedupe_key` out of its turn, whether it is due or not, and holds it for `lease`;
/// `None` where it is done or somebody is at it. Who carries something past a queue that stands still does not carry it
/// beside one that goes on.
pub async fn claim_one(
    services: &Services,
    queue: &str,
    dedupe_key: &str,
    lease: Duration,
) -> Result<Option<job::Model>, DbErr> {
    let machine = machine_now();
    let tx = db::begin_write(&services.db, &services.live).await?;
    db::exclusively(&tx, &lock_of(queue)).await?;
    let claimed = taken(machine, lease)
        .filter(job::Column::Queue.eq(queue))
        .filter(job::Column::DedupeKey.eq(dedupe_key))
        .filter(is_free(machine))
        .exec_with_returning(&tx)
        .await?;
    tx.commit().await?;
    Ok(claimed.into_iter().next())
}

/// Marks unfinished jobs as held from `machine` on.
fn taken(machine: DateTime<Utc>, lease: Duration) -> sea_orm::UpdateMany<job::Entity> {
    let until = machine + chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::seconds(30));
    job::Entity::update_many()
        .col_expr(job::Column::Status, Expr::value(JobStatus::Running))
        .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).add(1))
        .col_expr(job::Column::LeaseUntil, Expr::value(until))
        .col_expr(job::Column::LeaseToken, Expr::value(token_of_lease()))
        .filter(Expr::cust(UNFINISHED))
}

/// Nobody is at it.
fn is_free(machine: DateTime<Utc>) -> Condition {
    Condition::any().add(job::Column::Status.eq(JobStatus::Queued)).add(job::Column::LeaseUntil.lt(machine))
}

/// A fresh proof of holding something.
pub(super) fn token_of_lease() -> String {
    entity::value::next_ulid().to_string()
}

fn ready(
    queue: &str,
    now: DateTime<Utc>,
    machine: DateTime<Utc>,
    full: &BTreeSet<String>,
) -> sea_orm::Select<job::Entity> {
    let mut select = job::Entity::find()
        .filter(Expr::cust(UNFINISHED))
        .filter(job::Column::Queue.eq(queue))
        .filter(job::Column::RunAt.lte(now))
        .filter(is_free(machine))
        .order_by_asc(job::Column::RunAt)
        .order_by_asc(job::Column::Id);
    if !full.is_empty() {
        let elsewhere = Condition::any()
            .add(job::Column::TargetKey.is_null())
            .add(job::Column::TargetKey.is_not_in(full.iter().map(String::as_str)));
        select = select.filter(elsewhere);
    }
    select
}

fn not_in(picked: &[JobId]) -> Condition {
    match picked {
        [] => Condition::all(),
        ids => Condition::all().add(job::Column::Id.is_not_in(ids.iter().map(JobId::as_str))),
    }
}

async fn running_by_target(tx: &WriteTx, machine: DateTime<Utc>) -> Result<HashMap<String, usize>, DbErr> {
    let targets: Vec<Option<String>> = job::Entity::find()
        .select_only()
        .column(job::Column::TargetKey)
        .filter(Expr::cust(UNFINISHED))
        .filter(job::Column::Status.eq(JobStatus::Running))
        .filter(job::Column::TargetKey.is_not_null())
        .filter(job::Column::LeaseUntil.gte(machine))
        .into_tuple()
        .all(tx)
        .await?;
    let mut counts = HashMap::new();
    for target in targets.into_iter().flatten() {
        *counts.entry(target).or_default() += 1;
    }
    Ok(counts)
}

/// Holds `job` for another `lease`. False: somebody else has it, the work must be dropped.
pub async fn extend(services: &Services, job: &job::Model, lease: Duration) -> Result<bool, DbErr> {
    let until = machine_now() + chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::seconds(30));
    let tx = db::begin_write(&services.db, &services.live).await?;
    let extended = held(job).col_expr(job::Column::LeaseUntil, Expr::value(until)).exec(&tx).await?;
    tx.commit().await?;
    Ok(extended.rows_affected == 1)
}

/// Ends every lease: what was running may be claimed at once.
pub(super) async fn free_all(services: &Services) -> Result<(), DbErr> {
    let tx = db::begin_write(&services.db, &services.live).await?;
    job::Entity::update_many()
        .col_expr(job::Column::LeaseUntil, Expr::value(DateTime::<Utc>::UNIX_EPOCH))
        .filter(job::Column::Status.eq(JobStatus::Running))
        .exec(&tx)
        .await?;
    tx.wake_after_commit(TOPIC);
    tx.commit().await
}

fn held(job: &job::Model) -> sea_orm::UpdateMany<job::Entity> {
    job::Entity::update_many()
        .filter(job::Column::Id.eq(&job.id))
        .filter(job::Column::Status.eq(JobStatus::Running))
        .filter(job::Column::LeaseToken.eq(job.lease_token.clone()))
}

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// It will be tried again.
    Again,
    /// Given up: dead letter.
    Dead,
    /// The lease was lost meanwhile: somebody else decides.
    Lost,
}

impl Outcome {
    /// The word in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Again => "again",
            Self::Dead => "dead",
            Self::Lost => "lost",
        }
    }
}

/// Writes down how a run ended, if `job` is still ours.
pub async fn finish(services: &Services, job: &job::Model, result: &Result<(), JobError>) -> Result<Outcome, DbErr> {
    let now = services.clock.now();
    let tx = db::begin_write(&services.db, &services.live).await?;
    let outcome = match result {
        Ok(()) => end(&tx, job, JobStatus::Done, now, None).await?.then_some(Outcome::Done),
        Err(JobError::Retry { message, after }) if job.attempts < job.max_attempts => {
            let pause = after.unwrap_or_else(|| back_off(job.attempts));
            put_back(&tx, job, now + chrono::Duration::from_std(pause).unwrap_or_default(), message)
                .await?
                .then_some(Outcome::Again)
        }
        Err(JobError::Retry { message, .. } | JobError::Fail { message }) => {
            bury(&tx, now, job, message).await?.then_some(Outcome::Dead)
        }
    };
    tx.commit().await?;
    Ok(outcome.unwrap_or(Outcome::Lost))
}

async fn end(
    tx: &WriteTx,
    job: &job::Model,
    status: JobStatus,
    now: DateTime<Utc>,
    error: Option<&str>,
) -> Result<bool, DbErr> {
    let mut update = held(job)
        .col_expr(job::Column::Status, Expr::value(status))
        .col_expr(job::Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(job::Column::FinishedAt, Expr::value(now));
    if let Some(error) = error {
        update = update.col_expr(job::Column::LastError, Expr::value(shorten(error)));
    }
    Ok(update.exec(tx).await?.rows_affected == 1)
}

async fn put_back(tx: &WriteTx, job: &job::Model, run_at: DateTime<Utc>, error: &str) -> Result<bool, DbErr> {
    if has_queued_twin(tx, job).await? {
        // The twin does the same work; two queued ones with one key cannot be.
        return end(tx, job, JobStatus::Cancelled, run_at, Some(error)).await;
    }
    let update = held(job)
        .col_expr(job::Column::Status, Expr::value(JobStatus::Queued))
        .col_expr(job::Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(job::Column::RunAt, Expr::value(run_at))
        .col_expr(job::Column::LastError, Expr::value(shorten(error)));
    Ok(update.exec(tx).await?.rows_affected == 1)
}

async fn has_queued_twin(tx: &WriteTx, job: &job::Model) -> Result<bool, DbErr> {
    let Some(key) = &job.dedupe_key else { return Ok(false) };
    let twin = job::Entity::find()
        .filter(Expr::cust("status = 'queued'"))
        .filter(job::Column::DedupeKey.eq(key))
        .one(tx)
        .await?;
    Ok(twin.is_some_and(|twin| twin.id != job.id))
}

/// Gives `job` up and tells staff.
async fn bury(tx: &WriteTx, now: DateTime<Utc>, job: &job::Model, error: &str) -> Result<bool, DbErr> {
    if !end(tx, job, JobStatus::Dead, now, Some(error)).await? {
        return Ok(false);
    }
    let alert = Alert {
        code: "job_dead",
        args: args([
            ("job", Arg::word_or(format!("job-{}", job.name.replace(['.', '_'], "-")), &job.name)),
            ("id", Arg::from(job.id.as_str())),
            ("n", Arg::from(job.attempts)),
            ("error", Arg::from(shorten(error))),
        ]),
        key: &dead_key(&job.id),
    };
    alert::raise(tx, now, &job.correlation_id, alert).await?;
    Ok(true)
}

fn dead_key(id: &JobId) -> String {
    format!("job_dead:{id}")
}

/// At most 2,000 characters of an error.
pub(super) fn shorten(error: &str) -> String {
    error.chars().take(2000).collect()
}

/// Pause after the `attempts`-th failed try: 5 s, 10 s, 20 s, … at most an hour, a fifth more or less at random so
/// that those who failed together do not come back together.
pub fn back_off(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 12) - 1).unwrap_or(0);
    let seconds = Ord::min(BACK_OFF_SECONDS << doublings, BACK_OFF_LIMIT_SECONDS);
    let [random] = token::bytes::<1>();
    // 80 % to 120 %, in thousandths of a second.
    Duration::from_millis(seconds * (800 + u64::from(random) * 400 / 255))
}

/// Jobs for WHM, newest first: all, or those with `status`.
pub async fn list(ctx: &Ctx, status: Option<JobStatus>, request: &PageRequest) -> Result<Page<job::Model>, DbErr> {
    let mut select = job::Entity::find().order_by_desc(job::Column::Id).limit(request.fetch());
    if let Some(status) = status {
        select = select.filter(job::Column::Status.eq(status));
    }
    if let Some(after) = &request.after {
        select = select.filter(job::Column::Id.lt(after.as_str()));
    }
    Ok(Page::of(select.all(&ctx.db).await?, request, |job| job.id.as_str()))
}

/// How many jobs are in each state, for dashboards.
pub async fn count(ctx: &Ctx, status: JobStatus) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait;
    job::Entity::find().filter(job::Column::Status.eq(status)).count(&ctx.db).await
}

/// Queues a dead letter again, with all its attempts.
///
/// # Errors
/// `NotFound`; `InvalidState` where it is not dead or a twin is queued already.
pub async fn retry(ctx: &Ctx, id: &JobId) -> Result<(), CommonFault> {
    let tx = ctx.begin().await?;
    let found = job::Entity::find_by_id(id.clone()).one(&tx).await?.ok_or(CommonFault::NotFound)?;
    if found.status != JobStatus::Dead || has_queued_twin(&tx, &found).await? {
        return Err(CommonFault::InvalidState(found.status.as_str()));
    }
    let revived = job::Entity::update_many()
        .col_expr(job::Column::Status, Expr::value(JobStatus::Queued))
        .col_expr(job::Column::Attempts, Expr::value(0))
        .col_expr(job::Column::RunAt, Expr::value(ctx.now()))
        .col_expr(job::Column::FinishedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::Status.eq(JobStatus::Dead))
        .exec(&tx)
        .await?;
    if revived.rows_affected != 1 {
        return Err(CommonFault::InvalidState(found.status.as_str()));
    }
    alert::resolve(&tx, ctx.now(), &dead_key(id)).await?;
    let change =
        Change { action: "platform.job.retry", target_type: "job", target_id: id.as_str(), ..Change::default() };
    ctx.audit(&tx, change).await?;
    tx.wake_after_commit(TOPIC);
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_never_exceed_an_hour_by_more_than_the_jitter() {
        for (attempts, seconds) in [(1, 5), (2, 10), (3, 20), (4, 40), (30, 3600)] {
            let pause = back_off(attempts).as_millis();
            assert!((seconds * 800..=seconds * 1200).contains(&pause), "{attempts}: {pause} ms");
        }
    }
}
