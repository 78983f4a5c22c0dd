//! Rules of the business that need a database.
mod billing;
mod catalog;
mod customers;
mod identity;
mod documents;
mod ledger;
mod messaging;
mod ordering;
mod payments;
mod provisioning;
mod settings;
mod subscriptions;
