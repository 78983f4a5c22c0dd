//! Contracts: opened with the order, active once paid (before anything runs), suspended while any hold is open, ended
//! once.
//!
//! Owns `subscriptions`, `subscription_cycles`, `subscription_holds`, `dunning_steps`, `skipped_steps`, `automation_pauses`,
//! `late_fees`, `late_fee_exemptions` and `trials`. Publishes
//! `subscription.activated`, `subscription.waiting`, `subscription.suspended`, `subscription.unsuspended`,
//! `subscription.ended`, `subscription.cancelled`, `subscription.renewal_reminder`, `subscription.removal_near` and
//! `subscription.terms_begun`.
//! Invariants: a customer has at most one live contract of an upgrade-only product (unique `exclusive_key`); a cycle of
//! a contract is invoiced at most once (unique subscription and number); the day of month of renewals is kept for ever, but
//! where the settings begin a late payment anew;
//! a contract that was taken over from another system is paid up to its next due date, as it was there;
//! a contract keeps the options it was sold with and their prices, which are parts of its own;
//! a contract sold with a coupon has it off as many renewals as it was promised, whatever becomes of the coupon; a
//! contract whose invoice is paid while its plan is full stays `pending` in the waiting list; one that is suspended and
//! gave its slot back waits there as well once it is paid, held for `capacity`, and who waits there is not dunned.
pub mod activate;
pub mod advance;
pub mod automation;
pub mod cancel;
pub mod chargeback;
pub mod discount;
mod ending;
mod error;
pub mod events;
pub mod find;
mod forecast;
pub mod grace;
pub mod hold;
pub mod late_fee;
pub mod open;
pub mod options;
pub mod renew;
mod restart;
pub mod room;
pub mod schedule;
mod size;
pub mod skipped;
mod standing;
pub mod take_over;
pub mod terms;
pub mod timetable;
pub mod trial;

pub use activate::{activate_covered, activate_for_invoice, admit_waiting, lock_pending};
pub use cancel::{EndReason, end};
pub use ending::end_due;
pub use error::SubscriptionError;
pub use find::SubscriptionView;
pub use forecast::{Forecast, forecast, outlook};
pub use hold::lock;
pub use open::{NewSubscription, open};
pub use room::Admission;
pub use schedule::{NextEvent, current_period, next_event};
pub use size::{ask_anew, change_plan};
pub use standing::facts;
