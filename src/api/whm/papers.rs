//! Papers and files of all customers: what was issued, and what they sent in as proof.
use crate::{
    api::{ApiResult, extract::PageQuery, files, panel::invoices::CreditedList, principal::Staff, problem::Problem},
    domain::{
        billing::{credit_note, invoice, withholding as declared},
        documents::{self, ReceiptFilter},
        ordering::quote::{self, find as quotes},
        payments::{attempt, transfer, withheld},
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::value::{CreditNoteId, CustomerId, InvoiceId, PaymentId, PaymentProofId, QuoteId, WithholdingId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which receipts.
#[derive(Deserialize, IntoParams)]
pub struct ReceiptQuery {
    /// The one of this number, or those of the invoice of this number.
    number: Option<String>,
    /// Only of one customer.
    customer_id: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

/// A receipt (*kuitansi*) of a payment of an invoice.
#[derive(Serialize, ToSchema)]
struct ReceiptOut {
    payment_id: String,
    number: String,
    customer_id: String,
    invoice_id: Option<String>,
    invoice_number: Option<String>,
    gateway: String,
    method: String,
    /// What of the payment went to the invoice, minor units.
    amount: i64,
    currency: String,
    settled_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
struct ReceiptList {
    data: Vec<ReceiptOut>,
    next_cursor: Option<String>,
}

/// Receipts, newest first.
#[utoipa::path(tag = "whm-money", params(ReceiptQuery), responses((status = 200, body = ReceiptList), (status = 403, body = Problem)))]
#[get("/api/whm/receipts")]
pub async fn list_receipts(
    staff: Staff<can::ReadPayments>,
    query: web::Query<ReceiptQuery>,
) -> ApiResult<HttpResponse> {
    let ReceiptQuery { number, customer_id, cursor, limit } = query.into_inner();
    let filter = ReceiptFilter { number, customer_id: customer_id.map(CustomerId) };
    let request = PageQuery { cursor, limit }.request()?;
    let page = documents::receipts(&staff.ctx, &filter, &request).await.map_err(CommonFault::from)?;
    let bills = page.rows.iter().filter_map(|row| row.invoice_id.clone()).collect();
    let bills = invoice::bills(&staff.ctx.db, bills).await.map_err(CommonFault::from)?;
    let page = page.map(|row| ReceiptOut {
        invoice_number: row.invoice_id.as_ref().and_then(|id| bills.get(id)?.number.clone()),
        payment_id: row.id.0,
        number: row.reference,
        customer_id: row.customer_id.0,
        invoice_id: row.invoice_id.map(|id| id.0),
        gateway: row.gateway,
        method: row.method,
        amount: row.applied_minor,
        currency: row.currency,
        settled_at: row.settled_at,
    });
    Ok(HttpResponse::Ok().json(ReceiptList { data: page.rows, next_cursor: page.next_cursor }))
}

/// The receipt of a payment of an invoice as PDF.
#[utoipa::path(tag = "whm-money", responses((status = 200, content_type = "application/pdf", body = String), (status = 404, body = Problem)))]
#[get("/api/whm/payments/{id}/receipt")]
pub async fn show_any_receipt(staff: Staff<can::ReadPayments>, id: web::Path<PaymentId>) -> ApiResult<HttpResponse> {
    let payment = attempt::get(&staff.ctx.db, &id).await?;
    Ok(files::pdf(documents::receipt_pdf(&staff.ctx, payment).await?))
}

/// A proof of a bank transfer as it was sent in. Its type is told by the transfer.
#[utoipa::path(tag = "whm-money", responses((status = 200, content_type = "application/octet-stream", body = String), (status = 404, body = Problem)))]
#[get("/api/whm/payments/{id}/proofs/{proof}")]
pub async fn show_transfer_proof(
    staff: Staff<can::ReadPayments>,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let (id, proof) = path.into_inner();
    let (_, file) = transfer::get_proof(&staff.ctx, &PaymentId(id), &PaymentProofId(proof)).await?;
    Ok(files::foreign(file))
}

/// An invoice that was issued as PDF.
#[utoipa::path(tag = "whm-money", responses((status = 200, content_type = "application/pdf", body = String), (status = 404, body = Problem)))]
#[get("/api/whm/invoices/{id}/pdf")]
pub async fn show_any_invoice_pdf(
    staff: Staff<can::ReadInvoices>,
    id: web::Path<InvoiceId>,
) -> ApiResult<HttpResponse> {
    Ok(files::pdf(documents::invoice_pdf(&staff.ctx, &id).await?))
}

/// The credit notes of an invoice, oldest first.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = CreditedList), (status = 404, body = Problem)))]
#[get("/api/whm/invoices/{id}/credit-notes")]
pub async fn list_any_credit_notes(
    staff: Staff<can::ReadInvoices>,
    id: web::Path<InvoiceId>,
) -> ApiResult<HttpResponse> {
    invoice::get(&staff.ctx.db, &id).await?;
    let notes = credit_note::list_of(&staff.ctx.db, &id).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(CreditedList::of(notes)))
}

/// A credit note of an invoice as PDF.
#[utoipa::path(tag = "whm-money", responses((status = 200, content_type = "application/pdf", body = String), (status = 404, body = Problem)))]
#[get("/api/whm/invoices/{id}/credit-notes/{note}/pdf")]
pub async fn show_any_credit_note(
    staff: Staff<can::ReadInvoices>,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let (id, note) = path.into_inner();
    Ok(files::pdf(documents::credit_note_pdf(&staff.ctx, &InvoiceId(id), &CreditNoteId(note)).await?))
}

/// The proof of withheld tax as it was sent in.
#[utoipa::path(tag = "whm-money", responses((status = 200, content_type = "application/octet-stream", body = String), (status = 404, body = Problem)))]
#[get("/api/whm/withholdings/{id}/file")]
pub async fn show_withholding_file(
    staff: Staff<can::ReadInvoices>,
    id: web::Path<WithholdingId>,
) -> ApiResult<HttpResponse> {
    let row = declared::get(&staff.ctx.db, &id).await?;
    Ok(files::foreign(withheld::file_of(&staff.ctx, &row).await?))
}

/// A quote that was sent, on paper.
#[utoipa::path(tag = "whm-operations", responses((status = 200, content_type = "application/pdf", body = String), (status = 404, body = Problem)))]
#[get("/api/whm/quotes/{id}/pdf")]
pub async fn show_any_quote_pdf(staff: Staff<can::ReadQuotes>, id: web::Path<QuoteId>) -> ApiResult<HttpResponse> {
    let full = quotes::get_full(&staff.ctx.db, &id).await?;
    if full.quote.sent_at.is_none() {
        return Err(CommonFault::NotFound.into());
    }
    Ok(files::pdf(quote::pdf(&staff.ctx, &full).await?))
}
