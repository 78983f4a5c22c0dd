//! Coupons: what a code takes off, of what, for whom, how often.
//!
//! Owns `coupons`. What an order makes of one (`coupon_redemptions`) belongs to ordering.
//! Invariants: `used` is the number of redemptions reserved or committed and never exceeds `max_uses` (one conditional
//! UPDATE takes a use); what has been used keeps its terms, only its limits and dates move; nothing is ever taken off
//! below zero (`entity::value::Discount`).
pub mod find;
mod rules;
mod uses;
mod write;

pub use rules::{
    Item, ItemDiscount, Offered, Refusal, discount_of, end_of_day, judge, last_day, normal_code, state_of,
};
pub use uses::{give_back, take};
pub use write::{CouponInput, Limits, MAX_CODE, Terms, add, change, end, revise, terms_of};
