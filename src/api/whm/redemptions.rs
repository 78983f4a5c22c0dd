//! `/api/whm/coupons/{id}/redemptions`: who used a coupon, for which order.
use crate::{
    api::{ApiResult, extract::PageQuery, principal::Staff, problem::Problem},
    domain::{
        catalog::coupon::find,
        ordering::coupon::{self as redemptions, Redemption},
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::value::CouponId;
use serde::Serialize;
use utoipa::ToSchema;

/// A use of a coupon.
#[derive(Serialize, ToSchema)]
struct RedemptionOut {
    id: String,
    customer_id: String,
    order_id: String,
    order_number: Option<String>,
    /// Whether it is reserved, committed or given back.
    status: &'static str,
    /// What it took off the first invoice, net, minor units.
    discount: i64,
    currency: String,
    created_at: DateTime<Utc>,
}

impl From<Redemption> for RedemptionOut {
    fn from((row, order): Redemption) -> Self {
        Self {
            id: row.id.0,
            customer_id: row.customer_id.0,
            order_id: row.order_id.0,
            order_number: order.map(|order| order.number),
            status: row.status.as_str(),
            discount: row.discount_minor,
            currency: row.currency,
            created_at: row.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct RedemptionList {
    /// What the uses that stand have taken off, net, minor units.
    given: i64,
    data: Vec<RedemptionOut>,
    next_cursor: Option<String>,
}

/// Uses of a coupon, newest first.
#[utoipa::path(tag = "whm-operations", params(PageQuery), responses((status = 200, body = RedemptionList), (status = 404, body = Problem)))]
#[get("/api/whm/coupons/{id}/redemptions")]
pub async fn list_redemptions(
    staff: Staff<can::ReadCatalog>,
    id: web::Path<CouponId>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let db = &staff.ctx.db;
    find::get(db, &id).await?;
    let given = redemptions::given_minor(db, &id).await.map_err(CommonFault::from)?;
    let page = redemptions::redemptions(db, &id, &page.request()?).await.map_err(CommonFault::from)?;
    let page = page.map(RedemptionOut::from);
    Ok(HttpResponse::Ok().json(RedemptionList { given, data: page.rows, next_cursor: page.next_cursor }))
}
