//! Scheduler and kubelet: a pod gets a machine and its volumes, its containers start, become ready, crash, end.
use super::{
    containers,
    events::{emit, emit_again},
    set_condition, volumes,
};
use crate::integrations::drivers::kubernetes::sim::{
    defaults::address,
    kinds,
    objects::{self, is_going, name, namespace, text, uid},
    quantity,
    store::{Key, State},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// How long a pod takes to end once it is asked to.
const GOODBYE: Duration = Duration::from_millis(100);

/// One round.
pub fn run(state: &mut State) {
    for pod in state.listed("pods", None) {
        let node = text(&pod, "/spec/nodeName");
        let is_cut_off = !node.is_empty() && state.facts().troubles.is_down(node);
        if is_cut_off {
            continue;
        }
        if is_going(&pod) {
            end(state, &pod);
        } else if node.is_empty() {
            schedule(state, &pod);
        } else if !matches!(text(&pod, "/status/phase"), "Succeeded" | "Failed") {
            containers::tend(state, &pod);
        }
    }
}

fn end(state: &mut State, pod: &Value) {
    let asked = state.moment(uid(pod), "going");
    if asked.elapsed() < GOODBYE {
        return;
    }
    let mut last = pod.clone();
    last["metadata"]["deletionGracePeriodSeconds"] = json!(0);
    // Finalizers of others may still hold it; without them this was its last write.
    state.put(Key::new("pods", namespace(pod), name(pod)), last);
}

/// Finds a machine; until then the condition `PodScheduled` says what is missing.
fn schedule(state: &mut State, pod: &Arc<Value>) {
    match place_for(state, pod) {
        Ok(node) => {
            for claim_name in volumes::claims_of(pod) {
                let claim = state.get("persistentvolumeclaims", namespace(pod), claim_name);
                if let Some(claim) = claim.filter(|claim| claim["status"]["phase"] != "Bound") {
                    volumes::bind(state, &claim);
                }
            }
            let mut placed = (**pod).clone();
            placed["spec"]["nodeName"] = json!(node);
            let mut conditions = placed["status"]["conditions"].as_array().cloned().unwrap_or_default();
            set_condition(&mut conditions, "PodScheduled", "True", "", "", &state.now_text());
            placed["status"]["conditions"] = json!(conditions);
            placed["status"]["startTime"] = json!(state.now_text());
            placed["status"]["podIP"] = json!(address("10.42", uid(pod)));
            placed["status"]["podIPs"] = json!([{"ip": address("10.42", uid(pod))}]);
            placed["status"]["hostIP"] = json!("127.0.0.1");
            state.put(Key::new("pods", namespace(pod), name(pod)), placed);
            let message = format!("Successfully assigned {}/{} to {node}", namespace(pod), name(pod));
            emit(state, pod, "Normal", "Scheduled", &message);
        }
        Err(why) => {
            let mut status = pod["status"].clone();
            let mut conditions = status["conditions"].as_array().cloned().unwrap_or_default();
            let is_known = conditions.iter().any(|one| one["type"] == "PodScheduled" && one["message"] == why.as_str());
            set_condition(&mut conditions, "PodScheduled", "False", "Unschedulable", &why, &state.now_text());
            status["conditions"] = json!(conditions);
            objects::set_status(state, "pods", pod, status);
            if is_known {
                emit_again(state, pod, "unscheduled", "Warning", "FailedScheduling", &why);
            } else {
                emit(state, pod, "Warning", "FailedScheduling", &why);
            }
        }
    }
}

fn place_for(state: &State, pod: &Value) -> Result<String, String> {
    let nodes = state.listed("nodes", None);
    let none = |why: &str| format!("0/{} nodes are available: {why}", nodes.len());
    for claim_name in volumes::claims_of(pod) {
        let claim = state.get("persistentvolumeclaims", namespace(pod), claim_name).filter(|claim| !is_going(claim));
        let Some(claim) = claim else {
            return Err(none(&format!("persistentvolumeclaim \"{claim_name}\" not found.")));
        };
        if claim["status"]["phase"] == "Bound" {
            continue;
        }
        let class = state.get("storageclasses.storage.k8s.io", "", text(&claim, "/spec/storageClassName"));
        let waits = class.is_some_and(|class| class["volumeBindingMode"] == "WaitForFirstConsumer");
        if !waits {
            return Err(none("pod has unbound immediate PersistentVolumeClaims."));
        }
        if state.facts().troubles.are_volumes_pending {
            return Err(none("node(s) did not have enough free storage."));
        }
    }
    let wanted = requests(pod);
    let mut reasons = std::collections::BTreeMap::<String, usize>::new();
    let mut best: Option<(i128, String)> = None;
    for node in &nodes {
        match fit(state, pod, node, wanted) {
            Ok(load) if best.as_ref().is_none_or(|(least, _)| load < *least) => {
                best = Some((load, name(node).to_owned()))
            }
            Ok(_) => {}
            Err(why) => *reasons.entry(why.to_owned()).or_default() += 1,
        }
    }
    best.map(|(_, node)| node).ok_or_else(|| {
        let list: Vec<String> = reasons.iter().map(|(why, count)| format!("{count} {why}")).collect();
        none(&format!("{}.", list.join(", ")))
    })
}

/// Requested memory on a machine, or why the pod does not fit it.
fn fit(state: &State, pod: &Value, node: &Value, wanted: (i128, i128)) -> Result<i128, &'static str> {
    if state.facts().troubles.is_down(name(node)) {
        return Err("node(s) had untolerated taint {node.kubernetes.io/unreachable: }");
    }
    if state.facts().troubles.is_full {
        return Err("Insufficient memory");
    }
    if node["spec"]["unschedulable"] == true {
        return Err("node(s) were unschedulable");
    }
    let selector = pod["spec"]["nodeSelector"].as_object();
    if selector.is_some_and(|selector| selector.iter().any(|(key, value)| node["metadata"]["labels"][key] != *value)) {
        return Err("node(s) didn't match Pod's node affinity/selector");
    }
    let (mut cpu, mut memory, mut count) = (0, 0, 0);
    for (_, other) in state.list("pods", None) {
        let is_here = text(other, "/spec/nodeName") == name(node);
        if is_here && !matches!(text(other, "/status/phase"), "Succeeded" | "Failed") {
            let (its_cpu, its_memory) = requests(other);
            (cpu, memory, count) = (cpu + its_cpu, memory + its_memory, count + 1000);
        }
    }
    let room = |resource: &str| quantity::parse(&node["status"]["allocatable"][resource]).unwrap_or(0);
    match () {
        () if count + 1000 > room("pods") => Err("Too many pods"),
        () if cpu + wanted.0 > room("cpu") => Err("Insufficient cpu"),
        () if memory + wanted.1 > room("memory") => Err("Insufficient memory"),
        () => Ok(memory),
    }
}

