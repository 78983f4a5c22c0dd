//! What is sold for longer than a month at a time becomes revenue day by day of its service (ADR 0073). Owns table
//! `revenue_schedules`: one row for each such line of an invoice.
//!
//! Invariants: the account `deferred_revenue` is what the schedules have not earned, and of no day below zero: nothing is
//! earned before the posting that deferred it; a schedule is what is left of its line and never earns more than that;
//! what a document takes back is taken from the unearned part first, as of its day, whenever the job ran last. Rows are
//! locked before accounts, those of an invoice all together.
mod contract;
mod earn;
mod issue;
mod revenue;
mod share;
mod take;

pub use contract::{begin, end, restart};
pub use earn::{EarnRevenue, earn_due};
pub(super) use issue::{account, schedules};
pub(super) use take::{give_up, put_back, take_back};
