//! Money of a wallet set aside for something under way. It cannot be spent otherwise; nothing is posted before it is.
use super::{Account, LedgerError, post, wallet};
use crate::{
    domain::Ctx,
    kernel::db::{WriteTx, sum_i64},
};
use entity::{
    ledger::wallet_hold,
    value::{CustomerId, WalletHoldId, WalletHoldStatus},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{Expr, SelectStatement},
};

/// What is to be set aside, and for what.
#[derive(Clone, Debug)]
pub struct NewHold<'a> {
    /// Whose wallet.
    pub customer_id: &'a CustomerId,
    /// How much, above zero, minor units of the customer's currency.
    pub amount_minor: i64,
    /// Table (singular) of what it is for.
    pub source_type: &'static str,
    /// Row of what it is for.
    pub source_id: &'a str,
}

/// Sets money of a wallet aside in `tx`. Not idempotent by itself: its owner's state decides that it happens once.
///
/// # Errors
/// `InvalidAmount` unless above zero; `InsufficientCredit`; `NotFound` for an unknown customer; the database.
pub async fn hold(ctx: &Ctx, tx: &WriteTx, new: NewHold<'_>) -> Result<wallet_hold::Model, LedgerError> {
    if new.amount_minor <= 0 {
        return Err(LedgerError::InvalidAmount);
    }
    let currency = wallet::currency_of(tx, new.customer_id).await?;
    // Whoever spends from the wallet waits until this hold can be seen.
    post::lock(ctx, tx, &currency, &[Account::Wallet(new.customer_id.clone())]).await?;
    let available = wallet::balance_minor(tx, new.customer_id, &currency).await?;
    let limit = post::credit_limit(tx, new.customer_id).await?;
    let shortfall = i128::from(new.amount_minor) - i128::from(available) - i128::from(limit);
    if shortfall > 0 {
        let shortfall_minor = i64::try_from(shortfall).map_err(|_| LedgerError::InvalidAmount)?;
        return Err(LedgerError::InsufficientCredit { shortfall_minor });
    }
    let row = wallet_hold::Model {
        id: WalletHoldId::generate(),
        customer_id: new.customer_id.clone(),
        amount_minor: new.amount_minor,
        currency,
        status: WalletHoldStatus::Open,
        source_type: new.source_type.to_owned(),
        source_id: new.source_id.to_owned(),
        created_at: ctx.now(),
        closed_at: None,
    };
    wallet_hold::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    tx.wake_after_commit(format!("customer:{}", row.customer_id));
    Ok(row)
}

/// Frees money that was set aside, to be spent in `tx` (`Captured`) or kept (`Released`). Whether it was still held.
///
/// # Errors
/// The database.
pub async fn close_hold(ctx: &Ctx, tx: &WriteTx, id: &WalletHoldId, status: WalletHoldStatus) -> Result<bool, DbErr> {
    let closed = wallet_hold::Entity::update_many()
        .col_expr(wallet_hold::Column::Status, Expr::value(status))
        .col_expr(wallet_hold::Column::ClosedAt, Expr::value(Some(ctx.now())))
        .filter(wallet_hold::Column::Id.eq(id))
        .filter(wallet_hold::Column::Status.eq(WalletHoldStatus::Open))
        .exec_with_returning(tx)
        .await?;
    for row in &closed {
        tx.wake_after_commit(format!("customer:{}", row.customer_id));
    }
    Ok(!closed.is_empty())
}

/// What is set aside of a wallet, minor units.
///
/// # Errors
/// The database.
pub(super) async fn held_minor(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    currency: &str,
) -> Result<i64, DbErr> {
    let row = db.query_one(&held_query(customer_id, currency)).await?;
    Ok(row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten().unwrap_or(0))
}

/// One row: the sum of what is set aside, NULL for nothing.
pub(super) fn held_query(customer_id: &CustomerId, currency: &str) -> SelectStatement {
    wallet_hold::Entity::find()
        .select_only()
        .column_as(sum_i64(wallet_hold::Column::AmountMinor), "sum")
        .filter(wallet_hold::Column::CustomerId.eq(customer_id))
        .filter(wallet_hold::Column::Currency.eq(currency))
        .filter(wallet_hold::Column::Status.eq(WalletHoldStatus::Open))
        .into_query()
}

/// What is set aside of the wallets of these customers, by customer and currency.
pub(super) async fn held_of(
    db: &impl ConnectionTrait,
    customers: Vec<String>,
) -> Result<Vec<(CustomerId, String, i64)>, DbErr> {
    let rows: Vec<(CustomerId, String, Option<i64>)> = wallet_hold::Entity::find()
        .select_only()
        .columns([wallet_hold::Column::CustomerId, wallet_hold::Column::Currency])
        .column_as(sum_i64(wallet_hold::Column::AmountMinor), "sum")
        .filter(wallet_hold::Column::CustomerId.is_in(customers))
        .filter(wallet_hold::Column::Status.eq(WalletHoldStatus::Open))
        .group_by(wallet_hold::Column::CustomerId)
        .group_by(wallet_hold::Column::Currency)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(customer, currency, sum)| (customer, currency, sum.unwrap_or_default())).collect())
}
