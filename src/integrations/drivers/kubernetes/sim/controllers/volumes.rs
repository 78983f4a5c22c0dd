//! Volumes: claims are bound (when a pod needs them, where the class says so), grow, and go when nobody uses them.
use super::events::{emit, emit_again};
use crate::integrations::drivers::kubernetes::sim::{
    kinds,
    objects::{self, Hand, is_going, name, namespace, text, uid},
    store::{Key, State},
};
use serde_json::{Value, json};

/// One round.
pub fn run(state: &mut State) {
    for claim in state.listed("persistentvolumeclaims", None) {
        if is_going(&claim) {
            release(state, &claim);
            continue;
        }
        match text(&claim, "/status/phase") {
            "Bound" => grow(state, &claim),
            _ => wait(state, &claim),
        }
    }
    for volume in state.listed("persistentvolumes", None) {
        let reference = &volume["spec"]["claimRef"];
        let claim = state.get("persistentvolumeclaims", text(reference, "/namespace"), text(reference, "/name"));
        if claim.is_some_and(|claim| uid(&claim) == text(reference, "/uid")) {
            continue;
        }
        if volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain" {
            objects::set_status(state, "persistentvolumes", &volume, json!({"phase": "Released"}));
        } else {
            state.remove(&Key::new("persistentvolumes", "", name(&volume)));
        }
    }
}

/// Names of the claims a pod uses.
pub fn claims_of(pod: &Value) -> Vec<&str> {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    volumes.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str()).collect()
}

/// Makes a volume for a claim.
pub fn bind(state: &mut State, claim: &Value) {
    let volume_name = format!("pvc-{}", uid(claim));
    let class = state.get("storageclasses.storage.k8s.io", "", text(claim, "/spec/storageClassName"));
    let policy = class.as_ref().map_or("Delete", |class| class["reclaimPolicy"].as_str().unwrap_or("Delete"));
    let volume = json!({
        "metadata": {"name": volume_name},
        "spec": {
            "capacity": claim["spec"]["resources"]["requests"], "accessModes": claim["spec"]["accessModes"],
            "persistentVolumeReclaimPolicy": policy, "storageClassName": claim["spec"]["storageClassName"],
            "claimRef": {
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace(claim), "name": name(claim),
                "uid": uid(claim),
            },
        },
    });
    let made = objects::create(state, kinds::built_in("persistentvolumes"), "", volume, &Hand::Controller, false);
    if let Ok(volume) = made {
        objects::set_status(state, "persistentvolumes", &volume, json!({"phase": "Bound"}));
    }
    let mut bound = claim.clone();
    bound["spec"]["volumeName"] = json!(volume_name);
    bound["status"] = json!({
        "phase": "Bound", "accessModes": claim["spec"]["accessModes"], "capacity": claim["spec"]["resources"]["requests"],
    });
    state.put(Key::new("persistentvolumeclaims", namespace(claim), name(claim)), bound);
    let message = format!("Successfully provisioned volume {volume_name}");
    emit(state, claim, "Normal", "ProvisioningSucceeded", &message);
}

/// A claim nothing is bound to yet.
fn wait(state: &mut State, claim: &Value) {
    let class_name = text(claim, "/spec/storageClassName");
    let Some(class) = state.get("storageclasses.storage.k8s.io", "", class_name) else {
        let why = format!("storageclass.storage.k8s.io \"{class_name}\" not found");
        return emit_again(state, claim, "unprovisioned", "Warning", "ProvisioningFailed", &why);
    };
    if state.facts().troubles.are_volumes_pending {
        let why = format!("failed to provision volume with StorageClass \"{class_name}\": the pool has no space left");
        return emit_again(state, claim, "unprovisioned", "Warning", "ProvisioningFailed", &why);
    }
    if class["volumeBindingMode"] == "WaitForFirstConsumer" {
        let why = "waiting for first consumer to be created before binding";
        return emit_once(state, claim, "Normal", "WaitForFirstConsumer", why);
    }
    bind(state, claim);
}

/// The beat comes often; what only waits is noted once.
fn emit_once(state: &mut State, claim: &Value, kind: &str, reason: &'static str, message: &str) {
    let key = (uid(claim).to_owned(), reason);
    if state.moments.insert(key, std::time::Instant::now()).is_none() {
        emit(state, claim, kind, reason, message);
    }
}

fn grow(state: &mut State, claim: &Value) {
    let wanted = &claim["spec"]["resources"]["requests"];
    if claim["status"]["capacity"] != *wanted {
        let mut status = claim["status"].clone();
        status["capacity"] = wanted.clone();
        objects::set_status(state, "persistentvolumeclaims", claim, status);
        let volume_name = text(claim, "/spec/volumeName").to_owned();
        if let Some(volume) = state.get("persistentvolumes", "", &volume_name) {
            let mut volume = (*volume).clone();
            volume["spec"]["capacity"] = wanted.clone();
            state.put(Key::new("persistentvolumes", "", volume_name), volume);
        }
        emit(state, claim, "Normal", "FileSystemResizeSuccessful", "MountVolume.NodeExpandVolume succeeded for volume");
    }
}

/// A claim that is to go stays as long as a pod uses it.
fn release(state: &mut State, claim: &Value) {
    let is_used = state.list("pods", Some(namespace(claim))).any(|(_, pod)| {
        claims_of(pod).contains(&name(claim)) && !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
    });
    if is_used {
        return;
    }
    let mut next = claim.clone();
    if let Some(list) = next["metadata"]["finalizers"].as_array_mut() {
        list.retain(|finalizer| finalizer != "kubernetes.io/pvc-protection");
    }
    state.put(Key::new("persistentvolumeclaims", namespace(claim), name(claim)), next);
}
