//! The business: one folder per bounded context, in order of rank. A context may only use contexts of a smaller rank;
//! news travels upwards as outbox events (`jobs::reactions` says who reacts).
//!
//! 0 settings — 1 identity · ledger — 2 customers · catalog — 3 messaging — 4 billing — 5 payments · subscriptions —
//! 6 provisioning — 7 ordering — 8 reports — 9 takeover
pub mod catalog;
pub mod ctx;

pub mod identity;
pub mod settings;
pub mod subscriptions;

pub mod ledger;

pub mod customers;

pub mod messaging;

pub mod billing;

pub mod documents;
pub mod ordering;
pub mod payments;

pub mod provisioning;

pub mod reports;

pub mod takeover;

pub use ctx::{Ctx, Kept, Services};
