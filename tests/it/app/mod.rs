//! The pieces put together.
mod seed;
