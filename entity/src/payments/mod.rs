//! Money in and back: accounts at gateways, attempts, notifications, refunds, bank transfers and their proofs, charges
//! for several invoices, money that fits nothing, reports of payouts.
pub mod bundle;
pub mod bundle_item;
pub mod dispute;
pub mod gateway_difference;
pub mod gateway_event;
pub mod payment;
pub mod payment_account;
pub mod proof;
pub mod refund;
pub mod settlement;
pub mod settlement_line;
pub mod transfer;
pub mod unallocated_money;
