//! Giving money back: to the wallet at once, through the gateway, or to a bank account by way of the wallet
//! (`refund_transfer`), always with a credit note.
//!
//! A refund reserves its amount on the payment before anything moves, so that two at once never give back more than
//! came. The credit note and the posting are written when the money has gone, or lies in the wallet; a refund that a
//! gateway refused leaves no trace in the books.
use super::{
    PaymentError, RefundSucceeded, RunRefund, accounts,
    attempt::{self, lang_of, lock, store},
    refund_transfer,
};
use crate::{
    domain::{
        Ctx,
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            withholding,
        },
        ledger::{self, Account, BankAccount, LedgerError, Posting, WalletNote},
    },
    integrations::{OutsideError, gateways::RefundRequest},
    kernel::{
        audit::Change,
        db::WriteTx,
        locale::{t, ta},
    },
};
use chrono::Duration;
use entity::{
    payments::{payment, refund},
    value::{
        CreditNoteId, InvoiceId, InvoiceItemId, Money, PaymentId, PaymentStatus, RefundId, RefundStatus,
        WalletTransactionType,
    },
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;

/// A refund whose answer was lost is asked for again, under the same key, after so long.
const ASK_AGAIN: Duration = Duration::minutes(10);

/// Where money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Back the way it came.
    Gateway,
    /// Into the customer's wallet.
    Wallet,
    /// To a bank account, by a transfer staff make.
    Bank,
}

impl Destination {
    /// The word stored and used by the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Wallet => "wallet",
            Self::Bank => "bank",
        }
    }

    /// The destination a word names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Gateway, Self::Wallet, Self::Bank].into_iter().find(|to| to.as_str() == word)
    }
}

/// Money to be given back.
#[derive(Clone, Debug)]
pub struct NewRefund<'a> {
    /// Of which payment.
    pub payment_id: &'a PaymentId,
    /// How much, minor units.
    pub amount_minor: i64,
    /// Where to.
    pub destination: Destination,
    /// Why; printed on the credit note.
    pub reason: &'a str,
    /// The same key refunds once, and is free again where a gateway refused; at most 60 characters.
    pub key: &'a str,
}

/// What can still be given back of a payment, minor units: what the invoice took, or, where it took nothing, what went
/// to the wallet.
pub fn available_minor(payment: &payment::Model) -> i64 {
    match payment.status {
        PaymentStatus::Succeeded | PaymentStatus::PartiallyRefunded => refundable(payment) - payment.refunded_minor,
        _ => 0,
    }
}

fn refundable(payment: &payment::Model) -> i64 {
    if payment.applied_minor > 0 { payment.applied_minor } else { payment.received_minor }
}

/// Gives back `amount_minor` of a payment, otherwise than to a bank account; see [`refund_to`].
///
/// # Errors
/// Those of [`refund_to`].
pub async fn refund(ctx: &Ctx, new: NewRefund<'_>) -> Result<refund::Model, PaymentError> {
    refund_to(ctx, new, &BankAccount::default()).await
}

