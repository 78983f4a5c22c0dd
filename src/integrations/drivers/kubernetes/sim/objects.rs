//! Creating, changing and deleting objects: what every writer goes through, clients and controllers alike.
use super::{
    admission, checks, defaults,
    kinds::{self, Kind},
    managers::{self, Writer},
    refusal::{Refusal, Refused},
    shapes,
    store::{Key, State},
};
use chrono::{Duration, SecondsFormat};
use serde_json::{Value, json};
use std::sync::Arc;

/// Whose hand writes.
pub enum Hand<'a> {
    /// A client that creates, replaces or patches.
    Update(&'a Writer),
    /// A client that applied: the managed fields are reckoned already.
    Apply,
    /// A controller of the cluster.
    Controller,
}

/// What of an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything but the status.
    Main,
    /// Only the status.
    Status,
    /// Resources of a pod's containers.
    Resize,
}

/// How an object is deleted.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeleteOptions {
    /// `Background`, `Foreground`, `Orphan`.
    pub propagation_policy: Option<String>,
    /// The same in the old way.
    pub orphan_dependents: Option<bool>,
    /// Seconds a pod gets.
    pub grace_period_seconds: Option<i64>,
    /// What must be so.
    pub preconditions: Option<Value>,
    /// `["All"]`: only say what would be.
    pub dry_run: Option<Vec<String>>,
}

/// Text at a pointer, empty if there is none.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Uid of an object.
pub fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

