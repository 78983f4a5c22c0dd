//! `/api/whm/disputes`: payments that payers' banks took back, and how each ended.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery, named},
        idempotent::{self, Answer},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        payments::{
            dispute::{self, Outcome},
            dispute_fee,
        },
    },
    kernel::permission::can,
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{
    payments::dispute as rows,
    value::{CustomerId, DisputeId, DisputeStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which disputes.
#[derive(Deserialize, IntoParams)]
pub struct DisputeQuery {
    /// `open`, `won` or `lost`; all where nobody says.
    status: Option<String>,
    /// Only those of one customer.
    customer_id: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

#[derive(Serialize, ToSchema)]
struct DisputeOut {
    id: String,
    payment_id: String,
    reference: String,
    customer_id: String,
    /// The invoice that is open again by it.
    invoice_id: Option<String>,
    /// What the gateway took, minor units.
    amount: i64,
    /// Of that: what the customer had spent already.
    spent: i64,
    currency: String,
    /// `open`, `won` or `lost`.
    status: &'static str,
    /// The grounds on which it ended.
    note: Option<String>,
    /// The payment by which the money came back.
    won_payment_id: Option<String>,
    /// What the gateway charges for it, minor units.
    fee: i64,
    /// What it gave back of the fee, minor units.
    fee_back: i64,
    opened_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
}

impl From<rows::Model> for DisputeOut {
    fn from(row: rows::Model) -> Self {
        Self {
            id: row.id.0,
            payment_id: row.payment_id.0,
            reference: row.reference,
            customer_id: row.customer_id.0,
            invoice_id: row.invoice_id.map(|id| id.0),
            amount: row.amount_minor,
            spent: row.lost_minor,
            currency: row.currency,
            status: row.status.as_str(),
            note: row.note,
            won_payment_id: row.won_payment_id.map(|id| id.0),
            fee: row.fee_minor,
            fee_back: row.fee_back_minor,
            opened_at: row.opened_at,
            decided_at: row.decided_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct DisputeList {
    data: Vec<DisputeOut>,
    next_cursor: Option<String>,
}

/// Disputes, newest first.
#[utoipa::path(tag = "whm-money", params(DisputeQuery), responses((status = 200, body = DisputeList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/disputes")]
pub async fn list_disputes(
    staff: Staff<can::ReadPayments>,
    query: web::Query<DisputeQuery>,
) -> ApiResult<HttpResponse> {
    let DisputeQuery { status, customer_id, cursor, limit } = query.into_inner();
    let status = named("status", status.as_deref(), DisputeStatus::parse)?;
    let customer = customer_id.map(CustomerId);
    let request = PageQuery { cursor, limit }.request()?;
    let page = dispute::list(&staff.ctx, status, customer.as_ref(), &request).await?.map(DisputeOut::from);
    Ok(HttpResponse::Ok().json(DisputeList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One dispute.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = DisputeOut), (status = 404, body = Problem)))]
#[get("/api/whm/disputes/{id}")]
pub async fn show_dispute(staff: Staff<can::ReadPayments>, id: web::Path<DisputeId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(DisputeOut::from(dispute::get(&staff.ctx, &id).await?)))
}

#[derive(Deserialize, ToSchema)]
struct OutcomeIn {
    /// On what grounds.
    note: String,
}

/// Says that a dispute was won: the money comes back.
///
/// It pays the invoice as far as it is still open, and goes to the wallet besides. The same decision again changes
/// nothing; the other one is refused.
#[utoipa::path(tag = "whm-money", request_body = OutcomeIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = DisputeOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/disputes/{id}/won")]
pub async fn win_dispute(
    staff: Fresh<can::DecideDisputes>,
    id: web::Path<DisputeId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    decide(&staff.ctx, &id, Outcome::Won, &key, &body).await
}

/// Says that a dispute was lost: what the customer had spent is our loss.
///
/// The same decision again changes nothing; the other one is refused.
#[utoipa::path(tag = "whm-money", request_body = OutcomeIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = DisputeOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/disputes/{id}/lost")]
pub async fn lose_dispute(
    staff: Fresh<can::DecideDisputes>,
    id: web::Path<DisputeId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    decide(&staff.ctx, &id, Outcome::Lost, &key, &body).await
}

async fn decide(
    ctx: &Ctx,
    id: &DisputeId,
    outcome: Outcome,
    key: &IdempotencyKey,
    body: &Body,
) -> ApiResult<HttpResponse> {
    dispute::get(ctx, id).await?;
    let work = async |ctx: &Ctx| {
        let input: OutcomeIn = body.parse()?;
        Ok(dispute::decide(ctx, id, outcome, &input.note).await?.id.0)
    };
    let tell = async |id: &str| Answer::ok(&DisputeOut::from(dispute::get(ctx, &DisputeId::from(id)).await?));
    idempotent::run(ctx, key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct FeeIn {
    /// What the gateway charges, minor units.
    #[schema(example = 25000)]
    amount: i64,
    /// Where it is said.
    note: String,
}

/// Says what the gateway charges for a dispute; it is booked once, also where a report of payouts tells it later.
///
/// Said again otherwise, the difference is booked.
#[utoipa::path(tag = "whm-money", request_body = FeeIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = DisputeOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/disputes/{id}/fee")]
pub async fn charge_dispute_fee(
    staff: Fresh<can::DecideDisputes>,
    id: web::Path<DisputeId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let ctx = &staff.ctx;
    dispute::get(ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: FeeIn = body.parse()?;
        Ok(dispute_fee::charge(ctx, &id, input.amount, &input.note).await?.id.0)
    };
    let tell = async |id: &str| Answer::ok(&DisputeOut::from(dispute::get(ctx, &DisputeId::from(id)).await?));
    idempotent::run(ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct FeeBackIn {
    /// Where it is said.
    note: String,
}

/// Says that the gateway gave the fee of a dispute back that was won.
#[utoipa::path(tag = "whm-money", request_body = FeeBackIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = DisputeOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/disputes/{id}/fee-back")]
pub async fn return_dispute_fee(
    staff: Fresh<can::DecideDisputes>,
    id: web::Path<DisputeId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let ctx = &staff.ctx;
    dispute::get(ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: FeeBackIn = body.parse()?;
        Ok(dispute_fee::give_back(ctx, &id, &input.note).await?.id.0)
    };
    let tell = async |id: &str| Answer::ok(&DisputeOut::from(dispute::get(ctx, &DisputeId::from(id)).await?));
    idempotent::run(ctx, &key, body.bytes(), work, tell).await
}
