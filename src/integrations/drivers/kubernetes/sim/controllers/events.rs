//! Events: what happened to an object, for people who look. Most parts of a cluster write them in the old form (`count`,
//! `firstTimestamp`, `lastTimestamp`), the scheduler in the new one (`eventTime`, `series`); readers meet both.
use crate::integrations::drivers::kubernetes::sim::{
    kinds,
    objects::{self, Hand, name, namespace, text, uid},
    store::{Key, State},
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Instant;

/// How long events are kept (the API server's default).
const KEPT: Duration = Duration::hours(1);
/// How often what goes on is told again. The real ones take seconds to minutes.
const AGAIN: std::time::Duration = std::time::Duration::from_millis(500);

/// Notes that something happened; the same thing again only raises its count.
pub fn emit(state: &mut State, about: &Value, kind: &str, reason: &str, message: &str) {
    note(state, about, "", kind, reason, message);
}

/// The same about a container of a pod.
pub fn emit_of(state: &mut State, pod: &Value, container: &str, kind: &str, reason: &str, message: &str) {
    note(state, pod, &format!("spec.containers{{{container}}}"), kind, reason, message);
}

/// Notes that something goes on: every now and then, however often it is called. `what` tells such things apart.
pub fn emit_again(state: &mut State, about: &Value, what: &'static str, kind: &str, reason: &str, message: &str) {
    let key = (uid(about).to_owned(), what);
    if state.moments.get(&key).is_none_or(|last| last.elapsed() >= AGAIN) {
        state.moments.insert(key, Instant::now());
        emit(state, about, kind, reason, message);
    }
}

fn note(state: &mut State, about: &Value, part: &str, kind: &str, reason: &str, message: &str) {
    let home = if namespace(about).is_empty() { "default" } else { namespace(about) }.to_owned();
    let digest = hex::encode(Sha256::digest(format!("{}{part}{reason}{message}", uid(about))));
    let event_name = format!("{}.{}", name(about), &digest[..16]);
    let component = component(text(about, "/kind"), reason);
    let is_new_form = component == "default-scheduler";
    let (now, precisely) = (state.now_text(), state.now().to_rfc3339_opts(SecondsFormat::Micros, true));
    if let Some(old) = state.get("events", &home, &event_name) {
        let mut event = (*old).clone();
        if is_new_form {
            let count = event["series"]["count"].as_i64().unwrap_or(1) + 1;
            event["series"] = json!({"count": count, "lastObservedTime": precisely});
        } else {
            event["count"] = json!(event["count"].as_i64().unwrap_or(1) + 1);
            event["lastTimestamp"] = json!(now);
        }
        state.put(Key::new("events", home, event_name), event);
        return;
    }
    let mut event = json!({
        "metadata": {"name": event_name},
        "involvedObject": {
            "apiVersion": about["apiVersion"], "kind": about["kind"], "name": name(about), "namespace": namespace(about),
            "uid": uid(about), "resourceVersion": text(about, "/metadata/resourceVersion"),
        },
        "type": kind, "reason": reason, "message": message, "reportingComponent": component, "reportingInstance": "",
    });
    if !part.is_empty() {
        event["involvedObject"]["fieldPath"] = json!(part);
    }
    if is_new_form {
        event["eventTime"] = json!(precisely);
        event["action"] = json!(if reason == "Scheduled" { "Binding" } else { "Scheduling" });
        event["reportingInstance"] = json!("default-scheduler-simulated");
        event["source"] = json!({});
    } else {
        event["count"] = json!(1);
        event["firstTimestamp"] = json!(now);
        event["lastTimestamp"] = json!(now);
        event["source"] = json!({"component": component});
    }
    // The namespace may have gone meanwhile; then nobody can look.
    let _ = objects::create(state, kinds::built_in("events"), &home, event, &Hand::Controller, false);
}

/// Which part of a cluster says so.
fn component(about: &str, reason: &str) -> &'static str {
    match (about, reason) {
        (_, "Scheduled" | "FailedScheduling") => "default-scheduler",
        (_, "FailedAttachVolume" | "SuccessfulAttachVolume") => "attachdetach-controller",
        (_, "OOMKilling") => "kernel-monitor",
        (_, "NodeNotReady") => "node-controller",
        (_, "ScalingReplicaSet") => "deployment-controller",
        (_, "ProvisioningSucceeded" | "ProvisioningFailed" | "WaitForFirstConsumer") => "persistentvolume-controller",
        ("Pod", _) => "kubelet",
        ("ReplicaSet", _) => "replicaset-controller",
        ("Job", _) => "job-controller",
        _ => "controller-manager",
    }
}

/// When it was seen last.
fn last_seen(event: &Value) -> Option<DateTime<Utc>> {
    let times = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    let time = times.iter().map(|field| text(event, field)).find(|time| !time.is_empty())?;
    DateTime::parse_from_rfc3339(time).ok().map(|time| time.to_utc())
}

/// Drops old events.
pub fn run(state: &mut State) {
    let limit = state.now() - KEPT;
    let old: Vec<Key> = state
        .list("events", None)
        .filter(|(_, event)| last_seen(event).is_some_and(|time| time < limit))
        .map(|(key, _)| key.clone())
        .collect();
    for key in old {
        state.remove(&key);
    }
}
