//! What runs, read from deployments, pods and claims. The order of questions is the order in which a person would want
//! to hear the answers: refusals first, then images, crashes, disks, room, and only then "starting". Where the objects
//! say no more than that it is not there yet, what the cluster warned of is asked for (`events`).
use super::{
    client::Cluster,
    events,
    render::{COMPONENT, Kind, MAIN, Renderer},
};
use crate::integrations::{
    OutsideError,
    drivers::{Observed, Reason, Trouble},
};
use chrono::{DateTime, Utc};
use entity::value::Health;
use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        core::v1::{ContainerState, ContainerStatus, PersistentVolumeClaim, Pod},
    },
    apimachinery::pkg::apis::meta::v1::Time,
};

/// A container that crashed this often in a row will not run by waiting (back-off 10, 20, 40, 80 seconds).
const HOPELESS_RESTARTS: i32 = 4;
/// Looking is not held up for longer by asking what the cluster warned of.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);
/// Words that say no more than that it is not there.
const VAGUE: [&str; 3] = ["starting", "rollout_timeout", "companion_not_ready"];
/// What keeps a pod from starting its containers.
const BEFORE_THE_START: [&str; 3] = ["volume_attach", "container_config", "machine"];

/// How an instance, or a part of it, stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assessment {
    /// Everything runs as it should, with the present template.
    pub is_ready: bool,
    pub health: Health,
    pub reason: Option<Reason>,
    /// Waiting will not help.
    pub is_hopeless: bool,
    /// The controller's deadline for the rollout has passed.
    pub has_given_up: bool,
    pub restarts: i32,
    pub since: Option<DateTime<Utc>>,
}

/// What was read of an instance.
#[derive(Default)]
pub(super) struct Seen {
    pub deployments: Vec<Deployment>,
    pub pods: Vec<Pod>,
    pub claims: Vec<PersistentVolumeClaim>,
}

/// Reads the instance, with calls at the same time: who waits for it looks often.
pub(super) async fn see(cluster: &Cluster, render: &Renderer<'_>) -> Result<Seen, OutsideError> {
    let namespace = render.namespace();
    let selector = render.selector();
    let list = |kind| cluster.list(kind, Some(&namespace), &selector);
    let (deployments, pods, claims) =
        tokio::try_join!(list(Kind::Deployment), list(Kind::Pod), list(Kind::PersistentVolumeClaim))?;
    // What cannot be parsed is not of the API version we asked for; the server would have refused to answer.
    Ok(Seen {
        deployments: deployments.into_iter().filter_map(|object| object.try_parse().ok()).collect(),
        pods: pods.into_iter().filter_map(|object| object.try_parse().ok()).collect(),
        claims: claims.into_iter().filter_map(|object| object.try_parse().ok()).collect(),
    })
}

/// The parts of the instance whose component label `belongs`, and how they stand by what the objects say.
pub(super) async fn look(
    cluster: &Cluster,
    render: &Renderer<'_>,
    belongs: impl Fn(&str) -> bool,
) -> Result<(Seen, Assessment), OutsideError> {
    let mut seen = see(cluster, render).await?;
    seen.deployments.retain(|deployment| component(&deployment.metadata.labels).is_some_and(&belongs));
    seen.pods.retain(|pod| component(&pod.metadata.labels).is_some_and(&belongs));
    seen.claims.retain(|claim| component(&claim.metadata.labels).is_some_and(&belongs));
    let assessment = assess(&seen);
    Ok((seen, assessment))
}

