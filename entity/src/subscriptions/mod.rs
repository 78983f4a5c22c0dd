//! Contracts, their cycles and what holds them.
pub mod cycle;
pub mod hold;
pub mod subscription;
