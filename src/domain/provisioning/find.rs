//! Finding instances and the work on them.
use super::ProvisioningError;
use crate::kernel::{
    locale::Lang,
    page::{Page, PageRequest},
    saga,
    said::Said,
};
use chrono::{DateTime, Utc};
use entity::{
    provisioning::{instance, step, task},
    value::{
        CustomerId, InstanceId, InstanceStatus, ProvisionTaskId, StepStatus, SubscriptionId, TaskAction, TaskStatus,
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// A task as people see it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TaskView {
    /// Its id.
    pub id: ProvisionTaskId,
    /// On which instance.
    pub instance_id: InstanceId,
    /// What is done.
    pub action: TaskAction,
    /// Where it stands.
    pub status: TaskStatus,
    /// Attempts spent.
    pub attempts: i32,
    /// Why it failed: a stable word.
    pub error_code: Option<String>,
    /// Its steps in order.
    pub steps: Vec<StepView>,
    /// When asked for.
    pub created_at: DateTime<Utc>,
    /// When over.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A step as people see it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct StepView {
    /// Key `phase-<name>` of the translations.
    pub name: String,
    /// Where it stands.
    pub status: StepStatus,
    /// What happened: a line of staff, or in English what `said` says.
    pub note: Option<String>,
    /// What happened, as a sentence.
    pub said: Option<Said>,
    /// What it waits for: key `reason-<word>` of the translations.
    pub reason: Option<String>,
    /// The outside system's own words about that, for staff only.
    pub detail: Option<String>,
    /// When begun.
    pub started_at: Option<DateTime<Utc>>,
    /// When done.
    pub finished_at: Option<DateTime<Utc>>,
}

impl StepView {
    /// What happened, in `lang`; what staff wrote or what is older than the sentences as it is.
    pub fn note_in(&self, lang: Lang) -> Option<String> {
        self.said.as_ref().map(|said| said.say(lang)).or_else(|| self.note.clone())
    }
}

/// First set-ups that were asked for between `since` and `until` and are still not done, oldest first.
///
/// # Errors
/// The database.
pub async fn late_creations(
    db: &impl ConnectionTrait,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<task::Model>, DbErr> {
    task::Entity::find()
        .filter(task::Column::Action.eq(TaskAction::Create))
        .filter(task::Column::Status.is_in([TaskStatus::Queued, TaskStatus::Running, TaskStatus::NeedsReview]))
        .filter(task::Column::CreatedAt.between(since, until))
        .order_by_asc(task::Column::Id)
        .limit(limit)
        .all(db)
        .await
}

/// One instance, for staff.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: &impl ConnectionTrait, id: &InstanceId) -> Result<instance::Model, ProvisioningError> {
    instance::Entity::find_by_id(id.clone()).one(db).await?.ok_or(ProvisioningError::NotFound)
}

/// One instance of `customer_id`.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn get_for(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &InstanceId,
) -> Result<instance::Model, ProvisioningError> {
    get(db, id)
        .await
        .and_then(|row| if row.customer_id == *customer_id { Ok(row) } else { Err(ProvisioningError::NotFound) })
}

/// Instances of a customer, newest first.
pub async fn list_for(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<instance::Model>, DbErr> {
    let select = instance::Entity::find().filter(instance::Column::CustomerId.eq(customer_id.as_str()));
    page_of(select, db, request).await
}

/// Instances for staff, newest first: all, or those in `status`.
pub async fn list(
    db: &impl ConnectionTrait,
    status: Option<InstanceStatus>,
    request: &PageRequest,
) -> Result<Page<instance::Model>, DbErr> {
    let mut select = instance::Entity::find();
    if let Some(status) = status {
        select = select.filter(instance::Column::Status.eq(status));
    }
    page_of(select, db, request).await
}

async fn page_of(
    select: sea_orm::Select<instance::Entity>,
    db: &impl ConnectionTrait,
    request: &PageRequest,
) -> Result<Page<instance::Model>, DbErr> {
    let mut select = select.order_by_desc(instance::Column::Id).limit(request.fetch());
    if let Some(after) = &request.after {
        select = select.filter(instance::Column::Id.lt(after.as_str()));
    }
    Ok(Page::of(select.all(db).await?, request, |row| row.id.as_str()))
}

/// The newest instance of each contract, for lists of contracts (one query).
pub async fn by_subscription(
    db: &impl ConnectionTrait,
    subscriptions: &[SubscriptionId],
) -> Result<HashMap<SubscriptionId, instance::Model>, DbErr> {
    let rows = instance::Entity::find()
        .filter(instance::Column::SubscriptionId.is_in(subscriptions.iter().map(SubscriptionId::as_str)))
        .order_by_asc(instance::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.subscription_id.clone(), row)).collect())
}

