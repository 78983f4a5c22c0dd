//! The API server: who calls, what goes wrong on purpose, and where an address leads.
use super::{
    http::{Handler, Outcome, Reply, Request},
    kinds,
    refusal::{Refusal, Refused},
    rights,
    store::{Cluster, storage_failed},
};
use crate::integrations::sim::{Fault, FaultKind, Faults};
use place::Address;
use serde_json::Value;
use std::{sync::Arc, time::Duration};

mod discovery;
mod logs;
mod metrics;
mod place;
mod proxy;
mod reading;
mod reviews;
mod subresources;
mod watching;
mod writing;

pub use place::Place;
pub use proxy::ready_pod;
pub use subresources::is_ready;

/// Faults that fit a server of requests and answers.
pub const FITS: &[FaultKind] = &[
    FaultKind::Delay,
    FaultKind::TimeoutBefore,
    FaultKind::TimeoutAfterEffect,
    FaultKind::Status500,
    FaultKind::Status429,
    FaultKind::Status401,
    FaultKind::Status403,
    FaultKind::Malformed,
    FaultKind::DropConnection,
];
/// How late a delayed answer is unless the fault says.
const USUAL_DELAY_MS: u64 = 1000;

/// The API server's handler of requests.
pub fn handler(cluster: Arc<Cluster>, faults: Arc<Faults>) -> Handler {
    Arc::new(move |request| {
        // Watches come back of their own accord and would use up what is meant for the next calls.
        let is_watch = request.parameter("watch").is_some_and(|value| value == "true" || value == "1");
        let is_meant = |fault: &Fault| fault.path_contains.as_ref().is_some_and(|part| part.contains("watch"));
        let may_fail = !is_watch || faults.list().iter().any(is_meant);
        let fault = if may_fail { faults.take("kubernetes", &request.target, FITS) } else { None };
        let cluster = cluster.clone();
        Box::pin(async move { answer(&cluster, request, fault).await })
    })
}

async fn answer(cluster: &Arc<Cluster>, request: Request, fault: Option<Fault>) -> Outcome {
    match fault.as_ref().map(|fault| fault.kind) {
        Some(FaultKind::Delay) => {
            let late = fault.and_then(|fault| fault.delay_ms).unwrap_or(USUAL_DELAY_MS);
            tokio::time::sleep(Duration::from_millis(late)).await;
        }
        Some(FaultKind::TimeoutBefore) => return Outcome::Hang,
        Some(FaultKind::DropConnection) => return Outcome::Cut,
        Some(FaultKind::Status500) => {
            let why = "Internal error occurred: etcdserver: request timed out";
            return Outcome::Answer(Refusal::new(500, "InternalError", why).reply());
        }
        Some(FaultKind::Status429) => {
            let why = "Too many requests, please try again later.";
            return Outcome::Answer(Refusal::new(429, "TooManyRequests", why).reply());
        }
        Some(FaultKind::Status401) => {
            return Outcome::Answer(Refusal::new(401, "Unauthorized", "Unauthorized").reply());
        }
        Some(FaultKind::Status403) => {
            let why = "User \"yumna\" cannot do that: the right was taken away";
            return Outcome::Answer(Refusal::new(403, "Forbidden", why).reply());
        }
        Some(FaultKind::TimeoutAfterEffect) => {
            drop(reply(cluster, &request));
            return Outcome::Hang;
        }
        Some(FaultKind::Malformed) => {
            drop(reply(cluster, &request));
            return Outcome::Answer(Reply::text(200, "application/json", "{\"kind\": \"Deploym"));
        }
        _ => {}
    }
    Outcome::Answer(reply(cluster, &request))
}

fn reply(cluster: &Arc<Cluster>, request: &Request) -> Reply {
    let is_open = matches!(request.path.as_str(), "/healthz" | "/livez" | "/readyz");
    let expected = cluster.read(|state| format!("Bearer {}", state.facts().token));
    if !is_open && request.header("authorization") != Some(expected.as_str()) {
        return Refusal::new(401, "Unauthorized", "Unauthorized").reply();
    }
    match place::parse(&request.path) {
        Address::Discovery(words) => cluster.read(|state| discovery::reply(state, &words, request)),
        Address::Objects(place) => route(cluster, request, &place).unwrap_or_else(|refusal| refusal.reply()),
    }
}

