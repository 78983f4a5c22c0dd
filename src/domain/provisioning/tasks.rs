//! Work on instances: asking for it, retrying it, ending it.
use super::{
    ProvisioningError, backups, events, instance as instances,
    run::{RunTask, run_key},
    steps,
};
use crate::{
    domain::Ctx,
    integrations::drivers::{Capabilities, Verb},
    kernel::{
        alert,
        audit::Change,
        db::WriteTx,
        fault::FieldFault,
        job,
        saga::{self, Failure},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    provisioning::{instance, task},
    subscriptions::subscription,
    value::{
        CustomerId, InstanceId, InstanceStatus as Status, ProvisionTaskId, SubscriptionStatus, TaskAction, TaskStatus,
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use serde_json::json;

/// Longest reason of staff, in characters.
const MAX_REASON: usize = 160;

/// What an action means: the driver's verb, from which states it is possible, what the instance is meanwhile and after.
pub(super) struct Meaning {
    pub verb: Verb,
    from: &'static [Status],
    pub meanwhile: Status,
    pub after: Status,
}

/// The meaning of `action`; `None` where instances of this kind have no such work.
pub(super) fn meaning(action: TaskAction) -> Option<Meaning> {
    let (verb, from, meanwhile, after): (_, &'static [Status], _, _) = match action {
        TaskAction::Create => (Verb::Create, &[Status::Pending], Status::Provisioning, Status::Running),
        TaskAction::Start => (Verb::Start, &[Status::Stopped, Status::Error], Status::Starting, Status::Running),
        TaskAction::Stop => (Verb::Stop, &[Status::Running, Status::Error], Status::Stopping, Status::Stopped),
        TaskAction::Restart => (Verb::Restart, &[Status::Running, Status::Error], Status::Restarting, Status::Running),
        TaskAction::Suspend => (
            Verb::Suspend,
            &[Status::Running, Status::Stopped, Status::Error, Status::NeedsReview, Status::Maintenance],
            Status::Suspending,
            Status::Suspended,
        ),
        TaskAction::Unsuspend => {
            (Verb::Unsuspend, &[Status::Suspended, Status::Error], Status::Resuming, Status::Running)
        }
        TaskAction::ChangePlan => {
            (Verb::Resize, &[Status::Running, Status::Stopped], Status::Changing, Status::Running)
        }
        TaskAction::Reconfigure => {
            (Verb::Reconfigure, &[Status::Running, Status::Stopped], Status::Changing, Status::Running)
        }
        TaskAction::Terminate => (
            Verb::Terminate,
            &[
                Status::Pending,
                Status::Provisioning,
                Status::Running,
                Status::Stopping,
                Status::Stopped,
                Status::Starting,
                Status::Restarting,
                Status::Suspending,
                Status::Suspended,
                Status::Resuming,
                Status::Changing,
                Status::Restoring,
                Status::Error,
                Status::NeedsReview,
                Status::Maintenance,
            ],
            Status::Terminating,
            Status::Terminated,
        ),
        // What answers to the outside is brought to what it should be; what runs is not touched.
        TaskAction::Sync => (Verb::Sync, &[Status::Running], Status::Changing, Status::Running),
        TaskAction::ResetPassword | TaskAction::Backup | TaskAction::Restore => return None,
    };
    Some(Meaning { verb, from, meanwhile, after })
}

/// Mark in the input of a task: what its owner had stopped stays stopped.
const STAYS_STOPPED: &str = "stays_stopped";

/// The meaning of a task: that of its action, but for what is given back stopped as it was taken.
pub(super) fn meaning_of(task: &task::Model) -> Option<Meaning> {
    let meaning = meaning(task.action)?;
    Some(if task.input[STAYS_STOPPED] == true { meaning.stopped() } else { meaning })
}

impl Meaning {
    fn stopped(self) -> Self {
        let verb = if matches!(self.verb, Verb::Resize | Verb::Reconfigure) { self.verb } else { Verb::Stop };
        Self { verb, after: Status::Stopped, ..self }
    }
}

/// Whether the last word of owner or staff about running was "stop".
async fn was_stopped(db: &impl ConnectionTrait, id: &InstanceId) -> Result<bool, DbErr> {
    let words = [TaskAction::Create, TaskAction::Start, TaskAction::Restart, TaskAction::Stop];
    let last = task::Entity::find()
        .filter(task::Column::InstanceId.eq(id.as_str()))
        .filter(task::Column::Status.eq(TaskStatus::Succeeded))
        .filter(task::Column::Action.is_in(words))
        .order_by_desc(task::Column::Id)
        .limit(1)
        .one(db)
        .await?;
    Ok(last.is_some_and(|task| task.action == TaskAction::Stop))
}

/// Asks for `action` on `instance` in `tx`: sets its transitional status, makes the task with its steps and queues the
/// work. `by` says who asked (`user:usr_…`, `staff:usr_…`, `system:…`). Termination replaces unfinished work; everything
/// else waits for it to end.
///
/// # Errors
/// `InvalidState` where the state does not allow it or other work is unfinished; `NotCapable`.
pub async fn request(
    ctx: &Ctx,
    tx: &WriteTx,
    instance: &instance::Model,
    action: TaskAction,
    by: &str,
) -> Result<task::Model, ProvisioningError> {
    request_with(ctx, tx, instance, action, by, json!({})).await
}

/// As [`request`], with what the work has to know.
pub(super) async fn request_with(
    ctx: &Ctx,
    tx: &WriteTx,
    instance: &instance::Model,
    action: TaskAction,
    by: &str,
    input: serde_json::Value,
) -> Result<task::Model, ProvisioningError> {
    let not_capable = || ProvisioningError::NotCapable { driver: instance.driver.clone() };
    let mut meaning = meaning(action).ok_or_else(not_capable)?;
    let row = instances::reload(tx, &instance.id).await?;
    let refused = || ProvisioningError::InvalidState { status: row.status };
    if !meaning.from.contains(&row.status) {
        return Err(refused());
    }
    let driver = ctx.driver(&row.driver).ok_or_else(not_capable)?;
    if !is_possible(meaning.verb, driver.capabilities()) {
        return Err(not_capable());
    }
    let mut input = input;
    let stays_stopped = match action {
        TaskAction::Unsuspend => was_stopped(tx, &row.id).await?,
        TaskAction::ChangePlan | TaskAction::Reconfigure => row.status == Status::Stopped,
        _ => false,
    };
    if stays_stopped {
        input[STAYS_STOPPED] = json!(true);
        meaning = meaning.stopped();
    }
    if let Some(open) = open_task(tx, &row.id).await? {
        if action != TaskAction::Terminate {
            return Err(refused());
        }
        if let Some(replaced) = replace(ctx, tx, &open).await? {
            input["after"] = json!(replaced);
        }
    }
    let moved = instance::Entity::update_many()
        .col_expr(instance::Column::Status, Expr::value(meaning.meanwhile))
        .col_expr(instance::Column::StatusSince, Expr::value(ctx.now()))
        .col_expr(instance::Column::UpdatedAt, Expr::value(ctx.now()))
        .col_expr(
            instance::Column::RestartRevision,
            Expr::col(instance::Column::RestartRevision).add(i64::from(action == TaskAction::Restart)),
        )
        .filter(instance::Column::Id.eq(&row.id))
        .filter(instance::Column::Status.eq(row.status));
    if moved.exec(tx).await?.rows_affected != 1 {
        return Err(refused());
    }
    let names = steps::names(&**driver, meaning.verb, &row);
    let task_id = ProvisionTaskId::generate();
    let saga_id =
        saga::start(tx, ctx.now(), &format!("instance.{action}"), row.id.as_str(), json!({"task": task_id}), &names)
            .await?;
    let task = insert(ctx, tx, &row, task_id, action, by, saga_id, input).await?;
    ctx.enqueue(tx, &RunTask::of(&task, &row)).await?;
    let change = Change {
        action: &format!("provisioning.instance.{action}"),
        target_type: "instance",
        target_id: row.id.as_str(),
        customer_id: Some(&row.customer_id),
        before: Some(json!({"status": row.status})),
        after: Some(json!({"status": meaning.meanwhile, "task": task.id})),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    wake(tx, &row);
    Ok(task)
}

fn is_possible(verb: Verb, can: Capabilities) -> bool {
    match verb {
        Verb::Start | Verb::Stop => can.stop,
        Verb::Restart => can.restart,
        Verb::Resize => can.resize,
        Verb::Reconfigure => can.reconfigure,
        Verb::Sync => can.domains,
        _ => true,
    }
}

#[expect(clippy::too_many_arguments, reason = "one row is written in one place")]
async fn insert(
    ctx: &Ctx,
    tx: &WriteTx,
    instance: &instance::Model,
    id: ProvisionTaskId,
    action: TaskAction,
    by: &str,
    saga_id: String,
    input: serde_json::Value,
) -> Result<task::Model, DbErr> {
    let row = task::Model {
        id,
        instance_id: instance.id.clone(),
        customer_id: instance.customer_id.clone(),
        action,
        status: TaskStatus::Queued,
        open_key: Some(instance.id.0.clone()),
        saga_id: Some(saga_id),
        attempts: 0,
        error_code: None,
        error_message: None,
        requested_by: by.to_owned(),
        input,
        started_at: None,
        finished_at: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    task::Entity::insert(task::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    Ok(row)
}

/// Ends unfinished work because termination replaces it. Returns its saga, whose last call may still be under way.
async fn replace(ctx: &Ctx, tx: &WriteTx, open: &task::Model) -> Result<Option<String>, DbErr> {
    let why =
        Failure { step: String::new(), code: "cancelled".to_owned(), message: "replaced by termination".to_owned() };
    close(tx, ctx.now(), open, TaskStatus::Failed, Some(("CANCELLED", &why.message))).await?;
    alert::resolve(tx, ctx.now(), &review_key(&open.id)).await?;
    if let Some(saga_id) = &open.saga_id {
        saga::supersede(tx, ctx.now(), saga_id, &why).await?;
    }
    Ok(open.saga_id.clone())
}

/// The unfinished task of an instance.
pub(super) async fn open_task(db: &impl ConnectionTrait, id: &InstanceId) -> Result<Option<task::Model>, DbErr> {
    task::Entity::find().filter(task::Column::OpenKey.eq(id.as_str())).one(db).await
}

/// So many are set going at once where a cluster is back; the others come by their own next try.
const HASTENED: u64 = 200;

/// Sets going what waits for a place on a cluster of `driver`, the oldest first: there may be one now. Also what is being
/// refused at this moment.
pub(super) async fn hasten_placeless(ctx: &Ctx, tx: &WriteTx, driver: &str) -> Result<(), DbErr> {
    let waiting = task::Entity::find()
        .find_also_related(instance::Entity)
        .filter(task::Column::OpenKey.is_not_null())
        .filter(task::Column::Status.ne(TaskStatus::NeedsReview))
        .filter(instance::Column::ClusterId.is_null())
        .filter(instance::Column::Driver.eq(driver))
        .order_by_asc(task::Column::Id)
        .limit(HASTENED)
        .all(tx)
        .await?;
    for (task, row) in waiting {
        if let Some(row) = row {
            run_now(ctx, tx, &task, &row).await?;
        }
    }
    Ok(())
}

/// Ends a task. False where it had ended before.
pub(super) async fn close(
    tx: &WriteTx,
    now: DateTime<Utc>,
    task: &task::Model,
    status: TaskStatus,
    error: Option<(&str, &str)>,
) -> Result<bool, DbErr> {
    let closed = task::ActiveModel {
        status: Set(status),
        open_key: Set(None),
        finished_at: Set(Some(now)),
        updated_at: Set(now),
        ..Default::default()
    };
    let mut update = task::Entity::update_many().set(closed);
    if let Some((code, message)) = error {
        update = update
            .col_expr(task::Column::ErrorCode, Expr::value(Some(code.to_owned())))
            .col_expr(task::Column::ErrorMessage, Expr::value(Some(message.to_owned())));
    }
    let closed = update.filter(task::Column::Id.eq(&task.id)).filter(task::Column::OpenKey.is_not_null());
    Ok(closed.exec(tx).await?.rows_affected == 1)
}

/// Sets an instance's status and reason, whatever it was: for who holds its open task.
pub(super) async fn set_status(
    tx: &WriteTx,
    now: DateTime<Utc>,
    id: &InstanceId,
    status: Status,
    reason: Option<serde_json::Value>,
) -> Result<(), DbErr> {
    instance::Entity::update_many()
        .col_expr(instance::Column::Status, Expr::value(status))
        .col_expr(instance::Column::Reason, Expr::value(reason))
        .col_expr(instance::Column::StatusSince, Expr::value(now))
        .col_expr(instance::Column::UpdatedAt, Expr::value(now))
        .filter(instance::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Publishes the news of the end of `task`, which brought the instance to `after`.
pub(super) async fn publish_end(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &instance::Model,
    task: &task::Model,
    after: Status,
) -> Result<(), DbErr> {
    let ids = (row.id.clone(), row.subscription_id.clone(), row.customer_id.clone());
    let (instance_id, subscription_id, customer_id) = ids;
    match after {
        // It ran before and runs on.
        _ if task.action == TaskAction::Sync => Ok(()),
        _ if task.action == TaskAction::ChangePlan => {
            let task_id = task.id.clone();
            ctx.publish(tx, &events::InstanceResized { instance_id, subscription_id, customer_id, task_id }).await
        }
        _ if task.action == TaskAction::Reconfigure => {
            let task_id = task.id.clone();
            ctx.publish(tx, &events::InstanceReconfigured { instance_id, subscription_id, customer_id, task_id }).await
        }
        Status::Running => {
            let is_first = task.action == TaskAction::Create;
            ctx.publish(tx, &events::InstanceRunning { instance_id, subscription_id, customer_id, is_first }).await
        }
        Status::Stopped => {
            ctx.publish(tx, &events::InstanceStopped { instance_id, subscription_id, customer_id }).await
        }
        Status::Suspended => {
            ctx.publish(tx, &events::InstanceSuspended { instance_id, subscription_id, customer_id }).await
        }
        Status::Terminated => {
            ctx.publish(tx, &events::InstanceTerminated { instance_id, subscription_id, customer_id }).await
        }
        _ => Ok(()),
    }
}

/// Everybody who looks at the instance looks again.
pub(super) fn wake(tx: &WriteTx, row: &instance::Model) {
    for topic in topics(row) {
        tx.wake_after_commit(topic);
    }
}

pub(super) fn topics(row: &instance::Model) -> Vec<String> {
    vec![format!("instance:{}", row.id), format!("customer:{}", row.customer_id), "staff".to_owned()]
}

pub(super) fn review_key(id: &ProvisionTaskId) -> String {
    format!("task_review:{id}")
}

/// Whether its owner may ask for work on `row`. Not where the contract is held or over: work that is asked for again
/// and again, each time before the end of the last was followed, would keep the suspension away for ever.
///
/// # Errors
/// `InvalidState`; the database.
pub(super) async fn require_contract(tx: &WriteTx, row: &instance::Model) -> Result<(), ProvisioningError> {
    let contract = subscription::Entity::find_by_id(row.subscription_id.clone()).one(tx).await?;
    let status = match contract.map(|contract| contract.status) {
        Some(SubscriptionStatus::Suspended) => Status::Suspended,
        Some(SubscriptionStatus::Terminated) => Status::Terminated,
        _ => return Ok(()),
    };
    Err(ProvisioningError::InvalidState { status })
}

/// The customer asks for `action` on an own instance. See `request`.
///
/// # Errors
/// `NotFound`, also for somebody else's; `InvalidState` also where the contract is held or over; those of `request`.
pub async fn request_by_customer(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &InstanceId,
    action: TaskAction,
) -> Result<task::Model, ProvisioningError> {
    let tx = ctx.begin().await?;
    let row = super::find::get_for(&tx, customer_id, id).await?;
    if !matches!(action, TaskAction::Start | TaskAction::Stop | TaskAction::Restart) {
        return Err(ProvisioningError::InvalidState { status: row.status });
    }
    require_contract(&tx, &row).await?;
    let task = request(ctx, &tx, &row, action, &by(ctx)).await?;
    ctx.made(&tx, task.id.as_str()).await?;
    tx.commit().await?;
    Ok(task)
}

/// Staff ask for `action`. See `request`.
///
/// # Errors
/// `NotFound`; those of `request`.
pub async fn request_by_staff(
    ctx: &Ctx,
    id: &InstanceId,
    action: TaskAction,
) -> Result<task::Model, ProvisioningError> {
    let tx = ctx.begin().await?;
    let row = instances::reload(&tx, id).await?;
    let task = request(ctx, &tx, &row, action, &by(ctx)).await?;
    ctx.made(&tx, task.id.as_str()).await?;
    tx.commit().await?;
    Ok(task)
}

/// Who acts, as tasks keep it.
pub(super) fn by(ctx: &Ctx) -> String {
    format!("{}:{}", ctx.actor.kind(), ctx.actor.id())
}

/// Tries again at once what went wrong; only for instances in `error`. Work that pauses between attempts goes on now;
/// work that was given up is asked for anew. Asking twice is asking once.
///
/// # Errors
/// `NotFound`, also for somebody else's; `InvalidState` where nothing went wrong, or the contract is held or over.
pub async fn retry_provisioning(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &InstanceId,
) -> Result<task::Model, ProvisioningError> {
    let tx = ctx.begin().await?;
    let row = super::find::get_for(&tx, customer_id, id).await?;
    require_contract(&tx, &row).await?;
    let task = retry_in(ctx, &tx, &row).await?;
    ctx.made(&tx, task.id.as_str()).await?;
    tx.commit().await?;
    Ok(task)
}

async fn retry_in(ctx: &Ctx, tx: &WriteTx, row: &instance::Model) -> Result<task::Model, ProvisioningError> {
    let refused = ProvisioningError::InvalidState { status: row.status };
    if row.status != Status::Error {
        return Err(refused);
    }
    if let Some(open) = open_task(tx, &row.id).await? {
        let meanwhile = meaning(open.action).map_or(Status::Provisioning, |meaning| meaning.meanwhile);
        set_status(tx, ctx.now(), &row.id, meanwhile, None).await?;
        run_now(ctx, tx, &open, row).await?;
        wake(tx, row);
        return Ok(open);
    }
    let last = super::find::last_task(tx, &row.id).await?.ok_or(refused)?;
    request(ctx, tx, row, last.action, &by(ctx)).await
}

async fn run_now(ctx: &Ctx, tx: &WriteTx, task: &task::Model, row: &instance::Model) -> Result<(), DbErr> {
    if !ctx.enqueue(tx, &RunTask::of(task, row)).await? {
        job::hasten(tx, &run_key(&task.id), ctx.now()).await?;
    }
    Ok(())
}

/// Staff set a task going again: one that needs review goes on where it stood with all its attempts, one that failed
/// is asked for anew, one that pauses goes on now.
///
/// # Errors
/// `NotFound`; `InvalidState` where there is nothing to retry.
pub async fn retry_task(ctx: &Ctx, id: &ProvisionTaskId) -> Result<task::Model, ProvisioningError> {
    let tx = ctx.begin().await?;
    let task = super::find::task(&tx, id).await?;
    let row = instances::reload(&tx, &task.instance_id).await?;
    let refused = || ProvisioningError::InvalidState { status: row.status };
    let task = match task.status {
        TaskStatus::NeedsReview => {
            let saga_id = task.saga_id.clone().ok_or_else(refused)?;
            if !saga::retry(&tx, ctx.now(), &saga_id).await? {
                return Err(refused());
            }
            reopen(ctx, &tx, &task, &row).await?
        }
        TaskStatus::Queued => {
            run_now(ctx, &tx, &task, &row).await?;
            task
        }
        TaskStatus::Failed if row.status == Status::Error => retry_in(ctx, &tx, &row).await?,
        TaskStatus::Failed if row.status == Status::NeedsReview => {
            alert::resolve(&tx, ctx.now(), &review_key(&task.id)).await?;
            request(ctx, &tx, &row, task.action, &by(ctx)).await?
        }
        _ => return Err(refused()),
    };
    audit_task(ctx, &tx, &task, "provisioning.task.retry", None).await?;
    ctx.made(&tx, task.id.as_str()).await?;
    tx.commit().await?;
    Ok(task)
}

/// Staff have done by hand what the stuck step could not; the rest goes on. A last backup that cannot be made is not among
/// that: what runs is removed without one only by [`remove_without_backup`].
///
/// # Errors
/// `Invalid` without a reason or with one that is too long; `NotFound`; `InvalidState` where nothing is stuck, or the last
/// backup is.
pub async fn mark_solved(ctx: &Ctx, id: &ProvisionTaskId, reason: &str) -> Result<task::Model, ProvisioningError> {
    let reason = checked_reason(reason)?;
    let tx = ctx.begin().await?;
    let (task, row, saga_id) = under_review(&tx, id).await?;
    // Whoever looks at an old page solves another step than he sees; nobody loses data by that.
    if backups::is_missed_by(&tx, &saga_id).await? {
        return Err(ProvisioningError::InvalidState { status: row.status });
    }
    go_on(ctx, tx, (task, row, saga_id), reason).await
}

/// Staff remove what runs without the last backup that cannot be made: its data is lost for good. Calling twice is refused.
///
/// # Errors
/// `Invalid` without a reason or with one that is too long; `NotFound`; `InvalidState` where no last backup is stuck.
pub async fn remove_without_backup(
    ctx: &Ctx,
    id: &ProvisionTaskId,
    reason: &str,
) -> Result<task::Model, ProvisioningError> {
    let reason = checked_reason(reason)?;
    let tx = ctx.begin().await?;
    let (task, row, saga_id) = under_review(&tx, id).await?;
    if !backups::is_missed_by(&tx, &saga_id).await? {
        return Err(ProvisioningError::InvalidState { status: row.status });
    }
    backups::go_without(ctx, &tx, &task, reason).await?;
    go_on(ctx, tx, (task, row, saga_id), reason).await
}

/// Goes on after the stuck step of a task under review.
async fn go_on(
    ctx: &Ctx,
    tx: WriteTx,
    (task, row, saga_id): (task::Model, instance::Model, String),
    reason: &str,
) -> Result<task::Model, ProvisioningError> {
    if !saga::mark_solved(&tx, ctx.now(), &saga_id, reason).await? {
        return Err(ProvisioningError::InvalidState { status: row.status });
    }
    let task = reopen(ctx, &tx, &task, &row).await?;
    audit_task(ctx, &tx, &task, "provisioning.task.mark_solved", Some(reason)).await?;
    tx.commit().await?;
    Ok(task)
}

/// Staff give up a creation that is stuck on its way: what was begun is undone, the contract ends and its money goes
/// back to the wallet.
///
/// # Errors
/// `Invalid` without a reason or with one that is too long; `NotFound`; `InvalidState` where it cannot turn back.
pub async fn turn_back(ctx: &Ctx, id: &ProvisionTaskId, reason: &str) -> Result<task::Model, ProvisioningError> {
    let reason = checked_reason(reason)?;
    let tx = ctx.begin().await?;
    let (task, row, saga_id) = under_review(&tx, id).await?;
    let why = Failure { step: String::new(), code: "given_up".to_owned(), message: reason.to_owned() };
    if task.action != TaskAction::Create || !saga::turn_back(&tx, ctx.now(), &saga_id, &why).await? {
        return Err(ProvisioningError::InvalidState { status: row.status });
    }
    let task = reopen(ctx, &tx, &task, &row).await?;
    audit_task(ctx, &tx, &task, "provisioning.task.turn_back", Some(reason)).await?;
    tx.commit().await?;
    Ok(task)
}

/// Whether `turn_back` is possible.
pub async fn may_turn_back(db: &impl ConnectionTrait, task: &task::Model) -> Result<bool, DbErr> {
    let (TaskAction::Create, TaskStatus::NeedsReview, Some(id)) = (task.action, task.status, &task.saga_id) else {
        return Ok(false);
    };
    let Some(row) = saga::find(db, id).await? else { return Ok(false) };
    Ok(!saga::has_turned_back(&row, &saga::steps_of(db, id).await?))
}

fn checked_reason(reason: &str) -> Result<&str, ProvisioningError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(ProvisioningError::Invalid(vec![FieldFault::new("reason", "required")]));
    }
    if reason.chars().count() > MAX_REASON {
        return Err(ProvisioningError::Invalid(vec![FieldFault::new("reason", "too_long").with("max", MAX_REASON)]));
    }
    Ok(reason)
}

/// A task that waits for staff, its instance and its saga.
async fn under_review(
    tx: &WriteTx,
    id: &ProvisionTaskId,
) -> Result<(task::Model, instance::Model, String), ProvisioningError> {
    let task = super::find::task(tx, id).await?;
    let row = instances::reload(tx, &task.instance_id).await?;
    match (task.status, task.saga_id.clone()) {
        (TaskStatus::NeedsReview, Some(saga_id)) => Ok((task, row, saga_id)),
        _ => Err(ProvisioningError::InvalidState { status: row.status }),
    }
}

async fn reopen(
    ctx: &Ctx,
    tx: &WriteTx,
    task: &task::Model,
    row: &instance::Model,
) -> Result<task::Model, ProvisioningError> {
    let open = task::Entity::update_many()
        .col_expr(task::Column::Status, Expr::value(TaskStatus::Queued))
        .col_expr(task::Column::Attempts, Expr::value(0))
        .col_expr(task::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(task::Column::Id.eq(&task.id))
        .filter(task::Column::Status.eq(TaskStatus::NeedsReview))
        .exec_with_returning(tx)
        .await?;
    let open = open.into_iter().next().ok_or(ProvisioningError::InvalidState { status: row.status })?;
    if let Some(meaning) = meaning(task.action) {
        set_status(tx, ctx.now(), &row.id, meaning.meanwhile, None).await?;
    }
    alert::resolve(tx, ctx.now(), &review_key(&task.id)).await?;
    run_now(ctx, tx, &open, row).await?;
    wake(tx, row);
    Ok(open)
}

async fn audit_task(
    ctx: &Ctx,
    tx: &WriteTx,
    task: &task::Model,
    action: &str,
    reason: Option<&str>,
) -> Result<(), DbErr> {
    let change = Change {
        action,
        target_type: "provision_task",
        target_id: task.id.as_str(),
        customer_id: Some(&task.customer_id),
        reason,
        ..Change::default()
    };
    ctx.audit(tx, change).await
}
