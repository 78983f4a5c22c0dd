//! Work a customer asks for on what runs: by its own id, or by that of its contract.
use super::instances::TaskAnswer;
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent::{self, Answer},
        principal::Member,
    },
    domain::{
        Ctx,
        provisioning::{find, tasks},
        subscriptions,
    },
    kernel::{fault::CommonFault, permission::may},
};
use actix_web::{HttpResponse, post, web};
use entity::value::{InstanceId, ProvisionTaskId, SubscriptionId, TaskAction};

/// What is asked for.
#[derive(Clone, Copy)]
enum Wish {
    Do(TaskAction),
    Retry,
}

const RESTART: Wish = Wish::Do(TaskAction::Restart);
const STOP: Wish = Wish::Do(TaskAction::Stop);
const START: Wish = Wish::Do(TaskAction::Start);

type Operator = Member<may::Operate>;

async fn act(me: &Operator, key: &IdempotencyKey, body: &Body, id: &InstanceId, wish: Wish) -> ApiResult<HttpResponse> {
    find::get_for(&me.ctx.db, &me.customer_id, id).await?;
    let work = async |ctx: &Ctx| {
        let task = match wish {
            Wish::Do(action) => tasks::request_by_customer(ctx, &me.customer_id, id, action).await?,
            Wish::Retry => tasks::retry_provisioning(ctx, &me.customer_id, id).await?,
        };
        Ok(task.id.0)
    };
    let tell = async |id: &str| {
        let task = find::task_for(&me.ctx.db, &me.customer_id, &ProvisionTaskId::from(id)).await?;
        Answer::accepted(&TaskAnswer::from(task))
    };
    idempotent::run(&me.ctx, key, body.bytes(), work, tell).await
}

async fn act_under(
    me: &Operator,
    key: &IdempotencyKey,
    body: &Body,
    id: &SubscriptionId,
    wish: Wish,
) -> ApiResult<HttpResponse> {
    subscriptions::find::get_owned(&me.ctx.db, &me.customer_id, id).await?;
    let running = find::by_subscription(&me.ctx.db, std::slice::from_ref(id)).await;
    let running = running.map_err(CommonFault::from)?.remove(id).ok_or(CommonFault::InvalidState("no instance"))?;
    act(me, key, body, &running.id, wish).await
}

/// Restarts an instance.
#[utoipa::path(tag = "services", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 409)))]
#[post("/api/panel/instances/{id}/restart")]
pub async fn restart_instance(
    me: Operator,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    act(&me, &key, &body, &id, RESTART).await
}

/// Stops an instance.
#[utoipa::path(tag = "services", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 409)))]
#[post("/api/panel/instances/{id}/stop")]
pub async fn stop_instance(
    me: Operator,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    act(&me, &key, &body, &id, STOP).await
}

/// Starts an instance.
#[utoipa::path(tag = "services", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 409)))]
#[post("/api/panel/instances/{id}/start")]
pub async fn start_instance(
    me: Operator,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    act(&me, &key, &body, &id, START).await
}

/// Tries the set-up again of an instance, where it went wrong.
#[utoipa::path(tag = "services", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 409)))]
#[post("/api/panel/instances/{id}/retry-provisioning")]
pub async fn retry_instance(
    me: Operator,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    act(&me, &key, &body, &id, Wish::Retry).await
}

/// Restarts what runs under a contract.
#[utoipa::path(tag = "subscriptions", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 409)))]
#[post("/api/panel/subscriptions/{id}/restart")]
pub async fn restart_subscription(
    me: Operator,
    id: web::Path<SubscriptionId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    act_under(&me, &key, &body, &id, RESTART).await
}

/// Stops what runs under a contract.
#[utoipa::path(tag = "subscriptions", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 409)))]
#[post("/api/panel/subscriptions/{id}/stop")]
pub async fn stop_subscription(
    me: Operator,
    id: web::Path<SubscriptionId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    act_under(&me, &key, &body, &id, STOP).await
}

/// Starts what runs under a contract.
#[utoipa::path(tag = "subscriptions", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 409)))]
#[post("/api/panel/subscriptions/{id}/start")]
pub async fn start_subscription(
    me: Operator,
    id: web::Path<SubscriptionId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    act_under(&me, &key, &body, &id, START).await
}

/// Tries the set-up again of what runs under a contract, where it went wrong.
#[utoipa::path(tag = "subscriptions", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = TaskAnswer), (status = 409)))]
#[post("/api/panel/subscriptions/{id}/retry-provisioning")]
pub async fn retry_subscription(
    me: Operator,
    id: web::Path<SubscriptionId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    act_under(&me, &key, &body, &id, Wish::Retry).await
}
