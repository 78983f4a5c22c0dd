//! `/api/whm`: what staff may do.
pub mod approvals;
pub mod audit;
pub mod automation;
pub mod books;
pub mod closing;
pub mod customers;
pub mod disputes;
pub mod merging;
pub mod money;
pub mod operations;
pub mod quotes;
pub mod reports;
pub mod rules;
pub mod settlements;
pub mod transfers;
pub mod unallocated;
pub mod withholdings;
