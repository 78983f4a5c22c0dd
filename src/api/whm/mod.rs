//! `/api/whm`: what staff may do.
pub mod approvals;
pub mod audit;
pub mod customers;
pub mod money;
pub mod operations;
pub mod transfers;
