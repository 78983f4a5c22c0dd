//! The name servers this machine is configured with, asked anew each time.
use super::{Resolver, Unanswered};
use async_trait::async_trait;
use hickory_resolver::{
    TokioResolver,
    net::NetError,
    proto::rr::{RData, RecordType},
};
use std::{net::IpAddr, time::Duration};

/// How long one name server has to answer, and how long all of them together.
const ONE_ANSWER: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(8);

pub(super) struct System;

/// Records of one kind; empty where the name has none.
async fn records(name: &str, kind: RecordType) -> Result<Vec<RData>, Unanswered> {
    // Made for each question: its background work belongs to the runtime that asks, and there are several.
    let mut builder = TokioResolver::builder_tokio().map_err(|_| Unanswered::Failed)?;
    let options = builder.options_mut();
    options.timeout = ONE_ANSWER;
    options.cache_size = 0;
    let resolver = builder.build().map_err(|_| Unanswered::Failed)?;
    // The final dot keeps search domains of this machine out.
    let asked = tokio::time::timeout(PATIENCE, resolver.lookup(format!("{name}."), kind)).await;
    match asked.map_err(|_| Unanswered::Timeout)? {
        Ok(found) => Ok(found.answers().iter().map(|record| record.data.clone()).collect()),
        Err(error) if error.is_nx_domain() => Err(Unanswered::NoName),
        Err(error) if error.is_no_records_found() => Ok(Vec::new()),
        Err(NetError::Timeout | NetError::Io(_) | NetError::NoConnections | NetError::Busy) => Err(Unanswered::Timeout),
        Err(_) => Err(Unanswered::Failed),
    }
}

#[async_trait]
impl Resolver for System {
    async fn texts(&self, name: &str) -> Result<Vec<String>, Unanswered> {
        let text = |data: RData| match data {
            RData::TXT(text) => {
                Some(text.txt_data.iter().map(|part| String::from_utf8_lossy(part)).collect::<String>())
            }
            _ => None,
        };
        Ok(records(name, RecordType::TXT).await?.into_iter().filter_map(text).collect())
    }

    async fn alias(&self, name: &str) -> Result<Option<String>, Unanswered> {
        let target = |data: RData| match data {
            RData::CNAME(target) => {
                let target = target.0.to_ascii().to_ascii_lowercase();
                Some(target.strip_suffix('.').map(str::to_owned).unwrap_or(target))
            }
            _ => None,
        };
        Ok(records(name, RecordType::CNAME).await?.into_iter().find_map(target))
    }

    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Unanswered> {
        let address = |data: RData| match data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        };
        let mut found: Vec<IpAddr> = records(name, RecordType::A).await?.into_iter().filter_map(address).collect();
        // Many have the older kind alone; where that answered, silence about the newer one is no reason to doubt.
        match records(name, RecordType::AAAA).await {
            Ok(newer) => found.extend(newer.into_iter().filter_map(address)),
            Err(unanswered) if found.is_empty() => return Err(unanswered),
            Err(_) => {}
        }
        Ok(found)
    }
}
