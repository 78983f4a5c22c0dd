//! Contracts, their cycles and what holds them.
pub mod automation_pause;
pub mod cycle;
pub mod dunning_step;
pub mod hold;
pub mod plan_change;
pub mod skipped_step;
pub mod subscription;
pub mod trial;
