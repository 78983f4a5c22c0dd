//! What staff decide: money came, or the proof shows nothing; and attempts that end without either.
use super::{find, is_by_people, proof::ALERT_KEY};
use crate::{
    domain::{
        Ctx,
        billing::invoice,
        customers,
        payments::{
            CloseAttempts, PaymentClosed, PaymentError, TransferRefused,
            attempt::{self, apply_within, get, lock, store},
        },
        settings,
    },
    integrations::gateways::{Instructions, PaymentReport},
    kernel::{actor::Actor, alert, audit::Change, db::WriteTx},
};
use chrono::NaiveDate;
use entity::{
    payments::{payment, proof},
    platform::alert as alerts,
    value::{CustomerId, InvoiceStatus, Money, PaymentId, PaymentStatus, business_day, day_start},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

/// Longest reason, in characters.
const LONGEST_REASON: usize = 255;
/// A statement is read within such a time; an older day is a slip of the pen.
const OLDEST_DAYS: i64 = 60;

/// What somebody read on the bank statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// How much came, minor units.
    pub received_minor: i64,
    /// On which business day.
    pub received_on: NaiveDate,
}

/// Staff saw the money of a transfer: it is booked as received, exactly as it came. The invoice takes what is open, the
/// wallet the rest; an attempt that has ended takes late money in the same way. The same approval again, or together
/// with its twin, counts once.
///
/// # Errors
/// `NotFound`; `NotByTransfer`; `OwnTransfer`; `AmountOutOfRange` where more came than may be credited by one person (what exceeds the
/// amount asked for by more than the limit of wallet adjustments); `DayOutOfRange`; `WrongState` where another amount
/// was booked before; billing, the ledger, the database.
pub async fn approve(ctx: &Ctx, id: &PaymentId, seen: Approval) -> Result<payment::Model, PaymentError> {
    let found = get(&ctx.db, id).await?;
    if !is_by_people(ctx, &found) {
        return Err(PaymentError::NotByTransfer);
    }
    if is_own(ctx, &found.customer_id).await? {
        return Err(PaymentError::OwnTransfer);
    }
    let limit = settings::current(ctx).await?.wallet.adjust_limit_minor;
    let max_minor = found.amount_minor.saturating_add(limit);
    if !(1..=max_minor).contains(&seen.received_minor) {
        return Err(PaymentError::AmountOutOfRange { min_minor: 1, max_minor });
    }
    let today = business_day(ctx.now());
    if seen.received_on > today || (today - seen.received_on).num_days() > OLDEST_DAYS {
        return Err(PaymentError::DayOutOfRange);
    }
    let tx = ctx.begin().await?;
    let before = lock(&tx, id).await?;
    if before.status.rank() >= PaymentStatus::Succeeded.rank() {
        let is_same = before.status == PaymentStatus::Succeeded && before.received_minor == seen.received_minor;
        if !is_same {
            return Err(PaymentError::WrongState { status: before.status.as_str() });
        }
        ctx.made(&tx, id.as_str()).await?;
        tx.commit().await?;
        return Ok(before);
    }
    let report = PaymentReport {
        reference: before.reference.clone(),
        external_id: String::new(),
        status: PaymentStatus::Succeeded,
        amount: Money::new(seen.received_minor, &before.currency),
        refunded_minor: 0,
        // The sender's bank takes its fee from the sender.
        fee_minor: 0,
        settled_at: Some(day_start(seen.received_on)),
        instructions: Instructions::default(),
    };
    let payment = apply_within(ctx, &tx, id, &report).await?;
    let change = Change {
        action: "payments.transfer.approve",
        target_type: "payment",
        target_id: id.as_str(),
        customer_id: Some(&payment.customer_id),
        before: Some(json!({"status": before.status, "expected_minor": before.amount_minor})),
        after: Some(json!({"received_minor": seen.received_minor, "received_on": seen.received_on})),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    is_dealt_with(ctx, &tx).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(payment)
}

/// Staff found no money for the proofs of a transfer: they are refused with `reason`, which the payer reads. The attempt
/// waits again where its time is not over and its invoice still waits for it, and fails otherwise; money that comes later is still taken by `approve`.
/// Publishes `transfer.refused`.
///
/// # Errors
/// `NotFound`; `NotByTransfer`; `ReasonRequired`; `WrongState` where it is not under review; the database.
pub async fn reject(ctx: &Ctx, id: &PaymentId, reason: &str) -> Result<payment::Model, PaymentError> {
    let found = get(&ctx.db, id).await?;
    if !is_by_people(ctx, &found) {
        return Err(PaymentError::NotByTransfer);
    }
    let reason: String = reason.trim().chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
    if reason.is_empty() {
        return Err(PaymentError::ReasonRequired);
    }
    let tx = ctx.begin().await?;
    let mut payment = lock(&tx, id).await?;
    if payment.status != PaymentStatus::Review {
        return Err(PaymentError::WrongState { status: payment.status.as_str() });
    }
    let now = ctx.now();
    let refused =
        proof::ActiveModel { rejected_at: Set(Some(now)), reason: Set(Some(reason.clone())), ..Default::default() };
    proof::Entity::update_many()
        .set(refused)
        .filter(proof::Column::PaymentId.eq(id))
        .filter(proof::Column::RejectedAt.is_null())
        .exec(&tx)
        .await?;
    if payment.expires_at > now && is_wanted(&tx, &payment).await? {
        payment.status = PaymentStatus::Pending;
        store(ctx, &tx, &mut payment).await?;
        if let Some(invoice_id) = &payment.invoice_id {
            // Paid another way in this very moment: it is closed like every other attempt.
            ctx.enqueue(&tx, &CloseAttempts { invoice_id: invoice_id.clone() }).await?;
        }
    } else {
        payment.failure_code = Some("proof_refused".to_owned());
        end(ctx, &tx, &mut payment, PaymentStatus::Failed).await?;
    }
    let change = Change {
        action: "payments.transfer.reject",
        target_type: "payment",
        target_id: id.as_str(),
        customer_id: Some(&payment.customer_id),
        before: Some(json!({"status": PaymentStatus::Review})),
        after: Some(json!({"status": payment.status})),
        reason: Some(&reason),
    };
    ctx.audit(&tx, change).await?;
    let event = TransferRefused {
        payment_id: id.clone(),
        customer_id: payment.customer_id.clone(),
        invoice_id: payment.invoice_id.clone(),
        can_try_again: payment.status == PaymentStatus::Pending,
        reason,
        refused_at: now,
    };
    ctx.publish(&tx, &event).await?;
    is_dealt_with(ctx, &tx).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(payment)
}

/// Whether a refused transfer may be tried again: its invoice still asks for money, and no other attempt at it is open.
async fn is_wanted(tx: &WriteTx, payment: &payment::Model) -> Result<bool, PaymentError> {
    let Some(invoice_id) = &payment.invoice_id else { return Ok(true) };
    if invoice::get(tx, invoice_id).await?.status != InvoiceStatus::Issued {
        return Ok(false);
    }
    let attempts = attempt::of_invoice(tx, invoice_id).await?;
    Ok(attempts.iter().all(|other| other.id == payment.id || !other.status.is_open()))
}

/// Ends a transfer that waits, as `status`. One under review is left to staff: the payer says that his money is on its
/// way, and only a person can tell.
///
/// # Errors
/// `NotFound`; the database.
pub(in crate::domain::payments) async fn close(
    ctx: &Ctx,
    id: &PaymentId,
    status: PaymentStatus,
) -> Result<payment::Model, PaymentError> {
    let tx = ctx.begin().await?;
    let mut payment = lock(&tx, id).await?;
    if payment.status.is_open() && payment.status != PaymentStatus::Review {
        end(ctx, &tx, &mut payment, status).await?;
        tx.commit().await?;
    }
    Ok(payment)
}

async fn end(ctx: &Ctx, tx: &WriteTx, payment: &mut payment::Model, status: PaymentStatus) -> Result<(), PaymentError> {
    payment.status = status;
    store(ctx, tx, payment).await?;
    let event = PaymentClosed {
        payment_id: payment.id.clone(),
        customer_id: payment.customer_id.clone(),
        invoice_id: payment.invoice_id.clone(),
        status,
    };
    ctx.publish(tx, &event).await?;
    Ok(())
}

/// The alert is over once nothing waits any more. Its row is locked before anything is counted: a proof that comes in
/// the same moment is either seen here or opens the alert anew.
async fn is_dealt_with(ctx: &Ctx, tx: &WriteTx) -> Result<(), PaymentError> {
    let open = alerts::Entity::find().filter(alerts::Column::OpenKey.eq(ALERT_KEY));
    if open.lock_exclusive().one(tx).await?.is_none() {
        return Ok(());
    }
    if find::count(ctx, tx).await? == 0 {
        alert::resolve(tx, ctx.now(), ALERT_KEY).await?;
    }
    Ok(())
}

/// Whether who acts belongs to the account of a customer: nobody credits himself.
pub(in crate::domain::payments) async fn is_own(ctx: &Ctx, customer_id: &CustomerId) -> Result<bool, PaymentError> {
    let Actor::Staff { user_id } = &ctx.actor else { return Ok(false) };
    let members = customers::members_of(&ctx.db, customer_id).await?;
    Ok(members.iter().any(|member| member.user_id == *user_id))
}
