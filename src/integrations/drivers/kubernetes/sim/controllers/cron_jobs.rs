//! CronJobs: a job when its minute has come. After a long pause only the last missed one is made up for.
use super::{controlled_by, events::emit, is_controlled_by, jobs};
use crate::integrations::drivers::kubernetes::sim::{
    kinds,
    objects::{self, DeleteOptions, Hand, is_going, name, namespace, text, uid},
    store::State,
};
use chrono::{DateTime, Duration, FixedOffset, SecondsFormat, TimeZone, Utc};
use croner::Cron;
use serde_json::{Value, json};
use std::{str::FromStr, sync::Arc};

/// One round.
pub fn run(state: &mut State) {
    for cron_job in state.listed("cronjobs.batch", None) {
        if !is_going(&cron_job) {
            tend(state, &cron_job);
        }
    }
}

fn tend(state: &mut State, cron_job: &Value) {
    let all: Vec<Arc<Value>> = state
        .list("jobs.batch", Some(namespace(cron_job)))
        .map(|(_, job)| job)
        .filter(|job| is_controlled_by(job, uid(cron_job)))
        .cloned()
        .collect();
    let (done, active): (Vec<_>, Vec<_>) = all.into_iter().partition(|job| jobs::finished_at(job).is_some());
    tidy(state, cron_job, &done);
    let mut status = cron_job["status"].clone();
    let references: Vec<Value> =
        active.iter().map(|job| json!({"apiVersion": "batch/v1", "kind": "Job", "name": name(job), "namespace": namespace(job), "uid": uid(job)})).collect();
    if references.is_empty() {
        status.as_object_mut().map(|status| status.remove("active"));
    } else {
        status["active"] = json!(references);
    }
    if let Some(due) = due(state, cron_job)
        && cron_job["spec"]["suspend"] != true
    {
        let is_forbidden = cron_job["spec"]["concurrencyPolicy"] == "Forbid" && !active.is_empty();
        let deadline = cron_job["spec"]["startingDeadlineSeconds"].as_i64();
        let is_late = deadline.is_some_and(|seconds| state.now() - due > Duration::seconds(seconds));
        status["lastScheduleTime"] = json!(due.to_rfc3339_opts(SecondsFormat::Secs, true));
        if is_late {
            emit(state, cron_job, "Warning", "MissSchedule", "Missed scheduled time to start a job");
        } else if !is_forbidden {
            make_job(state, cron_job, due);
        }
    }
    objects::set_status(state, "cronjobs.batch", cron_job, status);
}

/// The last minute that has come since the last job.
fn due(state: &State, cron_job: &Value) -> Option<DateTime<Utc>> {
    let cron = Cron::from_str(text(cron_job, "/spec/schedule")).ok()?;
    let since = match text(cron_job, "/status/lastScheduleTime") {
        "" => text(cron_job, "/metadata/creationTimestamp"),
        last => last,
    };
    let since = DateTime::parse_from_rfc3339(since).ok()?.to_utc();
    let zone = zone(text(cron_job, "/spec/timeZone"));
    let now = zone.from_utc_datetime(&state.now().naive_utc());
    let last = cron.find_previous_occurrence(&now, true).ok()?.to_utc();
    (last > since).then_some(last)
}

/// Indonesia knows no summer time, so its zones are fixed offsets; any other is taken as UTC.
fn zone(name: &str) -> FixedOffset {
    let hours = match name {
        "Asia/Jakarta" | "Asia/Pontianak" => 7,
        "Asia/Makassar" => 8,
        "Asia/Jayapura" => 9,
        _ => 0,
    };
    FixedOffset::east_opt(hours * 3600).expect("less than a day")
}

fn make_job(state: &mut State, cron_job: &Value, due: DateTime<Utc>) {
    let template = &cron_job["spec"]["jobTemplate"];
    let job_name = format!("{}-{}", name(cron_job), due.timestamp() / 60);
    let job = json!({
        "metadata": {
            "name": job_name, "labels": template["metadata"]["labels"], "annotations": template["metadata"]["annotations"],
            "ownerReferences": controlled_by(cron_job),
        },
        "spec": template["spec"],
    });
    match objects::create(state, kinds::built_in("jobs.batch"), namespace(cron_job), job, &Hand::Controller, false) {
        Ok(_) => emit(state, cron_job, "Normal", "SuccessfulCreate", &format!("Created job {job_name}")),
        Err(refused) => {
            emit(state, cron_job, "Warning", "FailedCreate", &format!("Error creating job: {}", refused.message));
        }
    }
}

fn tidy(state: &mut State, cron_job: &Value, done: &[Arc<Value>]) {
    for (end, field, usual) in [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)]
    {
        let kept = usize::try_from(cron_job["spec"][field].as_i64().unwrap_or(usual)).unwrap_or(0);
        let has_end = |job: &Value| {
            job["status"]["conditions"]
                .as_array()
                .is_some_and(|list| list.iter().any(|one| one["type"] == end && one["status"] == "True"))
        };
        let mut ended: Vec<&Arc<Value>> = done.iter().filter(|job| has_end(job) && !is_going(job)).collect();
        ended.sort_by_key(|job| jobs::finished_at(job));
        for job in ended.iter().take(ended.len().saturating_sub(kept)) {
            let options =
                DeleteOptions { propagation_policy: Some("Background".to_owned()), ..DeleteOptions::default() };
            // Without preconditions a deletion is never refused.
            let _ = objects::delete(state, kinds::built_in("jobs.batch"), job, &options);
        }
    }
}