/// Names of these instances by id, in one query, for lists.
pub async fn names_of(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = InstanceId>,
) -> Result<HashMap<InstanceId, String>, DbErr> {
    let ids: std::collections::BTreeSet<String> = ids.into_iter().map(|id| id.0).collect();
    let rows: Vec<(InstanceId, String)> = instance::Entity::find()
        .select_only()
        .columns([instance::Column::Id, instance::Column::Name])
        .filter(instance::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// One task, for staff.
///
/// # Errors
/// `NotFound`.
pub async fn task(db: &impl ConnectionTrait, id: &ProvisionTaskId) -> Result<task::Model, ProvisioningError> {
    task::Entity::find_by_id(id.clone()).one(db).await?.ok_or(ProvisioningError::NotFound)
}

/// One task on an instance of `customer_id`.
///
/// # Errors
/// `NotFound`, also for somebody else's.
pub async fn task_for(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    id: &ProvisionTaskId,
) -> Result<task::Model, ProvisioningError> {
    task(db, id)
        .await
        .and_then(|row| if row.customer_id == *customer_id { Ok(row) } else { Err(ProvisioningError::NotFound) })
}

/// The newest task on an instance.
pub async fn last_task(db: &impl ConnectionTrait, id: &InstanceId) -> Result<Option<task::Model>, DbErr> {
    let tasks = task::Entity::find().filter(task::Column::InstanceId.eq(id.as_str()));
    tasks.order_by_desc(task::Column::Id).limit(1).one(db).await
}

/// Tasks on an instance, newest first.
pub async fn tasks_of(
    db: &impl ConnectionTrait,
    id: &InstanceId,
    request: &PageRequest,
) -> Result<Page<task::Model>, DbErr> {
    let select = task::Entity::find().filter(task::Column::InstanceId.eq(id.as_str()));
    task_page(select, db, request).await
}

/// Tasks for staff, newest first: all, or those in `status`.
pub async fn tasks(
    db: &impl ConnectionTrait,
    status: Option<TaskStatus>,
    request: &PageRequest,
) -> Result<Page<task::Model>, DbErr> {
    let mut select = task::Entity::find();
    if let Some(status) = status {
        select = select.filter(task::Column::Status.eq(status));
    }
    task_page(select, db, request).await
}

async fn task_page(
    select: sea_orm::Select<task::Entity>,
    db: &impl ConnectionTrait,
    request: &PageRequest,
) -> Result<Page<task::Model>, DbErr> {
    let mut select = select.order_by_desc(task::Column::Id).limit(request.fetch());
    if let Some(after) = &request.after {
        select = select.filter(task::Column::Id.lt(after.as_str()));
    }
    Ok(Page::of(select.all(db).await?, request, |row| row.id.as_str()))
}

/// The newest tasks of a customer, newest first.
pub async fn tasks_for(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<task::Model>, DbErr> {
    let select = task::Entity::find().filter(task::Column::CustomerId.eq(customer_id.as_str()));
    task_page(select, db, request).await
}

/// A task with its steps.
pub async fn task_view(db: &impl ConnectionTrait, task: &task::Model) -> Result<TaskView, DbErr> {
    let steps = match &task.saga_id {
        Some(saga_id) => saga::steps_of(db, saga_id).await?,
        None => Vec::new(),
    };
    Ok(with_steps(task, steps))
}

/// Tasks with their steps, in the order given (one query).
pub async fn task_views(db: &impl ConnectionTrait, tasks: &[task::Model]) -> Result<Vec<TaskView>, DbErr> {
    let ids: Vec<&str> = tasks.iter().filter_map(|task| task.saga_id.as_deref()).collect();
    let steps = saga::steps_of_all(db, &ids).await?;
    let views = tasks.iter().map(|task| {
        let own = steps.iter().filter(|step| Some(&step.saga_id) == task.saga_id.as_ref()).cloned();
        with_steps(task, own.collect())
    });
    Ok(views.collect())
}

fn with_steps(task: &task::Model, steps: Vec<step::Model>) -> TaskView {
    let word = |reason: &Option<serde_json::Value>, key: &str| {
        reason.as_ref().and_then(|reason| reason[key].as_str()).map(str::to_owned)
    };
    let steps = steps.into_iter().map(|step| StepView {
        reason: word(&step.reason, "code"),
        detail: word(&step.reason, "detail"),
        name: step.name,
        status: step.status,
        note: step.note,
        said: step.said.and_then(|said| serde_json::from_value(said).ok()),
        started_at: step.started_at,
        finished_at: step.finished_at,
    });
    TaskView {
        id: task.id.clone(),
        instance_id: task.instance_id.clone(),
        action: task.action,
        status: task.status,
        attempts: task.attempts,
        error_code: task.error_code.clone(),
        steps: steps.collect(),
        created_at: task.created_at,
        finished_at: task.finished_at,
    }
}
