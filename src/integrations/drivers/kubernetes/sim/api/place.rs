//! What an address of the API means.
use crate::integrations::drivers::kubernetes::sim::http::percent_decoded;

/// An address below `/api/v1` or `/apis/{group}/{version}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Group, empty for core.
    pub group: String,
    /// Version.
    pub version: String,
    /// Namespace, if named.
    pub namespace: Option<String>,
    /// Plural.
    pub plural: String,
    /// Name, if named.
    pub name: Option<String>,
    /// Subresource, if named.
    pub subresource: Option<String>,
    /// What follows a subresource (`proxy/healthz` → `/healthz`).
    pub rest: String,
}

/// What kind of address it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `/version`, `/readyz`, `/api`, `/apis`, `/apis/{group}`, `/apis/{group}/{version}`.
    Discovery(Vec<String>),
    /// Objects.
    Objects(Place),
}

/// Reads a path.
pub fn parse(path: &str) -> Address {
    let words: Vec<String> = path.split('/').filter(|word| !word.is_empty()).map(percent_decoded).collect();
    let (group, version, words_after) = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["api", version, _, ..] => ("", *version, 2),
        ["apis", group, version, _, ..] => (*group, *version, 3),
        _ => return Address::Discovery(words),
    };
    let mut place = Place { group: group.to_owned(), version: version.to_owned(), ..Place::default() };
    let mut rest = words[words_after..].iter().cloned();
    let first = rest.next().unwrap_or_default();
    let is_within = first == "namespaces"
        && words.len() > words_after + 2
        && !matches!(words[words_after + 2].as_str(), "status" | "finalize");
    if is_within {
        place.namespace = rest.next();
        place.plural = rest.next().unwrap_or_default();
    } else {
        place.plural = first;
    }
    place.name = rest.next();
    place.subresource = rest.next();
    if place.subresource.is_some() {
        // The rest goes to somebody else as it is, so it is cut out of the path undecoded.
        let skipped = words_after + if is_within { 5 } else { 3 };
        place.rest =
            path.split('/').filter(|word| !word.is_empty()).skip(skipped).map(|word| format!("/{word}")).collect();
        if path.ends_with('/') {
            place.rest.push('/');
        }
    }
    Address::Objects(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Place {
        match parse(path) {
            Address::Objects(place) => place,
            Address::Discovery(words) => panic!("{words:?}"),
        }
    }

    #[test]
    fn addresses_of_objects_are_understood() {
        let namespace = place("/api/v1/namespaces/a");
        assert_eq!((namespace.plural.as_str(), namespace.name.as_deref()), ("namespaces", Some("a")));
        let pods = place("/api/v1/namespaces/a/pods");
        assert_eq!((pods.namespace.as_deref(), pods.plural.as_str(), pods.name), (Some("a"), "pods", None));
        let scale = place("/apis/apps/v1/namespaces/a/deployments/b/scale");
        assert_eq!((scale.group.as_str(), scale.subresource.as_deref()), ("apps", Some("scale")));
        let proxy = place("/api/v1/namespaces/a/services/b:80/proxy/rest/setup/");
        assert_eq!((proxy.name.as_deref(), proxy.rest.as_str()), (Some("b:80"), "/rest/setup/"));
        let status = place("/api/v1/namespaces/a/status");
        assert_eq!((status.plural.as_str(), status.subresource.as_deref()), ("namespaces", Some("status")));
    }
}
