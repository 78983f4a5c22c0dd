//! Validation: what the API server answers with 422 (and, for volumes that cannot grow, 403).
use super::{
    fields,
    kinds::Kind,
    quantity,
    refusal::{FieldFault, Refusal, Refused},
    selecting,
    store::State,
};
use serde_json::{Value, json};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', \
    and must start and end with an alphanumeric character";
const MAX_SECRET_BYTES: usize = 1024 * 1024;
const MAX_ANNOTATION_BYTES: usize = 256 * 1024;

/// Checks an object that is created or written.
pub fn object(kind: &Kind, object: &Value) -> Result<(), Refused> {
    let mut faults = Vec::new();
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    metadata(kind, object, name, &mut faults);
    match kind.resource().as_str() {
        "pods" => pod_spec(&object["spec"], "spec", &mut faults),
        "deployments.apps" | "replicasets.apps" => workload(&object["spec"], &mut faults),
        "jobs.batch" => pod_spec(&object["spec"]["template"]["spec"], "spec.template.spec", &mut faults),
        "cronjobs.batch" => {
            if !object["spec"]["schedule"].is_string() {
                faults.push(FieldFault::required("spec.schedule", ""));
            }
            let template = &object["spec"]["jobTemplate"]["spec"]["template"]["spec"];
            pod_spec(template, "spec.jobTemplate.spec.template.spec", &mut faults);
        }
        "secrets" | "configmaps" => {
            let size: usize =
                object["data"].as_object().into_iter().flatten().map(|(_, value)| value.to_string().len()).sum();
            if size > MAX_SECRET_BYTES {
                faults.push(FieldFault::invalid("data", &json!(""), "Too long: may not be more than 1048576 bytes"));
            }
        }
        "persistentvolumeclaims" => claim(&object["spec"], &mut faults),
        "services" => {
            let is_portless = object["spec"]["ports"].as_array().is_none_or(Vec::is_empty);
            if is_portless && object["spec"]["type"] != "ExternalName" && object["spec"]["clusterIP"] != "None" {
                faults.push(FieldFault::required("spec.ports", ""));
            }
        }
        "ingresses.networking.k8s.io" => ingress(&object["spec"], &mut faults),
        _ => {}
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::invalid(kind, name, &faults)) }
}

fn metadata(kind: &Kind, object: &Value, name: &str, faults: &mut Vec<FieldFault>) {
    let is_label = matches!(kind.resource().as_str(), "namespaces" | "services");
    let is_rbac = kind.group == "rbac.authorization.k8s.io";
    if !is_rbac && (!is_subdomain(name) || is_label && (name.contains('.') || name.len() > 63)) {
        faults.push(FieldFault::invalid("metadata.name", &json!(name), SUBDOMAIN));
    }
    for (_, value) in object["metadata"]["labels"].as_object().into_iter().flatten() {
        if !value.as_str().is_some_and(is_label_value) {
            faults.push(FieldFault::invalid("metadata.labels", value, LABEL_VALUE));
        }
    }
    let annotations = object["metadata"]["annotations"].as_object();
    let size: usize = annotations.into_iter().flatten().map(|(key, value)| key.len() + value.to_string().len()).sum();
    if size > MAX_ANNOTATION_BYTES {
        let why = "Too long: may not be more than 262144 bytes";
        faults.push(FieldFault::invalid("metadata.annotations", &json!(""), why));
    }
}

/// Whether a name is a DNS subdomain.
pub fn is_subdomain(name: &str) -> bool {
    let is_part = |part: &str| {
        let is_plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        part.bytes().all(|letter| is_plain(letter) || letter == b'-')
            && part.bytes().next().is_some_and(is_plain)
            && part.bytes().last().is_some_and(is_plain)
    };
    name.len() <= 253 && name.split('.').all(is_part)
}

fn is_label_value(value: &str) -> bool {
    let is_edge = |letter: Option<u8>| letter.is_none_or(|letter| letter.is_ascii_alphanumeric());
    value.len() <= 63
        && value.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter))
        && is_edge(value.bytes().next())
        && is_edge(value.bytes().last())
}

fn workload(spec: &Value, faults: &mut Vec<FieldFault>) {
    let selector = &spec["selector"];
    let labels = &spec["template"]["metadata"]["labels"];
    if selector.is_null() {
        faults.push(FieldFault::required("spec.selector", ""));
    } else if !selecting::fits_selector(selector, labels) {
        let why = "`selector` does not match template `labels`";
        faults.push(FieldFault::invalid("spec.template.metadata.labels", labels, why));
    }
    let policy = &spec["template"]["spec"]["restartPolicy"];
    if policy != "Always" && !policy.is_null() {
        faults.push(FieldFault::not_supported("spec.template.spec.restartPolicy", policy, "\"Always\""));
    }
    pod_spec(&spec["template"]["spec"], "spec.template.spec", faults);
}

