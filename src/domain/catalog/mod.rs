//! What is sold: categories, products ("services" in addresses and pages), plans, prices, features, service templates,
//! coupons, and the stock of every plan.
//!
//! Owns `categories`, `products`, `plans`, `prices`, `plan_features`, `product_options`, `service_templates`,
//! `waitlist_entries`, `quota_reservations` and (see `coupon`) `coupons`. Publishes `plan.slot_freed` and `waitlist.offered`.
//! Invariants: `plans.quota_used` is the number of its reservations held or allocated and never exceeds `quota_total`
//! (one conditional UPDATE takes a slot); prices here are for future sales only, a contract keeps what it was sold for;
//! what its licence does not let us resell is not for sale until staff record the agreement.
pub mod coupon;
mod error;
pub mod events;
pub mod find;
mod known;
pub mod listing;
pub mod options;
pub mod queue;
pub mod quota;
pub mod template;
pub mod waitlist;
pub mod write;

pub use error::CatalogError;
pub use find::{Offer, PlanDetail, Service};
pub use known::{KnownPlans, known_plans};
