//! Money in and back. Owns tables `payment_accounts`, `payments`, `payment_transfers`, `payment_proofs`,
//! `payment_bundles`, `payment_bundle_items`, `gateway_events`, `unallocated_money`, `refunds`, `settlements`,
//! `settlement_lines`, `gateway_differences`, `disputes`; publishes `payment.started`, `payment.settled`,
//! `payment.closed`, `payment.reversed`, `invoices.paid_together`, `transfer.refused`, `refund.succeeded`,
//! `dispute.decided`.
//!
//! Invariants: an attempt is stored before its gateway is asked, under a reference that is never used again; its status
//! only rises in rank (but for a refused proof of a bank transfer, which waits again); a notification is a hint, and money is believed only when the gateway says so when asked; one
//! function (`attempt::apply_report`) changes money, under a lock on the attempt; money that came is never dropped: it
//! goes to the invoice, the wallet, or *unallocated*; an outcome that is not known is neither success nor failure.
pub mod accounts;
pub mod attempt;
pub mod dispute;
pub mod dispute_fee;
mod error;
mod events;
pub mod gateway_event;
mod inbox;
pub mod refund;
pub mod refund_transfer;
pub mod settlement;
mod timing;
pub mod transfer;
mod trouble;
pub mod unallocated;
pub mod withheld;
mod work;

pub use error::PaymentError;
pub use events::{
    DisputeDecided, InvoicesPaidTogether, PaymentClosed, PaymentReversed, PaymentSettled, PaymentStarted,
    RefundSucceeded, TransferRefused,
};
pub use inbox::Inbox;
pub use work::{CancelAttempt, CloseAttempts, ComparePayments, Expire, Inquire, ProcessEvent, RunRefund};
