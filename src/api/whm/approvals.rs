//! `/api/whm/approvals`: what waits for a second pair of eyes.
use crate::{
    api::{
        ApiResult,
        extract::{Body, PageQuery},
        principal::{Fresh, Staff},
    },
    domain::ledger::{self, Decision},
    kernel::permission::can,
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{platform::approval, value::ApprovalId};
use serde::Serialize;
use utoipa::ToSchema;

/// A decision that waits, or was made.
#[derive(Serialize, ToSchema)]
pub struct ApprovalOut {
    id: String,
    /// `wallet_adjustment`, `wallet_payout` or `credit_limit`.
    kind: String,
    /// `pending`, `approved` or `rejected`.
    status: &'static str,
    customer_id: Option<String>,
    /// How much money moves, without sign, or how high a credit limit is to be; minor units.
    amount: i64,
    requested_by: String,
    decided_by: Option<String>,
    created_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
struct ApprovalList {
    data: Vec<ApprovalOut>,
    next_cursor: Option<String>,
}

/// A decision as the answer to making it necessary, or to making it.
#[derive(Serialize, ToSchema)]
pub struct ApprovalAnswer {
    /// The decision.
    pub approval: ApprovalOut,
}

impl From<approval::Model> for ApprovalOut {
    fn from(row: approval::Model) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind,
            status: row.status.as_str(),
            customer_id: row.customer_id,
            amount: row.amount_minor,
            requested_by: row.requested_by,
            decided_by: row.decided_by,
            created_at: row.created_at,
            decided_at: row.decided_at,
        }
    }
}

/// What waits for a decision, newest first.
#[utoipa::path(tag = "whm-customers", params(PageQuery), responses((status = 200, body = ApprovalList)))]
#[get("/api/whm/approvals")]
pub async fn list_approvals(staff: Staff<can::AdjustWallets>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = ledger::pending_approvals(&staff.ctx, &page.request()?).await?;
    let data = page.rows.into_iter().map(ApprovalOut::from).collect();
    Ok(HttpResponse::Ok().json(ApprovalList { data, next_cursor: page.next_cursor }))
}

/// One decision.
#[utoipa::path(tag = "whm-customers", responses((status = 200, body = ApprovalOut)))]
#[get("/api/whm/approvals/{id}")]
pub async fn show_approval(staff: Staff<can::AdjustWallets>, id: web::Path<ApprovalId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(ApprovalOut::from(ledger::get_approval(&staff.ctx, &id).await?)))
}

async fn decide(staff: &Fresh<can::DecideApprovals>, id: &ApprovalId, decision: Decision) -> ApiResult<HttpResponse> {
    let row = ledger::decide(&staff.ctx, id, decision).await?;
    Ok(HttpResponse::Ok().json(ApprovalAnswer { approval: row.into() }))
}

/// Approves: an adjustment moves money at once, a payout can be transferred. Whoever asked for it may not.
#[utoipa::path(tag = "whm-customers", responses((status = 200, body = ApprovalAnswer), (status = 409)))]
#[post("/api/whm/approvals/{id}/approve")]
pub async fn approve(
    staff: Fresh<can::DecideApprovals>,
    id: web::Path<ApprovalId>,
    _body: Body,
) -> ApiResult<HttpResponse> {
    decide(&staff, &id, Decision::Approve).await
}

/// Rejects: nothing happens.
#[utoipa::path(tag = "whm-customers", responses((status = 200, body = ApprovalAnswer), (status = 409)))]
#[post("/api/whm/approvals/{id}/reject")]
pub async fn reject(
    staff: Fresh<can::DecideApprovals>,
    id: web::Path<ApprovalId>,
    _body: Body,
) -> ApiResult<HttpResponse> {
    decide(&staff, &id, Decision::Reject).await
}
