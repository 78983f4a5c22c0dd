//! Invoices: the list with its filters, each one with its payments, and the file.
mod together;
pub mod view;

use super::page_of;
use crate::{
    domain::{
        billing::{credit_note, invoice},
        documents::{self, PdfFile},
        payments::attempt,
        subscriptions::late_fee,
    },
    kernel::{fault::CommonFault, permission::may},
    web::{WebError, principal::Member, respond},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Path, Query, ServiceConfig},
};
use entity::value::{CreditNoteId, InvoiceId, InvoiceStatus, PaymentId};
use serde::Deserialize;
use view::{IndexPage, InvoiceCard, Lateness, ShowPage};

/// Invoices on a page.
const LIMIT: u64 = 25;

/// The addresses of invoices.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/panel/invoices", web::get().to(index))
        // Before the invoice of this name, which nobody has.
        .route("/panel/invoices/pay-together", web::get().to(together::choose))
        .route("/panel/invoices/pay-together", web::post().to(together::pay))
        .route("/panel/invoices/{id}", web::get().to(show))
        .route("/panel/invoices/{id}/pdf", web::get().to(pdf))
        .route("/panel/invoices/{id}/receipts/{payment}", web::get().to(receipt))
        .route("/panel/invoices/{id}/credit-notes/{note}", web::get().to(note));
}

/// Which invoices.
#[derive(Debug, Default, Deserialize)]
pub struct InvoicesQuery {
    status: Option<String>,
    cursor: Option<String>,
}

async fn index(member: Member<may::Read>, query: Query<InvoicesQuery>) -> Result<HttpResponse, WebError> {
    let ctx = &member.ctx;
    let wanted = query.status.as_deref().unwrap_or_default();
    let filter = invoice::Filter {
        customer_id: Some(member.customer_id.clone()),
        status: match wanted {
            "open" => Some(InvoiceStatus::Issued),
            "paid" => Some(InvoiceStatus::Paid),
            "void" => Some(InvoiceStatus::Void),
            _ => None,
        },
        is_overdue: wanted == "overdue",
        number: None,
        with_drafts: false,
    };
    let page = invoice::list(ctx, &filter, &page_of(query.cursor.as_deref(), LIMIT)?).await?;
    let owed = invoice::owed_by(&ctx.db, &member.customer_id).await.map_err(CommonFault::from)?;
    respond::page(&IndexPage::build(member.frame(), page, &owed, wanted, member.may::<may::Pay>()))
}

async fn show(member: Member<may::Read>, id: Path<InvoiceId>) -> Result<HttpResponse, WebError> {
    let ctx = &member.ctx;
    let row = invoice::get_for(&ctx.db, &member.customer_id, &id).await?;
    let full = invoice::find_full(&ctx.db, row).await?;
    let payments = attempt::of_invoice(&ctx.db, &id).await.map_err(CommonFault::from)?;
    let notes = credit_note::list_of(&ctx.db, &id).await.map_err(CommonFault::from)?;
    let late = late_fee::facts(ctx, &full.invoice).await?;
    let frame = member.frame();
    let late = Lateness::build(&frame, &full.invoice, &late);
    let invoice = InvoiceCard::build(&frame, &full, &payments, &notes, member.may::<may::Pay>());
    respond::page(&ShowPage { frame, invoice, late })
}

/// `GET /panel/invoices/{id}/pdf`: the document as issued; unchanged ones are not sent twice.
async fn pdf(member: Member<may::Read>, id: Path<InvoiceId>, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let row = invoice::get_for(&member.ctx.db, &member.customer_id, &id).await?;
    if row.number.is_none() {
        return Err(CommonFault::NotFound.into());
    }
    let file = documents::invoice_pdf(&member.ctx, &id).await?;
    Ok(sent(&request, file))
}

/// `GET /panel/invoices/{id}/receipts/{payment}`: the receipt of a payment of it.
async fn receipt(
    member: Member<may::Read>,
    path: Path<(InvoiceId, PaymentId)>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    let (id, payment_id) = path.into_inner();
    let payment = attempt::get_for(&member.ctx.db, &member.customer_id, &payment_id).await?;
    if payment.invoice_id.as_ref() != Some(&id) {
        return Err(CommonFault::NotFound.into());
    }
    Ok(sent(&request, documents::receipt_pdf(&member.ctx, payment).await?))
}

/// `GET /panel/invoices/{id}/credit-notes/{note}`: a credit note of it.
async fn note(
    member: Member<may::Read>,
    path: Path<(InvoiceId, CreditNoteId)>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    let (id, note) = path.into_inner();
    invoice::get_for(&member.ctx.db, &member.customer_id, &id).await?;
    Ok(sent(&request, documents::credit_note_pdf(&member.ctx, &id, &note).await?))
}

/// A document; one the browser has already is not sent twice.
fn sent(request: &HttpRequest, file: PdfFile) -> HttpResponse {
    let tag = format!("\"{}\"", file.sha256);
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|sent| sent.as_bytes() == tag.as_bytes());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag)).insert_header((header::CACHE_CONTROL, "private, no-cache"));
    if known {
        return response.finish();
    }
    response
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", safe_name(&file.name))))
        .body(file.body)
}

/// A file name without marks that mean something in the header.
fn safe_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' }).collect()
}
