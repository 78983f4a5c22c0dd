//! `/api/panel/invoices`: documents and paying them.
use super::payments::{ChoiceIn, PaymentAnswer, PaymentOut, started};
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery, named},
        files,
        idempotent::{self, Answer, Told},
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        billing::{
            credit_note,
            invoice::{self, Bill, Filter, display_status},
        },
        documents,
        payments::attempt::{self, together},
    },
    kernel::{fault::CommonFault, page::Page, permission::may},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    billing::{credit_note as note_row, invoice_item},
    payments::payment,
    value::{CreditNoteId, CustomerId, InvoiceId, InvoiceStatus, PaymentBundleId, PaymentId, PaymentStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An invoice.
#[derive(Serialize, ToSchema)]
pub struct InvoiceOut {
    id: String,
    number: Option<String>,
    customer_id: String,
    kind: &'static str,
    /// As people see it: void, refunded, partially_refunded, paid, overdue, partially_paid, issued or draft.
    status: &'static str,
    /// Net.
    subtotal: i64,
    discount: i64,
    tax: i64,
    /// Tax that the buyer pays to the state himself: no part of `total`.
    collected_tax: i64,
    total: i64,
    paid: i64,
    credited: i64,
    /// Not asked for any more.
    written_off: i64,
    currency: String,
    issued_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    paid_at: Option<DateTime<Utc>>,
    items: Vec<ItemOut>,
    payments: Vec<PaymentOut>,
}

#[derive(Serialize, ToSchema)]
struct ItemOut {
    description: String,
    quantity: i64,
    unit_price: i64,
    discount: i64,
    net: i64,
    tax: i64,
    /// Tax that the buyer pays to the state himself.
    collected_tax: i64,
    subscription_id: Option<String>,
    period_start: Option<NaiveDate>,
    period_end: Option<NaiveDate>,
}

#[derive(Serialize, ToSchema)]
pub struct InvoiceList {
    data: Vec<InvoiceOut>,
    next_cursor: Option<String>,
}

impl InvoiceList {
    /// A page of invoices with their lines and payments (two queries for all).
    pub async fn of(ctx: &Ctx, page: Page<Bill>) -> ApiResult<Self> {
        let ids: Vec<InvoiceId> = page.rows.iter().map(|row| row.id.clone()).collect();
        let mut items = invoice::items_of_all(&ctx.db, &ids).await.map_err(CommonFault::from)?;
        let mut payments = attempt::of_invoices(&ctx.db, &ids).await.map_err(CommonFault::from)?;
        let page = page.map(|row| {
            let own_items = items.extract_if(.., |item| item.invoice_id == row.id).collect();
            let is_own = |payment: &mut payment::Model| payment.invoice_id.as_ref() == Some(&row.id);
            let own_payments = payments.extract_if(.., is_own).collect();
            InvoiceOut::of(row, own_items, own_payments, ctx.now())
        });
        Ok(Self { data: page.rows, next_cursor: page.next_cursor })
    }
}

impl From<invoice_item::Model> for ItemOut {
    fn from(row: invoice_item::Model) -> Self {
        Self {
            description: row.description,
            quantity: row.quantity,
            unit_price: row.unit_minor,
            discount: row.discount_minor,
            net: row.net_minor,
            tax: row.tax_minor,
            collected_tax: row.collected_tax_minor,
            subscription_id: row.subscription_id,
            period_start: row.period_start,
            period_end: row.period_end,
        }
    }
}

impl InvoiceOut {
    /// The shape of an invoice at `now`.
    pub fn of(row: Bill, items: Vec<invoice_item::Model>, payments: Vec<payment::Model>, now: DateTime<Utc>) -> Self {
        Self {
            status: display_status(&row, now).as_str(),
            id: row.id.0,
            number: row.number,
            customer_id: row.customer_id.0,
            kind: row.kind.as_str(),
            subtotal: row.subtotal_minor,
            discount: row.discount_minor,
            tax: row.tax_minor,
            collected_tax: row.collected_tax_minor,
            total: row.total_minor,
            paid: row.paid_minor,
            credited: row.credited_minor,
            written_off: row.written_off_minor,
            currency: row.currency,
            issued_at: row.issued_at,
            due_at: row.due_at,
            paid_at: row.paid_at,
            items: items.into_iter().map(ItemOut::from).collect(),
            payments: payments.into_iter().map(PaymentOut::from).collect(),
        }
    }
}

/// Which invoices.
#[derive(Deserialize, IntoParams)]
pub struct OwnInvoiceQuery {
    /// `issued`, `overdue`, `paid`, `void` or `written_off`; all where nobody says.
    status: Option<String>,
}

/// The account's invoices, newest first, with lines and payments.
#[utoipa::path(tag = "payments", params(PageQuery, OwnInvoiceQuery), responses((status = 200, body = InvoiceList), (status = 422, body = Problem)))]
#[get("/api/panel/invoices")]
pub async fn list_invoices(
    me: Member<may::Read>,
    page: web::Query<PageQuery>,
    query: web::Query<OwnInvoiceQuery>,
) -> ApiResult<HttpResponse> {
    let is_overdue = query.status.as_deref() == Some("overdue");
    let status = if is_overdue { None } else { named("status", query.status.as_deref(), InvoiceStatus::parse)? };
    let filter =
        Filter { status, is_overdue, customer_id: Some(me.customer_id.clone()), number: None, with_drafts: false };
    let page = invoice::list(&me.ctx, &filter, &page.request()?).await?;
    Ok(HttpResponse::Ok().json(InvoiceList::of(&me.ctx, page).await?))
}

/// One invoice.
#[utoipa::path(tag = "payments", responses((status = 200, body = InvoiceOut), (status = 404, body = Problem)))]
#[get("/api/panel/invoices/{id}")]
pub async fn show_invoice(me: Member<may::Read>, id: web::Path<InvoiceId>) -> ApiResult<HttpResponse> {
    let row = invoice::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let items = invoice::items_of(&me.ctx.db, &id).await.map_err(CommonFault::from)?;
    let payments = attempt::of_invoice(&me.ctx.db, &id).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(InvoiceOut::of(row.into(), items, payments, me.ctx.now())))
}

