//! The kernel's tools against a real database.
mod append_only;
mod schema;
mod transactions;
