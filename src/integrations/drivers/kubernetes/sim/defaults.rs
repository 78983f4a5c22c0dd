//! What the API server fills in. Only gaps are filled, so it may be done to the same object again.
use super::{kinds::Kind, store::State};
use serde_json::{Value, json};

/// Fills the gaps of an object. `state` knows the default storage class.
pub fn fill(state: &State, kind: &Kind, object: &mut Value) {
    match kind.resource().as_str() {
        "pods" => pod_spec(&mut object["spec"]),
        "deployments.apps" => deployment(&mut object["spec"]),
        "replicasets.apps" => {
            gap(&mut object["spec"], "replicas", json!(1));
            pod_spec(&mut object["spec"]["template"]["spec"]);
        }
        "jobs.batch" => job(&mut object["spec"]),
        "cronjobs.batch" => {
            let spec = &mut object["spec"];
            gap(spec, "concurrencyPolicy", json!("Allow"));
            gap(spec, "suspend", json!(false));
            gap(spec, "successfulJobsHistoryLimit", json!(3));
            gap(spec, "failedJobsHistoryLimit", json!(1));
            pod_spec(&mut spec["jobTemplate"]["spec"]["template"]["spec"]);
        }
        "services" => service(object),
        "persistentvolumeclaims" => {
            gap(&mut object["spec"], "volumeMode", json!("Filesystem"));
            let default = state.list("storageclasses.storage.k8s.io", None).find(|(_, class)| {
                class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
            });
            if let Some((key, _)) = default {
                gap(&mut object["spec"], "storageClassName", json!(key.name));
            }
        }
        "secrets" => {
            gap(object, "type", json!("Opaque"));
            string_data(object);
        }
        "namespaces" => {
            let name = object["metadata"]["name"].clone();
            object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
            gap(object, "spec", json!({}));
            gap(&mut object["spec"], "finalizers", json!(["kubernetes"]));
        }
        "networkpolicies.networking.k8s.io" => {
            let has_egress = object["spec"]["egress"].is_array();
            let types = if has_egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
            gap(&mut object["spec"], "policyTypes", types);
        }
        _ => {}
    }
}

fn gap(object: &mut Value, field: &str, value: Value) {
    if object[field].is_null() {
        object[field] = value;
    }
}

fn each<'a>(object: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    object.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

fn deployment(spec: &mut Value) {
    gap(spec, "replicas", json!(1));
    gap(spec, "revisionHistoryLimit", json!(10));
    gap(spec, "progressDeadlineSeconds", json!(600));
    gap(spec, "strategy", json!({}));
    gap(&mut spec["strategy"], "type", json!("RollingUpdate"));
    if spec["strategy"]["type"] == "RollingUpdate" {
        gap(&mut spec["strategy"], "rollingUpdate", json!({}));
        gap(&mut spec["strategy"]["rollingUpdate"], "maxSurge", json!("25%"));
        gap(&mut spec["strategy"]["rollingUpdate"], "maxUnavailable", json!("25%"));
    } else if let Some(strategy) = spec["strategy"].as_object_mut() {
        strategy.remove("rollingUpdate");
    }
    pod_spec(&mut spec["template"]["spec"]);
}

fn job(spec: &mut Value) {
    gap(spec, "parallelism", json!(1));
    gap(spec, "completions", json!(1));
    gap(spec, "backoffLimit", json!(6));
    gap(spec, "completionMode", json!("NonIndexed"));
    gap(spec, "suspend", json!(false));
    pod_spec(&mut spec["template"]["spec"]);
}

fn service(object: &mut Value) {
    let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    let spec = &mut object["spec"];
    gap(spec, "type", json!("ClusterIP"));
    gap(spec, "sessionAffinity", json!("None"));
    if spec["type"] != "ExternalName" {
        if !uid.is_empty() {
            gap(spec, "clusterIP", json!(address("10.43", &uid)));
        }
        let address = spec["clusterIP"].clone();
        if address.is_string() {
            gap(spec, "clusterIPs", json!([address]));
        }
        gap(spec, "internalTrafficPolicy", json!("Cluster"));
        gap(spec, "ipFamilies", json!(["IPv4"]));
        gap(spec, "ipFamilyPolicy", json!("SingleStack"));
    }
    for port in each(spec, "ports") {
        gap(port, "protocol", json!("TCP"));
        let number = port["port"].clone();
        gap(port, "targetPort", number);
    }
}

/// An address in a /16, the same for the same uid.
pub fn address(network: &str, uid: &str) -> String {
    let sum = uid.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("{network}.{}.{}", (sum >> 8) % 254 + 1, sum % 254 + 1)
}

fn string_data(object: &mut Value) {
    use base64::Engine;
    let Some(plain) = object.as_object_mut().and_then(|map| map.remove("stringData")) else { return };
    for (name, value) in plain.as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        object["data"][name] = json!(base64::engine::general_purpose::STANDARD.encode(text));
    }
}

/// Fills the gaps of a pod's spec.
pub fn pod_spec(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    gap(spec, "restartPolicy", json!("Always"));
    gap(spec, "dnsPolicy", json!("ClusterFirst"));
    gap(spec, "schedulerName", json!("default-scheduler"));
    gap(spec, "terminationGracePeriodSeconds", json!(30));
    gap(spec, "securityContext", json!({}));
    if let Some(account) = spec["serviceAccountName"].as_str().map(str::to_owned) {
        gap(spec, "serviceAccount", json!(account));
    }
    for list in ["initContainers", "containers"] {
        for container in each(spec, list) {
            fill_container(container);
        }
    }
    for volume in each(spec, "volumes") {
        for source in ["secret", "configMap", "projected", "downwardAPI"] {
            if volume[source].is_object() {
                gap(&mut volume[source], "defaultMode", json!(420));
            }
        }
    }
}

fn fill_container(container: &mut Value) {
    let image = container["image"].as_str().unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    let is_moving = !last.contains('@') && (!last.contains(':') || last.ends_with(":latest"));
    gap(container, "imagePullPolicy", json!(if is_moving { "Always" } else { "IfNotPresent" }));
    gap(container, "terminationMessagePath", json!("/dev/termination-log"));
    gap(container, "terminationMessagePolicy", json!("File"));
    gap(container, "resources", json!({}));
    for port in each(container, "ports") {
        gap(port, "protocol", json!("TCP"));
    }
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let probe = &mut container[probe];
        if probe.is_null() {
            continue;
        }
        gap(probe, "timeoutSeconds", json!(1));
        gap(probe, "periodSeconds", json!(10));
        gap(probe, "successThreshold", json!(1));
        gap(probe, "failureThreshold", json!(3));
        if probe["httpGet"].is_object() {
            gap(&mut probe["httpGet"], "path", json!("/"));
            gap(&mut probe["httpGet"], "scheme", json!("HTTP"));
        }
    }
    // Reading a missing probe left a null behind.
    if let Some(map) = container.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
}

/// Requests that were left out are what the limits are (pods only, before admission).
pub fn requests_from_limits(spec: &mut Value) {
    for list in ["initContainers", "containers"] {
        for container in each(spec, list) {
            let Some(limits) = container["resources"]["limits"].as_object().cloned() else { continue };
            for (name, value) in limits {
                if container["resources"]["requests"][&name].is_null() {
                    container["resources"]["requests"][&name] = value;
                }
            }
        }
    }
}
