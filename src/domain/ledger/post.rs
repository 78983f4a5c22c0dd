//! The one way into the ledger.
use super::{Account, LedgerError, Series, chart, hold::held_minor, period, series};
use crate::{
    domain::Ctx,
    kernel::db::{WriteTx, insert_all},
};
use chrono::{DateTime, Utc};
use entity::{
    customers::customer,
    ledger::{account, entry, transaction, wallet_transaction},
    value::{
        CustomerId, LedgerAccountId, LedgerEntryId, LedgerTransactionId, WalletTransactionId, WalletTransactionType,
    },
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use std::collections::BTreeMap;

/// A fact about money, to be written once.
#[derive(Clone, Debug)]
pub struct Posting {
    /// The same fact has the same key: `invoice_issued:inv_…`.
    pub idempotency_key: String,
    /// `invoice_issued`, `payment_settled`, …
    pub kind: &'static str,
    /// Table (singular) of the fact.
    pub source_type: &'static str,
    /// Row of the fact.
    pub source_id: String,
    /// Words for staff.
    pub description: String,
    /// ISO 4217 code of all its amounts.
    pub currency: String,
    /// Debit positive, credit negative, minor units; zeros are left out, repeated accounts are added up.
    pub entries: Vec<(Account, i64)>,
    /// What the customer reads, where a wallet is among the accounts.
    pub wallet: Option<WalletNote>,
}

/// What a customer reads of a movement of his wallet.
#[derive(Clone, Debug)]
pub struct WalletNote {
    /// Why money moved.
    pub r#type: WalletTransactionType,
    /// Words in the customer's language.
    pub description: String,
}

/// What is written.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The posting.
    pub transaction: transaction::Model,
    /// False where it was written before.
    pub is_new: bool,
    /// The movement of the wallet, where one was among the accounts of a new posting.
    pub wallet: Option<wallet_transaction::Model>,
}

/// Writes `posting` in `tx` and moves the balances of its accounts, always in order of their codes, so that two
/// transactions with one posting each never wait for each other in a circle. A transaction with several postings calls
/// [`lock`] before the first. Posting the same key again changes nothing.
///
/// # Errors
/// `Unbalanced` unless the entries sum to zero; `KeyReused` where the key belongs to another fact;
/// `InsufficientCredit` where a wallet would fall below minus its credit limit; `PeriodClosed` where the books of now are
/// closed, as after a clock that jumped back; the database.
pub async fn post(ctx: &Ctx, tx: &WriteTx, posting: Posting) -> Result<Posted, LedgerError> {
    post_at(ctx, tx, posting, ctx.now()).await
}

/// As [`post`], dated `now` (UTC), which may lie behind us: for what was so before the books began, and for what belongs
/// to a day that is over. Whoever dates back holds the months first, see [`super::hold_months`].
///
/// # Errors
/// As `post`.
pub async fn post_at(ctx: &Ctx, tx: &WriteTx, posting: Posting, now: DateTime<Utc>) -> Result<Posted, LedgerError> {
    let (accounts, amounts) = summed(&posting)?;
    let row = transaction_row(&posting, now);
    let keep = OnConflict::column(transaction::Column::IdempotencyKey).do_nothing().to_owned();
    let is_new = transaction::Entity::insert(row).on_conflict(keep).exec_without_returning(tx).await? == 1;
    let transaction = transaction::Entity::find()
        .filter(transaction::Column::IdempotencyKey.eq(&posting.idempotency_key))
        .one(tx)
        .await?
        .ok_or(LedgerError::NotFound)?;
    if !is_new {
        let same = transaction.kind == posting.kind
            && transaction.source_type == posting.source_type
            && transaction.source_id == posting.source_id;
        return if same {
            Ok(Posted { transaction, is_new, wallet: None })
        } else {
            Err(LedgerError::KeyReused(posting.idempotency_key))
        };
    }

    period::guard(tx, now).await?;
    let ids = chart::open(tx, now, &posting.currency, &accounts).await?;
    let mut wallet = None;
    for (code, amount) in &amounts {
        let id = &ids[code];
        let balance = move_balance(tx, id, &accounts[code], *amount).await?;
        if let Account::Wallet(customer) = &accounts[code] {
            wallet = Some((customer.clone(), *amount, balance));
        }
    }
    let entries = amounts.iter().map(|(code, amount)| entry::ActiveModel {
        id: Set(LedgerEntryId::generate()),
        transaction_id: Set(transaction.id.clone()),
        account_id: Set(ids[code].clone()),
        amount_minor: Set(*amount),
        currency: Set(posting.currency.clone()),
        created_at: Set(now),
    });
    entry::Entity::insert_many(entries).exec_without_returning(tx).await?;
    let wallet = match (wallet, &posting.wallet) {
        (Some(moved), Some(note)) => Some(record(ctx, tx, &transaction, &posting.currency, moved, note).await?),
        _ => None,
    };
    Ok(Posted { transaction, is_new, wallet })
}

