//! The machines of a cluster: how they feel, what runs on them, and how one is closed and emptied. Source: Kubernetes
//! documentation, "Node Status", "Safely Drain a Node", "API-initiated Eviction".
//!
//! Pods go one at a time and by eviction, never by deletion: the API server counts then what a disruption budget leaves.
//! What would come back to the same machine (daemon sets), or is no object of the cluster (mirror pods), stays. So does what
//! nothing would start anew elsewhere: whoever made it says whether it may end, and the machine is not empty until then.
use super::{
    client::{Cluster, Failure, timed, within_time},
    inspect::instant,
    phases::{is_going, label_of, name_of},
    quantity::{mebibytes, milli},
    render::{INSTALL, INSTANCE, Kind},
    rights::{Question, may},
};
use crate::integrations::{
    OutsideError,
    drivers::{Draining, Machine, Power},
};
use kube::api::{DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

/// Until a pod that goes is looked at again.
const GOING: Duration = Duration::from_secs(2);
/// Pause where a refusal names none.
const USUAL_PAUSE: Duration = Duration::from_secs(10);
/// Longest pause that is believed.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Marks what a kubelet reads from its own disk; the object in the cluster is only a picture of it.
const MIRROR: &str = "kubernetes.io/config.mirror";
/// Why a pod stays that no controller keeps: evicted it would be gone for good, and `kubectl drain` refuses it, too.
const ALONE: &str = "No controller would start this pod elsewhere. Remove it by hand where it may end.";
/// Conditions that say that a machine runs short, and our words for what of.
const PRESSURES: [(&str, &str); 3] = [("MemoryPressure", "memory"), ("DiskPressure", "disk"), ("PIDPressure", "pid")];

/// Taints whose names begin so say what conditions, or `unschedulable`, say already.
const OF_CONDITIONS: &str = "node.kubernetes.io/";
/// Leaves out pods that have ended: of old jobs there may be many.
const NOT_ENDED: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// What runs on one machine.
#[derive(Default)]
struct Load {
    requested: Power,
    pods: usize,
    instances: BTreeSet<String>,
}

/// The machines of a cluster by name.
pub(super) async fn survey(cluster: &Cluster) -> Result<Vec<Machine>, OutsideError> {
    let nodes = cluster.list(Kind::Node, None, "").await?;
    let mut used = usage(cluster).await?;
    let mut loads: HashMap<String, Load> = HashMap::new();
    let add = |pod: &DynamicObject| {
        let Some(machine) = pod.data["spec"]["nodeName"].as_str() else { return };
        let load = loads.entry(machine.to_owned()).or_default();
        load.pods += 1;
        load.requested = load.requested.plus(requests(&pod.data["spec"]));
        if label_of(pod, INSTALL) == Some(cluster.installation.as_str())
            && let Some(instance) = label_of(pod, INSTANCE)
        {
            load.instances.insert(instance.to_owned());
        }
    };
    cluster.look_through(Kind::Pod, NOT_ENDED, add).await?;
    let mut machines: Vec<Machine> = nodes
        .iter()
        .map(|node| {
            let name = name_of(node);
            let load = loads.remove(&name).unwrap_or_default();
            machine(node, load, used.remove(&name))
        })
        .collect();
    machines.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(machines)
}

fn machine(node: &DynamicObject, load: Load, used: Option<Power>) -> Machine {
    let (spec, status) = (&node.data["spec"], &node.data["status"]);
    let is = |kind: &str| {
        let mut conditions = status["conditions"].as_array().into_iter().flatten();
        conditions.any(|condition| condition["type"] == kind && condition["status"] == "True")
    };
    Machine {
        name: name_of(node),
        is_ready: is("Ready"),
        is_open: spec["unschedulable"] != true,
        is_reserved: spec["taints"].as_array().into_iter().flatten().any(keeps_away),
        pressures: PRESSURES.iter().filter(|(kind, _)| is(kind)).map(|(_, word)| *word).collect(),
        allocatable: power(&status["allocatable"]),
        requested: load.requested,
        used,
        version: status["nodeInfo"]["kubeletVersion"].as_str().unwrap_or_default().to_owned(),
        since: node.metadata.creation_timestamp.as_ref().and_then(instant),
        pods: load.pods,
        instances: load.instances.into_iter().collect(),
    }
}

/// Whether a taint keeps our pods away, which tolerate none.
fn keeps_away(taint: &Value) -> bool {
    let is_of_conditions = taint["key"].as_str().is_some_and(|key| key.starts_with(OF_CONDITIONS));
    matches!(taint["effect"].as_str(), Some("NoSchedule" | "NoExecute")) && !is_of_conditions
}

/// CPU and memory of a list of quantities by resource. What is not named is 0.
fn power(quantities: &Value) -> Power {
    let read =
        |resource: &str, read: fn(&str) -> Option<i64>| quantities[resource].as_str().and_then(read).unwrap_or(0);
    Power { cpu_milli: read("cpu", milli), memory_mb: read("memory", mebibytes) }
}

/// What the scheduler sets aside for a pod: its containers together with those that start before them and stay, or the
/// largest of those that run before them and end, and what the runtime itself takes.
fn requests(spec: &Value) -> Power {
    let of = |container: &Value| power(&container["resources"]["requests"]);
    let containers = spec["containers"].as_array().into_iter().flatten();
    let together = containers.map(of).fold(Power::default(), Power::plus);
    // Those of `initContainers` that are restarted run beside all that come after them.
    let (mut beside, mut before) = (Power::default(), Power::default());
    for container in spec["initContainers"].as_array().into_iter().flatten() {
        let with_it = beside.plus(of(container));
        before = larger(before, with_it);
        if container["restartPolicy"] == "Always" {
            beside = with_it;
        }
    }
    larger(together.plus(beside), before).plus(power(&spec["overhead"]))
}

/// The larger of both, of each thing.
fn larger(a: Power, b: Power) -> Power {
    Power { cpu_milli: a.cpu_milli.max(b.cpu_milli), memory_mb: a.memory_mb.max(b.memory_mb) }
}

/// What machines use, by name. Empty where there is no metrics server, it is late, or it may not be asked: "no data"
/// must never look like "nothing used".
async fn usage(cluster: &Cluster) -> Result<HashMap<String, Power>, OutsideError> {
    match cluster.list(Kind::NodeMetrics, None, "").await {
        Ok(found) => Ok(found.iter().map(|object| (name_of(object), power(&object.data["usage"]))).collect()),
        Err(OutsideError::Rejected { code, .. }) if code == "not_found" || code == "forbidden" => Ok(HashMap::new()),
        Err(OutsideError::Unavailable { .. }) => Ok(HashMap::new()),
        Err(error) => Err(error),
    }
}

/// The rights that are missing for what follows.
pub(super) async fn lacking(cluster: &Cluster) -> Result<Vec<String>, OutsideError> {
    let evict = Question { part: Some("eviction"), ..Question::of(Kind::Pod, "create") };
    let needed = [("patch nodes", Question::of(Kind::Node, "patch")), ("create pods/eviction", evict)];
    let mut missing = Vec::new();
    for (words, question) in needed {
        if !may(cluster, question).await? {
            missing.push(words.to_owned());
        }
    }
    Ok(missing)
}

/// Lets a machine take new work, or no more.
pub(super) async fn set_open(cluster: &Cluster, machine: &str, is_open: bool) -> Result<(), OutsideError> {
    // Null takes the field away, as `kubectl uncordon` does.
    let closed = if is_open { Value::Null } else { json!(true) };
    let patch = Patch::Merge(json!({ "spec": { "unschedulable": closed } }));
    within_time(cluster.api(Kind::Node, None).patch(machine, &PatchParams::default(), &patch)).await.map(drop)
}

/// One step of emptying a machine.
pub(super) async fn drain(cluster: &Cluster, machine: &str) -> Result<Draining, OutsideError> {
    set_open(cluster, machine, false).await?;
    let here = ListParams::default().fields(&format!("spec.nodeName={machine}"));
    let pods = within_time(cluster.api(Kind::Pod, None).list(&here)).await?.items;
    let (going, staying): (Vec<_>, Vec<_>) = pods.into_iter().filter(is_to_move).partition(is_going);
    let left = going.len() + staying.len();
    // One at a time: what comes up elsewhere is in nobody's way then.
    if let Some(pod) = going.first() {
        return Ok(Draining::Waiting { why: place_of(pod), left, retry_in: GOING });
    }
    let mut soonest: Option<(Duration, String)> = None;
    for pod in &staying {
        let answer = match is_kept(pod) {
            true => evict(cluster, pod).await?,
            false => Evicted::Stays { pause: USUAL_PAUSE, why: ALONE.to_owned() },
        };
        match answer {
            Evicted::Goes => return Ok(Draining::Moved { what: place_of(pod), left }),
            Evicted::Stays { pause, why } => {
                if soonest.as_ref().is_none_or(|(known, _)| pause < *known) {
                    soonest = Some((pause, format!("{}: {why}", place_of(pod))));
                }
            }
        }
    }
    Ok(match soonest {
        Some((retry_in, why)) => Draining::Waiting { why, left, retry_in },
        None => Draining::Empty,
    })
}

/// Whether a pod should run elsewhere: it runs, it is an object of the cluster, and it would not come back here.
fn is_to_move(pod: &DynamicObject) -> bool {
    let is_mirror = pod.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(MIRROR));
    let owners = pod.metadata.owner_references.as_deref().unwrap_or_default();
    let is_daemon = owners.iter().any(|owner| owner.controller == Some(true) && owner.kind == "DaemonSet");
    !is_mirror && !is_daemon && !has_ended(pod)
}

