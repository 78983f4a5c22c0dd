//! The life of containers: created, running, ready, crashed and started again, or done.
use super::{events::emit, pods::missing_source, set_condition};
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
    if !is_set_up || unmounted.is_some() {
        if let (Some(why), true) = (unmounted, is_set_up) {
            once(
                state,
                pod,
                "unmounted",
                "Warning",
                "FailedMount",
                &format!("MountVolume.SetUp failed for volume: {why}"),
            );
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

fn has_started(pod: &Value) -> bool {
    pod["status"]["containerStatuses"].as_array().is_some_and(|list| {
        list.iter()
            .any(|status| status["state"]["running"].is_object() || status["lastState"]["terminated"].is_object())
    })
}

fn owner(pod: &Value, container: &Value) -> String {
    format!("{}/{}", uid(pod), text(container, "/name"))
}

/// Emits an event the first time only.
fn once(state: &mut State, pod: &Value, what: &'static str, kind: &str, reason: &str, message: &str) {
    let key = (uid(pod).to_owned(), what);
    if state.moments.insert(key, Instant::now()).is_none() {
        emit(state, pod, kind, reason, message);
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
        once(state, pod, "unpulled", "Warning", "Failed", &format!("Failed to pull image \"{image}\": {why}"));
        return match since.elapsed() < FIRST_PULL {
            true => waiting(container, "ErrImagePull", &why, old),
            false => waiting(container, "ImagePullBackOff", &format!("Back-off pulling image \"{image}\""), old),
        };
    }
    if let Some(missing) = missing_source(state, pod, container, false) {
        once(state, pod, "unconfigured", "Warning", "Failed", &format!("Error: {missing}"));
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
        emit(state, pod, "Normal", "Pulled", &pulled);
    }
    emit(state, pod, "Normal", "Started", &format!("Started container {}", text(container, "/name")));
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
    let is_ready = !is_crash && !is_task && (old["ready"] == true || started >= WARMING_UP);
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
    once(state, pod, "crashing", "Warning", "BackOff", &format!("Back-off restarting failed container {name}"));
    let mut fallen = old.clone();
    fallen["lastState"] = json!({"terminated": end});
    let why = format!("back-off restarting failed container={name} pod={}", text(pod, "/metadata/name"));
    waiting(container, "CrashLoopBackOff", &why, &fallen)
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
