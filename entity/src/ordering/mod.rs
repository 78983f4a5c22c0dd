//! Carts, orders and the slots they hold.
pub mod cart;
pub mod cart_item;
pub mod order;
pub mod order_item;
pub mod quota_reservation;
