//! What visits mean, and how time is counted. Pure, and in whole seconds.
use crate::integrations::visitors::Answer;
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use entity::value::{UptimeState as State, business_day, day_start};

/// Time between two visits that is still counted. What is longer was not watched: we were away ourselves.
pub const LONGEST_GAP: Duration = Duration::minutes(3);
/// Fewer than so many that are silent are never our own fault.
const MANY: usize = 3;

/// What is known of an instance from the last visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it was seen to be.
    pub state: State,
    /// Whether the last visit failed and it does not count as down yet.
    pub is_failing: bool,
    /// Until when its time is counted.
    pub counted_until: DateTime<Utc>,
    /// Since when it is down, while it is.
    pub down_since: Option<DateTime<Utc>>,
}

/// What a look at an instance came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It answered.
    Up,
    /// It did not, or said that it cannot.
    Down,
    /// It did not answer, and that may be our own fault.
    Unknown,
    /// It is not to be watched: the house or its owner does something with it.
    Idle,
}

/// As what a span of time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It answered.
    Up,
    /// It did not.
    Down,
    /// Nobody can tell.
    Unknown,
}

/// What follows from a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is known from now on.
    pub next: Known,
    /// As what the time since the last visit counts; nothing where it was not watched.
    pub counted: Option<Kind>,
    /// Begin and end of the outage that is over with it.
    pub ended: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// What follows from `verdict` at `now` (whole seconds, after `known.counted_until`). `is_fresh`: work on the instance
/// ended after the last visit, so that nothing of before holds any more.
///
/// One failure is none: only the second in a row makes it down, and then since the first.
pub fn step(known: &Known, verdict: Verdict, is_fresh: bool, now: DateTime<Utc>) -> Step {
    let is_late = now - known.counted_until > LONGEST_GAP;
    let before = match known.state {
        State::Idle => State::Idle,
        _ if is_late => State::Unknown,
        _ if is_fresh => State::Idle,
        state => state,
    };
    let has_failed = known.is_failing && !is_late && !is_fresh;
    let so_far = match before {
        State::Idle => None,
        State::Unknown => Some(Kind::Unknown),
        State::Up => Some(Kind::Up),
        State::Down => Some(Kind::Down),
    };
    let (state, is_failing, counted) = match verdict {
        // What was watched until the house itself went away stays unknown, whatever was done since.
        Verdict::Idle => (State::Idle, false, so_far.filter(|_| is_late)),
        Verdict::Unknown => (State::Unknown, false, so_far.map(|_| Kind::Unknown)),
        Verdict::Up if has_failed => (State::Up, false, Some(Kind::Up)),
        Verdict::Up => (State::Up, false, so_far),
        Verdict::Down if before == State::Down || has_failed => (State::Down, false, Some(Kind::Down)),
        Verdict::Down => (before, true, so_far),
    };
    let was_down = known.down_since.filter(|_| before == State::Down);
    let down_since = (state == State::Down).then(|| was_down.unwrap_or(known.counted_until));
    let is_seen_up = verdict == Verdict::Up && before == State::Down;
    let ended = known.down_since.filter(|_| state != State::Down);
    Step {
        next: Known { state, is_failing, counted_until: now, down_since },
        counted,
        ended: ended.map(|began| (began, if is_seen_up { now } else { known.counted_until })),
    }
}

/// What is known of an instance that is visited for the first time.
pub fn first(verdict: Verdict, now: DateTime<Utc>) -> Known {
    let nothing = Known { state: State::Idle, is_failing: false, counted_until: now, down_since: None };
    step(&nothing, verdict, false, now).next
}

/// The days of Jakarta that lie in a span, with their seconds, in order.
pub fn by_day(from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(NaiveDate, i64)> {
    let mut parts = Vec::new();
    let mut at = from;
    while at < until {
        let day = business_day(at);
        let end = day_start(day + Days::new(1)).min(until);
        parts.push((day, (end - at).num_seconds()));
        at = end;
    }
    parts
}

/// Whether silence may be our own fault: more than half of what was asked at once, and not just a few.
pub fn is_blind(silent: usize, asked: usize) -> bool {
    silent >= MANY && silent * 2 > asked
}

/// What an answer means. Whoever says 500 or more is down, and our own line is well: silence alone may be our fault.
pub fn verdict(answer: Answer, is_blind: bool) -> Verdict {
    match answer {
        Answer::Status(status) if status < 500 => Verdict::Up,
        Answer::Status(_) => Verdict::Down,
        Answer::Silent if is_blind => Verdict::Unknown,
        Answer::Silent => Verdict::Down,
    }
}

/// Hundredths of a percent that were answered of what is known, rounded down so that whatever was missed shows; nothing
/// where nothing is known.
pub fn share_bp(up_seconds: i64, down_seconds: i64) -> Option<i64> {
    let whole = i128::from(up_seconds) + i128::from(down_seconds);
    (whole > 0).then(|| i64::try_from(i128::from(up_seconds) * 10_000 / whole).unwrap_or(0))
}
