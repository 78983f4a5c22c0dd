//! Background work of payments.
use super::registry::{Registered, job};
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceVoided, InvoiceWrittenOff},
        ledger::RefundTransferEnded,
        payments::{
            CancelAttempt, CloseAttempts, ComparePayments, Expire, Inquire, PaymentError, ProcessEvent, RunRefund,
            attempt::{self, Closing, Compared},
            gateway_event, refund, refund_transfer,
        },
    },
    kernel::job::JobError,
};
use entity::value::{GatewayEventStatus, RefundStatus};
use std::time::Duration;

/// A refund that is still open is asked about again after so long.
const REFUND_PATIENCE: Duration = Duration::from_secs(3600);
/// A gateway whose answer lags behind its own news is asked again after so long.
const LAG_PAUSE: Duration = Duration::from_secs(30);

/// Between two goes of a comparison: gateways limit how often they may be asked, and customers go first.
const COMPARE_PAUSE: Duration = Duration::from_secs(60);

/// Every job of payments.
pub fn all() -> Vec<Registered> {
    vec![
        job::<ProcessEvent>(process_event),
        job::<Inquire>(inquire),
        job::<Expire>(expire),
        job::<CancelAttempt>(cancel_attempt),
        job::<CloseAttempts>(close_attempts),
        job::<RunRefund>(run_refund),
        job::<ComparePayments>(compare),
    ]
}

/// A gateway whose answer was lost is asked again: what it is asked changes nothing by being asked twice.
fn again(error: PaymentError) -> JobError {
    match error {
        PaymentError::GatewayUnknown { message } => JobError::retry(message),
        other => other.into(),
    }
}

/// Nobody has to pay the invoice any more: open attempts are cancelled at their gateways.
pub(super) async fn invoice_voided(ctx: Ctx, event: InvoiceVoided) -> Result<(), JobError> {
    let tx = ctx.begin().await?;
    ctx.enqueue(&tx, &CloseAttempts { invoice_id: event.invoice_id }).await?;
    Ok(tx.commit().await?)
}

/// The transfer of a refund was made, came back, or will not be made.
pub(super) async fn refund_transfer_ended(ctx: Ctx, event: RefundTransferEnded) -> Result<(), JobError> {
    Ok(refund_transfer::follow(&ctx, &event.refund_id).await?)
}

/// Nobody is asked for the debt any more: open attempts are cancelled at their gateways.
pub(super) async fn invoice_written_off(ctx: Ctx, event: InvoiceWrittenOff) -> Result<(), JobError> {
    let tx = ctx.begin().await?;
    ctx.enqueue(&tx, &CloseAttempts { invoice_id: event.invoice_id }).await?;
    Ok(tx.commit().await?)
}

async fn process_event(ctx: Ctx, work: ProcessEvent) -> Result<(), JobError> {
    match gateway_event::process(&ctx, &work.event_id).await.map_err(again)? {
        GatewayEventStatus::Received => Err(JobError::retry_in("the gateway's answer lags behind its news", LAG_PAUSE)),
        _ => Ok(()),
    }
}

async fn inquire(ctx: Ctx, work: Inquire) -> Result<(), JobError> {
    attempt::inquire(&ctx, &work.payment_id).await.map(drop).map_err(again)
}

async fn expire(ctx: Ctx, work: Expire) -> Result<(), JobError> {
    match attempt::expire(&ctx, &work.payment_id).await.map_err(again)? {
        Closing::Over => Ok(()),
        Closing::Again { at } => {
            let tx = ctx.begin().await?;
            ctx.enqueue_at(&tx, &work, at).await?;
            Ok(tx.commit().await?)
        }
    }
}

async fn cancel_attempt(ctx: Ctx, work: CancelAttempt) -> Result<(), JobError> {
    attempt::cancel(&ctx, &work.payment_id).await.map(drop).map_err(again)
}

async fn close_attempts(ctx: Ctx, work: CloseAttempts) -> Result<(), JobError> {
    match attempt::close_attempts(&ctx, &work.invoice_id).await.map_err(again)? {
        0 => Ok(()),
        left => Err(JobError::retry(format!("{left} open payments could not be cancelled yet"))),
    }
}

async fn run_refund(ctx: Ctx, work: RunRefund) -> Result<(), JobError> {
    match refund::run(&ctx, &work.refund_id).await {
        Ok(row) if matches!(row.status, RefundStatus::Pending | RefundStatus::Unknown) => {
            Err(JobError::retry_in("the gateway has not given the money back yet", REFUND_PATIENCE))
        }
        // A refusal has been written down; there is nothing left to do.
        Ok(_) | Err(PaymentError::GatewayRefused { .. }) => Ok(()),
        Err(error) => Err(again(error)),
    }
}

async fn compare(ctx: Ctx, work: ComparePayments) -> Result<(), JobError> {
    let Compared { next, .. } = attempt::compare(&ctx, &work).await?;
    let Some(next) = next else { return Ok(()) };
    let tx = ctx.begin().await?;
    ctx.enqueue_at(&tx, &next, ctx.now() + COMPARE_PAUSE).await?;
    Ok(tx.commit().await?)
}
