//! Sets of fields, as server-side apply reckons with them: which manager set which field (`managedFields`, FieldsV1).
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Way to a field: `f:name`, `k:{"name":"app"}` for an item of a keyed list, `v:"x"` for a member of a set.
pub type Path = Vec<String>;
/// Fields.
pub type Set = BTreeSet<Path>;

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Items are found again by these fields.
    Keyed(&'static [&'static str]),
    /// Members are plain values, each once.
    Members,
    /// The list is one value.
    Atomic,
}

/// How the list in the field `name` is merged (`x-kubernetes-list-map-keys` of the built-in kinds).
pub fn list_kind(name: &str, items: &[Value]) -> ListKind {
    let keys: &'static [&'static str] = match name {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" => &["name"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "conditions" => &["type"],
        "ownerReferences" => &["uid"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey", "whenUnsatisfiable"],
        "ports" if items.iter().any(|item| !item["containerPort"].is_null()) => &["containerPort", "protocol"],
        "ports" => &["port", "protocol"],
        "finalizers" => return ListKind::Members,
        _ => return ListKind::Atomic,
    };
    let is_keyed = |item: &Value| item.is_object() && !item[keys[0]].is_null();
    if items.iter().all(is_keyed) { ListKind::Keyed(keys) } else { ListKind::Atomic }
}

/// Maps that are one value (`x-kubernetes-map-type: atomic`).
fn is_atomic_map(name: &str) -> bool {
    matches!(
        name,
        "selector"
            | "podSelector"
            | "namespaceSelector"
            | "labelSelector"
            | "nodeSelector"
            | "secretKeyRef"
            | "configMapKeyRef"
            | "fieldRef"
            | "resourceFieldRef"
    )
}

/// The part of a key that identifies an item; ports are TCP unless they say otherwise.
pub fn key_of(item: &Value, keys: &[&str]) -> Value {
    let mut key = Map::new();
    for name in keys {
        match &item[*name] {
            Value::Null if *name == "protocol" => key.insert((*name).to_owned(), json!("TCP")),
            value => key.insert((*name).to_owned(), value.clone()),
        };
    }
    Value::Object(key)
}

/// The fields an applied object sets, without those that identify it or belong to the server.
pub fn of_object(object: &Value) -> Set {
    let mut set = Set::new();
    collect(object, "", &mut vec![], &mut set);
    set.retain(|path| !is_the_servers(path));
    set
}

fn is_the_servers(path: &Path) -> bool {
    const OF_META: &[&str] = &[
        "f:name",
        "f:namespace",
        "f:uid",
        "f:resourceVersion",
        "f:generation",
        "f:creationTimestamp",
        "f:deletionTimestamp",
        "f:deletionGracePeriodSeconds",
        "f:managedFields",
        "f:selfLink",
    ];
    match path.first().map(String::as_str) {
        Some("f:apiVersion" | "f:kind") => true,
        Some("f:metadata") => path.get(1).is_none_or(|field| OF_META.contains(&field.as_str())),
        _ => false,
    }
}

fn collect(value: &Value, name: &str, path: &mut Path, set: &mut Set) {
    match value {
        Value::Object(map) if !map.is_empty() && !is_atomic_map(name) => {
            for (field, value) in map {
                path.push(format!("f:{field}"));
                collect(value, field, path, set);
                path.pop();
            }
        }
        Value::Array(items) if !items.is_empty() => match list_kind(name, items) {
            ListKind::Keyed(keys) => {
                for item in items {
                    path.push(format!("k:{}", key_of(item, keys)));
                    set.insert(path.clone());
                    collect(item, "", path, set);
                    path.pop();
                }
            }
            ListKind::Members => {
                for item in items {
                    path.push(format!("v:{item}"));
                    set.insert(path.clone());
                    path.pop();
                }
            }
            ListKind::Atomic => {
                set.insert(path.clone());
            }
        },
        _ => {
            set.insert(path.clone());
        }
    }
}

/// The value a path leads to.
pub fn value_at<'a>(object: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(object, |value, step| match step.split_at(2) {
        ("f:", field) => value.get(field),
        (_, wanted) => value.as_array()?.iter().find(|item| is_item(item, step, wanted)),
    })
}

/// Takes the field away that a path leads to.
pub fn remove_at(object: &mut Value, path: &[String]) {
    let Some((last, way)) = path.split_last() else { return };
    let mut value = object;
    for step in way {
        let next = match step.split_at(2) {
            ("f:", field) => value.get_mut(field),
            (_, wanted) => {
                value.as_array_mut().and_then(|list| list.iter_mut().find(|item| is_item(item, step, wanted)))
            }
        };
        let Some(next) = next else { return };
        value = next;
    }
    match (last.split_at(2), value) {
        (("f:", field), Value::Object(map)) => {
            map.remove(field);
        }
        ((_, wanted), Value::Array(list)) => list.retain(|item| !is_item(item, last, wanted)),
        _ => {}
    }
}

