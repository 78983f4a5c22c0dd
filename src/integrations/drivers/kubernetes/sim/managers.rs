//! Who set which field: `metadata.managedFields`, kept for applies and updates alike.
use super::{
    fields::{self, Path, Set},
    refusal::{Refusal, Refused},
};
use serde_json::{Value, json};

/// Who writes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// `fieldManager`, or the program's name out of its user agent.
    pub name: String,
    /// `status`, `scale` or empty.
    pub subresource: &'static str,
}

struct Entry {
    name: String,
    is_apply: bool,
    subresource: String,
    api_version: String,
    time: String,
    set: Set,
}

/// Applies: merges `applied` into `live` (nothing there: `Null`) for one manager, removes what it set before and sets
/// no more, and writes the entries.
///
/// # Errors
/// 409 when another manager owns a field whose value would change, unless `is_forced`.
pub fn apply(live: &Value, applied: &Value, writer: &Writer, is_forced: bool, now: &str) -> Result<Value, Refused> {
    let mut entries = read(live);
    let set = fields::of_object(applied);
    let is_own = |entry: &Entry| entry.is_apply && entry.name == writer.name && entry.subresource == writer.subresource;

    let mut taken: Vec<(usize, Path)> = Vec::new();
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| !is_own(entry)) {
        for path in set.intersection(&entry.set).filter(|path| is_value(path)) {
            if fields::value_at(live, path) != fields::value_at(applied, path) {
                taken.push((index, path.clone()));
            }
        }
    }
    if !taken.is_empty() && !is_forced {
        let conflicts: Vec<(String, String)> =
            taken.iter().map(|(index, path)| (entries[*index].describe(), fields::to_text(path))).collect();
        return Err(Refusal::owned_by_others(&conflicts));
    }
    for (index, path) in taken {
        entries[index].set.remove(&path);
    }

    let old = entries.iter().find(|entry| is_own(entry)).map(|entry| entry.set.clone()).unwrap_or_default();
    let mut merged = if live.is_null() { json!({}) } else { live.clone() };
    fields::merge(&mut merged, applied, "");
    let of_others: Set =
        entries.iter().filter(|entry| !is_own(entry)).flat_map(|entry| entry.set.iter().cloned()).collect();
    drop_abandoned(&mut merged, &old, &set, &of_others);

    entries.retain(|entry| !is_own(entry));
    entries.push(Entry {
        name: writer.name.clone(),
        is_apply: true,
        subresource: writer.subresource.to_owned(),
        api_version: applied["apiVersion"].as_str().unwrap_or_default().to_owned(),
        time: now.to_owned(),
        set,
    });
    write(&mut merged, live, entries);
    Ok(merged)
}

/// Notes what an update changed: changed fields are the writer's now, removed ones nobody's.
pub fn note_update(live: &Value, new: &mut Value, writer: &Writer, now: &str) {
    let mut entries = read(live);
    let (before, after) = (fields::of_object(live), fields::of_object(new));
    let is_of_this_door = |path: &Path| (path[0] == "f:status") == (writer.subresource == "status");
    let changed: Set = after
        .iter()
        .filter(|path| is_of_this_door(path) && !path.is_empty())
        .filter(|path| {
            !before.contains(*path) || is_value(path) && fields::value_at(live, path) != fields::value_at(new, path)
        })
        .cloned()
        .collect();
    for entry in &mut entries {
        entry.set.retain(|path| {
            !(changed.contains(path) && is_value(path))
                && (after.contains(path) || fields::value_at(new, path).is_some())
        });
    }
    if !changed.is_empty() {
        let own = entries
            .iter_mut()
            .find(|entry| !entry.is_apply && entry.name == writer.name && entry.subresource == writer.subresource);
        match own {
            Some(entry) => {
                entry.set.extend(changed);
                entry.time = now.to_owned();
            }
            None => entries.push(Entry {
                name: writer.name.clone(),
                is_apply: false,
                subresource: writer.subresource.to_owned(),
                api_version: new["apiVersion"].as_str().unwrap_or_default().to_owned(),
                time: now.to_owned(),
                set: changed,
            }),
        }
    }
    write(new, live, entries);
}

/// Fields of the last apply that are not in this one and that nobody else set.
fn drop_abandoned(merged: &mut Value, old: &Set, set: &Set, of_others: &Set) {
    let mut abandoned: Vec<&Path> =
        old.iter().filter(|path| !set.contains(*path) && !of_others.contains(*path)).collect();
    abandoned.sort_by_key(|path| std::cmp::Reverse(path.len()));
    for path in abandoned {
        let is_kept_from_below = set
            .iter()
            .chain(of_others)
            .any(|other| fields::is_below(other, path) || fields::is_below(path, other) && is_value(other));
        if is_kept_from_below {
            continue;
        }
        fields::remove_at(merged, path);
        // Maps that held nothing else go with their last field.
        for length in (2..path.len()).rev() {
            let parent = &path[..length];
            let is_empty = fields::value_at(merged, parent)
                .is_some_and(|value| value.as_object().is_some_and(|map| map.is_empty()));
            if !is_empty || set.contains(parent) || of_others.contains(parent) {
                break;
            }
            fields::remove_at(merged, parent);
        }
    }
}

