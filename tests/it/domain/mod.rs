//! Rules of the business that need a database.
mod billing;
mod catalog;
mod customers;
mod documents;
mod identity;
mod ledger;
mod messaging;
mod midtrans;
mod notices;
mod ordering;
mod payments;
mod payments_accounts;
mod payments_notifications;
mod payments_reversals;
mod provisioning;
mod settings;
mod subscriptions;
