//! The job that walks a task through its steps, and what happens to task and instance at the end.
use super::{
    access,
    backups::{self, FINAL_BACKUP, FinalBackup},
    custom_domains, environment, events, find,
    follow::Follow,
    instance as instances,
    observe::drift_key,
    resize,
    steps::{NO_ROOM, PLACE, Phase, Place, WayBack},
    tasks::{self, Meaning, close, meaning_of, review_key, set_status, topics},
};
use crate::{
    domain::Ctx,
    integrations::drivers::Verb,
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        job::{Job, JobError},
        saga::{self, Advance, End, Engine, Failure, Saga, Step, Verdict},
        said::{Arg, args},
    },
};
use async_trait::async_trait;
use entity::{
    provisioning::{instance, task},
    value::{InstanceId, InstanceStatus, ProvisionTaskId, TaskAction, TaskStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeSet, sync::Mutex, time::Duration};

/// Refusals and failed rollouts before work is given up.
const ATTEMPTS: i32 = 3;
/// Pause after the first spent attempt (product time); four times as long after the second.
const PAUSE: Duration = Duration::from_secs(30);

/// Walks a task through its steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunTask {
    /// Which task.
    pub task_id: ProvisionTaskId,
    /// On which cluster, once it has a place.
    pub cluster_id: Option<String>,
}

impl RunTask {
    /// The job for `task` on `row`.
    pub(super) fn of(task: &task::Model, row: &instance::Model) -> Self {
        Self { task_id: task.id.clone(), cluster_id: row.cluster_id.as_ref().map(|id| id.0.clone()) }
    }
}

/// Names the queued job of a task.
pub(super) fn run_key(id: &ProvisionTaskId) -> String {
    format!("provisioning.run_task:{id}")
}

impl Job for RunTask {
    const NAME: &'static str = "provisioning.run_task";
    const QUEUE: &'static str = "provisioning";
    const MAX_ATTEMPTS: i32 = 50;
    const TIMEOUT: Duration = Duration::from_secs(900);

    fn dedupe_key(&self) -> Option<String> {
        Some(run_key(&self.task_id))
    }

    fn target_key(&self) -> Option<String> {
        self.cluster_id.clone()
    }
}

/// Tasks this process is walking: a twin of the job comes back later instead of walking beside it.
static WALKING: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct Walk(String);

impl Walk {
    fn begin(id: &ProvisionTaskId) -> Option<Self> {
        let mut walking = WALKING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        walking.insert(id.0.clone()).then(|| Self(id.0.clone()))
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        WALKING.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&self.0);
    }
}

/// Does `RunTask`: goes on until the task ends or has to wait, in which case it queues itself again.
///
/// # Errors
/// To be retried: the database.
pub async fn run_task(ctx: Ctx, run: RunTask) -> Result<(), JobError> {
    let Some(_walk) = Walk::begin(&run.task_id) else {
        return again(&ctx, &run, Duration::from_secs(1)).await;
    };
    let task = find::task(&ctx.db, &run.task_id).await?;
    if task.open_key.is_none() || task.status == TaskStatus::NeedsReview {
        return Ok(());
    }
    let row = instances::reload(&ctx.db, &task.instance_id).await?;
    let run = RunTask::of(&task, &row);
    if let Some(replaced) = task.input["after"].as_str()
        && saga::is_in_flight(&ctx.db, replaced).await?
    {
        return again(&ctx, &run, Duration::from_secs(1)).await;
    }
    let (Some(saga_id), Some(meaning)) = (task.saga_id.clone(), meaning_of(&task)) else {
        return Err(JobError::fail("the task has no saga"));
    };
    begin(&ctx, &task, &row, &meaning).await?;
    let work = Work { ctx: &ctx, task, row, meaning };
    let engine = Engine { db: &ctx.db, live: &ctx.live, clock: &*ctx.clock };
    match engine.advance(&saga_id, &work).await? {
        Advance::Over(_) => Ok(()),
        Advance::Waiting { retry_in } => {
            // The place, and with it the target of the job, may be known only now.
            let row = instances::reload(&ctx.db, &work.task.instance_id).await?;
            again(&ctx, &RunTask::of(&work.task, &row), retry_in).await
        }
    }
}

async fn again(ctx: &Ctx, run: &RunTask, after: Duration) -> Result<(), JobError> {
    let tx = ctx.begin().await?;
    let run_at = ctx.now() + chrono::Duration::from_std(after).unwrap_or(chrono::Duration::minutes(5));
    ctx.enqueue_at(&tx, run, run_at).await?;
    tx.commit().await?;
    Ok(())
}

