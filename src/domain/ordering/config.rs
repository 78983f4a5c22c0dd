//! Answers of the customer, checked against the parameters of the service's template. Answers come as JSON: text,
//! numbers and true/false are taken as the text they stand for.
use crate::{
    domain::catalog::Offer, integrations::drivers::service_template::ServiceTemplate, kernel::fault::FieldFault,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The answers with defaults filled in; faults are added under `prefix` (`items[0].config`).
pub(super) fn fill(offer: &Offer, config: &Value, prefix: &str, faults: &mut Vec<FieldFault>) -> Value {
    let Some(answers) = answers(config, prefix, faults) else { return Value::Null };
    let Some(template) = &offer.template else {
        let unknown = answers.keys().map(|key| FieldFault::new(format!("{prefix}.{key}"), "unknown"));
        faults.extend(unknown);
        return Value::Object(serde_json::Map::new());
    };
    // Stored templates have been checked when they were stored.
    let Ok(template) = ServiceTemplate::parse(&template.body) else {
        faults.push(FieldFault::new(prefix, "template"));
        return Value::Null;
    };
    match template.validate_parameters(&answers) {
        Ok(filled) => serde_json::json!(filled),
        Err(errors) => {
            let fault = |error: crate::integrations::drivers::service_template::FieldError| {
                FieldFault::new(format!("{prefix}.{}", printable(&error.field)), error.code)
            };
            faults.extend(errors.into_iter().map(fault));
            Value::Null
        }
    }
}

fn answers(config: &Value, prefix: &str, faults: &mut Vec<FieldFault>) -> Option<BTreeMap<String, String>> {
    let object = match config {
        Value::Null => return Some(BTreeMap::new()),
        Value::Object(object) if object.len() <= 100 => object,
        _ => {
            faults.push(FieldFault::new(prefix, "invalid"));
            return None;
        }
    };
    let before = faults.len();
    let mut answers = BTreeMap::new();
    for (key, value) in object {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null => continue,
            _ => {
                faults.push(FieldFault::new(format!("{prefix}.{}", printable(key)), "invalid"));
                continue;
            }
        };
        answers.insert(key.clone(), text);
    }
    (faults.len() == before).then_some(answers)
}

/// Names of fields come back in answers: only what a name may hold.
pub(super) fn printable(key: &str) -> String {
    key.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(60).collect()
}
