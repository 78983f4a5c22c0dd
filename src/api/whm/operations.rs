//! `/api/whm`: orders, contracts, what runs, the work on it, clusters and the audit trail.
use crate::{
    api::{
        ApiResult,
        extract::{Body, CustomerQuery, IdempotencyKey, PageQuery, StateQuery},
        idempotent::{self, Answer},
        panel::{
            activity::TaskList,
            instances::{InstanceList, InstanceOut, TaskAnswer, TaskOut, with_contract, with_contracts},
            orders::{OrderList, OrderOut},
            subscriptions::{self, SkippedList, SubscriptionList, SubscriptionOut},
        },
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx, ordering,
        provisioning::{
            self, cluster_settings,
            clusters::{self, Load},
            follow, tasks,
        },
        subscriptions::{cancel, find, hold, skipped},
    },
    kernel::{fault::CommonFault, page::Page, permission::can},
};
use actix_web::{HttpResponse, get, patch, post, web};
use chrono::{DateTime, Utc};
use entity::{
    provisioning::cluster,
    value::{
        ClusterId, HoldReason, InstanceId, InstanceStatus, OrderId, OrderStatus, ProvisionTaskId, SubscriptionId,
        SubscriptionStatus, TaskStatus,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Orders, newest first.
#[utoipa::path(tag = "whm-operations", params(PageQuery, StateQuery, CustomerQuery), responses((status = 200, body = OrderList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/orders")]
pub async fn list_all_orders(
    staff: Staff<can::ReadOrders>,
    page: web::Query<PageQuery>,
    state: web::Query<StateQuery>,
    whose: web::Query<CustomerQuery>,
) -> ApiResult<HttpResponse> {
    let filter = ordering::find::Filter { customer_id: whose.customer(), status: state.state(OrderStatus::parse)? };
    let found = ordering::find::list(&staff.ctx.db, &filter, &page.request()?).await;
    Ok(HttpResponse::Ok().json(OrderList::of(found.map_err(CommonFault::from)?)))
}

/// One order.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = OrderOut), (status = 404, body = Problem)))]
#[get("/api/whm/orders/{id}")]
pub async fn show_any_order(staff: Staff<can::ReadOrders>, id: web::Path<OrderId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(OrderOut::from(ordering::find::view(&staff.ctx.db, &id).await?)))
}

#[derive(Deserialize, ToSchema)]
struct OrderCancelIn {
    /// Why; the customer reads it.
    reason: String,
}

/// Cancels an order that nobody has paid: its contracts end, its slots are free, its invoice is void.
#[utoipa::path(tag = "whm-operations", request_body = OrderCancelIn, responses((status = 200, body = OrderOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/orders/{id}/cancel")]
pub async fn cancel_order(
    staff: Staff<can::CancelOrders>,
    id: web::Path<OrderId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    ordering::find::get(&staff.ctx.db, &id).await?;
    ordering::cancel_unpaid(&staff.ctx, &id, &body.parse::<OrderCancelIn>()?.reason).await?;
    Ok(HttpResponse::Ok().json(OrderOut::from(ordering::find::view(&staff.ctx.db, &id).await?)))
}

/// Contracts, newest first.
#[utoipa::path(tag = "whm-operations", params(PageQuery, StateQuery, CustomerQuery), responses((status = 200, body = SubscriptionList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/subscriptions")]
pub async fn list_all_subscriptions(
    staff: Staff<can::ReadSubscriptions>,
    page: web::Query<PageQuery>,
    state: web::Query<StateQuery>,
    whose: web::Query<CustomerQuery>,
) -> ApiResult<HttpResponse> {
    let filter = find::Filter { customer_id: whose.customer(), status: state.state(SubscriptionStatus::parse)? };
    let found = find::list(&staff.ctx, &filter, &page.request()?).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(subscriptions::with_instances(&staff.ctx, found).await?))
}

