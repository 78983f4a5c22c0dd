//! What a service's state says to its owner, in a sentence. Pure.
use crate::{
    domain::subscriptions::SubscriptionView,
    kernel::{format, locale},
    web::frame::Frame,
};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    provisioning::{instance, trouble},
    value::{Health, HoldReason, InstanceStatus, SubscriptionStatus, TaskAction, in_wib},
};

/// Setting up takes longer than usual after this; the promise of two minutes is not repeated then.
const USUAL: TimeDelta = TimeDelta::minutes(5);
/// What is not well tells of this long.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// What is well again tells of this long.
const REMEMBERED: TimeDelta = TimeDelta::hours(24);

/// `12 Nov, 10.04 WIB`; with the year where it is not this one.
pub fn moment(frame: &Frame, at: DateTime<Utc>) -> String {
    let (then, now) = (in_wib(at).date_naive(), in_wib(frame.now).date_naive());
    if chrono::Datelike::year(&then) == chrono::Datelike::year(&now) {
        format!("{}, {} WIB", format::day_month(then, frame.lang), format::time_of_day(at, frame.lang))
    } else {
        format::date_wib(at, frame.lang)
    }
}

/// Family and word of the badge.
pub fn badge(view: &SubscriptionView, instance: Option<&instance::Model>) -> (&'static str, &'static str) {
    match instance {
        Some(instance) => match (instance.status, instance.health) {
            // What runs but does not answer is not "running" to its owner.
            (InstanceStatus::Running, Some(health)) if health != Health::Ok => ("health", health.as_str()),
            (status, _) => ("instance-status", status.as_str()),
        },
        None if view.subscription.elsewhere.is_some() => ("subscription-status", view.subscription.status.as_str()),
        None if matches!(view.subscription.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing) => {
            ("instance-status", "pending")
        }
        None => ("subscription-status", view.subscription.status.as_str()),
    }
}

/// The status in a sentence. `failed` is the work that went wrong last, where it is known.
pub fn sentence(
    frame: &Frame,
    view: &SubscriptionView,
    instance: Option<&instance::Model>,
    failed: Option<TaskAction>,
) -> String {
    let Some(instance) = instance else { return of_contract(frame, view) };
    let at = |key: &str, at: DateTime<Utc>| frame.ta(key, [("at", moment(frame, at))]);
    let since = instance.status_since;
    match instance.status {
        InstanceStatus::Pending | InstanceStatus::Provisioning if frame.now - since > USUAL => {
            frame.t("panel-state-provisioning-late")
        }
        InstanceStatus::Pending | InstanceStatus::Provisioning => frame.t("panel-state-provisioning"),
        InstanceStatus::Running if !matches!(instance.health, None | Some(Health::Ok | Health::Starting)) => {
            frame.t("panel-state-unwell")
        }
        InstanceStatus::Running => at("panel-state-running", since),
        InstanceStatus::Stopped => at("panel-state-stopped", since),
        InstanceStatus::Suspended | InstanceStatus::Suspending => {
            if view.waits_only_for_room() {
                return frame.t("panel-state-suspended-waiting");
            }
            let is_unpaid = view.holds.iter().any(|hold| hold.reason == HoldReason::NonPayment);
            at(if is_unpaid { "panel-state-suspended-unpaid" } else { "panel-state-suspended" }, since)
        }
        InstanceStatus::Error => match failed {
            Some(TaskAction::Create) => frame.t("panel-state-create-failed"),
            Some(_) => frame.t("panel-state-work-failed"),
            None => frame.t("panel-state-error"),
        },
        InstanceStatus::Changing if failed == Some(TaskAction::Sync) => frame.t("panel-state-syncing"),
        InstanceStatus::NeedsReview => frame.t("panel-state-needs-review"),
        InstanceStatus::Terminated => at("panel-state-terminated", instance.terminated_at.unwrap_or(since)),
        status => frame.t(&format!("panel-state-{}", status.as_str())),
    }
}

fn of_contract(frame: &Frame, view: &SubscriptionView) -> String {
    let contract = &view.subscription;
    match contract.status {
        SubscriptionStatus::Pending if view.is_waiting => frame.t("panel-state-waiting"),
        SubscriptionStatus::Pending => frame.t("panel-state-unpaid"),
        SubscriptionStatus::Terminated => match contract.end_reason.as_deref() {
            Some(reason @ ("provisioning_failed" | "no_capacity" | "order_cancelled")) => {
                frame.t(&format!("panel-state-ended-{}", reason.replace('_', "-")))
            }
            _ => {
                let at = contract.terminated_at.unwrap_or(contract.updated_at);
                frame.ta("panel-state-ended", [("at", moment(frame, at))])
            }
        },
        SubscriptionStatus::Suspended if view.waits_only_for_room() => frame.t("panel-state-suspended-waiting"),
        SubscriptionStatus::Suspended if contract.elsewhere.is_some() => frame.t("panel-state-elsewhere-suspended"),
        SubscriptionStatus::Suspended => frame.t("panel-state-suspended-before"),
        _ if contract.elsewhere.is_some() => frame.t("panel-state-elsewhere"),
        _ => frame.t("panel-state-provisioning"),
    }
}