/// CPU and memory a pod requests, in thousandths.
fn requests(pod: &Value) -> (i128, i128) {
    let containers = pod["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let sum = |resource: &str| -> i128 {
        containers.iter().filter_map(|container| quantity::parse(&container["resources"]["requests"][resource])).sum()
    };
    (sum("cpu"), sum("memory"))
}

/// A secret or config map a pod needs and that is not there, for mounting (`true`) or for its environment.
pub fn missing_source(state: &State, pod: &Value, container: &Value, is_mount: bool) -> Option<String> {
    let home = namespace(pod);
    let check = |resource: &str, reference: &Value, field: &str| {
        let wanted = reference[field].as_str()?;
        let is_missing = reference["optional"] != true && state.get(resource, home, wanted).is_none();
        is_missing.then(|| format!("{} \"{wanted}\" not found", kinds::built_in(resource).plural.trim_end_matches('s')))
    };
    if is_mount {
        return pod["spec"]["volumes"].as_array().into_iter().flatten().find_map(|volume| {
            check("secrets", &volume["secret"], "secretName")
                .or_else(|| check("configmaps", &volume["configMap"], "name"))
        });
    }
    let from = container["envFrom"].as_array().into_iter().flatten().find_map(|source| {
        check("secrets", &source["secretRef"], "name").or_else(|| check("configmaps", &source["configMapRef"], "name"))
    });
    from.or_else(|| {
        container["env"].as_array().into_iter().flatten().find_map(|variable| {
            let source = &variable["valueFrom"];
            check("secrets", &source["secretKeyRef"], "name")
                .or_else(|| check("configmaps", &source["configMapKeyRef"], "name"))
        })
    })
}
