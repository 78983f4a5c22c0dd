//! The pieces put together.
mod logs;
mod one_worker;
mod seed;
mod wrong_input;
