//! How what runs feels: looked at when the cluster says that something moved, and every few minutes anyway.
use super::{ProvisioningError, access, find, instance as instances, run::run_key, tasks, troubles, usage};
use crate::{
    domain::Ctx,
    integrations::{
        OutsideError,
        drivers::{Observed, Reason, Sample, Trouble},
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        job::{self, Job, JobError},
        said::{Arg, args},
    },
};
use chrono::Duration;
use entity::{
    provisioning::instance,
    value::{Health, InstanceId, InstanceStatus},
};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// An instance nobody looked at for so long is looked at.
const STALE: Duration = Duration::minutes(5);
/// Instances queued in one transaction.
const BATCH: u64 = 200;

/// Looks at one instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Observe {
    /// Which.
    pub instance_id: InstanceId,
    /// On which cluster.
    pub cluster_id: String,
}

impl Job for Observe {
    const NAME: &'static str = "provisioning.observe";
    // Looking never takes the places of working.
    const QUEUE: &'static str = "observation";
    // The next look comes anyway.
    const MAX_ATTEMPTS: i32 = 3;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("provisioning.observe:{}", self.instance_id))
    }

    fn target_key(&self) -> Option<String> {
        // Counted by itself: a task of the same cluster may run beside it.
        Some(format!("observe:{}", self.cluster_id))
    }
}

/// Looks at every instance that was not looked at for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sync {}

