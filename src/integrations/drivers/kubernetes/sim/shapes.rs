//! Whether a body has the shape of its kind, judged by the typed structs of k8s-openapi.
use super::{
    kinds::Kind,
    refusal::{Refusal, Refused},
};
use k8s_openapi::api::{
    apps::v1 as apps, batch::v1 as batch, core::v1 as core, networking::v1 as networking, policy::v1 as policy,
    storage::v1 as storage,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Refuses a body with fields of a wrong type and, if `is_strict`, with fields the kind does not have.
pub fn check(kind: &Kind, body: &Value, is_strict: bool) -> Result<(), Refused> {
    let read = match kind.resource().as_str() {
        "namespaces" => again::<core::Namespace>(body),
        "nodes" => again::<core::Node>(body),
        "pods" => again::<core::Pod>(body),
        "services" => again::<core::Service>(body),
        "secrets" => again::<core::Secret>(body),
        "configmaps" => again::<core::ConfigMap>(body),
        "persistentvolumeclaims" => again::<core::PersistentVolumeClaim>(body),
        "persistentvolumes" => again::<core::PersistentVolume>(body),
        "serviceaccounts" => again::<core::ServiceAccount>(body),
        "resourcequotas" => again::<core::ResourceQuota>(body),
        "limitranges" => again::<core::LimitRange>(body),
        "events" => again::<core::Event>(body),
        "deployments.apps" => again::<apps::Deployment>(body),
        "replicasets.apps" => again::<apps::ReplicaSet>(body),
        "jobs.batch" => again::<batch::Job>(body),
        "cronjobs.batch" => again::<batch::CronJob>(body),
        "ingresses.networking.k8s.io" => again::<networking::Ingress>(body),
        "networkpolicies.networking.k8s.io" => again::<networking::NetworkPolicy>(body),
        "ingressclasses.networking.k8s.io" => again::<networking::IngressClass>(body),
        "storageclasses.storage.k8s.io" => again::<storage::StorageClass>(body),
        "poddisruptionbudgets.policy" => again::<policy::PodDisruptionBudget>(body),
        _ => again::<Loose>(body),
    };
    let read = read.map_err(|error| {
        let (name, version) = (&kind.kind, &kind.version);
        Refusal::bad_request(format!("{name} in version \"{version}\" cannot be handled as a {name}: {error}"))
    })?;
    if is_strict {
        let mut unknown = Vec::new();
        lost(body, &read, "", &mut unknown);
        if !unknown.is_empty() {
            return Err(Refusal::bad_request(format!("strict decoding error: {}", unknown.join(", "))));
        }
    }
    Ok(())
}

/// What every object has.
#[derive(Serialize, serde::Deserialize)]
struct Loose {
    #[serde(default)]
    metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

fn again<T: DeserializeOwned + Serialize>(body: &Value) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_value::<T>(body.clone())?)
}

fn lost(body: &Value, read: &Value, at: &str, unknown: &mut Vec<String>) {
    match (body, read) {
        (Value::Object(body), Value::Object(read)) => {
            for (field, value) in body {
                let here = if at.is_empty() { field.clone() } else { format!("{at}.{field}") };
                match read.get(field) {
                    Some(read) => lost(value, read, &here, unknown),
                    None if is_empty(value) => {}
                    None => unknown.push(format!("unknown field \"{here}\"")),
                }
            }
        }
        (Value::Array(body), Value::Array(read)) => {
            for (index, (body, read)) in body.iter().zip(read).enumerate() {
                lost(body, read, &format!("{at}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

/// Takes nulls out of maps, as a typed decoder would.
pub fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
