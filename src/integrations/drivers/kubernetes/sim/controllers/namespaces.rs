//! Namespaces: what each is born with, what its quotas count, and how it ends.
use super::set_condition;
use crate::integrations::drivers::kubernetes::sim::{
    admission::quota,
    kinds,
    objects::{self, DeleteOptions, Hand, is_going, name, namespace},
    store::{Key, State},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// One round.
pub fn run(state: &mut State) {
    for home in state.listed("namespaces", None) {
        if is_going(&home) {
            empty(state, &home);
        } else {
            welcome(state, name(&home));
        }
    }
    for object in state.listed("resourcequotas", None) {
        let used = quota::used(state, namespace(&object), &object);
        objects::set_status(state, "resourcequotas", &object, json!({"hard": object["spec"]["hard"], "used": used}));
    }
}

/// Every namespace gets its default account and the cluster's certificate.
fn welcome(state: &mut State, home: &str) {
    for (resource, name, object) in [
        ("serviceaccounts", "default", json!({})),
        ("configmaps", "kube-root-ca.crt", json!({"data": {"ca.crt": "simulated"}})),
    ] {
        if state.get(resource, home, name).is_none() {
            let mut object = object;
            object["metadata"] = json!({"name": name});
            // It can only be refused because the namespace goes away in this very round.
            let _ = objects::create(state, kinds::built_in(resource), home, object, &Hand::Controller, false);
        }
    }
}

fn empty(state: &mut State, home: &Arc<Value>) {
    let inside: Vec<(Key, Arc<Value>)> = state
        .everything()
        .filter(|(key, _)| key.namespace == name(home))
        .map(|(key, object)| (key.clone(), object.clone()))
        .collect();
    for (key, object) in &inside {
        let Some(kind) = kinds::all(state).into_iter().find(|kind| kind.is(&key.resource)) else { continue };
        if !is_going(object) {
            // Without preconditions a deletion is never refused.
            let _ = objects::delete(state, &kind, object, &DeleteOptions::default());
        }
    }
    let left: Vec<(&Key, Arc<Value>)> = inside
        .iter()
        .filter_map(|(key, _)| state.get(&key.resource, &key.namespace, &key.name).map(|object| (key, object)))
        .collect();
    let Some(present) = state.get("namespaces", "", name(home)) else { return };
    let mut next = (*present).clone();
    if left.is_empty() {
        next["spec"]["finalizers"] = json!([]);
    } else {
        let mut conditions = next["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let held: Vec<String> = left
            .iter()
            .flat_map(|(_, object)| object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default())
            .filter_map(|finalizer| finalizer.as_str().map(str::to_owned))
            .collect();
        let now = state.now_text();
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for (key, _) in &left {
            *counts.entry(&key.resource).or_default() += 1;
        }
        let texts: Vec<String> =
            counts.iter().map(|(resource, count)| format!("{resource} has {count} resource instances")).collect();
        let why = format!("Some resources are remaining: {}", texts.join(", "));
        set_condition(&mut conditions, "NamespaceContentRemaining", "True", "SomeResourcesRemain", &why, &now);
        if !held.is_empty() {
            let why = format!("Some content in the namespace has finalizers remaining: {}", held.join(", "));
            set_condition(&mut conditions, "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", &why, &now);
        }
        next["status"]["conditions"] = json!(conditions);
    }
    state.put(Key::new("namespaces", "", name(home)), next);
}
