//! The last backup: what a driver can back up is removed only after a backup of it was read back whole (DECISIONS 16). One
//! that cannot be made is asked for again after pauses, then staff decide: it is tried once more, or what runs is removed
//! without one, for a reason that stays in the audit trail.
use super::{
    ProvisioningError, TaskView,
    steps::{Site, progress, site_of, told},
};
use crate::{
    domain::Ctx,
    integrations::drivers::{BackingUp, Backup},
    kernel::{
        audit::Change,
        db::WriteTx,
        saga::{self, Outputs, Progress, Step, StepError},
        said::Said,
    },
};
use async_trait::async_trait;
use entity::{
    provisioning::{backup, task},
    value::{BackupStatus, InstanceId, ProvisionTaskId, StepStatus, next_ulid},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;
use std::time::Duration;

/// The step that makes a last backup.
pub(super) const FINAL_BACKUP: &str = "final_backup";

/// How long the making of one may take (machine time): as long as a day, for what is large. Silence has limits of its own.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// Whether a last backup is made of what this driver makes run, before it is removed.
pub fn are_made(ctx: &Ctx, driver: &str) -> bool {
    ctx.driver(driver).is_some_and(|driver| driver.capabilities().backup)
}

/// The newest backup that was asked for before an instance was to be removed.
///
/// # Errors
/// The database.
pub async fn last_of(db: &impl ConnectionTrait, id: &InstanceId) -> Result<Option<backup::Model>, DbErr> {
    backup::Entity::find().filter(backup::Column::InstanceId.eq(id)).order_by_desc(backup::Column::Id).one(db).await
}

/// Whether staff are asked to go on without a last backup: it is where the work stands still.
pub fn is_missed(view: &TaskView) -> bool {
    view.steps.iter().any(|step| step.name == FINAL_BACKUP && step.status == StepStatus::Stuck)
}

/// The same of a piece of work, asked under the lock under which staff decide.
///
/// # Errors
/// The database.
pub(super) async fn is_missed_by(tx: &WriteTx, saga_id: &str) -> Result<bool, DbErr> {
    let steps = saga::steps_of(tx, saga_id).await?;
    Ok(steps.iter().any(|step| step.name == FINAL_BACKUP && step.status == StepStatus::Stuck))
}

/// Staff have said that a task whose last backup cannot be made goes on: none is made, and what it removes is lost for good.
///
/// # Errors
/// The database.
pub(super) async fn go_without(ctx: &Ctx, tx: &WriteTx, task: &task::Model, reason: &str) -> Result<(), DbErr> {
    // Before the first call there may be none yet.
    let row = backup::Model { status: BackupStatus::Waived, ..blank(ctx, &task.instance_id, &task.id) };
    backup::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::column(backup::Column::TaskId).update_column(backup::Column::Status).to_owned())
        .exec_without_returning(tx)
        .await?;
    let entry = Change {
        action: "provisioning.backup.waive",
        target_type: "instance",
        target_id: task.instance_id.as_str(),
        customer_id: Some(&task.customer_id),
        reason: Some(reason),
        after: Some(json!({ "status": BackupStatus::Waived })),
        ..Change::default()
    };
    ctx.audit(tx, entry).await
}

fn blank(ctx: &Ctx, instance_id: &InstanceId, task_id: &ProvisionTaskId) -> backup::Model {
    backup::Model {
        id: format!("bak_{}", next_ulid()),
        instance_id: instance_id.clone(),
        task_id: task_id.clone(),
        status: BackupStatus::Making,
        tries: 0,
        place: None,
        size_bytes: None,
        checksum: None,
        made_at: None,
        verified_at: None,
        created_at: ctx.now(),
    }
}

/// Whether a task may remove what it is to remove: its backup was read back, there was nothing to keep, or staff decided
/// to go on without.
pub(super) async fn is_safe(db: &impl ConnectionTrait, task_id: &ProvisionTaskId) -> Result<bool, DbErr> {
    let known = backup::Entity::find().filter(backup::Column::TaskId.eq(task_id)).one(db).await?;
    let is_safe = |status| matches!(status, BackupStatus::Verified | BackupStatus::Nothing | BackupStatus::Waived);
    Ok(known.is_some_and(|row| is_safe(row.status)))
}

/// Makes a last backup and reads it back, before a task removes the instance.
pub(super) struct FinalBackup {
    pub ctx: Ctx,
    pub instance_id: InstanceId,
    pub task_id: ProvisionTaskId,
}

#[async_trait]
impl Step for FinalBackup {
    fn name(&self) -> &str {
        FINAL_BACKUP
    }

    fn patience(&self) -> Option<Duration> {
        Some(PATIENCE)
    }