/// Name of an object.
pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Namespace of an object.
pub fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// Whether an object is marked for deletion.
pub fn is_going(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// Creates an object.
///
/// # Errors
/// 404 for an unknown namespace, 403 in one that goes away or by admission, 409 for a taken name, 422 and 400 for a
/// wrong object.
pub fn create(
    state: &mut State,
    kind: &Kind,
    namespace: &str,
    mut object: Value,
    hand: &Hand<'_>,
    is_dry_run: bool,
) -> Result<Arc<Value>, Refused> {
    shapes::without_nulls(&mut object);
    shapes::check(kind, &object, false)?;
    identify(kind, namespace, &mut object)?;
    let name = name(&object).to_owned();
    let resource = kind.resource();
    if kind.is_namespaced {
        let home = kinds::built_in("namespaces");
        let home = state.get("namespaces", "", namespace).ok_or_else(|| Refusal::not_found(home, namespace))?;
        if is_going(&home) && resource != "events" {
            return Err(Refusal::terminating(kind, &name, namespace));
        }
    }
    if state.get(&resource, namespace, &name).is_some() {
        return Err(Refusal::already_exists(kind, &name));
    }
    let meta = &mut object["metadata"];
    meta["uid"] = json!(new_uid());
    meta["creationTimestamp"] = json!(state.now_text());
    if !matches!(resource.as_str(), "events" | "secrets" | "configmaps" | "serviceaccounts" | "endpoints") {
        meta["generation"] = json!(1);
    }
    if kind.has_status
        && let Some(map) = object.as_object_mut()
    {
        map.remove("status");
    }
    first_state(&resource, &mut object);
    defaults::fill(state, kind, &mut object);
    admission::admit(state, kind, &mut object, None)?;
    shapes::without_nulls(&mut object);
    checks::object(kind, &object)?;
    match hand {
        Hand::Update(writer) => managers::note_update(&Value::Null, &mut object, writer, &state.now_text()),
        Hand::Apply => {}
        Hand::Controller => {
            object["metadata"].as_object_mut().map(|meta| meta.remove("managedFields"));
        }
    }
    if is_dry_run {
        return Ok(Arc::new(object));
    }
    Ok(state.put(Key::new(resource, namespace, name), object))
}

fn identify(kind: &Kind, namespace: &str, object: &mut Value) -> Result<(), Refused> {
    object["apiVersion"] = json!(kind.api_version());
    object["kind"] = json!(kind.kind);
    let meta = &mut object["metadata"];
    if !meta["resourceVersion"].is_null() && meta["resourceVersion"] != "" {
        return Err(Refusal::new(500, "InternalError", "resourceVersion should not be set on objects to be created"));
    }
    if kind.is_namespaced {
        let given = meta["namespace"].as_str().unwrap_or_default();
        if !given.is_empty() && given != namespace {
            return Err(Refusal::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        meta["namespace"] = json!(namespace);
    }
    if meta["name"].as_str().unwrap_or_default().is_empty() {
        let Some(prefix) = meta["generateName"].as_str().filter(|prefix| !prefix.is_empty()) else {
            let fault = super::refusal::FieldFault::required("metadata.name", "name or generateName is required");
            return Err(Refusal::invalid(kind, "", &[fault]));
        };
        meta["name"] = json!(format!("{prefix}{}", suffix(5)));
    }
    if let Some(meta) = meta.as_object_mut() {
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] {
            meta.remove(field);
        }
    }
    Ok(())
}

/// The status objects are born with, and the finalizers the cluster puts on them.
fn first_state(resource: &str, object: &mut Value) {
    match resource {
        "namespaces" => object["status"] = json!({"phase": "Active"}),
        "pods" => object["status"] = json!({"phase": "Pending", "qosClass": qos(&object["spec"])}),
        "persistentvolumeclaims" => {
            object["status"] = json!({"phase": "Pending"});
            let finalizers = &mut object["metadata"]["finalizers"];
            let guard = json!("kubernetes.io/pvc-protection");
            match finalizers.as_array_mut() {
                Some(list) if list.contains(&guard) => {}
                Some(list) => list.push(guard),
                None => *finalizers = json!([guard]),
            }
        }
        "services" | "ingresses.networking.k8s.io" => object["status"] = json!({"loadBalancer": {}}),
        "deployments.apps" | "jobs.batch" | "cronjobs.batch" => object["status"] = json!({}),
        "replicasets.apps" => object["status"] = json!({"replicas": 0}),
        _ => {}
    }
    if resource == "jobs.batch" {
        let uid = object["metadata"]["uid"].clone();
        let name = object["metadata"]["name"].clone();
        if object["spec"]["selector"].is_null() {
            object["spec"]["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
        }
        let labels = &mut object["spec"]["template"]["metadata"]["labels"];
        for (label, value) in [
            ("batch.kubernetes.io/controller-uid", &uid),
            ("controller-uid", &uid),
            ("batch.kubernetes.io/job-name", &name),
            ("job-name", &name),
        ] {
            labels[label] = value.clone();
        }
    }
}

fn qos(spec: &Value) -> &'static str {
    let containers = spec["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_set =
        |container: &Value, field: &str| container["resources"][field].as_object().is_some_and(|map| !map.is_empty());
    if !containers.iter().any(|container| is_set(container, "limits") || is_set(container, "requests")) {
        return "BestEffort";
    }
    let is_guaranteed = |container: &Value| {
        let limits = &container["resources"]["limits"];
        let requests = &container["resources"]["requests"];
        ["cpu", "memory"]
            .iter()
            .all(|name| limits[*name].is_string() && (requests[*name].is_null() || requests[*name] == limits[*name]))
    };
    if containers.iter().all(is_guaranteed) { "Guaranteed" } else { "Burstable" }
}

/// Writes a changed object.
///
/// # Errors
/// 409 if `new` names another version or uid, 422 for immutable or wrong fields, 403 by admission.
pub fn update(
    state: &mut State,
    kind: &Kind,
    old: &Arc<Value>,
    mut new: Value,
    part: Part,
    hand: &Hand<'_>,
    is_dry_run: bool,
) -> Result<Arc<Value>, Refused> {
    shapes::without_nulls(&mut new);
    shapes::check(kind, &new, false)?;
    let name = name(old).to_owned();
    agree(kind, old, &new, &name)?;
    let mut object = frame(kind, old, new, part);
    if part != Part::Status {
        keep_allotted(kind, old, &mut object);
        defaults::fill(state, kind, &mut object);
        shapes::without_nulls(&mut object);
        checks::object(kind, &object)?;
        if part == Part::Main {
            checks::change(state, kind, old, &object)?;
        }
        admission::admit(state, kind, &mut object, Some(old))?;
    }
    if let Hand::Update(writer) = hand {
        managers::note_update(old, &mut object, writer, &state.now_text());
    }
    if is_spec_changed(old, &object)
        && let Some(generation) = old["metadata"]["generation"].as_i64()
    {
        object["metadata"]["generation"] = json!(generation + 1);
    }
    if is_dry_run {
        return Ok(Arc::new(object));
    }
    Ok(state.put(Key::new(kind.resource(), namespace(old), name), object))
}

fn agree(kind: &Kind, old: &Value, new: &Value, name: &str) -> Result<(), Refused> {
    let given = &new["metadata"];
    let has =
        |field: &str| given[field].as_str().is_some_and(|value| !value.is_empty() && value != old["metadata"][field]);
    if has("name") {
        return Err(Refusal::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({name})",
            given["name"].as_str().unwrap_or_default()
        )));
    }
    if has("uid") {
        let why = format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            given["uid"].as_str().unwrap_or_default(),
            uid(old)
        );
        return Err(Refusal::conflict(kind, name, &why));
    }
    if has("resourceVersion") {
        return Err(Refusal::modified(kind, name));
    }
    Ok(())
}

