//! ReplicaSets: as many pods as wanted. What admission refuses is said in the condition `ReplicaFailure`.
use super::{controlled_by, events::emit, is_controlled_by, set_condition};
use crate::integrations::drivers::kubernetes::sim::{
    api::is_ready,
    kinds,
    objects::{self, DeleteOptions, Hand, is_going, name, namespace, text, uid},
    refusal::Refused,
    store::State,
};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long after a refusal the next try waits.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// One round.
pub fn run(state: &mut State) {
    for set in state.listed("replicasets.apps", None) {
        if !is_going(&set) {
            tend(state, &set);
        }
    }
}

/// Pods of an owner that count: neither going nor done.
pub fn active_pods(state: &State, owner: &Value) -> Vec<Arc<Value>> {
    all_pods(state, owner)
        .into_iter()
        .filter(|pod| !is_going(pod) && !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed"))
        .collect()
}

/// Every pod of an owner.
pub fn all_pods(state: &State, owner: &Value) -> Vec<Arc<Value>> {
    let pods = state.list("pods", Some(namespace(owner))).map(|(_, pod)| pod);
    pods.filter(|pod| is_controlled_by(pod, uid(owner))).cloned().collect()
}

fn tend(state: &mut State, set: &Arc<Value>) {
    let wanted = usize::try_from(set["spec"]["replicas"].as_i64().unwrap_or(1)).unwrap_or(0);
    let mut pods = active_pods(state, set);
    let mut refusal = None;
    let failed_at = (uid(set).to_owned(), "failed");
    let rests = state.moments.get(&failed_at).is_some_and(|at| at.elapsed() < RETRY_AFTER);
    if pods.len() < wanted && !rests {
        state.moments.remove(&failed_at);
        for _ in pods.len()..wanted {
            match make_pod(state, set) {
                Ok(pod) => {
                    let message = format!("Created pod: {}", name(&pod));
                    emit(state, set, "Normal", "SuccessfulCreate", &message);
                }
                Err(refused) => {
                    state.moments.insert(failed_at.clone(), Instant::now());
                    emit(state, set, "Warning", "FailedCreate", &format!("Error creating: {}", refused.message));
                    refusal = Some(refused.message.clone());
                    break;
                }
            }
        }
        pods = active_pods(state, set);
    } else if pods.len() > wanted {
        // Those that are not ready yet go first, then the youngest.
        pods.sort_by_key(|pod| (is_ready(pod), std::cmp::Reverse(text(pod, "/metadata/creationTimestamp").to_owned())));
        for pod in pods.drain(..pods.len() - wanted) {
            // Without preconditions a deletion is never refused.
            let _ = objects::delete(state, kinds::built_in("pods"), &pod, &DeleteOptions::default());
            emit(state, set, "Normal", "SuccessfulDelete", &format!("Deleted pod: {}", name(&pod)));
        }
    }
    let mut conditions = set["status"]["conditions"].as_array().cloned().unwrap_or_default();
    match refusal {
        Some(why) => {
            let now = state.now_text();
            set_condition(&mut conditions, "ReplicaFailure", "True", "FailedCreate", &why, &now);
        }
        None if !rests || pods.len() >= wanted => conditions.retain(|condition| condition["type"] != "ReplicaFailure"),
        None => {}
    }
    let ready = pods.iter().filter(|pod| is_ready(pod)).count();
    let mut status = json!({
        "replicas": pods.len(), "fullyLabeledReplicas": pods.len(), "observedGeneration": set["metadata"]["generation"],
    });
    if ready > 0 {
        status["readyReplicas"] = json!(ready);
        status["availableReplicas"] = json!(ready);
    }
    if !conditions.is_empty() {
        status["conditions"] = json!(conditions);
    }
    objects::set_status(state, "replicasets.apps", set, status);
}

/// Makes a pod from the template of an owner.
pub fn make_pod(state: &mut State, owner: &Value) -> Result<Arc<Value>, Refused> {
    let template = &owner["spec"]["template"];
    let pod = json!({
        "metadata": {
            "generateName": format!("{}-", name(owner)), "labels": template["metadata"]["labels"],
            "annotations": template["metadata"]["annotations"], "ownerReferences": controlled_by(owner),
        },
        "spec": template["spec"],
    });
    objects::create(state, kinds::built_in("pods"), namespace(owner), pod, &Hand::Controller, false)
}
