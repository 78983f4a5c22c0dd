//! Double entry: accounts, postings, and wallets as customers see them.
pub mod account;
pub mod check;
pub mod entry;
pub mod opening_balance;
pub mod period;
pub mod transaction;
pub mod wallet_hold;
pub mod wallet_payout;
pub mod wallet_transaction;