    async fn forward(&self, _: &Outputs) -> Result<Progress, StepError> {
        let site = site_of(&self.ctx, &self.instance_id).await?;
        let mut row = self.open().await.map_err(unavailable)?;
        if row.status == BackupStatus::Making {
            let key = key_of(&row);
            let result = site.driver.back_up(&site.target, &site.spec, &key).await;
            match told(&self.ctx, &site, result).await? {
                BackingUp::Waiting { reason, retry_in } => {
                    return Ok(Progress::Waiting { code: reason.code, detail: reason.detail, retry_in });
                }
                BackingUp::Nothing => {
                    row = self.note(&site, &row, BackupStatus::Nothing, None).await.map_err(unavailable)?
                }
                BackingUp::Made(made) => {
                    row = self.note(&site, &row, BackupStatus::Made, Some(made)).await.map_err(unavailable)?;
                }
            }
        }
        if row.status == BackupStatus::Made {
            match self.verify(&site, &row).await? {
                Progress::Done { .. } => {
                    row = self.note(&site, &row, BackupStatus::Verified, None).await.map_err(unavailable)?;
                }
                waiting => return Ok(waiting),
            }
        }
        let note = match (row.status, row.place) {
            (BackupStatus::Verified, Some(place)) => {
                Said::new("did-backup", [("place", place.into()), ("bytes", row.size_bytes.unwrap_or_default().into())])
            }
            (BackupStatus::Waived, _) => return Ok(Progress::Done { note: None, output: None }),
            _ => Said::plain("did-nothing-to-keep"),
        };
        Ok(Progress::Done { note: Some(note), output: None })
    }
}

impl FinalBackup {
    /// The backup of this task; asked again it is the same.
    async fn open(&self) -> Result<backup::Model, ProvisioningError> {
        let row = blank(&self.ctx, &self.instance_id, &self.task_id);
        let tx = self.ctx.begin().await?;
        backup::Entity::insert(row.into_active_model().reset_all())
            .on_conflict(OnConflict::column(backup::Column::TaskId).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?;
        let known = backup::Entity::find().filter(backup::Column::TaskId.eq(&self.task_id)).one(&tx).await?;
        tx.commit().await?;
        known.ok_or(ProvisioningError::NotFound)
    }

    /// Reads a backup back. One that is not whole is made anew with the next attempt.
    async fn verify(&self, site: &Site, row: &backup::Model) -> Result<Progress, StepError> {
        let made = Backup {
            place: row.place.clone().unwrap_or_default(),
            size_bytes: row.size_bytes.unwrap_or_default(),
            checksum: row.checksum.clone().unwrap_or_default(),
        };
        let result = site.driver.verify_backup(&site.target, &key_of(row), &made).await;
        let came_to = told(&self.ctx, site, result).await;
        if matches!(came_to, Err(StepError::Rejected { .. })) {
            self.again(row).await.map_err(unavailable)?;
        }
        came_to.map(progress)
    }

    async fn again(&self, row: &backup::Model) -> Result<(), ProvisioningError> {
        let tx = self.ctx.begin().await?;
        backup::Entity::update_many()
            .col_expr(backup::Column::Status, Expr::value(BackupStatus::Making))
            .col_expr(backup::Column::Tries, Expr::value(row.tries + 1))
            .filter(as_seen(row))
            .exec(&tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Records how far it is, with its audit row.
    async fn note(
        &self,
        site: &Site,
        row: &backup::Model,
        status: BackupStatus,
        made: Option<Backup>,
    ) -> Result<backup::Model, ProvisioningError> {
        let now = self.ctx.now();
        let mut change = backup::ActiveModel { status: Set(status), ..Default::default() };
        if let Some(made) = made {
            change.place = Set(Some(made.place));
            change.size_bytes = Set(Some(made.size_bytes));
            change.checksum = Set(Some(made.checksum));
            change.made_at = Set(Some(now));
        }
        if status == BackupStatus::Verified {
            change.verified_at = Set(Some(now));
        }
        let tx = self.ctx.begin().await?;
        let rows = backup::Entity::update_many().set(change).filter(as_seen(row)).exec_with_returning(&tx).await?;
        let row = rows.into_iter().next().ok_or(ProvisioningError::NotFound)?;
        let entry = Change {
            action: "provisioning.backup.note",
            target_type: "instance",
            target_id: self.instance_id.as_str(),
            customer_id: Some(&site.row.customer_id),
            after: Some(json!({ "status": row.status, "place": row.place, "size_bytes": row.size_bytes })),
            ..Change::default()
        };
        self.ctx.audit(&tx, entry).await?;
        tx.commit().await?;
        Ok(row)
    }
}

/// The row as it was read: whoever lost his turn meanwhile writes nothing over what another noted.
fn as_seen(row: &backup::Model) -> Condition {
    Condition::all()
        .add(backup::Column::Id.eq(row.id.as_str()))
        .add(backup::Column::Status.eq(row.status))
        .add(backup::Column::Tries.eq(row.tries))
}

/// The name under which the driver makes it: one that could not be read back is never asked for again.
fn key_of(row: &backup::Model) -> String {
    format!("{}-{}", row.id, row.tries)
}

fn unavailable(error: ProvisioningError) -> StepError {
    StepError::unavailable(error.to_string())
}
