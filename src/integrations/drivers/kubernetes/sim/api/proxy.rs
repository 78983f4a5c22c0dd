//! The way through the API server to a service or pod, and what the simulated applications answer there: enough for
//! health checks and for the set-up of the first owner.
use super::{place::Place, reading, subresources::is_ready};
use crate::integrations::drivers::kubernetes::sim::{
    http::{Reply, Request},
    kinds::Kind,
    objects::{namespace, text, uid},
    refusal::{Refusal, Refused},
    store::State,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Answers `…/services/[{scheme}:]{name}[:{port}]/proxy/…` and the same of pods.
pub fn reply(state: &mut State, kind: &Kind, place: &Place, name: &str, request: &Request) -> Result<Reply, Refused> {
    let parts: Vec<&str> = name.split(':').collect();
    let (name, port) = match parts.as_slice() {
        [name] => (*name, ""),
        [name, port] => (*name, *port),
        [_, name, port] => (*name, *port),
        _ => return Err(Refusal::bad_request(format!("invalid proxy target \"{name}\""))),
    };
    let target = reading::find(state, kind, place, name)?;
    let pod = if kind.is("services") { behind(state, &target, port)? } else { Some(target.clone()) };
    let Some(pod) = pod.filter(|pod| is_ready(pod)) else {
        let why = format!("no endpoints available for service \"{name}\"");
        return Err(Refusal::new(503, "ServiceUnavailable", why));
    };
    let path = if place.rest.is_empty() { "/" } else { &place.rest };
    let container = &pod["spec"]["containers"][0];
    let reply = application(state, uid(&target), text(container, "/image"), path, request);
    let line = format!("{} {path} {}", request.method, reply.status);
    let now = state.now();
    state.book.write(uid(&pod), text(container, "/name"), now, line);
    Ok(reply)
}

/// A ready pod behind a service, if the service has the port.
fn behind(state: &State, service: &Value, port: &str) -> Result<Option<Arc<Value>>, Refused> {
    let ports = service["spec"]["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_asked = |found: &Value| {
        port.is_empty() || found["name"] == port || port.parse().is_ok_and(|number: i64| found["port"] == number)
    };
    if !ports.iter().any(is_asked) {
        let why = format!("no service port \"{port}\" found for service \"{}\"", text(service, "/metadata/name"));
        return Err(Refusal::new(503, "ServiceUnavailable", why));
    }
    Ok(ready_pod(state, service))
}

/// A pod that takes traffic for a service.
pub fn ready_pod(state: &State, service: &Value) -> Option<Arc<Value>> {
    let selector = service["spec"]["selector"].as_object()?;
    state
        .list("pods", Some(namespace(service)))
        .map(|(_, pod)| pod)
        .find(|pod| {
            let labels = &pod["metadata"]["labels"];
            !pod["metadata"]["deletionTimestamp"].is_string()
                && is_ready(pod)
                && selector.iter().all(|(key, value)| labels[key] == *value)
        })
        .cloned()
}

/// What the application in the image answers. Set-up calls are remembered by the uid of what they went to, so that a
/// second one finds the owner there already.
fn application(state: &mut State, owner: &str, image: &str, path: &str, request: &Request) -> Reply {
    let (path, method) = (path.split('?').next().unwrap_or(path), request.method.as_str());
    let says_json = request.header("content-type").is_some_and(|kind| kind.contains("json"));
    if says_json && !request.body.is_empty() && serde_json::from_slice::<Value>(&request.body).is_err() {
        return Reply::json(400, &json!({"message": "the body is not JSON"}));
    }
    let is_set_up = |state: &State| state.facts().set_up.iter().any(|call| call.starts_with(owner));
    match (method, path.trim_end_matches('/')) {
        ("GET", "/rest/settings") => {
            json_reply(200, json!({"data": {"userManagement": {"showSetupOnFirstLoad": !is_set_up(state)}}}))
        }
        ("POST", "/rest/owner/setup") => set_up(state, owner, path, 200, json!({"data": {"role": "global:owner"}})),
        ("GET", "/ghost/api/admin/authentication/setup") => {
            json_reply(200, json!({"setup": [{"status": is_set_up(state)}]}))
        }
        ("POST", "/ghost/api/admin/authentication/setup") => {
            set_up(state, owner, path, 201, json!({"users": [{"id": "1", "status": "active"}]}))
        }
        ("GET", "/api/session/properties") => {
            let token = (!is_set_up(state)).then_some(owner);
            json_reply(200, json!({"setup-token": token, "has-user-setup": is_set_up(state)}))
        }
        ("POST", "/api/setup") => set_up(state, owner, path, 200, json!({"id": owner})),
        ("POST", "/api/auth/login") => {
            json_reply(200, json!({"token": owner, "user": {"id": "1", "username": "admin"}}))
        }
        ("GET", "/server/ping") => Reply::text(200, "text/plain", "pong"),
        (
            "GET" | "HEAD",
            "/healthz" | "/health" | "/api/health" | "/server/health" | "/api/heartbeat" | "/status.php",
        ) => json_reply(200, json!({"status": "ok"})),
        ("GET" | "HEAD", _) => {
            Reply::text(200, "text/html; charset=utf-8", format!("<!doctype html><title>{image}</title>"))
        }
        ("POST", _) => {
            state.facts_mut().set_up.insert(format!("{owner} {path}"));
            json_reply(201, json!({"id": owner, "success": true}))
        }
        _ => json_reply(200, json!({"success": true})),
    }
}

fn set_up(state: &mut State, owner: &str, path: &str, status: u16, body: Value) -> Reply {
    if !state.facts_mut().set_up.insert(format!("{owner} {}", path.trim_end_matches('/'))) {
        return json_reply(400, json!({"code": 400, "message": "Instance owner already setup"}));
    }
    json_reply(status, body)
}

fn json_reply(status: u16, body: Value) -> Reply {
    Reply::json(status, &body)
}
