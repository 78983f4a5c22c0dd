//! Text with placeholders: `${param.timezone}`, `${secret.key|urlencode}`. One pass, never read again: a value that
//! contains `${…}` stays text. `$${` is a literal `${`. No loops, no conditions.
use crate::integrations::drivers::InstanceSpec;
use secrecy::ExposeSecret;
use serde::Deserialize;

/// A value that may hold placeholders.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Text(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Placeholder { name: Name, urlencode: bool },
}

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    Host,
    Url,
    Scheme,
    InstanceId,
    InstanceName,
    OwnerEmail,
    OwnerName,
    Parameter(String),
    Secret(String),
    /// The name under which a component is reached inside the cluster.
    Service(String),
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(source: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = source.as_str();
        while let Some(at) = rest.find('$') {
            literal.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("$${") {
                literal.push_str("${");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                let end = after.find('}').ok_or_else(|| format!("`{source}`: a placeholder is not closed"))?;
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(placeholder(&after[..end])?);
                rest = &after[end + 1..];
            } else {
                literal.push('$');
                rest = &rest[1..];
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }
}

fn placeholder(inner: &str) -> Result<Part, String> {
    let (name, urlencode) = match inner.split_once('|') {
        None => (inner, false),
        Some((name, "urlencode")) => (name, true),
        Some((_, filter)) => return Err(format!("unknown filter `{filter}`")),
    };
    let name = match name.split_once('.') {
        None if name == "host" => Name::Host,
        None if name == "url" => Name::Url,
        None if name == "scheme" => Name::Scheme,
        Some(("instance", "id")) => Name::InstanceId,
        Some(("instance", "name")) => Name::InstanceName,
        Some(("owner", "email")) => Name::OwnerEmail,
        Some(("owner", "name")) => Name::OwnerName,
        Some(("param", key)) => Name::Parameter(key.to_owned()),
        Some(("secret", key)) => Name::Secret(key.to_owned()),
        Some(("svc", component)) => Name::Service(component.to_owned()),
        _ => return Err(format!("unknown placeholder `${{{name}}}`")),
    };
    Ok(Part::Placeholder { name, urlencode })
}

impl Text {
    /// What it refers to.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.0.iter().filter_map(|part| match part {
            Part::Placeholder { name, .. } => Some(name),
            Part::Literal(_) => None,
        })
    }

    /// The text itself where it has no placeholder.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with every placeholder replaced by its value of `spec`. A name that a checked template cannot hold,
    /// or a secret the spec lacks, becomes the empty text. NUL, which no environment can carry, is left out.
    pub fn render(&self, spec: &InstanceSpec) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Placeholder { name, urlencode } => {
                    let value = name.value(spec);
                    if *urlencode { percent_encode(&value, &mut text) } else { text.push_str(&value) }
                }
            }
        }
        text.replace('\0', "")
    }
}

impl Name {
    fn value(&self, spec: &InstanceSpec) -> String {
        match self {
            Self::Host => spec.host.clone(),
            Self::Url => spec.url.trim_end_matches('/').to_owned(),
            Self::Scheme => spec.url.split_once("://").map_or("https", |(scheme, _)| scheme).to_owned(),
            Self::InstanceId => spec.instance_id.clone(),
            Self::InstanceName => spec.name.clone(),
            Self::OwnerEmail => spec.owner_email.clone(),
            Self::OwnerName => spec.owner_name.clone(),
            Self::Parameter(key) => spec.parameters.get(key).cloned().unwrap_or_else(|| {
                // A parameter that came with a newer template version: its default counts.
                spec.template.parameter(key).map(|parameter| parameter.default.clone()).unwrap_or_default()
            }),
            Self::Secret(key) => {
                spec.secrets.get(key).map(|value| value.expose_secret().to_owned()).unwrap_or_default()
            }
            Self::Service(component) => spec.template.service_name(&spec.name, component),
        }
    }
}

/// RFC 3986: everything but unreserved characters.
fn percent_encode(value: &str, into: &mut String) {
    use std::fmt::Write;
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            write!(into, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Text, String> {
        Text::try_from(text.to_owned())
    }

    #[test]
    fn a_literal_stays_a_literal_and_an_escaped_placeholder_too() {
        assert_eq!(parse("a $HOME $${x} $").unwrap().literal(), Some("a $HOME ${x} $"));
        assert_eq!(parse("").unwrap().literal(), Some(""));
    }

    #[test]
    fn unknown_names_filters_and_open_placeholders_are_refused() {
        for bad in ["${nothing}", "${owner.age}", "${param.a|shell}", "${param.a", "${}"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
