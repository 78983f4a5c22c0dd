//! Closing accounts of customers, opening them again, and paying their wallets out.
use super::customers::CustomerOut;
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
        customers::{self, Listed},
        desk::{self, Leave, Left, Obstacle, Standing},
        ledger::{self, BankAccount, PayoutFilter},
        payments::refund_transfer,
    },
    kernel::permission::can,
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{
    ledger::wallet_payout,
    value::{CustomerId, WalletPayoutId, WalletPayoutStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Something that stands in the way.
#[derive(Serialize, ToSchema)]
pub struct ObstacleOut {
    /// `contract`, `invoice`, `payment`, `refund`, `dispute`, `approval`, `overdrawn`; between two accounts also `closed`,
    /// `currency`, `tax_country`, `tax_exempt`, `tax_number`, `tax_duties`, `product`, `payout`, `plan_change`, `pause`,
    /// `import`.
    kind: &'static str,
    /// Which.
    id: String,
    /// What people call it.
    label: String,
}

impl From<Obstacle> for ObstacleOut {
    fn from(one: Obstacle) -> Self {
        Self { kind: one.kind.as_str(), id: one.id, label: one.label }
    }
}

#[derive(Serialize, ToSchema)]
struct ClosingOut {
    customer_id: String,
    status: &'static str,
    /// What would be paid out, minor units.
    balance: i64,
    /// Set aside for something under way, minor units.
    held: i64,
    currency: String,
    /// Who could act in the account: names.
    members: Vec<String>,
    /// What has to be over before; empty where the account can be closed.
    obstacles: Vec<ObstacleOut>,
}

impl From<Standing> for ClosingOut {
    fn from(standing: Standing) -> Self {
        Self {
            customer_id: standing.customer.id.0,
            status: standing.customer.status.as_str(),
            balance: standing.wallet.balance,
            held: standing.wallet.held,
            currency: standing.wallet.currency,
            members: standing.members.into_iter().map(|member| member.name).collect(),
            obstacles: standing.obstacles.into_iter().map(ObstacleOut::from).collect(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct PayoutOut {
    id: String,
    customer_id: String,
    /// `waiting` (for a second pair of eyes), `open` (to be transferred), `paid`, `returned`, `refused` or `cancelled`.
    status: &'static str,
    /// Minor units.
    amount: i64,
    currency: String,
    bank_name: String,
    account_holder: String,
    account_number: String,
    reason: String,
    /// The refund it carries to a bank account.
    refund_id: Option<String>,
    /// The decision it waits for.
    approval_id: Option<String>,
    /// The bank's name for the transfer.
    bank_reference: Option<String>,
    /// Why it was called off, or came back.
    note: Option<String>,
    created_at: DateTime<Utc>,
    paid_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
}

impl From<wallet_payout::Model> for PayoutOut {
    fn from(row: wallet_payout::Model) -> Self {
        Self {
            id: row.id.0,
            customer_id: row.customer_id.0,
            status: row.status.as_str(),
            amount: row.amount_minor,
            currency: row.currency,
            bank_name: row.bank_name,
            account_holder: row.account_holder,
            account_number: row.account_number,
            reason: row.reason,
            refund_id: row.refund_id.map(|id| id.0),
            approval_id: row.approval_id.map(|id| id.0),
            bank_reference: row.bank_reference,
            note: row.note,
            created_at: row.created_at,
            paid_at: row.paid_at,
            closed_at: row.closed_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct PayoutAnswer {
    payout: PayoutOut,
}

#[derive(Serialize, ToSchema)]
struct PayoutList {
    data: Vec<PayoutOut>,
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct ClosedOut {
    customer: CustomerOut,
    /// What pays the wallet out, while that is under way.
    payout: Option<PayoutOut>,
}

impl From<Left> for ClosedOut {
    fn from(left: Left) -> Self {
        Self { customer: Listed::from(left.customer).into(), payout: left.payout.map(PayoutOut::from) }
    }
}

/// What keeps an account from being closed, and what would be paid out.
#[utoipa::path(tag = "whm-customers", responses((status = 200, body = ClosingOut), (status = 404, body = Problem)))]
#[get("/api/whm/customers/{id}/closing")]
pub async fn show_closing(staff: Staff<can::CloseCustomers>, id: web::Path<CustomerId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(ClosingOut::from(desk::look(&staff.ctx, &id).await?)))
}

#[derive(Deserialize, ToSchema)]
struct CloseIn {
    /// Why, for the audit trail.
    reason: String,
    /// To which bank the wallet is paid out; needed where there is money in it.
    #[serde(default)]
    bank_name: String,
    /// In whose name the bank account is.
    #[serde(default)]
    account_holder: String,
    /// Its number.
    #[serde(default)]
    account_number: String,
}

impl CloseIn {
    fn leave(&self) -> Leave<'_> {
        let bank = BankAccount {
            bank_name: &self.bank_name,
            account_holder: &self.account_holder,
            account_number: &self.account_number,
        };
        Leave { reason: &self.reason, bank }
    }
}

/// Closes an account and sets what its wallet holds aside to be paid out.
///
/// Refused with `obstacles` while contracts stand, invoices are open or money is on its way. An account that is closed
/// stays so.
#[utoipa::path(tag = "whm-customers", request_body = CloseIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = ClosedOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/customers/{id}/close")]
pub async fn close_customer(
    staff: Fresh<can::CloseCustomers>,
    id: web::Path<CustomerId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: CloseIn = body.parse()?;
        Ok(desk::close(ctx, &id, &input.leave()).await?.customer.id.0)
    };
    let tell = async |id: &str| Answer::ok(&ClosedOut::from(desk::left(&staff.ctx, &CustomerId::from(id)).await?));
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

#[derive(Deserialize, ToSchema)]
struct ReopenIn {
    /// Why, for the audit trail.
    reason: String,
}

/// Opens a closed account again.
///
/// A payout that is under way goes on.
#[utoipa::path(tag = "whm-customers", request_body = ReopenIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = CustomerOut), (status = 404, body = Problem)))]
#[post("/api/whm/customers/{id}/reopen")]
pub async fn reopen_customer(
    staff: Fresh<can::CloseCustomers>,
    id: web::Path<CustomerId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: ReopenIn = body.parse()?;
        Ok(desk::reopen(ctx, &id, &input.reason).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = customers::get(&staff.ctx.db, &CustomerId::from(id)).await?;
        Answer::ok(&CustomerOut::from(Listed::from(row)))
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Asks for what the wallet of a closed account holds to be paid out: money that came late, or came back.
#[utoipa::path(tag = "whm-customers", request_body = CloseIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = PayoutAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/customers/{id}/payout")]
pub async fn ask_payout(
    staff: Fresh<can::CloseCustomers>,
    id: web::Path<CustomerId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: CloseIn = body.parse()?;
        Ok(desk::pay_out(ctx, &id, &input.leave()).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = ledger::get_payout(&staff.ctx, &WalletPayoutId::from(id)).await?;
        Answer::created(&PayoutAnswer { payout: row.into() })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Which payouts.
#[derive(Deserialize, IntoParams)]
pub struct PayoutQuery {
    /// `waiting`, `open`, `paid`, `returned`, `refused` or `cancelled`; all where nobody says.
    status: Option<String>,
    /// Only of this customer.
    customer_id: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

/// Payouts of wallets, newest first.
#[utoipa::path(tag = "whm-money", params(PayoutQuery), responses((status = 200, body = PayoutList), (status = 403, body = Problem)))]
#[get("/api/whm/payouts")]
pub async fn list_payouts(staff: Staff<can::ReadPayments>, query: web::Query<PayoutQuery>) -> ApiResult<HttpResponse> {
    let PayoutQuery { status, customer_id, cursor, limit } = query.into_inner();
    let status = named("status", status.as_deref(), WalletPayoutStatus::parse)?;
    let filter = PayoutFilter { status, customer_id: customer_id.map(CustomerId) };
    let page = ledger::payouts(&staff.ctx, &filter, &PageQuery { cursor, limit }.request()?).await?;
    let page = page.map(PayoutOut::from);
    Ok(HttpResponse::Ok().json(PayoutList { data: page.rows, next_cursor: page.next_cursor }))
}

/// One payout.
#[utoipa::path(tag = "whm-money", responses((status = 200, body = PayoutOut), (status = 404, body = Problem)))]
#[get("/api/whm/payouts/{id}")]
pub async fn show_payout(staff: Staff<can::ReadPayments>, id: web::Path<WalletPayoutId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(PayoutOut::from(ledger::get_payout(&staff.ctx, &id).await?)))
}

async fn told(ctx: &Ctx, id: &str) -> idempotent::Told {
    let row = ledger::get_payout(ctx, &WalletPayoutId::from(id)).await?;
    Answer::ok(&PayoutAnswer { payout: row.into() })
}

#[derive(Deserialize, ToSchema)]
struct ConfirmPayoutIn {
    /// The bank's name for the transfer.
    bank_reference: String,
}

/// Says that the bank has transferred the money: it leaves the wallet.
///
/// The same again changes nothing; another reference is refused.
#[utoipa::path(tag = "whm-money", request_body = ConfirmPayoutIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = PayoutAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/payouts/{id}/confirm")]
pub async fn confirm_payout(
    staff: Fresh<can::PayOutWallets>,
    id: web::Path<WalletPayoutId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    ledger::get_payout(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: ConfirmPayoutIn = body.parse()?;
        Ok(ledger::confirm_payout(ctx, &id, &input.bank_reference).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

#[derive(Deserialize, ToSchema)]
struct EndPayoutIn {
    /// Why, for the audit trail.
    reason: String,
}

/// Says that the bank sent the money back: it is in the wallet again.
#[utoipa::path(tag = "whm-money", request_body = EndPayoutIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = PayoutAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/payouts/{id}/return")]
pub async fn return_payout(
    staff: Fresh<can::PayOutWallets>,
    id: web::Path<WalletPayoutId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    ledger::get_payout(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: EndPayoutIn = body.parse()?;
        Ok(ledger::return_payout(ctx, &id, &input.reason).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

/// Calls a payout off that was not transferred: its money is free again.
#[utoipa::path(tag = "whm-money", request_body = EndPayoutIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = PayoutAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/payouts/{id}/cancel")]
pub async fn cancel_payout(
    staff: Fresh<can::PayOutWallets>,
    id: web::Path<WalletPayoutId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    ledger::get_payout(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: EndPayoutIn = body.parse()?;
        Ok(ledger::cancel_payout(ctx, &id, &input.reason).await?.id.0)
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, async |id: &str| told(&staff.ctx, id).await).await
}

#[derive(Deserialize, ToSchema)]
struct SendAgainIn {
    /// To which bank.
    bank_name: String,
    /// In whose name the bank account is.
    account_holder: String,
    /// Its number.
    account_number: String,
}

/// Sends a refund to a bank account once more, after its payout came back or was called off.
///
/// Only the last payout of a refund is sent again; the answer is the new one.
#[utoipa::path(tag = "whm-money", request_body = SendAgainIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = PayoutAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/payouts/{id}/again")]
pub async fn send_payout_again(
    staff: Fresh<can::PayOutWallets>,
    id: web::Path<WalletPayoutId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    ledger::get_payout(&staff.ctx, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: SendAgainIn = body.parse()?;
        let bank = BankAccount {
            bank_name: &input.bank_name,
            account_holder: &input.account_holder,
            account_number: &input.account_number,
        };
        Ok(refund_transfer::send_again(ctx, &id, &bank).await?.id.0)
    };
    let tell = async |id: &str| {
        let row = ledger::get_payout(&staff.ctx, &WalletPayoutId::from(id)).await?;
        Answer::created(&PayoutAnswer { payout: row.into() })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}
