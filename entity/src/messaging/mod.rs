//! Notices on their way to people.
pub mod message;
pub mod suppression;