/// The new object with everything of the old one that this door may not write.
fn frame(kind: &Kind, old: &Value, new: Value, part: Part) -> Value {
    let mut object = match part {
        Part::Main => new,
        Part::Status => {
            let mut object = old.clone();
            object["status"] = new["status"].clone();
            return object;
        }
        Part::Resize => {
            let mut object = old.clone();
            let wanted = new["spec"]["containers"].as_array().cloned().unwrap_or_default();
            for container in object["spec"]["containers"].as_array_mut().into_iter().flatten() {
                if let Some(found) = wanted.iter().find(|found| found["name"] == container["name"]) {
                    container["resources"] = found["resources"].clone();
                }
            }
            return object;
        }
    };
    object["apiVersion"] = json!(kind.api_version());
    object["kind"] = json!(kind.kind);
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
    ] {
        object["metadata"][field] = old["metadata"][field].clone();
    }
    if kind.has_status {
        object["status"] = old["status"].clone();
    }
    shapes::without_nulls(&mut object);
    object
}

/// What the cluster allotted stays when a client writes without it.
fn keep_allotted(kind: &Kind, old: &Value, object: &mut Value) {
    let fields: &[&str] = match kind.resource().as_str() {
        "services" => &["clusterIP", "clusterIPs"],
        "persistentvolumeclaims" => &["volumeName", "storageClassName", "volumeMode"],
        "namespaces" => &["finalizers"],
        "jobs.batch" => &["selector"],
        "pods" => &["nodeName"],
        _ => &[],
    };
    for field in fields {
        if object["spec"][*field].is_null() && !old["spec"][*field].is_null() {
            object["spec"][*field] = old["spec"][*field].clone();
        }
    }
    if kind.is("jobs.batch") {
        let given = old["spec"]["template"]["metadata"]["labels"].as_object().cloned().unwrap_or_default();
        for (label, value) in given {
            if object["spec"]["template"]["metadata"]["labels"][&label].is_null() {
                object["spec"]["template"]["metadata"]["labels"][&label] = value;
            }
        }
    }
}

fn is_spec_changed(old: &Value, new: &Value) -> bool {
    let rest = |object: &Value| {
        let mut map = object.as_object().cloned().unwrap_or_default();
        map.retain(|field, _| !matches!(field.as_str(), "metadata" | "status" | "apiVersion" | "kind"));
        map
    };
    rest(old) != rest(new)
}

/// What came of a deletion.
pub enum Deleted {
    /// It is gone.
    Gone(Arc<Value>),
    /// It is marked and waits for finalizers, the kubelet or its content.
    Waits(Arc<Value>),
}

