//! Admission: what the API server refuses with 403 although the object is well formed.
use super::{
    kinds::Kind,
    refusal::{Refusal, Refused},
    store::State,
};
use serde_json::{Value, json};

mod limits;
mod pod_security;
pub mod quota;

/// Fills in what LimitRanges and accounts give, and refuses what limits, pod security and quotas forbid.
pub fn admit(state: &State, kind: &Kind, object: &mut Value, old: Option<&Value>) -> Result<(), Refused> {
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    if kind.is("pods") && old.is_none() {
        service_account(state, kind, object, &namespace)?;
        super::defaults::requests_from_limits(&mut object["spec"]);
        limits::fill(state, &namespace, object);
        limits::check_pod(state, kind, &namespace, object)?;
        pod_security::check(state, kind, &namespace, object)?;
    }
    if kind.is("persistentvolumeclaims") {
        limits::check_claim(state, kind, &namespace, object)?;
    }
    quota::check(state, kind, &namespace, object, old)
}

fn service_account(state: &State, kind: &Kind, pod: &mut Value, namespace: &str) -> Result<(), Refused> {
    let account = pod["spec"]["serviceAccountName"].as_str().unwrap_or("default").to_owned();
    if state.get("serviceaccounts", namespace, &account).is_none() {
        let why =
            format!("error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found");
        return Err(Refusal::forbidden(kind, pod["metadata"]["name"].as_str().unwrap_or_default(), &why));
    }
    pod["spec"]["serviceAccountName"] = json!(account);
    Ok(())
}
