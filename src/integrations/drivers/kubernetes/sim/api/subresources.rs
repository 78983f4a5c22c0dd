//! Scale and eviction, and what of an object a subresource writes.
use super::{body, place::Place, reading, writing};
use crate::integrations::drivers::kubernetes::sim::{
    http::{Reply, Request},
    kinds::Kind,
    managers::Writer,
    objects::{self, DeleteOptions, Hand, Part, text},
    patching,
    refusal::{Refusal, Refused},
    selecting,
    store::State,
};
use serde_json::{Value, json};

/// What a PUT or PATCH under this subresource writes.
pub fn part(kind: &Kind, subresource: Option<&str>) -> Option<Part> {
    match subresource {
        None => Some(Part::Main),
        Some("status") if kind.has_status => Some(Part::Status),
        Some("resize") if kind.is("pods") => Some(Part::Resize),
        Some(_) => None,
    }
}

/// GET, PUT and PATCH of `scale`.
pub fn scale(state: &mut State, kind: &Kind, place: &Place, name: &str, request: &Request) -> Result<Reply, Refused> {
    let old = reading::find(state, kind, place, name)?;
    let mut scale = scale_of(&old);
    match request.method.as_str() {
        "GET" => return Ok(Reply::json(200, &scale)),
        "PUT" => scale = body(request)?,
        "PATCH" => patching::merge(&mut scale, &body(request)?),
        _ => {
            return Err(Refusal::new(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            ));
        }
    }
    let mut new = (*old).clone();
    new["spec"]["replicas"] = scale["spec"]["replicas"].as_i64().unwrap_or(0).into();
    if let Some(version) = scale["metadata"]["resourceVersion"].as_str() {
        new["metadata"]["resourceVersion"] = json!(version);
    }
    let writer = Writer { subresource: "scale", ..writing::writer(request, Part::Main) };
    let new =
        objects::update(state, kind, &old, new, Part::Main, &Hand::Update(&writer), writing::is_dry_run(request))?;
    Ok(Reply::json(200, &scale_of(&new)))
}

fn scale_of(object: &Value) -> Value {
    let labels = object["spec"]["selector"]["matchLabels"].as_object().cloned().unwrap_or_default();
    let selector: Vec<String> =
        labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    let meta = &object["metadata"];
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"],
            "resourceVersion": meta["resourceVersion"], "creationTimestamp": meta["creationTimestamp"],
        },
        "spec": {"replicas": object["spec"]["replicas"]},
        "status": {"replicas": object["status"]["replicas"].as_i64().unwrap_or(0), "selector": selector.join(",")},
    })
}

/// How long whom a disruption budget holds back is asked to wait.
const EVICT_AGAIN_SECONDS: u32 = 10;

/// Evicts a pod unless a disruption budget forbids it. The options of its deletion are read as the API server reads
/// them: under `deleteOptions`, and under no other name.
pub fn evict(state: &mut State, kind: &Kind, place: &Place, name: &str, request: &Request) -> Result<Reply, Refused> {
    let pod = reading::find(state, kind, place, name)?;
    let options = match &body(request)?["deleteOptions"] {
        Value::Null => DeleteOptions::default(),
        given => serde_json::from_value(given.clone()).map_err(|error| {
            Refusal::bad_request(format!("Eviction in version \"v1\" cannot be handled as a Eviction: {error}"))
        })?,
    };
    let namespace = objects::namespace(&pod);
    let pods = state.listed("pods", Some(namespace));
    for budget in state.listed("poddisruptionbudgets.policy", Some(namespace)) {
        let covers = |pod: &Value| selecting::fits_selector(&budget["spec"]["selector"], &pod["metadata"]["labels"]);
        if !covers(&pod) {
            continue;
        }
        let all = pods.iter().filter(|pod| covers(pod)).count() as i64;
        let healthy = pods.iter().filter(|pod| covers(pod) && is_ready(pod)).count() as i64;
        let least = budget["spec"]["minAvailable"]
            .as_i64()
            .or_else(|| budget["spec"]["maxUnavailable"].as_i64().map(|most| all - most))
            .unwrap_or(0);
        if healthy - 1 < least {
            let why = "Cannot evict pod as it would violate the pod's disruption budget.";
            let mut refusal = Refusal::new(429, "TooManyRequests", why);
            let needs = format!(
                "The disruption budget {} needs {least} healthy pods and has {healthy} currently",
                objects::name(&budget)
            );
            refusal.details = json!({
                "causes": [{"reason": "DisruptionBudget", "message": needs}], "retryAfterSeconds": EVICT_AGAIN_SECONDS,
            });
            return Err(refusal);
        }
    }
    objects::delete(state, kind, &pod, &options)?;
    Ok(Reply::json(
        201,
        &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
    ))
}

/// Whether a pod takes traffic.
pub fn is_ready(pod: &Value) -> bool {
    text(pod, "/status/phase") == "Running"
        && pod["status"]["conditions"].as_array().is_some_and(|list| {
            list.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
        })
}
