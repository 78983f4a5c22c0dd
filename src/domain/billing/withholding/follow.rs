//! What becomes of a declaration with its invoice.
use super::{asked::is_covered, find::live_of};
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceCovered, InvoiceError},
    },
    kernel::db::WriteTx,
};
use entity::{
    billing::{invoice, withholding},
    value::{InvoiceId, Ratio, WithholdingId, WithholdingStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

/// Notes that the customer is reminded of a late proof; whether this call is the first to do so.
///
/// # Errors
/// The database.
pub async fn note_reminded(ctx: &Ctx, tx: &WriteTx, id: &WithholdingId) -> Result<bool, DbErr> {
    let noted = withholding::Entity::update_many()
        .col_expr(withholding::Column::RemindedAt, Expr::value(Some(ctx.now())))
        .filter(withholding::Column::Id.eq(id))
        .filter(withholding::Column::RemindedAt.is_null())
        .exec(tx)
        .await?;
    Ok(noted.rows_affected == 1)
}

/// Tells that everything of an invoice is paid but what is declared as withheld, where that is so by now: what was
/// ordered need not wait for the proof. The invoice is written as it is.
pub(in crate::domain) async fn announce_covered(ctx: &Ctx, tx: &WriteTx, bill: &invoice::Model) -> Result<(), DbErr> {
    if is_covered(tx, &bill.id).await? {
        let event = InvoiceCovered { invoice_id: bill.id.clone(), customer_id: bill.customer_id.clone() };
        ctx.publish(tx, &event).await?;
    }
    Ok(())
}

/// `net_minor` of an invoice is asked for no longer, as is written already: less is withheld of the rest.
pub(in crate::domain::billing) async fn follow_credit(
    ctx: &Ctx,
    tx: &WriteTx,
    bill: &invoice::Model,
    net_minor: i64,
) -> Result<(), InvoiceError> {
    let Some(row) = live_of(tx, &bill.id).await?.filter(|row| row.status == WithholdingStatus::Outstanding) else {
        return Ok(());
    };
    let base_minor = Ord::max(row.base_minor - net_minor, 0);
    let amount_minor = match row.base_minor {
        0 => 0,
        whole => Ratio::new(row.amount_minor, whole).of(base_minor)?,
    };
    if amount_minor == 0 {
        return Ok(end_awaited(ctx, tx, &bill.id).await?);
    }
    withholding::Entity::update_many()
        .col_expr(withholding::Column::BaseMinor, Expr::value(base_minor))
        .col_expr(withholding::Column::AmountMinor, Expr::value(amount_minor))
        .filter(withholding::Column::Id.eq(&row.id))
        .exec(tx)
        .await?;
    Ok(announce_covered(ctx, tx, bill).await?)
}

/// The invoice asks for nothing any more: a proof of withheld tax is awaited no longer.
pub(in crate::domain::billing) async fn end_awaited(ctx: &Ctx, tx: &WriteTx, id: &InvoiceId) -> Result<(), DbErr> {
    withholding::Entity::update_many()
        .col_expr(withholding::Column::Status, Expr::value(WithholdingStatus::Withdrawn))
        .col_expr(withholding::Column::LiveKey, Expr::value(None::<String>))
        .col_expr(withholding::Column::ClosedAt, Expr::value(Some(ctx.now())))
        .filter(withholding::Column::LiveKey.eq(id.as_str()))
        .filter(withholding::Column::Status.eq(WithholdingStatus::Outstanding))
        .exec(tx)
        .await?;
    Ok(())
}
