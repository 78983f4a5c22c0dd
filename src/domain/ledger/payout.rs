//! Money of a wallet that goes to its owner's bank account by a transfer staff make (ADR 0091).
//!
//! What is to go is set aside first and cannot be spent; above the limit of the settings it waits for a second pair of
//! eyes. It is posted when staff say that the bank has transferred it, and not before. What is refused or called off is
//! free again without a posting; what the bank sends back is posted back. A payout takes all that can be spent, or what is
//! a refund (ADR 0096).
use super::{
    Account, Decision, LedgerError, Movement, NewHold, RefundTransferEnded, WalletPaidOut, close_hold,
    hand_over::begin_for_owner,
    hold,
    owing::{refuse_disputed, refuse_owing},
    own::is_own,
    post,
    wallet::{self, balance_minor, currency_of},
};
use crate::{
    domain::{Ctx, settings},
    kernel::{
        audit::Change,
        db::WriteTx,
        fault::FieldFault,
        locale::{Lang, ta},
        page::{Page, PageRequest},
    },
};
use entity::{
    customers::customer,
    ledger::wallet_payout,
    platform::approval,
    value::{
        ApprovalId, ApprovalStatus, CustomerId, RefundId, WalletHoldStatus, WalletPayoutId, WalletPayoutStatus,
        WalletTransactionType, contact,
    },
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde_json::json;

/// How a payout stands that may still be transferred.
const UNDER_WAY: [WalletPayoutStatus; 2] = [WalletPayoutStatus::Waiting, WalletPayoutStatus::Open];

/// `kind` of an approval of a payout.
pub(super) const APPROVAL: &str = "wallet_payout";

/// Longest name of a bank, of a holder, reference of a bank and reason, in characters.
const LONGEST_BANK: usize = 80;
const LONGEST_HOLDER: usize = 120;
const LONGEST_REFERENCE: usize = 80;
const LONGEST_REASON: usize = 255;
/// Letters and digits of an account number; an IBAN has 34 at most.
const NUMBER_LENGTH: std::ops::RangeInclusive<usize> = 5..=34;

/// A bank account as somebody typed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankAccount<'a> {
    /// Which bank.
    pub bank_name: &'a str,
    /// In whose name.
    pub account_holder: &'a str,
    /// Its number; spaces, dots and dashes are nothing.
    pub account_number: &'a str,
}

impl BankAccount<'_> {
    /// The same as it is stored.
    ///
    /// # Errors
    /// Every field that is wrong: `bank_name`, `account_holder`, `account_number`.
    pub fn check(&self) -> Result<Destination, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut take = |field: &str, typed: &str, longest: usize| {
            contact::line(typed, longest).unwrap_or_else(|wrong| {
                faults.push(FieldFault::of(field, wrong));
                String::new()
            })
        };
        let bank_name = take("bank_name", self.bank_name, LONGEST_BANK);
        let account_holder = take("account_holder", self.account_holder, LONGEST_HOLDER);
        let typed = take("account_number", self.account_number, LONGEST_HOLDER);
        let account_number: String = typed.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
        let is_number = account_number.chars().all(|c| c.is_ascii_alphanumeric());
        let has_length = NUMBER_LENGTH.contains(&account_number.len());
        if !typed.is_empty() && (!is_number || !has_length) {
            faults.push(FieldFault::new("account_number", "invalid_account_number"));
        }
        if faults.is_empty() { Ok(Destination { bank_name, account_holder, account_number }) } else { Err(faults) }
    }
}

/// A bank account money can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    bank_name: String,
    account_holder: String,
    account_number: String,
}

impl Destination {
    /// Whether `payout` goes there.
    pub fn is_of(&self, payout: &wallet_payout::Model) -> bool {
        self.bank_name == payout.bank_name
            && self.account_holder == payout.account_holder
            && self.account_number == payout.account_number
    }
}

/// What a wallet holds of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundPart<'a> {
    /// Which refund.
    pub refund_id: &'a RefundId,
    /// How much, above zero, minor units.
    pub amount_minor: i64,
}

/// Which payouts staff look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayoutFilter {
    /// Only such.
    pub status: Option<WalletPayoutStatus>,
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
}

