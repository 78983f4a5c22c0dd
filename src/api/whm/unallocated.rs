//! `/api/whm/unallocated`: money that came and fits nothing.
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
        payments::unallocated::{self, Filter, Owner, Returned, UnallocatedView},
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::value::{UnallocatedMoneyId, UnallocatedStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which money.
#[derive(Deserialize, IntoParams)]
pub struct UnallocatedQuery {
    /// `open`, `allocated` or `returned`; all where nobody says.
    status: Option<String>,
    /// What the gateway calls it.
    reference: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

#[derive(Serialize, ToSchema)]
struct UnallocatedOut {
    id: String,
    /// `open`, `allocated` or `returned`.
    status: String,
    /// Why it fits nothing.
    why: String,
    gateway: String,
    /// Name of our account it came to.
    account: String,
    /// What the gateway calls it.
    reference: String,
    external_id: Option<String>,
    /// Minor units.
    amount: i64,
    currency: String,
    received_at: DateTime<Utc>,
    customer_id: Option<String>,
    invoice_id: Option<String>,
    /// The payment it became.
    payment_id: Option<String>,
    /// The bank's name for the transfer back.
    bank_reference: Option<String>,
    reason: Option<String>,
    decided_at: Option<DateTime<Utc>>,
}

impl From<UnallocatedView> for UnallocatedOut {
    fn from(view: UnallocatedView) -> Self {
        let money = view.money;
        Self {
            id: money.id.0,
            status: money.status.as_str().to_owned(),
            why: money.why,
            gateway: money.gateway,
            account: view.account_name,
            reference: money.reference,
            external_id: money.external_id,
            amount: money.amount_minor,
            currency: money.currency,
            received_at: money.received_at,
            customer_id: money.customer_id.map(|id| id.0),
            invoice_id: money.invoice_id.map(|id| id.0),
            payment_id: money.payment_id.map(|id| id.0),
            bank_reference: money.bank_reference,
            reason: money.reason,
            decided_at: money.decided_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct UnallocatedList {
    data: Vec<UnallocatedOut>,
    next_cursor: Option<String>,
}

/// Money that came and fits nothing, newest first.
#[utoipa::path(tag = "whm-money", params(UnallocatedQuery), responses((status = 200, body = UnallocatedList), (status = 403, body = Problem)))]
#[get("/api/whm/unallocated")]
pub async fn list_unallocated(
    staff: Staff<can::ReadPayments>,
    query: web::Query<UnallocatedQuery>,
) -> ApiResult<HttpResponse> {
    let UnallocatedQuery { status, reference, cursor, limit } = query.into_inner();
    let status = named("status", status.as_deref(), UnallocatedStatus::parse)?;
    let request = PageQuery { cursor, limit }.request()?;
    let page = unallocated::list(&staff.ctx, &Filter { status, reference }, &request).await?;
    let page = page.map(UnallocatedOut::from);
    Ok(HttpResponse::Ok().json(UnallocatedList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One sum that came and fits nothing.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = UnallocatedOut), (status = 404, body = Problem)))]
#[get("/api/whm/unallocated/{id}")]
pub async fn show_unallocated(
    staff: Staff<can::ReadPayments>,
    id: web::Path<UnallocatedMoneyId>,
) -> ApiResult<HttpResponse> {
    let found = unallocated::get(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(UnallocatedOut::from(found)))
}

#[derive(Deserialize, ToSchema)]
struct AllocateIn {
    /// Whose wallet it goes to. Either this or `invoice_id`.
    customer_id: Option<String>,
    /// Which open invoice it pays; what the invoice does not need goes to its customer's wallet.
    invoice_id: Option<String>,
    /// Why, for the audit trail.
    reason: String,
}

impl AllocateIn {
    fn owner(&self) -> Result<Owner, CommonFault> {
        match (self.customer_id.as_deref(), self.invoice_id.as_deref()) {
            (Some(id), None) => Ok(Owner::Customer(id.into())),
            (None, Some(id)) => Ok(Owner::Invoice(id.into())),
            (None, None) => Err(CommonFault::Invalid(vec![FieldFault::new("customer_id", "required")])),
            (Some(_), Some(_)) => Err(CommonFault::Invalid(vec![FieldFault::new("invoice_id", "invalid")])),
        }
    }
}

/// Says whose money it is: a customer's, or that it pays an invoice.
///
/// It becomes a payment. The same decision again changes nothing; another one is refused.
#[utoipa::path(tag = "whm-money", request_body = AllocateIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = UnallocatedOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/unallocated/{id}/allocate")]
pub async fn allocate_money(
    staff: Fresh<can::DecideUnallocated>,
    id: web::Path<UnallocatedMoneyId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    unallocated::get(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: AllocateIn = body.parse()?;
        Ok(unallocated::allocate(ctx, &id, &input.owner()?, &input.reason).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

async fn told(ctx: &Ctx, id: &str) -> idempotent::Told {
    Answer::ok(&UnallocatedOut::from(unallocated::get(ctx, &UnallocatedMoneyId::from(id)).await?))
}

#[derive(Deserialize, ToSchema)]
struct ReturnIn {
    /// The bank's name for the transfer.
    bank_reference: String,
    /// Why, for the audit trail.
    reason: String,
}

/// Says that the money was sent back to who paid, by a bank transfer of ours.
///
/// The same decision again changes nothing; another one is refused.
#[utoipa::path(tag = "whm-money", request_body = ReturnIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = UnallocatedOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/unallocated/{id}/return")]
pub async fn return_money(
    staff: Fresh<can::DecideUnallocated>,
    id: web::Path<UnallocatedMoneyId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    unallocated::get(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: ReturnIn = body.parse()?;
        let returned = Returned { bank_reference: &input.bank_reference, reason: &input.reason };
        Ok(unallocated::give_back(ctx, &id, &returned).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}
