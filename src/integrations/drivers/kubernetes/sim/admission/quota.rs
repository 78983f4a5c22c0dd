//! ResourceQuotas: what is used in a namespace, and what would be too much.
use crate::integrations::drivers::kubernetes::sim::{
    kinds::{self, Kind},
    quantity,
    refusal::{Refusal, Refused},
    store::State,
};
use serde_json::{Map, Value};

/// Refuses an object that takes a quota of its namespace beyond what is hard.
pub fn check(state: &State, kind: &Kind, namespace: &str, object: &Value, old: Option<&Value>) -> Result<(), Refused> {
    if namespace.is_empty() {
        return Ok(());
    }
    for (key, quota) in state.list("resourcequotas", Some(namespace)) {
        let (mut requested, mut used, mut limited, mut missing) = (vec![], vec![], vec![], vec![]);
        for (name, hard) in quota["spec"]["hard"].as_object().into_iter().flatten() {
            if kind.is("pods") && old.is_none() {
                let without = containers_without(object, name);
                if !without.is_empty() {
                    missing.push(format!("{} for: {}", name.trim_start_matches("requests."), without.join(",")));
                }
            }
            let more = share(kind, name, object) - old.map_or(0, |old| share(kind, name, old));
            let present = usage(state, namespace, name);
            if more > 0 && present + more > quantity::parse(hard).unwrap_or(0) {
                requested.push(format!("{name}={}", quantity::format(name, more)));
                used.push(format!("{name}={}", quantity::format(name, present)));
                limited.push(format!("{name}={}", hard.as_str().map_or_else(|| hard.to_string(), str::to_owned)));
            }
        }
        let about = object["metadata"]["name"].as_str().unwrap_or_default();
        if !missing.is_empty() {
            let why = format!("failed quota: {}: must specify {}", key.name, missing.join("; "));
            return Err(Refusal::forbidden(kind, about, &why));
        }
        if !requested.is_empty() {
            let why = format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                key.name,
                requested.join(","),
                used.join(","),
                limited.join(",")
            );
            return Err(Refusal::forbidden(kind, about, &why));
        }
    }
    Ok(())
}

/// `status.used` of a quota.
pub fn used(state: &State, namespace: &str, quota: &Value) -> Value {
    let hard = quota["spec"]["hard"].as_object().cloned().unwrap_or_default();
    let used: Map<String, Value> =
        hard.keys().map(|name| (name.clone(), quantity::format(name, usage(state, namespace, name)).into())).collect();
    Value::Object(used)
}

/// How much of `name` a namespace uses, in thousandths.
fn usage(state: &State, namespace: &str, name: &str) -> i128 {
    let Some(kind) = kind_of(name) else { return 0 };
    let resource = kind.resource();
    state.list(&resource, Some(namespace)).map(|(_, object)| share(kind, name, object)).sum()
}

/// The kind that counts towards `name`.
fn kind_of(name: &str) -> Option<&'static Kind> {
    let resource = match name {
        "requests.storage" | "persistentvolumeclaims" => "persistentvolumeclaims",
        "services.loadbalancers" | "services.nodeports" | "services" => "services",
        "secrets" | "configmaps" | "resourcequotas" => name,
        _ => name.strip_prefix("count/").unwrap_or("pods"),
    };
    kinds::BUILT_IN.iter().find(|kind| kind.is(resource))
}

/// What one object counts towards `name`, in thousandths.
fn share(kind: &Kind, name: &str, object: &Value) -> i128 {
    if kind_of(name).is_none_or(|counted| counted.resource() != kind.resource()) {
        return 0;
    }
    match name {
        "requests.storage" => quantity::parse(&object["spec"]["resources"]["requests"]["storage"]).unwrap_or(0),
        "services.loadbalancers" => i128::from(object["spec"]["type"] == "LoadBalancer") * 1000,
        "services.nodeports" => i128::from(object["spec"]["type"] == "NodePort") * 1000,
        _ if name.starts_with("count/") => 1000,
        _ if kind.is("pods") => pod_share(name, object),
        _ => 1000,
    }
}

fn pod_share(name: &str, pod: &Value) -> i128 {
    if matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) {
        return 0;
    }
    let Some((field, resource)) = compute(name) else {
        return i128::from(name == "pods") * 1000;
    };
    let of = |container: &Value| quantity::parse(&container["resources"][field][resource]).unwrap_or(0);
    let list = |name: &str| pod["spec"][name].as_array().cloned().unwrap_or_default();
    let running: i128 = list("containers").iter().map(of).sum();
    let starting = list("initContainers").iter().map(of).max().unwrap_or(0);
    running.max(starting)
}

/// `limits.memory` → (`limits`, `memory`); `cpu` means requests.
fn compute(name: &str) -> Option<(&'static str, &str)> {
    let (field, resource) = match name.split_once('.') {
        Some(("limits", resource)) => ("limits", resource),
        Some(("requests", resource)) => ("requests", resource),
        None => ("requests", name),
        Some(_) => return None,
    };
    matches!(resource, "cpu" | "memory" | "ephemeral-storage").then_some((field, resource))
}

fn containers_without(pod: &Value, name: &str) -> Vec<String> {
    let Some((field, resource)) = compute(name) else { return vec![] };
    if resource == "ephemeral-storage" {
        return vec![];
    }
    let containers = pod["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    containers
        .iter()
        .filter(|container| container["resources"][field][resource].is_null())
        .map(|container| container["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}
