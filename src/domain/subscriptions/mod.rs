//! Contracts: opened with the order, active once paid (before anything runs), suspended while any hold is open, ended
//! once.
//!
//! Owns `subscriptions`, `subscription_cycles` and `subscription_holds`. Publishes `subscription.activated`,
//! `subscription.waiting`, `subscription.suspended`, `subscription.unsuspended` and `subscription.ended`.
//! Invariants: a customer has at most one live contract of an upgrade-only product (unique `exclusive_key`); a cycle of
//! a contract is invoiced at most once (unique subscription and number); the day of month of renewals is kept for ever;
//! a contract whose invoice is paid while its plan is full stays `pending` in the waiting list.
pub mod activate;
pub mod cancel;
pub mod chargeback;
mod error;
pub mod events;
pub mod find;
pub mod hold;
pub mod open;
pub mod schedule;

pub use activate::{activate_for_invoice, admit_waiting, lock_pending};
pub use cancel::{EndReason, end};
pub use error::SubscriptionError;
pub use find::SubscriptionView;
pub use open::{NewSubscription, open};
pub use schedule::{NextEvent, current_period, next_event};
