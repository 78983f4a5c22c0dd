//! The business: one folder per bounded context, in order of rank. A context may only use contexts of a smaller rank;
//! news travels upwards as outbox events (`jobs::reactions` says who reacts).
#![deny(clippy::float_arithmetic)]

// What every use case is given.
pub mod ctx;

// 0: what the business decides: seller, tax, numbers, days of grace.
pub mod settings;

// 1: who signs in, and what staff may do.
pub mod identity;

// 1: what happened to money, for ever.
pub mod ledger;

// 2: who pays.
pub mod customers;

// 2: what is sold, and how much of it there is.
pub mod catalog;

// 3: notices on their way to people.
pub mod messaging;

// 4: documents: invoices, tax, credit notes, debts that are given up.
pub mod billing;

// 5: money in and back, through gateways and by people.
pub mod payments;

// 5: contracts: renewed, suspended, ended.
pub mod subscriptions;

// 5: documents as people keep them: PDF and QR codes.
pub mod documents;

// 6: what runs, and the clusters it runs on.
pub mod provisioning;

// 7: from a wish to a contract: carts, checkout, quotes, changes of plan.
pub mod ordering;

// 8: what people read across contexts; nobody imports it.
pub mod reports;

// 8: whole accounts: closing one, making one of two.
pub mod desk;

// 9: customers and contracts of other systems made ours.
pub mod takeover;

pub use ctx::{Ctx, Kept, Services};
