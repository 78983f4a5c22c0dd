//! What runs and the work on it.
pub mod backup;
pub mod cluster;
pub mod cluster_node;
pub mod custom_domain;
pub mod instance;
pub mod node_drain;
pub mod orphan;
pub mod placement;
pub mod step;
pub mod task;
pub mod trouble;
pub mod uptime_day;
pub mod uptime_outage;
pub mod uptime_watch;
pub mod usage_sample;
