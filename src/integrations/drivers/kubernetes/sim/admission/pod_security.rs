//! Pod security admission: levels `baseline` and `restricted` as the namespace's label enforces them.
use crate::integrations::drivers::kubernetes::sim::{
    kinds::Kind,
    refusal::{Refusal, Refused},
    store::State,
};
use serde_json::Value;

const BASELINE_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
const SAFE_SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
];
const RESTRICTED_VOLUMES: &[&str] = &[
    "configMap",
    "downwardAPI",
    "emptyDir",
    "projected",
    "secret",
    "csi",
    "persistentVolumeClaim",
    "ephemeral",
    "image",
];

/// Refuses a pod that is below the level of its namespace.
pub fn check(state: &State, kind: &Kind, namespace: &str, pod: &Value) -> Result<(), Refused> {
    let labels = state.get("namespaces", "", namespace).map(|object| object["metadata"]["labels"].clone());
    let label = |name: &str| {
        labels
            .as_ref()
            .and_then(|labels| labels[format!("pod-security.kubernetes.io/{name}")].as_str())
            .unwrap_or_default()
    };
    let level = label("enforce");
    let faults = match level {
        "restricted" => [baseline(pod), restricted(pod)].concat(),
        "baseline" => baseline(pod),
        _ => return Ok(()),
    };
    if faults.is_empty() {
        return Ok(());
    }
    let version = Some(label("enforce-version")).filter(|version| !version.is_empty()).unwrap_or("latest");
    let why = format!("violates PodSecurity \"{level}:{version}\": {}", faults.join(", "));
    Err(Refusal::forbidden(kind, pod["metadata"]["name"].as_str().unwrap_or_default(), &why))
}

fn containers(pod: &Value) -> Vec<&Value> {
    ["initContainers", "containers", "ephemeralContainers"]
        .iter()
        .flat_map(|list| pod["spec"][*list].as_array().into_iter().flatten())
        .collect()
}

/// Containers of which `is_bad` is so, as messages name them.
fn named(pod: &Value, is_bad: impl Fn(&Value) -> bool) -> Option<String> {
    let names: Vec<String> = containers(pod)
        .iter()
        .filter(|container| is_bad(container))
        .map(|container| container["name"].to_string())
        .collect();
    match names.len() {
        0 => None,
        1 => Some(format!("container {}", names[0])),
        _ => Some(format!("containers {}", names.join(", "))),
    }
}

fn baseline(pod: &Value) -> Vec<String> {
    let spec = &pod["spec"];
    let mut faults = Vec::new();
    let shared: Vec<String> = ["hostNetwork", "hostPID", "hostIPC"]
        .iter()
        .filter(|field| spec[**field] == true)
        .map(|field| format!("{field}=true"))
        .collect();
    if !shared.is_empty() {
        faults.push(format!("host namespaces ({})", shared.join(", ")));
    }
    if let Some(who) = named(pod, |container| container["securityContext"]["privileged"] == true) {
        faults.push(format!("privileged ({who} must not set securityContext.privileged=true)"));
    }
    let adds = |container: &Value| {
        let added = container["securityContext"]["capabilities"]["add"].as_array().cloned().unwrap_or_default();
        added.iter().any(|name| !BASELINE_CAPABILITIES.contains(&name.as_str().unwrap_or_default()))
    };
    if let Some(who) = named(pod, adds) {
        faults.push(format!("non-default capabilities ({who} must not include capabilities beyond the default set in securityContext.capabilities.add)"));
    }
    if spec["volumes"].as_array().is_some_and(|volumes| volumes.iter().any(|volume| !volume["hostPath"].is_null())) {
        faults.push("hostPath volumes (hostPath)".to_owned());
    }
    let has_host_port = |container: &Value| {
        container["ports"]
            .as_array()
            .is_some_and(|ports| ports.iter().any(|port| port["hostPort"].as_i64().unwrap_or(0) != 0))
    };
    if let Some(who) = named(pod, has_host_port) {
        faults.push(format!("hostPort ({who} uses hostPorts)"));
    }
    let unsafe_sysctls: Vec<String> = spec["securityContext"]["sysctls"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|sysctl| sysctl["name"].as_str())
        .filter(|name| !SAFE_SYSCTLS.contains(name))
        .map(str::to_owned)
        .collect();
    if !unsafe_sysctls.is_empty() {
        faults.push(format!("forbidden sysctls ({})", unsafe_sysctls.join(", ")));
    }
    faults
}

fn restricted(pod: &Value) -> Vec<String> {
    let whole = &pod["spec"]["securityContext"];
    let mut faults = Vec::new();
    if let Some(who) = named(pod, |container| container["securityContext"]["allowPrivilegeEscalation"] != false) {
        faults.push(format!(
            "allowPrivilegeEscalation != false ({who} must set securityContext.allowPrivilegeEscalation=false)"
        ));
    }
    let keeps = |container: &Value| {
        let capabilities = &container["securityContext"]["capabilities"];
        let drops_all = capabilities["drop"].as_array().is_some_and(|list| list.iter().any(|name| name == "ALL"));
        let adds =
            capabilities["add"].as_array().is_some_and(|list| list.iter().any(|name| name != "NET_BIND_SERVICE"));
        !drops_all || adds
    };
    if let Some(who) = named(pod, keeps) {
        faults.push(format!("unrestricted capabilities ({who} must set securityContext.capabilities.drop=[\"ALL\"])"));
    }
    let volumes = pod["spec"]["volumes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let odd: Vec<String> = volumes
        .iter()
        .filter(|volume| !RESTRICTED_VOLUMES.iter().any(|kind| !volume[*kind].is_null()))
        .map(|volume| volume["name"].to_string())
        .collect();
    if !odd.is_empty() {
        faults.push(format!("restricted volume types (volume {} uses restricted volume type)", odd.join(", ")));
    }
    let may_be_root = |container: &Value| {
        let own = &container["securityContext"]["runAsNonRoot"];
        own == false || own.is_null() && whole["runAsNonRoot"] != true
    };
    if let Some(who) = named(pod, may_be_root) {
        faults.push(format!("runAsNonRoot != true (pod or {who} must set securityContext.runAsNonRoot=true)"));
    }
    if whole["runAsUser"] == 0 {
        faults.push("runAsUser=0 (pod must not set runAsUser=0)".to_owned());
    } else if let Some(who) = named(pod, |container| container["securityContext"]["runAsUser"] == 0) {
        faults.push(format!("runAsUser=0 ({who} must not set runAsUser=0)"));
    }
    let is_profile = |profile: &Value| profile == "RuntimeDefault" || profile == "Localhost";
    let is_open = |container: &Value| {
        let own = &container["securityContext"]["seccompProfile"]["type"];
        !(is_profile(own) || own.is_null() && is_profile(&whole["seccompProfile"]["type"]))
    };
    if let Some(who) = named(pod, is_open) {
        faults.push(format!(
            "seccompProfile (pod or {who} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
        ));
    }
    faults
}
