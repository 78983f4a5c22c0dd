//! `/api/whm/withholdings`: income tax that customers withhold of what they pay, and its proofs; and what a customer
//! collects for the state.
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
        billing::{invoice, withholding as declared},
        customers::{self, Duties},
        payments::withheld::{self, NewProof},
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    billing::withholding,
    value::{CustomerId, InvoiceId, VatCollector, WithholdingId, WithholdingStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which withheld tax.
#[derive(Deserialize, IntoParams)]
pub struct WithholdingQuery {
    /// `outstanding`, `received`, `withdrawn` or `reverted`; all where nobody says.
    status: Option<String>,
    /// Only of one customer.
    customer_id: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

#[derive(Serialize, ToSchema)]
struct WithholdingOut {
    id: String,
    invoice_id: String,
    customer_id: String,
    /// `outstanding`, `received`, `withdrawn` or `reverted`.
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
    /// Whether the document was sent.
    has_file: bool,
    /// The payment the proof became.
    payment_id: Option<String>,
    declared_at: DateTime<Utc>,
    received_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    reason: Option<String>,
}

impl From<withholding::Model> for WithholdingOut {
    fn from(row: withholding::Model) -> Self {
        Self {
            id: row.id.0,
            invoice_id: row.invoice_id.0,
            customer_id: row.customer_id.0,
            status: row.status.as_str(),
            base: row.base_minor,
            amount: row.amount_minor,
            currency: row.currency,
            proof_due_at: row.proof_due_at,
            proof_number: row.proof_number,
            proof_date: row.proof_date,
            has_file: row.file_id.is_some(),
            payment_id: row.payment_id.map(|id| id.0),
            declared_at: row.declared_at,
            received_at: row.received_at,
            closed_at: row.closed_at,
            reason: row.reason,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct WithholdingList {
    data: Vec<WithholdingOut>,
    next_cursor: Option<String>,
}

/// Tax that customers withhold, newest first.
#[utoipa::path(tag = "whm-money", params(WithholdingQuery), responses((status = 200, body = WithholdingList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/withholdings")]
pub async fn list_withholdings(
    staff: Staff<can::ReadInvoices>,
    query: web::Query<WithholdingQuery>,
) -> ApiResult<HttpResponse> {
    let WithholdingQuery { status, customer_id, cursor, limit } = query.into_inner();
    let status = named("status", status.as_deref(), WithholdingStatus::parse)?;
    let customer = customer_id.map(CustomerId);
    let request = PageQuery { cursor, limit }.request()?;
    let page = declared::list(&staff.ctx, status, customer.as_ref(), &request).await.map_err(CommonFault::from)?;
    let page = page.map(WithholdingOut::from);
    Ok(HttpResponse::Ok().json(WithholdingList { data: page.rows, next_cursor: page.next_cursor }))
}

async fn told(ctx: &Ctx, id: &str) -> idempotent::Told {
    Answer::ok(&WithholdingOut::from(declared::get(&ctx.db, &WithholdingId::from(id)).await?))
}

/// Records that the customer withholds tax of an invoice: it is asked for without it until the proof comes.
///
/// One that waits for its proof already is answered as it is.
#[utoipa::path(tag = "whm-money", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = WithholdingOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/invoices/{id}/withholding")]
pub async fn declare_withholding(
    staff: Staff<can::RecordWithholdings>,
    id: web::Path<InvoiceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    invoice::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| Ok(withheld::declare(ctx, &id).await?.id.0);
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

#[derive(Deserialize, ToSchema)]
struct WithheldProofIn {
    /// Number of the proof (*bukti potong*).
    number: String,
    /// The day it bears.
    date: NaiveDate,
    /// What it proves, minor units; left out: what was declared.
    #[serde(default)]
    amount: Option<i64>,
}

/// Records the proof of withheld tax: it pays that part of the invoice, without money.
///
/// The same proof again changes nothing.
#[utoipa::path(tag = "whm-money", request_body = WithheldProofIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = WithholdingOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/withholdings/{id}/prove")]
pub async fn prove_withholding(
    staff: Fresh<can::RecordWithholdings>,
    id: web::Path<WithholdingId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    declared::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let WithheldProofIn { number, date, amount } = body.parse()?;
        let proof = NewProof { number, date: Some(date), amount_minor: amount, file: None };
        Ok(withheld::prove(ctx, &id, proof).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

/// Records that nothing is withheld after all: the whole rest of the invoice is asked for again. Twice is once.
#[utoipa::path(tag = "whm-money", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = WithholdingOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/withholdings/{id}/withdraw")]
pub async fn withdraw_withholding(
    staff: Staff<can::RecordWithholdings>,
    id: web::Path<WithholdingId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    declared::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| Ok(withheld::withdraw(ctx, &id).await?.id.0);
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

#[derive(Deserialize, ToSchema)]
struct RevertProofIn {
    /// Why, for the audit trail.
    reason: String,
}

/// Takes a proof of withheld tax back: its amount is open again. Twice is once.
#[utoipa::path(tag = "whm-money", request_body = RevertProofIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = WithholdingOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/withholdings/{id}/revert")]
pub async fn revert_withholding(
    staff: Fresh<can::RecordWithholdings>,
    id: web::Path<WithholdingId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    declared::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: RevertProofIn = body.parse()?;
        Ok(withheld::revert(ctx, &id, &input.reason).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

#[derive(Deserialize, ToSchema)]
struct TaxDutiesIn {
    /// As what he pays the PPN of larger invoices to the state himself: `government` or `other`; null: he does not.
    #[serde(default)]
    vat_collector: Option<String>,
    /// Whether he withholds income tax of what he pays.
    withholds_income_tax: bool,
    /// The evidence, for the audit trail.
    reason: String,
}

/// Says which taxes a customer collects or withholds himself. It holds for the next invoices.
#[utoipa::path(tag = "whm-customers", request_body = TaxDutiesIn, responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/customers/{id}/tax-duties")]
pub async fn set_tax_duties(
    staff: Staff<can::SetTaxDuties>,
    id: web::Path<CustomerId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let input: TaxDutiesIn = body.parse()?;
    let collector = input.vat_collector.as_deref().filter(|word| !word.is_empty());
    let vat_collector = named("vat_collector", collector, VatCollector::parse)?;
    let duties = Duties { vat_collector, withholds_income_tax: input.withholds_income_tax };
    customers::set_tax_duties(&staff.ctx, &id, duties, &input.reason).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct TaxExemptionIn {
    /// The certificate and its number, printed on his documents; null: he is taxed as everybody is.
    #[serde(deserialize_with = "Option::deserialize")]
    reason: Option<String>,
}

/// Says that a customer is charged no tax, or that he is again. It holds for the next invoices.
#[utoipa::path(tag = "whm-customers", request_body = TaxExemptionIn, responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/customers/{id}/tax-exemption")]
pub async fn set_tax_exemption(
    staff: Staff<can::SetTaxDuties>,
    id: web::Path<CustomerId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let input: TaxExemptionIn = body.parse()?;
    customers::set_tax_exemption(&staff.ctx, &id, input.reason.as_deref()).await?;
    Ok(HttpResponse::NoContent().finish())
}
