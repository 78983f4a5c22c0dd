//! Jobs: pods until enough have succeeded or too many have failed.
use super::{
    events::emit,
    replica_sets::{active_pods, all_pods, make_pod},
    set_condition,
};
use crate::integrations::drivers::kubernetes::sim::{
    api::is_ready,
    kinds,
    objects::{self, DeleteOptions, is_going, name, text, uid},
    store::State,
};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use std::time::Instant;

/// How long after a failed or refused pod the next one waits.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_millis(500);

/// One round.
pub fn run(state: &mut State) {
    for job in state.listed("jobs.batch", None) {
        if is_going(&job) {
            continue;
        }
        if finished_at(&job).is_some() {
            expire(state, &job);
        } else if job["spec"]["suspend"] != true {
            tend(state, &job);
        }
    }
}

/// When a job ended, well or badly.
pub fn finished_at(job: &Value) -> Option<DateTime<Utc>> {
    let mut conditions = job["status"]["conditions"].as_array()?.iter();
    let end =
        conditions.find(|one| (one["type"] == "Complete" || one["type"] == "Failed") && one["status"] == "True")?;
    DateTime::parse_from_rfc3339(text(end, "/lastTransitionTime")).ok().map(|time| time.to_utc())
}

fn expire(state: &mut State, job: &std::sync::Arc<Value>) {
    let Some(seconds) = job["spec"]["ttlSecondsAfterFinished"].as_i64() else { return };
    if finished_at(job).is_some_and(|end| state.now() - end > Duration::seconds(seconds)) {
        let options = DeleteOptions { propagation_policy: Some("Foreground".to_owned()), ..DeleteOptions::default() };
        // Without preconditions a deletion is never refused.
        let _ = objects::delete(state, kinds::built_in("jobs.batch"), job, &options);
    }
}

fn tend(state: &mut State, job: &Value) {
    let pods = all_pods(state, job);
    let count = |phase: &str| pods.iter().filter(|pod| text(pod, "/status/phase") == phase).count() as i64;
    let (succeeded, failed) = (count("Succeeded"), count("Failed"));
    let number = |field: &str, usual: i64| job["spec"][field].as_i64().unwrap_or(usual);
    let now = state.now_text();
    let mut status = job["status"].clone();
    if status["startTime"].is_null() {
        status["startTime"] = json!(now);
    }
    let started = DateTime::parse_from_rfc3339(text(&status, "/startTime")).map(|time| time.to_utc());
    let is_late = job["spec"]["activeDeadlineSeconds"]
        .as_i64()
        .is_some_and(|seconds| started.is_ok_and(|started| state.now() - started > Duration::seconds(seconds)));
    let mut conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    if succeeded >= number("completions", 1) {
        let why = "Reached expected number of succeeded pods";
        set_condition(&mut conditions, "SuccessCriteriaMet", "True", "CompletionsReached", why, &now);
        set_condition(&mut conditions, "Complete", "True", "CompletionsReached", why, &now);
        status["completionTime"] = json!(now);
        emit(state, job, "Normal", "Completed", "Job completed");
    } else if failed > number("backoffLimit", 6) {
        fail(state, job, &mut conditions, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    } else if is_late {
        fail(state, job, &mut conditions, "DeadlineExceeded", "Job was active longer than specified deadline");
    } else {
        let active = active_pods(state, job).len() as i64;
        let wanted = number("parallelism", 1).min(number("completions", 1) - succeeded);
        start(state, job, wanted - active, failed);
    }
    let active = active_pods(state, job);
    status["active"] = json!(active.len());
    status["ready"] = json!(active.iter().filter(|pod| is_ready(pod)).count());
    status["terminating"] = json!(0);
    for (field, count) in [("succeeded", succeeded), ("failed", failed)] {
        if count > 0 {
            status[field] = json!(count);
        }
    }
    if !conditions.is_empty() {
        status["conditions"] = json!(conditions);
    }
    status["uncountedTerminatedPods"] = json!({});
    objects::set_status(state, "jobs.batch", job, status);
}

fn fail(state: &mut State, job: &Value, conditions: &mut Vec<Value>, reason: &str, why: &str) {
    let now = state.now_text();
    set_condition(conditions, "FailureTarget", "True", reason, why, &now);
    set_condition(conditions, "Failed", "True", reason, why, &now);
    emit(state, job, "Warning", reason, why);
    for pod in active_pods(state, job) {
        // Without preconditions a deletion is never refused.
        let _ = objects::delete(state, kinds::built_in("pods"), &pod, &DeleteOptions::default());
    }
}

fn start(state: &mut State, job: &Value, missing: i64, failed: i64) {
    let paused = (uid(job).to_owned(), "failed");
    if missing <= 0 {
        return;
    }
    if failed > 0 || state.moments.contains_key(&paused) {
        let since = *state.moments.entry(paused.clone()).or_insert_with(Instant::now);
        if since.elapsed() < RETRY_AFTER {
            return;
        }
        state.moments.remove(&paused);
    }
    for _ in 0..missing {
        match make_pod(state, job) {
            Ok(pod) => emit(state, job, "Normal", "SuccessfulCreate", &format!("Created pod: {}", name(&pod))),
            Err(refused) => {
                state.moments.insert(paused, Instant::now());
                emit(state, job, "Warning", "FailedCreate", &format!("Error creating: {}", refused.message));
                return;
            }
        }
    }
}
