//! Money in and back: accounts at gateways, attempts, notifications, refunds.
pub mod gateway_event;
pub mod payment;
pub mod payment_account;
pub mod refund;
