//! What is earned becomes revenue: the days that are over, block by block.
use super::{
    revenue::Revenue,
    share::{next_look, rest},
    take::save,
};
use crate::{
    domain::{Ctx, billing::InvoiceError, ledger::LedgerError},
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        job::Job,
        said::args,
    },
};
use chrono::NaiveDate;
use entity::{
    billing::{invoice, revenue_schedule},
    value::{InvoiceId, InvoiceStatus, MoneyError, RevenueScheduleId, business_day},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, LockBehavior, LockType},
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Schedules of one transaction.
const BLOCK: u64 = 500;

/// Books what was earned until yesterday.
#[derive(Debug, Serialize, Deserialize)]
pub struct EarnRevenue {}

impl Job for EarnRevenue {
    const NAME: &'static str = "billing.earn_revenue";
    /// After a long rest there are many days to book.
    const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(3600);

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Books the days that are over of every schedule that is due, each in its month, or now where that month is closed.
/// Where its contract has ended and its invoice is settled all that is left becomes revenue. Two runs at the same time
/// share the work; running it again books nothing. A schedule that cannot be booked keeps no other from being: it is
/// tried again daily, and staff are told once. How many schedules were booked.
///
/// # Errors
/// What concerns all of them: the database, books that are closed now. It takes its block back and nothing else.
pub async fn earn_due(ctx: &Ctx) -> Result<u64, InvoiceError> {
    let (mut all, mut size) = (0, BLOCK);
    loop {
        match earn_block(ctx, size).await? {
            Block::Empty => return Ok(all),
            Block::Booked(lines) => (all, size) = (all + lines, BLOCK),
            // Fewer at a time, until the one that cannot be booked is alone.
            Block::Failed(..) if size > 1 => size /= 2,
            Block::Failed(id, error) => {
                put_off(ctx, &id, &error).await?;
                size = BLOCK;
            }
        }
    }
}

/// What became of a block.
enum Block {
    /// Nothing is due.
    Empty,
    /// So many schedules were booked.
    Booked(u64),
    /// None was. The first of them, and why.
    Failed(RevenueScheduleId, InvoiceError),
}

async fn earn_block(ctx: &Ctx, size: u64) -> Result<Block, InvoiceError> {
    let today = business_day(ctx.now());
    // Looked at before the turn at writing is taken: mostly nothing is due.
    if due(today).one(&ctx.db).await?.is_none() {
        return Ok(Block::Empty);
    }
    let tx = ctx.begin().await?;
    // Locked until `tx` ends, and passed over by a run at the same time.
    let locked = due(today).limit(size).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let mut rows = locked.all(&tx).await?;
    let Some(first) = rows.first() else { return Ok(Block::Empty) };
    let (id, currency) = (first.id.clone(), first.currency.clone());
    // A posting has one currency; the others come with the next block.
    rows.retain(|row| row.currency == currency);
    match book(ctx, &tx, &mut rows, today).await {
        Err(error) if is_of_a_line(&error) => {
            // The next look passes over what is locked.
            tx.rollback().await?;
            return Ok(Block::Failed(id, error));
        }
        booked => booked?,
    }
    let lines = rows.len() as u64;
    // What could not be booked before is booked now.
    alert::resolve_all(&tx, ctx.now(), rows.iter().map(|row| key(&row.id)).collect()).await?;
    save(&tx, rows).await?;
    tx.commit().await?;
    Ok(Block::Booked(lines))
}

async fn book(
    ctx: &Ctx,
    tx: &WriteTx,
    rows: &mut [revenue_schedule::Model],
    today: NaiveDate,
) -> Result<(), InvoiceError> {
    let Some(currency) = rows.first().map(|row| row.currency.clone()) else { return Ok(()) };
    let settled = settled(tx, rows).await?;
    let mut revenue = Revenue::begin(ctx, tx).await?;
    for row in rows {
        let is_settled = settled.contains(&row.invoice_id);
        advance(row, today, is_settled, &mut revenue)?;
    }
    let booking = revenue.into_booking();
    booking.lock(ctx, tx, &currency, &[], &[]).await?;
    Ok(booking.post(ctx, tx).await?)
}

/// Whether something is wrong with a line rather than with the house: it fails however often it is tried.
fn is_of_a_line(error: &InvoiceError) -> bool {
    use LedgerError::{KeyReused, Unbalanced};
    matches!(error, InvoiceError::Money(_) | InvoiceError::Ledger(LedgerError::Money(_) | KeyReused(_) | Unbalanced(_)))
}

fn key(id: &RevenueScheduleId) -> String {
    format!("revenue_not_earned:{id}")
}

/// A schedule that cannot be booked is tried again tomorrow, and staff are told.
async fn put_off(ctx: &Ctx, id: &RevenueScheduleId, error: &InvoiceError) -> Result<(), DbErr> {
    use revenue_schedule::Column;
    let today = business_day(ctx.now());
    let tx = ctx.begin().await?;
    let put_off = revenue_schedule::Entity::update_many()
        .col_expr(Column::NextOn, Expr::value(today.succ_opt()))
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::NextOn.lte(today))
        .exec(&tx)
        .await?;
    // Another run has booked it meanwhile.
    if put_off.rows_affected == 0 {
        return Ok(());
    }
    let args = args([("schedule", id.as_str().into()), ("error", error.to_string().into())]);
    let alert = Alert { code: "revenue_not_earned", args, key: &key(id) };
    alert::raise(&tx, ctx.now(), &ctx.correlation, alert).await?;
    tx.commit().await
}

/// Schedules whose day has come.
fn due(today: NaiveDate) -> Select<revenue_schedule::Entity> {
    revenue_schedule::Entity::find()
        .filter(revenue_schedule::Column::NextOn.lte(today))
        .order_by_asc(revenue_schedule::Column::NextOn)
        .order_by_asc(revenue_schedule::Column::Id)
}

/// Invoices of contracts that have ended of which nothing is open any more.
async fn settled(tx: &WriteTx, rows: &[revenue_schedule::Model]) -> Result<HashSet<InvoiceId>, DbErr> {
    let ended: Vec<String> =
        rows.iter().filter(|row| row.ended_on.is_some()).map(|row| row.invoice_id.0.clone()).collect();
    if ended.is_empty() {
        return Ok(HashSet::new());
    }
    let settled: Vec<InvoiceId> = invoice::Entity::find()
        .select_only()
        .column(invoice::Column::Id)
        .filter(invoice::Column::Id.is_in(ended))
        .filter(invoice::Column::Status.is_in([InvoiceStatus::Paid, InvoiceStatus::WrittenOff]))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(settled.into_iter().collect())
}

/// Takes a schedule to `today`: its days before that are revenue. What a contract leaves that has ended is revenue once
/// its invoice is settled; until then it is looked at daily, which is soon enough for what may take years.
fn advance(
    row: &mut revenue_schedule::Model,
    today: NaiveDate,
    is_settled: bool,
    revenue: &mut Revenue,
) -> Result<(), MoneyError> {
    revenue.count(row, today)?;
    let waits = row.ended_on.is_some() && !is_settled;
    let is_over = row.ended_on.is_some() || row.ends_on.is_some_and(|end| end <= today);
    // After the last day nothing is left, so that no schedule is looked at without end.
    if !waits && is_over {
        revenue.add_now(row.product_kind, rest(row));
        row.recognised_minor = row.whole_minor;
    }
    row.next_on = if waits && rest(row) != 0 { today.succ_opt() } else { next_look(row) };
    Ok(())
}