impl Job for Sync {
    const NAME: &'static str = "provisioning.sync";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `Observe`.
///
/// # Errors
/// To be retried: the database.
pub async fn run_observe(ctx: Ctx, work: Observe) -> Result<(), JobError> {
    Ok(observe(&ctx, &work.instance_id).await?)
}

/// Looks at an instance and keeps its health, why, and what went wrong lately. Work under way is hastened instead: it
/// looks by itself. Paid for and gone is told to staff.
///
/// # Errors
/// `NotFound`; the database. A cluster that does not answer is a finding, not an error.
pub async fn observe(ctx: &Ctx, id: &InstanceId) -> Result<(), ProvisioningError> {
    let row = find::get(&ctx.db, id).await?;
    if row.status.is_transitional() {
        return Ok(hasten(ctx, &row).await?);
    }
    let should_run = matches!(row.status, InstanceStatus::Running);
    if !should_run || row.cluster_id.is_none() {
        return Ok(());
    }
    let (driver, target, spec) = instances::at_its_place(ctx, &row).await?;
    let found = driver.inspect(&target, &spec).await;
    access::note(ctx, &target, &found).await?;
    let restarts = match &found {
        Ok(Observed::Present { restarts, .. }) => *restarts,
        _ => 0,
    };
    let (health, reason) = match found {
        Ok(Observed::Present { is_started: true, health, reason, .. }) => (health, reason),
        Ok(Observed::Present { is_started: false, .. }) => (Health::Failing, Some(reason("not_started", ""))),
        Ok(Observed::Absent) => (Health::Failing, Some(reason("missing", ""))),
        Err(OutsideError::Rejected { code, message }) => (Health::Unreachable, Some(reason(&code, &message))),
        Err(error) => (Health::Unreachable, Some(reason("unavailable", error.message()))),
    };
    let samples = match health {
        Health::Unreachable => Vec::new(),
        _ => usage::take(ctx, &row, &*driver, &target, &spec).await?,
    };
    // What was never restarted and is well has nothing to tell.
    let told = match health {
        Health::Unreachable => Vec::new(),
        Health::Ok if restarts == 0 => Vec::new(),
        _ => troubles::take(&row, &*driver, &target, &spec).await,
    };
    keep(ctx, &row, Seen { health, reason, samples, told }).await
}

/// What a look at an instance came to.
struct Seen {
    health: Health,
    reason: Option<Reason>,
    samples: Vec<Sample>,
    told: Vec<Trouble>,
}

fn reason(code: &str, detail: &str) -> Reason {
    Reason { code: code.to_owned(), detail: detail.to_owned() }
}

async fn hasten(ctx: &Ctx, row: &instance::Model) -> Result<(), DbErr> {
    let Some(open) = tasks::open_task(&ctx.db, &row.id).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    job::hasten(&tx, &run_key(&open.id), ctx.now()).await?;
    tx.commit().await
}

async fn keep(ctx: &Ctx, row: &instance::Model, seen: Seen) -> Result<(), ProvisioningError> {
    let now = ctx.now();
    let Seen { health, reason, samples, told } = seen;
    let word = reason.as_ref().map(|reason| reason.code.clone()).unwrap_or_default();
    let reason = reason.map(|reason| json!(reason));
    let has_changed = row.health != Some(health) || row.reason != reason;
    let tx = ctx.begin().await?;
    let kept = instance::Entity::update_many()
        .col_expr(instance::Column::Health, Expr::value(Some(health)))
        .col_expr(instance::Column::Reason, Expr::value(reason))
        .col_expr(instance::Column::ObservedAt, Expr::value(Some(now)))
        .filter(instance::Column::Id.eq(&row.id))
        // Work that began meanwhile knows better.
        .filter(instance::Column::Status.eq(row.status))
        .exec(&tx)
        .await?;
    usage::keep(ctx, &tx, row, samples).await?;
    let is_told_more = troubles::keep(ctx, &tx, row, told).await?;
    if kept.rows_affected == 1 && has_changed {
        tell(ctx, &tx, row, &word).await?;
    }
    if is_told_more || (kept.rows_affected == 1 && has_changed) {
        tasks::wake(&tx, row);
    }
    tx.commit().await?;
    Ok(())
}

/// Tells staff what a customer pays for and does not have, and takes it back once he has it.
async fn tell(ctx: &Ctx, tx: &WriteTx, row: &instance::Model, word: &str) -> Result<(), DbErr> {
    let (drift, volume) = (drift_key(&row.id), format!("volume_missing:{}", row.id));
    let trouble = match word {
        "missing" | "not_started" => Some(("instance_drift", &drift)),
        "volume_missing" => Some(("volume_missing", &volume)),
        _ => None,
    };
    for key in [&drift, &volume] {
        if trouble.as_ref().is_none_or(|(_, told)| *told != key) {
            alert::resolve(tx, ctx.now(), key).await?;
        }
    }
    let Some((code, key)) = trouble else { return Ok(()) };
    let args = args([("instance", Arg::from(&row.name)), ("id", row.id.as_str().into())]);
    let alert = Alert { code, args, key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await.map(drop)
}

/// Names the alert of an instance that is paid for and does not run.
pub(super) fn drift_key(id: &InstanceId) -> String {
    format!("instance_drift:{id}")
}

/// Does `Sync`: queues a look at every running instance that was not looked at for five minutes.
///
/// # Errors
/// To be retried: the database.
pub async fn run_sync(ctx: Ctx, _: Sync) -> Result<(), JobError> {
    let limit = ctx.now() - STALE;
    let mut after = String::new();
    loop {
        let stale =
            Condition::any().add(instance::Column::ObservedAt.is_null()).add(instance::Column::ObservedAt.lt(limit));
        let rows = instance::Entity::find()
            .filter(instance::Column::Status.eq(InstanceStatus::Running))
            .filter(instance::Column::Id.gt(after.as_str()))
            .filter(stale)
            .order_by_asc(instance::Column::Id)
            .limit(BATCH)
            .all(&ctx.db)
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id.0.clone();
        let tx = ctx.begin().await?;
        for row in &rows {
            enqueue(&ctx, &tx, row).await?;
        }
        tx.commit().await?;
    }
}

/// Queues a look at `row`.
pub(super) async fn enqueue(ctx: &Ctx, tx: &WriteTx, row: &instance::Model) -> Result<(), DbErr> {
    let Some(cluster_id) = &row.cluster_id else { return Ok(()) };
    ctx.enqueue(tx, &Observe { instance_id: row.id.clone(), cluster_id: cluster_id.0.clone() }).await.map(drop)
}
