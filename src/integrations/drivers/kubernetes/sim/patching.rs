//! Patches: JSON merge patch (RFC 7386), strategic merge patch (lists by their keys) and JSON patch (RFC 6902).
use super::{
    fields::{ListKind, key_of, list_kind},
    refusal::{Refusal, Refused},
};
use serde_json::{Map, Value};

/// RFC 7386.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (field, value) in patch {
        if value.is_null() {
            target.as_object_mut().map(|map| map.remove(field));
        } else {
            merge(&mut target[field], value);
        }
    }
}

/// Strategic merge: as above, but lists with keys are merged item by item; `$patch: delete` and `replace` are known.
pub fn strategic(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() || patch.get("$patch").is_some_and(|word| word == "replace") {
        *target = Value::Object(Map::new());
    }
    for (field, value) in patch.iter().filter(|(field, _)| !field.starts_with('$')) {
        match value {
            Value::Null => {
                target.as_object_mut().map(|map| map.remove(field));
            }
            Value::Array(items) => strategic_list(&mut target[field], field, items),
            _ => strategic(&mut target[field], value),
        }
    }
}

fn strategic_list(target: &mut Value, field: &str, items: &[Value]) {
    let is_replace = items.iter().any(|item| item["$patch"] == "replace");
    let plain: Vec<Value> = items.iter().filter(|item| item["$patch"] != "replace").cloned().collect();
    let present = match target {
        Value::Array(present) if !is_replace => present,
        _ => {
            *target = Value::Array(plain);
            return;
        }
    };
    match list_kind(field, &plain) {
        ListKind::Keyed(keys) => {
            for item in plain {
                let key = key_of(&item, keys);
                let at = present.iter().position(|old| key_of(old, keys) == key);
                match at {
                    Some(at) if item["$patch"] == "delete" => {
                        present.remove(at);
                    }
                    Some(at) => strategic(&mut present[at], &item),
                    None if item["$patch"] == "delete" => {}
                    None => present.push(item),
                }
            }
        }
        ListKind::Members => {
            for item in plain {
                if !present.contains(&item) {
                    present.push(item);
                }
            }
        }
        ListKind::Atomic => *present = plain,
    }
}

/// RFC 6902.
///
/// # Errors
/// 422 where a test fails or a path does not exist, as the API server answers.
pub fn json_patch(target: &mut Value, patch: &Value) -> Result<(), Refused> {
    let refused = |why: String| {
        Refusal::new(422, "Invalid", format!("the server rejected our request due to an error in our request: {why}"))
    };
    for step in patch.as_array().ok_or_else(|| Refusal::bad_request("a JSON patch is a list"))? {
        let text = |field: &str| step[field].as_str().unwrap_or_default();
        let path = text("path");
        let done = match text("op") {
            "test" => target.pointer(path) == Some(&step["value"]),
            "add" => insert(target, path, step["value"].clone()),
            "replace" => target.pointer_mut(path).map(|slot| *slot = step["value"].clone()).is_some(),
            "remove" => take(target, path).is_some(),
            "copy" => target.pointer(text("from")).cloned().is_some_and(|value| insert(target, path, value)),
            "move" => take(target, text("from")).is_some_and(|value| insert(target, path, value)),
            _ => return Err(Refusal::bad_request("unknown operation in a JSON patch")),
        };
        if !done {
            return Err(refused(format!("{} operation failed at path {path:?}", text("op"))));
        }
    }
    Ok(())
}

fn parent<'a>(target: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (way, last) = path.rsplit_once('/')?;
    Some((target.pointer_mut(way)?, last.replace("~1", "/").replace("~0", "~")))
}

fn insert(target: &mut Value, path: &str, value: Value) -> bool {
    match parent(target, path) {
        Some((Value::Object(map), name)) => {
            map.insert(name, value);
            true
        }
        Some((Value::Array(list), index)) => {
            let at = if index == "-" { Some(list.len()) } else { index.parse().ok().filter(|at| *at <= list.len()) };
            at.map(|at| list.insert(at, value)).is_some()
        }
        _ => false,
    }
}

fn take(target: &mut Value, path: &str) -> Option<Value> {
    match parent(target, path)? {
        (Value::Object(map), name) => map.remove(&name),
        (Value::Array(list), index) => {
            index.parse().ok().filter(|at: &usize| *at < list.len()).map(|at| list.remove(at))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn strategic_patches_find_containers_by_name_and_delete_them() {
        let mut pod = json!({"containers": [{"name": "a", "image": "1", "tty": true}, {"name": "b"}], "x": 1});
        strategic(
            &mut pod,
            &json!({"containers": [{"name": "a", "image": "2"}, {"name": "b", "$patch": "delete"}], "x": null}),
        );

        assert_eq!(pod, json!({"containers": [{"name": "a", "image": "2", "tty": true}]}));
    }

    #[test]
    fn json_patches_test_add_and_remove() {
        let mut object = json!({"metadata": {"finalizers": ["a"]}});
        let patch = json!([
            {"op": "test", "path": "/metadata/finalizers/0", "value": "a"},
            {"op": "add", "path": "/metadata/finalizers/-", "value": "b"},
            {"op": "remove", "path": "/metadata/finalizers/0"},
        ]);
        json_patch(&mut object, &patch).unwrap();

        assert_eq!(object["metadata"]["finalizers"], json!(["b"]));
        assert_eq!(json_patch(&mut object, &patch).unwrap_err().code, 422);
    }
}
