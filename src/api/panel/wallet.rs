//! `/api/panel/wallet`.
use super::payments::{ChoiceIn, PaymentAnswer, started};
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        idempotent,
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        customers::{self, RenewingChange},
        ledger,
        payments::attempt,
    },
    kernel::permission::may,
};
use actix_web::{HttpResponse, get, patch, post, web};
use chrono::{DateTime, Utc};
use entity::{customers::customer, ledger::wallet_transaction};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct WalletOut {
    /// What can be spent: posted minus held.
    balance: i64,
    held: i64,
    currency: String,
    total_top_up: i64,
    total_spent: i64,
    /// How far it may go below zero.
    credit_limit: i64,
    /// Whether renewals are taken from it by themselves when they are due.
    auto_debit: bool,
}

#[derive(Serialize, ToSchema)]
struct MovementOut {
    number: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Signed: after = before + amount.
    amount: i64,
    balance_before: i64,
    balance_after: i64,
    currency: String,
    description: String,
    created_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct MovementList {
    data: Vec<MovementOut>,
    next_cursor: Option<String>,
}

impl From<wallet_transaction::Model> for MovementOut {
    fn from(row: wallet_transaction::Model) -> Self {
        Self {
            number: row.number,
            kind: row.r#type.as_str(),
            amount: row.amount_minor,
            balance_before: row.balance_before_minor,
            balance_after: row.balance_after_minor,
            currency: row.currency,
            description: row.description,
            created_at: row.created_at,
        }
    }
}

/// The wallet.
#[utoipa::path(tag = "wallet", responses((status = 200, body = WalletOut), (status = 401, body = Problem)))]
#[get("/api/panel/wallet")]
pub async fn show_wallet(me: Member<may::Read>) -> ApiResult<HttpResponse> {
    told(&me.ctx, customers::get(&me.ctx.db, &me.customer_id).await?).await
}

async fn told(ctx: &Ctx, customer: customer::Model) -> ApiResult<HttpResponse> {
    let wallet = ledger::wallet(ctx, &customer.id).await?;
    Ok(HttpResponse::Ok().json(WalletOut {
        balance: wallet.balance,
        held: wallet.held,
        currency: wallet.currency,
        total_top_up: wallet.total_top_up,
        total_spent: wallet.total_spent,
        credit_limit: customer.credit_limit_minor,
        auto_debit: customer.auto_debit,
    }))
}

#[derive(Deserialize, ToSchema)]
struct WalletIn {
    /// Whether renewals are taken from the wallet by themselves when they are due.
    auto_debit: bool,
}

/// Says whether the wallet pays renewals by itself. The same again changes nothing.
#[utoipa::path(tag = "wallet", request_body = WalletIn, responses((status = 200, body = WalletOut), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/panel/wallet")]
pub async fn change_wallet(me: Member<may::Pay>, body: Body) -> ApiResult<HttpResponse> {
    let input: WalletIn = body.parse()?;
    let change = RenewingChange { auto_debit: Some(input.auto_debit), ..RenewingChange::default() };
    told(&me.ctx, customers::set_renewing(&me.ctx, &me.customer_id, change).await?).await
}

/// Movements of the wallet, newest first.
#[utoipa::path(tag = "wallet", params(PageQuery), responses((status = 200, body = MovementList)))]
#[get("/api/panel/wallet/transactions")]
pub async fn list_wallet_transactions(me: Member<may::Read>, query: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let page = ledger::history(&me.ctx, &me.customer_id, &query.request()?).await?;
    let data = page.rows.into_iter().map(MovementOut::from).collect();
    Ok(HttpResponse::Ok().json(MovementList { data, next_cursor: page.next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct TopUpIn {
    /// Minor units; at least Rp 10.000.
    #[schema(example = 100_000)]
    amount: i64,
    #[serde(flatten)]
    choice: ChoiceIn,
}

/// Starts a top-up.
#[utoipa::path(tag = "wallet", request_body = TopUpIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = PaymentAnswer), (status = 502, body = Problem)))]
#[post("/api/panel/wallet/topups")]
pub async fn start_top_up(me: Member<may::Pay>, key: IdempotencyKey, body: Body) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let input: TopUpIn = body.parse()?;
        Ok(attempt::start_top_up(ctx, &me.customer_id, input.amount, &input.choice.into()).await?.id.0)
    };
    idempotent::run(&me.ctx, &key, body.bytes(), work, async |id| started(&me.ctx, &me.customer_id, id).await).await
}
