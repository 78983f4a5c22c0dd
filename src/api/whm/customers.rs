//! `/api/whm/customers`.
use crate::{
    api::{
        ApiResult,
        extract::{Body, PageQuery},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        customers::{self, Filter},
        ledger::{self, Adjusted},
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{customers::customer, value::CustomerId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Serialize, ToSchema)]
struct CustomerOut {
    id: String,
    name: String,
    company: Option<String>,
    email: String,
    phone: Option<String>,
    status: &'static str,
    npwp: Option<String>,
    currency: String,
    created_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct CustomerList {
    data: Vec<CustomerOut>,
    next_cursor: Option<String>,
}

impl From<customer::Model> for CustomerOut {
    fn from(row: customer::Model) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            company: row.company,
            email: row.email,
            phone: row.phone,
            status: row.status.as_str(),
            npwp: row.npwp,
            currency: row.currency,
            created_at: row.created_at,
        }
    }
}

#[derive(Deserialize, IntoParams)]
struct SearchQuery {
    /// Beginning of the name, company or address.
    q: Option<String>,
}

/// Customers, newest first.
#[utoipa::path(tag = "whm", params(PageQuery, SearchQuery), responses((status = 200, body = CustomerList), (status = 403, body = Problem)))]
#[get("/api/whm/customers")]
pub async fn list_customers(
    staff: Staff<can::ReadCustomers>,
    page: web::Query<PageQuery>,
    search: web::Query<SearchQuery>,
) -> ApiResult<HttpResponse> {
    let filter = Filter { search: search.into_inner().q, ..Filter::default() };
    let page = customers::list(&staff.ctx.db, &filter, &page.request()?).await.map_err(CommonFault::from)?;
    let data = page.rows.into_iter().map(CustomerOut::from).collect();
    Ok(HttpResponse::Ok().json(CustomerList { data, next_cursor: page.next_cursor }))
}

/// One customer.
#[utoipa::path(tag = "whm", responses((status = 200, body = CustomerOut), (status = 404, body = Problem)))]
#[get("/api/whm/customers/{id}")]
pub async fn show_customer(staff: Staff<can::ReadCustomers>, id: web::Path<CustomerId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(CustomerOut::from(customers::get(&staff.ctx.db, &id).await?)))
}

#[derive(Deserialize, ToSchema)]
struct AdjustIn {
    /// Minor units; negative takes money out.
    amount: i64,
    /// Why; the customer does not see it.
    reason: String,
}

/// Changes a wallet by hand. Above the limit a second pair of eyes has to approve (202).
#[utoipa::path(tag = "whm", request_body = AdjustIn, responses((status = 200), (status = 202), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/customers/{id}/wallet/adjust")]
pub async fn adjust_wallet(
    staff: Staff<can::AdjustWallets>,
    id: web::Path<CustomerId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    staff.require_fresh().await?;
    let input: AdjustIn = body.parse()?;
    Ok(match ledger::adjust(&staff.ctx, &id, input.amount, &input.reason).await? {
        Adjusted::Done(row) => HttpResponse::Ok().json(serde_json::json!({
            "transaction": { "number": row.number, "amount": row.amount_minor, "balance_after": row.balance_after_minor }
        })),
        Adjusted::Waiting(approval) => HttpResponse::Accepted().json(serde_json::json!({
            "approval": { "id": approval.id, "status": approval.status.as_str() }
        })),
    })
}
