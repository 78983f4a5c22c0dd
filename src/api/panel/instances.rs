//! `/api/panel/instances` and `/api/panel/tasks`: what runs and the work on it.
use super::subscriptions::{PlanRef, ServiceRef};
use crate::{
    api::{ApiResult, extract::PageQuery, principal::Member, problem::Problem},
    domain::{
        Ctx,
        provisioning::{self, ProvisioningError, TaskView, instance as instances, logs, usage},
        subscriptions::{SubscriptionView, find},
    },
    integrations::drivers::{LogLine, LogQuery, Sample},
    kernel::{fault::CommonFault, page::Page, permission::may},
};
use actix_web::{HttpResponse, get, http::header, web};
use chrono::{DateTime, Utc};
use entity::{
    provisioning::{instance, task, usage_sample},
    value::{InstanceId, ProvisionTaskId, SubscriptionId},
};
use futures_util::{Stream, StreamExt, stream};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

/// Lines of a log when nobody says.
const DEFAULT_TAIL: i64 = 200;
/// Lines of a log at most.
const MAX_TAIL: i64 = 5_000;

/// Why a followed log ended before its time.
const BROKEN: &str = "unavailable";

/// What runs.
#[derive(Serialize, ToSchema)]
pub struct InstanceOut {
    id: String,
    subscription_id: String,
    name: String,
    status: &'static str,
    health: Option<&'static str>,
    /// Why it is not well: a stable word.
    reason: Option<String>,
    service: ServiceRef,
    plan: PlanRef,
    url: Option<String>,
    cpu_milli: i64,
    memory_mb: i64,
    storage_gb: i64,
    status_since: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

/// A page of what runs.
#[derive(Serialize, ToSchema)]
pub struct InstanceList {
    /// What runs.
    pub data: Vec<InstanceOut>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

impl InstanceOut {
    fn of(row: instance::Model, contract: &SubscriptionView) -> Self {
        Self {
            id: row.id.0,
            subscription_id: row.subscription_id.0,
            name: row.name,
            status: row.status.as_str(),
            health: row.health.map(|health| health.as_str()),
            reason: row.reason.as_ref().and_then(|reason| reason["code"].as_str()).map(str::to_owned),
            service: ServiceRef::of(contract),
            plan: PlanRef::of(contract),
            url: row.url,
            cpu_milli: row.cpu_milli,
            memory_mb: row.memory_mb,
            storage_gb: row.storage_gb,
            status_since: row.status_since,
            created_at: row.created_at,
        }
    }
}

/// A page of what runs, with service and plan of each; a constant number of statements.
pub async fn with_contracts(ctx: &Ctx, page: Page<instance::Model>) -> ApiResult<InstanceList> {
    let ids: Vec<SubscriptionId> = page.rows.iter().map(|row| row.subscription_id.clone()).collect();
    let contracts = find::views_of(ctx, &ids).await.map_err(CommonFault::from)?;
    let shape = |row: instance::Model| {
        let contract = contracts.get(&row.subscription_id).ok_or(CommonFault::NotFound)?;
        Ok(InstanceOut::of(row, contract))
    };
    let data = page.rows.into_iter().map(shape).collect::<ApiResult<_>>()?;
    Ok(InstanceList { data, next_cursor: page.next_cursor })
}

/// One thing that runs, with service and plan.
pub async fn with_contract(ctx: &Ctx, row: instance::Model) -> ApiResult<InstanceOut> {
    let contract = find::view(ctx, &row.subscription_id).await?;
    Ok(InstanceOut::of(row, &contract))
}

/// Work as the answer to asking for it.
#[derive(Serialize, ToSchema)]
pub struct TaskAnswer {
    task: TaskRef,
}

/// Work, as it is named where it was asked for.
#[derive(Serialize, ToSchema)]
pub struct TaskRef {
    id: String,
    action: &'static str,
    status: &'static str,
}

impl From<task::Model> for TaskRef {
    fn from(row: task::Model) -> Self {
        Self { id: row.id.0, action: row.action.as_str(), status: row.status.as_str() }
    }
}

impl From<task::Model> for TaskAnswer {
    fn from(row: task::Model) -> Self {
        Self { task: TaskRef::from(row) }
    }
}

/// A piece of work with its steps.
#[derive(Serialize, ToSchema)]
pub struct TaskOut {
    id: String,
    instance_id: String,
    action: &'static str,
    status: &'static str,
    attempts: i32,
    error_code: Option<String>,
    steps: Vec<StepOut>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
struct StepOut {
    name: String,
    status: &'static str,
    /// What it waits for: a stable word.
    reason: Option<String>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<task::Model> for TaskOut {
    fn from(row: task::Model) -> Self {
        Self {
            id: row.id.0,
            instance_id: row.instance_id.0,
            action: row.action.as_str(),
            status: row.status.as_str(),
            attempts: row.attempts,
            error_code: row.error_code,
            steps: Vec::new(),
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

impl From<TaskView> for TaskOut {
    fn from(view: TaskView) -> Self {
        let steps = view
            .steps
            .into_iter()
            .map(|step| StepOut {
                name: step.name,
                status: step.status.as_str(),
                reason: step.reason,
                started_at: step.started_at,
                finished_at: step.finished_at,
            })
            .collect();
        Self {
            id: view.id.0,
            instance_id: view.instance_id.0,
            action: view.action.as_str(),
            status: view.status.as_str(),
            attempts: view.attempts,
            error_code: view.error_code,
            steps,
            created_at: view.created_at,
            finished_at: view.finished_at,
        }
    }
}

/// What runs in the account, with service, plan and status.
#[utoipa::path(tag = "services", params(PageQuery), responses((status = 200, body = InstanceList)))]
#[get("/api/panel/services")]
pub async fn list_services_of_account(me: Member<may::Read>, query: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = provisioning::find::list_for(&me.ctx.db, &me.customer_id, &query.request()?).await;
    Ok(HttpResponse::Ok().json(with_contracts(&me.ctx, page.map_err(CommonFault::from)?).await?))
}

/// One instance.
#[utoipa::path(tag = "services", responses((status = 200, body = InstanceOut), (status = 404, body = Problem)))]
#[get("/api/panel/instances/{id}")]
pub async fn show_instance(me: Member<may::Read>, id: web::Path<InstanceId>) -> ApiResult<HttpResponse> {
    let row = provisioning::find::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(HttpResponse::Ok().json(with_contract(&me.ctx, row).await?))
}

#[derive(Serialize, ToSchema)]
struct CredentialsOut {
    url: String,
    username: String,
    password: String,
}

/// How the owner signs in to the instance; every look is audited.
#[utoipa::path(tag = "services", responses((status = 200, body = CredentialsOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[get("/api/panel/instances/{id}/credentials")]
pub async fn show_credentials(me: Member<may::Operate>, id: web::Path<InstanceId>) -> ApiResult<HttpResponse> {
    let found = instances::credentials(&me.ctx, &me.customer_id, &id).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(CredentialsOut {
        url: found.url,
        username: found.username,
        password: found.password.expose_secret().to_owned(),
    }))
}

#[derive(Serialize, ToSchema)]
struct SampleOut {
    instance_id: String,
    metric: String,
    value: i64,
    unit: String,
    recorded_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct SampleList {
    data: Vec<SampleOut>,
    next_cursor: Option<String>,
}

/// The unit is the last word of the metric's name.
fn unit_of(metric: &str) -> String {
    metric.rsplit('_').next().unwrap_or_default().to_owned()
}

impl SampleOut {
    fn of(instance_id: &InstanceId, sample: Sample) -> Self {
        Self {
            instance_id: instance_id.0.clone(),
            unit: unit_of(&sample.metric),
            metric: sample.metric,
            value: sample.value,
            recorded_at: sample.at,
        }
    }
}

impl From<usage_sample::Model> for SampleOut {
    fn from(row: usage_sample::Model) -> Self {
        Self {
            instance_id: row.instance_id.0,
            unit: unit_of(&row.metric),
            metric: row.metric,
            value: row.value,
            recorded_at: row.recorded_at,
        }
    }
}

/// Present use of one instance.
#[utoipa::path(tag = "services", responses((status = 200, body = SampleList), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[get("/api/panel/instances/{id}/metrics")]
pub async fn show_metrics(me: Member<may::Read>, id: web::Path<InstanceId>) -> ApiResult<HttpResponse> {
    let row = provisioning::find::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let (driver, target, spec) = instances::at_its_place(&me.ctx, &row).await?;
    let samples = driver.metrics(&target, &spec).await.map_err(ProvisioningError::from)?;
    let data = samples.into_iter().map(|sample| SampleOut::of(&row.id, sample)).collect();
    Ok(HttpResponse::Ok().json(SampleList { data, next_cursor: None }))
}

#[derive(Deserialize, IntoParams)]
struct LogParams {
    /// The last so many lines; 200 where nobody says, 5,000 at most.
    tail: Option<i64>,
    /// Lines after this instant.
    since: Option<DateTime<Utc>>,
    /// Goes on as lines are written, as server-sent events.
    follow: Option<bool>,
    /// Of the container before its last crash.
    previous: Option<bool>,
}

#[derive(Serialize, ToSchema)]
struct LineOut {
    time: DateTime<Utc>,
    container: String,
    text: String,
}

impl From<LogLine> for LineOut {
    fn from(line: LogLine) -> Self {
        Self { time: line.time, container: line.container, text: line.text }
    }
}

#[derive(Serialize, ToSchema)]
struct LogList {
    data: Vec<LineOut>,
    next_cursor: Option<String>,
}

/// The log of one instance.
///
/// With `follow=true` it goes on as server-sent events: `event: line` with the line as `data`, `event: end` at the end,
/// with the `reason` `unavailable` where the log broke off: ask again, from the time of the last line.
#[utoipa::path(tag = "services", params(LogParams), responses((status = 200, body = LogList), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[get("/api/panel/instances/{id}/logs")]
pub async fn show_logs(
    me: Member<may::Read>,
    id: web::Path<InstanceId>,
    params: web::Query<LogParams>,
) -> ApiResult<HttpResponse> {
    let row = provisioning::find::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let follow = params.follow.unwrap_or(false);
    let query = LogQuery {
        tail: Some(params.tail.unwrap_or(DEFAULT_TAIL).clamp(1, MAX_TAIL)),
        since: params.since,
        follow,
        previous: params.previous.unwrap_or(false),
    };
    if follow {
        return Ok(streamed(&me.ctx, events(row.id.clone(), logs::open(&me.ctx, &row, query).await?)));
    }
    let data = logs::read(&me.ctx, &row, query).await?.into_iter().map(LineOut::from).collect();
    Ok(HttpResponse::Ok().json(LogList { data, next_cursor: None }))
}

/// `event: line` for each line, `event: end` when there are no more, with a word where the log broke off. The cluster's
/// own sentence is for staff: it tells where it lies.
fn events(id: InstanceId, lines: logs::Lines) -> impl Stream<Item = String> {
    stream::unfold(Some((id, lines, 0u64)), |state| async move {
        let (id, mut lines, number) = state?;
        match lines.next().await {
            Some(Ok(line)) => {
                let number = number + 1;
                let event = format!("id: {number}\nevent: line\ndata: {}\n\n", json!(line));
                Some((event, Some((id, lines, number))))
            }
            Some(Err(error)) => {
                tracing::warn!(instance.id = %id, error = error.message(), "A followed log broke off");
                Some((format!("event: end\ndata: {}\n\n", json!({ "reason": BROKEN })), None))
            }
            None => Some(("event: end\ndata: {}\n\n".to_owned(), None)),
        }
    })
}

fn streamed(ctx: &Ctx, events: impl Stream<Item = String> + 'static) -> HttpResponse {
    let stop = ctx.stop.clone();
    let body = events
        .map(|text| Ok::<_, std::convert::Infallible>(web::Bytes::from(text)))
        .take_until(Box::pin(async move { stop.cancelled().await }));
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header(("X-Accel-Buffering", "no"))
        .insert_header(header::ContentEncoding::Identity)
        .streaming(body)
}

/// What everything that runs in the account used during the last day.
///
/// Samples are taken every quarter of an hour while a cluster answers, newest first.
#[utoipa::path(tag = "services", params(PageQuery), responses((status = 200, body = SampleList)))]
#[get("/api/panel/usage")]
pub async fn show_usage(me: Member<may::Read>, query: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = usage::list_for(&me.ctx, &me.customer_id, &query.request()?).await.map_err(CommonFault::from)?;
    let data = page.rows.into_iter().map(SampleOut::from).collect();
    Ok(HttpResponse::Ok().json(SampleList { data, next_cursor: page.next_cursor }))
}

/// One piece of work.
#[utoipa::path(tag = "services", responses((status = 200, body = TaskOut), (status = 404, body = Problem)))]
#[get("/api/panel/tasks/{id}")]
pub async fn show_task(me: Member<may::Read>, id: web::Path<ProvisionTaskId>) -> ApiResult<HttpResponse> {
    let row = provisioning::find::task_for(&me.ctx.db, &me.customer_id, &id).await?;
    let view = provisioning::find::task_view(&me.ctx.db, &row).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(TaskOut::from(view)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::OutsideError;

    #[tokio::test]
    async fn a_log_that_breaks_ends_once_with_a_word_and_without_what_the_cluster_said() {
        let line =
            |text: &str| Ok(LogLine { time: DateTime::UNIX_EPOCH, container: "app".to_owned(), text: text.to_owned() });
        let broken = Err(OutsideError::unavailable("dial tcp 10.1.2.3:10250: connection refused"));
        let lines = stream::iter([line("one"), broken, line("of another container")]).boxed();

        let told: Vec<String> = events("ins_1".into(), lines).collect().await;

        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("id: 1\nevent: line\n") && told[0].contains("one"), "{told:?}");
        assert_eq!(told[1], "event: end\ndata: {\"reason\":\"unavailable\"}\n\n");
        let whole: Vec<String> = events("ins_1".into(), stream::iter([line("one")]).boxed()).collect().await;
        assert_eq!(whole[1], "event: end\ndata: {}\n\n");
    }
}
