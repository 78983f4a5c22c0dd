//! From a wish to a contract: carts, prices as people see them, checkout, and what becomes of an order.
//!
//! Owns `carts`, `cart_items`, `orders`, `order_items`, `coupon_redemptions`, (see `quote`) `quotes`, `quote_items` and (see
//! `change`) `plan_changes`. Publishes `order.placed`, `order.cancelled` and the news of `quote` and `change`.
//! Invariants: order, reservation, contracts and invoice are made in one transaction or not at all; the price shown is
//! the price charged, because one function (`billing::preview`) computes both; nothing is delivered for an order that
//! is not paid, and what cannot be delivered is paid back to the wallet with a credit note, once; a coupon is used by an order from
//! checkout on, for good once it is paid, and given back once where it came to nothing; of contracts that are paid and
//! wait for room who paid first is let in first, and who has not paid takes nothing from them.
pub mod cart;
pub mod change;
pub mod checkout;
mod config;
pub mod coupon;
mod error;
pub mod events;
pub mod find;
pub mod follow;
pub mod options;
pub mod pricing;
pub mod quote;
pub mod waiting;

pub use checkout::{Checkout, CheckoutItem, Placed, place};
pub use error::OrderingError;
pub use follow::{
    cancel_overdue, cancel_unpaid, on_instance_running, on_invoice_paid, on_invoice_voided, on_payment_started,
    provision_failed,
};
pub use waiting::{admit_waiting, credit_undelivered, refund_overdue_waiting, refund_waiting, refund_waiting_for};
