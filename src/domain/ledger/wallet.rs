//! Wallets as customers see them, and changes by hand with a second pair of eyes above a limit.
use super::{
    Account, LedgerError, Posting, WalletAdjusted, WalletNote, credit_limit,
    hand_over::refuse_merged,
    hold::{held_minor, held_of, held_query},
    own::is_own,
    payout, post,
};
use crate::{
    domain::{Ctx, settings},
    kernel::{
        actor::Actor,
        audit::Change,
        db::{WriteTx, sum_i64},
        page::{Page, PageRequest},
    },
};
use entity::{
    customers::customer,
    ledger::{account, wallet_transaction},
    platform::approval,
    value::{ApprovalId, ApprovalStatus, CustomerId, LedgerAccountKind, WalletTransactionId, WalletTransactionType},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query, UnionType},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;

/// Largest change by hand, minor units: what is more is a slip of the finger, and sums stay far from overflowing.
const MAX_ADJUSTMENT_MINOR: i64 = 1_000_000_000_000;

/// `kind` of an approval of a wallet adjustment.
const ADJUSTMENT: &str = "wallet_adjustment";
/// Every kind of approval there is.
const APPROVALS: [&str; 3] = [ADJUSTMENT, payout::APPROVAL, credit_limit::APPROVAL];

/// A wallet as its owner sees it, in minor units of `currency`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// Available: posted minus held.
    pub balance: i64,
    /// Set aside for something under way.
    pub held: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Topped up in all.
    pub total_top_up: i64,
    /// Spent on invoices in all.
    pub total_spent: i64,
}

/// The wallet of a customer; a wallet nobody has used is empty.
///
/// # Errors
/// `NotFound` for an unknown customer; the database.
pub async fn wallet(ctx: &Ctx, customer_id: &CustomerId) -> Result<Wallet, LedgerError> {
    let currency = currency_of(&ctx.db, customer_id).await?;
    let sums: Vec<(WalletTransactionType, Option<i64>)> = wallet_transaction::Entity::find()
        .select_only()
        .column(wallet_transaction::Column::Type)
        .column_as(sum_i64(wallet_transaction::Column::AmountMinor), "sum")
        .filter(wallet_transaction::Column::CustomerId.eq(customer_id))
        .group_by(wallet_transaction::Column::Type)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let sum_of = |wanted| sums.iter().find(|(kind, _)| *kind == wanted).and_then(|(_, sum)| *sum).unwrap_or(0);
    Ok(Wallet {
        balance: balance_minor(&ctx.db, customer_id, &currency).await?,
        held: held_minor(&ctx.db, customer_id, &currency).await?,
        total_top_up: sum_of(WalletTransactionType::TopUp),
        total_spent: -sum_of(WalletTransactionType::Payment),
        currency,
    })
}

/// What can be spent from a wallet, minor units: posted minus what is set aside.
///
/// # Errors
/// The database.
pub async fn balance_minor(db: &impl ConnectionTrait, customer_id: &CustomerId, currency: &str) -> Result<i64, DbErr> {
    let both = Query::select()
        .expr_as(Expr::col(account::Column::BalanceMinor), "minor")
        .from(account::Entity)
        .and_where(account::Column::Code.eq(Account::Wallet(customer_id.clone()).code(currency)))
        .union(UnionType::All, held_query(customer_id, currency))
        .to_owned();
    // A liability is below zero in the books; what is held counts in the other direction.
    let mut taken = 0;
    for row in db.query_all(&both).await? {
        taken += row.try_get_by_index::<Option<i64>>(0)?.unwrap_or(0);
    }
    Ok(-taken)
}

/// The same with what the wallet may go below zero.
///
/// # Errors
/// `NotFound` for an unknown customer; the database.
pub async fn spendable_minor(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    currency: &str,
) -> Result<i64, LedgerError> {
    let limit = post::credit_limit(db, customer_id).await?;
    Ok(balance_minor(db, customer_id, currency).await?.saturating_add(limit))
}

