//! The gateway took the money of a bundle back: so are the payments it made.
use super::{
    super::settle::{lang_of, lock, write},
    find::{items_of, of_payment},
};
use crate::{
    domain::{
        Ctx,
        billing::invoice,
        ledger::{self, Account, Posting, WalletNote},
        payments::{PaymentError, PaymentReversed, refund_transfer},
    },
    kernel::{audit::Change, db::WriteTx, locale::t},
};
use entity::{
    payments::payment,
    value::{InvoiceId, PaymentId, PaymentStatus, WalletTransactionType},
};
use serde_json::json;
use std::collections::BTreeSet;

/// Takes back the payments that the money of `charge` made by way of the wallet: what was not given back of them is in
/// the wallet again, their invoices are open again, and each publishes `payment.reversed`, so that what runs for an
/// invoice is held as if its own payment had been taken back. Returns how much is open again, minor units. Payments
/// that are taken back already are left alone.
pub(in crate::domain::payments::attempt) async fn reverse(
    ctx: &Ctx,
    tx: &WriteTx,
    charge: &payment::Model,
    status: PaymentStatus,
) -> Result<i64, PaymentError> {
    let Some(bundle) = of_payment(tx, &charge.id).await? else { return Ok(0) };
    let items = items_of(tx, &bundle.id).await?;
    let paid_by: BTreeSet<&PaymentId> = items.iter().filter_map(|item| item.paid_by.as_ref()).collect();
    let mut parts = Vec::with_capacity(paid_by.len());
    for id in paid_by {
        parts.push(lock(tx, id).await?);
    }
    for part in &mut parts {
        refund_transfer::stop(ctx, tx, part).await?;
    }
    parts.retain(|part| matches!(part.status, PaymentStatus::Succeeded | PaymentStatus::PartiallyRefunded));
    let bills: BTreeSet<&InvoiceId> = parts.iter().filter_map(|part| part.invoice_id.as_ref()).collect();
    for id in bills {
        invoice::lock(tx, id).await?;
    }
    let account_id = charge.account_id.clone().ok_or(PaymentError::NotConfigured)?;
    // All that this transaction will post to, before the first posting.
    let accounts = [
        Account::GatewayClearing(account_id),
        Account::Receivable(charge.customer_id.clone()),
        Account::Wallet(charge.customer_id.clone()),
        Account::Unallocated,
    ];
    ledger::lock(ctx, tx, &charge.currency, &accounts).await?;
    let description = t(lang_of(tx, charge).await?, "wallet-words-reopened");
    let mut reopened = 0;
    for mut part in parts {
        reopened += take_back(ctx, tx, &mut part, status, &description).await?;
    }
    Ok(reopened)
}

async fn take_back(
    ctx: &Ctx,
    tx: &WriteTx,
    part: &mut payment::Model,
    status: PaymentStatus,
    description: &str,
) -> Result<i64, PaymentError> {
    let was = part.status;
    let amount = part.applied_minor - part.refunded_minor;
    let (Some(invoice_id), true) = (part.invoice_id.clone(), amount > 0) else { return Ok(0) };
    invoice::reverse_money(ctx, tx, &invoice_id, amount).await?;
    let posting = Posting {
        idempotency_key: format!("payment_reversed:{}", part.id),
        kind: "payment_reversed",
        source_type: "payment",
        source_id: part.id.0.clone(),
        description: format!("Payment {} taken back: the gateway took the money it was made of", part.reference),
        currency: part.currency.clone(),
        entries: vec![
            (Account::Receivable(part.customer_id.clone()), amount),
            (Account::Wallet(part.customer_id.clone()), -amount),
        ],
        wallet: Some(WalletNote { r#type: WalletTransactionType::Adjustment, description: description.to_owned() }),
    };
    ledger::post(ctx, tx, posting).await?;
    part.status = status;
    // What was given back stays with the payment, because documents and refunds stand behind it.
    part.received_minor = part.refunded_minor;
    part.applied_minor = part.refunded_minor;
    part.updated_at = ctx.now();
    write(tx, part).await?;
    let change = Change {
        action: "payments.payment.report",
        target_type: "payment",
        target_id: part.id.as_str(),
        customer_id: Some(&part.customer_id),
        before: Some(json!({ "status": was })),
        after: Some(json!({ "status": part.status, "received_minor": part.received_minor })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    let event = PaymentReversed {
        payment_id: part.id.clone(),
        customer_id: part.customer_id.clone(),
        invoice_id: part.invoice_id.clone(),
        status,
        taken_minor: 0,
        reopened_minor: amount,
    };
    ctx.publish(tx, &event).await?;
    Ok(amount)
}
