//! The garbage collector: dependents go after their owners, or before them where the deletion was in the foreground.
use crate::integrations::drivers::kubernetes::sim::{
    kinds,
    objects::{self, DeleteOptions, is_going, uid},
    store::{Key, State},
};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// One round.
pub fn run(state: &mut State) {
    let mut living: HashSet<String> = HashSet::new();
    let mut leaving: HashMap<String, Key> = HashMap::new();
    for (key, object) in state.everything() {
        living.insert(uid(object).to_owned());
        if is_going(object) && has_finalizer(object, "foregroundDeletion") {
            leaving.insert(uid(object).to_owned(), key.clone());
        }
    }
    let mut dependents: Vec<(Key, Arc<Value>, bool)> = Vec::new();
    let mut blocked: HashSet<String> = HashSet::new();
    for (key, object) in state.everything() {
        let owners = object["metadata"]["ownerReferences"].as_array().map(Vec::as_slice).unwrap_or_default();
        if owners.is_empty() {
            continue;
        }
        let is = |one: &Value, set: &dyn Fn(&str) -> bool| set(one["uid"].as_str().unwrap_or_default());
        let is_orphaned = owners.iter().all(|one| !is(one, &|owner| living.contains(owner)));
        let goes_first = owners.iter().any(|one| is(one, &|owner| leaving.contains_key(owner)));
        for one in owners.iter().filter(|one| one["blockOwnerDeletion"] == true) {
            blocked.insert(one["uid"].as_str().unwrap_or_default().to_owned());
        }
        if (is_orphaned || goes_first) && !is_going(object) {
            dependents.push((key.clone(), object.clone(), goes_first));
        }
    }
    for (key, object, is_foreground) in dependents {
        let policy = if is_foreground { "Foreground" } else { "Background" };
        let options = DeleteOptions { propagation_policy: Some(policy.to_owned()), ..DeleteOptions::default() };
        if let Some(kind) = kinds::BUILT_IN.iter().find(|kind| kind.is(&key.resource)) {
            // Without preconditions a deletion is never refused.
            let _ = objects::delete(state, kind, &object, &options);
        }
    }
    for (owner, key) in leaving.into_iter().filter(|(owner, _)| !blocked.contains(owner)) {
        if let Some(object) = state.get(&key.resource, &key.namespace, &key.name).filter(|object| uid(object) == owner)
        {
            let mut object = (*object).clone();
            if let Some(list) = object["metadata"]["finalizers"].as_array_mut() {
                list.retain(|finalizer| finalizer != "foregroundDeletion");
            }
            state.put(key, object);
        }
    }
}

fn has_finalizer(object: &Value, finalizer: &str) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|list| list.iter().any(|found| found == finalizer))
}
