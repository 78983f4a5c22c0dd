//! Several invoices paid in one go: from the wallet at once, or by one charge that pays exactly them once its money is
//! there (ADR 0041). Owns tables `payment_bundles`, `payment_bundle_items`; publishes `invoices.paid_together`.
//!
//! A charge for several invoices is a top-up that is bound to them: one posting brings its money into the wallet, and
//! in the same transaction each invoice that is still open is paid from there by a payment of its own. What no longer
//! fits stays in the wallet. So receipts, tax points, refunds and credit notes are those of single payments, and a
//! chargeback of the charge takes the payments of the invoices back before it takes the money.
mod find;
mod pay;
mod reverse;
mod settle;

pub(super) use find::open_charges_of;
pub use find::{Paid, get_for, is_part, of_payment, paid};
pub use pay::{MOST, open_of, pay};
pub(super) use reverse::reverse;
pub(super) use settle::{lock_of, settle};