fn route(cluster: &Arc<Cluster>, request: &Request, place: &Place) -> Result<Reply, Refused> {
    // Whoever is signed in may ask who he is and what he may do.
    if matches!(place.group.as_str(), "authorization.k8s.io" | "authentication.k8s.io") {
        return cluster.read(|state| reviews::reply(state, place, request));
    }
    if place.group == "metrics.k8s.io" {
        return cluster.read(|state| {
            rights::demand_of(state, place, request, None)?;
            metrics::reply(state, place, request)
        });
    }
    let kind = cluster.read(|state| kinds::find(state, &place.group, &place.version, &place.plural));
    // Rights come before everything else: also what does not exist is refused to those who may not ask for it.
    cluster.read(|state| rights::demand_of(state, place, request, None))?;
    let Some(kind) = kind else { return Ok(discovery::unknown()) };
    let is_flag = |name: &str| request.parameter(name).is_some_and(|value| value == "true" || value == "1");
    let method = request.method.as_str();
    let method_not_allowed =
        || Refusal::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    match (method, &place.name, place.subresource.as_deref()) {
        ("GET", None, None) if is_flag("watch") => watching::reply(cluster, &kind, place, request),
        ("GET", None, None) => cluster.read(|state| reading::list(state, &kind, place, request)),
        ("GET", Some(name), None) => cluster.read(|state| reading::get(state, &kind, place, name, request)),
        ("GET", Some(name), Some("status")) if kind.has_status => {
            cluster.read(|state| reading::get(state, &kind, place, name, request))
        }
        ("GET", Some(name), Some("log")) if kind.is("pods") => logs::reply(cluster, place, name, request),
        (_, Some(name), Some("proxy")) if kind.subresources.contains(&"proxy") => {
            written(cluster, |state| proxy::reply(state, &kind, place, name, request))
        }
        (_, Some(name), Some("exec" | "attach" | "portforward")) if kind.is("pods") => {
            let sub = place.subresource.as_deref().unwrap_or_default();
            let why = format!("User \"yumna\" cannot create resource \"pods/{sub}\" in API group \"\"");
            Err(Refusal::forbidden(&kind, name, &why))
        }
        (_, Some(name), Some("scale")) if kind.subresources.contains(&"scale") => {
            written(cluster, |state| subresources::scale(state, &kind, place, name, request))
        }
        ("POST", Some(name), Some("eviction")) if kind.is("pods") => {
            written(cluster, |state| subresources::evict(state, &kind, place, name, request))
        }
        ("POST", None, None) => written(cluster, |state| writing::create(state, &kind, place, request)),
        ("PUT" | "PATCH", Some(name), sub) => {
            let part = subresources::part(&kind, sub).ok_or_else(method_not_allowed)?;
            written(cluster, |state| match method {
                "PUT" => writing::replace(state, &kind, place, name, part, request),
                _ => writing::patch(state, &kind, place, name, part, request),
            })
        }
        ("DELETE", Some(name), None) => written(cluster, |state| writing::delete(state, &kind, place, name, request)),
        ("DELETE", None, None) => written(cluster, |state| writing::delete_collection(state, &kind, place, request)),
        _ => Err(method_not_allowed()),
    }
}

/// Runs a change; the journal is written before it is answered.
fn written(
    cluster: &Cluster,
    change: impl FnOnce(&mut super::store::State) -> Result<Reply, Refused>,
) -> Result<Reply, Refused> {
    cluster.write(change).unwrap_or_else(|error| Ok(storage_failed(&error)))
}

/// The body as JSON: an object (a list where it is a JSON patch), or `Null` where there is none.
fn body(request: &Request) -> Result<Value, Refused> {
    if request.body.is_empty() {
        return Ok(Value::Null);
    }
    let refused = |why: String| {
        Refusal::bad_request(format!("the object provided is unrecognized (must be of type JSON): {why}"))
    };
    let body: Value = serde_json::from_slice(&request.body).map_err(|error| refused(error.to_string()))?;
    let may_be_list =
        request.header("content-type").is_some_and(|kind| kind.starts_with("application/json-patch+json"));
    if body.is_object() || may_be_list && body.is_array() {
        return Ok(body);
    }
    Err(refused("neither an object nor a patch".to_owned()))
}
