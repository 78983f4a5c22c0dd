//! What holds automation back and what it did: pauses by people, the circuit breaker, the count of a day.
mod breaker;
mod day;
mod pause;

pub(super) use breaker::held_back;
pub use breaker::{Trip, release, tripped};
pub use day::{Difference, STEPS, against, done_between};
pub use pause::{NewPause, find_pause, is_paused, lift, mails_rest_until, open_pauses, pause};
pub(super) use pause::{covers, covers_invoice, pauses_of};
