//! What staff decide about rules: who pays no late fees, how long a product may be tried; and the debts they gave up.
use crate::{
    api::{
        ApiResult,
        extract::{Body, PageQuery},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        billing::write_off,
        catalog::{find, write},
        customers,
        subscriptions::late_fee,
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{
    billing::{late_fee_exemption, write_off as rows},
    value::{CustomerId, ProductId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct ExemptionOut {
    reason: String,
    placed_by: String,
    placed_at: DateTime<Utc>,
}

impl From<late_fee_exemption::Model> for ExemptionOut {
    fn from(row: late_fee_exemption::Model) -> Self {
        Self { reason: row.reason, placed_by: row.placed_by, placed_at: row.placed_at }
    }
}

#[derive(Serialize, ToSchema)]
struct ExemptionAnswer {
    /// Null: he is charged as everybody.
    exemption: Option<ExemptionOut>,
}

async fn answer(ctx: &Ctx, id: &CustomerId) -> ApiResult<HttpResponse> {
    let found = late_fee::exemption(&ctx.db, id).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(ExemptionAnswer { exemption: found.map(ExemptionOut::from) }))
}

/// Whether a customer is let off late fees.
#[utoipa::path(tag = "whm-customers", responses((status = 200, body = ExemptionAnswer), (status = 404, body = Problem)))]
#[get("/api/whm/customers/{id}/late-fee-exemption")]
pub async fn show_exemption(staff: Staff<can::ReadCustomers>, id: web::Path<CustomerId>) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    answer(&staff.ctx, &id).await
}

#[derive(Deserialize, ToSchema)]
struct ExemptionIn {
    /// Why, for the audit trail.
    reason: String,
}

/// Lets a customer off late fees from now on; fees that were charged stay. Said again, the first stays.
#[utoipa::path(tag = "whm-customers", request_body = ExemptionIn, responses((status = 200, body = ExemptionAnswer), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/customers/{id}/late-fee-exemption")]
pub async fn place_exemption(
    staff: Staff<can::ControlAutomation>,
    id: web::Path<CustomerId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    late_fee::place_exemption(&staff.ctx, &id, &body.parse::<ExemptionIn>()?.reason).await?;
    answer(&staff.ctx, &id).await
}

/// Charges a customer late fees as everybody. Twice is once.
#[utoipa::path(tag = "whm-customers", responses((status = 204), (status = 404, body = Problem)))]
#[post("/api/whm/customers/{id}/late-fee-exemption/lift")]
pub async fn lift_exemption(
    staff: Staff<can::ControlAutomation>,
    id: web::Path<CustomerId>,
    _body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    late_fee::lift_exemption(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct TrialIn {
    /// Days at the beginning that cost a new customer nothing; 0: none.
    days: i32,
}

/// Sets how many days a product may be tried. What was sold stays as it was.
#[utoipa::path(tag = "whm-operations", request_body = TrialIn, responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/products/{id}/trial")]
pub async fn set_trial(
    staff: Staff<can::ManageCatalog>,
    id: web::Path<ProductId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    // Somebody else's address is none, whatever the body says.
    find::kind_of(&staff.ctx.db, &id).await?;
    write::set_trial(&staff.ctx, &id, body.parse::<TrialIn>()?.days).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Serialize, ToSchema)]
struct WriteOffOut {
    id: String,
    invoice_id: String,
    customer_id: String,
    reason: String,
    /// Given up, tax included, minor units.
    total: i64,
    /// Of that: tax that had not fallen due.
    tax: i64,
    currency: String,
    created_at: DateTime<Utc>,
    /// When the money came all the same.
    recovered_at: Option<DateTime<Utc>>,
}

impl From<rows::Model> for WriteOffOut {
    fn from(row: rows::Model) -> Self {
        Self {
            id: row.id.0,
            invoice_id: row.invoice_id.0,
            customer_id: row.customer_id.0,
            reason: row.reason,
            total: row.total_minor,
            tax: row.tax_minor,
            currency: row.currency,
            created_at: row.created_at,
            recovered_at: row.recovered_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct WriteOffList {
    data: Vec<WriteOffOut>,
    next_cursor: Option<String>,
}

/// Debts that were given up, newest first.
#[utoipa::path(tag = "whm-money", params(PageQuery), responses((status = 200, body = WriteOffList), (status = 403, body = Problem)))]
#[get("/api/whm/write-offs")]
pub async fn list_write_offs(staff: Staff<can::ReadInvoices>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = write_off::list(&staff.ctx, &page.request()?).await.map_err(CommonFault::from)?.map(WriteOffOut::from);
    Ok(HttpResponse::Ok().json(WriteOffList { data: page.rows, next_cursor: page.next_cursor }))
}