/// What can be spent from the wallets of these customers, by customer and currency, minor units; a wallet nobody has used
/// is missing.
///
/// # Errors
/// The database.
pub async fn balances_minor(
    db: &impl ConnectionTrait,
    customers: &[CustomerId],
) -> Result<HashMap<(CustomerId, String), i64>, LedgerError> {
    let ids = || customers.iter().map(|id| id.0.clone());
    let posted: Vec<(Option<String>, String, i64)> = account::Entity::find()
        .select_only()
        .columns([account::Column::CustomerId, account::Column::Currency, account::Column::BalanceMinor])
        .filter(account::Column::Kind.eq(LedgerAccountKind::Wallet))
        .filter(account::Column::CustomerId.is_in(ids()))
        .into_tuple()
        .all(db)
        .await?;
    let mut balances = HashMap::new();
    for (customer, currency, minor) in posted {
        balances.insert((CustomerId(customer.unwrap_or_default()), currency), -minor);
    }
    for (customer, currency, minor) in held_of(db, ids().collect()).await? {
        *balances.entry((customer, currency)).or_default() -= minor;
    }
    Ok(balances)
}

/// A movement of a wallet against another account.
#[derive(Clone, Debug)]
pub struct Movement {
    /// Whose wallet.
    pub customer_id: CustomerId,
    /// How much, above zero, minor units of the customer's currency.
    pub amount_minor: i64,
    /// Why.
    pub r#type: WalletTransactionType,
    /// Where the money comes from or goes to.
    pub against: Account,
    /// `kind` of the posting.
    pub kind: &'static str,
    /// Table (singular) of the fact behind it.
    pub source_type: &'static str,
    /// Row of the fact behind it; with `kind` it is the key under which the movement happens once.
    pub source_id: String,
    /// Words in the customer's language.
    pub description: String,
}

/// Puts money into a wallet. `None` where the same fact was posted before.
///
/// # Errors
/// `InvalidAmount` unless above zero; `NotFound` for an unknown customer; the database.
pub async fn credit(
    ctx: &Ctx,
    tx: &WriteTx,
    movement: Movement,
) -> Result<Option<wallet_transaction::Model>, LedgerError> {
    let amount = movement.amount_minor;
    shift(ctx, tx, movement, amount).await
}

/// Takes money out of a wallet. `None` where the same fact was posted before.
///
/// # Errors
/// `InsufficientCredit` where it does not hold enough; otherwise like [`credit`].
pub async fn debit(
    ctx: &Ctx,
    tx: &WriteTx,
    movement: Movement,
) -> Result<Option<wallet_transaction::Model>, LedgerError> {
    let amount = movement.amount_minor.checked_neg().ok_or(LedgerError::InvalidAmount)?;
    shift(ctx, tx, movement, amount).await
}

