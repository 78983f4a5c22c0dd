//! The name service of the demo. Its customers do as they are asked: under `example.test` every name that was put
//! before a service has the records its page asks for from the second look on. No other name exists, and nothing is
//! asked outside.
use crate::{
    domain::provisioning::{custom_domains, custom_domains::find::Asked},
    integrations::resolvers::{Resolver, Unanswered},
};
use async_trait::async_trait;
use sea_orm::DatabaseConnection;
use std::net::{IpAddr, Ipv4Addr};

/// Names below it belong to the demo's customers (RFC 6761 keeps the zone free for this).
const ZONE: &str = "example.test";

pub struct Obliging {
    pub db: DatabaseConnection,
}

impl Obliging {
    async fn asked(&self, host: &str) -> Result<Asked, Unanswered> {
        if !entity::value::host::is_within(host, ZONE) {
            return Err(Unanswered::NoName);
        }
        let asked = custom_domains::find::asked_for(&self.db, host).await.map_err(|_| Unanswered::Failed)?;
        asked.filter(|asked| asked.was_looked_at).ok_or(Unanswered::NoName)
    }
}

#[async_trait]
impl Resolver for Obliging {
    async fn texts(&self, name: &str) -> Result<Vec<String>, Unanswered> {
        let host = name.strip_prefix("_yumna.").ok_or(Unanswered::NoName)?;
        Ok(vec![self.asked(host).await?.proof])
    }

    async fn alias(&self, name: &str) -> Result<Option<String>, Unanswered> {
        Ok(Some(self.asked(name).await?.leads_to))
    }

    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Unanswered> {
        self.asked(name).await.map(|_| vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
    }
}