/// Something that is wrong with a service, or was lately.
pub struct TroubleLine {
    pub sentence: String,
    /// How often and when; empty where that is not known.
    pub note: String,
}

/// What is wrong, in a person's words: what keeps it from being well now, then what else went wrong lately, newest first.
/// Of a service that is well only what stopped it is told. The cluster's own words are for staff.
pub fn troubles(frame: &Frame, instance: Option<&instance::Model>, known: &[trouble::Model]) -> Vec<TroubleLine> {
    let Some(row) = instance else { return Vec::new() };
    let is_well = matches!((row.status, row.health), (InstanceStatus::Running, None | Some(Health::Ok)));
    let is_over = matches!(row.status, InstanceStatus::Terminated | InstanceStatus::Stopped);
    let now_wrong = row.reason.as_ref().and_then(|reason| reason["code"].as_str()).filter(|_| !is_well && !is_over);
    let mut lately = lately(frame.now, row, known);
    lately.sort_by_key(|known| std::cmp::Reverse(known.last_at));
    let mut codes: Vec<&str> = now_wrong.into_iter().collect();
    for known in &lately {
        if !codes.contains(&known.code.as_str()) {
            codes.push(&known.code);
        }
    }
    // Killed for its memory, it also "keeps stopping": the better sentence is enough.
    let is_short_of_memory = codes.contains(&"out_of_memory");
    codes.retain(|code| !is_short_of_memory || *code != "crash_loop" || Some(*code) == now_wrong);
    let line = |code: &str| {
        let faces = || lately.iter().filter(move |known| known.code == code);
        let times = faces().map(|known| known.times).max().unwrap_or(0);
        let note = faces().map(|known| known.last_at).max().map(|at| how_often(frame, times, at));
        TroubleLine { sentence: reason(frame, code), note: note.unwrap_or_default() }
    };
    codes.into_iter().map(line).collect()
}

/// What went wrong late enough to be told. What we have no word for is left to staff.
fn lately<'a>(now: DateTime<Utc>, row: &instance::Model, known: &'a [trouble::Model]) -> Vec<&'a trouble::Model> {
    use InstanceStatus::{
        Changing, Error, NeedsReview, Pending, Provisioning, Restarting, Resuming, Running, Starting,
    };
    let (from, is_well) = match (row.status, row.health) {
        (Running, None | Some(Health::Ok)) => (now - REMEMBERED, true),
        (Running, _) => (now - FRESH, false),
        (Error | NeedsReview, _) => (row.status_since - FRESH, false),
        (Pending | Provisioning | Starting | Restarting | Resuming | Changing, _) => (row.status_since, false),
        _ => return Vec::new(),
    };
    let stops = |code: &str| matches!(code, "crash_loop" | "out_of_memory");
    known
        .iter()
        .filter(|known| known.last_at >= from && known.code != "other" && (!is_well || stops(&known.code)))
        .collect()
}

fn how_often(frame: &Frame, times: i64, last_at: DateTime<Utc>) -> String {
    let ago = format::ago(last_at, frame.now, frame.lang);
    if times > 1 { frame.ta("panel-trouble-times", [("n", times.to_string()), ("ago", ago)]) } else { ago }
}