/// Writes postings of facts that are new, in a few statements however many they are. None of them touches a wallet.
/// Accounts are opened and moved in order of their codes.
///
/// # Errors
/// `Unbalanced`, also where a wallet is among the accounts; `KeyReused` where one of the keys was used before: `tx` must
/// not be committed; `PeriodClosed`; the database.
pub async fn post_all(ctx: &Ctx, tx: &WriteTx, postings: &[Posting]) -> Result<(), LedgerError> {
    let now = ctx.now();
    period::guard(tx, now).await?;
    let (mut transactions, mut moves) = (Vec::with_capacity(postings.len()), Vec::new());
    let mut opened: BTreeMap<String, account::ActiveModel> = BTreeMap::new();
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for posting in postings {
        let (accounts, amounts) = summed(posting)?;
        if posting.wallet.is_some() {
            return Err(LedgerError::Unbalanced(posting.idempotency_key.clone()));
        }
        let row = transaction_row(posting, now);
        for (code, amount) in amounts {
            let sum = sums.entry(code.clone()).or_default();
            *sum = sum.checked_add(amount).ok_or(entity::value::MoneyError::Overflow)?;
            opened
                .entry(code.clone())
                .or_insert_with(|| chart::row(code.clone(), &accounts[&code], &posting.currency, now));
            moves.push((row.id.clone(), code, amount, posting.currency.clone()));
        }
        transactions.push(row);
    }
    let keep = OnConflict::column(transaction::Column::IdempotencyKey).do_nothing().to_owned();
    if insert_all(tx, transactions, Some(keep)).await? != postings.len() as u64 {
        let key = postings.first().map(|posting| posting.idempotency_key.clone());
        return Err(LedgerError::KeyReused(key.unwrap_or_default()));
    }
    let ids = chart::move_all(tx, opened.into_values().collect(), &sums).await?;
    let entries = moves.into_iter().map(|(transaction_id, code, amount, currency)| entry::ActiveModel {
        id: Set(LedgerEntryId::generate()),
        transaction_id,
        account_id: Set(ids[&code].clone()),
        amount_minor: Set(amount),
        currency: Set(currency),
        created_at: Set(now),
    });
    insert_all(tx, entries.collect(), None).await?;
    Ok(())
}

fn transaction_row(posting: &Posting, now: DateTime<Utc>) -> transaction::ActiveModel {
    transaction::ActiveModel {
        id: Set(LedgerTransactionId::generate()),
        idempotency_key: Set(posting.idempotency_key.clone()),
        kind: Set(posting.kind.to_owned()),
        source_type: Set(posting.source_type.to_owned()),
        source_id: Set(posting.source_id.clone()),
        description: Set(posting.description.chars().take(255).collect()),
        posted_at: Set(now),
    }
}

/// Keeps others from moving `accounts` until `tx` ends, and opens those that do not exist. Accounts are always locked
/// in order of their codes: a transaction that posts more than once names all its accounts here first, after it has
/// taken the numbers of its documents.
///
/// # Errors
/// The database.
pub async fn lock(ctx: &Ctx, tx: &WriteTx, currency: &str, accounts: &[Account]) -> Result<(), LedgerError> {
    let accounts = accounts.iter().map(|account| (account.code(currency), account.clone())).collect();
    let ids = chart::open(tx, ctx.now(), currency, &accounts).await?;
    for code in accounts.keys() {
        account::Entity::find_by_id(ids[code].clone()).lock_exclusive().one(tx).await?;
    }
    Ok(())
}

type Summed = (BTreeMap<String, Account>, BTreeMap<String, i64>);

