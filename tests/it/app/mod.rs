//! The pieces put together.
mod seed;
mod wrong_input;
