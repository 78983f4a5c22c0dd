//! Whose network address a request comes from.
use serde::Deserialize;
use std::{net::IpAddr, str::FromStr};

/// One address, or a range of them written as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    /// How many leading bits are the network's.
    bits: u32,
}

/// A text that names no network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network: it should read like 10.0.0.1 or 10.0.0.0/8")]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.to_owned());
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let Some(bits) = bits else {
            let address = address.to_canonical();
            return Ok(Self { address, bits: width_of(address) });
        };
        let bits = bits.trim().parse().ok().filter(|bits| *bits <= width_of(address)).ok_or_else(wrong)?;
        Ok(Self { address, bits })
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, NotANetwork> {
        text.parse()
    }
}

fn width_of(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl Network {
    /// Whether `address` lies in it, in either writing of an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            // A shift by the whole width leaves nothing to compare: every address lies in `/0`.
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// The visitor's address: the peer's, or, where the peer is a proxy of ours, the last address in `forwarded` (every
/// `X-Forwarded-For` line, joined by commas) that is not a proxy of ours. What a visitor writes into the header himself
/// is never believed.
pub fn of_visitor(peer: Option<IpAddr>, forwarded: &str, trusted_proxies: &[Network]) -> Option<IpAddr> {
    let peer = peer?;
    let is_ours = |address: &IpAddr| trusted_proxies.iter().any(|proxies| proxies.contains(*address));
    if !is_ours(&peer) {
        return Some(peer);
    }
    let mut hops = forwarded.split(',').filter_map(|hop| hop.trim().parse::<IpAddr>().ok());
    hops.rfind(|hop| !is_ours(hop)).or(Some(peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn net(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        let proxies = [net("10.0.0.1")];
        assert_eq!(of_visitor(Some(ip("9.9.9.9")), "1.2.3.4", &proxies), Some(ip("9.9.9.9")));
        assert_eq!(of_visitor(Some(ip("10.0.0.1")), "6.6.6.6, 1.2.3.4", &proxies), Some(ip("1.2.3.4")));
        assert_eq!(of_visitor(Some(ip("10.0.0.1")), "nonsense", &proxies), Some(ip("10.0.0.1")));
        assert_eq!(of_visitor(None, "1.2.3.4", &proxies), None);
        assert_eq!(of_visitor(Some(ip("::ffff:10.0.0.1")), "1.2.3.4", &proxies), Some(ip("1.2.3.4")));
    }

    #[test]
    fn proxies_may_be_named_by_their_range() {
        let proxies = [net("10.0.0.0/8"), net("2001:db8::/32")];
        assert_eq!(of_visitor(Some(ip("10.9.8.7")), "1.2.3.4, 10.1.1.1", &proxies), Some(ip("1.2.3.4")));
        assert_eq!(of_visitor(Some(ip("2001:db8:1::1")), "1.2.3.4", &proxies), Some(ip("1.2.3.4")));
        assert_eq!(of_visitor(Some(ip("11.0.0.1")), "1.2.3.4", &proxies), Some(ip("11.0.0.1")));
        assert!(net("0.0.0.0/0").contains(ip("255.1.2.3")) && net("::/0").contains(ip("2001:db8::1")));
        assert!(
            net("192.168.1.0/30").contains(ip("192.168.1.3")) && !net("192.168.1.0/30").contains(ip("192.168.1.4"))
        );
    }

    #[test]
    fn what_is_no_network_is_told() {
        for text in ["10.0.0.0/33", "::/129", "10.0.0/8", "proxy", "10.0.0.1/", "10.0.0.1/-1"] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork(text.to_owned())));
        }
    }
}
