//! `/api/panel/withholdings`: income tax that the customer withholds of what he pays, and the proofs of it.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery, Upload},
        idempotent::{self, Answer},
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        billing::{invoice, withholding as declared},
        payments::{
            PaymentError,
            withheld::{self, NewProof},
        },
    },
    kernel::{fault::CommonFault, permission::may},
};
use actix_web::{HttpResponse, get, post, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    billing::withholding,
    value::{CustomerId, InvoiceId, WithholdingId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the customer withholds of an invoice.
#[derive(Serialize, ToSchema)]
struct WithheldOut {
    id: String,
    invoice_id: String,
    /// `outstanding` (its proof is awaited), `received`, `withdrawn` or `reverted`.
    status: &'static str,
    /// Net it is reckoned of, minor units.
    base: i64,
    /// Withheld, minor units.
    amount: i64,
    currency: String,
    /// Until when nobody is reminded of it.
    proof_due_at: DateTime<Utc>,
    proof_number: Option<String>,
    proof_date: Option<NaiveDate>,
    declared_at: DateTime<Utc>,
    received_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
}

impl From<withholding::Model> for WithheldOut {
    fn from(row: withholding::Model) -> Self {
        Self {
            id: row.id.0,
            invoice_id: row.invoice_id.0,
            status: row.status.as_str(),
            base: row.base_minor,
            amount: row.amount_minor,
            currency: row.currency,
            proof_due_at: row.proof_due_at,
            proof_number: row.proof_number,
            proof_date: row.proof_date,
            declared_at: row.declared_at,
            received_at: row.received_at,
            closed_at: row.closed_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct WithheldList {
    data: Vec<WithheldOut>,
    next_cursor: Option<String>,
}

/// Tax that the account withholds, newest first.
#[utoipa::path(tag = "payments", params(PageQuery), responses((status = 200, body = WithheldList)))]
#[get("/api/panel/withholdings")]
pub async fn list_withheld(me: Member<may::Read>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let found = declared::list(&me.ctx, None, Some(&me.customer_id), &page.request()?).await;
    let page = found.map_err(CommonFault::from)?.map(WithheldOut::from);
    Ok(HttpResponse::Ok().json(WithheldList { data: page.rows, next_cursor: page.next_cursor }))
}

/// What may be withheld of an invoice, minor units.
#[derive(Serialize, ToSchema)]
struct WithheldOffer {
    base: i64,
    amount: i64,
}

#[derive(Serialize, ToSchema)]
struct WithheldOfInvoice {
    /// What may be declared; null: nothing, or something is declared already.
    offered: Option<WithheldOffer>,
    /// What waits for its proof or has it; null: nothing.
    declared: Option<WithheldOut>,
}

/// What is withheld of an invoice, or may be.
#[utoipa::path(tag = "payments", responses((status = 200, body = WithheldOfInvoice), (status = 404, body = Problem)))]
#[get("/api/panel/invoices/{id}/withholding")]
pub async fn show_withheld(me: Member<may::Read>, id: web::Path<InvoiceId>) -> ApiResult<HttpResponse> {
    let bill = invoice::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let live = declared::live_of(&me.ctx.db, &id).await.map_err(CommonFault::from)?;
    let offered = match live {
        Some(_) => None,
        None => withheld::offered(&me.ctx, &bill).await?,
    };
    let offered = offered.map(|(base, amount)| WithheldOffer { base, amount });
    Ok(HttpResponse::Ok().json(WithheldOfInvoice { offered, declared: live.map(WithheldOut::from) }))
}

async fn told(ctx: &Ctx, customer_id: &CustomerId, id: &str) -> idempotent::Told {
    Answer::ok(&WithheldOut::from(declared::get_for(&ctx.db, customer_id, &WithholdingId::from(id)).await?))
}

/// Declares that tax is withheld of an invoice: it is asked for without it until the proof comes.
///
/// An attempt to pay another amount is cancelled. One that waits for its proof already is answered as it is.
#[utoipa::path(tag = "payments", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = WithheldOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/invoices/{id}/withholding")]
pub async fn declare_withheld(
    me: Member<may::Pay>,
    id: web::Path<InvoiceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    invoice::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let work = async |ctx: &Ctx| Ok(withheld::declare(ctx, &id).await?.id.0);
    let tell = async |id: &str| told(&me.ctx, &me.customer_id, id).await;
    idempotent::run(&me.ctx, &key, body.bytes(), work, tell).await
}

/// Takes the declaration back: the whole rest of the invoice is asked for again. Twice is once.
#[utoipa::path(tag = "payments", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = WithheldOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/panel/withholdings/{id}/withdraw")]
pub async fn withdraw_withheld(
    me: Member<may::Pay>,
    id: web::Path<WithholdingId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    declared::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let work = async |ctx: &Ctx| Ok(withheld::withdraw(ctx, &id).await?.id.0);
    let tell = async |id: &str| told(&me.ctx, &me.customer_id, id).await;
    idempotent::run(&me.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct WithheldProofOfCustomer {
    /// Number of the proof (*bukti potong*).
    number: String,
    /// The day it bears.
    date: NaiveDate,
    /// The document: a picture (PNG, JPEG, WebP) or PDF of at most 5 MiB, in base64.
    file: String,
}

/// Sends the proof of what was withheld: it pays that part of the invoice, without money.
///
/// The same proof again changes nothing. The body may be 7 MiB.
#[utoipa::path(tag = "payments", request_body = WithheldProofOfCustomer, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = WithheldOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/panel/withholdings/{id}/prove")]
pub async fn prove_withheld(
    me: Member<may::Pay>,
    id: web::Path<WithholdingId>,
    key: IdempotencyKey,
    body: Upload,
) -> ApiResult<HttpResponse> {
    declared::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: WithheldProofOfCustomer = body.0.parse()?;
        let file = STANDARD.decode(input.file.trim()).map_err(|_| PaymentError::ProofTypeNotTaken)?;
        if file.is_empty() {
            return Err(PaymentError::ProofMissing.into());
        }
        let proof = NewProof { number: input.number, date: Some(input.date), amount_minor: None, file: Some(file) };
        Ok(withheld::prove(ctx, &id, proof).await?.id.0)
    };
    let tell = async |id: &str| told(&me.ctx, &me.customer_id, id).await;
    idempotent::run(&me.ctx, &key, body.0.bytes(), work, tell).await
}
