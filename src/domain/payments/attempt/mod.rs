//! Attempts to collect money: start, settle, ask, cancel, expire, find.
mod cancel;
mod find;
mod hold;
mod inquire;
mod reverse;
mod settle;
mod start;
pub mod together;
mod wallet;

pub use cancel::{cancel, close_attempts, request_cancel};
pub use find::{Filter, find_by_reference, get, get_for, list, list_for, of_invoice, of_invoices};
pub(super) use hold::{hold_unclear, unallocated};
pub use inquire::{Closing, ask_now, check_now, expire, inquire};
pub use settle::apply_report;
pub(super) use settle::{apply_within, lang_of, lock, store};
pub use start::{Choice, start, start_for, start_top_up};
pub use wallet::{debit_renewals, pay_from_wallet};
