//! `/api/whm`: what staff do about what runs: instances, work that goes no further by itself, clusters and what was left
//! on them.
use super::operations::{ClusterAnswer, cluster_answer};
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        idempotent::{self, Answer},
        panel::{
            activity::TaskList,
            custom_domains::{CustomDomainList, of_instance},
            instances::{TaskAnswer, TaskOut},
            uptime::{UptimeOut, uptime_of},
        },
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        provisioning::{
            clusters, find,
            orphans::{self, OrphanView},
            tasks, troubles,
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::value::{ClusterId, InstanceId, OrphanId, ProvisionTaskId, TargetStatus, TaskAction};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

async fn request(
    staff: &Staff<can::OperateInstances>,
    key: &IdempotencyKey,
    body: &Body,
    id: &InstanceId,
    action: TaskAction,
) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, id).await?;
    let work = async |ctx: &Ctx| Ok(tasks::request_by_staff(ctx, id, action).await?.id.0);
    let tell = async |id: &str| {
        let task = find::task(&staff.ctx.db, &ProvisionTaskId::from(id)).await?;
        Answer::accepted(&TaskAnswer::from(task))
    };
    idempotent::run(&staff.ctx, key, body.bytes(), work, tell).await
}

/// Starts an instance.
#[utoipa::path(tag = "whm-operations", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/instances/{id}/start")]
pub async fn start_any_instance(
    staff: Staff<can::OperateInstances>,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    request(&staff, &key, &body, &id, TaskAction::Start).await
}

/// Stops an instance.
#[utoipa::path(tag = "whm-operations", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/instances/{id}/stop")]
pub async fn stop_any_instance(
    staff: Staff<can::OperateInstances>,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    request(&staff, &key, &body, &id, TaskAction::Stop).await
}

/// Restarts an instance.
#[utoipa::path(tag = "whm-operations", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/instances/{id}/restart")]
pub async fn restart_any_instance(
    staff: Staff<can::OperateInstances>,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    request(&staff, &key, &body, &id, TaskAction::Restart).await
}

/// Work on an instance, newest first, without its steps.
#[utoipa::path(tag = "whm-operations", params(PageQuery), responses((status = 200, body = TaskList), (status = 404, body = Problem)))]
#[get("/api/whm/instances/{id}/tasks")]
pub async fn list_tasks_of_any_instance(
    staff: Staff<can::ReadInstances>,
    id: web::Path<InstanceId>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, &id).await?;
    let found = find::tasks_of(&staff.ctx.db, &id, &page.request()?).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(TaskList::of(found)))
}

/// What a cluster told of an instance.
#[derive(Serialize, ToSchema)]
struct TroubleOut {
    /// Our word for it: `crash_loop`, …
    code: String,
    /// The cluster's own word and message.
    word: String,
    detail: String,
    about: String,
    times: i64,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct TroubleList {
    data: Vec<TroubleOut>,
}

/// What the cluster told of an instance lately, newest first.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = TroubleList), (status = 404, body = Problem)))]
#[get("/api/whm/instances/{id}/troubles")]
pub async fn list_troubles(staff: Staff<can::ReadInstances>, id: web::Path<InstanceId>) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, &id).await?;
    let rows = troubles::list(&staff.ctx.db, &id).await.map_err(CommonFault::from)?;
    let data = rows.into_iter().map(|row| TroubleOut {
        code: row.code,
        word: row.word,
        detail: row.detail,
        about: row.about,
        times: row.times,
        first_at: row.first_at,
        last_at: row.last_at,
    });
    Ok(HttpResponse::Ok().json(TroubleList { data: data.collect() }))
}

/// Names of the customer before an instance, oldest first.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = CustomDomainList), (status = 404, body = Problem)))]
#[get("/api/whm/instances/{id}/custom-domains")]
pub async fn list_domains_of_any_instance(
    staff: Staff<can::ReadInstances>,
    id: web::Path<InstanceId>,
) -> ApiResult<HttpResponse> {
    let row = find::get(&staff.ctx.db, &id).await?;
    Ok(HttpResponse::Ok().json(of_instance(&staff.ctx, &row).await?))
}

