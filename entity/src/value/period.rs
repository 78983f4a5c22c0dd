//! Billing cycles and business days. Periods are half-open: `[start, end)`.
use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr, sync::LazyLock};

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

/// Days of a cycle of days at most: as long as the longest cycle of months.
const MAX_DAYS: u16 = 1_095;
/// What stands before the days in the word of such a cycle.
const DAYS: &str = "days_";

/// The words of all cycles of days, shortest first.
static DAY_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| (1..=MAX_DAYS).map(|n| format!("{DAYS}{n}")).collect());

/// The length of a cycle of days: 1 to 1.095.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DayCount(u16);

impl DayCount {
    /// The longest.
    pub const MAX: u16 = MAX_DAYS;

    /// So many days; `None` where that is none, or too many.
    pub fn new(days: u16) -> Option<Self> {
        (1..=MAX_DAYS).contains(&days).then_some(Self(days))
    }

    /// As a number.
    pub fn get(self) -> u16 {
        self.0
    }
}

/// How often a subscription is invoiced. It is written as its word (`monthly`, `days_10`) wherever it is stored or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sea_orm::DeriveValueType)]
#[sea_orm(value_type = "String", column_type = "String(sea_orm::sea_query::StringLen::N(32))")]
pub enum Cycle {
    /// Paid once, never renewed.
    OneTime,
    /// Every so many days.
    Days(DayCount),
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
    /// Those that have a name of their own; besides them there are those of days.
    pub const NAMED: [Self; 7] = [
        Self::OneTime,
        Self::Monthly,
        Self::Quarterly,
        Self::Semiannually,
        Self::Annually,
        Self::Biennially,
        Self::Triennially,
    ];

    /// The cycle of so many days.
    pub fn of_days(days: u16) -> Option<Self> {
        DayCount::new(days).map(Self::Days)
    }

    /// Length in months; `None` for one-time sales and cycles of days.
    pub fn months(self) -> Option<u32> {
        match self {
            Cycle::OneTime | Cycle::Days(_) => None,
            Cycle::Monthly => Some(1),
            Cycle::Quarterly => Some(3),
            Cycle::Semiannually => Some(6),
            Cycle::Annually => Some(12),
            Cycle::Biennially => Some(24),
            Cycle::Triennially => Some(36),
        }
    }

    /// Length in twelfths of a day, a month being a twelfth of 365 days: what makes months and days comparable. `None`
    /// for one-time sales.
    pub fn twelfths_of_days(self) -> Option<u32> {
        match self {
            Cycle::Days(days) => Some(u32::from(days.get()) * 12),
            cycle => cycle.months().map(|months| months * 365),
        }
    }

    /// Whether it is longer than every month.
    pub fn is_longer_than_a_month(self) -> bool {
        self.twelfths_of_days().is_some_and(|length| length > 31 * 12)
    }

    /// What a price of the cycle comes to in a month, rounded half up once; 0 for what is paid only once.
    pub fn monthly_minor(self, price_minor: i64) -> i64 {
        let Some(length) = self.twelfths_of_days().map(i128::from) else { return 0 };
        let doubled = i128::from(price_minor) * 2 * 365;
        i64::try_from((doubled + length).div_euclid(length * 2)).unwrap_or(i64::MAX)
    }

    /// The word used in URLs, forms and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Cycle::OneTime => "one_time",
            Cycle::Days(days) => DAY_WORDS.get(usize::from(days.get()) - 1).map_or("", String::as_str),
            Cycle::Monthly => "monthly",
            Cycle::Quarterly => "quarterly",
            Cycle::Semiannually => "semiannually",
            Cycle::Annually => "annually",
            Cycle::Biennially => "biennially",
            Cycle::Triennially => "triennially",
        }
    }

    /// The cycle a word names. A number of days is written in one way only, without sign and leading zeros.
    pub fn parse(word: &str) -> Option<Self> {
        let days = word.strip_prefix(DAYS).and_then(|days| days.parse().ok()).and_then(Self::of_days);
        days.into_iter().chain(Self::NAMED).find(|cycle| cycle.as_str() == word)
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCycle(String);

impl fmt::Display for UnknownCycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no cycle is called {:?}", self.0)
    }
}

impl std::error::Error for UnknownCycle {}

impl FromStr for Cycle {
    type Err = UnknownCycle;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::parse(word).ok_or_else(|| UnknownCycle(word.chars().take(60).collect()))
    }
}

impl Serialize for Cycle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Cycle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<'de, str>::deserialize(deserializer)?;
        word.parse().map_err(D::Error::custom)
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
    /// of the 31st renews on the 28th/29th of February and again on the 31st of March. What begins on another day, as
    /// after cycles of days, keeps that day. One-time: a single day.
    pub fn starting(start: NaiveDate, cycle: Cycle, anchor_day: u32) -> Self {
        let end = match (cycle, cycle.months()) {
            (Cycle::Days(days), _) => start + Days::new(days.get().into()),
            (_, None) => start + Days::new(1),
            (_, Some(months)) => anchored(start + Months::new(months), Self::kept_day(start, anchor_day)),
        };
        Self { start, end }
    }

    /// The period of `cycle` that ends where `end` begins; the counterpart of [`Period::starting`] with the same anchor.
    pub fn ending(end: NaiveDate, cycle: Cycle, anchor_day: u32) -> Self {
        let start = match (cycle, cycle.months()) {
            (Cycle::Days(days), _) => end - Days::new(days.get().into()),
            (_, None) => end - Days::new(1),
            (_, Some(months)) => anchored(end - Months::new(months), anchor_day),
        };
        Self { start, end }
    }

    /// The day of month of a contract that begun on `started` and is due on `due`: that of its beginning where a month
    /// was only too short for it (31 and the 28th of February), that of `due` otherwise.
    pub fn anchor_of(due: NaiveDate, started: Option<NaiveDate>) -> u32 {
        let begun = started.map(|day| day.day()).filter(|day| anchored(due, *day) == due);
        begun.unwrap_or_else(|| due.day())
    }

    /// The day of month that periods from `start` on keep: the anchor, or that of `start` where it is not the anchor's day.
    pub fn kept_day(start: NaiveDate, anchor_day: u32) -> u32 {
        if anchored(start, anchor_day) == start { anchor_day } else { start.day() }
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
