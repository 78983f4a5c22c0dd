//! What documents take back and give up: of what is not earned first.
use super::share;
use crate::{
    domain::{Ctx, billing::InvoiceError, ledger::Account},
    kernel::db::{WriteTx, insert_all},
};
use entity::{
    billing::{invoice_item, revenue_schedule, write_off_item},
    value::{InvoiceId, WriteOffId, business_day},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

/// The schedules of an invoice, kept from others until `tx` ends.
async fn lock(tx: &WriteTx, id: &InvoiceId) -> Result<Vec<revenue_schedule::Model>, DbErr> {
    revenue_schedule::Entity::find()
        .filter(revenue_schedule::Column::InvoiceId.eq(id.as_str()))
        .order_by_asc(revenue_schedule::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
}

/// Writes schedules that `tx` has locked as they are now.
pub(super) async fn save(tx: &WriteTx, rows: Vec<revenue_schedule::Model>) -> Result<(), DbErr> {
    use revenue_schedule::Column;
    let changing = [
        Column::WholeMinor,
        Column::RecognisedMinor,
        Column::EvenFrom,
        Column::EvenMinor,
        Column::EarnedTo,
        Column::NextOn,
        Column::Turns,
    ];
    let replace = OnConflict::column(Column::Id).update_columns(changing).to_owned();
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    insert_all(tx, rows.collect(), Some(replace)).await.map(drop)
}

/// Takes `parts` (net, minor units) of the lines of invoice `id` back, and says which accounts that debits.
///
/// # Errors
/// The database.
pub(in crate::domain::billing) async fn take_back(
    tx: &WriteTx,
    id: &InvoiceId,
    parts: &[(&invoice_item::Model, i64)],
) -> Result<Vec<(Account, i64)>, InvoiceError> {
    let mut rows = lock(tx, id).await?;
    let mut debits = Vec::new();
    for &(item, part) in parts {
        let mut unearned = 0;
        if let Some(row) = rows.iter_mut().find(|row| row.invoice_item_id == item.id) {
            unearned = share::take(row, part);
            debits.push((Account::DeferredRevenue, unearned));
        }
        debits.push((Account::Revenue(item.product_kind), part - unearned));
    }
    save(tx, rows).await?;
    Ok(debits)
}

/// Gives `parts` (net, minor units) of the lines of invoice `id` up, and says how much of each was not earned.
///
/// # Errors
/// The database.
pub(in crate::domain::billing) async fn give_up(
    tx: &WriteTx,
    id: &InvoiceId,
    parts: &[(&invoice_item::Model, i64)],
) -> Result<Vec<i64>, InvoiceError> {
    let mut rows = lock(tx, id).await?;
    let mut unearned = Vec::new();
    for &(item, part) in parts {
        let row = rows.iter_mut().find(|row| row.invoice_item_id == item.id);
        unearned.push(row.map_or(0, |row| share::give_up(row, part)));
    }
    save(tx, rows).await?;
    Ok(unearned)
}

/// Money came for what had been given up with `write_offs`: what was unearned of it is to be earned after all.
///
/// # Errors
/// The database.
pub(in crate::domain::billing) async fn put_back(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &InvoiceId,
    write_offs: &[WriteOffId],
) -> Result<(), InvoiceError> {
    let given_up = write_off_item::Entity::find()
        .filter(write_off_item::Column::WriteOffId.is_in(write_offs.iter().map(|id| id.0.clone())))
        .filter(write_off_item::Column::DeferredMinor.ne(0))
        .all(tx)
        .await?;
    if given_up.is_empty() {
        return Ok(());
    }
    let (mut rows, today) = (lock(tx, id).await?, business_day(ctx.now()));
    for part in given_up {
        if let Some(row) = rows.iter_mut().find(|row| row.invoice_item_id == part.invoice_item_id) {
            share::put_back(row, part.deferred_minor, today);
        }
    }
    Ok(save(tx, rows).await?)
}
