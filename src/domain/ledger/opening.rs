//! Opening balances: what the bank, gateways and the tax office held or were owed when the business came here, against
//! equity, dated on that day (ADR 0071). What customers owe and own comes with their invoices and wallets instead.
use super::{
    Account, LedgerError, Posting,
    period::{guard, hold_months},
    post,
    wallet::{self, Movement},
};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use chrono::{Datelike, NaiveDate};
use entity::{
    ledger::opening_balance,
    payments::payment_account,
    value::{
        CustomerId, IDR, ImportLinkId, OpeningBalanceId, PaymentAccountId, WalletTransactionType, business_day,
        day_start,
    },
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;

/// Largest balance: a thousand billions of rupiah.
const MOST_MINOR: i64 = 1_000_000_000_000_000;
/// Opening balances read for people; there are as many as accounts.
const SHOWN: u64 = 200;

/// A balance to be entered.
#[derive(Clone, Debug)]
pub struct NewOpening<'a> {
    /// `bank`, `tax_payable`, or `gateway_clearing:pac_…`.
    pub account: &'a str,
    /// The business day at whose beginning it stood so.
    pub day: NaiveDate,
    /// Debit positive, credit negative, whole rupiah.
    pub amount_minor: i64,
}

/// The account a code names, as far as it has an opening balance of its own.
async fn account_of(db: &impl ConnectionTrait, code: &str) -> Result<Account, LedgerError> {
    match code {
        "bank" => return Ok(Account::Bank),
        "tax_payable" => return Ok(Account::TaxPayable),
        _ => {}
    }
    let id = code.strip_prefix("gateway_clearing:").ok_or(LedgerError::InvalidAccount)?;
    let found = payment_account::Entity::find_by_id(PaymentAccountId::from(id)).one(db).await?;
    found.map(|account| Account::GatewayClearing(account.id)).ok_or(LedgerError::InvalidAccount)
}

