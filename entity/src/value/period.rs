//! Billing cycles and business days. Periods are half-open: `[start, end)`.
use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use sea_orm::sea_query::StringLen;
use serde::{Deserialize, Serialize};

/// Western Indonesian Time has had no daylight saving since 1964: a fixed offset is exact.
const WIB_SECONDS_EAST: i32 = 7 * 3600;

fn wib() -> FixedOffset {
    FixedOffset::east_opt(WIB_SECONDS_EAST).expect("7 hours is a valid offset")
}

/// The business day (WIB) of an instant.
pub fn business_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&wib()).date_naive()
}

/// The instant at which a business day begins (00:00 WIB).
pub fn day_start(day: NaiveDate) -> DateTime<Utc> {
    wib()
        .from_local_datetime(&day.and_time(NaiveTime::MIN))
        .single()
        .expect("a fixed offset maps every local time to one instant")
        .with_timezone(&Utc)
}

/// An instant on the wall clock of the business zone.
pub fn in_wib(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&wib())
}

/// How often a subscription is invoiced.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    sea_orm::EnumIter,
    sea_orm::DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// Paid once, never renewed.
    OneTime,
    /// Every month.
    Monthly,
    /// Every 3 months.
    Quarterly,
    /// Every 6 months.
    Semiannually,
    /// Every year.
    Annually,
    /// Every 2 years.
    Biennially,
    /// Every 3 years.
    Triennially,
}

impl Cycle {
    /// Length in months; `None` for one-time sales.
    pub fn months(self) -> Option<u32> {
        match self {
            Cycle::OneTime => None,
            Cycle::Monthly => Some(1),
            Cycle::Quarterly => Some(3),
            Cycle::Semiannually => Some(6),
            Cycle::Annually => Some(12),
            Cycle::Biennially => Some(24),
            Cycle::Triennially => Some(36),
        }
    }

    /// The word used in URLs, forms and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Cycle::OneTime => "one_time",
            Cycle::Monthly => "monthly",
            Cycle::Quarterly => "quarterly",
            Cycle::Semiannually => "semiannually",
            Cycle::Annually => "annually",
            Cycle::Biennially => "biennially",
            Cycle::Triennially => "triennially",
        }
    }

    /// The cycle a word names.
    pub fn parse(word: &str) -> Option<Self> {
        use sea_orm::Iterable;
        Self::iter().find(|cycle| cycle.as_str() == word)
    }
}

/// A half-open span of business days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub start: NaiveDate,
    /// The day after the last.
    pub end: NaiveDate,
}

impl Period {
    /// The period of `cycle` that begins on `start`. `anchor_day` (1–31) is the day of month kept for ever: a contract
    /// of the 31st renews on the 28th/29th of February and again on the 31st of March. One-time: a single day.
    pub fn starting(start: NaiveDate, cycle: Cycle, anchor_day: u32) -> Self {
        let end = match cycle.months() {
            None => start + Days::new(1),
            Some(months) => anchored(start + Months::new(months), anchor_day),
        };
        Self { start, end }
    }

    /// The period of `cycle` that ends where `end` begins; the counterpart of [`Period::starting`] with the same anchor.
    pub fn ending(end: NaiveDate, cycle: Cycle, anchor_day: u32) -> Self {
        let start = match cycle.months() {
            None => end - Days::new(1),
            Some(months) => anchored(end - Months::new(months), anchor_day),
        };
        Self { start, end }
    }

    /// The day of month of a contract that begun on `started` and is due on `due`: that of its beginning where a month
    /// was only too short for it (31 and the 28th of February), that of `due` otherwise.
    pub fn anchor_of(due: NaiveDate, started: Option<NaiveDate>) -> u32 {
        let begun = started.map(|day| day.day()).filter(|day| anchored(due, *day) == due);
        begun.unwrap_or_else(|| due.day())
    }

