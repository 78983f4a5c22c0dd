//! What one customer owes and owns becomes another's, because the two turned out to be one (ADR 0093).
//!
//! Every open invoice is moved by a posting of its own, so that reports of days before and after tell who owed it then.
//! Money of a wallet goes over goodwill, as a change by hand would: a posting touches one wallet, whose owner reads it in
//! his history. The two postings stand in one transaction and leave nothing on goodwill.
use super::{Account, LedgerError, Posting, WalletNote, post, wallet::balance_minor};
use crate::{domain::Ctx, kernel::db::WriteTx};
use entity::{
    customers::{customer, merge},
    value::{CustomerId, CustomerMergeId, InvoiceId, WalletTransactionType, next_ulid},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

/// From whom to whom.
#[derive(Clone, Copy, Debug)]
pub struct HandOver<'a> {
    /// The row that says that the two are one.
    pub merge_id: &'a CustomerMergeId,
    /// Whose it was.
    pub from: &'a CustomerId,
    /// Whose it is.
    pub into: &'a CustomerId,
    /// ISO 4217 code of both.
    pub currency: &'a str,
}

/// Passes for a customer whose money is his own, and keeps him from being merged before `tx` ends: called before the
/// first lock, but for a change of the customer himself, which comes before it.
///
/// # Errors
/// `CustomerMerged` with whose it is now; the database.
pub async fn refuse_merged(tx: &WriteTx, id: &CustomerId) -> Result<(), LedgerError> {
    customer::Entity::find_by_id(id.clone()).lock_shared().one(tx).await?;
    let merged = merge::Entity::find().filter(merge::Column::FromId.eq(id)).one(tx).await?;
    merged.map_or(Ok(()), |merged| Err(LedgerError::CustomerMerged(merged.now_id)))
}

/// Begins a transaction, and says whose the money of `id` is in it: his own, or that of whom he was merged into, also by
/// way of others. Until it ends that one is not merged in turn.
///
/// # Errors
/// The database.
pub(super) async fn begin_for_owner(ctx: &Ctx, id: &CustomerId) -> Result<(WriteTx, CustomerId), LedgerError> {
    loop {
        let tx = ctx.begin().await?;
        let owner = owner_of(&tx, id).await?;
        customer::Entity::find_by_id(owner.clone()).lock_shared().one(&tx).await?;
        if owner_of(&tx, id).await? == owner {
            return Ok((tx, owner));
        }
        // He was merged while the lock was waited for. Begun anew, so that never two accounts are locked here: a merge
        // locks two in an order of its own.
    }
}

async fn owner_of(db: &impl ConnectionTrait, id: &CustomerId) -> Result<CustomerId, DbErr> {
    let merged = merge::Entity::find().filter(merge::Column::FromId.eq(id)).one(db).await?;
    Ok(merged.map_or_else(|| id.clone(), |merged| merged.now_id))
}

/// Keeps others from moving what is to be handed over until `tx` ends: called before the first posting.
///
/// # Errors
/// The database.
pub async fn lock_both(ctx: &Ctx, tx: &WriteTx, hand: HandOver<'_>) -> Result<(), LedgerError> {
    let accounts = [
        Account::Receivable(hand.from.clone()),
        Account::Receivable(hand.into.clone()),
        Account::Wallet(hand.from.clone()),
        Account::Wallet(hand.into.clone()),
        Account::Goodwill,
    ];
    post::lock(ctx, tx, hand.currency, &accounts).await
}

/// Moves what is open of an invoice, minor units; nothing open moves nothing. The same invoice again changes nothing.
///
/// # Errors
/// `PeriodClosed` where the books of now are closed; the database.
pub async fn hand_over_debt(
    ctx: &Ctx,
    tx: &WriteTx,
    hand: HandOver<'_>,
    invoice: (&InvoiceId, &str),
    open_minor: i64,
) -> Result<(), LedgerError> {
    if open_minor == 0 {
        return Ok(());
    }
    let (id, number) = invoice;
    let posting = Posting {
        idempotency_key: format!("receivable_moved:{}:{id}", hand.merge_id),
        kind: "receivable_moved",
        source_type: "invoice",
        source_id: id.0.clone(),
        description: format!("{number} goes from {} to {}", hand.from, hand.into),
        currency: hand.currency.to_owned(),
        entries: vec![
            (Account::Receivable(hand.into.clone()), open_minor),
            (Account::Receivable(hand.from.clone()), -open_minor),
        ],
        wallet: None,
    };
    post::post(ctx, tx, posting).await?;
    Ok(())
}

/// Moves everything that can be spent from one wallet into the other; `words` is what either owner reads of it: first
/// whose it was, then whose it is. How much moved, minor units.
///
/// # Errors
/// `InsufficientCredit` where the wallet is below zero; `PeriodClosed`; the database.
pub async fn hand_over_wallet(
    ctx: &Ctx,
    tx: &WriteTx,
    hand: HandOver<'_>,
    words: [String; 2],
) -> Result<i64, LedgerError> {
    let amount_minor = balance_minor(tx, hand.from, hand.currency).await?;
    if amount_minor < 0 {
        return Err(LedgerError::InsufficientCredit { shortfall_minor: amount_minor.saturating_neg() });
    }
    if amount_minor == 0 {
        return Ok(0);
    }
    // Under the lock of both wallets it moves once; money that comes later to the old one moves as another fact.
    let turn = next_ulid();
    let [out, into] = words;
    for (kind, owner, signed, description) in
        [("wallet_moved_out", hand.from, -amount_minor, out), ("wallet_moved_in", hand.into, amount_minor, into)]
    {
        let posting = Posting {
            idempotency_key: format!("{kind}:{}:{turn}", hand.merge_id),
            kind,
            source_type: "customer_merge",
            source_id: hand.merge_id.0.clone(),
            description: description.clone(),
            currency: hand.currency.to_owned(),
            entries: vec![(Account::Goodwill, signed), (Account::Wallet(owner.clone()), -signed)],
            wallet: Some(WalletNote { r#type: WalletTransactionType::Transfer, description }),
        };
        post::post(ctx, tx, posting).await?;
    }
    Ok(amount_minor)
}