/// Gives back `amount_minor` of a payment. To the wallet it is done in one transaction. To a bank account, `bank` (which is
/// not looked at otherwise), it is set aside in the wallet until staff have transferred it. Through the gateway the
/// reservation is committed first, and an answer that is lost leaves the refund `unknown` until it is resolved by asking
/// under the same key.
///
/// # Errors
/// `NotFound`, `ReasonRequired`, `RefundExceeds`, `RefundNotSupported`, `KeyReused`; `Ledger(OwnPayout)` where who gives it
/// back belongs to the account; `GatewayRefused` (no money moved); to a bank account also `Invalid` by field,
/// `CurrencyDiffers`, `Ledger(PayoutUnderWay)`, `Ledger(InsufficientCredit)`; the database.
pub async fn refund_to(ctx: &Ctx, new: NewRefund<'_>, bank: &BankAccount<'_>) -> Result<refund::Model, PaymentError> {
    let reason: String = new.reason.trim().chars().take(160).collect();
    if reason.is_empty() {
        return Err(PaymentError::ReasonRequired);
    }
    let tx = ctx.begin().await?;
    let mut payment = lock(&tx, new.payment_id).await?;
    if ledger::is_own(ctx, &tx, &[&payment.customer_id]).await? {
        return Err(LedgerError::OwnPayout.into());
    }
    if let Some(known) = by_key(&tx, new.key).await? {
        let is_same = known.payment_id == payment.id
            && known.amount_minor == new.amount_minor
            && known.destination == new.destination.as_str()
            && is_same_account(&tx, &known, &new, bank).await?;
        return if is_same { Ok(known) } else { Err(PaymentError::KeyReused) };
    }
    let available = available_minor(&payment);
    if !(1..=available).contains(&new.amount_minor) {
        return Err(PaymentError::RefundExceeds { available_minor: available });
    }
    check_way(ctx, &payment, new.destination)?;
    let to = match new.destination {
        Destination::Bank => Some(bank.check().map_err(PaymentError::Invalid)?),
        Destination::Wallet | Destination::Gateway => None,
    };
    let mut refund = reserve(ctx, &tx, &mut payment, &new, reason).await?;
    if new.destination == Destination::Gateway {
        ctx.enqueue_at(&tx, &RunRefund { refund_id: refund.id.clone() }, ctx.now() + ASK_AGAIN).await?;
        store(ctx, &tx, &mut payment).await?;
        ctx.making(&tx, refund.id.as_str()).await?;
        tx.commit().await?;
        return run(ctx, &refund.id).await;
    }
    match &to {
        Some(to) => refund_transfer::begin(ctx, &tx, &mut payment, &mut refund, to).await?,
        None => complete(ctx, &tx, &mut payment, &mut refund, None).await?,
    }
    store(ctx, &tx, &mut payment).await?;
    ctx.made(&tx, refund.id.as_str()).await?;
    tx.commit().await?;
    Ok(refund)
}

/// Whether the refund that `new` has the key of goes to the same bank account, where it goes to one.
async fn is_same_account(
    tx: &WriteTx,
    known: &refund::Model,
    new: &NewRefund<'_>,
    bank: &BankAccount<'_>,
) -> Result<bool, PaymentError> {
    if new.destination != Destination::Bank {
        return Ok(true);
    }
    let to = bank.check().map_err(PaymentError::Invalid)?;
    refund_transfer::goes_to(tx, &known.id, &to).await
}

/// Whether money of `payment` can go there.
fn check_way(ctx: &Ctx, payment: &payment::Model, to: Destination) -> Result<(), PaymentError> {
    let is_in_wallet = payment.applied_minor == 0;
    let can = match to {
        // What a proof of withheld tax paid never was money: it goes where it can be used for an invoice.
        Destination::Bank => payment.gateway != withholding::GATEWAY,
        Destination::Wallet => !is_in_wallet,
        Destination::Gateway => {
            let methods = ctx.gateway(&payment.gateway).map(|gateway| gateway.methods()).unwrap_or_default();
            let is_way = |offer: &&crate::integrations::gateways::MethodOffer| {
                offer.method == payment.method && offer.option == payment.option.as_deref()
            };
            !is_in_wallet && methods.iter().find(is_way).is_some_and(|offer| offer.refunds)
        }
    };
    if can { Ok(()) } else { Err(PaymentError::RefundNotSupported) }
}

