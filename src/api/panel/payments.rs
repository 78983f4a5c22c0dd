//! `/api/panel/payments`: attempts to pay, and their shape wherever they appear.
use crate::{
    api::{
        ApiResult,
        extract::{IdempotencyKey, Upload},
        idempotent::{self, Answer, Told},
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        payments::{
            PaymentError,
            attempt::{self, Choice, Entered},
            transfer::{self, NewProof},
        },
    },
    kernel::{page::Page, permission::may},
};
use actix_web::{HttpResponse, get, post, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use entity::{
    payments::payment,
    value::{CustomerId, PaymentId, PaymentStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How somebody wants to pay.
#[derive(Deserialize, ToSchema)]
pub struct ChoiceIn {
    /// `midtrans`, `tripay`, `xendit`, `transfer` (to our own bank account, confirmed by staff), or `wallet`.
    #[schema(example = "midtrans")]
    gateway: String,
    /// `bank_transfer`, `echannel`, `qris`, `cstore`, `credit_card`, the name of an e-wallet (`gopay`, `dana`, `ovo`,
    /// `shopeepay`, `linkaja`, `astrapay`) or of a lender (`akulaku`, `kredivo`), as far as the gateway offers it.
    #[serde(default)]
    #[schema(example = "bank_transfer")]
    method: Option<String>,
    /// For `bank_transfer`: bca, bni, bri, cimb, permata and what else the gateway offers; none for `transfer`.
    #[serde(default)]
    #[schema(example = "bca")]
    bank: Option<String>,
    /// For `cstore`: alfamart, indomaret or alfamidi.
    #[serde(default)]
    #[schema(example = "alfamart")]
    store: Option<String>,
    /// For `ovo`: the telephone number the payer has there; the request appears on that phone.
    #[serde(default)]
    #[schema(example = "081234567890")]
    phone: Option<String>,
    /// For `credit_card` at a gateway whose script reads the card: its token.
    #[serde(default)]
    token_id: Option<String>,
}

impl From<ChoiceIn> for Choice {
    fn from(input: ChoiceIn) -> Self {
        let method = input.method.unwrap_or_default();
        let option = if method == "cstore" { input.store } else { input.bank };
        let entered = Entered { phone: input.phone, card_token: input.token_id };
        Self { gateway: input.gateway, method, option, entered }
    }
}

/// An attempt to pay.
#[derive(Serialize, ToSchema)]
pub struct PaymentOut {
    id: String,
    customer_id: String,
    invoice_id: Option<String>,
    gateway: String,
    method: String,
    status: &'static str,
    reference: String,
    amount: i64,
    received: i64,
    refunded: i64,
    currency: String,
    expires_at: DateTime<Utc>,
    settled_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    /// What the payer has to do.
    #[schema(value_type = Object)]
    instructions: serde_json::Value,
}

impl From<payment::Model> for PaymentOut {
    fn from(row: payment::Model) -> Self {
        // An attempt the gateway has not answered yet is pending for everybody outside.
        let status = if row.status == PaymentStatus::Created { PaymentStatus::Pending } else { row.status };
        Self {
            id: row.id.0,
            customer_id: row.customer_id.0,
            invoice_id: row.invoice_id.map(|id| id.0),
            gateway: row.gateway,
            method: row.method,
            status: status.as_str(),
            reference: row.reference,
            amount: row.amount_minor,
            received: row.received_minor,
            refunded: row.refunded_minor,
            currency: row.currency,
            expires_at: row.expires_at,
            settled_at: row.settled_at,
            created_at: row.created_at,
            instructions: row.instructions,
        }
    }
}

/// A page of attempts.
#[derive(Serialize, ToSchema)]
pub struct PaymentList {
    data: Vec<PaymentOut>,
    next_cursor: Option<String>,
}

impl PaymentList {
    /// A page of attempts.
    pub fn of(page: Page<PaymentOut>) -> Self {
        Self { data: page.rows, next_cursor: page.next_cursor }
    }
}

/// An attempt as the answer to starting or ending it.
#[derive(Serialize, ToSchema)]
pub struct PaymentAnswer {
    /// The attempt.
    pub payment: PaymentOut,
}

/// The answer to whoever started an attempt. One that failed came to nothing: the same request may try anew.
pub async fn started(ctx: &Ctx, customer_id: &CustomerId, id: &str) -> Told {
    let row = attempt::get_for(&ctx.db, customer_id, &PaymentId::from(id)).await?;
    match row.status {
        PaymentStatus::Failed => Ok(None),
        _ => Answer::created(&PaymentAnswer { payment: row.into() }),
    }
}

/// One attempt.
#[utoipa::path(tag = "payments", responses((status = 200, body = PaymentOut), (status = 404, body = Problem)))]
#[get("/api/panel/payments/{id}")]
pub async fn show_payment(me: Member<may::Read>, id: web::Path<PaymentId>) -> ApiResult<HttpResponse> {
    let row = attempt::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(HttpResponse::Ok().json(PaymentOut::from(row)))
}

/// Gives up an attempt that is not paid. Money that comes all the same pays the invoice while it is open, and goes to
/// the wallet otherwise.
#[utoipa::path(tag = "payments", responses((status = 202, body = PaymentAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/payments/{id}/cancel")]
pub async fn cancel_payment(me: Member<may::Pay>, id: web::Path<PaymentId>) -> ApiResult<HttpResponse> {
    let row = attempt::request_cancel(&me.ctx, &me.customer_id, &id).await?;
    Ok(HttpResponse::Accepted().json(PaymentAnswer { payment: row.into() }))
}

/// Asks the gateway now whether an attempt was paid, for somebody who has just paid it.
///
/// It is asked every few seconds at most; in between, and where it does not answer, the attempt is told as it stands.
#[utoipa::path(tag = "payments", responses((status = 200, body = PaymentAnswer), (status = 404, body = Problem)))]
#[post("/api/panel/payments/{id}/check")]
pub async fn check_payment(me: Member<may::Pay>, id: web::Path<PaymentId>) -> ApiResult<HttpResponse> {
    let row = attempt::check_now(&me.ctx, &me.customer_id, &id).await?;
    Ok(HttpResponse::Ok().json(PaymentAnswer { payment: row.into() }))
}

#[derive(Deserialize, ToSchema)]
struct ProofIn {
    /// A picture (PNG, JPEG, WebP) or PDF of at most 5 MiB, in base64.
    file: String,
    /// What staff should know, for example from whose account the money came.
    #[serde(default)]
    note: Option<String>,
}

/// Shows that a bank transfer was made.
///
/// The payment is then `review` until staff have compared it with the bank statement. The body may be 7 MiB.
#[utoipa::path(tag = "payments", request_body = ProofIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = PaymentAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/payments/{id}/proof")]
pub async fn send_proof(
    me: Member<may::Pay>,
    id: web::Path<PaymentId>,
    key: IdempotencyKey,
    body: Upload,
) -> ApiResult<HttpResponse> {
    attempt::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: ProofIn = body.0.parse()?;
        let file = STANDARD.decode(input.file.trim()).map_err(|_| PaymentError::ProofTypeNotTaken)?;
        let proof = NewProof { body: file, note: input.note.unwrap_or_default() };
        Ok(transfer::send_proof(ctx, &me.customer_id, &id, proof).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = attempt::get_for(&me.ctx.db, &me.customer_id, &PaymentId::from(id)).await?;
        Answer::ok(&PaymentAnswer { payment: row.into() })
    };
    idempotent::run(&me.ctx, &key, body.0.bytes(), work, tell).await
}
