//! Carts, price quotes, orders, the slots they hold and the coupons they use.
pub mod cart;
pub mod cart_item;
pub mod coupon_redemption;
pub mod order;
pub mod order_item;
pub mod quota_reservation;
pub mod quote;
pub mod quote_item;