/// Writes the refund and reserves its amount on the payment (stored by the caller).
async fn reserve(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    new: &NewRefund<'_>,
    reason: String,
) -> Result<refund::Model, PaymentError> {
    payment.refunded_minor += new.amount_minor;
    let row = refund::Model {
        id: RefundId::generate(),
        payment_id: payment.id.clone(),
        customer_id: payment.customer_id.clone(),
        credit_note_id: None,
        amount_minor: new.amount_minor,
        currency: payment.currency.clone(),
        destination: new.destination.as_str().to_owned(),
        refund_key: new.key.to_owned(),
        status: RefundStatus::Pending,
        reason,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    };
    refund::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let change = Change {
        action: "payments.payment.refund",
        target_type: "refund",
        target_id: row.id.as_str(),
        customer_id: Some(&row.customer_id),
        after: Some(json!({"payment_id": row.payment_id, "amount_minor": row.amount_minor, "to": row.destination})),
        reason: Some(&row.reason),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(row)
}

/// The money has gone: credit note (or the one given), posting, status, news. The payment is stored by the caller.
pub(super) async fn complete(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    refund: &mut refund::Model,
    note: Option<&CreditNoteId>,
) -> Result<(), PaymentError> {
    let is_invoiced = payment.applied_minor > 0;
    refund.credit_note_id = match (&payment.invoice_id, note) {
        (_, Some(note)) => Some(note.clone()),
        (Some(invoice_id), None) if is_invoiced => {
            let new = NewCreditNote {
                invoice_id,
                credit: Credit::Gross(refund.amount_minor),
                against: Against::Paid,
                reason: &refund.reason,
                key: &format!("refund:{}", refund.id),
            };
            let to = paid_to(payment, refund);
            Some(credit_note::issue_before(ctx, tx, new, std::slice::from_ref(&to)).await?.note.id)
        }
        _ => None,
    };
    post_refund(ctx, tx, payment, refund).await?;
    succeed(ctx, tx, payment, refund).await
}

/// The money has gone, and that is booked: status and news. The payment is stored by the caller.
pub(super) async fn succeed(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    refund: &mut refund::Model,
) -> Result<(), PaymentError> {
    refund.status = RefundStatus::Succeeded;
    write(ctx, tx, refund).await?;
    let succeeded = sum_succeeded(tx, &payment.id).await?;
    payment.status = match payment.status {
        PaymentStatus::Reversed | PaymentStatus::Chargeback => payment.status,
        _ if succeeded >= refundable(payment) => PaymentStatus::Refunded,
        _ => PaymentStatus::PartiallyRefunded,
    };
    let event = RefundSucceeded {
        refund_id: refund.id.clone(),
        payment_id: payment.id.clone(),
        customer_id: payment.customer_id.clone(),
        invoice_id: payment.invoice_id.clone(),
        amount_minor: refund.amount_minor,
    };
    ctx.publish(tx, &event).await?;
    tracing::info!(refund.id = %refund.id, amount_minor = refund.amount_minor, "Refunded to {}", refund.destination);
    Ok(())
}

/// Nothing came of a refund: what it held of the payment is free, and the same may be asked for again. The payment is
/// stored by the caller.
pub(super) async fn fail(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    refund: &mut refund::Model,
) -> Result<(), PaymentError> {
    let had_gone = refund.status == RefundStatus::Succeeded;
    refund.status = RefundStatus::Failed;
    refund.refund_key = refund.id.0.clone();
    write(ctx, tx, refund).await?;
    payment.refunded_minor -= refund.amount_minor;
    if had_gone {
        payment.status = match sum_succeeded(tx, &payment.id).await? {
            0 => PaymentStatus::Succeeded,
            _ => PaymentStatus::PartiallyRefunded,
        };
    }
    Ok(())
}

/// The account that gives the money; what goes to a bank account is paid out of the wallet.
fn paid_to(payment: &payment::Model, refund: &refund::Model) -> Account {
    match (Destination::parse(&refund.destination), &payment.account_id) {
        (Some(Destination::Wallet | Destination::Bank), _) => Account::Wallet(payment.customer_id.clone()),
        (Some(Destination::Gateway), Some(account_id)) => Account::GatewayClearing(account_id.clone()),
        _ => Account::Bank,
    }
}

/// What was credited leaves the receivable for where the money went; money that lay in the wallet leaves the wallet,
/// as far as it is still there.
async fn post_refund(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    refund: &refund::Model,
) -> Result<(), PaymentError> {
    let (customer, amount) = (payment.customer_id.clone(), refund.amount_minor);
    let to = paid_to(payment, refund);
    let mut entries = vec![(to.clone(), -amount)];
    let mut moves_wallet = matches!(to, Account::Wallet(_));
    if payment.applied_minor > 0 {
        entries.push((Account::Receivable(customer), amount));
    } else {
        let held = ledger::balance_minor(tx, &customer, &payment.currency).await?.max(0);
        // A refund made at the gateway has happened, whether the money is still there or not.
        let from_wallet = amount.min(held);
        entries.push((Account::Wallet(customer), from_wallet));
        entries.push((Account::Unallocated, amount - from_wallet));
        moves_wallet = from_wallet > 0;
    }
    let words = [("reference", &payment.reference)];
    let note = WalletNote {
        r#type: WalletTransactionType::Refund,
        description: ta(lang_of(tx, payment).await?, "wallet-words-refund", &words),
    };
    let posting = Posting {
        idempotency_key: format!("refund_paid:{}", refund.id),
        kind: "refund_paid",
        source_type: "refund",
        source_id: refund.id.0.clone(),
        description: format!("Refund of {} to {}", payment.reference, refund.destination),
        currency: payment.currency.clone(),
        entries,
        wallet: moves_wallet.then_some(note),
    };
    ledger::post(ctx, tx, posting).await?;
    Ok(())
}

/// Asks the gateway to give the money back, or whether it has: always under the same key. A refund that is over stays
/// as it is.
///
/// # Errors
/// `NotFound`; `GatewayRefused` (the reservation is released); `GatewayUnavailable` (it stays pending); the database.
pub async fn run(ctx: &Ctx, id: &RefundId) -> Result<refund::Model, PaymentError> {
    let refund = get(&ctx.db, id).await?;
    let is_open = matches!(refund.status, RefundStatus::Pending | RefundStatus::Unknown);
    if !is_open || refund.destination != Destination::Gateway.as_str() {
        return Ok(refund);
    }
    let payment = attempt::get(&ctx.db, &refund.payment_id).await?;
    let account_id = payment.account_id.as_ref().ok_or(PaymentError::NotConfigured)?;
    let account = accounts::open_by_id(ctx, account_id).await?;
    let request = RefundRequest {
        reference: payment.reference.clone(),
        external_id: payment.external_id.clone().unwrap_or_default(),
        refund_key: refund.id.0.clone(),
        amount: Money::new(refund.amount_minor, &refund.currency),
        reason: refund.reason.clone(),
    };
    let answer = account.gateway.refund(&account.settings, &request).await;
    let tx = ctx.begin().await?;
    let mut payment = lock(&tx, &refund.payment_id).await?;
    let mut refund = get(&tx, id).await?;
    if !matches!(refund.status, RefundStatus::Pending | RefundStatus::Unknown) {
        return Ok(refund);
    }
    let outcome = match answer {
        Ok(report) => {
            let gone = sum_gateway_succeeded(&tx, &payment.id).await?;
            if report.refunded_minor >= gone + refund.amount_minor {
                complete(ctx, &tx, &mut payment, &mut refund, None).await?;
            }
            Ok(())
        }
        Err(OutsideError::Unknown { message }) => {
            tracing::warn!(refund.id = %id, message, "The outcome of a refund is unknown");
            refund.status = RefundStatus::Unknown;
            write(ctx, &tx, &mut refund).await?;
            Ok(())
        }
        // Nothing happened: it stays as it is and is asked for again.
        Err(error @ OutsideError::Unavailable { .. }) => Err(error),
        Err(error @ OutsideError::Rejected { .. }) => {
            fail(ctx, &tx, &mut payment, &mut refund).await?;
            Err(error)
        }
    };
    store(ctx, &tx, &mut payment).await?;
    tx.commit().await?;
    outcome.map(|()| refund).map_err(PaymentError::from)
}

/// Brings our refunds in line with what the gateway says it has given back in all: our open ones that it covers are
/// done; what is more was given back in the gateway's own dashboard and is imported. The payment is stored by the
/// caller.
pub(super) async fn reconcile(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    refunded_minor: i64,
) -> Result<(), PaymentError> {
    let mut extra = refunded_minor - sum_gateway_succeeded(tx, &payment.id).await?;
    for mut open in of_payment(tx, &payment.id).await? {
        let is_open = matches!(open.status, RefundStatus::Pending | RefundStatus::Unknown)
            && open.destination == Destination::Gateway.as_str();
        if is_open && open.amount_minor <= extra {
            extra -= open.amount_minor;
            complete(ctx, tx, payment, &mut open, None).await?;
        }
    }
    let extra = extra.min(refundable(payment) - payment.refunded_minor);
    if extra > 0 {
        let key = format!("external:{}:{}", bare(&payment.id), payment.refunded_minor + extra);
        // It stands on the credit note the customer gets.
        let words = t(lang_of(tx, payment).await?, "refund-words-at-gateway");
        let new = NewRefund {
            payment_id: &payment.id.clone(),
            amount_minor: extra,
            destination: Destination::Gateway,
            reason: &words,
            key: &key,
        };
        let mut row = reserve(ctx, tx, payment, &new, words.clone()).await?;
        complete(ctx, tx, payment, &mut row, None).await?;
    }
    Ok(())
}

/// Refunds that were under way through a gateway are given up, because it took the money back before. The payment is
/// stored by the caller.
pub(super) async fn give_up_open(ctx: &Ctx, tx: &WriteTx, payment: &mut payment::Model) -> Result<(), PaymentError> {
    for mut open in of_payment(tx, &payment.id).await? {
        if matches!(open.status, RefundStatus::Pending | RefundStatus::Unknown) {
            open.status = RefundStatus::Failed;
            write(ctx, tx, &mut open).await?;
            payment.refunded_minor -= open.amount_minor;
        }
    }
    Ok(())
}

/// What was given back of a payment, minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GivenBack {
    /// Through its gateway.
    pub by_gateway: i64,
    /// To the wallet, or by way of it to a bank account.
    pub elsewhere: i64,
}

