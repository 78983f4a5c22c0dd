//! Money that comes for an invoice, and money that goes back. The postings are those of whoever moves the money.
use super::open_minor;
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceError, InvoicePaid, withholding, write_off},
        ledger::{self, Account, LedgerError},
    },
    kernel::db::WriteTx,
};
use chrono::{DateTime, Datelike, Utc};
use entity::{
    billing::invoice,
    value::{InvoiceId, InvoiceStatus, business_day},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

/// What an invoice took of an amount, minor units: `applied + surplus` is the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Went to the invoice.
    pub applied: i64,
    /// Belongs to the customer's wallet: the invoice was void, paid, or smaller.
    pub surplus: i64,
    /// Whether this paid the rest.
    pub is_paid_now: bool,
}

/// Reads an invoice and keeps others from changing it until `tx` ends.
///
/// # Errors
/// `NotFound`; the database.
pub async fn lock(tx: &WriteTx, id: &InvoiceId) -> Result<invoice::Model, InvoiceError> {
    let found = invoice::Entity::find_by_id(id.clone()).lock_exclusive().one(tx).await?;
    found.ok_or(InvoiceError::NotFound)
}

/// The same for staff who give up what is open of it: nobody does for an account he belongs to.
///
/// # Errors
/// `NotFound`, `Ledger(OwnPayout)`; the database.
pub(in crate::domain::billing) async fn lock_to_give_up(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &InvoiceId,
) -> Result<invoice::Model, InvoiceError> {
    let bill = lock(tx, id).await?;
    if ledger::is_own(ctx, tx, &[&bill.customer_id]).await? {
        return Err(LedgerError::OwnPayout.into());
    }
    Ok(bill)
}

/// Gives an invoice up to what is open of it, with money that came at `came_at` (UTC). Partial payments add up; the
/// one that pays the rest sets the status, the tax point (unless it was at issue) and publishes `invoice.paid`; one that
/// leaves open only what was declared as withheld publishes `invoice.covered`. A debt that was given up is open again
/// for money that pays all of it. `payer` are the accounts the caller posts to afterwards: they are locked together
/// with those of such a recovery. Calling twice applies twice: the payment's own guard decides that its money comes
/// once. `came_at` is when it counts (`ledger::counts_at`): the caller, who dates his payment so as well, has asked.
///
/// # Errors
/// `NotFound`, `InvalidAmount` unless above zero; the ledger; the database.
pub async fn apply_money(
    ctx: &Ctx,
    tx: &WriteTx,
    invoice_id: &InvoiceId,
    amount_minor: i64,
    came_at: DateTime<Utc>,
    payer: &[Account],
) -> Result<Applied, InvoiceError> {
    if amount_minor <= 0 {
        return Err(InvoiceError::InvalidAmount);
    }
    let invoice = lock(tx, invoice_id).await?;
    let invoice = write_off::recover(ctx, tx, invoice, amount_minor, payer).await?;
    let is_open = invoice.status == InvoiceStatus::Issued;
    let applied = if is_open { amount_minor.min(open_minor(&invoice)) } else { 0 };
    let mut outcome = Applied { applied, surplus: amount_minor - applied, is_paid_now: false };
    if applied == 0 {
        return Ok(outcome);
    }
    let mut changed = invoice::ActiveModel {
        paid_minor: sea_orm::Set(invoice.paid_minor + applied),
        updated_at: sea_orm::Set(ctx.now()),
        ..Default::default()
    };
    outcome.is_paid_now = applied == open_minor(&invoice);
    if outcome.is_paid_now {
        mark_paid(came_at, &invoice, &mut changed);
    }
    update(tx, &invoice, changed).await?;
    if outcome.is_paid_now {
        publish_paid(ctx, tx, &invoice).await?;
    } else {
        withholding::announce_covered(ctx, tx, &invoice).await?;
    }
    Ok(outcome)
}

/// The last of `invoice` was paid at `at`. Both instants are one: a reversal recognises by it whether tax fell due by
/// this payment.
pub(in crate::domain::billing) fn mark_paid(
    at: DateTime<Utc>,
    invoice: &invoice::Model,
    changed: &mut invoice::ActiveModel,
) {
    changed.status = sea_orm::Set(InvoiceStatus::Paid);
    changed.paid_at = sea_orm::Set(Some(at));
    changed.tax_point_at = sea_orm::Set(Some(invoice.tax_point_at.unwrap_or(at)));
}

