//! Whose network address a request comes from.
use std::net::IpAddr;

/// The visitor's address: the peer's, or, where the peer is a proxy of ours, the last address in `forwarded`
/// (`X-Forwarded-For`) that is not a proxy of ours. What a visitor writes into the header himself is never believed.
pub fn of_visitor(peer: Option<IpAddr>, forwarded: Option<&str>, trusted_proxies: &[IpAddr]) -> Option<IpAddr> {
    let peer = peer?;
    if !trusted_proxies.contains(&peer) {
        return Some(peer);
    }
    let mut hops = forwarded.unwrap_or_default().split(',').filter_map(|hop| hop.trim().parse::<IpAddr>().ok());
    hops.rfind(|hop| !trusted_proxies.contains(hop)).or(Some(peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxies = [ip("10.0.0.1")];
        assert_eq!(of_visitor(Some(ip("9.9.9.9")), Some("1.2.3.4"), &proxies), Some(ip("9.9.9.9")));
        assert_eq!(of_visitor(Some(ip("10.0.0.1")), Some("6.6.6.6, 1.2.3.4"), &proxies), Some(ip("1.2.3.4")));
        assert_eq!(of_visitor(Some(ip("10.0.0.1")), Some("nonsense"), &proxies), Some(ip("10.0.0.1")));
        assert_eq!(of_visitor(None, Some("1.2.3.4"), &proxies), None);
    }
}
