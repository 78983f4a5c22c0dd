//! Refunds that go to a bank account by a transfer staff make (ADR 0096).
//!
//! What an invoice took is credited and lies in the wallet first, what was a top-up lies there already; from there it is
//! paid out. So what is set aside, agreed to, confirmed, called off and sent back is a payout of the wallet, and what
//! becomes of it is followed here.
use super::{
    PaymentError,
    attempt::{lang_of, lock, store},
    refund::{self, Destination},
};
use crate::{
    domain::{
        Ctx,
        ledger::{self, BankAccount, LedgerError, RefundPart},
    },
    kernel::{db::WriteTx, locale::t},
};
use entity::{
    ledger::wallet_payout,
    payments::{payment, refund as refunds},
    value::{PaymentStatus, RefundId, RefundStatus, WalletPayoutId, WalletPayoutStatus},
};

/// Begins a refund that is reserved on `payment` (stored by the caller): what an invoice took is credited at once, and
/// what the wallet holds of it is set aside for the transfer.
pub(super) async fn begin(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    row: &mut refunds::Model,
    to: &ledger::Destination,
) -> Result<(), PaymentError> {
    if is_credited(payment) {
        refund::complete(ctx, tx, payment, row, None).await?;
    }
    send(ctx, tx, payment, row, to).await?;
    Ok(())
}

/// What was taken for an invoice is the customer's once it is credited, wherever it lies; a top-up was his before, so that
/// it has gone back when the bank has it and not before.
fn is_credited(payment: &payment::Model) -> bool {
    payment.applied_minor > 0
}

async fn send(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    row: &refunds::Model,
    to: &ledger::Destination,
) -> Result<wallet_payout::Model, PaymentError> {
    let part = RefundPart { refund_id: &row.id, amount_minor: row.amount_minor };
    let payout = ledger::pay_out_refund(ctx, tx, &payment.customer_id, to, &row.reason, part).await?;
    if payout.currency != row.currency {
        return Err(PaymentError::CurrencyDiffers);
    }
    Ok(payout)
}

/// Whether a refund that is known was asked to go to the same account.
pub(super) async fn goes_to(tx: &WriteTx, id: &RefundId, to: &ledger::Destination) -> Result<bool, PaymentError> {
    Ok(ledger::payouts_of_refunds(tx, [id]).await?.iter().any(|payout| to.is_of(payout)))
}

/// Sends a refund once more, to this account: after its transfer came back or was called off, its money lies in the
/// wallet. Of twins one sends it.
///
/// # Errors
/// `Invalid` by field; `NotFound`; `WrongState` where the payment was taken back; `Ledger(PayoutNotOpen)` unless this was
/// its last transfer and nothing came of it; `Ledger(InsufficientCredit)` where the money was spent meanwhile;
/// `Ledger(PayoutUnderWay)`, `Ledger(OwnPayout)`; the database.
pub async fn send_again(
    ctx: &Ctx,
    id: &WalletPayoutId,
    bank: &BankAccount<'_>,
) -> Result<wallet_payout::Model, PaymentError> {
    let to = bank.check().map_err(PaymentError::Invalid)?;
    let refund_id = ledger::get_payout(ctx, id).await?.refund_id.ok_or(LedgerError::PayoutNotOpen)?;
    let known = refund::get(&ctx.db, &refund_id).await?;
    let tx = ctx.begin().await?;
    let payment = lock(&tx, &known.payment_id).await?;
    let row = refund::get(&tx, &refund_id).await?;
    if matches!(payment.status, PaymentStatus::Reversed | PaymentStatus::Chargeback) {
        return Err(PaymentError::WrongState { status: payment.status.as_str() });
    }
    let last = ledger::payout_of_refund(&tx, &refund_id).await?;
    let can_go = is_credited(&payment) && last.is_some_and(|last| last.id == *id && can_go_again(&row, &last));
    if !can_go {
        return Err(LedgerError::PayoutNotOpen.into());
    }
    let payout = send(ctx, &tx, &payment, &row, &to).await?;
    ctx.made(&tx, payout.id.as_str()).await?;
    tx.commit().await?;
    Ok(payout)
}

/// Whether a refund can be sent again after `last`, its last transfer. One that has failed is refunded anew instead.
pub fn can_go_again(row: &refunds::Model, last: &wallet_payout::Model) -> bool {
    use WalletPayoutStatus::{Cancelled, Refused, Returned};
    row.status == RefundStatus::Succeeded && matches!(last.status, Returned | Refused | Cancelled)
}

/// Writes down what became of the transfer of a refund. The same again changes nothing.
///
/// # Errors
/// `NotFound`; the database.
pub async fn follow(ctx: &Ctx, id: &RefundId) -> Result<(), PaymentError> {
    let known = refund::get(&ctx.db, id).await?;
    let tx = ctx.begin().await?;
    let mut payment = lock(&tx, &known.payment_id).await?;
    let mut row = refund::get(&tx, id).await?;
    if settle(ctx, &tx, &mut payment, &mut row).await? {
        store(ctx, &tx, &mut payment).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Brings a refund in line with its transfer; whether that changed it. The payment is stored by the caller.
async fn settle(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &mut payment::Model,
    row: &mut refunds::Model,
) -> Result<bool, PaymentError> {
    use WalletPayoutStatus::{Cancelled, Paid, Refused, Returned};
    let Some(payout) = ledger::payout_of_refund(tx, &row.id).await? else { return Ok(false) };
    if is_credited(payment) {
        return Ok(false);
    }
    let is_taken_back = matches!(payment.status, PaymentStatus::Reversed | PaymentStatus::Chargeback);
    match (row.status, payout.status) {
        (RefundStatus::Pending, Paid) => refund::succeed(ctx, tx, payment, row).await?,
        (RefundStatus::Pending, Refused | Cancelled | Returned) => refund::fail(ctx, tx, payment, row).await?,
        // What is left of a payment that was taken back is what was given back of it, and stays.
        (RefundStatus::Succeeded, Returned) if !is_taken_back => refund::fail(ctx, tx, payment, row).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Calls off what is still to be transferred of a payment, because its gateway takes it back: what was set aside can be
/// had from the wallet again. The payment is stored by the caller.
pub(super) async fn stop(ctx: &Ctx, tx: &WriteTx, payment: &mut payment::Model) -> Result<(), PaymentError> {
    for mut row in refund::of_payment(tx, &payment.id).await? {
        if row.destination != Destination::Bank.as_str() {
            continue;
        }
        if let Some(payout) = ledger::payout_of_refund(tx, &row.id).await? {
            // One that the bank has by now is left alone, and seen as that.
            let words = t(lang_of(tx, payment).await?, "wallet-words-reversed");
            ledger::call_off_payout(ctx, tx, &payout.id, &words).await?;
            settle(ctx, tx, payment, &mut row).await?;
        }
    }
    Ok(())
}
