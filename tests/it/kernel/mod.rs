//! The kernel's tools against a real database.
mod schema;
mod transactions;
