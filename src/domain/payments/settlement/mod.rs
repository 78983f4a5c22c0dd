//! What gateways paid out to our bank account, read from the reports they offer for download.
//!
//! A report is a table whose layout no vendor promises: staff say which column says what. It is looked at first, line by
//! line, and booked as a whole, in one posting: bank and fees against clearing. What does not fit waits for a person and
//! is booked when he has decided. A line counts once per account, in whichever file it stands, and a fee without a name
//! once per report, however often that is sent in; a payment is paid out once, whatever a line calls it.
mod book;
mod columns;
mod find;
mod import;
mod keys;
mod known;
mod lines;
mod matching;
mod words;

pub use book::book;
pub use columns::{Columns, Kind, Role, Told};
pub use find::{
    LineFilter, LineView, Outstanding, SettlementView, USUAL_DAYS, get, get_line, line_list, list, outstanding, unpaid,
    waiting_count, waiting_of,
};
pub(super) use import::one_at_a_time;
pub use import::{LARGEST_FILE_BYTES, Preview, Totals, account_choices, discard, preview, remap, send_in};
pub use lines::{again, dismiss, match_line, to_unallocated};
pub use matching::{Match, Verdict};
pub use words::{amount, day};
