//! What runs on clusters though nobody has it: reported to staff, removed only when a person says so.
use super::{ProvisioningError, clusters};
use crate::{
    domain::Ctx,
    integrations::drivers::Found,
    kernel::{
        alert::{self, Alert},
        audit::Change,
        job::{Job, JobError},
    },
};
use chrono::Duration;
use entity::{
    provisioning::{cluster, instance},
    value::{ClusterId, InstanceStatus, TargetStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What was just terminated may still be on its way out.
const GRACE: Duration = Duration::minutes(30);

/// Looks for orphans on every cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FindOrphans {}

impl Job for FindOrphans {
    const NAME: &'static str = "provisioning.find_orphans";
    const QUEUE: &'static str = "observation";
    const MAX_ATTEMPTS: i32 = 3;

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `FindOrphans`: one alert per cluster that carries any. A cluster that does not answer is left out: silence is
/// told elsewhere.
///
/// # Errors
/// To be retried: the database.
pub async fn run_find_orphans(ctx: Ctx, _: FindOrphans) -> Result<(), JobError> {
    let clusters =
        cluster::Entity::find().filter(cluster::Column::Status.ne(TargetStatus::Disabled)).all(&ctx.db).await?;
    for row in clusters {
        let found = match orphans(&ctx, &row.id).await {
            Ok(found) => found,
            Err(ProvisioningError::Database(error)) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(cluster.id = %row.id, %error, "Could not look for orphans");
                continue;
            }
        };
        let tx = ctx.begin().await?;
        let key = format!("orphans:{}", row.id);
        if found.is_empty() {
            alert::resolve(&tx, ctx.now(), &key).await?;
        } else {
            let lines: Vec<_> =
                found.iter().map(|f| format!("{} at {} ({} objects)", f.instance_id, f.place, f.objects)).collect();
            let subject = format!("{} orphans on {}", found.len(), row.name);
            let alert = Alert { code: "orphans", subject: &subject, detail: &lines.join("\n"), key: &key };
            alert::raise(&tx, ctx.now(), &ctx.correlation, alert).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// What carries our mark on a cluster though its instance is unknown or terminated.
///
/// # Errors
/// `NotFound`; `Outside`.
pub async fn orphans(ctx: &Ctx, id: &ClusterId) -> Result<Vec<Found>, ProvisioningError> {
    let row = clusters::get(&ctx.db, id).await?;
    let (driver, target) = clusters::find_target(ctx, &row).await?;
    let found = driver.list(&target).await?;
    let mut wanted = BTreeSet::new();
    for ids in found.chunks(500) {
        let known = instance::Entity::find()
            .filter(instance::Column::Id.is_in(ids.iter().map(|found| found.instance_id.as_str())))
            .all(&ctx.db)
            .await?;
        let is_wanted = |row: &instance::Model| {
            row.status != InstanceStatus::Terminated || row.terminated_at.is_some_and(|at| at > ctx.now() - GRACE)
        };
        wanted.extend(known.into_iter().filter(is_wanted).map(|row| row.id.0));
    }
    Ok(found.into_iter().filter(|found| !wanted.contains(&found.instance_id)).collect())
}

/// Staff remove an orphan, found anew so that nothing that lives can be named by mistake.
///
/// # Errors
/// `NotFound` where it is not an orphan; `Outside`.
pub async fn sweep(ctx: &Ctx, id: &ClusterId, instance_id: &str) -> Result<(), ProvisioningError> {
    let orphan = orphans(ctx, id).await?.into_iter().find(|found| found.instance_id == instance_id);
    let orphan = orphan.ok_or(ProvisioningError::NotFound)?;
    let row = clusters::get(&ctx.db, id).await?;
    let (driver, target) = clusters::find_target(ctx, &row).await?;
    driver.sweep(&target, &orphan).await?;
    let tx = ctx.begin().await?;
    let change = Change {
        action: "provisioning.orphan.sweep",
        target_type: "instance",
        target_id: instance_id,
        before: Some(serde_json::json!({"cluster": id, "place": orphan.place, "objects": orphan.objects})),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}