/// The accounts by code and what each gets; checks that the whole is zero and that a wallet's movement has its words.
fn summed(posting: &Posting) -> Result<Summed, LedgerError> {
    let unbalanced = || LedgerError::Unbalanced(posting.idempotency_key.clone());
    let (mut accounts, mut amounts) = (BTreeMap::new(), BTreeMap::<String, i64>::new());
    for (account, amount) in &posting.entries {
        let code = account.code(&posting.currency);
        let sum = amounts.entry(code.clone()).or_default();
        *sum = sum.checked_add(*amount).ok_or(entity::value::MoneyError::Overflow)?;
        accounts.insert(code, account.clone());
    }
    amounts.retain(|_, amount| *amount != 0);
    accounts.retain(|code, _| amounts.contains_key(code));
    let wallets = accounts.values().filter(|account| matches!(account, Account::Wallet(_))).count();
    let is_balanced = amounts.values().map(|amount| i128::from(*amount)).sum::<i128>() == 0;
    // One wallet per posting: its row in the history is tied to the posting by a unique key.
    if amounts.is_empty() || !is_balanced || wallets > 1 || (wallets == 1) != posting.wallet.is_some() {
        return Err(unbalanced());
    }
    Ok((accounts, amounts))
}

/// Adds `amount` to an account and returns the new balance. A debit of a wallet is guarded in the same statement; what
/// is set aside cannot be spent.
async fn move_balance(tx: &WriteTx, id: &LedgerAccountId, account: &Account, amount: i64) -> Result<i64, LedgerError> {
    let balance = || Expr::col(account::Column::BalanceMinor);
    let mut update = account::Entity::update_many()
        .col_expr(account::Column::BalanceMinor, balance().add(amount))
        .filter(account::Column::Id.eq(id));
    let mut limit = 0;
    if let (Account::Wallet(customer), true) = (account, amount > 0) {
        // Locked first: money that is being set aside meanwhile must be seen.
        let row = account::Entity::find_by_id(id.clone()).lock_exclusive().one(tx).await?;
        let currency = row.ok_or(LedgerError::NotFound)?.currency;
        limit = credit_limit(tx, customer).await? - held_minor(tx, customer, &currency).await?;
        update = update.filter(balance().add(amount).lte(limit));
    }
    let rows = update.exec_with_returning(tx).await?;
    if let Some(row) = rows.first() {
        return Ok(row.balance_minor);
    }
    let held: i64 = account::Entity::find_by_id(id.clone())
        .select_only()
        .column(account::Column::BalanceMinor)
        .into_tuple()
        .one(tx)
        .await?
        .ok_or(LedgerError::NotFound)?;
    let shortfall = held.checked_add(amount).and_then(|sum| sum.checked_sub(limit));
    Err(LedgerError::InsufficientCredit { shortfall_minor: shortfall.ok_or(LedgerError::InvalidAmount)? })
}

pub(super) async fn credit_limit(db: &impl ConnectionTrait, customer: &CustomerId) -> Result<i64, LedgerError> {
    let limit = customer::Entity::find_by_id(customer.clone())
        .select_only()
        .column(customer::Column::CreditLimitMinor)
        .into_tuple::<i64>()
        .one(db)
        .await?;
    limit.ok_or(LedgerError::NotFound)
}

/// Writes the customer's view of the movement. The account's row is locked by the update before, so that before and
/// after are those of this movement.
async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    transaction: &transaction::Model,
    currency: &str,
    (customer_id, amount, balance): (CustomerId, i64, i64),
    note: &WalletNote,
) -> Result<wallet_transaction::Model, LedgerError> {
    let number = series::next_number(ctx, tx, Series::Wallet).await?;
    let row = wallet_transaction::Model {
        id: WalletTransactionId::generate(),
        number,
        customer_id,
        r#type: note.r#type,
        amount_minor: -amount,
        balance_before_minor: -(balance - amount),
        balance_after_minor: -balance,
        currency: currency.to_owned(),
        description: note.description.chars().take(255).collect(),
        ledger_transaction_id: transaction.id.clone(),
        created_at: ctx.now(),
    };
    let active = wallet_transaction::ActiveModel::from(row.clone()).reset_all();
    wallet_transaction::Entity::insert(active).exec_without_returning(tx).await?;
    tx.wake_after_commit(format!("customer:{}", row.customer_id));
    Ok(row)
}
