//! Create, replace, patch, apply, delete.
use super::{body, place::Place, reading};
use crate::integrations::drivers::kubernetes::sim::{
    http::{Reply, Request},
    kinds::Kind,
    managers::{self, Writer},
    objects::{self, DeleteOptions, Deleted, Hand, Part},
    patching,
    refusal::{FieldFault, Refusal, Refused},
    rights, shapes,
    store::State,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Who writes: the field manager, or else the program's name.
pub fn writer(request: &Request, part: Part) -> Writer {
    let agent = request.header("user-agent").and_then(|agent| agent.split('/').next()).unwrap_or("unknown");
    let name = request.parameter("fieldManager").filter(|name| !name.is_empty()).unwrap_or(agent);
    Writer { name: name.to_owned(), subresource: if part == Part::Status { "status" } else { "" } }
}

/// Whether nothing is to be stored.
pub fn is_dry_run(request: &Request) -> bool {
    request.parameter("dryRun").is_some_and(|value| value == "All")
}

fn checked_body(kind: &Kind, request: &Request) -> Result<Value, Refused> {
    let body = body(request)?;
    if !body.is_object() {
        return Err(Refusal::bad_request("the body is no object"));
    }
    let wanted = (kind.api_version(), kind.kind.to_string());
    let given = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let (version, name) = (given("apiVersion"), given("kind"));
    if !version.is_empty() && version != wanted.0 || !name.is_empty() && name != wanted.1 {
        return Err(Refusal::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version ({})",
            wanted.0
        )));
    }
    shapes::check(kind, &body, request.parameter("fieldValidation") == Some("Strict"))?;
    Ok(body)
}

/// POST.
pub fn create(state: &mut State, kind: &Kind, place: &Place, request: &Request) -> Result<Reply, Refused> {
    let body = checked_body(kind, request)?;
    let namespace = place.namespace.as_deref().unwrap_or_default();
    rights::demand_bind(state, kind, None, &at(&body, namespace))?;
    let writer = writer(request, Part::Main);
    let made = objects::create(state, kind, namespace, body, &Hand::Update(&writer), is_dry_run(request))?;
    Ok(reading::object_reply(201, &made, request))
}

/// The object with the namespace of its address, which clients may leave out.
fn at(object: &Value, namespace: &str) -> Value {
    let mut object = object.clone();
    object["metadata"]["namespace"] = json!(namespace);
    object
}

/// PUT.
pub fn replace(
    state: &mut State,
    kind: &Kind,
    place: &Place,
    name: &str,
    part: Part,
    request: &Request,
) -> Result<Reply, Refused> {
    let body = checked_body(kind, request)?;
    let old = reading::find(state, kind, place, name)?;
    rights::demand_bind(state, kind, Some(&old), &at(&body, objects::namespace(&old)))?;
    let writer = writer(request, part);
    let new = objects::update(state, kind, &old, body, part, &Hand::Update(&writer), is_dry_run(request))?;
    Ok(reading::object_reply(200, &new, request))
}

/// PATCH of every content type.
pub fn patch(
    state: &mut State,
    kind: &Kind,
    place: &Place,
    name: &str,
    part: Part,
    request: &Request,
) -> Result<Reply, Refused> {
    let content_type = request.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if content_type == "application/apply-patch+yaml" {
        return apply(state, kind, place, name, part, request);
    }
    if request.parameter("force").is_some() {
        return Err(patch_options(FieldFault::forbidden("force", "may not be specified for non-apply patch")));
    }
    let patch = body(request)?;
    let old = reading::find(state, kind, place, name)?;
    let mut new = (*old).clone();
    match content_type {
        "application/merge-patch+json" => patching::merge(&mut new, &patch),
        "application/strategic-merge-patch+json" => patching::strategic(&mut new, &patch),
        "application/json-patch+json" => patching::json_patch(&mut new, &patch)?,
        _ => {
            let why = format!(
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml (got {content_type:?})"
            );
            return Err(Refusal::new(415, "UnsupportedMediaType", why));
        }
    }
    rights::demand_bind(state, kind, Some(&old), &new)?;
    let writer = writer(request, part);
    let new = objects::update(state, kind, &old, new, part, &Hand::Update(&writer), is_dry_run(request))?;
    Ok(reading::object_reply(200, &new, request))
}

fn patch_options(fault: FieldFault) -> Refused {
    let kind = Kind {
        group: "meta.k8s.io".into(),
        version: "v1".into(),
        plural: "patchoptions".into(),
        kind: "PatchOptions".into(),
        is_namespaced: false,
        has_status: false,
        subresources: &[],
    };
    Refusal::invalid(&kind, "", &[fault])
}

