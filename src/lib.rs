//! Yumna runs a hosting, PaaS and ISP business end to end.
//!
//! The house has floors; code may only use floors below its own (a test guards it):
//! `kernel` (tools) < `integrations` (the outside world behind traits) < `domain` (the business, one folder per
//! bounded context) < `jobs` (the clockwork) < `web` and `api` (the doors) < `app` (puts the pieces together).
//! Beneath them lie two crates: `entity` (values and rows) and `migration` (the schema).
// 2: tools.
pub mod kernel;

// 3: the outside world behind traits.
pub mod integrations;

// 4: the business.
pub mod domain;

// 5: the clockwork.
pub mod jobs;

// 6: pages.
pub mod web;

// 6: the JSON API.
pub mod api;

// 7: the pieces put together.
pub mod app;
