//! Two customers who turned out to be one: everything of one becomes the other's (ADR 0093).
//!
//! Documents keep the words of the buyer they were issued to, and their hash; that they belong to somebody else is noted
//! beside them. Who was merged stays as a closed account that points at whose it is now.
mod judge;
mod moves;
mod people;

use super::{DeskError, Obstacle, checked_reason, events::CustomerMerged};
use crate::{
    domain::{
        Ctx,
        billing::invoice as invoices,
        customers::{self, CustomerError, Member, Risk},
        ledger::{self, HandOver, LedgerError},
    },
    kernel::{
        audit::Change,
        db::WriteTx,
        fault::FieldFault,
        locale::{Lang, ta},
    },
};
use entity::{
    customers::{customer, merge as customer_merge},
    value::{CustomerId, CustomerMergeId, Grant},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use serde_json::{Value, json};

/// Merged accounts named on the page of one; whoever has more was not merged by hand.
const NAMED: u64 = 50;

/// What a merge would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Who is merged.
    pub from: customer::Model,
    /// Into whom.
    pub into: customer::Model,
    /// How many rows move, by kind.
    pub moves: Vec<(&'static str, i64)>,
    /// What would go from wallet to wallet, minor units.
    pub wallet_minor: i64,
    /// What is open of the invoices that would move, minor units.
    pub open_minor: i64,
    /// Whose place moves, with what he may do afterwards.
    pub people: Vec<(Member, Grant)>,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
}

/// What a merge would come to; changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` for the same account twice; `Ledger(CustomerMerged)` where it was merged before; the database.
pub async fn preview(ctx: &Ctx, from: &CustomerId, into: &CustomerId) -> Result<Preview, DeskError> {
    let db = &ctx.db;
    refuse_same(from, into)?;
    if let Some(row) = row_of(db, from).await? {
        return Err(LedgerError::CustomerMerged(row.now_id).into());
    }
    let (from, into) = (customers::get(db, from).await?, customers::get(db, into).await?);
    let wallet_minor = ledger::balance_minor(db, &from.id, &from.currency).await?;
    let obstacles = judge::obstacles(ctx, db, &from, &into, wallet_minor).await?;
    let moves = moves::counts(db, &from.id).await?;
    let owed = invoices::owed_by(db, &from.id).await?;
    let open_minor = owed.into_iter().find(|(currency, ..)| *currency == from.currency).map_or(0, |(_, _, open)| open);
    let people = people::preview(db, &from.id, &into.id).await?;
    Ok(Preview { from, into, moves, wallet_minor, open_minor, people, obstacles })
}

/// Makes everything of `from` that of `into`, in one transaction, and closes `from`. Publishes `customer.merged`. The
/// same again, or a twin, changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` for the reason and for the same account twice; `NotMergeable`; `OwnAccount` where who asks
/// belongs to either; `Ledger(CustomerMerged)` where it was merged into somebody else; `Ledger(PeriodClosed)`; the database.
pub async fn merge(
    ctx: &Ctx,
    from: &CustomerId,
    into: &CustomerId,
    reason: &str,
) -> Result<customer_merge::Model, DeskError> {
    refuse_same(from, into)?;
    let reason = checked_reason(reason)?;
    let tx = ctx.begin().await?;
    claim(ctx, &tx, from, into).await?;
    if let Some(known) = row_of(&tx, from).await? {
        if known.into_id != *into {
            return Err(LedgerError::CustomerMerged(known.now_id).into());
        }
        ctx.made(&tx, from.as_str()).await?;
        tx.commit().await?;
        return Ok(known);
    }
    if ledger::is_own(ctx, &tx, &[from, into]).await? {
        return Err(DeskError::OwnAccount);
    }
    let (old, new) = (customers::get(&tx, from).await?, customers::get(&tx, into).await?);
    let balance_minor = ledger::balance_minor(&tx, from, &old.currency).await?;
    refuse(judge::obstacles(ctx, &tx, &old, &new, balance_minor).await?)?;

    let merge_id = CustomerMergeId::generate();
    let hand = HandOver { merge_id: &merge_id, from, into, currency: &old.currency };
    let moved = move_all(ctx, &tx, hand, words(&old, &new)).await?;
    if old.risk_level == Risk::High.as_str() {
        // Who is looked at closely is so under any name.
        customers::set_risk(&tx, ctx.now(), into, Risk::High).await?;
    }
    customers::close(ctx, &tx, from, &reason).await?;
    let row = customer_merge::Model {
        id: merge_id.clone(),
        from_id: from.clone(),
        into_id: into.clone(),
        now_id: into.clone(),
        reason,
        merged_by: ctx.actor.id().to_owned(),
        wallet_minor: moved.wallet_minor,
        open_minor: moved.open_minor,
        currency: old.currency.clone(),
        merged_at: ctx.now(),
    };
    write(&tx, &row).await?;
    let told = json!({
        "contracts": moved.contracts, "invoices": moved.invoices, "wallet_minor": moved.wallet_minor,
        "open_minor": moved.open_minor, "currency": row.currency,
    });
    record(ctx, &tx, &row, told).await?;
    ctx.publish(&tx, &CustomerMerged { merge_id, from_id: from.clone(), into_id: into.clone() }).await?;
    ctx.made(&tx, from.as_str()).await?;
    tx.wake_after_commit(format!("customer:{into}"));
    tx.commit().await?;
    tracing::info!(customer.id = %from, into.id = %into, "Merged two accounts");
    Ok(row)
}

/// What became another's.
struct Moved {
    contracts: u64,
    invoices: usize,
    /// What invoices asked for.
    open_minor: i64,
    /// What the wallet held.
    wallet_minor: i64,
}

/// Moves everything, and says in the histories of both wallets why, in `words`.
async fn move_all(ctx: &Ctx, tx: &WriteTx, hand: HandOver<'_>, words: [String; 2]) -> Result<Moved, DeskError> {
    let HandOver { from, into, .. } = hand;
    // Contracts and payments first: whoever renews or settles one at this moment is waited for, and what he wrote is seen
    // below. Rows come before accounts, as everywhere that money moves.
    let contracts = moves::contracts(tx, from, into).await?;
    moves::plain(tx, from, into).await?;
    let bills = moves::locked_invoices(tx, from).await?;
    ledger::lock_both(ctx, tx, hand).await?;
    // Nothing can be set aside any more, and what was until now is seen.
    refuse(judge::set_aside(tx, from).await?)?;
    let mut open_minor = 0;
    for bill in &bills {
        open_minor += bill.open_minor;
        ledger::hand_over_debt(ctx, tx, hand, (&bill.id, bill.number.as_str()), bill.open_minor).await?;
    }
    moves::documents(ctx, tx, from, into, &bills).await?;
    let wallet_minor = ledger::hand_over_wallet(ctx, tx, hand, words).await?;
    // Once more: what was written while the locks were waited for.
    moves::plain(tx, from, into).await?;
    moves::last(tx, from, into).await?;
    moves::particular(tx, from, into).await?;
    people::join(tx, from, into).await?;
    Ok(Moved { contracts, invoices: bills.len(), open_minor, wallet_minor })
}

/// Whose everything of `id` is now, where he was merged.
///
/// # Errors
/// The database.
pub async fn merged_into(db: &impl ConnectionTrait, id: &CustomerId) -> Result<Option<CustomerId>, DbErr> {
    Ok(row_of(db, id).await?.map(|row| row.now_id))
}

/// Who was merged into `id`, also by way of others, newest first; 50 at most.
///
/// # Errors
/// The database.
pub async fn merges_of(db: &impl ConnectionTrait, id: &CustomerId) -> Result<Vec<customer_merge::Model>, DbErr> {
    customer_merge::Entity::find()
        .filter(customer_merge::Column::NowId.eq(id))
        .order_by_desc(customer_merge::Column::Id)
        .limit(NAMED)
        .all(db)
        .await
}

/// How a merge of `from` went, for an answer that is given again.
///
/// # Errors
/// `NotFound` where he was not merged; the database.
pub async fn merged(db: &impl ConnectionTrait, from: &CustomerId) -> Result<customer_merge::Model, DeskError> {
    row_of(db, from).await?.ok_or_else(|| CustomerError::NotFound.into())
}

async fn row_of(db: &impl ConnectionTrait, from: &CustomerId) -> Result<Option<customer_merge::Model>, DbErr> {
    customer_merge::Entity::find().filter(customer_merge::Column::FromId.eq(from)).one(db).await
}

fn refuse_same(from: &CustomerId, into: &CustomerId) -> Result<(), DeskError> {
    if from != into {
        return Ok(());
    }
    Err(DeskError::Invalid(vec![FieldFault::new("into", "same_customer")]))
}

fn refuse(obstacles: Vec<Obstacle>) -> Result<(), DeskError> {
    if obstacles.is_empty() { Ok(()) } else { Err(DeskError::NotMergeable(obstacles)) }
}

/// Keeps both accounts to this transaction, always in the same order: a twin waits, and so does whoever orders or tops up.
async fn claim(ctx: &Ctx, tx: &WriteTx, from: &CustomerId, into: &CustomerId) -> Result<(), DbErr> {
    let mut both = [from, into];
    both.sort();
    for id in both {
        // A plain update, so that rows that only refer to the customer can be written meanwhile.
        customer::Entity::update_many()
            .col_expr(customer::Column::UpdatedAt, Expr::value(ctx.now()))
            .filter(customer::Column::Id.eq(id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// What either reads in the history of his wallet, in his language.
fn words(old: &customer::Model, new: &customer::Model) -> [String; 2] {
    let say = |reader: &customer::Model, key, other: &customer::Model| {
        let lang = Lang::parse(&reader.locale).unwrap_or_default();
        ta(lang, key, &[("name", customers::name_of(other))])
    };
    [say(old, "wallet-words-moved-out", new), say(new, "wallet-words-moved-in", old)]
}

async fn write(tx: &WriteTx, row: &customer_merge::Model) -> Result<(), DbErr> {
    // Those who were merged into him before are the other's too.
    customer_merge::Entity::update_many()
        .col_expr(customer_merge::Column::NowId, Expr::value(row.into_id.as_str()))
        .filter(customer_merge::Column::NowId.eq(&row.from_id))
        .exec(tx)
        .await?;
    customer_merge::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// One row of the trail for either account.
async fn record(ctx: &Ctx, tx: &WriteTx, row: &customer_merge::Model, told: Value) -> Result<(), DbErr> {
    let with = |name: &str, id: &CustomerId| {
        let mut told = told.clone();
        told[name] = json!(id);
        Some(told)
    };
    let change = |action, of, after| Change {
        action,
        target_type: "customer",
        target_id: CustomerId::as_str(of),
        customer_id: Some(of),
        after,
        reason: Some(&row.reason),
        ..Change::default()
    };
    let out = change("customers.customer.merge", &row.from_id, with("into", &row.into_id));
    let received = change("customers.customer.receive", &row.into_id, with("from", &row.from_id));
    ctx.audit_all(tx, vec![out, received]).await
}