/// How long an instance answered during the last 30 days: each day, and its outages.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = UptimeOut), (status = 404, body = Problem)))]
#[get("/api/whm/instances/{id}/uptime")]
pub async fn show_uptime_of_any_instance(
    staff: Staff<can::ReadInstances>,
    id: web::Path<InstanceId>,
) -> ApiResult<HttpResponse> {
    let row = find::get(&staff.ctx.db, &id).await?;
    Ok(HttpResponse::Ok().json(uptime_of(&staff.ctx, &row).await?))
}

#[derive(Deserialize, ToSchema)]
struct TaskReason {
    /// Why, for the audit trail.
    reason: String,
}

async fn stands(ctx: &Ctx, id: &ProvisionTaskId) -> ApiResult<HttpResponse> {
    let row = find::task(&ctx.db, id).await?;
    let view = find::task_view(&ctx.db, &row).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(TaskOut::from(view)))
}

/// Says that staff did by hand what the stuck step of a piece of work could not; the rest goes on.
///
/// Where the step is `final_backup` it is refused (409): see `without-backup`.
#[utoipa::path(tag = "whm-operations", request_body = TaskReason, responses((status = 200, body = TaskOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/tasks/{id}/solved")]
pub async fn solve_task(
    staff: Staff<can::RetryTasks>,
    id: web::Path<ProvisionTaskId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::task(&staff.ctx.db, &id).await?;
    tasks::mark_solved(&staff.ctx, &id, &body.parse::<TaskReason>()?.reason).await?;
    stands(&staff.ctx, &id).await
}

/// Removes what runs without the last backup that cannot be made; its data is lost for good.
///
/// Only where the stuck step is `final_backup`, and with fresh proof of identity.
#[utoipa::path(tag = "whm-operations", request_body = TaskReason, responses((status = 200, body = TaskOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/tasks/{id}/without-backup")]
pub async fn remove_without_backup(
    staff: Fresh<can::RetryTasks>,
    id: web::Path<ProvisionTaskId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::task(&staff.ctx.db, &id).await?;
    tasks::remove_without_backup(&staff.ctx, &id, &body.parse::<TaskReason>()?.reason).await?;
    stands(&staff.ctx, &id).await
}

/// Gives up a creation that is stuck: what was begun is undone, the contract ends and its money goes to the wallet.
#[utoipa::path(tag = "whm-operations", request_body = TaskReason, responses((status = 200, body = TaskOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/tasks/{id}/turn-back")]
pub async fn turn_task_back(
    staff: Staff<can::RetryTasks>,
    id: web::Path<ProvisionTaskId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::task(&staff.ctx.db, &id).await?;
    tasks::turn_back(&staff.ctx, &id, &body.parse::<TaskReason>()?.reason).await?;
    stands(&staff.ctx, &id).await
}

/// One cluster with its load.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = ClusterAnswer), (status = 404, body = Problem)))]
#[get("/api/whm/clusters/{id}")]
pub async fn show_cluster(staff: Staff<can::ReadClusters>, id: web::Path<ClusterId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(cluster_answer(&staff.ctx, &id).await?))
}

/// Tests a cluster. One that does not pass takes no new instances, and the answer says why (502, 503).
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = ClusterAnswer), (status = 404, body = Problem), (status = 502, body = Problem)))]
#[post("/api/whm/clusters/{id}/test")]
pub async fn test_cluster(staff: Staff<can::ManageClusters>, id: web::Path<ClusterId>) -> ApiResult<HttpResponse> {
    clusters::check(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(cluster_answer(&staff.ctx, &id).await?))
}

#[derive(Deserialize, ToSchema)]
struct ClusterStatusIn {
    /// `active`, `draining` or `maintenance` (both take no new instances), or `disabled`.
    status: String,
}

/// Says whether a cluster takes new instances. One that carries instances cannot be disabled: 409 `CLUSTER_IN_USE`.
#[utoipa::path(tag = "whm-operations", request_body = ClusterStatusIn, responses((status = 200, body = ClusterAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/clusters/{id}/status")]
pub async fn set_cluster_status(
    staff: Staff<can::ManageClusters>,
    id: web::Path<ClusterId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    clusters::get(&staff.ctx.db, &id).await?;
    let unknown = || CommonFault::Invalid(vec![FieldFault::new("status", "unknown")]);
    let status = TargetStatus::parse(&body.parse::<ClusterStatusIn>()?.status).ok_or_else(unknown)?;
    clusters::set_status(&staff.ctx, &id, status).await?;
    Ok(HttpResponse::Ok().json(cluster_answer(&staff.ctx, &id).await?))
}