/// Deletes an object. An object that is going already is left as it is.
///
/// # Errors
/// 409 where a precondition does not hold.
pub fn delete(
    state: &mut State,
    kind: &Kind,
    object: &Arc<Value>,
    options: &DeleteOptions,
) -> Result<Deleted, Refused> {
    let name = name(object).to_owned();
    for field in ["uid", "resourceVersion"] {
        let wanted = options.preconditions.as_ref().and_then(|wanted| wanted[field].as_str());
        if wanted.is_some_and(|wanted| wanted != text(object, &format!("/metadata/{field}"))) {
            let title = if field == "uid" { "UID" } else { "ResourceVersion" };
            let why = format!(
                "Precondition failed: {title} in precondition: {}, {title} in object meta: {}",
                wanted.unwrap_or_default(),
                text(object, &format!("/metadata/{field}"))
            );
            return Err(Refusal::conflict(kind, &name, &why));
        }
    }
    if options.dry_run.as_ref().is_some_and(|list| !list.is_empty()) {
        return Ok(Deleted::Gone(object.clone()));
    }
    let is_pod = kind.is("pods");
    let is_unplaced =
        text(object, "/spec/nodeName").is_empty() || matches!(text(object, "/status/phase"), "Succeeded" | "Failed");
    let wanted = options.grace_period_seconds.or_else(|| object["spec"]["terminationGracePeriodSeconds"].as_i64());
    let grace = if is_pod && !is_unplaced { wanted.unwrap_or(30).max(0) } else { 0 };
    if is_going(object) && !(is_pod && grace == 0) {
        return Ok(Deleted::Waits(object.clone()));
    }
    let mut marked = (**object).clone();
    let policy = options.propagation_policy.as_deref().unwrap_or(match options.orphan_dependents {
        Some(true) => "Orphan",
        // Kept by the API server for old clients: pods of a deleted job stay unless the client says otherwise.
        None if kind.is("jobs.batch") => "Orphan",
        _ => "Background",
    });
    match policy {
        "Orphan" => orphan_dependents(state, uid(object)),
        "Foreground" => add_finalizer(&mut marked, "foregroundDeletion"),
        _ => {}
    }
    marked["metadata"]["deletionTimestamp"] =
        json!((state.now() + Duration::seconds(grace)).to_rfc3339_opts(SecondsFormat::Secs, true));
    marked["metadata"]["deletionGracePeriodSeconds"] = json!(grace);
    if kind.is("namespaces") {
        marked["status"]["phase"] = json!("Terminating");
    }
    if let Some(generation) = marked["metadata"]["generation"].as_i64() {
        marked["metadata"]["generation"] = json!(generation + 1);
    }
    let key = Key::new(kind.resource(), namespace(object), name);
    let last = state.put(key.clone(), marked);
    Ok(match state.get(&key.resource, &key.namespace, &key.name) {
        Some(waiting) => Deleted::Waits(waiting),
        None => Deleted::Gone(last),
    })
}

fn add_finalizer(object: &mut Value, finalizer: &str) {
    match object["metadata"]["finalizers"].as_array_mut() {
        Some(list) => list.push(json!(finalizer)),
        None => object["metadata"]["finalizers"] = json!([finalizer]),
    }
}

fn orphan_dependents(state: &mut State, owner: &str) {
    let dependents: Vec<(Key, Arc<Value>)> = state
        .everything()
        .filter(|(_, object)| {
            object["metadata"]["ownerReferences"]
                .as_array()
                .is_some_and(|list| list.iter().any(|one| one["uid"] == owner))
        })
        .map(|(key, object)| (key.clone(), object.clone()))
        .collect();
    for (key, object) in dependents {
        let mut object = (*object).clone();
        if let Some(list) = object["metadata"]["ownerReferences"].as_array_mut() {
            list.retain(|one| one["uid"] != owner);
        }
        state.put(key, object);
    }
}

/// Changes the status of an object of which the caller holds a copy, if it is still there.
pub fn set_status(state: &mut State, resource: &str, object: &Value, status: Value) {
    let key = Key::new(resource, namespace(object), name(object));
    if let Some(present) = state.get(resource, &key.namespace, &key.name)
        && present["status"] != status
    {
        let mut next = (*present).clone();
        next["status"] = status;
        state.put(key, next);
    }
}

/// Letters and digits as Kubernetes takes them for names.
pub fn suffix(length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut number: u128 = rand::random();
    (0..length)
        .map(|_| {
            let letter = LETTERS[(number % LETTERS.len() as u128) as usize];
            number /= LETTERS.len() as u128;
            char::from(letter)
        })
        .collect()
}

/// A random uid (UUID of version 4).
pub fn new_uid() -> String {
    let mut bytes: [u8; 16] = rand::random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}
