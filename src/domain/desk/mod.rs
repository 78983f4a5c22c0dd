//! The desk at which staff deal with whole accounts: closing one with payout of its wallet (ADR 0091), making one of two
//! that are the same customer (ADR 0093). Owns customer_merges and moved_documents; otherwise it puts together what the
//! contexts below offer, but for a merge, which gives their rows another customer. Publishes `customer.closed`,
//! `customer.merged`.
//!
//! Invariants: an account is closed only when nothing runs, nothing is owed and no money is on its way; the money of a
//! closed account goes to its owner, or stays his; who was merged owes and owns nothing, and stays merged.
mod close;
mod error;
pub mod events;
mod merge;
mod obstacles;

use close::checked_reason;
pub use close::{Leave, Left, Standing, close, left, look, pay_out, reopen};
pub use error::DeskError;
pub use merge::{Preview, merge, merged, merged_into, merges_of, preview};
pub use obstacles::{Obstacle, ObstacleKind};
