//! Money in and back: accounts at gateways, attempts, notifications, refunds, bank transfers and their proofs, money
//! that fits nothing.
pub mod gateway_event;
pub mod payment;
pub mod payment_account;
pub mod proof;
pub mod refund;
pub mod transfer;
pub mod unallocated_money;
