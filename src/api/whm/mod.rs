//! `/api/whm`: what staff may do.
pub mod customers;
pub mod money;
pub mod operations;
