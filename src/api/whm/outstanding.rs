//! What gateways still owe us (`/api/whm/not-paid-out`), and lines of their reports that wait for a person
//! (`/api/whm/settlement-lines`).
use super::settlements::{LineQuery, SettlementLineList, SettlementLineOut};
use crate::{
    api::{ApiResult, extract::PageQuery, panel::payments::PaymentOut, principal::Staff, problem::Problem},
    domain::payments::settlement::{self, Outstanding},
    kernel::permission::can,
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::value::SettlementLineId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which payments.
#[derive(Deserialize, IntoParams)]
pub struct UnpaidQuery {
    /// Only those that came at least so many days ago; 3 where nobody says.
    days: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

/// What an account has not paid out, whole rupiah.
#[derive(Serialize, ToSchema)]
struct OutstandingOut {
    /// Name of the account.
    account: String,
    /// How many payments no report has paid out.
    payments: i64,
    /// What they came to, less what was given back.
    open: i64,
    /// What the books say lies there.
    clearing: i64,
    /// When the oldest of them came.
    oldest_at: Option<DateTime<Utc>>,
}

impl From<Outstanding> for OutstandingOut {
    fn from(account: Outstanding) -> Self {
        Self {
            account: account.account_name,
            payments: account.payments,
            open: account.open_minor,
            clearing: account.clearing_minor,
            oldest_at: account.oldest_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct NotPaidOut {
    /// Every account with all it has not paid out, however old.
    accounts: Vec<OutstandingOut>,
    /// Payments that no report has paid out, newest first.
    data: Vec<PaymentOut>,
    next_cursor: Option<String>,
}

/// Payments that came and that no report of their gateway has paid out, with the sums of each account.
#[utoipa::path(tag = "whm-money", params(UnpaidQuery), responses((status = 200, body = NotPaidOut), (status = 403, body = Problem)))]
#[get("/api/whm/not-paid-out")]
pub async fn list_not_paid_out(
    staff: Staff<can::ReadPayments>,
    query: web::Query<UnpaidQuery>,
) -> ApiResult<HttpResponse> {
    let UnpaidQuery { days, cursor, limit } = query.into_inner();
    let (days, request) = (days.unwrap_or(settlement::USUAL_DAYS), PageQuery { cursor, limit }.request()?);
    let page = settlement::unpaid(&staff.ctx, days, &request).await?.map(PaymentOut::from);
    let accounts = settlement::outstanding(&staff.ctx).await?.into_iter().map(OutstandingOut::from).collect();
    Ok(HttpResponse::Ok().json(NotPaidOut { accounts, data: page.rows, next_cursor: page.next_cursor }))
}

/// Lines of all reports of payouts that were booked, the last first.
#[utoipa::path(tag = "whm-money", params(LineQuery), responses((status = 200, body = SettlementLineList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/settlement-lines")]
pub async fn list_all_settlement_lines(
    staff: Staff<can::ReadPayments>,
    query: web::Query<LineQuery>,
) -> ApiResult<HttpResponse> {
    let (filter, request) = query.into_inner().parts(None)?;
    let page = settlement::line_list(&staff.ctx, &filter, &request).await?;
    Ok(HttpResponse::Ok().json(SettlementLineList::of(page)))
}

/// One line of a report of payouts.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = SettlementLineOut), (status = 404, body = Problem)))]
#[get("/api/whm/settlement-lines/{id}")]
pub async fn show_settlement_line(
    staff: Staff<can::ReadPayments>,
    id: web::Path<SettlementLineId>,
) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(SettlementLineOut::from(settlement::get_line(&staff.ctx, &id).await?)))
}