/// The sentence of a reason's word; a word we have no sentence for yet is said plainly.
pub fn reason(frame: &Frame, code: &str) -> String {
    let key = format!("reason-{code}");
    if locale::exists(frame.lang, &key) { frame.t(&key) } else { frame.t("panel-reason-other") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::{frame::Theme, panel::samples};
    use entity::value::InstanceTroubleId;
    use serde_json::json;

    fn trouble(frame: &Frame, code: &str, word: &str, times: i64, minutes_ago: i64) -> trouble::Model {
        let at = frame.now - TimeDelta::minutes(minutes_ago);
        trouble::Model {
            id: InstanceTroubleId::generate(),
            instance_id: "ins_1".into(),
            code: code.into(),
            word: word.into(),
            detail: "Back-off restarting failed container app in pod n8n-7k3f9q-5c".into(),
            about: "Pod n8n-7k3f9q-5c".into(),
            times,
            first_at: at,
            last_at: at,
        }
    }

    fn told(
        status: InstanceStatus,
        health: Option<Health>,
        reason: Option<&str>,
        known: &[(&str, &str, i64, i64)],
    ) -> Vec<String> {
        let frame = samples::frame(locale::Lang::En, Theme::default(), "/panel/services/ins_1");
        let view = samples::contract(frame.now, SubscriptionStatus::Active, "n8n");
        let row = super::super::samples::running(frame.now, &view, status, "n8n-7k3f9q");
        let row = instance::Model {
            health,
            reason: reason.map(|code| json!({ "code": code })),
            status_since: frame.now - TimeDelta::minutes(10),
            ..row
        };
        let known: Vec<_> =
            known.iter().map(|(code, word, times, ago)| trouble(&frame, code, word, *times, *ago)).collect();
        let lines = troubles(&frame, Some(&row), &known);
        lines.into_iter().map(|line| format!("{}|{}", line.sentence, line.note)).collect()
    }

    #[test]
    fn room_alone_is_not_promised_to_bring_back_what_is_held_for_something_else_too() {
        let frame = samples::frame(locale::Lang::En, Theme::default(), "/panel/services/ins_1");
        let mut view = samples::contract(frame.now, SubscriptionStatus::Suspended, "n8n");
        view.is_waiting = true;
        view.holds[0].reason = HoldReason::Capacity;
        let row = super::super::samples::running(frame.now, &view, InstanceStatus::Suspended, "n8n-7k3f9q");
        for row in [Some(&row), None] {
            let told = sentence(&frame, &view, row, None);
            assert!(told.contains("comes back as soon as there is room"), "{told}");
        }

        let abuse = entity::subscriptions::hold::Model { reason: HoldReason::Abuse, ..view.holds[0].clone() };
        view.holds.push(abuse);
        for row in [Some(&row), None] {
            let told = sentence(&frame, &view, row, None);
            assert!(told.starts_with("Suspended") && !told.contains("room"), "{told}");
        }
    }

    #[test]
    fn what_keeps_it_from_being_well_comes_first_and_the_same_thing_is_told_once_with_its_count() {
        let lines = told(
            InstanceStatus::Running,
            Some(Health::Crashing),
            Some("crash_loop"),
            &[("not_answering", "Unhealthy", 1, 1), ("crash_loop", "BackOff", 8, 3), ("crash_loop", "Error", 5, 4)],
        );

        assert_eq!(
            lines,
            [
                "The service keeps stopping by itself. Its log shows why.|8 times, last 3 minutes ago",
                "The service is on but does not answer yet. We are watching it.|1 minute ago",
            ]
        );
    }

    #[test]
    fn no_word_of_the_cluster_reaches_a_customer() {
        let lines = told(
            InstanceStatus::Error,
            None,
            Some("some_new_code"),
            &[("other", "SomethingNew", 2, 1), ("volume_attach", "FailedMount", 2, 1)],
        );

        assert!(!lines.iter().any(|line| line.contains("Something") || line.contains("Failed") || line.contains("5c")));
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("We are looking into it."), "{lines:?}");
    }

    #[test]
    fn what_is_well_only_tells_what_stopped_it() {
        let known = [("no_room", "FailedScheduling", 3, 5), ("out_of_memory", "OOMKilled", 1, 600)];
        let old = [("out_of_memory", "OOMKilled", 1, 60 * 25)];

        let lines = told(InstanceStatus::Running, Some(Health::Ok), Some("crash_loop"), &known);

        assert_eq!(lines, ["The service needs more memory than its plan has. A larger plan helps.|10 hours ago"]);
        assert!(told(InstanceStatus::Running, Some(Health::Ok), None, &old).is_empty());
    }

    #[test]
    fn killed_for_its_memory_is_not_told_a_second_time_as_a_crash() {
        let known = [("crash_loop", "BackOff", 4, 1), ("out_of_memory", "OOMKilled", 4, 2)];

        let lines = told(InstanceStatus::Running, Some(Health::Crashing), Some("out_of_memory"), &known);

        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("memory"), "{lines:?}");
    }

    #[test]
    fn what_happened_before_the_work_began_is_not_told_while_it_goes_on_and_what_is_over_tells_nothing() {
        let known = [("no_room", "FailedScheduling", 3, 5), ("image_pull", "Failed", 1, 15)];

        let lines = told(InstanceStatus::Provisioning, None, None, &known);

        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("Every machine is full"), "{lines:?}");
        for status in [InstanceStatus::Stopped, InstanceStatus::Terminated] {
            assert!(told(status, None, Some("crash_loop"), &known).is_empty(), "{status:?}");
        }
    }
}
