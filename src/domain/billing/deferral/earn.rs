//! What is earned becomes revenue: the days that are over, block by block.
use super::{
    share::{earned, rest},
    take::save,
};
use crate::{
    domain::{
        Ctx,
        billing::InvoiceError,
        ledger::{self, Account, LedgerError, Posting},
    },
    kernel::{db::WriteTx, job::Job},
};
use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, Utc};
use entity::{
    billing::{invoice, revenue_schedule},
    value::{InvoiceId, InvoiceStatus, MoneyError, ProductKind, business_day, day_start},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{LockBehavior, LockType},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

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
/// share the work; running it again books nothing. How many schedules were looked at.
///
/// # Errors
/// Of a block: the arithmetic, the ledger, the database. It takes its block back and nothing else.
pub async fn earn_due(ctx: &Ctx) -> Result<u64, InvoiceError> {
    let mut all = 0;
    loop {
        match earn_block(ctx).await? {
            0 => return Ok(all),
            lines => all += lines,
        }
    }
}

async fn earn_block(ctx: &Ctx) -> Result<u64, InvoiceError> {
    let today = business_day(ctx.now());
    // Looked at before the turn at writing is taken: mostly nothing is due.
    if due(today).one(&ctx.db).await?.is_none() {
        return Ok(0);
    }
    let tx = ctx.begin().await?;
    // Locked until `tx` ends, and passed over by a run at the same time.
    let locked = due(today).limit(BLOCK).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let mut rows = locked.all(&tx).await?;
    let Some(first) = rows.first().cloned() else { return Ok(0) };
    // A posting has one currency; the others come with the next block.
    rows.retain(|row| row.currency == first.currency);
    let settled = settled(&tx, &rows).await?;
    let mut parts = Parts { closed: ledger::hold_months(ctx, &tx).await?, by_time: BTreeMap::new() };
    for row in &mut rows {
        advance(row, today, settled.contains(&row.invoice_id), &mut parts)?;
    }
    let postings = parts.into_postings(&first, rows.len());
    let entries = postings.iter().flat_map(|(_, posting)| &posting.entries);
    let accounts: Vec<Account> = entries.map(|(account, _)| account.clone()).collect();
    if !accounts.is_empty() {
        ledger::lock(ctx, &tx, &first.currency, &accounts).await?;
    }
    for (last, posting) in postings {
        let key = posting.idempotency_key.clone();
        let at = last.map_or_else(|| ctx.now(), end_of);
        if !ledger::post_at(ctx, &tx, posting, at.min(ctx.now())).await?.is_new {
            return Err(LedgerError::KeyReused(key).into());
        }
    }
    let lines = rows.len() as u64;
    save(&tx, rows).await?;
    tx.commit().await?;
    Ok(lines)
}

/// Schedules whose day has come.
fn due(today: NaiveDate) -> Select<revenue_schedule::Entity> {
    revenue_schedule::Entity::find()
        .filter(revenue_schedule::Column::NextOn.lte(today))
        .order_by_asc(revenue_schedule::Column::NextOn)
        .order_by_asc(revenue_schedule::Column::Id)
}

/// The last instant of a business day.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    day_start(day.succ_opt().unwrap_or(day)) - Duration::microseconds(1)
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

/// Takes a schedule to `today`: its days before that are revenue.
fn advance(
    row: &mut revenue_schedule::Model,
    today: NaiveDate,
    is_settled: bool,
    parts: &mut Parts,
) -> Result<(), MoneyError> {
    row.turns += 1;
    let waits = row.ended_on.is_some() && !is_settled;
    let until = row.ends_on.into_iter().chain(row.ended_on).chain([today]).min().unwrap_or(today);
    let mut at = row.earned_to.unwrap_or(until);
    while at < until && !waits {
        let next = first_of_next_month(at).min(until);
        let now = earned(row, next)?;
        parts.add(Some(next.pred_opt().unwrap_or(at)), row.product_kind, now - row.recognised_minor);
        row.recognised_minor = now;
        at = next;
    }
    if row.earned_to.is_some() {
        row.earned_to = Some(at);
    }
    // What came back after its days were over is earned already, and so is all of a contract that ended.
    let is_over = row.ends_on.is_some_and(|end| end <= today) && row.earned_to.is_some();
    if !waits && (is_over || row.ended_on.is_some()) {
        parts.add(None, row.product_kind, rest(row));
        row.recognised_minor = row.whole_minor;
    }
    row.next_on = match rest(row) {
        0 => None,
        _ if row.ended_on.is_some() => today.succ_opt(),
        _ => row.earned_to.and_then(|day| day.succ_opt()),
    };
    Ok(())
}

fn first_of_next_month(day: NaiveDate) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    first.checked_add_months(Months::new(1)).unwrap_or(day)
}

/// What became revenue of each kind of product, with the last day it counts.
type Earned = (Option<NaiveDate>, HashMap<ProductKind, i64>);

/// What became revenue, by the month it is booked in.
struct Parts {
    /// The last month that is closed.
    closed: Option<String>,
    /// By month; those that are booked now have none.
    by_time: BTreeMap<Option<String>, Earned>,
}

impl Parts {
    /// `amount_minor` was earned by the end of `last`, or just now.
    fn add(&mut self, last: Option<NaiveDate>, kind: ProductKind, amount_minor: i64) {
        let is_open = |month: &String| self.closed.as_ref().is_none_or(|closed| month > closed);
        let month = last.map(ledger::month_of).filter(is_open);
        let last = last.filter(|_| month.is_some());
        let (newest, sums) = self.by_time.entry(month).or_default();
        *newest = last.max(*newest);
        *sums.entry(kind).or_default() += amount_minor;
    }

    /// One posting for each month in which something was earned, with the day at whose end it is dated. Named by the
    /// first schedule of the block and how often that was looked at.
    fn into_postings(self, first: &revenue_schedule::Model, lines: usize) -> Vec<(Option<NaiveDate>, Posting)> {
        let postings = self.by_time.into_iter().map(|(month, (last, sums))| {
            let total: i64 = sums.values().sum();
            let revenue = sums.into_iter().map(|(kind, sum)| (Account::Revenue(kind), -sum));
            let mut entries: Vec<_> = revenue.filter(|(_, sum)| *sum != 0).collect();
            if total != 0 {
                entries.push((Account::DeferredRevenue, total));
            }
            let time = month.unwrap_or_else(|| "now".to_owned());
            let posting = Posting {
                idempotency_key: format!("revenue_earned:{}:{}:{time}", first.id, first.turns),
                kind: "revenue_earned",
                source_type: "revenue_schedule",
                source_id: first.id.0.clone(),
                description: format!("Revenue earned of {lines} lines"),
                currency: first.currency.clone(),
                entries,
                wallet: None,
            };
            (last, posting)
        });
        postings.filter(|(_, posting)| !posting.entries.is_empty()).collect()
    }
}
