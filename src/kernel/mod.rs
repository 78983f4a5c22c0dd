//! Tools every floor above may use. No rules of business here.
pub mod actor;
pub mod audit;
pub mod clock;
pub mod config;
pub mod db;
pub mod fault;
pub mod format;
pub mod http;
pub mod job;
pub mod live;
pub mod locale;
pub mod outbox;
pub mod page;
pub mod permission;
pub mod secret_box;
pub mod task;
pub mod token;
