//! Names of hosts as people type them and as the name service knows them.
use super::contact::Wrong;

/// Longest name in the DNS as text (RFC 1035, section 2.3.4, without the final dot).
pub const HOST_MAX_LENGTH: usize = 253;

/// A public host name in the one form that is stored: small letters, international letters as punycode (UTS 46), no
/// final dot. Refused: an empty name, an address (`is_address`), a wildcard (`wildcard`), a name without a dot, what is
/// no name of the DNS (`invalid_host`), and what is too long.
pub fn public(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return Err(Wrong::new("required"));
    }
    if text.chars().count() > HOST_MAX_LENGTH {
        return Err(Wrong { code: "too_long", max: Some(HOST_MAX_LENGTH) });
    }
    if text.contains('*') {
        return Err(Wrong::new("wildcard"));
    }
    if text.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok() {
        return Err(Wrong::new("is_address"));
    }
    let host = idna::domain_to_ascii_strict(text).map_err(|_| Wrong::new("invalid_host"))?;
    let Some((_, last)) = host.rsplit_once('.') else { return Err(Wrong::new("invalid_host")) };
    // Not public: names of a house's own network, and numbers, which are read as addresses.
    let is_public = !["local", "localhost", "internal", "invalid", "onion", "arpa"].contains(&last);
    if !is_public || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Wrong::new("invalid_host"));
    }
    Ok(host)
}

/// Whether `host` is `zone` or lies below it; both in small letters without a final dot.
pub fn is_within(host: &str, zone: &str) -> bool {
    !zone.is_empty() && host.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
