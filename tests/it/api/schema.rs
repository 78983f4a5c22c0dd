//! Whether a value is what a schema of the document says, strictly: every named field is there where it must be, and
//! nothing is there that the document does not name.
use serde_json::Value;

/// What is wrong with `value`, in words; empty where it fits.
pub fn misfits(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(document, schema, value, "$", &mut found);
    found
}

fn compare(document: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    if let Some(pointer) = schema["$ref"].as_str() {
        match document.pointer(&pointer[1..]) {
            Some(target) => return compare(document, target, value, place, found),
            None => return found.push(format!("{place}: {pointer} leads nowhere")),
        }
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        if !ways.iter().any(|way| misfits(document, way, value).is_empty()) {
            found.push(format!("{place}: fits none of the ways: {value}"));
        }
        return;
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.contains(&kind) {
        return found.push(format!("{place}: {kind} instead of {kinds:?}"));
    }
    if let (Some(text), Some("date-time")) = (value.as_str(), schema["format"].as_str())
        && (chrono::DateTime::parse_from_rfc3339(text).is_err() || !text.ends_with('Z'))
    {
        found.push(format!("{place}: {text} is not a time in UTC"));
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        compare(document, &schema["items"], item, &format!("{place}[{number}]"), found);
    }
    let (Some(fields), Some(properties)) = (value.as_object(), schema["properties"].as_object()) else { return };
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(required) {
            found.push(format!("{place}: {required} is missing"));
        }
    }
    for (name, field) in fields {
        match properties.get(name) {
            Some(schema) => compare(document, schema, field, &format!("{place}.{name}"), found),
            None => found.push(format!("{place}: {name} is not in the document")),
        }
    }
}

#[test]
fn a_wrong_value_is_noticed() {
    let document: Value = serde_json::from_str(
        r##"{"s":{"a":{"type":"object","required":["n"],"properties":{
            "n":{"type":"integer"},"t":{"oneOf":[{"type":"null"},{"$ref":"#/s/b"}]}}},
            "b":{"type":"array","items":{"type":"string","format":"date-time"}}}}"##,
    )
    .unwrap();
    let schema: Value = serde_json::from_str(r##"{"$ref":"#/s/a"}"##).unwrap();
    let wrong = |text: &str| misfits(&document, &schema, &serde_json::from_str(text).unwrap()).len();
    assert_eq!(wrong(r#"{"n":1,"t":null}"#), 0);
    assert_eq!(wrong(r#"{"n":1,"t":["2026-11-21T03:00:00Z"]}"#), 0);
    assert_eq!(wrong(r#"{"n":1,"t":["yesterday"]}"#), 1);
    assert_eq!(wrong(r#"{"t":null}"#), 1);
    assert_eq!(wrong(r#"{"n":"1"}"#), 1);
    assert_eq!(wrong(r#"{"n":1,"more":1}"#), 1);
}
