//! Events: what happened to an object, for people who look.
use crate::integrations::drivers::kubernetes::sim::{
    kinds,
    objects::{self, Hand, name, namespace, text, uid},
    store::{Key, State},
};
use chrono::{DateTime, Duration};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How long events are kept (the API server's default).
const KEPT: Duration = Duration::hours(1);

/// Notes that something happened; the same thing again only raises its count.
pub fn emit(state: &mut State, about: &Value, kind: &str, reason: &str, message: &str) {
    let home = if namespace(about).is_empty() { "default" } else { namespace(about) }.to_owned();
    let digest = hex::encode(Sha256::digest(format!("{}{reason}{message}", uid(about))));
    let event_name = format!("{}.{}", name(about), &digest[..16]);
    let now = state.now_text();
    if let Some(old) = state.get("events", &home, &event_name) {
        let mut event = (*old).clone();
        event["count"] = json!(event["count"].as_i64().unwrap_or(1) + 1);
        event["lastTimestamp"] = json!(now);
        state.put(Key::new("events", home, event_name), event);
        return;
    }
    let component = match reason {
        "Scheduled" | "FailedScheduling" => "default-scheduler",
        "Pulling" | "Pulled" | "Created" | "Started" | "BackOff" | "Failed" | "Killing" | "FailedMount" => "kubelet",
        "ScalingReplicaSet" => "deployment-controller",
        "ProvisioningSucceeded" | "ProvisioningFailed" | "WaitForFirstConsumer" => "persistentvolume-controller",
        _ => "controller-manager",
    };
    let event = json!({
        "metadata": {"name": event_name},
        "involvedObject": {
            "apiVersion": about["apiVersion"], "kind": about["kind"], "name": name(about), "namespace": namespace(about),
            "uid": uid(about), "resourceVersion": text(about, "/metadata/resourceVersion"),
        },
        "type": kind, "reason": reason, "message": message, "count": 1, "firstTimestamp": now, "lastTimestamp": now,
        "source": {"component": component}, "reportingComponent": component, "reportingInstance": "",
    });
    // The namespace may have gone meanwhile; then nobody can look.
    let _ = objects::create(state, kinds::built_in("events"), &home, event, &Hand::Controller, false);
}

/// Drops old events.
pub fn run(state: &mut State) {
    let limit = state.now() - KEPT;
    let old: Vec<Key> = state
        .list("events", None)
        .filter(|(_, event)| {
            DateTime::parse_from_rfc3339(text(event, "/lastTimestamp")).is_ok_and(|time| time.to_utc() < limit)
        })
        .map(|(key, _)| key.clone())
        .collect();
    for key in old {
        state.remove(&key);
    }
}
