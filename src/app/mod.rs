//! The top floor: puts the pieces together. Configuration becomes services, services become a server, a worker or a
//! command.
mod admin;
mod billing;
pub mod cli;
pub mod demo;
mod doctor;
mod import;
pub mod logs;
pub mod schema;
pub mod seed;
pub mod server;
pub mod services;
mod templates;
mod verify;