pub(super) async fn given_back(db: &impl ConnectionTrait, id: &PaymentId) -> Result<GivenBack, DbErr> {
    let by_gateway = sum_gateway_succeeded(db, id).await?;
    Ok(GivenBack { by_gateway, elsewhere: sum_succeeded(db, id).await? - by_gateway })
}

fn bare(id: &PaymentId) -> &str {
    id.as_str().rsplit('_').next().unwrap_or_default()
}

/// Which part of an invoice goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything that was paid.
    Whole,
    /// These lines, tax included, as far as they were paid.
    Items(Vec<InvoiceItemId>),
}

/// Reads the payments of an invoice, oldest first, and keeps others from changing them until `tx` ends: for whoever gives
/// money of it back, before he locks the invoice.
///
/// # Errors
/// The database.
pub async fn lock_of_invoice(tx: &WriteTx, invoice_id: &InvoiceId) -> Result<Vec<payment::Model>, PaymentError> {
    let mut payments = Vec::new();
    for known in attempt::of_invoice(tx, invoice_id).await? {
        payments.push(lock(tx, &known.id).await?);
    }
    Ok(payments)
}

/// Gives back what was paid of an invoice, or of some of its lines, to the wallet, in `tx`, with one credit note: used
/// where what was sold cannot be delivered. Returns how much, minor units; nothing paid, or nothing left of the lines,
/// gives nothing back. The same key again changes nothing. `key` has at most 50 characters.
///
/// # Errors
/// `Invoice(NotFound)`; the ledger; the database.
pub async fn refund_invoice_to_wallet(
    ctx: &Ctx,
    tx: &WriteTx,
    invoice_id: &InvoiceId,
    scope: &Scope,
    reason: &str,
    key: &str,
) -> Result<i64, PaymentError> {
    let mut payments = lock_of_invoice(tx, invoice_id).await?;
    if let Some(note) = credit_note::find_by_key(tx, key).await?.filter(|note| note.invoice_id == *invoice_id) {
        return Ok(note.total_minor);
    }
    // A proof of withheld tax is no money, and nobody may have looked at it: staff decide what becomes of that.
    payments.retain(|payment| payment.applied_minor > 0 && payment.gateway != withholding::GATEWAY);
    let paid: i64 = payments.iter().map(available_minor).sum();
    if paid == 0 {
        return Ok(0);
    }
    let credit = match scope {
        Scope::Whole => Credit::Gross(paid),
        Scope::Items(items) => {
            let left = credit_note::left_minor(tx, invoice_id, items).await?;
            if left == 0 {
                return Ok(0);
            }
            Credit::Part { lines: items.clone(), gross_minor: left.min(paid) }
        }
    };
    let new = NewCreditNote { invoice_id, credit, against: Against::Paid, reason, key };
    let issued = credit_note::issue(ctx, tx, new).await?;
    let mut left = issued.note.total_minor;
    for (payment, number) in payments.iter_mut().rev().zip(1..) {
        let amount_minor = available_minor(payment).min(left);
        if amount_minor > 0 {
            left -= amount_minor;
            let payment_id = payment.id.clone();
            let key = format!("{key}:{number}");
            let destination = Destination::Wallet;
            let new = NewRefund { payment_id: &payment_id, amount_minor, destination, reason, key: &key };
            let mut row = reserve(ctx, tx, payment, &new, issued.note.reason.clone()).await?;
            complete(ctx, tx, payment, &mut row, Some(&issued.note.id)).await?;
            store(ctx, tx, payment).await?;
        }
    }
    Ok(issued.note.total_minor)
}