/// The end of an account number, as mails and statements show it.
pub fn masked(account_number: &str) -> String {
    let shown = account_number.chars().count().saturating_sub(4);
    format!("…{}", account_number.chars().skip(shown).collect::<String>())
}

/// Sets everything that can be spent from a wallet aside in `tx`, to be sent to `to`. Above the limit of the settings
/// somebody else has to agree first. There is one payout under way per wallet. Not idempotent by itself: its owner's
/// state decides that it happens once.
///
/// # Errors
/// `OwnPayout` where who asks belongs to the account; `WalletEmpty`; `PayoutUnderWay`; `NotFound`; the database.
pub async fn pay_out(
    ctx: &Ctx,
    tx: &WriteTx,
    customer_id: &CustomerId,
    to: &Destination,
    reason: &str,
) -> Result<wallet_payout::Model, LedgerError> {
    set_aside(ctx, tx, customer_id, to, reason, None).await
}

/// Sets what a wallet holds of a refund aside in `tx`, to be sent to `to`; otherwise like `pay_out`.
///
/// # Errors
/// `OwnPayout` where who asks belongs to the account; `InsufficientCredit` where the wallet holds less; `PayoutUnderWay`;
/// `NotFound`; the database.
pub async fn pay_out_refund(
    ctx: &Ctx,
    tx: &WriteTx,
    customer_id: &CustomerId,
    to: &Destination,
    reason: &str,
    part: RefundPart<'_>,
) -> Result<wallet_payout::Model, LedgerError> {
    set_aside(ctx, tx, customer_id, to, reason, Some(part)).await
}

async fn set_aside(
    ctx: &Ctx,
    tx: &WriteTx,
    customer_id: &CustomerId,
    to: &Destination,
    reason: &str,
    part: Option<RefundPart<'_>>,
) -> Result<wallet_payout::Model, LedgerError> {
    refuse_own(ctx, tx, customer_id).await?;
    let currency = currency_of(tx, customer_id).await?;
    // Whoever spends from the wallet, or pays out of it, waits until it is seen what is set aside.
    post::lock(ctx, tx, &currency, &[Account::Wallet(customer_id.clone())]).await?;
    if is_under_way(tx, customer_id).await? {
        return Err(LedgerError::PayoutUnderWay);
    }
    let balance_minor = balance_minor(tx, customer_id, &currency).await?;
    if part.is_none() && balance_minor <= 0 {
        return Err(LedgerError::WalletEmpty);
    }
    let amount_minor = part.map_or(balance_minor, |part| part.amount_minor);
    // What goes to a bank is there: a credit limit is for invoices.
    if amount_minor > balance_minor {
        return Err(LedgerError::InsufficientCredit { shortfall_minor: amount_minor.saturating_sub(balance_minor) });
    }
    let id = WalletPayoutId::generate();
    let new = NewHold { customer_id, amount_minor, source_type: "wallet_payout", source_id: id.as_str() };
    let held = hold(ctx, tx, new).await?;
    let needs_approval = amount_minor > settings::load(tx).await?.wallet.adjust_limit_minor;
    let row = wallet_payout::Model {
        id,
        customer_id: customer_id.clone(),
        amount_minor,
        currency,
        status: if needs_approval { WalletPayoutStatus::Waiting } else { WalletPayoutStatus::Open },
        open_key: Some(customer_id.0.clone()),
        bank_name: to.bank_name.clone(),
        account_holder: to.account_holder.clone(),
        account_number: to.account_number.clone(),
        reason: reason.chars().take(LONGEST_REASON).collect(),
        hold_id: held.id,
        refund_id: part.map(|part| part.refund_id.clone()),
        approval_id: needs_approval.then(ApprovalId::generate),
        bank_reference: None,
        note: None,
        requested_by: ctx.actor.id().to_owned(),
        paid_by: None,
        created_at: ctx.now(),
        paid_at: None,
        closed_at: None,
    };
    // Under the lock of the wallet there is no twin; the index holds where somebody forgets it.
    let keep = OnConflict::column(wallet_payout::Column::OpenKey).do_nothing().to_owned();
    let active = row.clone().into_active_model().reset_all();
    if wallet_payout::Entity::insert(active).on_conflict(keep).exec_without_returning(tx).await? == 0 {
        return Err(LedgerError::PayoutUnderWay);
    }
    if let Some(approval_id) = &row.approval_id {
        ask_for_approval(tx, &row, approval_id).await?;
    }
    record(ctx, tx, "ledger.payout.request", &row, None, Some(&row.reason)).await?;
    tx.wake_after_commit("staff");
    Ok(row)
}