/// Something on a cluster that nobody has.
#[derive(Serialize, ToSchema)]
struct OrphanOut {
    id: String,
    cluster_id: String,
    /// Name of the cluster.
    cluster: String,
    /// Whose mark it carries: `instance` or `customer`.
    kind: String,
    /// That mark: an id, which may be unknown here.
    mark: String,
    /// Where it lies on the cluster.
    place: String,
    /// What it is: `1 Deployment, 2 Secret`.
    what: String,
    objects: i64,
    /// Why it belongs to nobody: `unknown`, `ended` or `empty`.
    why: String,
    /// Since when the oldest of it is there.
    since: Option<DateTime<Utc>>,
    found_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    /// When its removal was asked for.
    removal_asked_at: Option<DateTime<Utc>>,
}

impl From<OrphanView> for OrphanOut {
    fn from(OrphanView { row, cluster }: OrphanView) -> Self {
        Self {
            id: row.id.0,
            cluster_id: row.cluster_id.0,
            cluster,
            kind: row.kind,
            mark: row.mark,
            place: row.place,
            what: row.what,
            objects: row.objects,
            why: row.why,
            since: row.since,
            found_at: row.found_at,
            seen_at: row.seen_at,
            removal_asked_at: row.removal_asked_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct OrphanList {
    data: Vec<OrphanOut>,
    next_cursor: Option<String>,
}

/// Which leftovers.
#[derive(Deserialize, IntoParams)]
pub struct OrphanQuery {
    /// Only of one cluster.
    cluster_id: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

/// What is on clusters though nobody has it, as the last search found it, newest first.
#[utoipa::path(tag = "whm-operations", params(OrphanQuery), responses((status = 200, body = OrphanList), (status = 403, body = Problem)))]
#[get("/api/whm/orphans")]
pub async fn list_orphans(staff: Staff<can::ReadClusters>, query: web::Query<OrphanQuery>) -> ApiResult<HttpResponse> {
    let OrphanQuery { cluster_id, cursor, limit } = query.into_inner();
    let (cluster_id, request) = (cluster_id.map(ClusterId), PageQuery { cursor, limit }.request()?);
    let page = orphans::list(&staff.ctx.db, cluster_id.as_ref(), &request).await.map_err(CommonFault::from)?;
    let page = page.map(OrphanOut::from);
    Ok(HttpResponse::Ok().json(OrphanList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One leftover.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = OrphanOut), (status = 404, body = Problem)))]
#[get("/api/whm/orphans/{id}")]
pub async fn show_orphan(staff: Staff<can::ReadClusters>, id: web::Path<OrphanId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(OrphanOut::from(orphans::get(&staff.ctx.db, &id).await?)))
}

/// Searches every cluster for leftovers, in the background.
#[utoipa::path(tag = "whm-operations", responses((status = 204), (status = 403, body = Problem)))]
#[post("/api/whm/orphans/look")]
pub async fn look_for_orphans(staff: Staff<can::ManageClusters>) -> ApiResult<HttpResponse> {
    orphans::search_now(&staff.ctx).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct OrphanRemoval {
    /// Its `place`, to say that this one is meant.
    confirm: String,
    /// Why; needed where its `why` is `unknown`, because it may be known to a newer database.
    #[serde(default)]
    reason: String,
}

/// Removes a leftover with all that is in it, for good, in the background. Asking twice is asking once.
#[utoipa::path(tag = "whm-operations", request_body = OrphanRemoval, responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/orphans/{id}/remove")]
pub async fn remove_orphan(
    staff: Fresh<can::ManageClusters>,
    id: web::Path<OrphanId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    let view = orphans::get(&staff.ctx.db, &id).await?;
    let input: OrphanRemoval = body.parse()?;
    if input.confirm.trim() != view.row.place {
        return Err(CommonFault::Invalid(vec![FieldFault::new("confirm", "invalid")]).into());
    }
    orphans::remove(&staff.ctx, &id, &input.reason).await?;
    Ok(HttpResponse::NoContent().finish())
}
