//! What a page may load. Nothing inline and nothing from elsewhere, but where a payer enters his card: a gateway's own
//! script must read it, so that the number never reaches us.
use crate::integrations::gateways::CardEntry;
use reqwest::Url;
use std::collections::BTreeSet;

/// The policy of every page.
pub const STRICT: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// The policy of a page on which the script of `entry` works: its own place and its interface, and nothing else besides.
pub fn with_card_entry(entry: &CardEntry) -> String {
    let origin = |text: &String| Url::parse(text).ok().map(|url| url.origin().ascii_serialization());
    let origins: BTreeSet<String> = [&entry.script_url, &entry.api_origin].into_iter().filter_map(origin).collect();
    let more = origins.into_iter().collect::<Vec<_>>().join(" ");
    let widened = STRICT.replacen("script-src 'self'", &format!("script-src 'self' {more}"), 1);
    format!("{widened}; connect-src 'self' {more}; frame-src {more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_entry_opens_its_own_places_only() {
        let entry = CardEntry {
            script_url: "https://api.example.test/v2/card.js".into(),
            environment: "sandbox",
            client_key: "k".into(),
            api_origin: "https://sandbox.example.test".into(),
        };

        let policy = with_card_entry(&entry);

        let both = "https://api.example.test https://sandbox.example.test";
        assert!(policy.contains(&format!("script-src 'self' {both};")), "{policy}");
        assert!(
            policy.contains(&format!("connect-src 'self' {both};")) && policy.ends_with(&format!("frame-src {both}"))
        );
        assert!(policy.contains("default-src 'self';") && !policy.contains("unsafe"));
        let odd = CardEntry { script_url: "nonsense; script-src *".into(), ..entry };
        assert!(!with_card_entry(&odd).contains('*'));
    }
}
