//! Contracts that are paid and for which there is no room: those that never ran and those that gave their slot back while
//! they were suspended. Both stand in one queue per plan, by the time they were paid, and both may have the money back: at
//! one click, and by themselves after a week (DECISIONS 12, ADR 0121).
use super::{
    OrderingError,
    follow::{give_back, undo_sale},
};
use crate::{
    domain::{
        Ctx,
        billing::invoice as invoices,
        catalog::waitlist::{self, WAITING_DAYS},
        customers,
        payments::refund::lock_of_invoice,
        subscriptions::{self, Admission, EndReason, SubscriptionError, automation, room},
    },
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        fault::FieldFault,
        locale::t,
        said::args,
    },
};
use chrono::Duration;
use entity::{
    subscriptions::{cycle, subscription},
    value::{CustomerId, InvoiceStatus, PlanId, SubscriptionId, SubscriptionStatus, contact},
};
use sea_orm::DbErr;
use std::collections::BTreeSet;

/// Longest reason of a refund by staff, in characters.
const LONGEST_REASON: usize = 160;

/// A customer whose paid contract waits for a slot takes the money back into the wallet; the contract ends.
///
/// # Errors
/// `NotFound` for a foreign or missing contract; `INVALID_STATE` for one that does not wait.
pub async fn refund_waiting(
    ctx: &Ctx,
    customer_id: &CustomerId,
    subscription_id: &SubscriptionId,
) -> Result<(), OrderingError> {
    let contract = subscriptions::find::get_owned(&ctx.db, customer_id, subscription_id).await?;
    refund(ctx, &contract, None).await
}

/// Staff give the money of a paid contract that waits for a slot back, with a reason; the contract ends.
///
/// # Errors
/// `Invalid` for a reason that is empty or too long; `NotFound`; `INVALID_STATE` for one that does not wait.
pub async fn refund_waiting_for(
    ctx: &Ctx,
    subscription_id: &SubscriptionId,
    reason: &str,
) -> Result<(), OrderingError> {
    let wrong = |wrong| OrderingError::Invalid(vec![FieldFault::of("reason", wrong)]);
    let reason = contact::line(reason, LONGEST_REASON).map_err(wrong)?;
    let contract = subscriptions::find::get(&ctx.db, subscription_id).await?;
    refund(ctx, &contract, Some(&reason)).await
}

async fn refund(ctx: &Ctx, contract: &subscription::Model, why: Option<&str>) -> Result<(), OrderingError> {
    let waits = waitlist::of_contract(&ctx.db, &contract.id).await?.is_some();
    if !waits || !undo(ctx, &contract.id, why).await? {
        let status = subscriptions::find::get(&ctx.db, &contract.id).await?.status;
        return Err(SubscriptionError::InvalidState(status).into());
    }
    Ok(())
}