async fn write(ctx: &Ctx, tx: &WriteTx, refund: &mut refund::Model) -> Result<(), PaymentError> {
    refund.updated_at = ctx.now();
    refund::Entity::update(refund.clone().into_active_model().reset_all()).exec(tx).await?;
    Ok(())
}

async fn sum_succeeded(db: &impl ConnectionTrait, id: &PaymentId) -> Result<i64, DbErr> {
    let refunds = of_payment(db, id).await?;
    Ok(refunds.iter().filter(|refund| refund.status == RefundStatus::Succeeded).map(|refund| refund.amount_minor).sum())
}

async fn sum_gateway_succeeded(db: &impl ConnectionTrait, id: &PaymentId) -> Result<i64, DbErr> {
    let refunds = of_payment(db, id).await?;
    let is_gone = |refund: &&refund::Model| {
        refund.status == RefundStatus::Succeeded && refund.destination == Destination::Gateway.as_str()
    };
    Ok(refunds.iter().filter(is_gone).map(|refund| refund.amount_minor).sum())
}

/// The refunds of a payment, oldest first.
///
/// # Errors
/// The database.
pub async fn of_payment(db: &impl ConnectionTrait, id: &PaymentId) -> Result<Vec<refund::Model>, DbErr> {
    refund::Entity::find()
        .filter(refund::Column::PaymentId.eq(id))
        .order_by_asc(refund::Column::Id)
        .limit(500)
        .all(db)
        .await
}

/// A refund of anybody.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &RefundId) -> Result<refund::Model, PaymentError> {
    refund::Entity::find_by_id(id.clone()).one(db).await?.ok_or(PaymentError::NotFound)
}

async fn by_key(db: &impl ConnectionTrait, key: &str) -> Result<Option<refund::Model>, DbErr> {
    refund::Entity::find().filter(refund::Column::RefundKey.eq(key)).one(db).await
}