/// One contract.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = SubscriptionOut), (status = 404, body = Problem)))]
#[get("/api/whm/subscriptions/{id}")]
pub async fn show_any_subscription(
    staff: Staff<can::ReadSubscriptions>,
    id: web::Path<SubscriptionId>,
) -> ApiResult<HttpResponse> {
    let view = find::view(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(subscriptions::with_instance(&staff.ctx, view).await?))
}

/// What was due and did not happen to a contract by itself, and why; the newest 50.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = SkippedList), (status = 404, body = Problem)))]
#[get("/api/whm/subscriptions/{id}/skipped")]
pub async fn list_all_skipped(
    staff: Staff<can::ReadSubscriptions>,
    id: web::Path<SubscriptionId>,
) -> ApiResult<HttpResponse> {
    let contract = find::get(&staff.ctx.db, &id).await?;
    let all = skipped::of(&staff.ctx, &contract).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(SkippedList::of(all)))
}

#[derive(Deserialize, ToSchema)]
struct ContractIn {
    subscription_id: String,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct ContractAnswer {
    subscription: SubscriptionOut,
}

/// Asks for whatever a paid contract still lacks. One that was taken over with its machine elsewhere gets a machine here.
/// Asking twice is asking once.
#[utoipa::path(tag = "whm-operations", request_body = ContractIn, responses((status = 202, body = ContractAnswer), (status = 404), (status = 409)))]
#[post("/api/whm/services/provision")]
pub async fn provision_contract(staff: Staff<can::RetryTasks>, body: Body) -> ApiResult<HttpResponse> {
    let id = SubscriptionId(body.parse::<ContractIn>()?.subscription_id);
    find::get(&staff.ctx.db, &id).await?;
    follow::follow_now(&staff.ctx, &id).await?;
    contract(&staff.ctx, &id).await
}

/// Suspends a contract until the same staff hold is lifted.
#[utoipa::path(tag = "whm-operations", request_body = ContractIn, responses((status = 202, body = ContractAnswer), (status = 404), (status = 409)))]
#[post("/api/whm/services/suspend")]
pub async fn suspend_contract(staff: Staff<can::SuspendSubscriptions>, body: Body) -> ApiResult<HttpResponse> {
    let input: ContractIn = body.parse()?;
    let id = SubscriptionId(input.subscription_id);
    hold::place(&staff.ctx, &id, HoldReason::Staff, input.reason.as_deref()).await?;
    contract(&staff.ctx, &id).await
}

/// Lifts the staff hold.
#[utoipa::path(tag = "whm-operations", request_body = ContractIn, responses((status = 202, body = ContractAnswer), (status = 404), (status = 409)))]
#[post("/api/whm/services/unsuspend")]
pub async fn unsuspend_contract(staff: Staff<can::SuspendSubscriptions>, body: Body) -> ApiResult<HttpResponse> {
    let id = SubscriptionId(body.parse::<ContractIn>()?.subscription_id);
    hold::lift(&staff.ctx, &id, HoldReason::Staff).await?;
    contract(&staff.ctx, &id).await
}

#[derive(Deserialize, ToSchema)]
struct EndIn {
    subscription_id: String,
    /// Why; the history of the contract keeps it.
    reason: Option<String>,
}

/// Ends a contract for good; its data go with it.
#[utoipa::path(tag = "whm-operations", request_body = EndIn, responses((status = 202, body = ContractAnswer), (status = 403, body = Problem), (status = 404), (status = 409), (status = 422, body = Problem)))]
#[post("/api/whm/services/terminate")]
pub async fn terminate_contract(staff: Fresh<can::TerminateSubscriptions>, body: Body) -> ApiResult<HttpResponse> {
    let input: EndIn = body.parse()?;
    let id = SubscriptionId(input.subscription_id);
    find::get(&staff.ctx.db, &id).await?;
    cancel::terminate(&staff.ctx, &id, input.reason.as_deref()).await?;
    contract(&staff.ctx, &id).await
}

async fn contract(ctx: &Ctx, id: &SubscriptionId) -> ApiResult<HttpResponse> {
    let view = find::view(ctx, id).await?;
    let subscription = subscriptions::with_instance(ctx, view).await?;
    Ok(HttpResponse::Accepted().json(ContractAnswer { subscription }))
}

/// What runs, newest first.
#[utoipa::path(tag = "whm-operations", params(PageQuery, StateQuery), responses((status = 200, body = InstanceList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/instances")]
pub async fn list_all_instances(
    staff: Staff<can::ReadInstances>,
    page: web::Query<PageQuery>,
    state: web::Query<StateQuery>,
) -> ApiResult<HttpResponse> {
    let status = state.state(InstanceStatus::parse)?;
    let found = provisioning::find::list(&staff.ctx.db, status, &page.request()?).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(with_contracts(&staff.ctx, found).await?))
}