/// Marks the task as running; after a pause between attempts the instance is under way again.
async fn begin(ctx: &Ctx, task: &task::Model, row: &instance::Model, meaning: &Meaning) -> Result<(), DbErr> {
    if task.status == TaskStatus::Running && row.status == meaning.meanwhile {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    let begun = task::Entity::update_many()
        .col_expr(task::Column::Status, Expr::value(TaskStatus::Running))
        .col_expr(task::Column::StartedAt, Expr::value(Some(task.started_at.unwrap_or_else(|| ctx.now()))))
        .col_expr(task::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(task::Column::Id.eq(&task.id))
        .filter(task::Column::OpenKey.is_not_null())
        .exec(&tx)
        .await?;
    if begun.rows_affected == 1 && row.status != meaning.meanwhile {
        set_status(&tx, ctx.now(), &row.id, meaning.meanwhile, None).await?;
    }
    tasks::wake(&tx, row);
    tx.commit().await
}

/// One task as a saga.
struct Work<'a> {
    ctx: &'a Ctx,
    task: task::Model,
    row: instance::Model,
    meaning: Meaning,
}

#[async_trait]
impl Saga for Work<'_> {
    fn steps(&self) -> Vec<Box<dyn Step + '_>> {
        let verb = self.meaning.verb;
        let mut steps: Vec<Box<dyn Step + '_>> = Vec::new();
        if verb == Verb::Create {
            steps.push(Box::new(Place { ctx: self.ctx, instance_id: self.row.id.clone() }));
        }
        let driver = self.ctx.driver(&self.row.driver);
        if verb == Verb::Terminate && backups::are_made(self.ctx, &self.row.driver) {
            steps.push(Box::new(FinalBackup {
                ctx: self.ctx.clone(),
                instance_id: self.row.id.clone(),
                task_id: self.task.id.clone(),
            }));
        }
        let phases = driver.map_or(&[][..], |driver| driver.phases(verb));
        for (index, name) in phases.iter().enumerate() {
            debug_assert_ne!(*name, PLACE);
            steps.push(Box::new(Phase {
                ctx: self.ctx.clone(),
                instance_id: self.row.id.clone(),
                task_id: self.task.id.clone(),
                verb,
                name,
                way_back: if index == 0 { self.way_back() } else { WayBack::Nothing },
            }));
        }
        steps
    }

    fn topics(&self) -> Vec<String> {
        topics(&self.row)
    }

    async fn on_failure(&self, tx: &WriteTx, failure: &Failure) -> Result<Verdict, DbErr> {
        let now = self.ctx.now();
        let spent = task::Entity::update_many()
            .col_expr(task::Column::Attempts, Expr::col(task::Column::Attempts).add(1))
            .col_expr(task::Column::ErrorCode, Expr::value(Some(error_code(self.task.action, failure))))
            .col_expr(task::Column::ErrorMessage, Expr::value(Some(format!("{}: {}", failure.step, failure.message))))
            .col_expr(task::Column::UpdatedAt, Expr::value(now))
            .filter(task::Column::Id.eq(&self.task.id))
            .exec_with_returning(tx)
            .await?;
        let spent = spent.first().map_or(ATTEMPTS, |task| task.attempts);
        // It ran with the settings of before: every further try with those it refuses only keeps it away for longer.
        if self.meaning.verb == Verb::Reconfigure {
            return Ok(Verdict::TurnBack);
        }
        if spent >= ATTEMPTS {
            return Ok(match self.meaning.verb {
                Verb::Create | Verb::Resize => Verdict::TurnBack,
                _ if failure.step == FINAL_BACKUP => Verdict::AskStaff,
                _ => Verdict::GiveUp,
            });
        }
        task::Entity::update_many()
            .col_expr(task::Column::Status, Expr::value(TaskStatus::Queued))
            .filter(task::Column::Id.eq(&self.task.id))
            .exec(tx)
            .await?;
        if self.meaning.verb == Verb::Create {
            set_status(tx, now, &self.row.id, InstanceStatus::Error, Some(reason_of(failure))).await?;
        }
        Ok(Verdict::Again { after: PAUSE * 4u32.pow(u32::try_from(spent - 1).unwrap_or(0)) })
    }

    async fn on_silence(&self, tx: &WriteTx, silence: &Failure) -> Result<(), DbErr> {
        let trouble = match silence.code.as_str() {
            NO_ROOM => "alert-provisioning-silent-room",
            access::REFUSED => "alert-provisioning-silent-refused",
            _ => "alert-provisioning-silent-answer",
        };
        let alert = Alert {
            code: "provisioning_silent",
            args: args([
                ("act", self.act()),
                ("instance", Arg::from(&self.row.name)),
                ("trouble", Arg::word(trouble)),
                ("step", step_word(silence)),
                ("message", Arg::from(&silence.message)),
            ]),
            key: &review_key(&self.task.id),
        };
        alert::raise(tx, self.ctx.now(), &self.ctx.correlation, alert).await.map(drop)
    }

    async fn on_end(&self, tx: &WriteTx, end: &End) -> Result<(), DbErr> {
        let now = self.ctx.now();
        match end {
            End::Succeeded => self.succeeded(tx).await?,
            End::Failed(failure) => self.failed(tx, failure).await?,
            End::Stuck(failure) => {
                task::Entity::update_many()
                    .col_expr(task::Column::Status, Expr::value(TaskStatus::NeedsReview))
                    .col_expr(task::Column::ErrorCode, Expr::value(Some(error_code(self.task.action, failure))))
                    .col_expr(task::Column::ErrorMessage, Expr::value(Some(failure.message.clone())))
                    .col_expr(task::Column::UpdatedAt, Expr::value(now))
                    .filter(task::Column::Id.eq(&self.task.id))
                    .filter(task::Column::OpenKey.is_not_null())
                    .exec(tx)
                    .await?;
                set_status(tx, now, &self.row.id, InstanceStatus::NeedsReview, Some(reason_of(failure))).await?;
                self.ask_staff(tx, failure).await?;
            }
        }
        // The contract may have changed while the work was under way.
        self.ctx.enqueue(tx, &Follow { subscription_id: self.row.subscription_id.clone() }).await.map(drop)
    }
}

