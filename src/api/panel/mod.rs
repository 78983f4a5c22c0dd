//! `/api/panel`: what a member of a customer's account may do.
pub mod invoices;
pub mod payments;
pub mod profile;
pub mod wallet;