/// Pays back every contract that has waited for a slot for 7 days, but those that would be removed while automation is paused.
/// Returns how many. One that fails keeps none of the others back.
///
/// # Errors
/// The first that failed, after all were looked at.
pub async fn refund_overdue_waiting(ctx: &Ctx) -> Result<u64, OrderingError> {
    let before = ctx.now() - Duration::days(WAITING_DAYS);
    let (mut count, mut failed, mut last) = (0, None, None);
    loop {
        let overdue = waitlist::paid_waiting_since(&ctx.db, before, last.as_ref()).await?;
        let Some(newest) = overdue.last() else { return failed.map_or(Ok(count), Err) };
        last = Some(newest.id.clone());
        for id in overdue.into_iter().filter_map(|own| own.subscription_id).map(SubscriptionId) {
            match undo_overdue(ctx, &id).await {
                Ok(is_undone) => count += u64::from(is_undone),
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
    }
}

/// Ends a contract whose wait is over. A pause keeps what is installed, as from every removal: the money is there at one
/// click meanwhile. Of what never ran there is nothing to keep. Whether it ended.
async fn undo_overdue(ctx: &Ctx, id: &SubscriptionId) -> Result<bool, OrderingError> {
    let contract = subscriptions::find::get(&ctx.db, id).await?;
    let ran = contract.status != SubscriptionStatus::Pending;
    if ran && automation::is_paused(&ctx.db, &contract, ctx.now()).await? {
        return Ok(false);
    }
    undo(ctx, id, None).await
}

/// A slot of `plan_id` is free: paid contracts that wait for it are let in, who paid first first; what is left is offered
/// to those who asked to be told. One that fails keeps its turn and none of the others from theirs.
///
/// # Errors
/// The first that failed, after all were looked at.
pub async fn admit_waiting(ctx: &Ctx, plan_id: &PlanId) -> Result<(), OrderingError> {
    let mut failed = None;
    for id in waitlist::paid_waiting(&ctx.db, plan_id).await? {
        match subscriptions::admit_waiting(ctx, &id).await {
            Ok(Admission::Full) => break,
            Ok(Admission::Admitted | Admission::Gone | Admission::Unpaid) => {}
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    waitlist::offer_room(ctx, plan_id).await?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// Ends a contract that waits and pays back what it waits with; staff say `why`. Whether this call did it.
async fn undo(ctx: &Ctx, id: &SubscriptionId, why: Option<&str>) -> Result<bool, OrderingError> {
    match subscriptions::find::get(&ctx.db, id).await?.status {
        SubscriptionStatus::Pending => undo_sale(ctx, id, EndReason::NoCapacity, why).await,
        _ => undo_renewal(ctx, id, why).await,
    }
}

/// Ends a suspended contract that waits for room: what it paid for without getting it goes to the wallet, all in one
/// transaction. False where it waits no longer.
async fn undo_renewal(ctx: &Ctx, id: &SubscriptionId, why: Option<&str>) -> Result<bool, OrderingError> {
    let tx = ctx.begin().await?;
    // Who has just been let in waits no longer.
    let contract = subscriptions::lock(ctx, &tx, id).await?;
    if !room::is_waiting(&tx, id).await? {
        return Ok(false);
    }
    let cycles = room::undelivered(&tx, id).await?;
    let invoices: BTreeSet<_> = cycles.iter().filter_map(|cycle| cycle.invoice_id.clone()).collect();
    for invoice_id in &invoices {
        // As everybody who gives money back: the payments, the invoice they pay, and only then what is earned of it,
        // which the end of the contract takes hold of.
        lock_of_invoice(&tx, invoice_id).await?;
        invoices::lock(&tx, invoice_id).await?;
    }
    if !subscriptions::end(ctx, &tx, id, EndReason::NoCapacity).await? {
        return Ok(false);
    }
    note_refund(ctx, &tx, &contract, why).await?;
    for cycle in &cycles {
        credit(ctx, &tx, cycle, "ordering-refund-no-capacity").await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Notes that staff gave the money of a contract back that waited, and why; nothing where they did not.
pub(super) async fn note_refund(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    why: Option<&str>,
) -> Result<(), DbErr> {
    if why.is_none() {
        return Ok(());
    }
    let change = Change {
        action: "ordering.waiting.refund",
        target_type: "subscription",
        target_id: contract.id.as_str(),
        customer_id: Some(&contract.customer_id),
        reason: why,
        ..Change::default()
    };
    ctx.audit(tx, change).await
}

/// A contract ended while a renewal of it was asked for, or paid and there was no room for it: what was not delivered is
/// credited in full, and what was paid of it goes to the wallet (DECISIONS 8). An invoice that other contracts share and
/// of which a part was paid is left to staff, who are alerted. Calling twice credits once.
pub async fn credit_undelivered(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<(), OrderingError> {
    for cycle in subscriptions::find::undelivered(&ctx.db, subscription_id).await? {
        let tx = ctx.begin().await?;
        if credit(ctx, &tx, &cycle, "ordering-credit-not-delivered").await? {
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Credits a cycle that was not delivered. Whether there was an invoice of which something could be.
async fn credit(ctx: &Ctx, tx: &WriteTx, cycle: &cycle::Model, words: &str) -> Result<bool, OrderingError> {
    let Some(invoice_id) = &cycle.invoice_id else { return Ok(false) };
    let bill = invoices::get(tx, invoice_id).await?;
    if !matches!(bill.status, InvoiceStatus::Issued | InvoiceStatus::Paid) {
        return Ok(false);
    }
    let customer = customers::get(tx, &bill.customer_id).await?;
    let words = t(super::pricing::lang_of(&customer), words);
    let key = subscriptions::cancel::undelivered_key(&cycle.subscription_id, cycle.number);
    let lines = subscriptions::find::lines_on(tx, invoice_id, &cycle.subscription_id).await?;
    let is_alone = invoices::items_of(tx, invoice_id).await?.len() == lines.len();
    // Of an invoice that is paid it is known what each of its lines was paid with.
    let is_unclear = bill.status == InvoiceStatus::Issued && bill.paid_minor > bill.refunded_minor && !is_alone;
    if is_unclear {
        let number = bill.number.as_deref().unwrap_or_default();
        let alert = Alert { code: "undelivered_partly_paid", args: args([("invoice", number.into())]), key: &key };
        alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    } else {
        give_back(ctx, tx, invoice_id, lines, &words, (&format!("{key}:paid"), &key)).await?;
    }
    Ok(true)
}
