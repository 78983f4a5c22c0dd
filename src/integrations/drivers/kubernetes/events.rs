//! What went wrong with an instance lately: warnings the cluster keeps (for an hour, usually), and ends of containers.
//! Most events are counted in the old form (`count`, `lastTimestamp`), the scheduler's in the new one (`series`,
//! `eventTime`). Source: Kubernetes reference "Event v1", and the reasons of kubelet, scheduler and controllers.
use super::{
    client::Cluster,
    inspect::{instant, is_going, lacks_disk, refusal_code, statuses},
    render::{Kind, Renderer},
};
use crate::integrations::{OutsideError, drivers::Trouble};
use chrono::{DateTime, Utc};
use k8s_openapi::{
    api::core::v1::{ContainerStateTerminated, Event, Pod},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use std::collections::BTreeMap;

/// Pages of events read at most. They are sorted by name, so more would only be older noise of a broken namespace.
const PAGES: usize = 3;
/// Kinds of trouble told at most.
const MOST: usize = 20;
/// Longest sentence kept.
const LONGEST: usize = 500;

/// What went wrong with the instance, newest first; the same thing is told once and counted.
pub(super) async fn troubles(cluster: &Cluster, render: &Renderer<'_>) -> Result<Vec<Trouble>, OutsideError> {
    let (namespace, selector) = (render.namespace(), render.selector());
    let pods = cluster.list(Kind::Pod, Some(&namespace), &selector);
    let (mut found, pods) = tokio::try_join!(warnings(cluster, render), pods)?;
    let pods: Vec<Pod> = pods.into_iter().filter_map(|pod| pod.try_parse().ok()).collect();
    found.extend(pods.iter().filter(|pod| !is_going(pod)).flat_map(ends));
    Ok(gathered(found))
}

/// What the cluster warned of about objects of the instance, each thing by itself.
pub(super) async fn warnings(cluster: &Cluster, render: &Renderer<'_>) -> Result<Vec<Trouble>, OutsideError> {
    let events = cluster.list_some(Kind::Event, &render.namespace(), "type=Warning", PAGES).await?;
    Ok(events
        .into_iter()
        .filter_map(|object| object.try_parse::<Event>().ok())
        .filter(|event| is_about(event, &render.spec.name))
        .filter_map(|event| trouble(&event))
        .collect())
}

/// Events carry no labels; every object of an instance has its name or begins with it.
fn is_about(event: &Event, instance: &str) -> bool {
    let name = event.involved_object.name.as_deref().unwrap_or_default();
    name == instance || name.strip_prefix(instance).is_some_and(|rest| rest.starts_with('-'))
}

fn trouble(event: &Event) -> Option<Trouble> {
    let made = event.metadata.creation_timestamp.as_ref().and_then(instant);
    let in_old_form = event.last_timestamp.as_ref().or(event.first_timestamp.as_ref()).and_then(instant);
    let in_new_form = event.event_time.as_ref().and_then(precise_instant);
    let series = event.series.as_ref();
    let last = series.and_then(|series| series.last_observed_time.as_ref()).and_then(precise_instant);
    let last = last.or(in_old_form).or(in_new_form).or(made)?;
    let first = event.first_timestamp.as_ref().and_then(instant).or(in_new_form).or(made).unwrap_or(last);
    let times = series.and_then(|series| series.count).or(event.count).unwrap_or(1);
    let word = event.reason.clone().unwrap_or_default();
    let detail = event.message.clone().unwrap_or_default();
    let about = &event.involved_object;
    let about = [about.kind.as_deref(), about.name.as_deref()];
    Some(Trouble {
        code: meaning(&word, &detail).to_owned(),
        word,
        detail: detail.chars().take(LONGEST).collect(),
        about: about.into_iter().flatten().collect::<Vec<_>>().join(" "),
        times: i64::from(times.max(1)),
        first_at: first.min(last),
        last_at: last,
    })
}

fn precise_instant(time: &MicroTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(time.0.as_microsecond())
}

/// Our word for a warning.
fn meaning(word: &str, message: &str) -> &'static str {
    let says = |part: &str| message.to_ascii_lowercase().contains(part);
    match word {
        "FailedScheduling" if lacks_disk(message) => "volume_pending",
        "FailedScheduling" => "no_room",
        "ProvisioningFailed" | "FailedBinding" => "volume_pending",
        // A secret or config map that is missing stops a mount like a disk does, and is something else.
        "FailedMount" if says("secret \"") || says("configmap \"") => "container_config",
        "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" => "volume_attach",
        "VolumeResizeFailed" | "FileSystemResizeFailed" => "volume_resize",
        "BackOff" if says("pulling image") => "image_pull",
        "Failed" if says("pull") || says("image") => "image_pull",
        "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InspectFailed" => "image_pull",
        "BackOff" => "crash_loop",
        "Failed" => "container_config",
        "OOMKilling" | "OOMKilled" | "SystemOOM" => "out_of_memory",
        "Unhealthy" | "ProbeError" => "not_answering",
        "FailedCreate" => refusal_code(message).0,
        "FailedCreatePodSandBox" | "NetworkNotReady" | "NodeNotReady" => "machine",
        "Evicted" | "Preempted" => "evicted",
        "BackoffLimitExceeded" | "DeadlineExceeded" => "owner_failed",
        _ => "other",
    }
}

