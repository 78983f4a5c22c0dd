//! Attempts to collect money: start, settle, ask, cancel, expire, find.
mod arrive;
mod cancel;
mod compare;
mod find;
mod hold;
mod inquire;
mod reverse;
mod review;
mod settle;
mod start;
pub mod together;
mod wallet;

pub(super) use arrive::{Arrival, arrive};
pub(super) use cancel::cancel_others;
pub use cancel::{cancel, close_attempts, request_cancel};
pub use compare::{Compared, close_difference, compare, get_difference, list_differences};
pub use find::{Filter, find_by_reference, get, get_for, list, list_for, of_invoice, of_invoices, payable_minor};
pub(super) use hold::{book_unallocated, hold_unclear};
pub use inquire::{Closing, ask_now, check_now, expire, inquire};
pub use review::{decide, is_decidable};
pub use settle::apply_report;
pub(super) use settle::{apply_within, lang_of, lock, store};
pub(super) use start::payer;
pub use start::{Choice, Entered, needs, start, start_for, start_top_up};
pub use wallet::{debit_renewals, pay_from_wallet};
