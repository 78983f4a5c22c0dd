//! What a service's state says to its owner, in a sentence. Pure.
use crate::{
    domain::subscriptions::SubscriptionView,
    kernel::{format, locale},
    web::frame::Frame,
};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    provisioning::instance,
    value::{Health, HoldReason, InstanceStatus, SubscriptionStatus, TaskAction, in_wib},
};

/// Setting up takes longer than usual after this; the promise of two minutes is not repeated then.
const USUAL: TimeDelta = TimeDelta::minutes(5);

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
            let is_unpaid = view.holds.iter().any(|hold| hold.reason == HoldReason::NonPayment);
            at(if is_unpaid { "panel-state-suspended-unpaid" } else { "panel-state-suspended" }, since)
        }
        InstanceStatus::Error => match failed {
            Some(TaskAction::Create) => frame.t("panel-state-create-failed"),
            Some(_) => frame.t("panel-state-work-failed"),
            None => frame.t("panel-state-error"),
        },
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
        SubscriptionStatus::Suspended if contract.elsewhere.is_some() => frame.t("panel-state-elsewhere-suspended"),
        SubscriptionStatus::Suspended => frame.t("panel-state-suspended-before"),
        _ if contract.elsewhere.is_some() => frame.t("panel-state-elsewhere"),
        _ => frame.t("panel-state-provisioning"),
    }
}

/// Why it is not well, in a person's words.
pub fn hint(frame: &Frame, instance: Option<&instance::Model>) -> Option<String> {
    let instance = instance?;
    let is_well = matches!((instance.status, instance.health), (InstanceStatus::Running, None | Some(Health::Ok)));
    let is_over = matches!(instance.status, InstanceStatus::Terminated | InstanceStatus::Stopped);
    let code = instance.reason.as_ref()?["code"].as_str()?;
    (!is_well && !is_over).then(|| reason(frame, code))
}

/// The sentence of a reason's word; a word we have no sentence for yet is said plainly.
pub fn reason(frame: &Frame, code: &str) -> String {
    let key = format!("reason-{code}");
    if locale::exists(frame.lang, &key) { frame.t(&key) } else { frame.t("panel-reason-other") }
}
