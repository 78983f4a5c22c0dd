//! Deployments: one ReplicaSet per template, scaled by the strategy; status and conditions as `kubectl rollout` reads
//! them.
use super::{
    controlled_by,
    events::emit,
    is_controlled_by,
    replica_sets::{active_pods, all_pods},
    set_condition,
};
use crate::integrations::drivers::kubernetes::sim::{
    kinds,
    objects::{self, Hand, is_going, name, namespace, text, uid},
    store::{Key, State},
};
use chrono::{DateTime, Duration};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const HASH_LABEL: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";

/// One round.
pub fn run(state: &mut State) {
    for deployment in state.listed("deployments.apps", None) {
        if !is_going(&deployment) {
            tend(state, &deployment);
        }
    }
}

fn sets_of(state: &State, deployment: &Value) -> Vec<Arc<Value>> {
    let sets = state.list("replicasets.apps", Some(namespace(deployment))).map(|(_, set)| set);
    sets.filter(|set| is_controlled_by(set, uid(deployment)) && !is_going(set)).cloned().collect()
}

fn tend(state: &mut State, deployment: &Arc<Value>) {
    let hash = template_hash(&deployment["spec"]["template"]);
    let has_new = |sets: &[Arc<Value>]| sets.iter().any(|set| set["metadata"]["labels"][HASH_LABEL] == hash.as_str());
    let mut sets = sets_of(state, deployment);
    if !has_new(&sets) && deployment["spec"]["paused"] != true {
        make_set(state, deployment, &hash, &sets);
        sets = sets_of(state, deployment);
    }
    let (new, old): (Vec<_>, Vec<_>) =
        sets.into_iter().partition(|set| set["metadata"]["labels"][HASH_LABEL] == hash.as_str());
    if let Some(new) = new.first() {
        scale(state, deployment, new, &old);
        forget_history(state, deployment, &old);
    }
    report(state, deployment, &hash);
}

fn template_hash(template: &Value) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let digest = Sha256::digest(template.to_string());
    digest.iter().take(10).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