/// Looks at the whole instance.
pub(super) async fn observe(cluster: &Cluster, render: &Renderer<'_>) -> Result<Observed, OutsideError> {
    let mut seen = see(cluster, render).await?;
    let namespace = render.namespace();
    let selector = render.selector();
    let ingresses = cluster.list(Kind::Ingress, Some(&namespace), &selector).await?;
    let is_reachable =
        ingresses.iter().any(|ingress| ingress.metadata.name.as_deref() == Some(render.spec.name.as_str()));
    if seen.deployments.is_empty() && seen.pods.is_empty() {
        let mut left = seen.claims.len() + ingresses.len();
        for kind in [Kind::ServiceAccount, Kind::Secret, Kind::Service, Kind::ConfigMap] {
            left += cluster.list(kind, Some(&namespace), &selector).await?.len();
        }
        if left == 0 {
            return Ok(Observed::Absent);
        }
        let reason = Reason { code: "incomplete".into(), detail: format!("{left} objects, but no workload") };
        let (health, reason) = (Health::Failing, Some(reason));
        return Ok(Observed::Present { is_started: false, health, reason, since: None, restarts: 0 });
    }
    seen.pods.retain(|pod| component(&pod.metadata.labels) != Some(super::render::SEED));
    let missing = render
        .claim_names()
        .into_iter()
        .find(|name| !seen.claims.iter().any(|claim| claim.metadata.name.as_ref() == Some(name)));
    let mut assessment = assess(&seen);
    if is_unexplained(&seen, &assessment)
        && let Some(why) = explanation(cluster, render, &seen, &assessment).await
    {
        assessment.reason = Some(why);
    }
    if let Some(name) = missing {
        assessment.health = Health::Failing;
        assessment.reason =
            Some(Reason { code: "volume_missing".into(), detail: format!("The volume {name} is gone") });
    }
    let wants_pods = seen
        .deployments
        .iter()
        .filter(|deployment| component(&deployment.metadata.labels) == Some(MAIN))
        .any(|deployment| wanted(deployment) > 0);
    Ok(Observed::Present {
        is_started: wants_pods && (is_reachable || !render.spec.template.is_on_the_web()),
        health: assessment.health,
        reason: assessment.reason,
        since: assessment.since,
        restarts: assessment.restarts,
    })
}

/// Whether the objects say no more than that it is not there yet, and a warning of the cluster could say why.
pub(super) fn is_unexplained(seen: &Seen, assessment: &Assessment) -> bool {
    let is_vague = assessment.reason.as_ref().is_some_and(|reason| VAGUE.contains(&reason.code.as_str()));
    is_vague && seen.pods.iter().any(|pod| !is_going(pod) && (is_creating(pod) || is_deaf(pod, assessment)))
}

/// Asks the cluster why it is not there yet. A cluster that does not tell leaves what is known.
pub(super) async fn explanation(
    cluster: &Cluster,
    render: &Renderer<'_>,
    seen: &Seen,
    assessment: &Assessment,
) -> Option<Reason> {
    match tokio::time::timeout(PATIENCE, events::warnings(cluster, render)).await {
        Ok(Ok(warnings)) => explained(seen, assessment, &warnings),
        Ok(Err(error)) => {
            tracing::debug!(error = error.message(), "A cluster does not tell what it warned of");
            None
        }
        Err(_) => None,
    }
}

/// The newest warning that explains an assessment, if one does. Pure.
fn explained(seen: &Seen, assessment: &Assessment, warnings: &[Trouble]) -> Option<Reason> {
    let explains = |warning: &&Trouble| {
        // What is over says nothing: only warnings about pods that are in that state now count.
        seen.pods.iter().filter(|pod| !is_going(pod)).any(|pod| {
            let name = pod.metadata.name.as_deref().unwrap_or_default();
            warning.about.strip_prefix("Pod ") == Some(name)
                && (warning.code == "not_answering" && is_deaf(pod, assessment)
                    || BEFORE_THE_START.contains(&warning.code.as_str()) && is_creating(pod))
        })
    };
    let warning = warnings.iter().filter(explains).max_by_key(|warning| warning.last_at)?;
    Some(Reason { code: warning.code.clone(), detail: format!("{}: {}", warning.word, warning.detail) })
}

/// Whether a pod has a machine and its containers wait for what they need.
fn is_creating(pod: &Pod) -> bool {
    statuses(pod).any(|container| {
        let waiting = container.state.as_ref().and_then(|state| state.waiting.as_ref());
        let word = waiting.and_then(|waiting| waiting.reason.as_deref());
        matches!(word, Some("ContainerCreating" | "PodInitializing"))
    })
}

