//! Changes of plan. A larger one at once: quoted to the second, paid before anything changes, made on what runs, and only
//! then invoiced. A smaller one, or another cycle: with the next period, which is asked for at the new price.
//!
//! Owns `plan_changes`. Publishes `plan_change.done`, `plan_change.failed`, `plan_change.scheduled`, and
//! of what staff do for a customer `plan_change.to_pay` and `plan_change.withdrawn`.
//! Invariants: a contract has at most one accepted change that is not over (unique `open_key`); what is charged is what
//! was quoted; its money is set aside before anything changes, and plan, price, slot, invoice and money change in one
//! transaction or not at all; a change that fails issues no invoice and uses no number (DECISIONS 6).
use super::OrderingError;

mod accept;
mod capture;
pub mod events;
pub mod find;
mod follow;
pub mod later;
mod lines;
mod quote;

pub use accept::{Accepted, accept, cancel};
pub use follow::{
    forget_quotes, on_contract_ended, on_payment_closed, on_payment_settled, on_resize_failed, on_resized,
};
pub use quote::{Possible, Quote, QuoteLine, choices, coupon_after, get as get_quote, plan_of, quote};