/// Enters an opening balance: the account against equity, booked when `day` begins. An account has one of a day.
///
/// # Errors
/// `InvalidAmount` for nothing or too much, `InvalidAccount`, `InvalidDay` where it lies ahead; `PeriodClosed` once a
/// month is closed; `OpeningExists`; the database.
pub async fn enter(ctx: &Ctx, new: NewOpening<'_>) -> Result<opening_balance::Model, LedgerError> {
    if new.amount_minor == 0 || !(-MOST_MINOR..=MOST_MINOR).contains(&new.amount_minor) {
        return Err(LedgerError::InvalidAmount);
    }
    if new.day > business_day(ctx.now()) || new.day.year() < 2000 {
        return Err(LedgerError::InvalidDay);
    }
    let account = account_of(&ctx.db, new.account).await?;
    let tx = ctx.begin().await?;
    // Whoever closes a month waits for this, or this sees the month closed. Equity comes before every other account.
    let closed = hold_months(ctx, &tx).await?;
    post::lock(ctx, &tx, IDR, std::slice::from_ref(&account)).await?;
    if let Some(month) = closed {
        return Err(LedgerError::PeriodClosed { month });
    }
    let row = opening_balance::Model {
        id: OpeningBalanceId::generate(),
        account: account.code(IDR),
        day: new.day,
        amount_minor: new.amount_minor,
        currency: IDR.to_owned(),
        entered_by: ctx.actor.id().to_owned(),
        created_at: ctx.now(),
        reversed_at: None,
        reversed_by: None,
    };
    let active = row.clone().into_active_model().reset_all();
    let keep = OnConflict::new().do_nothing().to_owned();
    if opening_balance::Entity::insert(active).on_conflict(keep).exec_without_returning(&tx).await? == 0 {
        return Err(LedgerError::OpeningExists);
    }
    let posting = posting(&row, account, "opening_balance", row.amount_minor);
    post::post_at(ctx, &tx, posting, day_start(row.day)).await?;
    let change = Change {
        action: "ledger.opening.enter",
        target_type: "opening_balance",
        target_id: row.id.as_str(),
        after: Some(json!({ "account": row.account, "day": row.day, "amount_minor": row.amount_minor })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(row)
}

/// Takes an opening balance back by a counter-entry: on its day, or today where that month is closed.
///
/// # Errors
/// `NotFound`; `OpeningGone` where it was taken back before; the database.
pub async fn reverse(ctx: &Ctx, id: &OpeningBalanceId) -> Result<opening_balance::Model, LedgerError> {
    let row = opening_balance::Entity::find_by_id(id.clone()).one(&ctx.db).await?.ok_or(LedgerError::NotFound)?;
    let account = account_of(&ctx.db, &row.account).await?;
    let tx = ctx.begin().await?;
    hold_months(ctx, &tx).await?;
    post::lock(ctx, &tx, IDR, std::slice::from_ref(&account)).await?;
    let reversed = opening_balance::Entity::update_many()
        .col_expr(opening_balance::Column::ReversedAt, Expr::value(Some(ctx.now())))
        .col_expr(opening_balance::Column::ReversedBy, Expr::value(Some(ctx.actor.id().to_owned())))
        .filter(opening_balance::Column::Id.eq(id))
        .filter(opening_balance::Column::ReversedAt.is_null())
        .exec_with_returning(&tx)
        .await?;
    let row = reversed.into_iter().next().ok_or(LedgerError::OpeningGone)?;
    let then = day_start(row.day);
    let at = match guard(&tx, then).await {
        Ok(()) => then,
        Err(LedgerError::PeriodClosed { .. }) => ctx.now(),
        Err(error) => return Err(error),
    };
    post::post_at(ctx, &tx, posting(&row, account, "opening_reversed", -row.amount_minor), at).await?;
    let change = Change {
        action: "ledger.opening.reverse",
        target_type: "opening_balance",
        target_id: row.id.as_str(),
        before: Some(json!({ "account": row.account, "day": row.day, "amount_minor": row.amount_minor })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(row)
}

fn posting(row: &opening_balance::Model, account: Account, kind: &'static str, amount_minor: i64) -> Posting {
    let what = if kind == "opening_balance" { "Opening balance" } else { "Opening balance taken back" };
    Posting {
        idempotency_key: format!("{kind}:{}", row.id),
        kind,
        source_type: "opening_balance",
        source_id: row.id.0.clone(),
        description: format!("{what}: {} on {}", row.account, row.day),
        currency: row.currency.clone(),
        entries: vec![(account, amount_minor), (Account::Equity, -amount_minor)],
        wallet: None,
    }
}

/// What a customer had paid ahead in another system comes into his wallet, in `tx`, against equity: once per
/// `link_id`, the row that says which of theirs he is. It is booked now, not then: the month of now is open.
/// `description` is what the customer reads of it. Whether it was booked.
///
/// # Errors
/// `InvalidAmount` unless above zero and of this world; `NotFound`; `PeriodClosed` where the books of now are closed;
/// the database.
pub async fn take_over_wallet(
    ctx: &Ctx,
    tx: &WriteTx,
    customer_id: &CustomerId,
    link_id: &ImportLinkId,
    amount_minor: i64,
    description: String,
) -> Result<bool, LedgerError> {
    if amount_minor > MOST_MINOR {
        return Err(LedgerError::InvalidAmount);
    }
    let movement = Movement {
        customer_id: customer_id.clone(),
        amount_minor,
        r#type: WalletTransactionType::Adjustment,
        against: Account::Equity,
        kind: "wallet_taken_over",
        source_type: "import_link",
        source_id: link_id.0.clone(),
        description,
    };
    Ok(wallet::credit(ctx, tx, movement).await?.is_some())
}

/// Opening balances, the newest first; at most 200.
///
/// # Errors
/// The database.
pub async fn openings(ctx: &Ctx) -> Result<Vec<opening_balance::Model>, DbErr> {
    opening_balance::Entity::find().order_by_desc(opening_balance::Column::Id).limit(SHOWN).all(&ctx.db).await
}
