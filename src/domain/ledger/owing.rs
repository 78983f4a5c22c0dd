//! What a customer owes while money of his is about to leave for good.
use super::LedgerError;
use crate::kernel::db::WriteTx;
use entity::{
    billing::invoice,
    payments::dispute,
    value::{CustomerId, DisputeStatus, InvoiceStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// Passes for a customer with no open invoice and no payment that his bank took back: what is set aside is beyond the
/// reach of a chargeback, so that who would send it has to look first. Called under the lock of his wallet.
///
/// # Errors
/// `CustomerOwes`; the database.
pub(super) async fn refuse_owing(tx: &WriteTx, id: &CustomerId) -> Result<(), LedgerError> {
    refuse_disputed(tx, id).await?;
    let invoices = invoice::Entity::find()
        .filter(invoice::Column::CustomerId.eq(id))
        .filter(invoice::Column::Status.eq(InvoiceStatus::Issued))
        .count(tx)
        .await?;
    if invoices == 0 { Ok(()) } else { Err(LedgerError::CustomerOwes) }
}

/// Passes for a customer with no payment that his bank took back, whatever invoices he has open. Called under the lock of
/// his wallet.
///
/// # Errors
/// `CustomerOwes`; the database.
pub(super) async fn refuse_disputed(tx: &WriteTx, id: &CustomerId) -> Result<(), LedgerError> {
    let disputes = dispute::Entity::find()
        .filter(dispute::Column::CustomerId.eq(id))
        .filter(dispute::Column::Status.eq(DisputeStatus::Open))
        .count(tx)
        .await?;
    if disputes == 0 { Ok(()) } else { Err(LedgerError::CustomerOwes) }
}
