//! What the server is and serves.
use crate::integrations::drivers::kubernetes::sim::{
    http::{Reply, Request},
    kinds::{self, Kind},
    store::State,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const VERSION: &str = "v1.33.5+k3s1";

/// What the API server says to addresses it does not know: no Status, plain text.
pub fn unknown() -> Reply {
    Reply::text(404, "text/plain; charset=utf-8", "404 page not found\n")
}

/// Answers an address of discovery.
pub fn reply(state: &State, words: &[String], request: &Request) -> Reply {
    let is_aggregated = request.header("accept").is_some_and(|accept| accept.contains("as=APIGroupDiscoveryList"));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["healthz" | "livez" | "readyz"] => Reply::text(200, "text/plain; charset=utf-8", "ok"),
        ["version"] => Reply::json(200, &version()),
        ["api"] if is_aggregated => aggregated(state, true),
        ["apis"] if is_aggregated => aggregated(state, false),
        ["api"] => {
            Reply::json(200, &json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}))
        }
        ["apis"] => {
            let groups: Vec<Value> =
                groups(state).into_iter().map(|(group, versions)| api_group(&group, &versions)).collect();
            Reply::json(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["apis", group] => match groups(state).get(*group) {
            Some(versions) => {
                let mut found = api_group(group, versions);
                found["kind"] = json!("APIGroup");
                found["apiVersion"] = json!("v1");
                Reply::json(200, &found)
            }
            None => unknown(),
        },
        ["api", version] => resources(state, "", version),
        ["apis", group, version] => resources(state, group, version),
        _ => unknown(),
    }
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "33", "gitVersion": VERSION, "gitCommit": "simulated", "gitTreeState": "clean",
        "buildDate": "2025-09-11T00:00:00Z", "goVersion": "go1.24.6", "compiler": "gc", "platform": "linux/amd64",
        "emulationMajor": "1", "emulationMinor": "33", "minCompatibilityMajor": "1", "minCompatibilityMinor": "32",
    })
}

/// Kinds that are answered without being stored.
fn virtual_kinds() -> Vec<(Kind, &'static [&'static str])> {
    let base = kinds::built_in("leases.coordination.k8s.io").clone();
    let kind =
        |group: &'static str, version: &'static str, plural: &'static str, kind: &'static str, is_namespaced| Kind {
            group: group.into(),
            version: version.into(),
            plural: plural.into(),
            kind: kind.into(),
            is_namespaced,
            ..base.clone()
        };
    vec![
        (kind("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false), &["create"]),
        (kind("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false), &["create"]),
        (kind("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", false), &["create"]),
        (kind("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", true), &["get", "list"]),
        (kind("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", false), &["get", "list"]),
    ]
}

const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

fn served(state: &State) -> Vec<(Kind, &'static [&'static str])> {
    kinds::all(state).into_iter().map(|kind| (kind, VERBS)).chain(virtual_kinds()).collect()
}

fn groups(state: &State) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (kind, _) in served(state).iter().filter(|(kind, _)| !kind.group.is_empty()) {
        let versions = groups.entry(kind.group.to_string()).or_default();
        if !versions.contains(&kind.version.to_string()) {
            versions.push(kind.version.to_string());
        }
    }
    groups
}

fn api_group(group: &str, versions: &[String]) -> Value {
    let versions: Vec<Value> = versions
        .iter()
        .map(|version| json!({"groupVersion": format!("{group}/{version}"), "version": version}))
        .collect();
    json!({"name": group, "versions": versions, "preferredVersion": versions[0]})
}

fn resources(state: &State, group: &str, version: &str) -> Reply {
    let mut list = Vec::new();
    for (kind, verbs) in served(state).iter().filter(|(kind, _)| kind.group == group && kind.version == version) {
        let singular = kind.kind.to_lowercase();
        list.push(json!({
            "name": kind.plural, "singularName": singular, "namespaced": kind.is_namespaced, "kind": kind.kind, "verbs": verbs,
        }));
        for sub in kind.has_status.then_some("status").iter().chain(kind.subresources) {
            let (of, verbs) = subresource(kind, sub);
            list.push(json!({
                "name": format!("{}/{sub}", kind.plural), "singularName": "", "namespaced": kind.is_namespaced, "kind": of, "verbs": verbs,
            }));
        }
    }
    if list.is_empty() {
        return unknown();
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Reply::json(
        200,
        &json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": list}),
    )
}

fn subresource(kind: &Kind, sub: &str) -> (String, &'static [&'static str]) {
    match sub {
        "scale" => ("Scale".to_owned(), &["get", "patch", "update"]),
        "log" => (kind.kind.to_string(), &["get"]),
        "eviction" => ("Eviction".to_owned(), &["create"]),
        "resize" => (kind.kind.to_string(), &["patch", "update"]),
        "proxy" => (format!("{}ProxyOptions", kind.kind), &["create", "delete", "get", "patch", "update"]),
        _ => (kind.kind.to_string(), &["get", "patch", "update"]),
    }
}

/// The newer form: everything in one answer.
fn aggregated(state: &State, is_core: bool) -> Reply {
    let mut items: BTreeMap<String, BTreeMap<String, Vec<Value>>> = BTreeMap::new();
    for (kind, verbs) in served(state).iter().filter(|(kind, _)| kind.group.is_empty() == is_core) {
        let subresources: Vec<Value> = kind
            .has_status
            .then_some("status")
            .iter()
            .chain(kind.subresources)
            .map(|sub| {
                let (of, verbs) = subresource(kind, sub);
                json!({"subresource": sub, "responseKind": {"group": kind.group, "version": kind.version, "kind": of}, "verbs": verbs})
            })
            .collect();
        let resource = json!({
            "resource": kind.plural, "singularResource": kind.kind.to_lowercase(), "verbs": verbs,
            "scope": if kind.is_namespaced { "Namespaced" } else { "Cluster" },
            "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
            "subresources": subresources,
        });
        items.entry(kind.group.to_string()).or_default().entry(kind.version.to_string()).or_default().push(resource);
    }
    let items: Vec<Value> = items
        .into_iter()
        .map(|(group, versions)| {
            let versions: Vec<Value> = versions
                .into_iter()
                .map(|(version, resources)| json!({"version": version, "resources": resources, "freshness": "Current"}))
                .collect();
            json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": versions})
        })
        .collect();
    let list = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
    let mut reply = Reply::json(200, &list);
    reply.headers[0].1 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList".to_owned();
    reply
}
