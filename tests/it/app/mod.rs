//! The pieces put together.
mod import;
mod logs;
mod one_worker;
mod seed;
mod wrong_input;
