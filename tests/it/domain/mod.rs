//! Rules of the business that need a database.
mod billing;
mod catalog;
mod ledger;
mod payments;
