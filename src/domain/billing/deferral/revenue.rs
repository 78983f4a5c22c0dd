//! What of schedules becomes revenue, as postings of the months it belongs to.
use super::share::{earned, next_look, over_by};
use crate::{
    domain::{
        Ctx,
        ledger::{self, Account, LedgerError, Posting},
    },
    kernel::db::WriteTx,
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    billing::revenue_schedule,
    value::{MoneyError, ProductKind, business_day, day_start},
};
use std::collections::{BTreeMap, HashMap};

/// What became revenue of each kind of product, with the last day it counts.
type Earned = (Option<NaiveDate>, HashMap<ProductKind, i64>);

/// What became revenue, by the month it is booked in.
#[derive(Debug, Default)]
pub(super) struct Revenue {
    /// The last month that is closed.
    closed: Option<String>,
    /// By month; those that are booked now have none.
    by_time: BTreeMap<Option<String>, Earned>,
    /// The first schedule that was looked at, as it was before: names the postings.
    first: Option<revenue_schedule::Model>,
    /// How many were.
    lines: usize,
}

impl Revenue {
    /// Nothing yet. No month is closed or opened until `tx` ends.
    ///
    /// # Errors
    /// The database.
    pub(super) async fn begin(ctx: &Ctx, tx: &WriteTx) -> Result<Self, LedgerError> {
        Ok(Self { closed: ledger::hold_months(ctx, tx).await?, ..Self::default() })
    }

    /// Takes a schedule that is locked to `today`: its days before that are revenue, each in its month, but none before
    /// its line was deferred: an invoice may come late, and nothing is taken out of an account before it is in there.
    ///
    /// # Errors
    /// `Overflow`.
    pub(super) fn count(&mut self, row: &mut revenue_schedule::Model, today: NaiveDate) -> Result<(), MoneyError> {
        self.first.get_or_insert_with(|| row.clone());
        self.lines += 1;
        row.turns += 1;
        let Some(mut at) = row.earned_to else { return Ok(()) };
        let (until, deferred_on) = (over_by(row, today), business_day(row.created_at));
        while at < until {
            let next = ledger::next_month(at).min(until);
            let now = earned(row, next)?;
            let last = next.pred_opt().unwrap_or(at).max(deferred_on);
            self.add(Some(last), row.product_kind, now - row.recognised_minor);
            row.recognised_minor = now;
            at = next;
        }
        row.earned_to = Some(at);
        // One whose contract has ended is looked at as planned: the rest of it hangs on its invoice.
        if row.ended_on.is_none() {
            row.next_on = next_look(row);
        }
        Ok(())
    }

    /// `amount_minor` of a schedule that was counted is revenue just now.
    pub(super) fn add_now(&mut self, kind: ProductKind, amount_minor: i64) {
        self.add(None, kind, amount_minor);
    }

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
    /// first schedule and how often that was looked at.
    pub(super) fn into_booking(self) -> Booking {
        let Some(first) = self.first else { return Booking::default() };
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
                description: format!("Revenue earned of {} lines", self.lines),
                currency: first.currency.clone(),
                entries,
                wallet: None,
            };
            (last, posting)
        });
        Booking(postings.filter(|(_, posting)| !posting.entries.is_empty()).collect())
    }
}

/// Revenue that has to be booked in the transaction in which it was counted.
#[derive(Debug, Default)]
#[must_use = "schedules and account would tell two stories"]
pub(in crate::domain::billing) struct Booking(Vec<(Option<NaiveDate>, Posting)>);

impl Booking {
    /// Keeps others from the accounts it moves, together with those of the `postings` and the `further` ones that the
    /// caller moves in `tx`: in the one order everybody keeps.
    ///
    /// # Errors
    /// The database.
    pub(in crate::domain::billing) async fn lock(
        &self,
        ctx: &Ctx,
        tx: &WriteTx,
        currency: &str,
        postings: &[Posting],
        further: &[Account],
    ) -> Result<(), LedgerError> {
        let entries = self.0.iter().map(|(_, posting)| posting).chain(postings).flat_map(|posting| &posting.entries);
        let moved = entries.filter(|(_, amount)| *amount != 0).map(|(account, _)| account);
        let accounts: Vec<Account> = moved.chain(further).cloned().collect();
        if accounts.is_empty() {
            return Ok(());
        }
        ledger::lock(ctx, tx, currency, &accounts).await
    }

    /// Books it.
    ///
    /// # Errors
    /// The ledger; `KeyReused` where the same was booked before: the schedules say otherwise.
    pub(in crate::domain::billing) async fn post(self, ctx: &Ctx, tx: &WriteTx) -> Result<(), LedgerError> {
        for (last, posting) in self.0 {
            let (key, now) = (posting.idempotency_key.clone(), ctx.now());
            let at = last.map_or(now, end_of).min(now);
            if !ledger::post_at(ctx, tx, posting, at).await?.is_new {
                return Err(LedgerError::KeyReused(key));
            }
        }
        Ok(())
    }
}

/// The last instant of a business day.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    day_start(day.succ_opt().unwrap_or(day)) - Duration::microseconds(1)
}