/// The document as PDF.
#[utoipa::path(tag = "payments", responses((status = 200, content_type = "application/pdf", body = String), (status = 404, body = Problem)))]
#[get("/api/panel/invoices/{id}/pdf")]
pub async fn show_invoice_pdf(me: Member<may::Read>, id: web::Path<InvoiceId>) -> ApiResult<HttpResponse> {
    invoice::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(files::pdf(documents::invoice_pdf(&me.ctx, &id).await?))
}

/// The receipt of a payment of an invoice as PDF.
#[utoipa::path(tag = "payments", responses((status = 200, content_type = "application/pdf", body = String), (status = 404, body = Problem)))]
#[get("/api/panel/payments/{id}/receipt")]
pub async fn show_receipt(me: Member<may::Read>, id: web::Path<PaymentId>) -> ApiResult<HttpResponse> {
    let payment = attempt::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(files::pdf(documents::receipt_pdf(&me.ctx, payment).await?))
}

/// What a credit note took back of an invoice.
#[derive(Serialize, ToSchema)]
struct CreditedOut {
    id: String,
    number: String,
    reason: String,
    /// Net.
    subtotal: i64,
    tax: i64,
    total: i64,
    currency: String,
    issued_at: DateTime<Utc>,
}

/// The credit notes of an invoice.
#[derive(Serialize, ToSchema)]
pub struct CreditedList {
    data: Vec<CreditedOut>,
}

impl CreditedList {
    /// These credit notes.
    pub fn of(notes: Vec<note_row::Model>) -> Self {
        Self { data: notes.into_iter().map(CreditedOut::from).collect() }
    }
}

impl From<note_row::Model> for CreditedOut {
    fn from(row: note_row::Model) -> Self {
        Self {
            id: row.id.0,
            number: row.number,
            reason: row.reason,
            subtotal: row.subtotal_minor,
            tax: row.tax_minor,
            total: row.total_minor,
            currency: row.currency,
            issued_at: row.issued_at,
        }
    }
}

/// The credit notes of an invoice, oldest first.
#[utoipa::path(tag = "payments", responses((status = 200, body = CreditedList), (status = 404, body = Problem)))]
#[get("/api/panel/invoices/{id}/credit-notes")]
pub async fn list_credit_notes(me: Member<may::Read>, id: web::Path<InvoiceId>) -> ApiResult<HttpResponse> {
    invoice::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let notes = credit_note::list_of(&me.ctx.db, &id).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(CreditedList::of(notes)))
}

