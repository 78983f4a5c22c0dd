//! `/api/whm/transfers`: bank transfers that people confirm.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery, named},
        idempotent::{self, Answer},
        panel::payments::{PaymentAnswer, PaymentOut},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        payments::{
            attempt,
            transfer::{self, Approval, Filter, Stage, TransferView},
        },
    },
    kernel::permission::can,
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{payments::proof, value::PaymentId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which transfers.
#[derive(Deserialize, IntoParams)]
pub struct TransferQuery {
    /// `check` (a proof waits to be looked at), `waiting` or `ended`; all where nobody says.
    stage: Option<String>,
    /// Exactly so much was asked for, minor units.
    amount: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

#[derive(Serialize, ToSchema)]
struct TransferOut {
    payment: PaymentOut,
    /// Number of the invoice it pays.
    invoice_number: Option<String>,
    /// So much of the amount tells it from others, minor units.
    unique_code: i64,
    proofs: Vec<ProofOut>,
}

#[derive(Serialize, ToSchema)]
struct ProofOut {
    id: String,
    content_type: String,
    size_bytes: i64,
    note: Option<String>,
    sent_at: DateTime<Utc>,
    rejected_at: Option<DateTime<Utc>>,
    /// Why it was refused.
    reason: Option<String>,
}

impl From<proof::Model> for ProofOut {
    fn from(row: proof::Model) -> Self {
        Self {
            id: row.id.0,
            content_type: row.content_type,
            size_bytes: row.size_bytes,
            note: row.note,
            sent_at: row.sent_at,
            rejected_at: row.rejected_at,
            reason: row.reason,
        }
    }
}

impl From<TransferView> for TransferOut {
    fn from(view: TransferView) -> Self {
        Self {
            unique_code: transfer::unique_code(&view.payment),
            payment: view.payment.into(),
            invoice_number: view.invoice_number,
            proofs: view.proofs.into_iter().map(ProofOut::from).collect(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct TransferList {
    data: Vec<TransferOut>,
    next_cursor: Option<String>,
}

/// Bank transfers, newest first, with their proofs.
#[utoipa::path(tag = "whm-money", params(TransferQuery), responses((status = 200, body = TransferList), (status = 403, body = Problem)))]
#[get("/api/whm/transfers")]
pub async fn list_transfers(
    staff: Staff<can::ReadPayments>,
    query: web::Query<TransferQuery>,
) -> ApiResult<HttpResponse> {
    let TransferQuery { stage, amount, cursor, limit } = query.into_inner();
    let stage = named("stage", stage.as_deref(), Stage::parse)?;
    let filter = Filter { stage, amount_minor: amount };
    let page = transfer::list(&staff.ctx, &filter, &PageQuery { cursor, limit }.request()?).await?;
    let page = page.map(TransferOut::from);
    Ok(HttpResponse::Ok().json(TransferList { data: page.rows, next_cursor: page.next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct ApproveIn {
    /// What the bank statement shows, minor units. What the invoice does not take goes to the wallet.
    amount: i64,
    /// On which day it came.
    received_on: NaiveDate,
}

/// Says that the money of a bank transfer came.
///
/// The same approval again counts once. Late money is taken as well.
#[utoipa::path(tag = "whm-money", request_body = ApproveIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = PaymentAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/payments/{id}/approve")]
pub async fn approve_transfer(
    staff: Fresh<can::ConfirmTransfers>,
    id: web::Path<PaymentId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    attempt::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: ApproveIn = body.parse()?;
        let seen = Approval { received_minor: input.amount, received_on: input.received_on };
        Ok(transfer::approve(ctx, &id, seen).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = attempt::get(&staff.ctx.db, &PaymentId::from(id)).await?;
        Answer::ok(&PaymentAnswer { payment: row.into() })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct RejectIn {
    /// Why; the customer reads it.
    reason: String,
}

/// Says that the proofs of a bank transfer show no money that came.
///
/// The payment waits again while its time is not over, and fails otherwise.
#[utoipa::path(tag = "whm-money", request_body = RejectIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = PaymentAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/payments/{id}/reject")]
pub async fn reject_transfer(
    staff: Fresh<can::ConfirmTransfers>,
    id: web::Path<PaymentId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    attempt::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: RejectIn = body.parse()?;
        Ok(transfer::reject(ctx, &id, &input.reason).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = attempt::get(&staff.ctx.db, &PaymentId::from(id)).await?;
        Answer::ok(&PaymentAnswer { payment: row.into() })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}