pub(in crate::domain::billing) async fn publish_paid(
    ctx: &Ctx,
    tx: &WriteTx,
    invoice: &invoice::Model,
) -> Result<(), InvoiceError> {
    withholding::end_awaited(ctx, tx, &invoice.id).await?;
    let event = InvoicePaid { invoice_id: invoice.id.clone(), customer_id: invoice.customer_id.clone() };
    ctx.publish(tx, &event).await?;
    tracing::info!(invoice.id = %invoice.id, "Invoice {} is paid", invoice.number.as_deref().unwrap_or_default());
    Ok(())
}

/// Notes that money of a paid part went back to the customer, together with a credit note over the same amount in
/// `tx`: what is open does not change.
///
/// # Errors
/// `NotFound`, `InvalidAmount` where more would go back than came; the database.
pub async fn return_money(
    ctx: &Ctx,
    tx: &WriteTx,
    invoice_id: &InvoiceId,
    amount_minor: i64,
) -> Result<(), InvoiceError> {
    let invoice = lock(tx, invoice_id).await?;
    if amount_minor <= 0 || amount_minor > invoice.paid_minor - invoice.refunded_minor {
        return Err(InvoiceError::InvalidAmount);
    }
    let changed = invoice::ActiveModel {
        refunded_minor: sea_orm::Set(invoice.refunded_minor + amount_minor),
        updated_at: sea_orm::Set(ctx.now()),
        ..Default::default()
    };
    update(tx, &invoice, changed).await
}

/// Takes back money that never really came (reversal, chargeback): the invoice is open again.
///
/// # Errors
/// `NotFound`, `InvalidAmount` where more would be taken back than is there; the database.
pub async fn reverse_money(
    ctx: &Ctx,
    tx: &WriteTx,
    invoice_id: &InvoiceId,
    amount_minor: i64,
) -> Result<(), InvoiceError> {
    let invoice = lock(tx, invoice_id).await?;
    if amount_minor <= 0 || amount_minor > invoice.paid_minor - invoice.refunded_minor {
        return Err(InvoiceError::InvalidAmount);
    }
    let changed = invoice::ActiveModel {
        paid_minor: sea_orm::Set(invoice.paid_minor - amount_minor),
        status: sea_orm::Set(InvoiceStatus::Issued),
        paid_at: sea_orm::Set(None),
        tax_point_at: sea_orm::Set(invoice.tax_point_at.filter(|at| stays_due(*at, &invoice, ctx.now()))),
        updated_at: sea_orm::Set(ctx.now()),
        ..Default::default()
    };
    update(tx, &invoice, changed).await
}

/// Whether tax that fell due at `at` stays due although its payment was taken back: it fell due by something else, or
/// in a month that is over and may have been declared. Paid again, it is not declared twice.
fn stays_due(at: DateTime<Utc>, invoice: &invoice::Model, now: DateTime<Utc>) -> bool {
    let month = |at| business_day(at).with_day(1);
    Some(at) != invoice.paid_at || month(at) < month(now)
}

/// Writes `changed` if the amounts are still those of `invoice`.
pub(in crate::domain::billing) async fn update(
    tx: &WriteTx,
    invoice: &invoice::Model,
    changed: invoice::ActiveModel,
) -> Result<(), InvoiceError> {
    let updated = invoice::Entity::update_many()
        .set(changed)
        .filter(invoice::Column::Id.eq(&invoice.id))
        .filter(invoice::Column::Status.eq(invoice.status))
        .filter(invoice::Column::PaidMinor.eq(invoice.paid_minor))
        .filter(invoice::Column::RefundedMinor.eq(invoice.refunded_minor))
        .filter(invoice::Column::CreditedMinor.eq(invoice.credited_minor))
        .filter(invoice::Column::WrittenOffMinor.eq(invoice.written_off_minor))
        .exec(tx)
        .await?;
    if updated.rows_affected != 1 {
        return Err(sea_orm::DbErr::RecordNotUpdated.into());
    }
    tx.wake_after_commit(format!("invoice:{}", invoice.id));
    tx.wake_after_commit(format!("customer:{}", invoice.customer_id));
    Ok(())
}
