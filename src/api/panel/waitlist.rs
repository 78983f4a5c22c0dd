//! `/api/panel/waitlist`: what a customer waits for, and how he joins and leaves.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        idempotent::{self, Answer},
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        catalog::{
            CatalogError,
            queue::{self, Filter},
            waitlist,
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::may,
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{
    catalog::{plan, product, waitlist_entry},
    value::WaitlistEntryId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct WaitingOut {
    id: String,
    /// Code of the plan.
    plan: String,
    plan_name: String,
    /// Slug of the service.
    service: String,
    service_name: String,
    /// The paid contract that waits for its slot; null: he only waits to be told.
    subscription_id: Option<String>,
    /// When he was told that there is room.
    told_at: Option<DateTime<Utc>>,
    /// Since when.
    created_at: DateTime<Utc>,
}

fn shape((row, plan, product): (waitlist_entry::Model, plan::Model, product::Model)) -> WaitingOut {
    WaitingOut {
        id: row.id.0,
        plan: plan.code,
        plan_name: plan.name,
        service: product.slug,
        service_name: product.name,
        subscription_id: row.subscription_id,
        told_at: row.notified_at,
        created_at: row.created_at,
    }
}

#[derive(Serialize, ToSchema)]
struct WaitingList {
    data: Vec<WaitingOut>,
    next_cursor: Option<String>,
}

/// What the customer waits for, the oldest first.
#[utoipa::path(tag = "orders", params(PageQuery), responses((status = 200, body = WaitingList), (status = 401, body = Problem)))]
#[get("/api/panel/waitlist")]
pub async fn list_own_waiting(member: Member<may::Read>, query: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let filter = Filter { customer_id: Some(member.customer_id.clone()), ..Filter::default() };
    let page = queue::list(&member.ctx.db, &filter, &query.request()?).await.map_err(CommonFault::from)?.map(shape);
    Ok(HttpResponse::Ok().json(WaitingList { data: page.rows, next_cursor: page.next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct WaitIn {
    /// Code of the plan.
    #[schema(example = "n8n-basic")]
    plan: String,
}

/// Joins the waiting list of a plan: there is a mail as soon as there is room. Who waits already keeps his place.
#[utoipa::path(tag = "orders", request_body = WaitIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = WaitingOut), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[post("/api/panel/waitlist")]
pub async fn join_waitlist(member: Member<may::Pay>, key: IdempotencyKey, body: Body) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let plan = body.parse::<WaitIn>()?.plan;
        match waitlist::join(ctx, &member.customer_id, &plan).await {
            Err(CatalogError::NotFound) => Err(CommonFault::Invalid(vec![FieldFault::new("plan", "unknown")]).into()),
            joined => Ok(joined?.0),
        }
    };
    let tell = async |id: &str| {
        let id = WaitlistEntryId::from(id);
        Answer::created(&shape(waitlist::get_owned(&member.ctx.db, &member.customer_id, &id).await?))
    };
    idempotent::run(&member.ctx, &key, body.bytes(), work, tell).await
}

/// Leaves a waiting list. A paid contract waits on: it is cancelled as a contract.
#[utoipa::path(tag = "orders", responses((status = 204), (status = 404, body = Problem)))]
#[post("/api/panel/waitlist/{id}/leave")]
pub async fn leave_waitlist(member: Member<may::Pay>, id: web::Path<WaitlistEntryId>) -> ApiResult<HttpResponse> {
    waitlist::give_up(&member.ctx, &member.customer_id, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}
