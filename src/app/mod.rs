//! The top floor: puts the pieces together. Configuration becomes services, services become a server, a worker or a
//! command.
pub mod logs;
pub mod schema;
