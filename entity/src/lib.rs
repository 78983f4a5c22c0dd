//! The two lowest floors of the house: `value` (words: money, ids, periods, states) and, above it, one module per
//! context with the rows of its tables. Only shapes and row scopes live here, no rules of business.
pub mod value;

pub mod billing;
pub mod catalog;
pub mod customers;
pub mod identity;
pub mod ledger;
pub mod messaging;
pub mod ordering;
pub mod payments;
pub mod platform;
pub mod provisioning;
pub mod reports;
pub mod subscriptions;
pub mod takeover;
