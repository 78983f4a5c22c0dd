//! `/api/whm/waitlist`: who waits for room in which plan, and how staff give money back that waits.
use crate::{
    api::{
        ApiResult,
        extract::{Body, PageQuery},
        panel::subscriptions::{self, SubscriptionOut},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        catalog::queue::{self, Filter},
        customers, ordering,
        subscriptions::find,
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::value::{CustomerId, PlanId, SubscriptionId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which places.
#[derive(Deserialize, IntoParams)]
pub struct WaitlistQuery {
    /// Id of a plan; all where nobody says.
    plan_id: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

#[derive(Serialize, ToSchema)]
struct StaffWaitingOut {
    id: String,
    customer_id: String,
    customer_name: Option<String>,
    plan_id: String,
    /// Code of the plan.
    plan: String,
    /// Slug of the service.
    service: String,
    /// The paid contract that waits for its slot, before all who have not paid; null: he only waits to be told.
    subscription_id: Option<String>,
    /// From which cycle on that contract is paid without being delivered: 1 where it never ran, more where it was suspended
    /// and its slot given to somebody else.
    cycle: Option<i32>,
    /// When it was paid: who paid first goes first.
    paid_at: Option<DateTime<Utc>>,
    /// When he was told that there is room.
    told_at: Option<DateTime<Utc>>,
    /// Since when.
    created_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct StaffWaitingList {
    data: Vec<StaffWaitingOut>,
    next_cursor: Option<String>,
}

/// Everybody who waits for room in a plan: who has paid first, by the time he paid, then the others, the oldest first.
#[utoipa::path(tag = "whm-operations", params(WaitlistQuery), responses((status = 200, body = StaffWaitingList), (status = 403, body = Problem)))]
#[get("/api/whm/waitlist")]
pub async fn list_everybody_waiting(
    staff: Staff<can::ReadCatalog>,
    query: web::Query<WaitlistQuery>,
) -> ApiResult<HttpResponse> {
    let WaitlistQuery { plan_id, cursor, limit } = query.into_inner();
    let db = &staff.ctx.db;
    let filter = Filter { plan_id: plan_id.map(PlanId::from), ..Filter::default() };
    let page = queue::list(db, &filter, &PageQuery { cursor, limit }.request()?).await.map_err(CommonFault::from)?;
    let ids: Vec<CustomerId> = page.rows.iter().map(|(row, ..)| row.customer_id.clone()).collect();
    let names = customers::names_of(db, ids).await.map_err(CommonFault::from)?;
    let page = page.map(|(row, plan, product)| StaffWaitingOut {
        id: row.id.0,
        customer_name: names.get(&row.customer_id).cloned(),
        customer_id: row.customer_id.0,
        plan_id: plan.id.0,
        plan: plan.code,
        service: product.slug,
        subscription_id: row.subscription_id,
        cycle: row.cycle_number,
        paid_at: row.paid_at,
        told_at: row.notified_at,
        created_at: row.created_at,
    });
    Ok(HttpResponse::Ok().json(StaffWaitingList { data: page.rows, next_cursor: page.next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct WaitingRefundIn {
    /// Why.
    #[schema(example = "Pelanggan tidak ingin menunggu")]
    reason: String,
}

/// Pays a contract that waits for room back to its customer's wallet and ends it, whether it never ran or was suspended.
/// Needs fresh proof.
#[utoipa::path(tag = "whm-operations", request_body = WaitingRefundIn, responses((status = 200, body = SubscriptionOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/subscriptions/{id}/refund")]
pub async fn refund_any_subscription(
    staff: Fresh<can::RefundPayments>,
    id: web::Path<SubscriptionId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, &id).await?;
    ordering::refund_waiting_for(&staff.ctx, &id, &body.parse::<WaitingRefundIn>()?.reason).await?;
    let view = find::view(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(subscriptions::with_instance(&staff.ctx, view).await?))
}
