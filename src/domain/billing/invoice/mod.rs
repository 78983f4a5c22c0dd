//! Invoices: drafts, issue, settle, void, find, and the word people see.
mod display;
pub mod draft;
mod find;
mod issue;
mod settle;
mod void;

pub use display::{Bill, Standing, display_status, open_minor};
pub use find::{
    Filter, Full, bills, by_public_token, find_full, get, get_for, get_full, items_of, items_of_all, list, open_expr,
    open_of_customer, owed_by, taxes_of,
};
pub use issue::{NewInvoice, issue, issue_all};
pub use settle::{Applied, apply_money, lock, return_money, reverse_money};
pub(super) use settle::{lock_to_give_up, mark_paid, publish_paid, update};
pub use void::{void, void_now};
