//! `/api/whm/books/periods`, `/api/whm/books/openings` and `/api/whm/books/deferred`: months of the books that are
//! closed, what accounts held at the beginning, and what is still to be earned. Amounts are whole rupiah.
use crate::{
    api::{
        ApiResult,
        extract::Body,
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        ledger::{self, NewOpening},
        reports::deferred,
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ledger::{opening_balance, period},
    value::OpeningBalanceId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct BooksMonthOut {
    /// `2026-11`.
    month: String,
    is_closed: bool,
    closed_at: DateTime<Utc>,
    /// When it was opened again.
    reopened_at: Option<DateTime<Utc>>,
    /// Why it was opened again.
    reopen_reason: Option<String>,
}

impl From<period::Model> for BooksMonthOut {
    fn from(row: period::Model) -> Self {
        Self {
            month: row.month,
            is_closed: row.reopened_at.is_none(),
            closed_at: row.closed_at,
            reopened_at: row.reopened_at,
            reopen_reason: row.reopen_reason,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct BooksMonthList {
    /// The last closed month; all before it are closed too.
    closed_through: Option<String>,
    /// The month that can be closed now, if it is over.
    next: Option<String>,
    /// Months that were ever closed, newest first, at most 24.
    data: Vec<BooksMonthOut>,
}

async fn answer(ctx: &Ctx) -> ApiResult<HttpResponse> {
    let next = ledger::closable_period(ctx).await?;
    let rows = ledger::periods(ctx).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(BooksMonthList {
        closed_through: ledger::closed_through(&ctx.db).await.map_err(CommonFault::from)?,
        next: next.map(ledger::month_of),
        data: rows.into_iter().map(BooksMonthOut::from).collect(),
    }))
}

/// Months of the books.
#[utoipa::path(tag = "whm-automation", responses((status = 200, body = BooksMonthList)))]
#[get("/api/whm/books/periods")]
pub async fn list_periods(staff: Staff<can::ReadBooks>) -> ApiResult<HttpResponse> {
    answer(&staff.ctx).await
}

#[derive(Deserialize, ToSchema)]
struct ClosePeriodIn {
    /// `2026-11`.
    month: String,
}

/// Closes a month of the books, the first time with all before it.
#[utoipa::path(tag = "whm-automation", request_body = ClosePeriodIn, responses((status = 200, body = BooksMonthList), (status = 403, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/books/periods/close")]
pub async fn close_period(staff: Fresh<can::ClosePeriods>, body: Body) -> ApiResult<HttpResponse> {
    ledger::close_period(&staff.ctx, &body.parse::<ClosePeriodIn>()?.month).await?;
    answer(&staff.ctx).await
}

#[derive(Deserialize, ToSchema)]
struct ReopenPeriodIn {
    /// `2026-11`.
    month: String,
    reason: String,
}

/// Opens the last closed month again.
#[utoipa::path(tag = "whm-automation", request_body = ReopenPeriodIn, responses((status = 200, body = BooksMonthList), (status = 403, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/books/periods/reopen")]
pub async fn reopen_period(staff: Fresh<can::ClosePeriods>, body: Body) -> ApiResult<HttpResponse> {
    let input: ReopenPeriodIn = body.parse()?;
    ledger::reopen_period(&staff.ctx, &input.month, &input.reason).await?;
    answer(&staff.ctx).await
}

#[derive(Serialize, ToSchema)]
struct OpeningOut {
    id: String,
    /// `bank`, `tax_payable` or `gateway_clearing:pac_…`.
    account: String,
    /// The business day at whose beginning it stood so.
    day: NaiveDate,
    /// Debit positive, credit negative.
    amount: i64,
    currency: String,
    created_at: DateTime<Utc>,
    /// When it was taken back.
    reversed_at: Option<DateTime<Utc>>,
}

impl From<opening_balance::Model> for OpeningOut {
    fn from(row: opening_balance::Model) -> Self {
        Self {
            id: row.id.0,
            account: row.account,
            day: row.day,
            amount: row.amount_minor,
            currency: row.currency,
            created_at: row.created_at,
            reversed_at: row.reversed_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct OpeningList {
    /// Newest first, at most 200.
    data: Vec<OpeningOut>,
}

#[derive(Serialize, ToSchema)]
struct OpeningAnswer {
    opening: OpeningOut,
}

/// Opening balances.
#[utoipa::path(tag = "whm-automation", responses((status = 200, body = OpeningList)))]
#[get("/api/whm/books/openings")]
pub async fn list_openings(staff: Staff<can::ReadBooks>) -> ApiResult<HttpResponse> {
    let rows = ledger::openings(&staff.ctx).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(OpeningList { data: rows.into_iter().map(OpeningOut::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
struct OpeningIn {
    /// `bank`, `tax_payable` or `gateway_clearing:pac_…`.
    account: String,
    /// Business day, Jakarta.
    day: NaiveDate,
    /// Debit positive (we have it), credit negative (we owe it).
    amount: i64,
}

/// Enters an opening balance against equity: one for each account and day.
#[utoipa::path(tag = "whm-automation", request_body = OpeningIn, responses((status = 201, body = OpeningAnswer), (status = 403, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/books/openings")]
pub async fn enter_opening(staff: Fresh<can::EnterOpenings>, body: Body) -> ApiResult<HttpResponse> {
    let input: OpeningIn = body.parse()?;
    let new = NewOpening { account: &input.account, day: input.day, amount_minor: input.amount };
    let row = ledger::enter_opening(&staff.ctx, new).await?;
    Ok(HttpResponse::Created().json(OpeningAnswer { opening: row.into() }))
}

/// Takes an opening balance back by a counter-entry.
#[utoipa::path(tag = "whm-automation", responses((status = 200, body = OpeningAnswer), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/books/openings/{id}/reverse")]
pub async fn reverse_opening(
    staff: Fresh<can::EnterOpenings>,
    id: web::Path<OpeningBalanceId>,
    _body: Body,
) -> ApiResult<HttpResponse> {
    let row = ledger::reverse_opening(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(OpeningAnswer { opening: row.into() }))
}

#[derive(Serialize, ToSchema)]
struct DeferredMonthOut {
    /// `2026-11`.
    month: String,
    amount: i64,
}

#[derive(Serialize, ToSchema)]
struct DeferredOut {
    currency: String,
    /// Months in which something becomes revenue, oldest first.
    data: Vec<DeferredMonthOut>,
    /// Of service that has not begun.
    waiting: i64,
    /// Of contracts that ended while their invoice is open.
    stopped: i64,
    /// All of it.
    total: i64,
    /// What the account of deferred revenue holds.
    ledger: i64,
    /// Whether that is all of it.
    ties: bool,
}

/// Revenue that is deferred, by the month in which it is earned.
#[utoipa::path(tag = "whm-automation", responses((status = 200, body = DeferredOut)))]
#[get("/api/whm/books/deferred")]
pub async fn deferred_revenue(staff: Staff<can::ReadBooks>) -> ApiResult<HttpResponse> {
    let report = deferred::report(&staff.ctx).await.map_err(CommonFault::from)?;
    let (total, ties) = (report.total_minor(), report.ties());
    let month = |month: deferred::Month| DeferredMonthOut { month: month.month, amount: month.amount_minor };
    Ok(HttpResponse::Ok().json(DeferredOut {
        currency: entity::value::IDR.to_owned(),
        data: report.months.into_iter().map(month).collect(),
        waiting: report.waiting_minor,
        stopped: report.stopped_minor,
        total,
        ledger: report.ledger_minor,
        ties,
    }))
}
