//! The name service of the internet: what a name has in its zone, and what keeps us from knowing it.
//!
//! A name that does not exist, one that has no record of the kind, a name server that does not answer and one that
//! fails are four different things: the first two are answers, the others say nothing about the name.
use async_trait::async_trait;
use std::{net::IpAddr, sync::Arc};

mod system;

/// Why there is no answer about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// There is no such name (NXDOMAIN). This is an answer.
    #[error("there is no such name")]
    NoName,
    /// Nobody answered in time: nothing is known about the name.
    #[error("no answer in time")]
    Timeout,
    /// The name server failed or refused (SERVFAIL, REFUSED, …): nothing is known about the name.
    #[error("the name server failed")]
    Failed,
}

/// Looks names up. Names are small letters without a final dot; a name that is there without records of the kind has an
/// empty answer. Nothing is remembered from one question to the next: people ask again right after they changed a
/// record.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// Texts (TXT) of `name`, the parts of each joined.
    async fn texts(&self, name: &str) -> Result<Vec<String>, Unanswered>;
    /// The name that `name` stands for (CNAME), if it stands for another.
    async fn alias(&self, name: &str) -> Result<Option<String>, Unanswered>;
    /// Addresses (A, AAAA) of `name`, also of the name it stands for.
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Unanswered>;
}

/// The resolver this machine is configured with (`/etc/resolv.conf`).
pub fn system() -> Arc<dyn Resolver> {
    Arc::new(system::System)
}
