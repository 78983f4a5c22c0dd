//! The days a report is about, and how reports ask the database.
use crate::{
    domain::Ctx,
    kernel::{
        db::is_postgres,
        fault::{CommonFault, FieldFault},
    },
};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use entity::value::day_start;
use sea_orm::{DbErr, FromQueryResult, Statement, Value};

/// Longest span of a report, months: sums stay quick and charts readable.
pub const MOST_MONTHS: u32 = 60;

/// Business days (WIB), half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First day.
    pub from: NaiveDate,
    /// Day after the last.
    pub until: NaiveDate,
}

impl Range {
    /// The month of `day`.
    pub fn month_of(day: NaiveDate) -> Self {
        let from = first_of_month(day);
        Self { from, until: later(from, 1) }
    }

    /// The calendar quarter of `day`.
    pub fn quarter_of(day: NaiveDate) -> Self {
        let from = earlier(first_of_month(day), day.month0() % 3);
        Self { from, until: later(from, 3) }
    }

    /// The calendar year of `day`.
    pub fn year_of(day: NaiveDate) -> Self {
        let from = earlier(first_of_month(day), day.month0());
        Self { from, until: later(from, 12) }
    }

    /// The month of `day` and the eleven before.
    pub fn last_twelve(day: NaiveDate) -> Self {
        let until = later(first_of_month(day), 1);
        Self { from: earlier(until, 12), until }
    }

    /// From what a caller wrote: `from` and `to` are days, both inclusive; one that is missing is `default`'s.
    ///
    /// # Errors
    /// `Invalid` where a day cannot be read, where `to` comes before `from`, and where the span is longer than
    /// `MOST_MONTHS`.
    pub fn parse(from: Option<&str>, to: Option<&str>, default: Self) -> Result<Self, CommonFault> {
        let wrong = |field: &str| CommonFault::Invalid(vec![FieldFault::new(field, "invalid")]);
        let day = |field: &str, text: Option<&str>| match text.map(str::trim).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => {
                let day: Option<NaiveDate> = text.parse().ok();
                // Years that people mean: what lies beyond has no instant on every database.
                day.filter(|day| (2000..2200).contains(&day.year())).map(Some).ok_or_else(|| wrong(field))
            }
        };
        let range = match (day("from", from)?, day("to", to)?) {
            (None, None) => default,
            (Some(from), Some(to)) => Self { from, until: next_day(to) },
            (Some(from), None) => Self { from, until: Self::month_of(from).until },
            (None, Some(to)) => Self { from: first_of_month(to), until: next_day(to) },
        };
        let is_longest = range.until > later(range.from, MOST_MONTHS);
        if range.until <= range.from || is_longest { Err(wrong("to")) } else { Ok(range) }
    }

    /// The same, widened to whole months.
    pub fn whole_months(self) -> Self {
        Self { from: first_of_month(self.from), until: later(first_of_month(self.last()), 1) }
    }

    /// The twelve months that end with it, or its own where it is longer: what a chart of it shows.
    pub fn charted(self) -> Self {
        let twelve = earlier(first_of_month(self.last()), 11);
        Self { from: first_of_month(self.from).min(twelve), until: self.until }
    }

    /// The last day.
    pub fn last(self) -> NaiveDate {
        self.until.checked_sub_days(Days::new(1)).unwrap_or(self.until)
    }

    /// The instant at which it begins.
    pub fn from_at(self) -> DateTime<Utc> {
        day_start(self.from)
    }

    /// The instant at which it ends, not part of it.
    pub fn until_at(self) -> DateTime<Utc> {
        day_start(self.until)
    }

    /// The first days of the months it touches, oldest first.
    pub fn months(self) -> Vec<NaiveDate> {
        let first = first_of_month(self.from);
        (0..=MOST_MONTHS).map(|count| later(first, count)).take_while(|month| *month < self.until).collect()
    }

    /// The span of as many months before; days before, where it is no whole months.
    pub fn previous(self) -> Self {
        match self.whole() {
            Some(months) => Self { from: earlier(self.from, months), until: self.from },
            None => Self { from: self.from.checked_sub_days(self.days()).unwrap_or(self.from), until: self.from },
        }
    }

    /// The span of as many months after.
    pub fn next(self) -> Self {
        match self.whole() {
            Some(months) => Self { from: self.until, until: later(self.until, months) },
            None => Self { from: self.until, until: self.until.checked_add_days(self.days()).unwrap_or(self.until) },
        }
    }

    /// How many whole months it is, if it is.
    fn whole(self) -> Option<u32> {
        let is_whole = self.from.day() == 1 && self.until.day() == 1;
        is_whole.then(|| u32::try_from(self.months().len()).unwrap_or(1))
    }

    fn days(self) -> Days {
        Days::new(u64::try_from((self.until - self.from).num_days()).unwrap_or(1))
    }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn next_day(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

fn later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(day)
}

