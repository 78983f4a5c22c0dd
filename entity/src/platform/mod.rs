//! The clockwork's own tables: news, jobs, schedules, sagas, audit, settings.
pub mod alert;
pub mod approval;
pub mod audit_log;
pub mod file;
pub mod idempotency_key;
pub mod job;
pub mod outbox_delivery;
pub mod outbox_event;
pub mod saga;
pub mod schedule;
pub mod setting;
