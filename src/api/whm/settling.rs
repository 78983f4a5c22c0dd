//! `/api/whm/settlements` and `/api/whm/settlement-lines`: a report of payouts is sent in, looked at, booked, and its
//! lines that fit nothing are decided one by one.
use super::settlements::{SettlementLineOut, SettlementOut};
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, Upload},
        idempotent::{self, Answer},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        payments::{
            PaymentError,
            settlement::{self, Columns, Match, Preview, Role, SettlementView, Totals},
        },
    },
    kernel::{fault::FieldFault, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::NaiveDate;
use entity::value::{PaymentAccountId, SettlementId, SettlementLineId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lines of a report that are shown before it is booked.
const SHOWN_LINES: usize = 200;

/// The same fault, its fields called as this door calls them.
fn renamed(fault: PaymentError, name: fn(&str) -> &str) -> PaymentError {
    let PaymentError::Invalid(fields) = fault else { return fault };
    let told = fields.into_iter().map(|fault| FieldFault { field: name(&fault.field).to_owned(), ..fault });
    PaymentError::Invalid(told.collect())
}

#[derive(Deserialize, ToSchema)]
struct SettlementIn {
    /// Our account at the gateway.
    account_id: String,
    /// The report as the gateway offers it for download: UTF-8, a row of headings, commas, semicolons or tabs between
    /// cells; at most 2 MiB and 5,000 lines.
    content: String,
}

/// Takes in a report of payouts; nothing is booked.
///
/// The same report again, while it is looked at or after it was booked, is the report it was before. Its columns are
/// those of the account's last report where they fit, and guessed otherwise. The body may be 7 MiB.
#[utoipa::path(tag = "whm-money", request_body = SettlementIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = SettlementOut), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/settlements")]
pub async fn send_in_settlement(
    staff: Staff<can::BookSettlements>,
    key: IdempotencyKey,
    body: Upload,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: SettlementIn = body.0.parse()?;
        let account = PaymentAccountId::from(input.account_id);
        let sent = settlement::send_in(ctx, &account, input.content.into_bytes()).await;
        let told = |fault| renamed(fault, |name| if name == "account" { "account_id" } else { name });
        Ok(sent.map_err(told)?.id.0)
    };
    let tell = async |id: &str| Answer::created(&shape(&staff.ctx, &SettlementId::from(id)).await?);
    idempotent::run(&staff.ctx, &key, body.0.bytes(), work, tell).await
}

async fn shape(ctx: &Ctx, id: &SettlementId) -> ApiResult<SettlementOut> {
    Ok(SettlementOut::from(settlement::get(ctx, id).await?))
}

/// Headings of the columns that say what a line is about. Needed are a column to find the payment by (`reference` or
/// `external_id`) and one of an amount (`amount` or `net`).
#[derive(Serialize, Deserialize, ToSchema)]
struct SettlementColumns {
    /// Our reference, the gateway's order id.
    reference: Option<String>,
    /// The gateway's own id.
    external_id: Option<String>,
    /// What kind of line it is.
    kind: Option<String>,
    /// What was paid, before fees.
    amount: Option<String>,
    /// What the gateway keeps.
    fee: Option<String>,
    /// Tax on what it keeps.
    tax: Option<String>,
    /// What comes to our bank account.
    net: Option<String>,
    /// On which day.
    day: Option<String>,
}

impl From<&Columns> for SettlementColumns {
    fn from(columns: &Columns) -> Self {
        let heading = |role: Role| columns.0.get(&role).cloned();
        Self {
            reference: heading(Role::Reference),
            external_id: heading(Role::ExternalId),
            kind: heading(Role::Kind),
            amount: heading(Role::Amount),
            fee: heading(Role::Fee),
            tax: heading(Role::Tax),
            net: heading(Role::Net),
            day: heading(Role::Day),
        }
    }
}

impl SettlementColumns {
    /// A heading that is empty plays no role.
    fn chosen(self) -> Columns {
        let told = [
            (Role::Reference, self.reference),
            (Role::ExternalId, self.external_id),
            (Role::Kind, self.kind),
            (Role::Amount, self.amount),
            (Role::Fee, self.fee),
            (Role::Tax, self.tax),
            (Role::Net, self.net),
            (Role::Day, self.day),
        ];
        let headings = told.into_iter().filter_map(|(role, heading)| {
            let heading = heading?.trim().to_owned();
            (!heading.is_empty()).then_some((role, heading))
        });
        Columns(headings.collect())
    }
}

#[derive(Serialize, ToSchema)]
struct SettlementTotalsOut {
    /// How many lines would be booked.
    booked: usize,
    /// What payers paid of them, minor units.
    gross: i64,
    fee: i64,
    /// What came to the bank.
    net: i64,
    /// How many lines would wait for a person.
    waiting: usize,
    /// What they say came to the bank.
    waiting_net: i64,
    /// How many lines were booked before.
    already: usize,
}

impl From<Totals> for SettlementTotalsOut {
    fn from(totals: Totals) -> Self {
        Self {
            booked: totals.booked,
            gross: totals.gross_minor,
            fee: totals.fee_minor,
            net: totals.net_minor,
            waiting: totals.waiting,
            waiting_net: totals.waiting_net_minor,
            already: totals.already,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct SettlementMatchOut {
    /// Its place in the file, from 1.
    number: usize,
    /// What it is: a payment, a refund, a chargeback, a fee, a sum.
    kind: &'static str,
    reference: String,
    external_id: String,
    day: Option<NaiveDate>,
    /// Minor units.
    gross: i64,
    fee: i64,
    net: i64,
    /// Whether it fits, and if not why.
    verdict: &'static str,
    /// What we expected it to be, where it speaks of something of ours.
    expected: Option<i64>,
    payment_id: Option<String>,
}

impl From<Match> for SettlementMatchOut {
    fn from(line: Match) -> Self {
        let told = line.told;
        Self {
            number: told.number,
            kind: told.kind.as_str(),
            reference: told.reference,
            external_id: told.external_id,
            day: told.day,
            gross: told.gross_minor,
            fee: told.fee_minor,
            net: told.net_minor,
            verdict: line.verdict.as_str(),
            expected: line.expected_minor,
            payment_id: line.payment_id.map(|id| id.0),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct SettlementPreviewOut {
    settlement: SettlementOut,
    /// Headings of its table.
    headings: Vec<String>,
    columns: SettlementColumns,
    totals: SettlementTotalsOut,
    /// Numbers of lines whose amounts cannot be read: they would not be booked.
    unreadable: Vec<usize>,
    /// The first 200 lines.
    lines: Vec<SettlementMatchOut>,
}

impl From<Preview> for SettlementPreviewOut {
    fn from(preview: Preview) -> Self {
        let Preview { settlement, account_name, headings, columns, matches, unreadable, totals, .. } = preview;
        Self {
            settlement: SettlementOut::from(SettlementView { settlement, account_name }),
            headings,
            columns: SettlementColumns::from(&columns),
            totals: totals.into(),
            unreadable,
            lines: matches.into_iter().take(SHOWN_LINES).map(SettlementMatchOut::from).collect(),
        }
    }
}

/// What booking a report would do, line by line. One that is no draft any more is 409 `SETTLEMENT_OVER`.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = SettlementPreviewOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[get("/api/whm/settlements/{id}/preview")]
pub async fn preview_settlement(
    staff: Staff<can::ReadPayments>,
    id: web::Path<SettlementId>,
) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(SettlementPreviewOut::from(settlement::preview(&staff.ctx, &id).await?)))
}

/// Says which column of a report says what, and answers what booking it would do then.
#[utoipa::path(tag = "whm-money", request_body = SettlementColumns, responses((status = 200, body = SettlementPreviewOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/settlements/{id}/columns")]
pub async fn set_settlement_columns(
    staff: Staff<can::BookSettlements>,
    id: web::Path<SettlementId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    settlement::get(&staff.ctx, &id).await?;
    let columns = body.parse::<SettlementColumns>()?.chosen();
    let told = |fault| renamed(fault, |name| name.strip_prefix("column_").unwrap_or(name));
    settlement::remap(&staff.ctx, &id, columns).await.map_err(told)?;
    Ok(HttpResponse::Ok().json(SettlementPreviewOut::from(settlement::preview(&staff.ctx, &id).await?)))
}

/// Books a report: what fits goes to bank and fees, the rest waits for a person. Booking twice is booking once.
#[utoipa::path(tag = "whm-money", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SettlementOut), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/settlements/{id}/book")]
pub async fn book_settlement(
    staff: Fresh<can::BookSettlements>,
    id: web::Path<SettlementId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    settlement::get(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| Ok(settlement::book(ctx, &id).await?.id.0);
    let tell = async |id: &str| Answer::ok(&shape(&staff.ctx, &SettlementId::from(id)).await?);
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Puts a report away that is not to be booked; it may be sent in again. Twice is once.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = SettlementOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/settlements/{id}/discard")]
pub async fn discard_settlement(
    staff: Staff<can::BookSettlements>,
    id: web::Path<SettlementId>,
    _body: Body,
) -> ApiResult<HttpResponse> {
    settlement::discard(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(shape(&staff.ctx, &id).await?))
}

#[derive(Serialize, ToSchema)]
struct MatchedAgainOut {
    /// How many lines fit by now and were booked.
    booked: usize,
    settlement: SettlementOut,
}

/// Matches the waiting lines of a report once more and books those that fit by now. What was booked is not booked again.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = MatchedAgainOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/settlements/{id}/again")]
pub async fn match_settlement_again(
    staff: Fresh<can::BookSettlements>,
    id: web::Path<SettlementId>,
    _body: Body,
) -> ApiResult<HttpResponse> {
    let booked = settlement::again(&staff.ctx, &id).await?;
    Ok(HttpResponse::Ok().json(MatchedAgainOut { booked, settlement: shape(&staff.ctx, &id).await? }))
}

async fn told(ctx: &Ctx, id: &str) -> idempotent::Told {
    Answer::ok(&SettlementLineOut::from(settlement::get_line(ctx, &SettlementLineId::from(id)).await?))
}

#[derive(Deserialize, ToSchema)]
struct MatchLineIn {
    /// Our reference of the payment.
    reference: String,
    /// Why, for the audit trail.
    reason: String,
}

/// Says which payment a waiting line is about, and books it.
///
/// What is missing to the payment's amount is a fee. The same decision again changes nothing; another one is refused.
#[utoipa::path(tag = "whm-money", request_body = MatchLineIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SettlementLineOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/settlement-lines/{id}/match")]
pub async fn match_settlement_line(
    staff: Fresh<can::BookSettlements>,
    id: web::Path<SettlementLineId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    settlement::get_line(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: MatchLineIn = body.parse()?;
        Ok(settlement::match_line(ctx, &id, &input.reference, &input.reason).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

#[derive(Deserialize, ToSchema)]
struct LineDecisionIn {
    /// Why, for the audit trail.
    reason: String,
}

/// Books what a waiting line brought as money that fits nothing: it goes on under `/api/whm/unallocated`.
///
/// The same decision again changes nothing; another one is refused.
#[utoipa::path(tag = "whm-money", request_body = LineDecisionIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SettlementLineOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/settlement-lines/{id}/unallocated")]
pub async fn unallocate_settlement_line(
    staff: Fresh<can::BookSettlements>,
    id: web::Path<SettlementLineId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    settlement::get_line(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: LineDecisionIn = body.parse()?;
        Ok(settlement::to_unallocated(ctx, &id, &input.reason).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

/// Puts a waiting line away: nothing is booked for it.
///
/// The same decision again changes nothing; another one is refused.
#[utoipa::path(tag = "whm-money", request_body = LineDecisionIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SettlementLineOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/settlement-lines/{id}/dismiss")]
pub async fn dismiss_settlement_line(
    staff: Fresh<can::BookSettlements>,
    id: web::Path<SettlementLineId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    settlement::get_line(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: LineDecisionIn = body.parse()?;
        Ok(settlement::dismiss(ctx, &id, &input.reason).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}
