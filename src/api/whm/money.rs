//! `/api/whm/invoices` and `/api/whm/payments`.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        panel::{
            invoices::{InvoiceList, InvoiceOut},
            payments::{PaymentList, PaymentOut},
        },
        principal::Staff,
        problem::Problem,
    },
    domain::{
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice::{self, Filter},
        },
        payments::{
            attempt,
            refund::{self, Destination, NewRefund},
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
        token,
    },
};
use actix_web::{HttpResponse, get, post, web};
use entity::value::{InvoiceId, PaymentId};
use serde::Deserialize;
use utoipa::ToSchema;

/// Invoices, newest first.
#[utoipa::path(tag = "whm", params(PageQuery), responses((status = 200, body = InvoiceList), (status = 403, body = Problem)))]
#[get("/api/whm/invoices")]
pub async fn list_all_invoices(
    staff: Staff<can::ReadInvoices>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let page = invoice::list(&staff.ctx, &Filter::default(), &page.request()?).await?;
    let now = staff.ctx.now();
    let page = page.map(|row| InvoiceOut::of(row, Vec::new(), Vec::new(), now));
    Ok(HttpResponse::Ok().json(InvoiceList::of(page)))
}

/// One invoice.
#[utoipa::path(tag = "whm", responses((status = 200, body = InvoiceOut), (status = 404, body = Problem)))]
#[get("/api/whm/invoices/{id}")]
pub async fn show_any_invoice(staff: Staff<can::ReadInvoices>, id: web::Path<InvoiceId>) -> ApiResult<HttpResponse> {
    answer(&staff.ctx, &id).await
}

async fn answer(ctx: &crate::domain::Ctx, id: &InvoiceId) -> ApiResult<HttpResponse> {
    let full = invoice::get_full(&ctx.db, id).await?;
    let payments = attempt::of_invoice(&ctx.db, id).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(InvoiceOut::of(full.invoice, full.items, payments, ctx.now())))
}

#[derive(Deserialize, ToSchema)]
struct ReasonIn {
    reason: String,
}

/// Voids an invoice on which nothing was paid.
#[utoipa::path(tag = "whm", request_body = ReasonIn, responses((status = 200, body = InvoiceOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/invoices/{id}/void")]
pub async fn void_invoice(
    staff: Staff<can::VoidInvoices>,
    id: web::Path<InvoiceId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    invoice::get(&staff.ctx.db, &id).await?;
    invoice::void_now(&staff.ctx, &id, &body.parse::<ReasonIn>()?.reason).await?;
    answer(&staff.ctx, &id).await
}

#[derive(Deserialize, ToSchema)]
struct CreditIn {
    /// Gross, minor units; left out: everything that is left.
    #[serde(default)]
    amount: Option<i64>,
    reason: String,
}

/// Takes back part or all of what is still open of an invoice. Money that came goes back by a refund of its payment.
#[utoipa::path(tag = "whm", request_body = CreditIn, responses((status = 201), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/invoices/{id}/credit-notes")]
pub async fn credit_invoice(
    staff: Staff<can::CreditInvoices>,
    id: web::Path<InvoiceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let ctx = &staff.ctx;
    invoice::get(&ctx.db, &id).await?;
    let input: CreditIn = body.parse()?;
    let key = format!("staff:{id}:{}", key.0.unwrap_or_else(token::random));
    let new = NewCreditNote {
        invoice_id: &id,
        credit: input.amount.map_or(Credit::Rest, Credit::Gross),
        against: Against::Open,
        reason: &input.reason,
        key: &key,
    };
    let note = credit_note::issue_now(ctx, new).await?.note;
    Ok(HttpResponse::Created().json(serde_json::json!({
        "credit_note": {
            "id": note.id, "number": note.number, "invoice_id": note.invoice_id, "subtotal": note.subtotal_minor,
            "tax": note.tax_minor, "total": note.total_minor, "currency": note.currency, "issued_at": note.issued_at,
        }
    })))
}

/// Payments, newest first.
#[utoipa::path(tag = "whm", params(PageQuery), responses((status = 200, body = PaymentList), (status = 403, body = Problem)))]
#[get("/api/whm/payments")]
pub async fn list_all_payments(
    staff: Staff<can::ReadPayments>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let page = attempt::list(&staff.ctx, &attempt::Filter::default(), &page.request()?).await?;
    Ok(HttpResponse::Ok().json(PaymentList::of(page.map(PaymentOut::from))))
}

/// One payment.
#[utoipa::path(tag = "whm", responses((status = 200, body = PaymentOut), (status = 404, body = Problem)))]
#[get("/api/whm/payments/{id}")]
pub async fn show_any_payment(staff: Staff<can::ReadPayments>, id: web::Path<PaymentId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(PaymentOut::from(attempt::get(&staff.ctx.db, &id).await?)))
}

#[derive(Deserialize, ToSchema)]
struct RefundIn {
    /// Minor units.
    amount: i64,
    reason: String,
    /// `gateway`, `wallet` or `bank`.
    to: String,
}

/// Gives money back, with its credit note. The same `Idempotency-Key` gives it back once.
#[utoipa::path(tag = "whm", request_body = RefundIn, responses((status = 202), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/payments/{id}/refund")]
pub async fn refund_payment(
    staff: Staff<can::RefundPayments>,
    id: web::Path<PaymentId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    attempt::get(&staff.ctx.db, &id).await?;
    staff.require_fresh().await?;
    let input: RefundIn = body.parse()?;
    let destination =
        Destination::parse(&input.to).ok_or_else(|| CommonFault::Invalid(vec![FieldFault::new("to", "unknown")]))?;
    let key = format!("{id}:{}", key.0.unwrap_or_else(token::random));
    let key: String = token::sha256_hex(key).chars().take(60).collect();
    let new = NewRefund { payment_id: &id, amount_minor: input.amount, destination, reason: &input.reason, key: &key };
    let row = refund::refund(&staff.ctx, new).await?;
    Ok(HttpResponse::Accepted().json(serde_json::json!({
        "refund": {
            "id": row.id, "status": row.status.as_str(), "amount": row.amount_minor, "currency": row.currency,
            "to": row.destination,
        }
    })))
}