fn is_item(item: &Value, step: &str, wanted: &str) -> bool {
    let Ok(wanted) = serde_json::from_str::<Value>(wanted) else { return false };
    match wanted.as_object() {
        Some(key) if step.starts_with("k:") => {
            let names: Vec<&str> = key.keys().map(String::as_str).collect();
            item.is_object() && key_of(item, &names) == wanted
        }
        _ => *item == wanted,
    }
}

/// Whether a path lies below another.
pub fn is_below(path: &[String], parent: &[String]) -> bool {
    path.len() > parent.len() && path.starts_with(parent)
}

/// Merges what is applied into what is there; lists by their kind.
pub fn merge(live: &mut Value, applied: &Value, name: &str) {
    match (live, applied) {
        (Value::Object(live), Value::Object(applied)) if !is_atomic_map(name) => {
            for (field, value) in applied {
                match live.get_mut(field) {
                    Some(present) => merge(present, value, field),
                    None => {
                        live.insert(field.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(live), Value::Array(applied)) => match list_kind(name, applied) {
            ListKind::Keyed(keys) if list_kind(name, live) == ListKind::Keyed(keys) => {
                for item in applied {
                    let key = key_of(item, keys);
                    match live.iter_mut().find(|present| key_of(present, keys) == key) {
                        Some(present) => merge(present, item, ""),
                        None => live.push(item.clone()),
                    }
                }
            }
            ListKind::Members => {
                for item in applied {
                    if !live.contains(item) {
                        live.push(item.clone());
                    }
                }
            }
            _ => *live = applied.clone(),
        },
        (live, applied) => *live = applied.clone(),
    }
}

/// A set as `fieldsV1`.
pub fn to_v1(set: &Set) -> Value {
    let mut root = Map::new();
    for path in set {
        let mut node = &mut root;
        for step in path {
            node = node
                .entry(step.clone())
                .or_insert_with(|| Value::Object(Map::new()))
                .as_object_mut()
                .expect("only maps are ever put into the tree");
        }
        // A member that has fields below it says so with a dot; leaves need none.
        if path.last().is_some_and(|step| step.starts_with("k:")) {
            node.insert(".".to_owned(), json!({}));
        }
    }
    Value::Object(root)
}

/// A set out of `fieldsV1`.
pub fn from_v1(tree: &Value) -> Set {
    fn walk(tree: &Value, path: &mut Path, set: &mut Set) {
        let Some(map) = tree.as_object() else { return };
        if map.is_empty() && !path.is_empty() {
            set.insert(path.clone());
        }
        for (step, below) in map {
            if step == "." {
                set.insert(path.clone());
                continue;
            }
            path.push(step.clone());
            walk(below, path, set);
            path.pop();
        }
    }
    let mut set = Set::new();
    walk(tree, &mut vec![], &mut set);
    set
}

/// A path as messages show it: `.spec.containers[name="app"].image`.
pub fn to_text(path: &[String]) -> String {
    path.iter()
        .map(|step| match step.split_at(2) {
            ("f:", field) => format!(".{field}"),
            ("k:", key) => match serde_json::from_str::<Map<String, Value>>(key) {
                Ok(key) => {
                    let parts: Vec<String> = key.iter().map(|(name, value)| format!("{name}={value}")).collect();
                    format!("[{}]", parts.join(","))
                }
                Err(_) => format!("[{key}]"),
            },
            (_, member) => format!("[={member}]"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_survives_the_way_through_fields_v1() {
        let object = json!({"metadata": {"name": "x", "labels": {"a": "b"}}, "spec": {"replicas": 1, "template": {"spec": {
            "containers": [{"name": "app", "image": "i", "ports": [{"containerPort": 80}], "args": ["a", "b"]}]}}}});
        let set = of_object(&object);

        assert_eq!(from_v1(&to_v1(&set)), set);
        let texts: Vec<String> = set.iter().map(|path| to_text(path)).collect();
        assert!(texts.contains(&".spec.template.spec.containers[name=\"app\"].image".to_owned()), "{texts:?}");
        assert!(
            texts.contains(
                &".spec.template.spec.containers[name=\"app\"].ports[containerPort=80,protocol=\"TCP\"].containerPort"
                    .to_owned()
            )
        );
        assert!(!texts.iter().any(|text| text.contains("metadata.name")));
    }

    #[test]
    fn items_of_keyed_lists_merge_and_other_lists_are_replaced() {
        let mut live = json!({"containers": [{"name": "a", "image": "1"}, {"name": "b"}], "args": [1, 2]});
        merge(&mut live, &json!({"containers": [{"name": "a", "image": "2"}, {"name": "c"}], "args": [3]}), "");

        assert_eq!(
            live,
            json!({"containers": [{"name": "a", "image": "2"}, {"name": "b"}, {"name": "c"}], "args": [3]})
        );
    }
}