/// How containers of a pod ended that should not have. Restarts are counted from the start of the pod, so that is when
/// this count begins: told again with one more, it is the same series.
fn ends(pod: &Pod) -> Vec<Trouble> {
    let started = pod.status.as_ref().and_then(|status| status.start_time.as_ref()).and_then(instant);
    let about = format!("Pod {}", pod.metadata.name.as_deref().unwrap_or_default());
    let end = |name: &str, restarts: i32, ended: &ContainerStateTerminated| {
        let at = ended.finished_at.as_ref().and_then(instant)?;
        let word = ended.reason.clone().unwrap_or_else(|| "Error".into());
        Some(Trouble {
            code: if word == "OOMKilled" { "out_of_memory" } else { "crash_loop" }.to_owned(),
            detail: format!("{name}: exit {}", ended.exit_code),
            word,
            about: about.clone(),
            times: i64::from(restarts.max(1)),
            first_at: started.map_or(at, |started| started.min(at)),
            last_at: at,
        })
    };
    statuses(pod)
        .filter_map(|container| {
            let ended = [container.state.as_ref(), container.last_state.as_ref()];
            let ended = ended.into_iter().flatten().find_map(|state| state.terminated.as_ref());
            let ended = ended.filter(|ended| ended.exit_code != 0)?;
            end(&container.name, container.restart_count, ended)
        })
        .collect()
}