fn revision(object: &Value) -> i64 {
    object["metadata"]["annotations"][REVISION].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn make_set(state: &mut State, deployment: &Value, hash: &str, sets: &[Arc<Value>]) {
    let number = sets.iter().map(|set| revision(set)).max().unwrap_or(0) + 1;
    let mut template = deployment["spec"]["template"].clone();
    template["metadata"]["labels"][HASH_LABEL] = json!(hash);
    let mut selector = deployment["spec"]["selector"].clone();
    selector["matchLabels"][HASH_LABEL] = json!(hash);
    let set = json!({
        "metadata": {
            "name": format!("{}-{hash}", name(deployment)), "labels": template["metadata"]["labels"],
            "annotations": {REVISION: number.to_string()}, "ownerReferences": controlled_by(deployment),
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
    });
    // A refusal (the namespace goes away) shows in what is missing; the next round tries again.
    let _ = objects::create(
        state,
        kinds::built_in("replicasets.apps"),
        namespace(deployment),
        set,
        &Hand::Controller,
        false,
    );
    if let Some(present) = state.get("deployments.apps", namespace(deployment), name(deployment)) {
        let mut next = (*present).clone();
        next["metadata"]["annotations"][REVISION] = json!(number.to_string());
        state.put(Key::new("deployments.apps", namespace(deployment), name(deployment)), next);
    }
}

/// `maxSurge` and `maxUnavailable` in pods: shares of surge are rounded up, of unavailable ones down.
fn bounds(deployment: &Value) -> (i64, i64) {
    let wanted = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
    let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
    let part = |value: &Value, is_up: bool| match value.as_str().and_then(|text| text.strip_suffix('%')) {
        Some(percent) => {
            let share = wanted * percent.parse::<i64>().unwrap_or(0);
            if is_up { (share + 99) / 100 } else { share / 100 }
        }
        None => value.as_i64().unwrap_or(0),
    };
    match (part(&rolling["maxSurge"], true), part(&rolling["maxUnavailable"], false)) {
        (0, 0) => (0, 1),
        bounds => bounds,
    }
}

fn replicas(set: &Value) -> i64 {
    set["spec"]["replicas"].as_i64().unwrap_or(0)
}

fn available(set: &Value) -> i64 {
    set["status"]["availableReplicas"].as_i64().unwrap_or(0)
}

fn scale(state: &mut State, deployment: &Value, new: &Arc<Value>, old: &[Arc<Value>]) {
    let wanted = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
    if deployment["spec"]["strategy"]["type"] == "Recreate" {
        for set in old {
            set_replicas(state, deployment, set, 0);
        }
        if old.iter().all(|set| all_pods(state, set).is_empty()) {
            set_replicas(state, deployment, new, wanted);
        }
        return;
    }
    let (surge, unavailable) = bounds(deployment);
    let old_total: i64 = old.iter().map(|set| replicas(set)).sum();
    let room = (wanted + surge - old_total).max(0);
    let target = if replicas(new) > wanted { wanted } else { replicas(new).max(room.min(wanted)) };
    set_replicas(state, deployment, new, target);
    // Old pods that never became ready may go at once; of the others as many as are not needed.
    let ready_total: i64 = available(new) + old.iter().map(|set| available(set)).sum::<i64>();
    let mut may_go = (ready_total - (wanted - unavailable)).max(0);
    for set in old.iter().filter(|set| replicas(set) > 0) {
        let unready = replicas(set) - available(set);
        let ready_gone = may_go.min(available(set));
        may_go -= ready_gone;
        set_replicas(state, deployment, set, replicas(set) - unready - ready_gone);
    }
}

fn set_replicas(state: &mut State, deployment: &Value, set: &Arc<Value>, wanted: i64) {
    let present = replicas(set);
    if present == wanted {
        return;
    }
    let mut next = (**set).clone();
    next["spec"]["replicas"] = json!(wanted);
    next["metadata"]["generation"] = json!(set["metadata"]["generation"].as_i64().unwrap_or(1) + 1);
    state.put(Key::new("replicasets.apps", namespace(set), name(set)), next);
    let way = if wanted > present { "up" } else { "down" };
    let message = format!("Scaled {way} replica set {} from {present} to {wanted}", name(set));
    emit(state, deployment, "Normal", "ScalingReplicaSet", &message);
}

fn forget_history(state: &mut State, deployment: &Value, old: &[Arc<Value>]) {
    let kept = usize::try_from(deployment["spec"]["revisionHistoryLimit"].as_i64().unwrap_or(10)).unwrap_or(0);
    let mut idle: Vec<&Arc<Value>> =
        old.iter().filter(|set| replicas(set) == 0 && all_pods(state, set).is_empty()).collect();
    idle.sort_by_key(|set| revision(set));
    for set in idle.iter().take(idle.len().saturating_sub(kept)) {
        state.remove(&Key::new("replicasets.apps", namespace(set), name(set)));
    }
}

fn report(state: &mut State, deployment: &Value, hash: &str) {
    let Some(deployment) = state.get("deployments.apps", namespace(deployment), name(deployment)) else { return };
    let sets = sets_of(state, &deployment);
    let wanted = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
    let new = sets.iter().find(|set| set["metadata"]["labels"][HASH_LABEL] == hash);
    let total: i64 = sets.iter().map(|set| active_pods(state, set).len() as i64).sum();
    let updated = new.map_or(0, |set| active_pods(state, set).len() as i64);
    let ready: i64 = sets.iter().map(|set| set["status"]["readyReplicas"].as_i64().unwrap_or(0)).sum();
    let old_status = &deployment["status"];
    let mut status = json!({"observedGeneration": deployment["metadata"]["generation"]});
    let missing = (wanted.max(total) - ready).max(0);
    for (field, count) in [
        ("replicas", total),
        ("updatedReplicas", updated),
        ("readyReplicas", ready),
        ("availableReplicas", ready),
        ("unavailableReplicas", missing),
    ] {
        if count > 0 {
            status[field] = json!(count);
        }
    }
    let mut conditions = old_status["conditions"].as_array().cloned().unwrap_or_default();
    let now = state.now_text();
    let (_, may_miss) = if deployment["spec"]["strategy"]["type"] == "Recreate" { (0, 0) } else { bounds(&deployment) };
    if ready >= wanted - may_miss {
        let why = "Deployment has minimum availability.";
        set_condition(&mut conditions, "Available", "True", "MinimumReplicasAvailable", why, &now);
    } else {
        let why = "Deployment does not have minimum availability.";
        set_condition(&mut conditions, "Available", "False", "MinimumReplicasUnavailable", why, &now);
    }
    let is_complete = updated == wanted && total == updated && ready == updated;
    progress(state, &deployment, new.map(|set| name(set)), &status, is_complete, &mut conditions);
    let failure = sets
        .iter()
        .filter_map(|set| set["status"]["conditions"].as_array())
        .flatten()
        .find(|one| one["type"] == "ReplicaFailure");
    match failure {
        Some(failure) => {
            set_condition(
                &mut conditions,
                "ReplicaFailure",
                "True",
                text(failure, "/reason"),
                text(failure, "/message"),
                &now,
            );
        }
        None => conditions.retain(|condition| condition["type"] != "ReplicaFailure"),
    }
    // The time of the last update is the API's own; it follows every change of the condition.
    for condition in &mut conditions {
        let same =
            old_status["conditions"].as_array().into_iter().flatten().find(|old| old["type"] == condition["type"]);
        let is_same =
            same.is_some_and(|old| old["reason"] == condition["reason"] && old["message"] == condition["message"]);
        if condition["lastUpdateTime"].is_null() {
            condition["lastUpdateTime"] = match same {
                Some(old) if is_same => old["lastUpdateTime"].clone(),
                _ => json!(now),
            };
        }
    }
    status["conditions"] = json!(conditions);
    objects::set_status(state, "deployments.apps", &deployment, status);
}

/// The condition `Progressing`: a rollout that does not move for `progressDeadlineSeconds` has failed.
fn progress(
    state: &State,
    deployment: &Value,
    new: Option<&str>,
    status: &Value,
    is_complete: bool,
    conditions: &mut Vec<Value>,
) {
    let Some(new) = new else { return };
    let now = state.now_text();
    let old_status = &deployment["status"];
    let old = conditions.iter().find(|condition| condition["type"] == "Progressing").cloned().unwrap_or(Value::Null);
    let done = format!("ReplicaSet \"{new}\" has successfully progressed.");
    // Once a rollout is through, pods that fall ill later are no failed rollout.
    let was_done = old["reason"] == "NewReplicaSetAvailable" && old["message"] == done.as_str();
    if is_complete || was_done {
        set_condition(conditions, "Progressing", "True", "NewReplicaSetAvailable", &done, &now);
        return;
    }
    let count = |status: &Value, field: &str| status[field].as_i64().unwrap_or(0);
    let has_moved =
        ["updatedReplicas", "readyReplicas"].iter().any(|field| count(status, field) > count(old_status, field))
            || count(status, "replicas") - count(status, "updatedReplicas")
                < count(old_status, "replicas") - count(old_status, "updatedReplicas");
    let message = format!("ReplicaSet \"{new}\" is progressing.");
    let is_new_rollout = old.is_null() || !text(&old, "/message").contains(&format!("\"{new}\""));
    if has_moved || is_new_rollout {
        let reason = if is_new_rollout { "NewReplicaSetCreated" } else { "ReplicaSetUpdated" };
        let message = if is_new_rollout { format!("Created new replica set \"{new}\"") } else { message };
        set_condition(conditions, "Progressing", "True", reason, &message, &now);
        if let Some(condition) = conditions.iter_mut().find(|condition| condition["type"] == "Progressing") {
            condition["lastUpdateTime"] = json!(now);
        }
        return;
    }
    let limit = Duration::seconds(deployment["spec"]["progressDeadlineSeconds"].as_i64().unwrap_or(600));
    let since = DateTime::parse_from_rfc3339(text(&old, "/lastUpdateTime")).map(|time| time.to_utc());
    if since.is_ok_and(|since| state.now() - since > limit) {
        let why = format!("ReplicaSet \"{new}\" has timed out progressing.");
        set_condition(conditions, "Progressing", "False", "ProgressDeadlineExceeded", &why, &now);
    }
}
