//! `/api/whm/settlements` and `/api/whm/differences`: what gateways paid out, and what they say otherwise than we. How
//! a report is sent in and booked: `settling`.
use crate::{
    api::{
        ApiResult,
        extract::{Body, PageQuery, named},
        principal::Staff,
        problem::Problem,
    },
    domain::payments::{
        attempt,
        settlement::{self, LineFilter, LineView, SettlementView},
    },
    kernel::{
        page::{Page, PageRequest},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    payments::gateway_difference,
    value::{DifferenceStatus, GatewayDifferenceId, SettlementId, SettlementLineStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A report of payouts.
#[derive(Serialize, ToSchema)]
pub struct SettlementOut {
    id: String,
    /// Our account at the gateway.
    account_id: String,
    /// Its name.
    account: String,
    /// `draft`, `booked` or `discarded`.
    status: &'static str,
    lines: i32,
    /// What payers paid of the booked lines, minor units.
    gross: i64,
    fee: i64,
    /// What came to the bank.
    net: i64,
    created_at: DateTime<Utc>,
    booked_at: Option<DateTime<Utc>>,
}

impl From<SettlementView> for SettlementOut {
    fn from(view: SettlementView) -> Self {
        let row = view.settlement;
        Self {
            id: row.id.0,
            account_id: row.account_id.0,
            account: view.account_name,
            status: row.status.as_str(),
            lines: row.lines,
            gross: row.gross_minor,
            fee: row.fee_minor,
            net: row.net_minor,
            created_at: row.created_at,
            booked_at: row.booked_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct SettlementList {
    data: Vec<SettlementOut>,
    next_cursor: Option<String>,
}

/// Reports of payouts, newest first, without those that were put away.
#[utoipa::path(tag = "whm-money", params(PageQuery), responses((status = 200, body = SettlementList), (status = 403, body = Problem)))]
#[get("/api/whm/settlements")]
pub async fn list_settlements(staff: Staff<can::ReadPayments>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = settlement::list(&staff.ctx, &page.request()?).await?.map(SettlementOut::from);
    Ok(HttpResponse::Ok().json(SettlementList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One report of payouts.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = SettlementOut), (status = 404, body = Problem)))]
#[get("/api/whm/settlements/{id}")]
pub async fn show_settlement(staff: Staff<can::ReadPayments>, id: web::Path<SettlementId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(SettlementOut::from(settlement::get(&staff.ctx, &id).await?)))
}

/// Which lines.
#[derive(Deserialize, IntoParams)]
pub struct LineQuery {
    /// `booked`, `waiting`, `unallocated` or `dismissed`; all where nobody says.
    status: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

impl LineQuery {
    /// What is asked for of one report, or of all.
    pub fn parts(self, settlement_id: Option<SettlementId>) -> ApiResult<(LineFilter, PageRequest)> {
        let status = named("status", self.status.as_deref(), SettlementLineStatus::parse)?;
        let request = PageQuery { cursor: self.cursor, limit: self.limit }.request()?;
        Ok((LineFilter { settlement_id, status }, request))
    }
}

/// A line of a report of payouts that was booked.
#[derive(Serialize, ToSchema)]
pub struct SettlementLineOut {
    id: String,
    settlement_id: String,
    /// Name of our account at the gateway.
    account: String,
    /// Its place in the file, from 1.
    number: i32,
    /// What it is: a payment, a refund, a chargeback, a fee, a sum.
    kind: String,
    /// What the gateway calls it by our name.
    reference: String,
    external_id: String,
    day: Option<NaiveDate>,
    /// Minor units.
    gross: i64,
    net: i64,
    /// What became of it: `booked`, `waiting`, `unallocated` or `dismissed`.
    status: &'static str,
    /// Whether it fits, and if not why.
    verdict: String,
    payment_id: Option<String>,
    /// The money of nobody it became.
    unallocated_id: Option<String>,
    reason: Option<String>,
    decided_at: Option<DateTime<Utc>>,
}

impl From<LineView> for SettlementLineOut {
    fn from(view: LineView) -> Self {
        let row = view.line;
        Self {
            id: row.id.0,
            settlement_id: row.settlement_id.0,
            account: view.account_name,
            number: row.number,
            kind: row.kind,
            reference: row.reference,
            external_id: row.external_id,
            day: row.day,
            gross: row.gross_minor,
            net: row.net_minor,
            status: row.status.as_str(),
            verdict: row.verdict,
            payment_id: row.payment_id.map(|id| id.0),
            unallocated_id: row.unallocated_id.map(|id| id.0),
            reason: row.reason,
            decided_at: row.decided_at,
        }
    }
}

/// A page of lines.
#[derive(Serialize, ToSchema)]
pub struct SettlementLineList {
    data: Vec<SettlementLineOut>,
    next_cursor: Option<String>,
}

impl SettlementLineList {
    /// A page of lines.
    pub fn of(page: Page<LineView>) -> Self {
        let page = page.map(SettlementLineOut::from);
        Self { data: page.rows, next_cursor: page.next_cursor }
    }
}

/// Lines of a report of payouts, the last first.
#[utoipa::path(tag = "whm-money", params(LineQuery), responses((status = 200, body = SettlementLineList), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/settlements/{id}/lines")]
pub async fn list_settlement_lines(
    staff: Staff<can::ReadPayments>,
    id: web::Path<SettlementId>,
    query: web::Query<LineQuery>,
) -> ApiResult<HttpResponse> {
    settlement::get(&staff.ctx, &id).await?;
    let (filter, request) = query.into_inner().parts(Some(id.into_inner()))?;
    let page = settlement::line_list(&staff.ctx, &filter, &request).await?;
    Ok(HttpResponse::Ok().json(SettlementLineList::of(page)))
}

/// Which differences.
#[derive(Deserialize, IntoParams)]
pub struct DifferenceQuery {
    /// `open`, `repaired` or `closed`; all where nobody says.
    status: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

#[derive(Serialize, ToSchema)]
struct DifferenceOut {
    id: String,
    payment_id: String,
    reference: String,
    customer_id: String,
    /// What differs: `status`, `received`, `refunded` or `fee`.
    what: String,
    ours: String,
    theirs: String,
    /// `open`, `repaired` or `closed`.
    status: &'static str,
    note: Option<String>,
    found_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

impl From<gateway_difference::Model> for DifferenceOut {
    fn from(row: gateway_difference::Model) -> Self {
        Self {
            id: row.id.0,
            payment_id: row.payment_id.0,
            reference: row.reference,
            customer_id: row.customer_id.0,
            what: row.what,
            ours: row.ours,
            theirs: row.theirs,
            status: row.status.as_str(),
            note: row.note,
            found_at: row.found_at,
            closed_at: row.closed_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct DifferenceList {
    data: Vec<DifferenceOut>,
    next_cursor: Option<String>,
}

/// Payments of which gateways said something else when they were asked once more, newest first.
#[utoipa::path(tag = "whm-money", params(DifferenceQuery), responses((status = 200, body = DifferenceList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/differences")]
pub async fn list_differences(
    staff: Staff<can::ReadPayments>,
    query: web::Query<DifferenceQuery>,
) -> ApiResult<HttpResponse> {
    let DifferenceQuery { status, cursor, limit } = query.into_inner();
    let status = named("status", status.as_deref(), DifferenceStatus::parse)?;
    let request = PageQuery { cursor, limit }.request()?;
    let page = attempt::list_differences(&staff.ctx, status, &request).await?.map(DifferenceOut::from);
    Ok(HttpResponse::Ok().json(DifferenceList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One difference.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = DifferenceOut), (status = 404, body = Problem)))]
#[get("/api/whm/differences/{id}")]
pub async fn show_difference(
    staff: Staff<can::ReadPayments>,
    id: web::Path<GatewayDifferenceId>,
) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(DifferenceOut::from(attempt::get_difference(&staff.ctx, &id).await?)))
}

#[derive(Deserialize, ToSchema)]
struct CloseDifferenceIn {
    /// What was found out.
    reason: String,
}

/// Says that a difference was looked at and cleared up elsewhere. Twice is once.
#[utoipa::path(tag = "whm-money", request_body = CloseDifferenceIn, responses((status = 200, body = DifferenceOut), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/differences/{id}/close")]
pub async fn close_difference(
    staff: Staff<can::InquirePayments>,
    id: web::Path<GatewayDifferenceId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    attempt::get_difference(&staff.ctx, &id).await?;
    let input: CloseDifferenceIn = body.parse()?;
    let closed = attempt::close_difference(&staff.ctx, &id, &input.reason).await?;
    Ok(HttpResponse::Ok().json(DifferenceOut::from(closed)))
}
