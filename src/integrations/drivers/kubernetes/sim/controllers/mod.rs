//! The cluster's own hands: what controllers, scheduler, kubelet and volume binder do, all in one beat.
use super::store::State;

mod containers;
mod cron_jobs;
mod deployments;
mod events;
mod garbage;
mod jobs;
mod namespaces;
mod nodes;
mod pods;
mod replica_sets;
mod volumes;

pub use nodes::furnish;

/// One beat. Every hand looks at what is there and does the next step; nothing is remembered but in the objects and,
/// for things that take real time, in `State::moments`.
pub fn tick(state: &mut State) {
    nodes::run(state);
    namespaces::run(state);
    garbage::run(state);
    cron_jobs::run(state);
    jobs::run(state);
    deployments::run(state);
    replica_sets::run(state);
    volumes::run(state);
    pods::run(state);
    events::run(state);
}

/// The owner reference of a controller, as it stands in what it makes.
fn controlled_by(owner: &serde_json::Value) -> serde_json::Value {
    serde_json::json!([{
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
    }])
}

/// Whether an object was made by this owner.
fn is_controlled_by(object: &serde_json::Value, owner_uid: &str) -> bool {
    object["metadata"]["ownerReferences"]
        .as_array()
        .is_some_and(|list| list.iter().any(|one| one["controller"] == true && one["uid"] == owner_uid))
}

/// Sets a condition in a list; its time changes with its status only.
fn set_condition(list: &mut Vec<serde_json::Value>, kind: &str, status: &str, reason: &str, message: &str, now: &str) {
    let old = list.iter().position(|condition| condition["type"] == kind);
    let mut condition = serde_json::json!({"type": kind, "status": status, "lastTransitionTime": now});
    for (field, text) in [("reason", reason), ("message", message)] {
        if !text.is_empty() {
            condition[field] = text.into();
        }
    }
    match old {
        Some(at) => {
            if list[at]["status"] == status {
                condition["lastTransitionTime"] = list[at]["lastTransitionTime"].clone();
            }
            list[at] = condition;
        }
        None => list.push(condition),
    }
}
