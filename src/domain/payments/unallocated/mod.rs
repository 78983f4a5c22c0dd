//! Money that came and fits nothing we asked for: booked at once as *unallocated*, and worked off by staff.
//!
//! Each sum is one row and one posting, found by the key of that posting. Staff say once what becomes of it: it is a
//! customer's after all (his wallet's, or an invoice's by the rules of every other payment), or it went back to who
//! paid. From then on the row is closed; the payment it became lives like any other.
mod decide;
mod find;
mod take;

pub use decide::{Owner, Returned, allocate, give_back};
pub(super) use find::account_names;
pub use find::{Filter, KnownOpen, UnallocatedView, by_customer, by_invoice, candidates, get, list, open_count};
pub(super) use take::{NewMoney, is_paid_out, take};

/// No payment of ours has the reference.
pub const UNKNOWN_REFERENCE: &str = "unknown_reference";
/// It came in another currency than was asked for.
pub const WRONG_CURRENCY: &str = "wrong_currency";
/// A report of payouts tells of it, and of nothing of ours.
pub const UNMATCHED_LINE: &str = "unmatched_line";
/// A report of payouts tells of it; its payment was taken back before it was booked.
pub const TAKEN_BACK: &str = "taken_back";
