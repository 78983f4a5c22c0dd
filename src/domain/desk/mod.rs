//! The desk at which staff deal with whole accounts: closing one with payout of its wallet (ADR 0091).
//! Owns no tables: it puts together what the contexts below offer. Publishes `customer.closed`.
//!
//! Invariants: an account is closed only when nothing runs, nothing is owed and no money is on its way; the money of a
//! closed account goes to its owner, or stays his.
mod close;
mod error;
pub mod events;
mod obstacles;

pub use close::{Leave, Left, Standing, close, left, look, pay_out, reopen};
pub use error::DeskError;
pub use obstacles::{Obstacle, ObstacleKind};