    /// The period that follows this one.
    pub fn next(self, cycle: Cycle, anchor_day: u32) -> Self {
        Self::starting(self.end, cycle, anchor_day)
    }

    /// Start as an instant (00:00 WIB).
    pub fn start_at(self) -> DateTime<Utc> {
        day_start(self.start)
    }

    /// End as an instant (00:00 WIB), not part of the period.
    pub fn end_at(self) -> DateTime<Utc> {
        day_start(self.end)
    }
}

/// `day` moved inside its month to the anchor day, or to the month's last day where that does not exist.
fn anchored(day: NaiveDate, anchor_day: u32) -> NaiveDate {
    (1..=anchor_day.clamp(1, 31)).rev().find_map(|d| day.with_day(d)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_contract_of_the_31st_keeps_its_anchor_through_february() {
        let january = Period::starting(day("2027-01-31"), Cycle::Monthly, 31);
        let february = january.next(Cycle::Monthly, 31);
        let march = february.next(Cycle::Monthly, 31);
        assert_eq!((january.end, february.end, march.end), (day("2027-02-28"), day("2027-03-31"), day("2027-04-30")));
    }

    #[test]
    fn a_leap_day_contract_renews_on_the_28th_and_comes_back_to_the_29th() {
        let first = Period::starting(day("2028-02-29"), Cycle::Annually, 29);
        assert_eq!(first.end, day("2029-02-28"));
        let fourth = first.next(Cycle::Annually, 29).next(Cycle::Annually, 29).next(Cycle::Annually, 29);
        assert_eq!(fourth.end, day("2032-02-29"));
    }

    #[test]
    fn a_period_is_found_again_from_its_end() {
        for (end, cycle, anchor, start) in [
            ("2027-02-28", Cycle::Monthly, 31, "2027-01-31"),
            ("2027-03-31", Cycle::Monthly, 31, "2027-02-28"),
            ("2027-04-30", Cycle::Monthly, 30, "2027-03-30"),
            ("2027-04-30", Cycle::Monthly, 31, "2027-03-31"),
            ("2029-02-28", Cycle::Annually, 29, "2028-02-29"),
            ("2026-12-15", Cycle::Quarterly, 15, "2026-09-15"),
        ] {
            let period = Period::ending(day(end), cycle, anchor);
            assert_eq!(period.start, day(start), "{end} {anchor}");
            assert_eq!(Period::starting(period.start, cycle, anchor), period, "{end} {anchor}");
        }
    }

    #[test]
    fn the_day_of_a_contract_is_that_of_its_beginning_where_a_month_was_only_too_short() {
        for (due, started, anchor) in [
            ("2027-02-28", Some("2026-10-31"), 31),
            ("2027-02-28", Some("2026-10-29"), 29),
            ("2027-02-28", Some("2026-10-15"), 28),
            ("2027-04-30", Some("2026-10-31"), 31),
            ("2027-03-15", Some("2026-10-31"), 15),
            ("2027-02-28", None, 28),
        ] {
            assert_eq!(Period::anchor_of(day(due), started.map(day)), anchor, "{due} {started:?}");
        }
    }

    #[test]
    fn the_business_day_changes_at_five_in_the_afternoon_utc() {
        assert_eq!(business_day("2026-11-21T16:59:59Z".parse().unwrap()), day("2026-11-21"));
        assert_eq!(business_day("2026-11-21T17:00:00Z".parse().unwrap()), day("2026-11-22"));
        assert_eq!(day_start(day("2026-11-22")), "2026-11-21T17:00:00Z".parse::<DateTime<Utc>>().unwrap());
    }

    #[test]
    fn every_cycle_has_a_word_and_the_word_finds_it_again() {
        use sea_orm::Iterable;
        for cycle in Cycle::iter() {
            assert_eq!(Cycle::parse(cycle.as_str()), Some(cycle));
        }
        assert_eq!(Cycle::parse("weekly"), None);
    }
}
