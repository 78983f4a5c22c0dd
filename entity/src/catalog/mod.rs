//! What is sold: categories, products, plans, prices, coupons, templates.
pub mod category;
pub mod coupon;
pub mod plan;
pub mod plan_feature;
pub mod price;
pub mod product;
pub mod product_option;
pub mod service_template;
pub mod waitlist_entry;
