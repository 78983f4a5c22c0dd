//! `/api/whm/invoices` and `/api/whm/payments`.
use crate::{
    api::{
        ApiResult,
        extract::{Body, CustomerQuery, IdempotencyKey, PageQuery, StateQuery, named},
        idempotent::{self, Answer},
        panel::{
            invoices::{InvoiceList, InvoiceOut},
            payments::{PaymentAnswer, PaymentList, PaymentOut},
        },
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice::{self, Filter},
            write_off,
        },
        ledger::{self, BankAccount},
        payments::{
            attempt,
            refund::{self, Destination, NewRefund},
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::value::{InvoiceId, InvoiceStatus, PaymentId, PaymentStatus, RefundId, RefundStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which invoices.
#[derive(Deserialize, IntoParams)]
pub struct InvoiceQuery {
    /// `draft`, `issued`, `overdue`, `paid`, `void` or `written_off`; all where nobody says.
    status: Option<String>,
    /// Numbers that begin like this.
    number: Option<String>,
}

/// Invoices, newest first, with lines and payments; drafts too.
#[utoipa::path(tag = "whm-money", params(PageQuery, InvoiceQuery, CustomerQuery), responses((status = 200, body = InvoiceList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/invoices")]
pub async fn list_all_invoices(
    staff: Staff<can::ReadInvoices>,
    page: web::Query<PageQuery>,
    query: web::Query<InvoiceQuery>,
    whose: web::Query<CustomerQuery>,
) -> ApiResult<HttpResponse> {
    let InvoiceQuery { status, number } = query.into_inner();
    let is_overdue = status.as_deref() == Some("overdue");
    let status = if is_overdue { None } else { named("status", status.as_deref(), InvoiceStatus::parse)? };
    let filter = Filter { status, is_overdue, customer_id: whose.customer(), number, with_drafts: true };
    let page = invoice::list(&staff.ctx, &filter, &page.request()?).await?;
    Ok(HttpResponse::Ok().json(InvoiceList::of(&staff.ctx, page).await?))
}

/// One invoice.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = InvoiceOut), (status = 404, body = Problem)))]
#[get("/api/whm/invoices/{id}")]
pub async fn show_any_invoice(staff: Staff<can::ReadInvoices>, id: web::Path<InvoiceId>) -> ApiResult<HttpResponse> {
    answer(&staff.ctx, &id).await
}

async fn answer(ctx: &Ctx, id: &InvoiceId) -> ApiResult<HttpResponse> {
    let full = invoice::get_full(&ctx.db, id).await?;
    let payments = attempt::of_invoice(&ctx.db, id).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(InvoiceOut::of(full.invoice.into(), full.items, payments, ctx.now())))
}

#[derive(Deserialize, ToSchema)]
struct ReasonIn {
    reason: String,
}

/// Voids an invoice on which nothing was paid.
#[utoipa::path(tag = "whm-money", request_body = ReasonIn, responses((status = 200, body = InvoiceOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
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

/// Gives up what is open of an overdue invoice as a bad debt.
///
/// Nothing of it is asked for any more. Money that comes all the same and pays all of it is recovered; any other goes to
/// the wallet.
#[utoipa::path(tag = "whm-money", request_body = ReasonIn, responses((status = 200, body = InvoiceOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/invoices/{id}/write-off")]
pub async fn write_off_invoice(
    staff: Fresh<can::WriteOffInvoices>,
    id: web::Path<InvoiceId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    invoice::get(&staff.ctx.db, &id).await?;
    write_off::write_off(&staff.ctx, &id, &body.parse::<ReasonIn>()?.reason).await?;
    answer(&staff.ctx, &id).await
}

#[derive(Deserialize, ToSchema)]
struct CreditIn {
    /// Gross, minor units; left out: everything that is left.
    #[serde(default)]
    amount: Option<i64>,
    reason: String,
}

#[derive(Serialize, ToSchema)]
struct CreditAnswer {
    credit_note: CreditNoteOut,
}

#[derive(Serialize, ToSchema)]
struct CreditNoteOut {
    id: String,
    number: String,
    invoice_id: String,
    subtotal: i64,
    tax: i64,
    total: i64,
    currency: String,
    issued_at: DateTime<Utc>,
}

/// Takes back part or all of what is still open of an invoice.
///
/// Money that came goes back by a refund of its payment.
#[utoipa::path(tag = "whm-money", request_body = CreditIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = CreditAnswer)))]
#[post("/api/whm/invoices/{id}/credit-notes")]
pub async fn credit_invoice(
    staff: Staff<can::CreditInvoices>,
    id: web::Path<InvoiceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    invoice::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: CreditIn = body.parse()?;
        let new = NewCreditNote {
            invoice_id: &id,
            credit: input.amount.map_or(Credit::Rest, Credit::Gross),
            against: Against::Open,
            reason: &input.reason,
            key: &format!("staff:{}", idempotent::lasting(ctx, &key)),
        };
        Ok(credit_note::issue_now(ctx, new).await?.note.id.0)
    };
    let tell = async |note_id: &str| {
        let notes = credit_note::list_of(&staff.ctx.db, &id).await.map_err(CommonFault::from)?;
        let note = notes.into_iter().find(|note| note.id.as_str() == note_id).ok_or(CommonFault::NotFound)?;
        Answer::created(&CreditAnswer {
            credit_note: CreditNoteOut {
                id: note.id.0,
                number: note.number,
                invoice_id: note.invoice_id.0,
                subtotal: note.subtotal_minor,
                tax: note.tax_minor,
                total: note.total_minor,
                currency: note.currency,
                issued_at: note.issued_at,
            },
        })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Which payments.
#[derive(Deserialize, IntoParams)]
pub struct PaymentQuery {
    /// The one with this reference.
    reference: Option<String>,
}

/// Payments, newest first.
#[utoipa::path(tag = "whm-money", params(PageQuery, StateQuery, CustomerQuery, PaymentQuery), responses((status = 200, body = PaymentList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/payments")]
pub async fn list_all_payments(
    staff: Staff<can::ReadPayments>,
    page: web::Query<PageQuery>,
    state: web::Query<StateQuery>,
    whose: web::Query<CustomerQuery>,
    query: web::Query<PaymentQuery>,
) -> ApiResult<HttpResponse> {
    let status = state.state(PaymentStatus::parse)?;
    let reference = query.into_inner().reference;
    let filter = attempt::Filter { status, customer_id: whose.customer(), reference };
    let page = attempt::list(&staff.ctx, &filter, &page.request()?).await?;
    Ok(HttpResponse::Ok().json(PaymentList::of(page.map(PaymentOut::from))))
}

/// One payment.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = PaymentOut), (status = 404, body = Problem)))]
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
    /// To which bank; needed where it goes to one, as are the next two.
    #[serde(default)]
    bank_name: String,
    /// In whose name the bank account is.
    #[serde(default)]
    account_holder: String,
    /// Its number.
    #[serde(default)]
    account_number: String,
}

#[derive(Serialize, ToSchema)]
struct RefundAnswer {
    refund: RefundOut,
}

#[derive(Serialize, ToSchema)]
struct RefundOut {
    id: String,
    payment_id: String,
    status: &'static str,
    amount: i64,
    currency: String,
    to: String,
    /// The payout that carries it to a bank account: staff transfer and confirm that.
    payout_id: Option<String>,
}

/// Gives money back, with its credit note.
///
/// To a bank account it is set aside in the wallet, as a payout that staff transfer and confirm.
#[utoipa::path(tag = "whm-money", request_body = RefundIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 202, body = RefundAnswer), (status = 409, body = Problem), (status = 502, body = Problem)))]
#[post("/api/whm/payments/{id}/refund")]
pub async fn refund_payment(
    staff: Fresh<can::RefundPayments>,
    id: web::Path<PaymentId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    attempt::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: RefundIn = body.parse()?;
        let unknown = || CommonFault::Invalid(vec![FieldFault::new("to", "unknown")]);
        let new = NewRefund {
            payment_id: &id,
            amount_minor: input.amount,
            destination: Destination::parse(&input.to).ok_or_else(unknown)?,
            reason: &input.reason,
            key: &idempotent::lasting(ctx, &key),
        };
        let bank = BankAccount {
            bank_name: &input.bank_name,
            account_holder: &input.account_holder,
            account_number: &input.account_number,
        };
        Ok(refund::refund_to(ctx, new, &bank).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = refund::get(&staff.ctx.db, &RefundId::from(id)).await?;
        if row.status == RefundStatus::Failed {
            return Ok(None);
        }
        let payout = ledger::payout_of_refund(&staff.ctx.db, &row.id).await.map_err(CommonFault::from)?;
        Answer::accepted(&RefundAnswer {
            refund: RefundOut {
                payout_id: payout.map(|payout| payout.id.0),
                id: row.id.0,
                payment_id: row.payment_id.0,
                status: row.status.as_str(),
                amount: row.amount_minor,
                currency: row.currency,
                to: row.destination,
            },
        })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Asks the gateway at once where a payment stands. Asking twice changes nothing.
///
/// Where it does not answer, the payment stands as it did and is asked again by plan. Money that never went through a
/// gateway is 404 `GATEWAY_NOT_CONFIGURED`.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = PaymentAnswer), (status = 404, body = Problem)))]
#[post("/api/whm/payments/{id}/ask")]
pub async fn ask_gateway(staff: Staff<can::InquirePayments>, id: web::Path<PaymentId>) -> ApiResult<HttpResponse> {
    let payment = attempt::ask_now(&staff.ctx, &id).await?.into();
    Ok(HttpResponse::Ok().json(PaymentAnswer { payment }))
}

#[derive(Deserialize, ToSchema)]
struct VerdictIn {
    /// `accept` or `deny`.
    verdict: String,
}

/// Decides about a payment in `review`, which the gateway's detection of fraud doubts: takes the money, or refuses it.
///
/// Decided once: afterwards, and for a payment nobody doubts, it is 409 `PAYMENT_WRONG_STATE`.
#[utoipa::path(tag = "whm-money", request_body = VerdictIn, responses((status = 200, body = PaymentAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 502, body = Problem)))]
#[post("/api/whm/payments/{id}/decide")]
pub async fn decide_payment(
    staff: Fresh<can::RefundPayments>,
    id: web::Path<PaymentId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    attempt::get(&staff.ctx.db, &id).await?;
    let is_trusted = match body.parse::<VerdictIn>()?.verdict.as_str() {
        "accept" => true,
        "deny" => false,
        _ => return Err(CommonFault::Invalid(vec![FieldFault::new("verdict", "unknown")]).into()),
    };
    let payment = attempt::decide(&staff.ctx, &id, is_trusted).await?.into();
    Ok(HttpResponse::Ok().json(PaymentAnswer { payment }))
}
