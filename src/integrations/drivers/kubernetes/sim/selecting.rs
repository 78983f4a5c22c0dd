//! Label and field selectors.
use super::refusal::{Refusal, Refused};
use serde_json::Value;

/// One demand on a label.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Demand {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

/// Which objects are meant.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    labels: Vec<Demand>,
    fields: Vec<(String, String, bool)>,
}

impl Selection {
    /// Reads `labelSelector` and `fieldSelector`.
    ///
    /// # Errors
    /// 400 for what cannot be read and for fields the kind cannot be selected by.
    pub fn parse(resource: &str, labels: Option<&str>, fields: Option<&str>) -> Result<Self, Refused> {
        let labels = labels.filter(|text| !text.trim().is_empty()).map(parse_labels).transpose()?.unwrap_or_default();
        let mut list = Vec::new();
        for part in fields.unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (field, value, is_equal) = part
                .split_once("!=")
                .map(|(field, value)| (field, value, false))
                .or_else(|| part.split_once("==").map(|(field, value)| (field, value, true)))
                .or_else(|| part.split_once('=').map(|(field, value)| (field, value, true)))
                .ok_or_else(|| {
                    Refusal::bad_request(format!("invalid selector: '{part}'; can't understand '{part}'"))
                })?;
            if !selectable(resource).contains(&field) && !matches!(field, "metadata.name" | "metadata.namespace") {
                return Err(Refusal::bad_request(format!("field label not supported: {field}")));
            }
            list.push((field.to_owned(), value.to_owned(), is_equal));
        }
        Ok(Self { labels, fields: list })
    }

    /// Whether an object is meant.
    pub fn fits(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.labels.iter().all(|demand| match demand {
            Demand::In(key, values) => {
                labels[key].as_str().is_some_and(|found| values.iter().any(|value| value == found))
            }
            Demand::NotIn(key, values) => {
                !labels[key].as_str().is_some_and(|found| values.iter().any(|value| value == found))
            }
            Demand::Exists(key) => !labels[key].is_null(),
            Demand::Absent(key) => labels[key].is_null(),
        }) && self.fields.iter().all(|(field, wanted, is_equal)| (field_text(object, field) == *wanted) == *is_equal)
    }
}

fn field_text(object: &Value, field: &str) -> String {
    // Who wrote an event: in its newer form it stands elsewhere.
    if field == "source" {
        let component = object["source"]["component"].as_str().or(object["reportingComponent"].as_str());
        return component.unwrap_or_default().to_owned();
    }
    match object.pointer(&format!("/{}", field.replace('.', "/"))) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn selectable(resource: &str) -> &'static [&'static str] {
    match resource {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "events.events.k8s.io" => {
            &["regarding.kind", "regarding.name", "regarding.uid", "reason", "reportingController", "type"]
        }
        "namespaces" => &["status.phase"],
        "nodes" => &["spec.unschedulable"],
        "secrets" => &["type"],
        "services" => &["spec.clusterIP", "spec.type"],
        "replicasets.apps" => &["status.replicas"],
        "jobs.batch" => &["status.successful"],
        _ => &[],
    }
}

fn parse_labels(text: &str) -> Result<Vec<Demand>, Refused> {
    let refused =
        || Refusal::bad_request(format!("unable to parse requirement: found '{text}', expected: a label selector"));
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("starts with one part").push(letter);
    }
    parts.iter().map(|part| parse_demand(part.trim()).ok_or_else(refused)).collect()
}

fn parse_demand(part: &str) -> Option<Demand> {
    let owned = |text: &str| text.trim().to_owned();
    let set = |text: &str| {
        let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.split(',').map(owned).collect::<Vec<String>>())
    };
    if let Some((key, values)) = part.split_once(" notin ") {
        return Some(Demand::NotIn(owned(key), set(values)?));
    }
    if let Some((key, values)) = part.split_once(" in ") {
        return Some(Demand::In(owned(key), set(values)?));
    }
    if let Some((key, value)) = part.split_once("!=") {
        return Some(Demand::NotIn(owned(key), vec![owned(value)]));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Some(Demand::In(owned(key), vec![owned(value)]));
    }
    let is_key = |text: &str| {
        !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter))
    };
    match part.strip_prefix('!') {
        Some(key) => is_key(key.trim()).then(|| Demand::Absent(owned(key))),
        None => is_key(part).then(|| Demand::Exists(owned(part))),
    }
}

/// Whether labels fit a `LabelSelector` object (`matchLabels`, `matchExpressions`) of a spec.
pub fn fits_selector(selector: &Value, labels: &Value) -> bool {
    let by_labels = selector["matchLabels"]
        .as_object()
        .is_none_or(|wanted| wanted.iter().all(|(key, value)| labels[key] == *value));
    by_labels
        && selector["matchExpressions"].as_array().is_none_or(|list| {
            list.iter().all(|demand| {
                let found = &labels[demand["key"].as_str().unwrap_or_default()];
                let is_listed = demand["values"].as_array().is_some_and(|values| values.contains(found));
                match demand["operator"].as_str() {
                    Some("In") => is_listed,
                    Some("NotIn") => !is_listed,
                    Some("Exists") => !found.is_null(),
                    _ => found.is_null(),
                }
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn label_selectors_of_every_form_are_understood() {
        let object = json!({"metadata": {"labels": {"app": "n8n", "tier": "web"}}});
        let fits = |text: &str| Selection::parse("pods", Some(text), None).unwrap().fits(&object);

        for text in ["app=n8n", "app==n8n,tier!=db", "app in (n8n, ghost),tier", "app notin (x),!gone", "other!=x"] {
            assert!(fits(text), "{text}");
        }
        for text in ["app=x", "app!=n8n", "!app", "gone", "tier in (a,b)"] {
            assert!(!fits(text), "{text}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let refused = Selection::parse("configmaps", None, Some("data.x=1")).unwrap_err();

        assert_eq!((refused.code, refused.message.as_str()), (400, "field label not supported: data.x"));
    }
}