/// Whether a container of a pod runs and should answer, and does not. Silence in the first minutes is how every service
/// begins.
fn is_deaf(pod: &Pod, assessment: &Assessment) -> bool {
    let is_new = assessment.reason.as_ref().is_some_and(|reason| reason.code == "starting");
    let runs = |container: &ContainerStatus| container.state.as_ref().is_some_and(|state| state.running.is_some());
    !is_new && statuses(pod).any(|container| !container.ready && runs(container))
}

/// What the objects say. Pure.
pub(super) fn assess(seen: &Seen) -> Assessment {
    let containers = || seen.pods.iter().filter(|pod| !is_going(pod)).flat_map(statuses);
    let restarts = containers().map(|container| container.restart_count).sum();
    let since = seen
        .deployments
        .iter()
        .filter(|deployment| component(&deployment.metadata.labels) == Some(MAIN))
        .find_map(|deployment| condition(deployment, "Available"))
        .and_then(|(_, _, _, since)| since);
    let has_given_up = seen.deployments.iter().any(|deployment| {
        is_current(deployment)
            && condition(deployment, "Progressing")
                .is_some_and(|(status, reason, ..)| status == "False" && reason == "ProgressDeadlineExceeded")
    });
    let answer = |health, reason: Option<Reason>, is_hopeless| Assessment {
        is_ready: false,
        health,
        reason,
        is_hopeless,
        has_given_up,
        restarts,
        since,
    };
    if seen.deployments.iter().all(|deployment| wanted(deployment) == 0) {
        let reason = (!seen.pods.is_empty()).then(|| reason("stopping", ""));
        return answer(Health::Ok, reason, false);
    }
    if let Some((refusal, is_hopeless)) = seen.deployments.iter().find_map(refused) {
        return answer(Health::Failing, Some(refusal), is_hopeless);
    }
    if let Some((health, trouble, is_hopeless)) = containers().find_map(container_trouble) {
        return answer(health, Some(trouble), is_hopeless);
    }
    if seen.deployments.iter().all(is_rolled_out) {
        return Assessment { is_ready: true, ..answer(Health::Ok, None, false) };
    }
    if let Some(trouble) = placement_trouble(seen) {
        return answer(Health::Starting, Some(trouble), false);
    }
    if has_given_up {
        return answer(Health::Failing, Some(reason("rollout_timeout", "The rollout exceeded its deadline")), false);
    }
    let is_main_up = seen
        .deployments
        .iter()
        .any(|deployment| component(&deployment.metadata.labels) == Some(MAIN) && is_rolled_out(deployment));
    if is_main_up {
        return answer(Health::Degraded, Some(reason("companion_not_ready", "")), false);
    }
    answer(Health::Starting, Some(reason("starting", "")), false)
}

fn reason(code: &str, detail: &str) -> Reason {
    Reason { code: code.into(), detail: detail.into() }
}

fn component(labels: &Option<std::collections::BTreeMap<String, String>>) -> Option<&str> {
    labels.as_ref()?.get(COMPONENT).map(String::as_str)
}

fn wanted(deployment: &Deployment) -> i32 {
    deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

/// Whether the controller has seen the present template: an older verdict says nothing about it.
fn is_current(deployment: &Deployment) -> bool {
    let observed = deployment.status.as_ref().and_then(|status| status.observed_generation).unwrap_or(0);
    deployment.metadata.generation.unwrap_or(0) <= observed
}

/// kubectl's test. The library's own ignores the observed generation and may answer for the rollout before.
fn is_rolled_out(deployment: &Deployment) -> bool {
    let Some(status) = &deployment.status else { return wanted(deployment) == 0 };
    let updated = status.updated_replicas.unwrap_or(0);
    is_current(deployment)
        && updated == wanted(deployment)
        && status.replicas.unwrap_or(0) == updated
        && status.available_replicas.unwrap_or(0) == updated
}

/// Status, reason, message and time of a condition.
fn condition<'d>(deployment: &'d Deployment, kind: &str) -> Option<(&'d str, &'d str, &'d str, Option<DateTime<Utc>>)> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    let condition = conditions.iter().find(|condition| condition.type_ == kind)?;
    Some((
        &condition.status,
        condition.reason.as_deref().unwrap_or_default(),
        condition.message.as_deref().unwrap_or_default(),
        condition.last_transition_time.as_ref().and_then(instant),
    ))
}

