//! Background work of the shop: slots, orders, carts, contracts that run out; and what it does on the news of others.
use super::registry::{Registered, job};
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceCovered, InvoicePaid, InvoiceVoided},
        catalog::{events::PlanSlotFreed, quota},
        ordering,
        payments::{PaymentReversed, PaymentStarted},
        provisioning::events::{InstanceFailed, InstanceRunning},
        subscriptions,
    },
    kernel::job::{Job, JobError},
};
use serde::{Deserialize, Serialize};

macro_rules! jobs {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize)]
        pub struct $name {}

        impl Job for $name {
            const NAME: &'static str = $word;

            fn dedupe_key(&self) -> Option<String> {
                Some(Self::NAME.to_owned())
            }
        }
    )*};
}

jobs! {
    /// Gives back slots whose reservation ran out.
    ExpireReservations = "catalog.expire_reservations";
    /// Cancels orders nobody paid in time.
    CancelOverdueOrders = "ordering.cancel_overdue";
    /// Pays back contracts that waited for a slot in vain.
    RefundWaiting = "ordering.refund_waiting";
    /// Forgets carts nobody touched for long.
    ForgetCarts = "ordering.forget_carts";
    /// Reminds of price quotes that end soon, and ends those whose last day is over.
    TendQuotes = "ordering.tend_quotes";
    /// Ends contracts that are not renewed and whose period is over.
    EndContracts = "subscriptions.end_due";
}

/// Every job of the shop.
pub fn all() -> Vec<Registered> {
    vec![
        job::<ExpireReservations>(expire_reservations),
        job::<CancelOverdueOrders>(cancel_overdue_orders),
        job::<RefundWaiting>(refund_waiting),
        job::<ForgetCarts>(forget_carts),
        job::<TendQuotes>(tend_quotes),
        job::<EndContracts>(end_contracts),
    ]
}

async fn expire_reservations(ctx: Ctx, _: ExpireReservations) -> Result<(), JobError> {
    // Each call takes a batch; a whole batch means that there may be more.
    while quota::expire_due(&ctx).await? > 0 {}
    Ok(())
}

async fn cancel_overdue_orders(ctx: Ctx, _: CancelOverdueOrders) -> Result<(), JobError> {
    ordering::cancel_overdue(&ctx).await?;
    Ok(())
}

async fn refund_waiting(ctx: Ctx, _: RefundWaiting) -> Result<(), JobError> {
    ordering::refund_overdue_waiting(&ctx).await?;
    Ok(())
}

async fn forget_carts(ctx: Ctx, _: ForgetCarts) -> Result<(), JobError> {
    while ordering::cart::forget_old(&ctx).await? > 0 {}
    Ok(())
}

async fn tend_quotes(ctx: Ctx, _: TendQuotes) -> Result<(), JobError> {
    // What is over is not reminded of.
    while ordering::quote::expire_due(&ctx).await? > 0 {}
    while ordering::quote::remind_due(&ctx).await? > 0 {}
    Ok(())
}

async fn end_contracts(ctx: Ctx, _: EndContracts) -> Result<(), JobError> {
    subscriptions::end_due(&ctx).await?;
    Ok(())
}

/// The order is paid.
pub(super) async fn order_paid(ctx: Ctx, event: InvoicePaid) -> Result<(), JobError> {
    Ok(ordering::on_invoice_paid(&ctx, &event.invoice_id).await?)
}

/// The contracts behind the invoice become active.
pub(super) async fn activate(ctx: Ctx, event: InvoicePaid) -> Result<(), JobError> {
    subscriptions::activate_for_invoice(&ctx, &event.invoice_id).await?;
    Ok(())
}

/// Everything of the order is paid but withheld tax, whose proof is awaited.
pub(super) async fn order_covered(ctx: Ctx, event: InvoiceCovered) -> Result<(), JobError> {
    Ok(ordering::on_invoice_paid(&ctx, &event.invoice_id).await?)
}

/// The contracts behind such an invoice need not wait for the proof.
pub(super) async fn activate_covered(ctx: Ctx, event: InvoiceCovered) -> Result<(), JobError> {
    subscriptions::activate_covered(&ctx, &event.invoice_id).await?;
    Ok(())
}

/// Money that paid for contracts was taken back: they are held.
pub(super) async fn hold_taken_back(ctx: Ctx, event: PaymentReversed) -> Result<(), JobError> {
    match event.invoice_id.filter(|_| event.reopened_minor > 0) {
        Some(invoice_id) => Ok(subscriptions::chargeback::hold_for(&ctx, &invoice_id).await?),
        None => Ok(()),
    }
}

/// The contracts behind the invoice are paid for again.
pub(super) async fn release_taken_back(ctx: Ctx, event: InvoicePaid) -> Result<(), JobError> {
    Ok(subscriptions::chargeback::release_for(&ctx, &event.invoice_id).await?)
}

/// The contracts behind such an invoice are paid for again.
pub(super) async fn release_covered(ctx: Ctx, event: InvoiceCovered) -> Result<(), JobError> {
    Ok(subscriptions::chargeback::release_for(&ctx, &event.invoice_id).await?)
}

/// The order behind the invoice is off.
pub(super) async fn order_voided(ctx: Ctx, event: InvoiceVoided) -> Result<(), JobError> {
    Ok(ordering::on_invoice_voided(&ctx, &event.invoice_id).await?)
}

/// Somebody pays: the slots stay theirs.
pub(super) async fn keep_slots(ctx: Ctx, event: PaymentStarted) -> Result<(), JobError> {
    Ok(ordering::on_payment_started(&ctx, &event.invoice_id, event.expires_at).await?)
}

/// There is room for those who wait.
pub(super) async fn admit_waiting(ctx: Ctx, event: PlanSlotFreed) -> Result<(), JobError> {
    Ok(ordering::admit_waiting(&ctx, &event.plan_id).await?)
}

/// What was ordered has come up.
pub(super) async fn delivered(ctx: Ctx, event: InstanceRunning) -> Result<(), JobError> {
    Ok(ordering::on_instance_running(&ctx, &event.subscription_id).await?)
}

/// What was ordered cannot be made: the money goes back.
pub(super) async fn not_delivered(ctx: Ctx, event: InstanceFailed) -> Result<(), JobError> {
    Ok(ordering::provision_failed(&ctx, &event.subscription_id).await?)
}
