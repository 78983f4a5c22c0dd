//! What pages and the API read off a request in the same way.
use super::address::{self, Network};
use actix_web::{HttpMessage, HttpRequest};
use std::net::IpAddr;

/// The visitor's network address, to count by. Each proxy may add a line of its own: all lines count, in their order.
pub fn visitor(request: &HttpRequest, trusted_proxies: &[Network]) -> Option<IpAddr> {
    let lines = request.headers().get_all("x-forwarded-for").filter_map(|line| line.to_str().ok());
    let forwarded = lines.collect::<Vec<_>>().join(",");
    address::of_visitor(request.peer_addr().map(|peer| peer.ip()), &forwarded, trusted_proxies)
}

#[derive(Clone)]
struct Correlation(String);

/// The id of the request, the same however often it is asked for: what follows from the request is found by it, in
/// logs, audit trail, outbox and jobs.
pub fn correlation(request: &HttpRequest) -> String {
    if let Some(Correlation(id)) = request.extensions().get::<Correlation>() {
        return id.clone();
    }
    let id = format!("req_{}", entity::value::next_ulid());
    request.extensions_mut().insert(Correlation(id.clone()));
    id
}