fn apply(
    state: &mut State,
    kind: &Kind,
    place: &Place,
    name: &str,
    part: Part,
    request: &Request,
) -> Result<Reply, Refused> {
    if request.parameter("fieldManager").unwrap_or_default().is_empty() {
        return Err(patch_options(FieldFault::required("fieldManager", "is required for apply patch")));
    }
    let mut applied = checked_body(kind, request)?;
    if !applied["metadata"]["managedFields"].is_null() {
        return Err(Refusal::bad_request("metadata.managedFields must be nil"));
    }
    if !applied["apiVersion"].is_string() || !applied["kind"].is_string() {
        return Err(Refusal::bad_request("Object 'Kind' is missing: apiVersion and kind must be set for apply"));
    }
    shapes::without_nulls(&mut applied);
    applied["metadata"]["name"] = json!(name);
    if let (Some(map), true) = (applied.as_object_mut(), kind.has_status) {
        match part {
            Part::Status => {
                map.retain(|field, _| matches!(field.as_str(), "apiVersion" | "kind" | "metadata" | "status"))
            }
            Part::Main | Part::Resize => {
                map.remove("status");
            }
        }
    }
    let writer = writer(request, part);
    let is_forced = request.parameter("force").is_some_and(|force| force == "true");
    let now = state.now_text();
    match reading::find(state, kind, place, name) {
        Ok(old) => {
            let merged = managers::apply(&old, &applied, &writer, is_forced, &now)?;
            rights::demand_bind(state, kind, Some(&old), &merged)?;
            let new = objects::update(state, kind, &old, merged, part, &Hand::Apply, is_dry_run(request))?;
            Ok(reading::object_reply(200, &new, request))
        }
        Err(_) if part == Part::Main => {
            // An apply that makes something new is a creation too.
            rights::demand_of(state, place, request, Some("create"))?;
            let fresh = managers::apply(&Value::Null, &applied, &writer, is_forced, &now)?;
            let namespace = place.namespace.as_deref().unwrap_or_default();
            rights::demand_bind(state, kind, None, &at(&fresh, namespace))?;
            let made = objects::create(state, kind, namespace, fresh, &Hand::Apply, is_dry_run(request))?;
            Ok(reading::object_reply(201, &made, request))
        }
        Err(refusal) => Err(refusal),
    }
}

fn delete_options(request: &Request) -> Result<DeleteOptions, Refused> {
    let body = body(request)?;
    let mut options: DeleteOptions = match body {
        Value::Null => DeleteOptions::default(),
        body => serde_json::from_value(body).map_err(|error| Refusal::bad_request(error.to_string()))?,
    };
    if let Some(policy) = request.parameter("propagationPolicy") {
        options.propagation_policy = Some(policy.to_owned());
    }
    if let Some(seconds) = request.parameter("gracePeriodSeconds") {
        options.grace_period_seconds = seconds.parse().ok();
    }
    if is_dry_run(request) {
        options.dry_run = Some(vec!["All".to_owned()]);
    }
    Ok(options)
}

/// DELETE of one object: the object while it waits for something, else a Status.
pub fn delete(state: &mut State, kind: &Kind, place: &Place, name: &str, request: &Request) -> Result<Reply, Refused> {
    let options = delete_options(request)?;
    let object = reading::find(state, kind, place, name)?;
    match objects::delete(state, kind, &object, &options)? {
        Deleted::Waits(object) => Ok(Reply::json(200, &object)),
        Deleted::Gone(object) if kind.is("pods") || kind.is("serviceaccounts") => Ok(Reply::json(200, &object)),
        Deleted::Gone(object) => {
            let mut details = json!({"name": name, "kind": kind.plural, "uid": objects::uid(&object)});
            if !kind.group.is_empty() {
                details["group"] = json!(kind.group);
            }
            let status =
                json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
            Ok(Reply::json(200, &status))
        }
    }
}

/// DELETE of all that are selected.
pub fn delete_collection(state: &mut State, kind: &Kind, place: &Place, request: &Request) -> Result<Reply, Refused> {
    let options = delete_options(request)?;
    let selection = reading::selection(kind, request)?;
    if kind.is("namespaces") || kind.is_namespaced && place.namespace.is_none() {
        return Err(Refusal::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        ));
    }
    let chosen: Vec<Arc<Value>> = state
        .listed(&kind.resource(), place.namespace.as_deref())
        .into_iter()
        .filter(|object| selection.fits(object))
        .collect();
    let mut items = Vec::new();
    for object in chosen {
        let (Deleted::Gone(object) | Deleted::Waits(object)) = objects::delete(state, kind, &object, &options)?;
        items.push(reading::bare(&object));
    }
    let meta = json!({"resourceVersion": state.version().to_string()});
    let list = json!({"kind": format!("{}List", kind.kind), "apiVersion": kind.api_version(), "metadata": meta, "items": items});
    Ok(Reply::json(200, &list))
}
