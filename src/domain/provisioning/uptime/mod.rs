//! How long services answer: visits from outside every minute, sums by day, outages. The rules are ADR 0134.
//!
//! What is watched are instances that run, have an address and whose cluster is in use. What the house or its owner
//! does with one (stopped, suspended, work under way, its cluster's maintenance) counts neither as up nor as down; what
//! nobody could see counts as unknown, and so does the time in which this program was away.
//!
//! Invariants: each second of an instance is counted once at most, because whoever counts moves `counted_until` from
//! where he found it in the same transaction; the seconds of a day are never more than it has.
mod check;
mod find;
mod judge;

pub use check::{CheckUptime, run_check_uptime};
pub use find::{DayView, OutageView, Uptime, of};
pub use judge::{Kind, Known, LONGEST_GAP, Step, Verdict, by_day, first, is_blind, share_bp, step, verdict};

use chrono::Duration;

/// How many days pages and API show.
pub const SHOWN_DAYS: u64 = 30;
/// Days and outages are kept for so long.
pub const KEPT: Duration = Duration::days(400);
/// What is not watched is forgotten after this time; its days stay.
pub const IDLE_KEPT: Duration = Duration::days(14);