/// Pod security, quota and limits act on pods, not on deployments: the refusal stands in a condition.
fn refused(deployment: &Deployment) -> Option<(Reason, bool)> {
    let (status, _, message, _) = condition(deployment, "ReplicaFailure")?;
    if status != "True" || !is_current(deployment) {
        return None;
    }
    let (code, is_hopeless) = refusal_code(message);
    Some((reason(code, message), is_hopeless))
}

/// Our word for why a pod was refused, and whether waiting will not help.
pub(super) fn refusal_code(message: &str) -> (&'static str, bool) {
    if message.contains("status unknown for quota") {
        ("starting", false)
    } else if message.contains("exceeded quota") || message.contains("failed quota") {
        ("quota", true)
    } else if message.contains("violates PodSecurity") {
        ("policy", true)
    } else {
        ("pod_refused", false)
    }
}

/// The containers of a pod, those that prepare it first.
pub(super) fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let init = status.and_then(|status| status.init_container_statuses.as_ref());
    let main = status.and_then(|status| status.container_statuses.as_ref());
    init.into_iter().chain(main).flatten()
}

pub(super) fn is_going(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

fn container_trouble(container: &ContainerStatus) -> Option<(Health, Reason, bool)> {
    let state = container.state.as_ref()?;
    let detail = |text: Option<&String>| {
        let text = text.map(String::as_str).unwrap_or_default();
        format!("{}: {text}", container.name)
    };
    if let Some(waiting) = &state.waiting {
        let word = waiting.reason.as_deref().unwrap_or_default();
        return match word {
            "InvalidImageName" | "ErrImageNeverPull" => {
                Some((Health::Failing, reason("image_pull", &detail(waiting.message.as_ref())), true))
            }
            "ErrImagePull" | "ImagePullBackOff" | "ImageInspectError" => {
                Some((Health::Failing, reason("image_pull", &detail(waiting.message.as_ref())), false))
            }
            "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
                Some((Health::Failing, reason("container_config", &detail(waiting.message.as_ref())), false))
            }
            "CrashLoopBackOff" => Some(crash(container, detail(waiting.message.as_ref()))),
            _ => None,
        };
    }
    let ended = state.terminated.as_ref().filter(|ended| ended.exit_code != 0)?;
    Some(crash(container, detail(ended.reason.as_ref())))
}

fn crash(container: &ContainerStatus, detail: String) -> (Health, Reason, bool) {
    let ended = |state: Option<&ContainerState>| state.and_then(|state| state.terminated.clone());
    let last = ended(container.state.as_ref()).or_else(|| ended(container.last_state.as_ref()));
    let is_out_of_memory = last.as_ref().is_some_and(|last| last.reason.as_deref() == Some("OOMKilled"));
    let code = if is_out_of_memory { "out_of_memory" } else { "crash_loop" };
    let detail = match last {
        Some(last) => format!("{detail} (exit {}, {} restarts)", last.exit_code, container.restart_count),
        None => format!("{detail} ({} restarts)", container.restart_count),
    };
    (Health::Crashing, reason(code, &detail), container.restart_count >= HOPELESS_RESTARTS)
}

