//! Product time. It rules due dates, schedules, reservations and the expiry of tokens and payments; leases, timeouts
//! and rate limits use monotonic time (`std::time::Instant`) instead.
use chrono::{DateTime, Duration, SubsecRound, Utc};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

/// Where product time comes from.
pub trait Clock: Send + Sync {
    /// The present instant, cut to microseconds (what PostgreSQL keeps).
    fn now(&self) -> DateTime<Utc>;
}

/// The clock everybody shares.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's own time.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        wall()
    }
}

/// The machine's time plus an offset that can grow: the demo's clock. It goes on ticking.
#[derive(Debug, Default)]
pub struct OffsetClock {
    offset_seconds: AtomicI64,
}

impl OffsetClock {
    /// A clock that is `seconds` ahead of the machine's.
    pub fn ahead_by(seconds: i64) -> Self {
        Self { offset_seconds: AtomicI64::new(seconds) }
    }

    /// Moves product time forward by `seconds` and returns the whole offset.
    pub fn advance(&self, seconds: i64) -> i64 {
        self.offset_seconds.fetch_add(seconds, Ordering::SeqCst) + seconds
    }
}

impl Clock for OffsetClock {
    fn now(&self) -> DateTime<Utc> {
        wall() + Duration::seconds(self.offset_seconds.load(Ordering::SeqCst))
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    /// A clock that shows `at`.
    pub fn at(at: DateTime<Utc>) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves by `by`, also backwards.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Machine time: rules leases and step timeouts, which must not move when product time is advanced.
pub fn machine_now() -> DateTime<Utc> {
    wall()
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's time")]
fn wall() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