async fn ask_for_approval(
    tx: &WriteTx,
    row: &wallet_payout::Model,
    approval_id: &ApprovalId,
) -> Result<(), LedgerError> {
    let asked = approval::Model {
        id: approval_id.clone(),
        kind: APPROVAL.to_owned(),
        customer_id: Some(row.customer_id.0.clone()),
        payload: json!({
            "customer_id": row.customer_id, "amount_minor": row.amount_minor, "reason": row.reason, "payout_id": row.id,
        }),
        amount_minor: row.amount_minor,
        requested_by: row.requested_by.clone(),
        decided_by: None,
        status: ApprovalStatus::Pending,
        created_at: row.created_at,
        decided_at: None,
    };
    approval::Entity::insert(asked.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// Somebody else agreed to a payout, or did not, in `tx`: it can be transferred, or its money is free again.
pub(super) async fn decided(
    ctx: &Ctx,
    tx: &WriteTx,
    asked: &approval::Model,
    decision: Decision,
) -> Result<(), LedgerError> {
    let id = WalletPayoutId::from(asked.payload["payout_id"].as_str().unwrap_or_default());
    refuse_own(ctx, tx, &get(tx, &id).await?.customer_id).await?;
    let set = match decision {
        Decision::Approve => wallet_payout::ActiveModel { status: Set(WalletPayoutStatus::Open), ..Default::default() },
        Decision::Reject => ended(ctx, WalletPayoutStatus::Refused, None),
    };
    let row = turn(tx, &id, &[WalletPayoutStatus::Waiting], set).await?.ok_or(LedgerError::AlreadyDecided)?;
    let action = match decision {
        Decision::Approve => "ledger.payout.approve",
        Decision::Reject => {
            close_hold(ctx, tx, &row.hold_id, WalletHoldStatus::Released).await?;
            tell_of_refund(ctx, tx, &row).await?;
            "ledger.payout.refuse"
        }
    };
    record(ctx, tx, action, &row, Some(WalletPayoutStatus::Waiting), None).await?;
    tx.wake_after_commit("staff");
    Ok(())
}

/// Says that the bank has transferred the money: it leaves the wallet for the bank account. Publishes `wallet.paid_out`.
/// The same again changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` for the bank's reference; `OwnPayout`; `PayoutNotOpen` where it waits for a second pair of eyes
/// or is over; `CustomerOwes` where money of his was taken back or, but for a refund, an invoice is open; the database.
pub async fn confirm_payout(
    ctx: &Ctx,
    id: &WalletPayoutId,
    bank_reference: &str,
) -> Result<wallet_payout::Model, LedgerError> {
    let wrong = |wrong| LedgerError::Invalid(vec![FieldFault::of("bank_reference", wrong)]);
    let reference = contact::line(bank_reference, LONGEST_REFERENCE).map_err(wrong)?;
    let tx = ctx.begin().await?;
    refuse_own(ctx, &tx, &get(&tx, id).await?.customer_id).await?;
    let set = wallet_payout::ActiveModel {
        status: Set(WalletPayoutStatus::Paid),
        open_key: Set(None),
        bank_reference: Set(Some(reference.clone())),
        paid_by: Set(Some(ctx.actor.id().to_owned())),
        paid_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    let Some(row) = turn(&tx, id, &[WalletPayoutStatus::Open], set).await? else {
        drop(tx);
        return known(ctx, id, |row| {
            row.status == WalletPayoutStatus::Paid && row.bank_reference.as_deref() == Some(reference.as_str())
        })
        .await;
    };
    // Whoever takes a payment back holds the wallet until it is written down that it is disputed: waited for, he is seen.
    let accounts = [Account::Wallet(row.customer_id.clone()), Account::Bank];
    post::lock(ctx, &tx, &row.currency, &accounts).await?;
    match row.refund_id {
        // What goes back for one invoice is not kept for another that is open.
        Some(_) => refuse_disputed(&tx, &row.customer_id).await?,
        None => refuse_owing(&tx, &row.customer_id).await?,
    }
    close_hold(ctx, &tx, &row.hold_id, WalletHoldStatus::Captured).await?;
    let movement = movement(&tx, &row, &row.customer_id, "wallet_paid_out", "wallet-words-payout").await?;
    wallet::debit(ctx, &tx, movement).await?;
    record(ctx, &tx, "ledger.payout.confirm", &row, Some(WalletPayoutStatus::Open), None).await?;
    let event = WalletPaidOut {
        payout_id: row.id.clone(),
        customer_id: row.customer_id.clone(),
        amount_minor: row.amount_minor,
    };
    ctx.publish(&tx, &event).await?;
    tell_of_refund(ctx, &tx, &row).await?;
    finish(ctx, tx, row).await
}

/// Calls a payout off that was not transferred: its money is free again. The same again changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` for the reason; `PayoutNotOpen` where it was transferred or is over otherwise; the database.
pub async fn cancel_payout(ctx: &Ctx, id: &WalletPayoutId, reason: &str) -> Result<wallet_payout::Model, LedgerError> {
    let reason = checked_reason(reason)?;
    let tx = ctx.begin().await?;
    let Some(row) = call_off_payout(ctx, &tx, id, &reason).await? else {
        drop(tx);
        return known(ctx, id, |row| row.status == WalletPayoutStatus::Cancelled).await;
    };
    finish(ctx, tx, row).await
}

/// The same in `tx`, for whoever finds out that the money must not go; `reason` has at most 255 characters. Nothing where
/// it was transferred or is over.
///
/// # Errors
/// `NotFound`; the database.
pub async fn call_off_payout(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &WalletPayoutId,
    reason: &str,
) -> Result<Option<wallet_payout::Model>, LedgerError> {
    let before = get(tx, id).await?;
    if let Some(approval_id) = &before.approval_id {
        // Nobody is asked any more. The approval before the payout, in the order in which it is decided.
        let set = approval::ActiveModel {
            status: Set(ApprovalStatus::Rejected),
            decided_by: Set(Some(ctx.actor.id().to_owned())),
            decided_at: Set(Some(ctx.now())),
            ..Default::default()
        };
        approval::Entity::update_many()
            .set(set)
            .filter(approval::Column::Id.eq(approval_id))
            .filter(approval::Column::Status.eq(ApprovalStatus::Pending))
            .exec(tx)
            .await?;
    }
    let set = ended(ctx, WalletPayoutStatus::Cancelled, Some(reason.to_owned()));
    let Some(row) = turn(tx, id, &UNDER_WAY, set).await? else { return Ok(None) };
    close_hold(ctx, tx, &row.hold_id, WalletHoldStatus::Released).await?;
    record(ctx, tx, "ledger.payout.cancel", &row, Some(before.status), Some(reason)).await?;
    tell_of_refund(ctx, tx, &row).await?;
    tx.wake_after_commit("staff");
    Ok(Some(row))
}

/// Says that the bank sent the money of a payout back: it is in the wallet again, or in that of whom its customer was
/// merged into meanwhile. The same again changes nothing.
///
/// # Errors
/// `NotFound`; `Invalid` for the reason; `OwnPayout`; `PayoutNotOpen` unless it was transferred; the database.
pub async fn return_payout(ctx: &Ctx, id: &WalletPayoutId, reason: &str) -> Result<wallet_payout::Model, LedgerError> {
    let reason = checked_reason(reason)?;
    // A transfer comes back after days: whose money it is has to be asked now, and must not change before it is booked.
    let (tx, owner) = begin_for_owner(ctx, &get(&ctx.db, id).await?.customer_id).await?;
    refuse_own(ctx, &tx, &owner).await?;
    let set = ended(ctx, WalletPayoutStatus::Returned, Some(reason.clone()));
    let Some(row) = turn(&tx, id, &[WalletPayoutStatus::Paid], set).await? else {
        drop(tx);
        return known(ctx, id, |row| row.status == WalletPayoutStatus::Returned).await;
    };
    let movement = movement(&tx, &row, &owner, "wallet_payout_returned", "wallet-words-payout-returned").await?;
    wallet::credit(ctx, &tx, movement).await?;
    let before = Some(WalletPayoutStatus::Paid);
    record_of(ctx, &tx, "ledger.payout.return", &row, &owner, before, Some(&reason)).await?;
    tell_of_refund(ctx, &tx, &row).await?;
    tx.wake_after_commit(format!("customer:{owner}"));
    finish(ctx, tx, row).await
}

/// One payout.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_payout(ctx: &Ctx, id: &WalletPayoutId) -> Result<wallet_payout::Model, LedgerError> {
    get(&ctx.db, id).await
}

/// Payouts as staff look for them, newest first.
///
/// # Errors
/// The database.
pub async fn payouts(
    ctx: &Ctx,
    filter: &PayoutFilter,
    request: &PageRequest,
) -> Result<Page<wallet_payout::Model>, LedgerError> {
    let mut find = wallet_payout::Entity::find();
    if let Some(status) = filter.status {
        find = find.filter(wallet_payout::Column::Status.eq(status));
    }
    if let Some(customer_id) = &filter.customer_id {
        find = find.filter(wallet_payout::Column::CustomerId.eq(customer_id));
    }
    if let Some(after) = &request.after {
        find = find.filter(wallet_payout::Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(wallet_payout::Column::Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// The payout of a customer that is under way, if there is one.
///
/// # Errors
/// The database.
pub async fn open_payout(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
) -> Result<Option<wallet_payout::Model>, DbErr> {
    wallet_payout::Entity::find().filter(wallet_payout::Column::OpenKey.eq(customer_id.as_str())).one(db).await
}

/// The payout that carries a refund to a bank account: the last of them, where it was sent more than once.
///
/// # Errors
/// The database.
pub async fn payout_of_refund(
    db: &impl ConnectionTrait,
    refund_id: &RefundId,
) -> Result<Option<wallet_payout::Model>, DbErr> {
    Ok(payouts_of_refunds(db, [refund_id]).await?.pop())
}

/// The payouts that carry these refunds to bank accounts, oldest first.
///
/// # Errors
/// The database.
pub async fn payouts_of_refunds<'a>(
    db: &impl ConnectionTrait,
    refunds: impl IntoIterator<Item = &'a RefundId>,
) -> Result<Vec<wallet_payout::Model>, DbErr> {
    let ids: Vec<&str> = refunds.into_iter().map(|id| id.as_str()).collect();
    wallet_payout::Entity::find()
        .filter(wallet_payout::Column::RefundId.is_in(ids))
        .order_by_asc(wallet_payout::Column::Id)
        .all(db)
        .await
}

/// Whoever follows a refund is told that its transfer was made, came back or will not be made.
async fn tell_of_refund(ctx: &Ctx, tx: &WriteTx, row: &wallet_payout::Model) -> Result<(), DbErr> {
    let Some(refund_id) = row.refund_id.clone() else { return Ok(()) };
    ctx.publish(tx, &RefundTransferEnded { payout_id: row.id.clone(), refund_id }).await
}

async fn is_under_way(tx: &WriteTx, customer_id: &CustomerId) -> Result<bool, DbErr> {
    let of_customer = wallet_payout::Column::OpenKey.eq(customer_id.as_str());
    Ok(wallet_payout::Entity::find().filter(of_customer).count(tx).await? > 0)
}

async fn get(db: &impl ConnectionTrait, id: &WalletPayoutId) -> Result<wallet_payout::Model, LedgerError> {
    wallet_payout::Entity::find_by_id(id.clone()).one(db).await?.ok_or(LedgerError::NotFound)
}

fn checked_reason(reason: &str) -> Result<String, LedgerError> {
    let wrong = |wrong| LedgerError::Invalid(vec![FieldFault::of("reason", wrong)]);
    contact::line(reason, LONGEST_REASON).map_err(wrong)
}

/// Nobody sends money to himself: who acts must not belong to the account.
async fn refuse_own(ctx: &Ctx, db: &impl ConnectionTrait, customer_id: &CustomerId) -> Result<(), LedgerError> {
    if is_own(ctx, db, &[customer_id]).await? { Err(LedgerError::OwnPayout) } else { Ok(()) }
}

fn ended(ctx: &Ctx, status: WalletPayoutStatus, note: Option<String>) -> wallet_payout::ActiveModel {
    wallet_payout::ActiveModel {
        status: Set(status),
        open_key: Set(None),
        note: Set(note),
        closed_at: Set(Some(ctx.now())),
        ..Default::default()
    }
}

/// Changes a payout that stands as one of `from`; the guard against a twin.
async fn turn(
    tx: &WriteTx,
    id: &WalletPayoutId,
    from: &[WalletPayoutStatus],
    set: wallet_payout::ActiveModel,
) -> Result<Option<wallet_payout::Model>, LedgerError> {
    let rows = wallet_payout::Entity::update_many()
        .set(set)
        .filter(wallet_payout::Column::Id.eq(id))
        .filter(wallet_payout::Column::Status.is_in(from.iter().copied()))
        .exec_with_returning(tx)
        .await?;
    Ok(rows.into_iter().next())
}

/// The movement of the wallet of `owner` against our bank account, with words in his language.
async fn movement(
    tx: &WriteTx,
    row: &wallet_payout::Model,
    owner: &CustomerId,
    kind: &'static str,
    words: &str,
) -> Result<Movement, LedgerError> {
    let locale: Option<String> = customer::Entity::find_by_id(owner.clone())
        .select_only()
        .column(customer::Column::Locale)
        .into_tuple()
        .one(tx)
        .await?;
    let lang = Lang::parse(&locale.unwrap_or_default()).unwrap_or_default();
    let facts = [("bank", row.bank_name.clone()), ("number", masked(&row.account_number))];
    Ok(Movement {
        customer_id: owner.clone(),
        amount_minor: row.amount_minor,
        r#type: WalletTransactionType::Payout,
        against: Account::Bank,
        kind,
        source_type: "wallet_payout",
        source_id: row.id.0.clone(),
        description: ta(lang, words, &facts),
    })
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &str,
    row: &wallet_payout::Model,
    before: Option<WalletPayoutStatus>,
    reason: Option<&str>,
) -> Result<(), DbErr> {
    record_of(ctx, tx, action, row, &row.customer_id, before, reason).await
}

/// The same in the trail of `owner`, whose wallet it was about: where that is another one by now, it says so.
async fn record_of(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &str,
    row: &wallet_payout::Model,
    owner: &CustomerId,
    before: Option<WalletPayoutStatus>,
    reason: Option<&str>,
) -> Result<(), DbErr> {
    let mut after = json!({
        "status": row.status, "amount_minor": row.amount_minor, "bank_name": row.bank_name,
        "account_holder": row.account_holder, "account_number": masked(&row.account_number),
        "bank_reference": row.bank_reference,
    });
    if *owner != row.customer_id {
        after["paid_out_of"] = json!(row.customer_id);
        after["credited_to"] = json!(owner);
    }
    let change = Change {
        action,
        target_type: "wallet_payout",
        target_id: row.id.as_str(),
        customer_id: Some(owner),
        before: before.map(|status| json!({ "status": status })),
        after: Some(after),
        reason,
    };
    ctx.audit(tx, change).await
}

/// What was decided before: the same is answered again, another is refused.
async fn known(
    ctx: &Ctx,
    id: &WalletPayoutId,
    is_same: impl Fn(&wallet_payout::Model) -> bool,
) -> Result<wallet_payout::Model, LedgerError> {
    let row = get(&ctx.db, id).await?;
    if !is_same(&row) {
        return Err(LedgerError::PayoutNotOpen);
    }
    let tx = ctx.begin().await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

async fn finish(ctx: &Ctx, tx: WriteTx, row: wallet_payout::Model) -> Result<wallet_payout::Model, LedgerError> {
    tx.wake_after_commit("staff");
    tx.wake_after_commit(format!("customer:{}", row.customer_id));
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_account_is_complete_and_its_number_has_no_spaces() {
        let typed = BankAccount { bank_name: " BCA ", account_holder: "Budi", account_number: "123-456 7890" };
        assert_eq!(typed.check().unwrap().account_number, "1234567890");
        let fields = |account: BankAccount<'_>| -> Vec<String> {
            account.check().unwrap_err().into_iter().map(|fault| fault.field).collect()
        };
        assert_eq!(fields(BankAccount::default()), ["bank_name", "account_holder", "account_number"]);
        for number in ["12", "12345/6", "1234567890123456789012345678901234567"] {
            let typed = BankAccount { account_number: number, ..typed.clone() };
            assert_eq!(fields(typed), ["account_number"], "{number}");
        }
        assert_eq!(masked("1234567890"), "…7890");
        assert_eq!(masked("12"), "…12");
    }
}