fn earlier(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_sub_months(Months::new(months)).unwrap_or(day)
}

/// The word of a month as statements give it: `2026-11`.
pub fn month_word(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}

/// SQL that gives the business month of an instant as `2026-11`. WIB is seven hours east and has no daylight saving.
pub(super) fn month_sql(ctx: &Ctx, instant: &str) -> String {
    if is_postgres(&ctx.db) {
        format!("to_char({instant} AT TIME ZONE 'UTC' + INTERVAL '7 hours', 'YYYY-MM')")
    } else {
        format!("strftime('%Y-%m', {instant}, '+7 hours')")
    }
}

/// An amount of one month.
#[derive(FromQueryResult)]
pub(super) struct OfMonth {
    /// The month as `month_sql` gives it.
    pub month: String,
    /// Whole rupiah.
    pub amount: i64,
}

/// The amounts of all months of `range`, oldest first; zero where a statement gave no row.
pub(super) fn every_month(range: Range, rows: &[OfMonth]) -> Vec<(String, i64)> {
    let amount = |month: &str| rows.iter().filter(|row| row.month == month).map(|row| row.amount).sum();
    range.months().into_iter().map(month_word).map(|month| (month.clone(), amount(&month))).collect()
}

/// The rows of a statement; `$1`, `$2`, … stand for `values` on both databases.
pub(super) async fn all<T: FromQueryResult>(ctx: &Ctx, sql: &str, values: Vec<Value>) -> Result<Vec<T>, DbErr> {
    let backend = ctx.db.get_database_backend();
    T::find_by_statement(Statement::from_sql_and_values(backend, sql, values)).all(&ctx.db).await
}

/// The one row of a statement that always gives one.
pub(super) async fn one<T: FromQueryResult>(ctx: &Ctx, sql: &str, values: Vec<Value>) -> Result<T, DbErr> {
    let row = all::<T>(ctx, sql, values).await?.pop();
    row.ok_or_else(|| DbErr::RecordNotFound("a sum without a row".to_owned()))
}

/// `SUM` of an expression as a bigint, zero where there is no row.
pub(super) fn sum(expression: &str) -> String {
    format!("CAST(COALESCE(SUM({expression}), 0) AS bigint)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(from: &str, until: &str) -> Range {
        Range { from: day(from), until: day(until) }
    }

    #[test]
    fn a_span_is_read_with_both_days_and_begins_at_midnight_in_jakarta() {
        let default = Range::month_of(day("2026-11-21"));
        let read = |from, to| Range::parse(from, to, default).ok();
        assert_eq!(read(None, None), Some(range("2026-11-01", "2026-12-01")));
        assert_eq!(read(Some("2026-02-01"), Some("2026-02-28")), Some(range("2026-02-01", "2026-03-01")));
        assert_eq!(read(Some("2026-02-01"), None), Some(range("2026-02-01", "2026-03-01")));
        assert_eq!(read(None, Some("2026-02-10")), Some(range("2026-02-01", "2026-02-11")));
        assert_eq!(read(Some("2026-02-02"), Some("2026-02-01")), None);
        assert_eq!(read(Some("yesterday"), None), None);
        assert_eq!(read(Some("2020-01-01"), Some("2026-01-01")), None, "too long");
        assert_eq!(default.from_at().to_rfc3339(), "2026-10-31T17:00:00+00:00");
        assert_eq!(default.until_at().to_rfc3339(), "2026-11-30T17:00:00+00:00");
    }

    #[test]
    fn months_quarters_and_years_have_neighbours_of_their_own_length() {
        let today = day("2026-11-21");
        assert_eq!(Range::quarter_of(today), range("2026-10-01", "2027-01-01"));
        assert_eq!(Range::quarter_of(today).previous(), range("2026-07-01", "2026-10-01"));
        assert_eq!(Range::year_of(today).next(), range("2027-01-01", "2028-01-01"));
        assert_eq!(Range::last_twelve(today), range("2025-12-01", "2026-12-01"));
        assert_eq!(range("2026-11-05", "2026-11-12").previous(), range("2026-10-29", "2026-11-05"));
        assert_eq!(range("2026-11-05", "2026-12-02").whole_months(), range("2026-11-01", "2027-01-01"));
        assert_eq!(Range::quarter_of(today).months().len(), 3);
        assert_eq!(range("2026-11-05", "2026-11-12").charted(), range("2025-12-01", "2026-11-12"));
        assert_eq!(range("2025-01-15", "2026-12-01").charted(), range("2025-01-01", "2026-12-01"));
    }
}
