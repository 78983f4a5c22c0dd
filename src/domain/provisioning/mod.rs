//! What runs: instances, the clusters they run on, and the work on them.
//!
//! Owns `clusters`, `instances`, `provision_tasks`, `provision_steps`, `usage_samples`, `instance_troubles`, `orphans`,
//! `backups`, `cluster_nodes`, `node_drains`, `placements`, `custom_domains`, `uptime_watches`, `uptime_days`,
//! `uptime_outages` (and the `sagas` that walk them). Publishes
//! `instance.running`, `instance.failed`, `instance.stopped`, `instance.suspended`, `instance.resized`,
//! `instance.resize_failed`, `instance.settings_changed`, `instance.reconfigured`, `instance.reconfigure_failed`,
//! `instance.terminated`, `custom_domain.active`, `custom_domain.failing` and `custom_domain.given_up`.
//! Invariants: an instance has one unfinished task at a time; its transitional status is set in the transaction that
//! asks for the work, its final one in the transaction that ends it; its secrets are made once. What should be follows
//! the contract: `follow` compares both and asks for the missing work, so that news that comes twice, late or out of
//! order does no harm. A contract whose machine is not ours (`elsewhere`) is left
//! to staff, who are told. Only refusals and failed rollouts spend one of three attempts; silence of a cluster does not. What a driver
//! can back up is not removed before a backup of it was read back.
mod access;
pub mod backups;
pub mod capacity;
pub mod cluster_settings;
pub mod clusters;
pub mod custom_domains;
pub mod drains;
mod elsewhere;
pub mod environment;
mod error;
pub mod events;
pub mod find;
pub mod follow;
pub mod instance;
pub mod logs;
pub mod nodes;
pub mod observe;
pub mod orphans;
pub mod place;
pub mod resize;
mod run;
mod steps;
pub mod tasks;
pub mod troubles;
pub mod uptime;
pub mod usage;
pub mod watch;

pub use error::ProvisioningError;
pub use find::{StepView, TaskView};
pub use run::{RunTask, run_task};