/// A credit note of an invoice as PDF.
#[utoipa::path(tag = "payments", responses((status = 200, content_type = "application/pdf", body = String), (status = 404, body = Problem)))]
#[get("/api/panel/invoices/{id}/credit-notes/{note}/pdf")]
pub async fn show_credit_note(me: Member<may::Read>, path: web::Path<(String, String)>) -> ApiResult<HttpResponse> {
    let (id, note) = path.into_inner();
    let (id, note) = (InvoiceId(id), CreditNoteId(note));
    invoice::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(files::pdf(documents::credit_note_pdf(&me.ctx, &id, &note).await?))
}

/// Starts a payment of an invoice.
///
/// From the wallet it settles at once; otherwise `instructions` say what the payer has to do.
#[utoipa::path(tag = "payments", request_body = ChoiceIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = PaymentAnswer), (status = 502, body = Problem)))]
#[post("/api/panel/invoices/{id}/payments")]
pub async fn start_payment(
    me: Member<may::Pay>,
    id: web::Path<InvoiceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    // Somebody else's invoice is missing, whatever the body says.
    invoice::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let work = async |ctx: &Ctx| {
        let choice = body.parse::<ChoiceIn>()?.into();
        Ok(attempt::start(ctx, &me.customer_id, &id, &choice).await?.id.0)
    };
    idempotent::run(&me.ctx, &key, body.bytes(), work, async |id| started(&me.ctx, &me.customer_id, id).await).await
}

#[derive(Deserialize, ToSchema)]
struct TogetherIn {
    /// Ids of the invoices, at most 50; of each the rest is paid.
    invoices: Vec<String>,
    #[serde(flatten)]
    choice: ChoiceIn,
}

/// Several invoices paid in one go.
#[derive(Serialize, ToSchema)]
struct TogetherOut {
    id: String,
    total: i64,
    currency: String,
    /// When the money came; null: it has not come.
    settled_at: Option<DateTime<Utc>>,
    invoices: Vec<TogetherInvoiceOut>,
    /// The charge whose money pays them; null where they were paid from the wallet.
    payment: Option<PaymentOut>,
}

/// One of several invoices paid in one go.
#[derive(Serialize, ToSchema)]
struct TogetherInvoiceOut {
    id: String,
    number: String,
    /// What was open of it.
    amount: i64,
    /// The payment that paid it, under which its receipt is found; null: not paid by this.
    payment_id: Option<String>,
}

/// Several invoices paid in one go, as the answer to it.
#[derive(Serialize, ToSchema)]
struct TogetherAnswer {
    together: TogetherOut,
}

/// Pays several invoices in one go.
///
/// From the wallet all of them are paid at once, or none. Otherwise one charge asks for the sum, and its money pays
/// exactly these invoices; what no longer fits (one was paid or withdrawn meanwhile) goes to the wallet.
#[utoipa::path(tag = "payments", request_body = TogetherIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = TogetherAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 502, body = Problem)))]
#[post("/api/panel/invoices/pay-together")]
pub async fn pay_together(me: Member<may::Pay>, key: IdempotencyKey, body: Body) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: TogetherIn = body.parse()?;
        let invoices: Vec<InvoiceId> = input.invoices.into_iter().map(InvoiceId::from).collect();
        Ok(together::pay(ctx, &me.customer_id, &invoices, &input.choice.into()).await?.id.0)
    };
    let tell = async |id: &str| told_together(&me.ctx, &me.customer_id, &PaymentBundleId::from(id)).await;
    idempotent::run(&me.ctx, &key, body.bytes(), work, tell).await
}

/// A charge that failed came to nothing: the same request may try anew.
async fn told_together(ctx: &Ctx, customer_id: &CustomerId, id: &PaymentBundleId) -> Told {
    let row = together::get_for(&ctx.db, customer_id, id).await?;
    let payment = match &row.payment_id {
        Some(id) => Some(attempt::get_for(&ctx.db, customer_id, id).await?),
        None => None,
    };
    if payment.as_ref().is_some_and(|payment| payment.status == PaymentStatus::Failed) {
        return Ok(None);
    }
    let invoices = together::paid(&ctx.db, id).await.map_err(CommonFault::from)?;
    let together = TogetherOut {
        id: row.id.0,
        total: row.total_minor,
        currency: row.currency,
        settled_at: row.settled_at,
        invoices: invoices
            .into_iter()
            .map(|one| TogetherInvoiceOut {
                id: one.invoice_id.0,
                number: one.number,
                amount: one.amount_minor,
                payment_id: one.paid_by.map(|id| id.0),
            })
            .collect(),
        payment: payment.map(PaymentOut::from),
    };
    Answer::created(&TogetherAnswer { together })
}
