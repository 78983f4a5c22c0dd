//! LimitRanges: defaults for containers, bounds for containers and volume claims.
use crate::integrations::drivers::kubernetes::sim::{
    kinds::Kind,
    quantity,
    refusal::{Refusal, Refused},
    store::State,
};
use serde_json::Value;

fn limits(state: &State, namespace: &str, kind: &str) -> Vec<Value> {
    state
        .list("limitranges", Some(namespace))
        .flat_map(|(_, range)| range["spec"]["limits"].as_array().cloned().unwrap_or_default())
        .filter(|limit| limit["type"] == kind)
        .collect()
}

/// Gives containers the limits and requests they left out.
pub fn fill(state: &State, namespace: &str, pod: &mut Value) {
    for limit in limits(state, namespace, "Container") {
        let most = if limit["default"].is_object() { &limit["default"] } else { &limit["max"] };
        let least = if limit["defaultRequest"].is_object() { &limit["defaultRequest"] } else { most };
        for list in ["initContainers", "containers"] {
            for container in pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                for (field, values) in [("limits", most), ("requests", least)] {
                    for (name, value) in values.as_object().into_iter().flatten() {
                        if container["resources"][field][name].is_null() {
                            container["resources"][field][name] = value.clone();
                        }
                    }
                }
            }
        }
    }
}

/// Refuses containers outside the bounds.
pub fn check_pod(state: &State, kind: &Kind, namespace: &str, pod: &Value) -> Result<(), Refused> {
    for limit in limits(state, namespace, "Container") {
        for container in pod["spec"]["containers"].as_array().into_iter().flatten() {
            for (name, most) in limit["max"].as_object().into_iter().flatten() {
                let found = &container["resources"]["limits"][name];
                if quantity::parse(found) > quantity::parse(most) {
                    let why =
                        format!("maximum {name} usage per Container is {}, but limit is {}", text(most), text(found));
                    return Err(refused(kind, pod, &why));
                }
            }
            for (name, least) in limit["min"].as_object().into_iter().flatten() {
                let found = &container["resources"]["requests"][name];
                if quantity::parse(found) < quantity::parse(least) {
                    let why = format!(
                        "minimum {name} usage per Container is {}, but request is {}",
                        text(least),
                        text(found)
                    );
                    return Err(refused(kind, pod, &why));
                }
            }
        }
    }
    Ok(())
}

/// Refuses claims outside the bounds.
pub fn check_claim(state: &State, kind: &Kind, namespace: &str, claim: &Value) -> Result<(), Refused> {
    let found = &claim["spec"]["resources"]["requests"]["storage"];
    for limit in limits(state, namespace, "PersistentVolumeClaim") {
        let (least, most) = (&limit["min"]["storage"], &limit["max"]["storage"]);
        if !least.is_null() && quantity::parse(found) < quantity::parse(least) {
            let why = format!(
                "minimum storage usage per PersistentVolumeClaim is {}, but request is {}",
                text(least),
                text(found)
            );
            return Err(refused(kind, claim, &why));
        }
        if !most.is_null() && quantity::parse(found) > quantity::parse(most) {
            let why = format!(
                "maximum storage usage per PersistentVolumeClaim is {}, but request is {}",
                text(most),
                text(found)
            );
            return Err(refused(kind, claim, &why));
        }
    }
    Ok(())
}

fn refused(kind: &Kind, object: &Value, why: &str) -> Refused {
    Refusal::forbidden(kind, object["metadata"]["name"].as_str().unwrap_or_default(), why)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