/// Why a pod has no machine yet.
fn placement_trouble(seen: &Seen) -> Option<Reason> {
    let is_pending = |pod: &&Pod| {
        !is_going(pod) && pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Pending")
    };
    let pod = seen.pods.iter().find(is_pending)?;
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    let unscheduled = conditions
        .into_iter()
        .flatten()
        .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False")
        .map(|condition| condition.message.clone().unwrap_or_default());
    let open_claim = seen.claims.iter().find(|claim| {
        claim.status.as_ref().and_then(|status| status.phase.as_deref()).is_none_or(|phase| phase == "Pending")
    });
    // A claim that is bound together with its first pod is open as long as the pod has no machine: then the scheduler
    // tells which of the two is missing.
    let has_no_room = unscheduled.as_deref().is_some_and(lacks_room);
    if let Some(claim) = open_claim.filter(|_| !has_no_room) {
        let name = claim.metadata.name.as_deref().unwrap_or_default();
        return Some(reason("volume_pending", &format!("{name}: {}", unscheduled.unwrap_or_default())));
    }
    let message = unscheduled?;
    Some(reason(if lacks_disk(&message) { "volume_pending" } else { "no_room" }, &message))
}

/// Whether the scheduler misses a disk, rather than room on a machine.
pub(super) fn lacks_disk(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("volume") || message.contains("free storage")
}

/// Whether it misses room on a machine, and no disk.
fn lacks_room(message: &str) -> bool {
    (message.contains("Insufficient ") || message.contains("Too many pods")) && !lacks_disk(message)
}