/// The same thing once, newest first. Of one object the largest count stands for all its messages: they are faces of one
/// thing. Of several objects (a pod and the one in its place) counts add up.
fn gathered(found: Vec<Trouble>) -> Vec<Trouble> {
    type Counts = BTreeMap<String, i64>;
    let mut groups: BTreeMap<(String, String), (Trouble, Counts)> = BTreeMap::new();
    for trouble in found {
        let key = (trouble.code.clone(), trouble.word.clone());
        let (known, counts) = groups.entry(key).or_insert_with(|| (trouble.clone(), Counts::new()));
        let count = counts.entry(trouble.about.clone()).or_default();
        *count = (*count).max(trouble.times);
        let first_at = known.first_at.min(trouble.first_at);
        if trouble.last_at > known.last_at {
            *known = trouble;
        }
        known.first_at = first_at;
    }
    let mut gathered: Vec<Trouble> =
        groups.into_values().map(|(trouble, counts)| Trouble { times: counts.values().sum(), ..trouble }).collect();
    gathered.sort_by_key(|trouble| std::cmp::Reverse(trouble.last_at));
    gathered.truncate(MOST);
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event(value: Value) -> Event {
        serde_json::from_value(value).unwrap()
    }

    fn of(pod: &str, word: &str, message: &str, times: i64, minute: u32) -> Trouble {
        let at = format!("2026-11-21T03:{minute:02}:00Z");
        let event = event(json!({
            "metadata": {}, "involvedObject": { "kind": "Pod", "name": pod }, "type": "Warning", "reason": word,
            "message": message, "count": times, "firstTimestamp": "2026-11-21T03:00:00Z", "lastTimestamp": at,
        }));
        trouble(&event).unwrap()
    }

    #[test]
    fn every_warning_a_person_should_hear_of_has_a_word() {
        let cases = [
            ("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory.", "no_room"),
            ("FailedScheduling", "pod has unbound immediate PersistentVolumeClaims.", "volume_pending"),
            (
                "FailedScheduling",
                "0/3 nodes are available: node(s) did not have enough free storage.",
                "volume_pending",
            ),
            ("FailedScheduling", "0/3 nodes are available: 3 Insufficient ephemeral-storage.", "no_room"),
            ("ProvisioningFailed", "failed to provision volume with StorageClass \"fast\"", "volume_pending"),
            (
                "FailedMount",
                "MountVolume.SetUp failed for volume \"x\" : secret \"n8n-env\" not found",
                "container_config",
            ),
            ("FailedMount", "Unable to attach or mount volumes: timed out waiting for the condition", "volume_attach"),
            ("FailedAttachVolume", "Multi-Attach error for volume \"pvc-1\"", "volume_attach"),
            ("Failed", "Failed to pull image \"x\": not found", "image_pull"),
            ("Failed", "Error: ErrImagePull", "image_pull"),
            ("Failed", "Error: secret \"env\" not found", "container_config"),
            ("BackOff", "Back-off pulling image \"x\"", "image_pull"),
            ("BackOff", "Back-off restarting failed container app in pod n8n-1_user-x(1)", "crash_loop"),
            ("Unhealthy", "Readiness probe failed: connection refused", "not_answering"),
            ("OOMKilling", "Memory cgroup out of memory: Killed process 1 (node)", "out_of_memory"),
            ("FailedCreate", "Error creating: pods \"x\" is forbidden: exceeded quota: plan", "quota"),
            ("FailedCreate", "Error creating: violates PodSecurity \"restricted:v1.33\"", "policy"),
            ("NodeNotReady", "Node is not ready", "machine"),
            ("Evicted", "The node was low on resource: memory.", "evicted"),
            ("SomethingNew", "who knows", "other"),
        ];
        for (word, message, expected) in cases {
            assert_eq!(meaning(word, message), expected, "{word} {message}");
        }
    }

    #[test]
    fn both_forms_of_an_event_are_read() {
        let old = event(json!({
            "metadata": {}, "involvedObject": { "kind": "Pod", "name": "n8n-1-abc" }, "reason": "BackOff", "count": 7,
            "firstTimestamp": "2026-11-21T03:00:00Z", "lastTimestamp": "2026-11-21T03:09:00Z", "message": "Back-off",
        }));
        let new = event(json!({
            "metadata": { "creationTimestamp": "2026-11-21T03:00:00Z" }, "reason": "FailedScheduling",
            "involvedObject": { "kind": "Pod", "name": "n8n-1-abc" }, "eventTime": "2026-11-21T03:00:00.250000Z",
            "series": { "count": 4, "lastObservedTime": "2026-11-21T03:05:00.500000Z" },
        }));
        let bare = event(json!({
            "metadata": { "creationTimestamp": "2026-11-21T03:00:00Z" }, "involvedObject": { "name": "n8n-1" },
        }));

        let (old, new, bare) = (trouble(&old).unwrap(), trouble(&new).unwrap(), trouble(&bare).unwrap());

        assert_eq!((old.times, old.last_at - old.first_at), (7, chrono::Duration::minutes(9)));
        assert_eq!((new.times, new.last_at.to_rfc3339().as_str()), (4, "2026-11-21T03:05:00.500+00:00"));
        assert_eq!((bare.times, bare.first_at), (1, bare.last_at));
    }

    #[test]
    fn only_what_bears_the_name_of_the_instance_is_about_it() {
        let about =
            |name: &str| is_about(&event(json!({ "metadata": {}, "involvedObject": { "name": name } })), "n8n-7k3f9q");

        assert!(about("n8n-7k3f9q") && about("n8n-7k3f9q-db-5c-x") && about("n8n-7k3f9q-data"));
        assert!(!about("n8n-7k3f9qx") && !about("ghost-7k3f9q") && !about(""));
    }

    #[test]
    fn the_same_thing_is_told_once_counted_and_the_newest_comes_first() {
        let crash = "Back-off restarting failed container app in pod";
        let told = gathered(vec![
            of("n8n-1-a", "BackOff", &format!("{crash} a"), 3, 10),
            of("n8n-1-b", "BackOff", &format!("{crash} b"), 5, 20),
            of("n8n-1-a", "Failed", "Failed to pull image \"x\"", 2, 30),
            of("n8n-1-a", "Failed", "Error: ErrImagePull", 2, 29),
        ]);

        let shown: Vec<_> = told.iter().map(|t| (t.code.as_str(), t.word.as_str(), t.times)).collect();
        assert_eq!(shown, [("image_pull", "Failed", 2), ("crash_loop", "BackOff", 8)]);
        assert!(told[1].detail.ends_with(" b") && told[1].about == "Pod n8n-1-b", "the newest words: {:?}", told[1]);
    }

    #[test]
    fn crashes_of_one_pod_are_one_series_that_began_with_the_pod() {
        let crashed = |pod: &str, started: &str, restarts: i32, at: &str| {
            let pod = json!({
                "metadata": { "name": pod },
                "status": { "startTime": started, "containerStatuses": [{
                    "name": "app", "image": "", "imageID": "", "ready": false, "restartCount": restarts, "state": {},
                    "lastState": { "terminated": { "exitCode": 1, "reason": "Error", "finishedAt": at } },
                }] },
            });
            ends(&serde_json::from_value(pod).unwrap()).remove(0)
        };
        let first = crashed("n8n-1-a", "2026-11-21T03:00:00Z", 1, "2026-11-21T03:01:00Z");
        let second = crashed("n8n-1-a", "2026-11-21T03:00:00Z", 2, "2026-11-21T03:03:00Z");
        let anew = crashed("n8n-1-b", "2026-11-21T03:09:00Z", 1, "2026-11-21T03:10:00Z");

        assert_eq!((first.times, second.times), (1, 2));
        assert!(second.first_at <= first.last_at, "counted before: the larger stands for both");
        assert!(anew.first_at > second.last_at, "another pod counts anew: its crashes are added");
    }

    #[test]
    fn a_container_killed_for_its_memory_is_told_though_no_event_tells_it() {
        let pod = json!({
            "metadata": { "name": "n8n-1-a" },
            "status": { "containerStatuses": [{
                "name": "app", "image": "", "imageID": "", "ready": true, "restartCount": 3, "state": { "running": {} },
                "lastState": { "terminated": { "exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-21T03:00:00Z" } },
            }] },
        });

        let told = ends(&serde_json::from_value(pod).unwrap());

        assert_eq!(told.len(), 1);
        assert_eq!((told[0].code.as_str(), told[0].word.as_str(), told[0].times), ("out_of_memory", "OOMKilled", 3));
        assert_eq!(told[0].detail, "app: exit 137");
    }
}
