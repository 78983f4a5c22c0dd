//! What a customer's bank took back suspends what it paid for, until it is paid again.
use super::{SubscriptionError, find, hold};
use crate::domain::{Ctx, settings};
use entity::value::{HoldReason, InvoiceId, SubscriptionStatus};

/// Money of the invoice was taken back: its contracts are held (`chargeback`) while it is open, unless the settings say
/// otherwise. One that is pending or
/// has ended is left as it is; an invoice that has been paid again holds nothing. Calling twice holds once.
///
/// # Errors
/// Only of the database.
pub async fn hold_for(ctx: &Ctx, invoice_id: &InvoiceId) -> Result<(), SubscriptionError> {
    let is_held = settings::current(ctx).await?.automation.chargeback_hold;
    if !is_held || !find::is_invoice_open(&ctx.db, invoice_id).await? {
        return Ok(());
    }
    for contract in find::invoiced_by(&ctx.db, invoice_id).await? {
        if matches!(contract.status, SubscriptionStatus::Pending | SubscriptionStatus::Terminated) {
            continue;
        }
        match hold::place(ctx, &contract.id, HoldReason::Chargeback, None).await {
            // It ended this moment.
            Ok(_) | Err(SubscriptionError::InvalidState(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The invoice is paid: its contracts are free again, unless another of their invoices waits for money that was taken
/// back. Calling twice lifts once.
///
/// # Errors
/// Only of the database.
pub async fn release_for(ctx: &Ctx, invoice_id: &InvoiceId) -> Result<(), SubscriptionError> {
    let contracts = find::invoiced_by(&ctx.db, invoice_id).await?;
    let ids: Vec<_> = contracts.into_iter().map(|contract| contract.id).collect();
    for held in find::open_holds(&ctx.db, &ids).await? {
        let id = &held.subscription_id;
        if held.reason == HoldReason::Chargeback && !find::owes_what_was_taken_back(&ctx.db, id).await? {
            hold::lift(ctx, id, HoldReason::Chargeback).await?;
        }
    }
    Ok(())
}