impl Work<'_> {
    /// What taking back the first phase does.
    fn way_back(&self) -> WayBack {
        match self.meaning.verb {
            Verb::Create => WayBack::RemoveAll,
            Verb::Resize => resize::size_of_before(&self.task).map_or(WayBack::Nothing, WayBack::Resize),
            Verb::Reconfigure => WayBack::Reconfigure,
            _ => WayBack::Nothing,
        }
    }

    async fn succeeded(&self, tx: &WriteTx) -> Result<(), DbErr> {
        let now = self.ctx.now();
        if !close(tx, now, &self.task, TaskStatus::Succeeded, None).await? {
            return Ok(());
        }
        alert::resolve(tx, now, &review_key(&self.task.id)).await?;
        alert::resolve(tx, now, &drift_key(&self.row.id)).await?;
        let after = self.meaning.after;
        set_status(tx, now, &self.row.id, after, None).await?;
        let mut update = instance::Entity::update_many()
            .col_expr(instance::Column::UpdatedAt, Expr::value(now))
            .filter(instance::Column::Id.eq(&self.row.id));
        // How it feels is not known from letting names in.
        if self.task.action != TaskAction::Sync {
            let health = (after == InstanceStatus::Running).then_some(entity::value::Health::Ok);
            update = update.col_expr(instance::Column::Health, Expr::value(health));
        }
        if after == InstanceStatus::Terminated {
            if !backups::are_made(self.ctx, &self.row.driver) {
                tracing::info!(instance.id = %self.row.id, driver = %self.row.driver,
                    "Removed without a last backup: the driver makes none");
            }
            update = self.forget(update);
            custom_domains::release(tx, now, &self.row.id).await?;
        }
        update.exec(tx).await?;
        if matches!(after, InstanceStatus::Stopped | InstanceStatus::Suspended) {
            custom_domains::shut(tx, &self.row.id).await?;
        }
        if self.task.action == TaskAction::Reconfigure {
            environment::settle(tx, &self.row.id).await?;
        }
        if self.task.action == TaskAction::Sync {
            custom_domains::settled(self.ctx, tx, &self.row, &self.task).await?;
        }
        if matches!(self.task.action, TaskAction::Sync | TaskAction::Terminate) {
            alert::resolve(tx, now, &names_key(&self.row.id)).await?;
        }
        tasks::publish_end(self.ctx, tx, &self.row, &self.task, after).await
    }

    /// What is gone keeps no secrets.
    fn forget(&self, update: sea_orm::UpdateMany<instance::Entity>) -> sea_orm::UpdateMany<instance::Entity> {
        update
            .col_expr(instance::Column::SecretsSealed, Expr::value(""))
            .col_expr(instance::Column::ParametersBefore, Expr::value(Option::<serde_json::Value>::None))
            .col_expr(instance::Column::TerminatedAt, Expr::value(Some(self.ctx.now())))
    }

    /// Given up. A creation has cleaned up behind itself; the others leave the instance to be looked at.
    async fn failed(&self, tx: &WriteTx, failure: &Failure) -> Result<(), DbErr> {
        let now = self.ctx.now();
        let code = error_code(self.task.action, failure);
        let message = format!("{}: {}", failure.step, failure.message);
        if !close(tx, now, &self.task, TaskStatus::Failed, Some((&code, &message))).await? {
            return Ok(());
        }
        alert::resolve(tx, now, &review_key(&self.task.id)).await?;
        let reason = Some(reason_of(failure));
        match self.task.action {
            TaskAction::Create => {
                set_status(tx, now, &self.row.id, InstanceStatus::Terminated, reason).await?;
                let update = instance::Entity::update_many().filter(instance::Column::Id.eq(&self.row.id));
                self.forget(update).exec(tx).await?;
                custom_domains::release(tx, now, &self.row.id).await?;
                let news = events::InstanceFailed {
                    instance_id: self.row.id.clone(),
                    subscription_id: self.row.subscription_id.clone(),
                    customer_id: self.row.customer_id.clone(),
                    error_code: code,
                };
                self.ctx.publish(tx, &news).await?;
                self.ask_staff(tx, failure).await
            }
            // What must not be used or must be gone is for staff.
            TaskAction::Suspend | TaskAction::Terminate => {
                set_status(tx, now, &self.row.id, InstanceStatus::NeedsReview, reason).await?;
                self.ask_staff(tx, failure).await
            }
            // It was given back its old size.
            TaskAction::ChangePlan => {
                set_status(tx, now, &self.row.id, self.meaning.after, None).await?;
                let news = events::InstanceResizeFailed {
                    instance_id: self.row.id.clone(),
                    subscription_id: self.row.subscription_id.clone(),
                    customer_id: self.row.customer_id.clone(),
                    task_id: self.task.id.clone(),
                    error_code: code,
                };
                self.ctx.publish(tx, &news).await?;
                self.ask_staff(tx, failure).await
            }
            // It runs, or stands, as before: there is nothing for staff to do.
            TaskAction::Reconfigure => {
                set_status(tx, now, &self.row.id, self.meaning.after, None).await?;
                environment::settle(tx, &self.row.id).await?;
                let news = events::InstanceReconfigureFailed {
                    instance_id: self.row.id.clone(),
                    subscription_id: self.row.subscription_id.clone(),
                    customer_id: self.row.customer_id.clone(),
                    task_id: self.task.id.clone(),
                    error_code: code,
                };
                self.ctx.publish(tx, &news).await
            }
            // It runs as before, without what was asked for.
            TaskAction::Sync => {
                set_status(tx, now, &self.row.id, self.meaning.after, None).await?;
                custom_domains::refused(self.ctx, tx, &self.task).await?;
                self.ask_staff(tx, failure).await
            }
            _ => set_status(tx, now, &self.row.id, InstanceStatus::Error, reason).await,
        }
    }

    /// What is being done, as people call it.
    fn act(&self) -> Arg {
        Arg::word(format!("task-action-{}", self.task.action.as_str().replace('_', "-")))
    }

    async fn ask_staff(&self, tx: &WriteTx, failure: &Failure) -> Result<(), DbErr> {
        // Names that were refused are tried again by other work, which takes the alert back.
        let key = match self.task.action {
            TaskAction::Sync => names_key(&self.row.id),
            _ => review_key(&self.task.id),
        };
        let alert = Alert {
            code: "provisioning_review",
            args: args([
                ("act", self.act()),
                ("instance", Arg::from(&self.row.name)),
                ("task", self.task.id.as_str().into()),
                ("step", step_word(failure)),
                ("message", Arg::from(&failure.message)),
            ]),
            key: &key,
        };
        alert::raise(tx, self.ctx.now(), &self.ctx.correlation, alert).await.map(drop)
    }
}

/// Names the alert about an instance whose cluster refuses names of its customer.
pub(super) fn names_key(id: &InstanceId) -> String {
    format!("custom_domains:{id}")
}

/// The step in which work went wrong, as people call it.
fn step_word(failure: &Failure) -> Arg {
    Arg::word_or(format!("phase-{}", failure.step), &failure.step)
}

/// The stable word of a task's error.
fn error_code(action: TaskAction, failure: &Failure) -> String {
    match (failure.code.as_str(), action) {
        ("timeout", _) => "PROVISION_TIMEOUT",
        (NO_ROOM, _) => "NO_ROOM",
        ("unavailable" | "unknown" | access::REFUSED, _) => "CLUSTER_UNREACHABLE",
        (_, TaskAction::Create) => "PAYMENT_OK_PROVISION_FAIL",
        _ => "PROVISION_REFUSED",
    }
    .to_owned()
}

fn reason_of(failure: &Failure) -> serde_json::Value {
    let code = if failure.code == "timeout" { "rollout_timeout" } else { failure.code.as_str() };
    json!({"code": code, "detail": failure.message})
}
