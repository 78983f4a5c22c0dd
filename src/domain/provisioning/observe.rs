//! How what runs feels: looked at when the cluster says that something moved, and every few minutes anyway.
use super::{ProvisioningError, find, instance as instances, run::run_key, tasks, usage};
use crate::{
    domain::Ctx,
    integrations::{
        OutsideError,
        drivers::{Observed, Reason, Sample},
    },
    kernel::{
        alert::{self, Alert},
        job::{self, Job, JobError},
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

/// Looks at an instance and keeps its health and why. Work under way is hastened instead: it looks by itself. Paid for
/// and gone is told to staff.
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
    let (health, reason) = match driver.inspect(&target, &spec).await {
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
    keep(ctx, &row, health, reason, samples).await
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

async fn keep(
    ctx: &Ctx,
    row: &instance::Model,
    health: Health,
    reason: Option<Reason>,
    samples: Vec<Sample>,
) -> Result<(), ProvisioningError> {
    let now = ctx.now();
    let is_gone = reason.as_ref().is_some_and(|reason| matches!(reason.code.as_str(), "missing" | "not_started"));
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
    if kept.rows_affected == 1 && has_changed {
        let key = drift_key(&row.id);
        if is_gone {
            let subject = format!("{} is paid for but does not run", row.name);
            let detail = format!("Instance {} should run; the cluster says it does not. Restart it from WHM.", row.id);
            let alert = Alert { code: "instance_drift", subject: &subject, detail: &detail, key: &key };
            alert::raise(&tx, now, &ctx.correlation, alert).await?;
        } else {
            alert::resolve(&tx, now, &key).await?;
        }
        tasks::wake(&tx, row);
    }
    tx.commit().await?;
    Ok(())
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
pub(super) async fn enqueue(ctx: &Ctx, tx: &crate::kernel::db::WriteTx, row: &instance::Model) -> Result<(), DbErr> {
    let Some(cluster_id) = &row.cluster_id else { return Ok(()) };
    ctx.enqueue(tx, &Observe { instance_id: row.id.clone(), cluster_id: cluster_id.0.clone() }).await.map(drop)
}
