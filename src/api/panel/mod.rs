//! `/api/panel`: what a member of a customer's account may do.
pub mod activity;
pub mod acts;
pub mod custom_domains;
pub mod environment;
pub mod instances;
pub mod invoices;
pub mod late_fees;
pub mod orders;
pub mod payments;
pub mod profile;
pub mod quotes;
pub mod statement;
pub mod subscriptions;
pub mod uptime;
pub mod waitlist;
pub mod wallet;
pub mod withheld;