pub(super) fn instant(time: &Time) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(time.0.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn seen(deployment: Value, pods: Vec<Value>, claims: Vec<Value>) -> Seen {
        Seen {
            deployments: vec![serde_json::from_value(deployment).unwrap()],
            pods: pods.into_iter().map(|pod| serde_json::from_value(pod).unwrap()).collect(),
            claims: claims.into_iter().map(|claim| serde_json::from_value(claim).unwrap()).collect(),
        }
    }

    fn deployment(status: Value) -> Value {
        json!({
            "metadata": { "name": "n8n-1", "generation": 2, "labels": { COMPONENT: MAIN } },
            "spec": { "replicas": 1, "selector": {}, "template": {} },
            "status": status,
        })
    }

    fn pod(state: Value, restarts: i32) -> Value {
        json!({
            "metadata": { "name": "n8n-1-abc", "labels": { COMPONENT: MAIN } },
            "status": { "phase": "Pending", "containerStatuses": [{
                "name": "app", "image": "", "imageID": "", "ready": false, "restartCount": restarts, "state": state,
            }] },
        })
    }

    fn code(assessment: &Assessment) -> (&str, bool) {
        (assessment.reason.as_ref().map_or("", |reason| reason.code.as_str()), assessment.is_hopeless)
    }

    #[test]
    fn a_rollout_is_complete_only_when_the_controller_has_seen_the_present_template() {
        let status = |observed: i64| json!({ "observedGeneration": observed, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1 });

        assert!(assess(&seen(deployment(status(2)), vec![], vec![])).is_ready);
        assert!(!assess(&seen(deployment(status(1)), vec![], vec![])).is_ready);
    }

    #[test]
    fn refusals_of_pods_are_read_from_the_deployment() {
        let refusal = |message: &str| {
            let condition = json!({ "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
                "message": message });
            assess(&seen(deployment(json!({ "observedGeneration": 2, "conditions": [condition] })), vec![], vec![]))
        };

        assert_eq!(code(&refusal("pods is forbidden: exceeded quota: plan")), ("quota", true));
        assert_eq!(code(&refusal("violates PodSecurity \"restricted:v1.33\"")), ("policy", true));
        assert_eq!(code(&refusal("status unknown for quota: plan")), ("starting", false));
    }

    #[test]
    fn what_is_wrong_with_a_container_has_a_word() {
        let trouble = |state: Value, restarts| {
            assess(&seen(deployment(json!({ "observedGeneration": 2 })), vec![pod(state, restarts)], vec![]))
        };
        let waiting = |reason: &str| json!({ "waiting": { "reason": reason } });

        assert_eq!(code(&trouble(waiting("ImagePullBackOff"), 0)), ("image_pull", false));
        assert_eq!(code(&trouble(waiting("InvalidImageName"), 0)), ("image_pull", true));
        assert_eq!(code(&trouble(waiting("CreateContainerConfigError"), 0)), ("container_config", false));
        assert_eq!(code(&trouble(waiting("CrashLoopBackOff"), 1)), ("crash_loop", false));
        assert_eq!(code(&trouble(waiting("CrashLoopBackOff"), 4)), ("crash_loop", true));
        let killed = json!({ "terminated": { "exitCode": 137, "reason": "OOMKilled" } });
        assert_eq!(code(&trouble(killed, 1)), ("out_of_memory", false));
        assert_eq!(code(&trouble(waiting("ContainerCreating"), 0)), ("starting", false));
    }

    #[test]
    fn a_vague_word_is_replaced_by_what_the_cluster_warned_of_as_long_as_it_holds() {
        let warning = |code: &str, about: &str, minute: u32| Trouble {
            code: code.into(),
            word: "FailedMount".into(),
            detail: "timed out".into(),
            about: about.into(),
            times: 1,
            first_at: DateTime::UNIX_EPOCH,
            last_at: DateTime::UNIX_EPOCH + chrono::Duration::minutes(i64::from(minute)),
        };
        let asks = |seen: &Seen, code: &str, warnings: &[Trouble]| {
            let vague = Assessment { reason: Some(reason(code, "")), ..assess(seen) };
            explained(seen, &vague, warnings).or(vague.reason).unwrap()
        };
        let status = || deployment(json!({ "observedGeneration": 2 }));
        let creating = seen(status(), vec![pod(json!({ "waiting": { "reason": "ContainerCreating" } }), 0)], vec![]);
        let running = seen(status(), vec![pod(json!({ "running": {} }), 0)], vec![]);
        let here = "Pod n8n-1-abc";

        let told = asks(&creating, "starting", &[warning("machine", here, 1), warning("volume_attach", here, 2)]);
        assert_eq!(
            (told.code.as_str(), told.detail.as_str()),
            ("volume_attach", "FailedMount: timed out"),
            "the newest"
        );
        let elsewhere = [warning("volume_attach", "Pod n8n-1-old", 2)];
        assert_eq!(asks(&creating, "starting", &elsewhere).code, "starting", "of a pod that is gone");
        let over = [warning("volume_attach", here, 2)];
        assert_eq!(asks(&running, "rollout_timeout", &over).code, "rollout_timeout", "it was attached since");
        let deaf = [warning("not_answering", here, 2)];
        assert_eq!(asks(&running, "starting", &deaf).code, "starting", "every service begins so");
        assert_eq!(asks(&running, "rollout_timeout", &deaf).code, "not_answering");
    }

    #[test]
    fn a_pod_without_a_machine_waits_for_a_disk_or_for_room() {
        let unscheduled = |message: &str| {
            json!({ "metadata": { "name": "p", "labels": { COMPONENT: MAIN } }, "status": {
                "phase": "Pending",
                "conditions": [{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                    "message": message }],
            } })
        };
        let claim = json!({ "metadata": { "name": "n8n-1-data" }, "status": { "phase": "Pending" } });
        let status = || deployment(json!({ "observedGeneration": 2 }));

        let no_room = assess(&seen(status(), vec![unscheduled("0/3 nodes: Insufficient cpu")], vec![]));
        let no_disk = assess(&seen(status(), vec![unscheduled("pod has unbound claims")], vec![claim.clone()]));
        let full = "0/3 nodes are available: 3 Insufficient memory.";
        let unbound_for_lack_of_room = assess(&seen(status(), vec![unscheduled(full)], vec![claim]));

        assert_eq!(code(&no_room), ("no_room", false));
        assert_eq!(code(&unbound_for_lack_of_room), ("no_room", false), "its claim only waits for the pod");
        assert_eq!(code(&no_disk), ("volume_pending", false));
    }
}
