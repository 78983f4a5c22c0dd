//! Voiding: an invoice nobody has paid anything of is no longer asked for. Its number stays used.
use super::{display_status, settle};
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceError, InvoiceVoided, deferral, withholding},
        ledger::{self, Account, Posting},
    },
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    billing::{invoice, invoice_item},
    value::{InvoiceId, InvoiceStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// Voids an issued invoice of which nothing was paid or credited: reverses its posting and publishes `invoice.voided`.
/// Money that comes for it later goes to the wallet.
///
/// # Errors
/// `NotFound`, `ReasonRequired`, `NotVoidable`; the database.
pub async fn void(ctx: &Ctx, tx: &WriteTx, id: &InvoiceId, reason: &str) -> Result<invoice::Model, InvoiceError> {
    let reason: String = reason.trim().chars().take(160).collect();
    if reason.is_empty() {
        return Err(InvoiceError::ReasonRequired);
    }
    let mut invoice = settle::lock(tx, id).await?;
    // A part that was given up has left the receivables and the tax already.
    let is_touched = [invoice.paid_minor, invoice.credited_minor, invoice.written_off_minor] != [0; 3];
    if invoice.status != InvoiceStatus::Issued || is_touched {
        let number = invoice.number.clone().unwrap_or_default();
        return Err(InvoiceError::NotVoidable { number, status: display_status(&invoice, ctx.now()).to_string() });
    }
    let now = ctx.now();
    let changed = invoice::ActiveModel {
        status: sea_orm::Set(InvoiceStatus::Void),
        voided_at: sea_orm::Set(Some(now)),
        void_reason: sea_orm::Set(Some(reason.clone())),
        updated_at: sea_orm::Set(now),
        ..Default::default()
    };
    settle::update(tx, &invoice, changed).await?;
    let items = invoice_item::Entity::find().filter(invoice_item::Column::InvoiceId.eq(id)).all(tx).await?;
    let mut entries = vec![
        (Account::Receivable(invoice.customer_id.clone()), -invoice.total_minor),
        (Account::TaxPayable, invoice.tax_minor),
    ];
    let nets: Vec<_> = items.iter().map(|item| (item, item.net_minor)).collect();
    let (earned, debits) = deferral::take_back(ctx, tx, id, &nets).await?;
    entries.extend(debits);
    let posting = Posting {
        idempotency_key: format!("invoice_voided:{id}"),
        kind: "invoice_voided",
        source_type: "invoice",
        source_id: id.0.clone(),
        description: format!("Invoice {} voided: {reason}", invoice.number.as_deref().unwrap_or_default()),
        currency: invoice.currency.clone(),
        entries,
        wallet: None,
    };
    earned.lock(ctx, tx, &invoice.currency, std::slice::from_ref(&posting), &[]).await?;
    earned.post(ctx, tx).await?;
    ledger::post(ctx, tx, posting).await?;
    withholding::end_awaited(ctx, tx, id).await?;
    let change = Change {
        action: "billing.invoice.void",
        target_type: "invoice",
        target_id: id.as_str(),
        customer_id: Some(&invoice.customer_id),
        before: Some(json!({"status": "issued"})),
        after: Some(json!({"status": "void"})),
        reason: Some(&reason),
    };
    ctx.audit(tx, change).await?;
    let event = InvoiceVoided { invoice_id: id.clone(), customer_id: invoice.customer_id.clone() };
    ctx.publish(tx, &event).await?;
    invoice.status = InvoiceStatus::Void;
    invoice.voided_at = Some(now);
    invoice.void_reason = Some(reason);
    Ok(invoice)
}

/// The same, as a use case of its own, of staff.
///
/// # Errors
/// As `void`; `Ledger(OwnPayout)` where who voids it belongs to the account.
pub async fn void_now(ctx: &Ctx, id: &InvoiceId, reason: &str) -> Result<invoice::Model, InvoiceError> {
    let tx = ctx.begin().await?;
    settle::lock_to_give_up(ctx, &tx, id).await?;
    let invoice = void(ctx, &tx, id, reason).await?;
    tx.commit().await?;
    Ok(invoice)
}