fn pod_spec(spec: &Value, at: &str, faults: &mut Vec<FieldFault>) {
    let containers = spec["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    if containers.is_empty() {
        faults.push(FieldFault::required(format!("{at}.containers"), ""));
    }
    let volumes: Vec<&str> =
        spec["volumes"].as_array().into_iter().flatten().filter_map(|volume| volume["name"].as_str()).collect();
    let inits = spec["initContainers"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (list, containers) in [("initContainers", inits), ("containers", containers)] {
        for (index, container) in containers.iter().enumerate() {
            let here = format!("{at}.{list}[{index}]");
            if !container["name"].is_string() {
                faults.push(FieldFault::required(format!("{here}.name"), ""));
            }
            if !container["image"].is_string() {
                faults.push(FieldFault::required(format!("{here}.image"), ""));
            }
            for (number, mount) in container["volumeMounts"].as_array().into_iter().flatten().enumerate() {
                if !mount["name"].as_str().is_some_and(|name| volumes.contains(&name)) {
                    let field = format!("{here}.volumeMounts[{number}].name");
                    faults.push(FieldFault::invalid(field, &mount["name"], "Not found"));
                }
            }
            for (name, request) in container["resources"]["requests"].as_object().into_iter().flatten() {
                let limit = &container["resources"]["limits"][name];
                if let (Some(wanted), Some(most)) = (quantity::parse(request), quantity::parse(limit))
                    && wanted > most
                {
                    let why =
                        format!("must be less than or equal to {name} limit of {}", limit.as_str().unwrap_or_default());
                    faults.push(FieldFault::invalid(format!("{here}.resources.requests"), request, why));
                }
            }
        }
    }
}

fn claim(spec: &Value, faults: &mut Vec<FieldFault>) {
    if spec["accessModes"].as_array().is_none_or(Vec::is_empty) {
        faults.push(FieldFault::required("spec.accessModes", "at least 1 access mode is required"));
    }
    if quantity::parse(&spec["resources"]["requests"]["storage"]).is_none() {
        faults.push(FieldFault::required("spec.resources[storage]", ""));
    }
}

fn ingress(spec: &Value, faults: &mut Vec<FieldFault>) {
    for (index, rule) in spec["rules"].as_array().into_iter().flatten().enumerate() {
        if let Some(host) = rule["host"].as_str()
            && !is_subdomain(host.strip_prefix("*.").unwrap_or(host))
        {
            faults.push(FieldFault::invalid(format!("spec.rules[{index}].host"), &rule["host"], SUBDOMAIN));
        }
    }
}

/// Checks what a write changes.
pub fn change(state: &State, kind: &Kind, old: &Value, new: &Value) -> Result<(), Refused> {
    let name = new["metadata"]["name"].as_str().unwrap_or_default();
    let mut faults = Vec::new();
    let mut keep = |pointer: &str| {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        let value = new.pointer(pointer).unwrap_or(&Value::Null);
        if old.pointer(pointer).unwrap_or(&Value::Null) != value {
            faults.push(FieldFault::invalid(field, value, "field is immutable"));
        }
    };
    match kind.resource().as_str() {
        "deployments.apps" | "replicasets.apps" => keep("/spec/selector"),
        "jobs.batch" => ["/spec/selector", "/spec/template", "/spec/completions"].into_iter().for_each(&mut keep),
        "secrets" => {
            keep("/type");
            if old["immutable"] == true {
                keep("/data");
            }
        }
        "configmaps" if old["immutable"] == true => keep("/data"),
        "services" if old["spec"]["type"] == "ClusterIP" && new["spec"]["type"] == "ClusterIP" => {
            keep("/spec/clusterIP")
        }
        "storageclasses.storage.k8s.io" => {
            ["/provisioner", "/parameters", "/reclaimPolicy"].into_iter().for_each(&mut keep)
        }
        "persistentvolumeclaims" => return claim_change(state, kind, old, new),
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => keep("/roleRef"),
        "pods" if pod_frame(old) != pod_frame(new) => {
            let why = "pod updates may not change fields other than `spec.containers[*].image`, \
                `spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to \
                existing tolerations), `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
                previously negative)";
            faults.push(FieldFault::forbidden("spec", why));
        }
        _ => {}
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::invalid(kind, name, &faults)) }
}

fn pod_frame(pod: &Value) -> Value {
    let mut spec = pod["spec"].clone();
    for list in ["initContainers", "containers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            container["image"] = Value::Null;
        }
    }
    for field in ["activeDeadlineSeconds", "tolerations"] {
        fields::remove_at(&mut spec, &[format!("f:{field}")]);
    }
    spec
}

fn claim_change(state: &State, kind: &Kind, old: &Value, new: &Value) -> Result<(), Refused> {
    let name = new["metadata"]["name"].as_str().unwrap_or_default();
    let frame = |claim: &Value| {
        let mut spec = claim["spec"].clone();
        spec["resources"]["requests"] = Value::Null;
        spec["volumeAttributesClassName"] = Value::Null;
        // The binder fills these in; writing without them keeps them.
        if let Some(map) = spec.as_object_mut() {
            map.remove("volumeName");
        }
        spec
    };
    if frame(old) != frame(new) {
        let why =
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        return Err(Refusal::invalid(kind, name, &[FieldFault::forbidden("spec", why)]));
    }
    let storage = |claim: &Value| quantity::parse(&claim["spec"]["resources"]["requests"]["storage"]).unwrap_or(0);
    let present = quantity::parse(&old["status"]["capacity"]["storage"]).unwrap_or(storage(old));
    if storage(new) < present.min(storage(old)) {
        let why = "field can not be less than status.capacity";
        let fault = FieldFault::forbidden("spec.resources.requests.storage", why);
        return Err(Refusal::invalid(kind, name, &[fault]));
    }
    if storage(new) > storage(old) {
        let class = new["spec"]["storageClassName"].as_str().unwrap_or_default();
        let can_grow = state
            .get("storageclasses.storage.k8s.io", "", class)
            .is_some_and(|class| class["allowVolumeExpansion"] == true);
        if !can_grow || old["status"]["phase"] != "Bound" {
            let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
            return Err(Refusal::forbidden(kind, name, why));
        }
    }
    Ok(())
}
