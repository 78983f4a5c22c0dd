//! `/api/whm/waitlist`: who waits for room in which plan.
use crate::{
    api::{ApiResult, extract::PageQuery, principal::Staff, problem::Problem},
    domain::{
        catalog::waitlist::{self, Filter},
        customers,
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::value::{CustomerId, PlanId};
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

/// Everybody who waits for room in a plan, the oldest first.
#[utoipa::path(tag = "whm-operations", params(WaitlistQuery), responses((status = 200, body = StaffWaitingList), (status = 403, body = Problem)))]
#[get("/api/whm/waitlist")]
pub async fn list_everybody_waiting(
    staff: Staff<can::ReadCatalog>,
    query: web::Query<WaitlistQuery>,
) -> ApiResult<HttpResponse> {
    let WaitlistQuery { plan_id, cursor, limit } = query.into_inner();
    let db = &staff.ctx.db;
    let filter = Filter { plan_id: plan_id.map(PlanId::from), ..Filter::default() };
    let page = waitlist::list(db, &filter, &PageQuery { cursor, limit }.request()?).await.map_err(CommonFault::from)?;
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
        told_at: row.notified_at,
        created_at: row.created_at,
    });
    Ok(HttpResponse::Ok().json(StaffWaitingList { data: page.rows, next_cursor: page.next_cursor }))
}