/// Whether the path is a value of its own, not an item that only stands for what is below it.
fn is_value(path: &[String]) -> bool {
    path.last().is_some_and(|step| step.starts_with("f:"))
}

impl Entry {
    fn describe(&self) -> String {
        if self.is_apply { format!("{:?}", self.name) } else { format!("{:?} using {}", self.name, self.api_version) }
    }
}

fn read(object: &Value) -> Vec<Entry> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = object["metadata"]["managedFields"].as_array();
    entries
        .into_iter()
        .flatten()
        .map(|entry| Entry {
            name: text(&entry["manager"]),
            is_apply: entry["operation"] == "Apply",
            subresource: text(&entry["subresource"]),
            api_version: text(&entry["apiVersion"]),
            time: text(&entry["time"]),
            set: fields::from_v1(&entry["fieldsV1"]),
        })
        .collect()
}

/// Writes the entries; one whose fields are as before keeps its time, so that an apply of the same is no change.
fn write(object: &mut Value, live: &Value, entries: Vec<Entry>) {
    let before = read(live);
    let list: Vec<Value> = entries
        .into_iter()
        .filter(|entry| !entry.set.is_empty())
        .map(|entry| {
            let same = before.iter().find(|old| {
                old.name == entry.name
                    && old.is_apply == entry.is_apply
                    && old.subresource == entry.subresource
                    && old.set == entry.set
            });
            let mut value = json!({
                "manager": entry.name,
                "operation": if entry.is_apply { "Apply" } else { "Update" },
                "apiVersion": entry.api_version,
                "time": same.map_or(entry.time.as_str(), |old| old.time.as_str()),
                "fieldsType": "FieldsV1",
                "fieldsV1": fields::to_v1(&entry.set),
            });
            if !entry.subresource.is_empty() {
                value["subresource"] = json!(entry.subresource);
            }
            value
        })
        .collect();
    object["metadata"]["managedFields"] = Value::Array(list);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(name: &str) -> Writer {
        Writer { name: name.to_owned(), subresource: "" }
    }

    fn deployment(replicas: Option<i64>, annotation: Option<&str>) -> Value {
        let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"paused": false}});
        if let Some(replicas) = replicas {
            object["spec"]["replicas"] = json!(replicas);
        }
        if let Some(annotation) = annotation {
            object["metadata"]["annotations"] = json!({"a": annotation});
        }
        object
    }

    #[test]
    fn fields_no_longer_applied_go_and_fields_of_others_stay() {
        let first = apply(&Value::Null, &deployment(Some(1), Some("b")), &writer("us"), false, "t1").unwrap();
        let mut touched = first.clone();
        touched["spec"]["template"] = json!({"restarted": "yes"});
        note_update(&first, &mut touched, &writer("kubectl"), "t2");

        let second = apply(&touched, &deployment(Some(1), None), &writer("us"), false, "t3").unwrap();

        assert!(second["metadata"].get("annotations").is_none());
        assert_eq!(second["spec"]["template"]["restarted"], "yes");
    }

    #[test]
    fn a_field_of_another_manager_conflicts_unless_forced_and_the_same_value_is_shared() {
        let first = apply(&Value::Null, &deployment(Some(1), None), &writer("us"), false, "t1").unwrap();
        let mut scaled = first.clone();
        scaled["spec"]["replicas"] = json!(3);
        note_update(&first, &mut scaled, &writer("kubectl"), "t2");

        let refused = apply(&scaled, &deployment(Some(1), None), &writer("us"), false, "t3").unwrap_err();
        let forced = apply(&scaled, &deployment(Some(1), None), &writer("us"), true, "t3").unwrap();
        let shared = apply(&scaled, &deployment(Some(3), None), &writer("us"), false, "t3").unwrap();

        assert_eq!(
            refused.message,
            "Apply failed with 1 conflict: conflict with \"kubectl\" using : .spec.replicas"
                .replace("using :", "using apps/v1:")
        );
        assert_eq!(forced["spec"]["replicas"], 1);
        assert_eq!(shared["spec"]["replicas"], 3);
    }

    #[test]
    fn applying_the_same_again_changes_nothing() {
        let first = apply(&Value::Null, &deployment(Some(1), Some("b")), &writer("us"), false, "t1").unwrap();

        assert_eq!(apply(&first, &deployment(Some(1), Some("b")), &writer("us"), false, "t9").unwrap(), first);
    }
}
