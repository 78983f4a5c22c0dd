//! Cancelling attempts at their gateways, best effort: an attempt may be paid at the same moment, and then it is paid.
use super::{apply_report, find, get, get_for, inquire, settle, together};
use crate::{
    domain::{
        Ctx,
        billing::{invoice, withholding},
        payments::{CancelAttempt, Inquire, PaymentError, accounts, transfer},
    },
    integrations::gateways::Inquiry,
    kernel::{
        audit::Change,
        db::WriteTx,
        job::{self, Job},
    },
};
use entity::{
    payments::payment,
    value::{CustomerId, InvoiceId, InvoiceStatus, PaymentId, PaymentStatus},
};
use serde_json::json;

/// A customer does not want to pay this way any more: the attempt is cancelled in the background.
///
/// # Errors
/// `NotFound` for somebody else's, `WrongState` where it is not open or staff are checking its proof; the database.
pub async fn request_cancel(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &PaymentId,
) -> Result<payment::Model, PaymentError> {
    let payment = get_for(&ctx.db, customer_id, id).await?;
    // Whoever has shown that he paid is waiting for us, and not the other way round.
    let is_checked = payment.status == PaymentStatus::Review && transfer::is_by_people(ctx, &payment);
    if is_checked || !payment.status.is_open() {
        return Err(PaymentError::WrongState { status: payment.status.as_str() });
    }
    let tx = ctx.begin().await?;
    ctx.enqueue(&tx, &CancelAttempt { payment_id: id.clone() }).await?;
    let change = Change {
        action: "payments.payment.ask_cancel",
        target_type: "payment",
        target_id: id.as_str(),
        customer_id: Some(customer_id),
        after: Some(json!({"reference": payment.reference})),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(payment)
}

/// Cancels in the background what is open over another amount than an invoice is asked for by now, and every charge for
/// it and others together, which pay it whole.
///
/// # Errors
/// The database.
pub(in crate::domain::payments) async fn cancel_others(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &InvoiceId,
) -> Result<(), PaymentError> {
    let bill = invoice::get(tx, id).await?;
    let asked = withholding::asked_minor(tx, ctx.now(), &bill).await?;
    let mut others = find::of_invoice(tx, id).await?;
    others.retain(|one| one.status.is_open() && transfer::asked_minor(one) != asked);
    others.extend(together::open_charges_of(tx, std::slice::from_ref(id)).await?);
    for one in others {
        ctx.enqueue(tx, &CancelAttempt { payment_id: one.id }).await?;
    }
    Ok(())
}

/// Cancels an attempt at its gateway and applies what it became. One that is not open stays as it is, and so does a bank
/// transfer whose proof is being checked. Where the gateway says no, it is asked where the attempt stands.
///
/// # Errors
/// `NotFound`; `GatewayUnavailable` and `GatewayUnknown`: try again; the database.
pub async fn cancel(ctx: &Ctx, id: &PaymentId) -> Result<payment::Model, PaymentError> {
    let payment = get(&ctx.db, id).await?;
    let (true, Some(account_id)) = (payment.status.is_open(), &payment.account_id) else {
        return Ok(payment);
    };
    if transfer::is_by_people(ctx, &payment) {
        return transfer::close(ctx, id, PaymentStatus::Cancelled).await;
    }
    let account = accounts::open_by_id(ctx, account_id).await?;
    match account.gateway.cancel(&account.settings, find::name_of(&payment)).await.map_err(PaymentError::from) {
        Ok(report) => apply_report(ctx, id, &report).await,
        // A page of the gateway's on which nobody has chosen is no charge yet: there is nothing to cancel.
        Err(PaymentError::GatewayRefused { .. })
            if payment.status == PaymentStatus::Pending
                && matches!(inquire::question(ctx, &payment).await, Ok(Inquiry::NeverHeard)) =>
        {
            inquire::end(ctx, id, PaymentStatus::Cancelled).await
        }
        Err(PaymentError::GatewayRefused { message, .. }) => {
            tracing::info!(payment.id = %id, message, "The gateway did not cancel a payment; asking where it stands");
            let tx = ctx.begin().await?;
            let mut payment = settle::lock(&tx, id).await?;
            payment.inquire_at = Some(ctx.now());
            settle::write(&tx, &payment).await?;
            let work = Inquire { payment_id: id.clone() };
            if !ctx.enqueue(&tx, &work).await? {
                job::hasten(&tx, &work.dedupe_key().unwrap_or_default(), ctx.now()).await?;
            }
            tx.commit().await?;
            Ok(payment)
        }
        Err(error) => Err(error),
    }
}

/// Cancels every open attempt of an invoice that is paid, void or written off. Returns how many are still open because
/// their gateway did not answer: try again.
///
/// # Errors
/// The database.
pub async fn close_attempts(ctx: &Ctx, invoice_id: &InvoiceId) -> Result<usize, PaymentError> {
    let bill = invoice::get(&ctx.db, invoice_id).await?;
    if bill.status == InvoiceStatus::Issued {
        return Ok(0);
    }
    let mut left = 0;
    let mut attempts = find::of_invoice(&ctx.db, invoice_id).await?;
    // A charge for several invoices asks for too much once one of them is paid.
    attempts.extend(together::open_charges_of(&ctx.db, std::slice::from_ref(invoice_id)).await?);
    for payment in attempts {
        // What has never reached the gateway is resolved by asking, not by cancelling.
        let is_known = payment.status.rank() >= PaymentStatus::Pending.rank();
        if payment.status.is_open() && is_known {
            match cancel(ctx, &payment.id).await {
                Ok(_) => {}
                Err(PaymentError::Database(error)) => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(payment.id = %payment.id, %error, "An open payment could not be cancelled");
                    left += 1;
                }
            }
        }
    }
    Ok(left)
}
