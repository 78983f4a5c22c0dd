//! What documents take back and give up: of what is not earned first.
use super::{
    revenue::{Booking, Revenue},
    share,
};
use crate::{
    domain::{Ctx, billing::InvoiceError, ledger::Account},
    kernel::db::{WriteTx, insert_all},
};
use chrono::NaiveDate;
use entity::{
    billing::{invoice_item, revenue_schedule, write_off, write_off_item},
    value::{InvoiceId, business_day},
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
        Column::EndsOn,
        Column::WholeMinor,
        Column::RecognisedMinor,
        Column::EvenFrom,
        Column::EvenMinor,
        Column::EarnedTo,
        Column::NextOn,
        Column::EndedOn,
        Column::Turns,
    ];
    let replace = OnConflict::column(Column::Id).update_columns(changing).to_owned();
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    insert_all(tx, rows.collect(), Some(replace)).await.map(drop)
}

/// Brings the schedules of an invoice up to date before something is taken of them: what is earned by today hangs on the
/// day, not on when the job ran last.
async fn catch_up(
    ctx: &Ctx,
    tx: &WriteTx,
    rows: &mut [revenue_schedule::Model],
    today: NaiveDate,
) -> Result<Booking, InvoiceError> {
    let is_behind = |row: &&mut revenue_schedule::Model| {
        share::rest(row) != 0 && row.earned_to.is_some_and(|day| day < share::over_by(row, today))
    };
    let behind: Vec<&mut revenue_schedule::Model> = rows.iter_mut().filter(is_behind).collect();
    // Mostly the job was here before: nobody waits for the months.
    if behind.is_empty() {
        return Ok(Booking::default());
    }
    let mut revenue = Revenue::begin(ctx, tx).await?;
    for row in behind {
        revenue.count(row, today)?;
    }
    Ok(revenue.into_booking())
}

/// Takes `parts` (net, minor units) of the lines of invoice `id` back, and says which accounts that debits. What was
/// earned before and was not booked is to be booked with it.
///
/// # Errors
/// The arithmetic; the database.
pub(in crate::domain::billing) async fn take_back(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &InvoiceId,
    parts: &[(&invoice_item::Model, i64)],
) -> Result<(Booking, Vec<(Account, i64)>), InvoiceError> {
    let mut rows = lock(tx, id).await?;
    let booking = catch_up(ctx, tx, &mut rows, business_day(ctx.now())).await?;
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
    Ok((booking, debits))
}

/// Gives `parts` (net, minor units) of the lines of invoice `id` up, and says how much of each was not earned. What was
/// earned before and was not booked is to be booked with it.
///
/// # Errors
/// The arithmetic; the database.
pub(in crate::domain::billing) async fn give_up(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &InvoiceId,
    parts: &[(&invoice_item::Model, i64)],
) -> Result<(Booking, Vec<i64>), InvoiceError> {
    let mut rows = lock(tx, id).await?;
    let booking = catch_up(ctx, tx, &mut rows, business_day(ctx.now())).await?;
    let mut unearned = Vec::new();
    for &(item, part) in parts {
        let row = rows.iter_mut().find(|row| row.invoice_item_id == item.id);
        unearned.push(row.map_or(0, |row| share::give_up(row, part)));
    }
    save(tx, rows).await?;
    Ok((booking, unearned))
}

/// Money came for what had been `given_up` of invoice `id`: what was unearned of it is to be earned after all. What it
/// earned since is to be booked once it is deferred again, and is revenue of today: it was not deferred before.
///
/// # Errors
/// The arithmetic; the ledger; the database.
pub(in crate::domain::billing) async fn put_back(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &InvoiceId,
    given_up: &[write_off::Model],
) -> Result<Booking, InvoiceError> {
    let parts = write_off_item::Entity::find()
        .filter(write_off_item::Column::WriteOffId.is_in(given_up.iter().map(|row| row.id.0.clone())))
        .filter(write_off_item::Column::DeferredMinor.ne(0))
        .all(tx)
        .await?;
    if parts.is_empty() {
        return Ok(Booking::default());
    }
    let (mut rows, today) = (lock(tx, id).await?, business_day(ctx.now()));
    let mut revenue = Revenue::begin(ctx, tx).await?;
    for row in &mut rows {
        revenue.count(row, today)?;
    }
    for part in parts {
        let row = rows.iter_mut().find(|row| row.invoice_item_id == part.invoice_item_id);
        let since = given_up.iter().find(|row| row.id == part.write_off_id);
        if let (Some(row), Some(since)) = (row, since) {
            let earned = share::put_back(row, part.deferred_minor, business_day(since.created_at), today)?;
            revenue.add_now(row.product_kind, earned);
        }
    }
    save(tx, rows).await?;
    Ok(revenue.into_booking())
}