/// Whether a controller starts it anew where it ends.
fn is_kept(pod: &DynamicObject) -> bool {
    let owners = pod.metadata.owner_references.as_deref().unwrap_or_default();
    owners.iter().any(|owner| owner.controller == Some(true))
}

fn has_ended(pod: &DynamicObject) -> bool {
    matches!(pod.data["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

fn place_of(pod: &DynamicObject) -> String {
    format!("{}/{}", pod.metadata.namespace.as_deref().unwrap_or_default(), name_of(pod))
}

/// What came of asking a pod to go.
enum Evicted {
    /// It goes, or is gone.
    Goes,
    /// Not now.
    Stays { pause: Duration, why: String },
}

/// Asks a pod to go. The body is our own: `EvictParams` of the library writes `delete_options`, which the API server does
/// not read.
async fn evict(cluster: &Cluster, pod: &DynamicObject) -> Result<Evicted, OutsideError> {
    let (name, namespace) = (name_of(pod), pod.metadata.namespace.clone().unwrap_or_default());
    let body = json!({
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": { "name": name, "namespace": namespace },
        // Never another one that came up under the same name.
        "deleteOptions": { "preconditions": { "uid": pod.metadata.uid } },
    });
    let api = cluster.api(Kind::Pod, Some(&namespace));
    let params = PostParams::default();
    let asked = api.create_subresource::<Value, Value>("eviction", &name, &params, &body);
    match timed(asked).await {
        Ok(_) => Ok(Evicted::Goes),
        Err(failure) => refused(failure),
    }
}

/// What it means that a pod was not let go.
fn refused(failure: Failure) -> Result<Evicted, OutsideError> {
    match failure {
        // It is gone, or the one of this name is another already.
        Failure::Api(status) if matches!(status.code, 404 | 409) => Ok(Evicted::Goes),
        Failure::Api(status) if status.code == 429 => {
            let seconds = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
            let pause = if seconds == 0 { USUAL_PAUSE } else { Duration::from_secs(u64::from(seconds)) };
            let budget = status.details.as_ref().and_then(|details| details.causes.first());
            let why = budget.map_or_else(|| status.message.clone(), |cause| cause.message.clone());
            Ok(Evicted::Stays { pause: pause.min(LONGEST_PAUSE), why })
        }
        failure => {
            // Its namespace is going away, or more than one budget covers it: that holds back no other.
            let is_its_own = matches!(&failure, Failure::Api(status) if matches!(status.code, 403 | 500));
            match failure.meaning() {
                OutsideError::Unavailable { retry_after, message } if is_its_own => {
                    Ok(Evicted::Stays { pause: retry_after.unwrap_or(USUAL_PAUSE), why: message })
                }
                error => Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::core::Status;

    fn object(value: Value) -> DynamicObject {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_pod_requests_its_containers_together_or_the_largest_before_them_and_the_overhead() {
        let one = |cpu: &str, memory: &str| json!({ "resources": { "requests": { "cpu": cpu, "memory": memory } } });
        let spec = json!({
            "containers": [one("100m", "128Mi"), one("250m", "1Gi"), {}],
            "initContainers": [one("1", "64Mi"), one("500m", "64Mi")],
            "overhead": { "cpu": "10m", "memory": "20Mi" },
        });
        assert_eq!(requests(&spec), Power { cpu_milli: 1_010, memory_mb: 1_172 });
        assert_eq!(requests(&json!({})), Power::default());

        let mut stays = one("100m", "300Mi");
        stays["restartPolicy"] = json!("Always");
        let spec = json!({
            "containers": [one("200m", "128Mi")], "initContainers": [one("150m", "10Mi"), stays, one("250m", "1Mi")],
        });
        assert_eq!(requests(&spec), Power { cpu_milli: 350, memory_mb: 428 }, "what stays is beside what comes later");
    }

    #[test]
    fn a_machine_says_how_it_feels_and_what_it_runs_short_of() {
        let condition = |kind: &str, status: &str| json!({ "type": kind, "status": status });
        let node = |conditions: Value, spec: Value| {
            object(json!({
                "metadata": { "name": "one", "creationTimestamp": "2026-11-20T03:00:00Z" }, "spec": spec,
                "status": {
                    "conditions": conditions, "allocatable": { "cpu": "7500m", "memory": "30Gi" },
                    "nodeInfo": { "kubeletVersion": "v1.33.5+k3s1" },
                },
            }))
        };
        let well = node(json!([condition("Ready", "True"), condition("DiskPressure", "False")]), json!({}));
        let well = machine(&well, Load::default(), None);
        assert!(well.is_ready && well.is_open && well.pressures.is_empty() && well.used.is_none(), "{well:?}");
        assert_eq!(well.allocatable, Power { cpu_milli: 7_500, memory_mb: 30_720 });
        assert_eq!(well.version, "v1.33.5+k3s1");
        assert!(well.since.is_some());

        let pressed = json!([
            condition("Ready", "Unknown"),
            condition("MemoryPressure", "True"),
            condition("PIDPressure", "True")
        ]);
        let ill = machine(&node(pressed, json!({ "unschedulable": true })), Load::default(), None);
        assert!(!ill.is_ready && !ill.is_open);
        assert_eq!(ill.pressures, ["memory", "pid"]);

        let tainted = |key: &str, effect: &str| {
            let spec = json!({ "taints": [{ "key": key, "effect": effect }] });
            machine(&node(json!([condition("Ready", "True")]), spec), Load::default(), None).is_reserved
        };
        assert!(tainted("node-role.kubernetes.io/control-plane", "NoSchedule") && tainted("gpu", "NoExecute"));
        assert!(!tainted("gpu", "PreferNoSchedule") && !tainted("node.kubernetes.io/unschedulable", "NoSchedule"));
        assert!(!well.is_reserved && !ill.is_reserved);
    }

    #[test]
    fn what_would_come_back_or_has_ended_is_not_moved() {
        let pod = |metadata: Value, phase: &str| {
            object(json!({ "metadata": metadata, "spec": {}, "status": { "phase": phase } }))
        };
        let owned = |kind: &str| {
            json!({ "name": "p", "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": kind, "name": "o", "uid": "u", "controller": true,
            }] })
        };
        assert!(
            is_to_move(&pod(owned("ReplicaSet"), "Running")) && is_to_move(&pod(json!({ "name": "p" }), "Pending"))
        );
        assert!(!is_to_move(&pod(owned("DaemonSet"), "Running")));
        assert!(!is_to_move(&pod(json!({ "name": "p", "annotations": { MIRROR: "x" } }), "Running")));
        assert!(!is_to_move(&pod(owned("Job"), "Succeeded")));
        assert!(is_kept(&pod(owned("ReplicaSet"), "Running")) && !is_kept(&pod(json!({ "name": "p" }), "Running")));
    }

    #[test]
    fn what_holds_back_one_pod_holds_back_no_other() {
        let refusal = |code: u16, message: &str| {
            let status = Status { code, message: message.into(), ..Status::default() };
            refused(Failure::Api(Box::new(status)))
        };
        for (code, message) in [
            (429, "Cannot evict pod as it would violate the pod's disruption budget."),
            (500, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."),
            (403, "unable to create new content in namespace x because it is being terminated"),
        ] {
            assert!(matches!(refusal(code, message), Ok(Evicted::Stays { .. })), "{code} {message}");
        }
        assert!(matches!(refusal(404, "pods \"p\" not found"), Ok(Evicted::Goes)));
        assert!(matches!(refusal(403, "pods is forbidden: User \"x\""), Err(OutsideError::Rejected { .. })));
        assert!(matches!(refusal(503, "the server is away"), Err(OutsideError::Unavailable { .. })));
    }
}
