//! Income tax that the buyer of an invoice withholds for the state (PPh 23): declared first, proven later (ADR 0074).
//! While the proof is awaited the part that was declared is asked for by nobody. What the proof does to money is the
//! business of payments.
mod asked;
mod find;
mod follow;

pub use asked::{Declared, asked_minor, covered, declared, is_covered, late, reckoned};
pub use find::{get, get_for, is_proven, list, list_of, live_of};
pub(in crate::domain) use follow::announce_covered;
pub use follow::note_reminded;
pub(super) use follow::{end_awaited, follow_credit};

/// Word of the gateway of payments that are proofs of withheld tax, which is none.
pub const GATEWAY: &str = "withheld";
