//! Yumna runs a hosting, PaaS and ISP business end to end.
//!
//! The house has floors; code may only use floors below its own (a test guards it):
//! `kernel` (tools) < `integrations` (the outside world behind traits) < `domain` (the business, one folder per
//! bounded context) < `jobs` (the clockwork) < `web` and `api` (the doors) < `app` (puts the pieces together).
//! Beneath them lie two crates: `entity` (values and rows) and `migration` (the schema).
pub mod kernel;

pub mod integrations;

pub mod domain;

pub mod jobs;

pub mod web;

pub mod app;

pub mod api;