/// One instance.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = InstanceOut), (status = 404, body = Problem)))]
#[get("/api/whm/instances/{id}")]
pub async fn show_any_instance(staff: Staff<can::ReadInstances>, id: web::Path<InstanceId>) -> ApiResult<HttpResponse> {
    let row = provisioning::find::get(&staff.ctx.db, &id).await?;
    Ok(HttpResponse::Ok().json(with_contract(&staff.ctx, row).await?))
}

/// Work, newest first, without its steps.
#[utoipa::path(tag = "whm-operations", params(PageQuery, StateQuery), responses((status = 200, body = TaskList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/tasks")]
pub async fn list_all_tasks(
    staff: Staff<can::ReadTasks>,
    page: web::Query<PageQuery>,
    state: web::Query<StateQuery>,
) -> ApiResult<HttpResponse> {
    let status = state.state(TaskStatus::parse)?;
    let found = provisioning::find::tasks(&staff.ctx.db, status, &page.request()?).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(TaskList::of(found)))
}

/// One piece of work with its steps.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = TaskOut), (status = 404, body = Problem)))]
#[get("/api/whm/tasks/{id}")]
pub async fn show_any_task(staff: Staff<can::ReadTasks>, id: web::Path<ProvisionTaskId>) -> ApiResult<HttpResponse> {
    let row = provisioning::find::task(&staff.ctx.db, &id).await?;
    let view = provisioning::find::task_view(&staff.ctx.db, &row).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(TaskOut::from(view)))
}

/// Tries a failed or stuck piece of work again.
#[utoipa::path(tag = "whm-operations", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 409)))]
#[post("/api/whm/tasks/{id}/retry")]
pub async fn retry_any_task(
    staff: Staff<can::RetryTasks>,
    id: web::Path<ProvisionTaskId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| Ok(tasks::retry_task(ctx, &id).await?.id.0);
    let tell = async |id: &str| {
        let task = provisioning::find::task(&staff.ctx.db, &ProvisionTaskId::from(id)).await?;
        Answer::accepted(&TaskAnswer::from(task))
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Serialize, ToSchema)]
struct ClusterOut {
    id: String,
    name: String,
    driver: String,
    region: String,
    status: &'static str,
    /// Whether the last test went well; null before the first.
    check_ok: Option<bool>,
    checked_at: Option<DateTime<Utc>>,
    capacity: CapacityOut,
    load: LoadOut,
}

#[derive(Serialize, ToSchema)]
struct CapacityOut {
    cpu_milli: i64,
    memory_mb: i64,
}

#[derive(Serialize, ToSchema)]
struct LoadOut {
    instances: i64,
    cpu_milli: i64,
    memory_mb: i64,
}

#[derive(Serialize, ToSchema)]
struct ClusterList {
    data: Vec<ClusterOut>,
    next_cursor: Option<String>,
}

/// A cluster as the answer to what was done with it.
#[derive(Serialize, ToSchema)]
pub(super) struct ClusterAnswer {
    cluster: ClusterOut,
}

