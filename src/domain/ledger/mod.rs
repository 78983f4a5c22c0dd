//! Double entry: what happened to money, for ever. Owns tables `ledger_accounts`, `ledger_transactions`,
//! `ledger_entries`, `wallet_transactions`, `wallet_holds`, `number_series`, `ledger_checks`, `ledger_periods`,
//! `opening_balances`, `wallet_payouts` and the approvals of what is done to wallets by hand, sets the credit limits of `customers`; publishes `wallet.paid_out`,
//! `wallet.refund_transfer_ended` and `wallet.adjusted`.
//!
//! Invariants: every posting sums to zero in its one currency and is written once; an account's balance is the sum of
//! its entries; a wallet never falls below minus its credit limit; every movement of a wallet has its row in the
//! customer's history; numbers of documents have no gaps; nothing is booked in a closed month. Debit is positive, credit is negative: what customers owe us
//! is above zero, what we owe (wallets, tax) is below.
mod chain;
mod chart;
mod check;
mod credit_limit;
mod error;
pub mod events;
mod hand_over;
mod hold;
mod opening;
mod owing;
mod own;
mod payout;
mod period;
mod post;
mod series;
mod verify;
mod wallet;

pub use chain::{credit_note_hash, invoice_hash};
pub use chart::Account;
pub use check::{check, invariants, last_check};
pub use credit_limit::{Limited, set_credit_limit};
pub use error::LedgerError;
pub(in crate::domain) use error::rupiah;
pub use events::{RefundTransferEnded, WalletAdjusted, WalletPaidOut};
pub use hand_over::{HandOver, hand_over_debt, hand_over_wallet, lock_both, refuse_merged};
pub use hold::{NewHold, close_hold, hold};
pub use opening::{NewOpening, enter as enter_opening, openings, reverse as reverse_opening, take_over_wallet};
pub use own::is_own;
pub use payout::{
    BankAccount, Destination, PayoutFilter, RefundPart, call_off_payout, cancel_payout, confirm_payout, get_payout,
    masked, open_payout, pay_out, pay_out_refund, payout_of_refund, payouts, payouts_of_refunds, return_payout,
};
pub use period::{
    closable as closable_period, close as close_period, closed_through, counts_at, hold_months, month_of,
    next_of as next_month, periods, reopen as reopen_period,
};
pub use post::{Posted, Posting, WalletNote, lock, post, post_all, post_at};
pub use series::{Series, Taken, change_numbering, first_numbers, next_number, save_numbering, seal, take, take_all};
pub use verify::{Finding, Totals, Verification, verify};
pub use wallet::{
    Adjusted, Decision, Movement, Wallet, adjust, balance_minor, balances_minor, credit, debit, decide, get_adjusted,
    get_approval, history, pending_approvals, spendable_minor, wallet,
};