async fn shift(
    ctx: &Ctx,
    tx: &WriteTx,
    movement: Movement,
    signed: i64,
) -> Result<Option<wallet_transaction::Model>, LedgerError> {
    if movement.amount_minor <= 0 {
        return Err(LedgerError::InvalidAmount);
    }
    let posting = Posting {
        idempotency_key: format!("{}:{}", movement.kind, movement.source_id),
        kind: movement.kind,
        source_type: movement.source_type,
        source_id: movement.source_id,
        description: movement.description.clone(),
        currency: currency_of(tx, &movement.customer_id).await?,
        entries: vec![(movement.against, signed), (Account::Wallet(movement.customer_id), -signed)],
        wallet: Some(WalletNote { r#type: movement.r#type, description: movement.description }),
    };
    Ok(post(ctx, tx, posting).await?.wallet)
}

pub(super) async fn currency_of(db: &impl ConnectionTrait, customer_id: &CustomerId) -> Result<String, LedgerError> {
    let currency = customer::Entity::find_by_id(customer_id.clone())
        .select_only()
        .column(customer::Column::Currency)
        .into_tuple::<String>()
        .one(db)
        .await?;
    currency.ok_or(LedgerError::NotFound)
}

/// The history of a wallet, newest first.
///
/// # Errors
/// The database.
pub async fn history(
    ctx: &Ctx,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<wallet_transaction::Model>, LedgerError> {
    let mut find = wallet_transaction::Entity::find().filter(wallet_transaction::Column::CustomerId.eq(customer_id));
    if let Some(after) = &request.after {
        find = find.filter(wallet_transaction::Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(wallet_transaction::Column::Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// What became of a change by hand.
#[derive(Clone, Debug)]
pub enum Adjusted {
    /// Money moved.
    Done(wallet_transaction::Model),
    /// Somebody else has to decide.
    Waiting(approval::Model),
}

impl Adjusted {
    /// Id of the movement, or of what waits for a decision.
    pub fn id(&self) -> &str {
        match self {
            Self::Done(row) => row.id.as_str(),
            Self::Waiting(row) => row.id.as_str(),
        }
    }
}

/// What became of the adjustment `id` (see [`Adjusted::id`]), for an answer that is given again.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_adjusted(ctx: &Ctx, id: &str) -> Result<Adjusted, LedgerError> {
    if let Some(row) = approval::Entity::find_by_id(ApprovalId::from(id)).one(&ctx.db).await? {
        return Ok(Adjusted::Waiting(row));
    }
    let row = wallet_transaction::Entity::find_by_id(WalletTransactionId::from(id)).one(&ctx.db).await?;
    row.map(Adjusted::Done).ok_or(LedgerError::NotFound)
}

/// What an adjustment will do, as stored with its approval; that of a payout says the same of it and more, that of a
/// credit limit how high it is to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Adjustment {
    customer_id: CustomerId,
    amount_minor: i64,
    reason: String,
}

/// Changes a wallet by hand: `amount_minor` is signed, in is positive; goodwill carries the other side. Above the
/// limit of the settings it waits for somebody else. Publishes `wallet.adjusted` once money moved. One transaction with its audit row; not idempotent by itself.
///
/// # Errors
/// `InvalidAmount` for zero and for more than any wallet holds, `ReasonRequired`, `InsufficientCredit`, `NotFound`,
/// `CustomerMerged`; `OwnPayout` where who changes it belongs to the account; the database.
pub async fn adjust(
    ctx: &Ctx,
    customer_id: &CustomerId,
    amount_minor: i64,
    reason: &str,
) -> Result<Adjusted, LedgerError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(LedgerError::ReasonRequired);
    }
    let size = amount_minor.checked_abs().filter(|size| (1..=MAX_ADJUSTMENT_MINOR).contains(size));
    let size = size.ok_or(LedgerError::InvalidAmount)?;
    let tx = ctx.begin().await?;
    currency_of(&tx, customer_id).await?;
    refuse_merged(&tx, customer_id).await?;
    if is_own(ctx, &tx, &[customer_id]).await? {
        return Err(LedgerError::OwnPayout);
    }
    let reason: String = reason.chars().take(160).collect();
    let adjustment = Adjustment { customer_id: customer_id.clone(), amount_minor, reason };
    let id = ApprovalId::generate();
    let limit = settings::load(&tx).await?.wallet.adjust_limit_minor;
    let adjusted = if size <= limit {
        Adjusted::Done(apply(ctx, &tx, id.as_str(), &adjustment).await?)
    } else {
        let row = approval::Model {
            id: id.clone(),
            kind: ADJUSTMENT.to_owned(),
            customer_id: Some(customer_id.0.clone()),
            payload: json!(adjustment),
            amount_minor: size,
            requested_by: ctx.actor.id().to_owned(),
            decided_by: None,
            status: ApprovalStatus::Pending,
            created_at: ctx.now(),
            decided_at: None,
        };
        let active = approval::ActiveModel::from(row.clone()).reset_all();
        approval::Entity::insert(active).exec_without_returning(&tx).await?;
        let change = Change {
            action: "ledger.wallet.ask_adjustment",
            target_type: "approval",
            target_id: id.as_str(),
            customer_id: Some(customer_id),
            after: Some(json!({"amount_minor": amount_minor})),
            reason: Some(&adjustment.reason),
            ..Change::default()
        };
        ctx.audit(&tx, change).await?;
        tx.wake_after_commit("staff");
        Adjusted::Waiting(row)
    };
    ctx.made(&tx, adjusted.id()).await?;
    tx.commit().await?;
    Ok(adjusted)
}

/// What somebody decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is done at once.
    Approve,
    /// Nothing happens.
    Reject,
}

/// Decides an adjustment, a payout or a credit limit that waits; whoever asked for it may not.
///
/// # Errors
/// `NotFound`, `SamePerson`, `AlreadyDecided`, `InsufficientCredit` or `CreditInUse` (it then still waits); `OwnPayout` for money of the own
/// account; the database.
pub async fn decide(ctx: &Ctx, id: &ApprovalId, decision: Decision) -> Result<approval::Model, LedgerError> {
    let tx = ctx.begin().await?;
    let found = approval::Entity::find_by_id(id.clone()).one(&tx).await?;
    let row = found.filter(|row| APPROVALS.contains(&row.kind.as_str())).ok_or(LedgerError::NotFound)?;
    if row.requested_by == ctx.actor.id() || !matches!(ctx.actor, Actor::Staff { .. }) {
        return Err(LedgerError::SamePerson);
    }
    // What a colleague asked for an account is not for its members to grant.
    let customer_id = row.customer_id.as_deref().map(CustomerId::from);
    if decision == Decision::Approve && is_own(ctx, &tx, &customer_id.iter().collect::<Vec<_>>()).await? {
        return Err(LedgerError::OwnPayout);
    }
    let status = match decision {
        Decision::Approve => ApprovalStatus::Approved,
        Decision::Reject => ApprovalStatus::Rejected,
    };
    let decided = approval::Entity::update_many()
        .set(approval::ActiveModel {
            status: Set(status),
            decided_by: Set(Some(ctx.actor.id().to_owned())),
            decided_at: Set(Some(ctx.now())),
            ..Default::default()
        })
        .filter(approval::Column::Id.eq(id))
        .filter(approval::Column::Status.eq(ApprovalStatus::Pending))
        .exec_with_returning(&tx)
        .await?;
    let row = decided.into_iter().next().ok_or(LedgerError::AlreadyDecided)?;
    let adjustment: Adjustment = serde_json::from_value(row.payload.clone())
        .map_err(|error| DbErr::Custom(format!("approval {id}: {error}")))?;
    match (row.kind.as_str(), decision) {
        (payout::APPROVAL, _) => payout::decided(ctx, &tx, &row, decision).await?,
        (credit_limit::APPROVAL, Decision::Approve) => {
            let Adjustment { customer_id, amount_minor, reason } = &adjustment;
            credit_limit::set(ctx, &tx, customer_id, *amount_minor, reason).await?;
        }
        (_, Decision::Approve) => drop(apply(ctx, &tx, id.as_str(), &adjustment).await?),
        (_, Decision::Reject) => {}
    }
    let change = Change {
        action: "ledger.approval.decide",
        target_type: "approval",
        target_id: id.as_str(),
        customer_id: Some(&adjustment.customer_id),
        after: Some(json!({"status": status})),
        reason: Some(&adjustment.reason),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(row)
}

/// One adjustment or payout that waited or waits for a decision.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_approval(ctx: &Ctx, id: &ApprovalId) -> Result<approval::Model, LedgerError> {
    let found = approval::Entity::find_by_id(id.clone()).one(&ctx.db).await?;
    found.filter(|row| APPROVALS.contains(&row.kind.as_str())).ok_or(LedgerError::NotFound)
}

/// Adjustments and payouts that wait for a decision, newest first.
///
/// # Errors
/// The database.
pub async fn pending_approvals(ctx: &Ctx, request: &PageRequest) -> Result<Page<approval::Model>, LedgerError> {
    let mut find = approval::Entity::find()
        .filter(approval::Column::Status.eq(ApprovalStatus::Pending))
        .filter(approval::Column::Kind.is_in(APPROVALS));
    if let Some(after) = &request.after {
        find = find.filter(approval::Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(approval::Column::Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

async fn apply(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &str,
    adjustment: &Adjustment,
) -> Result<wallet_transaction::Model, LedgerError> {
    let movement = Movement {
        customer_id: adjustment.customer_id.clone(),
        amount_minor: adjustment.amount_minor.abs(),
        r#type: WalletTransactionType::Adjustment,
        against: Account::Goodwill,
        kind: "wallet_adjusted",
        source_type: "wallet_adjustment",
        source_id: id.to_owned(),
        description: adjustment.reason.clone(),
    };
    let moved = match adjustment.amount_minor > 0 {
        true => credit(ctx, tx, movement).await?,
        false => debit(ctx, tx, movement).await?,
    };
    let moved = moved.ok_or(LedgerError::AlreadyDecided)?;
    let change = Change {
        action: "ledger.wallet.adjust",
        target_type: "wallet_transaction",
        target_id: moved.id.as_str(),
        customer_id: Some(&adjustment.customer_id),
        before: Some(json!({"balance_minor": moved.balance_before_minor})),
        after: Some(json!({"balance_minor": moved.balance_after_minor})),
        reason: Some(&adjustment.reason),
    };
    ctx.audit(tx, change).await?;
    let event = WalletAdjusted {
        transaction_id: moved.id.clone(),
        customer_id: adjustment.customer_id.clone(),
        amount_minor: adjustment.amount_minor,
    };
    ctx.publish(tx, &event).await?;
    Ok(moved)
}