impl ClusterOut {
    fn of(row: cluster::Model, load: Load) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            driver: row.driver,
            region: row.region,
            status: row.status.as_str(),
            check_ok: row.check_ok,
            checked_at: row.checked_at,
            capacity: CapacityOut { cpu_milli: row.capacity_cpu_milli, memory_mb: row.capacity_memory_mb },
            load: LoadOut { instances: load.instances, cpu_milli: load.cpu_milli, memory_mb: load.memory_mb },
        }
    }
}

/// Clusters by name, with their load. Settings are never shown.
#[utoipa::path(tag = "whm-operations", params(PageQuery), responses((status = 200, body = ClusterList)))]
#[get("/api/whm/clusters")]
pub async fn list_clusters(staff: Staff<can::ReadClusters>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let found = clusters::list(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let page = Page::within(found, &page.request()?, |(row, _)| row.id.as_str());
    let page = page.map(|(row, load)| ClusterOut::of(row, load));
    Ok(HttpResponse::Ok().json(ClusterList { data: page.rows, next_cursor: page.next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct ClusterIn {
    name: String,
    /// `kubernetes`.
    #[schema(example = "kubernetes")]
    driver: String,
    #[serde(default)]
    #[schema(example = "jakarta")]
    region: String,
    capacity_cpu_milli: i64,
    capacity_memory_mb: i64,
    /// Settings of the driver by name, for example `kubeconfig`.
    #[schema(value_type = Object)]
    settings: std::collections::BTreeMap<String, String>,
}

/// Adds a cluster. It is tested in the background and takes new instances once it has passed (`check_ok`).
#[utoipa::path(tag = "whm-operations", request_body = ClusterIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = ClusterAnswer)))]
#[post("/api/whm/clusters")]
pub async fn add_cluster(
    staff: Fresh<can::ManageClusters>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: ClusterIn = body.parse()?;
        let new = clusters::NewCluster {
            name: input.name,
            driver: input.driver,
            region: input.region,
            settings: input.settings.into_iter().map(|(name, value)| (name, value.into())).collect(),
            capacity_cpu_milli: input.capacity_cpu_milli,
            capacity_memory_mb: input.capacity_memory_mb,
        };
        Ok(clusters::add(ctx, new).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = clusters::get(&staff.ctx.db, &ClusterId::from(id)).await?;
        Answer::created(&ClusterAnswer { cluster: ClusterOut::of(row, Load::default()) })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct ClusterSettingsIn {
    /// Settings to replace by name, for example `kubeconfig`; those not named stay, those given empty go.
    #[schema(value_type = Object)]
    settings: std::collections::BTreeMap<String, String>,
}

/// Replaces settings of a cluster, for example a kubeconfig whose token ran out. The cluster is tested with them first;
/// where it does not pass, nothing changes and the answer says why.
#[utoipa::path(tag = "whm-operations", request_body = ClusterSettingsIn, responses((status = 200, body = ClusterAnswer), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/clusters/{id}/settings")]
pub async fn replace_cluster_settings(
    staff: Fresh<can::ManageClusters>,
    id: web::Path<ClusterId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    let input: ClusterSettingsIn = body.parse()?;
    let changes = input.settings.into_iter().map(|(name, value)| (name, value.into())).collect();
    cluster_settings::replace(&staff.ctx, &id, changes).await?;
    Ok(HttpResponse::Ok().json(cluster_answer(&staff.ctx, &id).await?))
}

/// A cluster with its load.
pub(super) async fn cluster_answer(ctx: &Ctx, id: &ClusterId) -> ApiResult<ClusterAnswer> {
    let row = clusters::get(&ctx.db, id).await?;
    let all = clusters::list(&ctx.db).await.map_err(CommonFault::from)?;
    let load = all.into_iter().find(|(found, _)| found.id == *id).map(|(_, load)| load).unwrap_or_default();
    Ok(ClusterAnswer { cluster: ClusterOut::of(row, load) })
}
