//! Money in and back: accounts at gateways, attempts, notifications, refunds, bank transfers and their proofs.
pub mod bundle;
pub mod bundle_item;
pub mod gateway_event;
pub mod payment;
pub mod payment_account;
pub mod proof;
pub mod refund;
pub mod transfer;
