//! The life of containers: created, running, ready, crashed and started again, or done.
use super::{
    events::{emit, emit_again, emit_of},
    pods::missing_source,
    set_condition,
    volumes::claims_of,
};
use crate::integrations::drivers::kubernetes::sim::{
    api::is_ready,
    logbook,
    objects::{self, text, uid},
    store::State,
    trouble::Ill,
};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// From the machine's choice to the start of the containers: pulling and mounting.
const SETTING_UP: Duration = Duration::from_millis(60);
/// From the start of a container to its readiness.
const WARMING_UP: Duration = Duration::from_millis(200);
/// How long a task (a container of a job) runs.
const TASK: Duration = Duration::from_millis(150);
/// How long a container lives that crashes.
const SHORT_LIFE: Duration = Duration::from_millis(150);
/// Pause before a crashed container is started again: doubled each time. The real kubelet begins with 10 s.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long the first failed pull is told as such, before it is a back-off.
const FIRST_PULL: Duration = Duration::from_millis(300);
/// How often a container writes a line, followed and not.
const CHATTER_FOLLOWED: Duration = Duration::from_millis(800);
const CHATTER_ALONE: Duration = Duration::from_secs(60);

/// Takes a placed pod one step further.
pub fn tend(state: &mut State, pod: &Value) {
    let containers = pod["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_struck = |container: &Value| state.facts().troubles.of(pod, text(container, "/image")).is_some();
    if is_ready(pod) && !containers.iter().any(is_struck) {
        // Nothing changes about it but what it writes.
        for container in containers {
            let status = status_of(pod, container);
            let since = text(&status, "/state/running/startedAt");
            begin_log(state, pod, container, status["restartCount"].as_i64().unwrap_or(0), since);
            chatter(state, pod, container);
        }
        return;
    }
    step_all(state, pod);
}

fn status_of(pod: &Value, container: &Value) -> Value {
    let mut list = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    list.find(|status| status["name"] == container["name"]).cloned().unwrap_or(Value::Null)
}

fn step_all(state: &mut State, pod: &Value) {
    let placed = state.moment(uid(pod), "placed");
    let containers = pod["spec"]["containers"].as_array().cloned().unwrap_or_default();
    let starting = pod["spec"]["initContainers"].as_array().cloned().unwrap_or_default();
    let mut status = pod["status"].clone();
    let is_set_up = has_started(pod) || placed.elapsed() >= SETTING_UP;
    let unmounted = missing_source(state, pod, &Value::Null, true).filter(|_| !has_started(pod));
    let is_unattached = !has_started(pod)
        && containers
            .iter()
            .any(|container| state.facts().troubles.of(pod, text(container, "/image")) == Some(Ill::Unmounted));
    if !is_set_up || unmounted.is_some() || is_unattached {
        if let (Some(why), true) = (unmounted, is_set_up) {
            let why = format!("MountVolume.SetUp failed for volume: {why}");
            emit_again(state, pod, "unmounted", "Warning", "FailedMount", &why);
        } else if is_unattached && is_set_up {
            attach_in_vain(state, pod);
        }
        let reason = if starting.is_empty() { "ContainerCreating" } else { "PodInitializing" };
        status["containerStatuses"] =
            containers.iter().map(|container| waiting(container, reason, "", &Value::Null)).collect();
        conclude(state, pod, status);
        return;
    }
    let now = state.now_text();
    if !starting.is_empty() {
        status["initContainerStatuses"] = starting
            .iter()
            .map(|container| {
                begin_log(state, pod, container, 0, &now);
                let end = json!({"exitCode": 0, "reason": "Completed", "startedAt": text(pod, "/status/startTime"), "finishedAt": text(pod, "/status/startTime")});
                described(container, json!({"terminated": end}), &json!({"restartCount": 0}), true, false)
            })
            .collect();
    }
    status["containerStatuses"] =
        containers.iter().map(|container| step(state, pod, container, &status_of(pod, container))).collect();
    conclude(state, pod, status);
}

/// What the controller of volumes and the kubelet say of a volume that another machine still holds.
fn attach_in_vain(state: &mut State, pod: &Value) {
    let claim_name = claims_of(pod).first().copied().unwrap_or("data");
    let claim = state.get("persistentvolumeclaims", text(pod, "/metadata/namespace"), claim_name);
    let volume = claim.map_or_else(String::new, |claim| text(&claim, "/spec/volumeName").to_owned());
    let why = format!(
        "Multi-Attach error for volume \"{volume}\" Volume is already exclusively attached to one node and can't be \
         attached to another"
    );
    emit_again(state, pod, "unattached", "Warning", "FailedAttachVolume", &why);
    let why = "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process \
               volumes=[]: timed out waiting for the condition";
    emit_again(state, pod, "unmounted", "Warning", "FailedMount", why);
}

fn has_started(pod: &Value) -> bool {
    pod["status"]["containerStatuses"].as_array().is_some_and(|list| {
        list.iter()
            .any(|status| status["state"]["running"].is_object() || status["lastState"]["terminated"].is_object())
    })
}

fn owner(pod: &Value, container: &Value) -> String {
    format!("{}/{}", uid(pod), text(container, "/name"))
}

/// Warns about a container the first time only.
fn once(state: &mut State, pod: &Value, container: &str, what: &'static str, reason: &str, message: &str) {
    let key = (uid(pod).to_owned(), what);
    if state.moments.insert(key, Instant::now()).is_none() {
        emit_of(state, pod, container, "Warning", reason, message);
    }
}

fn step(state: &mut State, pod: &Value, container: &Value, old: &Value) -> Value {
    let image = text(container, "/image").to_owned();
    let ill = state.facts().troubles.of(pod, &image);
    let restarts = old["restartCount"].as_i64().unwrap_or(0);
    if old["state"]["terminated"].is_object() {
        return old.clone();
    }
    if old["state"]["running"].is_object() {
        return run(state, pod, container, old, ill, restarts);
    }
    if ill == Some(Ill::ImagePull) {
        let since = state.moment(&owner(pod, container), "pulling");
        let why =
            format!("failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": not found");
        let name = text(container, "/name");
        if since.elapsed() < FIRST_PULL {
            once(state, pod, name, "unpulled", "Failed", &format!("Failed to pull image \"{image}\": {why}"));
            once(state, pod, name, "unpulled-error", "Failed", "Error: ErrImagePull");
            return waiting(container, "ErrImagePull", &why, old);
        }
        let why = format!("Back-off pulling image \"{image}\"");
        emit_again(state, pod, "pull-back-off", "Normal", "BackOff", &why);
        emit_again(state, pod, "pull-error", "Warning", "Failed", "Error: ImagePullBackOff");
        return waiting(container, "ImagePullBackOff", &why, old);
    }
    if let Some(missing) = missing_source(state, pod, container, false) {
        once(state, pod, text(container, "/name"), "unconfigured", "Failed", &format!("Error: {missing}"));
        return waiting(container, "CreateContainerConfigError", &missing, old);
    }
    let has_crashed = old["lastState"]["terminated"].is_object();
    if has_crashed && ill.is_some() {
        let crashed = state.moment(&owner(pod, container), "crashed");
        let doubled = FIRST_PAUSE * 2_u32.pow(u32::try_from(restarts).unwrap_or(8).min(8));
        if crashed.elapsed() < doubled.min(LONGEST_PAUSE) {
            return old.clone();
        }
    }
    let life = if has_crashed { restarts + 1 } else { restarts };
    let now = state.now_text();
    if !has_crashed {
        let pulled = format!("Container image \"{image}\" already present on machine");
        emit_of(state, pod, text(container, "/name"), "Normal", "Pulled", &pulled);
    }
    let name = text(container, "/name");
    emit_of(state, pod, name, "Normal", "Started", &format!("Started container {name}"));
    state.moments.insert((owner(pod, container), "started"), Instant::now());
    begin_log(state, pod, container, life, &now);
    let mut fresh = old.clone();
    fresh["restartCount"] = json!(life);
    described(container, json!({"running": {"startedAt": now}}), &fresh, false, true)
}

fn run(state: &mut State, pod: &Value, container: &Value, old: &Value, ill: Option<Ill>, restarts: i64) -> Value {
    let started = state.moment(&owner(pod, container), "started").elapsed();
    let since = text(old, "/state/running/startedAt").to_owned();
    begin_log(state, pod, container, restarts, &since);
    let is_task = text(pod, "/spec/restartPolicy") != "Always";
    let is_crash = matches!(ill, Some(Ill::Crash | Ill::OutOfMemory));
    if is_crash && started >= SHORT_LIFE {
        let (code, reason, words) = match ill {
            Some(Ill::OutOfMemory) => (137, "OOMKilled", "Killed"),
            _ => (1, "Error", "fatal: unhandled error, exiting with code 1"),
        };
        return fall(state, pod, container, old, code, reason, words);
    }
    if is_task && !is_crash && started >= TASK {
        return fall(state, pod, container, old, 0, "Completed", "Done");
    }
    chatter(state, pod, container);
    let is_deaf = ill == Some(Ill::Unready) && !is_task;
    if is_deaf && started >= WARMING_UP {
        let address = text(pod, "/status/podIP");
        let why = format!(
            "Readiness probe failed: Get \"http://{address}/\": dial tcp {address}: connect: connection refused"
        );
        emit_again(state, pod, "deaf", "Warning", "Unhealthy", &why);
    }
    let is_ready = !is_crash && !is_task && !is_deaf && (old["ready"] == true || started >= WARMING_UP);
    described(container, old["state"].clone(), old, is_ready, true)
}

/// A container ends: for good, or to wait for its next start.
fn fall(state: &mut State, pod: &Value, container: &Value, old: &Value, code: i64, reason: &str, words: &str) -> Value {
    let time = state.now();
    state.book.write(uid(pod), text(container, "/name"), time, words.to_owned());
    let end = json!({
        "exitCode": code, "reason": reason, "startedAt": old["state"]["running"]["startedAt"], "finishedAt": state.now_text(),
        "containerID": old["containerID"],
    });
    let policy = text(pod, "/spec/restartPolicy");
    if policy == "Never" || policy == "OnFailure" && code == 0 {
        return described(container, json!({"terminated": end}), old, false, false);
    }
    state.moments.insert((owner(pod, container), "crashed"), Instant::now());
    let name = text(container, "/name");
    let full_name =
        format!("{}_{}({})", text(pod, "/metadata/name"), text(pod, "/metadata/namespace"), text(pod, "/metadata/uid"));
    if reason == "OOMKilled" {
        note_kill(state, pod);
    }
    let why = format!("Back-off restarting failed container {name} in pod {full_name}");
    emit_of(state, pod, name, "Warning", "BackOff", &why);
    let mut fallen = old.clone();
    fallen["lastState"] = json!({"terminated": end});
    let why = format!("back-off 10s restarting failed container={name} pod={full_name}");
    waiting(container, "CrashLoopBackOff", &why, &fallen)
}

/// A kill for memory is told of the machine, in no namespace of a customer: by the detector of problems of machines. Of the
/// pod only its status tells.
fn note_kill(state: &mut State, pod: &Value) {
    if let Some(machine) = state.get("nodes", "", text(pod, "/spec/nodeName")) {
        let why = "Memory cgroup out of memory: Killed process 4242 (node) total-vm:1400000kB, anon-rss:524288kB, \
                   file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:2000kB oom_score_adj:999";
        emit(state, &machine, "Warning", "OOMKilling", why);
    }
}

fn begin_log(state: &mut State, pod: &Value, container: &Value, life: i64, since: &str) {
    let at = DateTime::parse_from_rfc3339(since).map_or_else(|_| state.now(), |time| time.to_utc());
    state.book.begin(uid(pod), text(container, "/name"), text(container, "/image"), life, at);
}

fn chatter(state: &mut State, pod: &Value, container: &Value) {
    let key = (owner(pod, container), "chatter");
    let name = text(container, "/name");
    let pause = if state.book.is_followed(uid(pod), name) { CHATTER_FOLLOWED } else { CHATTER_ALONE };
    let last = *state.moments.entry(key.clone()).or_insert_with(Instant::now);
    if last.elapsed() >= pause {
        state.moments.insert(key, Instant::now());
        let number = state.book.lines(uid(pod), name, false).last().map_or(0, |line| line.number);
        let time = state.now();
        state.book.write(uid(pod), name, time, logbook::chatter(text(container, "/image"), number));
    }
}

fn waiting(container: &Value, reason: &str, message: &str, old: &Value) -> Value {
    let mut waiting = json!({"reason": reason});
    if !message.is_empty() {
        waiting["message"] = json!(message);
    }
    described(container, json!({"waiting": waiting}), old, false, false)
}

fn described(container: &Value, state: Value, old: &Value, is_ready: bool, is_started: bool) -> Value {
    let image = text(container, "/image");
    let mut status = json!({
        "name": container["name"], "image": image, "imageID": "", "ready": is_ready, "started": is_started,
        "restartCount": old["restartCount"].as_i64().unwrap_or(0), "state": state,
        "lastState": if old["lastState"].is_object() { old["lastState"].clone() } else { json!({}) },
    });
    if status["state"]["running"].is_object() {
        status["imageID"] = json!(image);
        let is_same = old["state"]["running"].is_object() && old["containerID"].is_string();
        status["containerID"] = if is_same {
            old["containerID"].clone()
        } else {
            json!(format!("containerd://{}", objects::new_uid().replace('-', "")))
        };
    }
    status
}

/// Phase and conditions out of the containers.
fn conclude(state: &mut State, pod: &Value, mut status: Value) {
    let list = status["containerStatuses"].as_array().cloned().unwrap_or_default();
    let all = |is: &dyn Fn(&Value) -> bool| !list.is_empty() && list.iter().all(is);
    let is_done = all(&|one| one["state"]["terminated"].is_object());
    let waits = |one: &Value| one["state"]["waiting"].is_object() && !one["lastState"]["terminated"].is_object();
    let phase = match () {
        () if is_done && all(&|one| one["state"]["terminated"]["exitCode"] == 0) => "Succeeded",
        () if is_done => "Failed",
        () if list.iter().any(waits) => "Pending",
        () => "Running",
    };
    status["phase"] = json!(phase);
    let is_ready = all(&|one| one["ready"] == true);
    let unready: Vec<String> =
        list.iter().filter(|one| one["ready"] != true).map(|one| text(one, "/name").to_owned()).collect();
    let why = format!("containers with unready status: [{}]", unready.join(" "));
    let is_creating =
        list.iter().any(|one| matches!(text(one, "/state/waiting/reason"), "ContainerCreating" | "PodInitializing"));
    let mut conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    let now = state.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let flag = |is: bool| if is { "True" } else { "False" };
    set_condition(&mut conditions, "PodReadyToStartContainers", flag(!is_creating), "", "", &now);
    let is_waiting_for_init = is_creating && pod["spec"]["initContainers"].is_array();
    set_condition(&mut conditions, "Initialized", flag(!is_waiting_for_init), "", "", &now);
    let (reason, why) = match phase {
        _ if is_ready => ("", ""),
        "Succeeded" => ("PodCompleted", ""),
        _ => ("ContainersNotReady", why.as_str()),
    };
    for kind in ["Ready", "ContainersReady"] {
        set_condition(&mut conditions, kind, flag(is_ready), reason, why, &now);
    }
    status["conditions"] = json!(conditions);
    objects::set_status(state, "pods", pod, status);
}
