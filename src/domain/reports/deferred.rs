//! What was invoiced for service that is still to be given, by the month in which it becomes revenue. Read off the
//! schedules with the arithmetic by which they are earned, and tied to the account of the ledger.
use super::range::{Range, all, month_word, one, sum};
use crate::{domain::Ctx, kernel::db::is_postgres};
use chrono::{Months, NaiveDate};
use entity::value::{IDR, business_day};
use sea_orm::{DbErr, FromQueryResult};

/// Months that are told apart at most; what comes later is told with the last.
const MOST: usize = 120;

/// One month, whole rupiah.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// `2026-11`.
    pub month: String,
    /// What becomes revenue in it; of the first, also what is overdue to be booked.
    pub amount_minor: i64,
}

/// The report, whole rupiah.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeferredReport {
    /// Months in which something becomes revenue, oldest first, this one the first.
    pub months: Vec<Month>,
    /// Of service that has not begun: nobody knows when it is earned.
    pub waiting_minor: i64,
    /// Of contracts that ended while their invoice is open: it becomes revenue, or is credited or given up.
    pub stopped_minor: i64,
    /// What the account of deferred revenue holds, above zero.
    pub ledger_minor: i64,
}

impl DeferredReport {
    /// What is deferred in all.
    pub fn total_minor(&self) -> i64 {
        self.running_minor() + self.waiting_minor + self.stopped_minor
    }

    /// What is earned by day.
    pub fn running_minor(&self) -> i64 {
        self.months.iter().map(|month| month.amount_minor).sum()
    }

    /// Whether that is what the ledger holds.
    pub fn ties(&self) -> bool {
        self.total_minor() == self.ledger_minor
    }
}

#[derive(FromQueryResult)]
struct Sums {
    waiting: i64,
    stopped: i64,
    last: Option<String>,
    ledger: i64,
}

#[derive(FromQueryResult)]
struct Part {
    place: i64,
    amount: i64,
}

/// What is deferred now, in two statements.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx) -> Result<DeferredReport, DbErr> {
    let only =
        |condition: &str| sum(&format!("CASE WHEN {condition} THEN s.whole_minor - s.recognised_minor ELSE 0 END"));
    let last =
        if is_postgres(&ctx.db) { "to_char(MAX(s.ends_on), 'YYYY-MM')" } else { "strftime('%Y-%m', MAX(s.ends_on))" };
    let sql = format!(
        "SELECT {} AS waiting, {} AS stopped, {last} AS last,
                CAST(COALESCE((SELECT SUM(-a.balance_minor) FROM ledger_accounts a
                  WHERE a.kind = 'deferred_revenue' AND a.currency = '{IDR}'), 0) AS bigint) AS ledger
         FROM revenue_schedules s WHERE s.whole_minor <> s.recognised_minor AND s.currency = '{IDR}'",
        only("s.ended_on IS NULL AND s.starts_on IS NULL"),
        only("s.ended_on IS NOT NULL")
    );
    let sums: Sums = one(ctx, &sql, Vec::new()).await?;
    let firsts = firsts(Range::month_of(business_day(ctx.now())).from, sums.last.as_deref());
    let spans = firsts.iter().enumerate().map(|(place, first)| {
        let from = (place > 0).then_some(*first);
        (from, firsts.get(place + 1).copied())
    });
    let amounts = earned_in(ctx, &spans.collect::<Vec<_>>()).await?;
    let months = firsts.into_iter().zip(amounts);
    let months = months.map(|(first, amount_minor)| Month { month: month_word(first), amount_minor });
    Ok(DeferredReport {
        months: months.filter(|month| month.amount_minor != 0).collect(),
        waiting_minor: sums.waiting,
        stopped_minor: sums.stopped,
        ledger_minor: sums.ledger,
    })
}

/// The first days of the months from `first` to the month `last`.
fn firsts(first: NaiveDate, last: Option<&str>) -> Vec<NaiveDate> {
    let later = (0u32..).map_while(|months| first.checked_add_months(Months::new(months)));
    let is_told = |month: &NaiveDate| *month == first || last.is_some_and(|last| month_word(*month).as_str() <= last);
    later.take_while(is_told).take(MOST).collect()
}

/// What of all that runs becomes revenue in each of these spans of days, half-open; an end that is missing is open. What
/// is revenue already does not count. One statement.
///
/// # Errors
/// The database.
pub(super) async fn earned_in(ctx: &Ctx, spans: &[(Option<NaiveDate>, Option<NaiveDate>)]) -> Result<Vec<i64>, DbErr> {
    let word = if is_postgres(&ctx.db) { "DATE " } else { "" };
    let day = |day: Option<NaiveDate>, open: &str| {
        format!("{word}'{}'", day.map_or_else(|| open.to_owned(), |day| day.to_string()))
    };
    let rows = spans.iter().enumerate().map(|(place, (from, until))| {
        format!("({place}, {}, {})", day(*from, "0001-01-01"), day(*until, "9999-12-31"))
    });
    let rows = rows.collect::<Vec<_>>().join(", ");
    let by_then = earned(ctx, "m.until_day");
    let amount = sum(&format!(
        "{by_then} - CASE WHEN m.from_day <= s.earned_to THEN s.recognised_minor ELSE {} END",
        earned(ctx, "m.from_day")
    ));
    let sql = format!(
        "WITH spans(place, from_day, until_day) AS (VALUES {rows})
         SELECT CAST(m.place AS bigint) AS place, {amount} AS amount
         FROM spans m JOIN revenue_schedules s ON s.earned_to < m.until_day AND s.ends_on > m.from_day
         WHERE s.whole_minor <> s.recognised_minor AND s.ended_on IS NULL AND s.currency = '{IDR}'
         GROUP BY m.place"
    );
    let mut amounts = vec![0; spans.len()];
    for part in all::<Part>(ctx, &sql, Vec::new()).await? {
        if let Some(amount) = usize::try_from(part.place).ok().and_then(|place| amounts.get_mut(place)) {
            *amount = part.amount;
        }
    }
    Ok(amounts)
}

/// SQL that gives what of a schedule `s` is earned before `day`: as `billing::deferral` reckons it.
fn earned(ctx: &Ctx, day: &str) -> String {
    let days = |later: &str, sooner: &str| {
        if is_postgres(&ctx.db) {
            format!("({later} - {sooner})")
        } else {
            format!("CAST(julianday({later}) - julianday({sooner}) AS integer)")
        }
    };
    let (done, all) = (days(day, "s.even_from"), days("s.ends_on", "s.even_from"));
    let rest = "(s.whole_minor - s.even_minor)";
    format!(
        "CASE WHEN {day} >= s.ends_on THEN s.whole_minor WHEN {day} <= s.even_from THEN s.even_minor
              ELSE s.even_minor + CASE WHEN {rest} < 0 THEN -1 ELSE 1 END
                * ((2 * ABS({rest}) * {done} + {all}) / (2 * {all})) END"
    )
}
