//! The pieces put together.
mod import;
mod logs;
mod one_worker;
mod seed;
mod templates;
mod worker_health;
pub mod wrong_input;
