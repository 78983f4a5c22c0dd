//! Visits to addresses from outside, as a person's browser would make them: does somebody answer, and with what.
//!
//! Where a visit goes is what staff say of a cluster (its zone, scheme and port) and what a template says (a path): a
//! customer has no word in it. Nothing is followed, nothing of the answer but its number is read.
use async_trait::async_trait;
use std::sync::Arc;

mod web;

/// What came of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Somebody answered with this HTTP status.
    Status(u16),
    /// Nobody did: the name is unknown, the line broke, the certificate is wrong, or it took too long.
    Silent,
}

/// Visits addresses.
#[async_trait]
pub trait Visitor: Send + Sync {
    /// Asks for `url` once (GET). Comes back within some seconds whatever happens.
    async fn visit(&self, url: &str) -> Answer;
}

/// Visits over the network of this machine.
pub fn web() -> Arc<dyn Visitor> {
    Arc::new(web::Web::default())
}
