//! The control desk.
use actix_web::web;

/// Its routes.
pub fn routes(_config: &mut web::ServiceConfig) {}
