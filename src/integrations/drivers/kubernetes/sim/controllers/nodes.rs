//! Machines of the cluster, and what else is there from the first day on.
use super::{events::emit, set_condition};
use crate::integrations::drivers::kubernetes::sim::{
    kinds,
    objects::{self, DeleteOptions, Hand, is_going, name, namespace, text},
    store::{Key, State},
};
use chrono::{DateTime, Duration};
use serde_json::{Value, json};

const NODES: &[&str] = &["simulated-1", "simulated-2", "simulated-3"];
/// How long a pod stays on a machine that does not answer, unless it says otherwise.
const USUAL_TOLERATION_SECONDS: i64 = 300;

/// Puts into a cluster what a fresh K3s has; what is there stays.
pub fn furnish(state: &mut State) {
    for home in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        place(state, "namespaces", home, json!({}));
    }
    let annotations = json!({"storageclass.kubernetes.io/is-default-class": "true"});
    place(
        state,
        "storageclasses.storage.k8s.io",
        "standard",
        json!({
            "metadata": {"annotations": annotations}, "provisioner": "csi.simulated.invalid", "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": true,
        }),
    );
    place(
        state,
        "storageclasses.storage.k8s.io",
        "local-path",
        json!({
            "provisioner": "rancher.io/local-path", "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer",
        }),
    );
    place(
        state,
        "ingressclasses.networking.k8s.io",
        "traefik",
        json!({
            "metadata": {"annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
            "spec": {"controller": "traefik.io/ingress-controller"},
        }),
    );
    for (index, machine) in NODES.iter().enumerate() {
        let labels = json!({
            "kubernetes.io/hostname": machine, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "node.kubernetes.io/instance-type": "k3s",
        });
        place(
            state,
            "nodes",
            machine,
            json!({"metadata": {"labels": labels}, "spec": {"podCIDR": format!("10.42.{index}.0/24")}}),
        );
    }
}

fn place(state: &mut State, resource: &str, name: &str, mut object: Value) {
    if state.get(resource, "", name).is_some() {
        return;
    }
    object["metadata"]["name"] = json!(name);
    objects::create(state, kinds::built_in(resource), "", object, &Hand::Controller, false)
        .expect("what a fresh cluster has is well formed");
}

/// One round: which machines answer, and what becomes of pods on those that do not.
pub fn run(state: &mut State) {
    for node in state.listed("nodes", None) {
        let is_down = state.facts().troubles.is_down(name(&node));
        let now = state.now_text();
        let mut conditions = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
        for (kind, reason) in [
            ("MemoryPressure", "KubeletHasSufficientMemory"),
            ("DiskPressure", "KubeletHasNoDiskPressure"),
            ("PIDPressure", "KubeletHasSufficientPID"),
        ] {
            let status = if is_down { "Unknown" } else { "False" };
            set_condition(&mut conditions, kind, status, if is_down { "NodeStatusUnknown" } else { reason }, "", &now);
        }
        let (status, reason, message) = match is_down {
            true => ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
            false => ("True", "KubeletReady", "kubelet is posting ready status"),
        };
        set_condition(&mut conditions, "Ready", status, reason, message, &now);
        let since = conditions
            .iter()
            .find(|condition| condition["type"] == "Ready")
            .map(|ready| text(ready, "/lastTransitionTime").to_owned());
        let mut next = (*node).clone();
        let size = json!({"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "500"});
        next["status"] = json!({
            "capacity": size, "allocatable": size, "conditions": conditions,
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": name(&node)}],
            "nodeInfo": {
                "machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "6.8.0", "osImage": "Simulated",
                "containerRuntimeVersion": "containerd://2.0.5-k3s2", "kubeletVersion": "v1.33.5+k3s1",
                "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64",
            },
        });
        let mut taints = next["spec"]["taints"].as_array().cloned().unwrap_or_default();
        let of_ours = ["node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable"];
        taints.retain(|taint| !of_ours.iter().any(|key| taint["key"] == *key));
        if next["spec"]["unschedulable"] == true {
            taints.push(json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
        }
        if is_down {
            taints.push(json!({"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}));
        }
        if taints.is_empty() {
            next["spec"].as_object_mut().map(|spec| spec.remove("taints"));
        } else {
            next["spec"]["taints"] = json!(taints);
        }
        state.put(Key::new("nodes", "", name(&node)), next);
        if is_down {
            abandon(state, name(&node), &since.unwrap_or_default());
        }
    }
}

/// Pods on a machine that does not answer: not ready, and after their toleration marked for deletion.
fn abandon(state: &mut State, node: &str, since: &str) {
    let since = DateTime::parse_from_rfc3339(since).map(|time| time.to_utc()).unwrap_or_else(|_| state.now());
    for pod in state.listed("pods", None) {
        if text(&pod, "/spec/nodeName") != node {
            continue;
        }
        let mut status = pod["status"].clone();
        let mut conditions = status["conditions"].as_array().cloned().unwrap_or_default();
        if conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True") {
            set_condition(&mut conditions, "Ready", "False", "NodeNotReady", "Node is not ready", &state.now_text());
            status["conditions"] = json!(conditions);
            objects::set_status(state, "pods", &pod, status);
            emit(state, &pod, "Warning", "NodeNotReady", "Node is not ready");
        }
        let tolerated = pod["spec"]["tolerations"].as_array().into_iter().flatten();
        let seconds = tolerated
            .filter(|toleration| toleration["key"] == "node.kubernetes.io/unreachable")
            .find_map(|toleration| toleration["tolerationSeconds"].as_i64())
            .unwrap_or(USUAL_TOLERATION_SECONDS);
        let present = state.get("pods", namespace(&pod), name(&pod)).filter(|pod| !is_going(pod));
        if let Some(present) = present
            && state.now() - since > Duration::seconds(seconds)
        {
            // Without preconditions a deletion is never refused.
            let _ = objects::delete(state, kinds::built_in("pods"), &present, &DeleteOptions::default());
        }
    }
}
