//! Silent clusters, stuck undos and drift: staff are told, nothing is lost.
use super::*;
use crate::support::driver::Mishap;
use entity::{
    messaging::message,
    platform::audit_log,
    value::{Health, TargetStatus, TaskStatus},
};
use secrecy::SecretString;
use std::collections::BTreeMap;
use yumna::{
    domain::provisioning::{ProvisioningError, cluster_settings, observe, watch},
    jobs::messaging::service_notices,
};

#[tokio::test]
async fn a_silent_cluster_is_an_alert_after_half_an_hour_and_needs_review_after_a_day() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("volume", Mishap::Unavailable, 1000);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    assert!(farm.open_alerts().await.is_empty());

    farm.age_steps(Duration::minutes(31)).await;
    farm.pass(Duration::minutes(6)).await;
    assert_eq!(farm.open_alerts().await, ["provisioning_silent"]);

    farm.age_steps(Duration::hours(25)).await;
    farm.pass(Duration::minutes(6)).await;
    let row = farm.instance(&contract).await;
    let task = farm.task(&row).await;
    assert_eq!((row.status, task.status, task.attempts), (InstanceStatus::NeedsReview, TaskStatus::NeedsReview, 0));

    farm.driver.heals();
    tasks::retry_task(&farm.ctx(), &task.id).await.unwrap();
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running);
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn a_customer_whose_service_is_late_is_told_once() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("volume", Mishap::Unavailable, 1000);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    let tell = async || {
        service_notices::tell_delays(farm.ctx(), service_notices::TellDelays {}).await.unwrap();
        let found = message::Entity::find().filter(message::Column::Template.eq("provisioning_delayed"));
        found.all(&farm.ctx().db).await.unwrap()
    };
    assert!(tell().await.is_empty(), "nobody is late yet");

    farm.pass(Duration::minutes(6)).await;
    tell().await;
    let told = tell().await;

    assert_eq!(told.len(), 1);
    assert_eq!(told[0].customer_id.as_deref(), Some(contract.customer_id.as_str()));
}

#[tokio::test]
async fn what_is_stuck_on_its_way_is_turned_back_or_marked_solved_or_ends_with_its_contract() {
    let farm = Farm::new().await;
    let (contract, task) = farm.stuck().await;
    assert!(tasks::may_turn_back(&farm.ctx().db, &task).await.unwrap());
    tasks::turn_back(&farm.ctx(), &task.id, "the cluster is lost").await.unwrap();
    farm.drain().await;
    let row = farm.instance(&contract).await;
    assert_eq!(row.status, InstanceStatus::Terminated);
    assert!(farm.driver.things(row.id.as_str()).is_empty());
    assert_eq!(farm.count_events("instance.failed").await, 1, "the contract ends and the money goes back");
    assert!(tasks::turn_back(&farm.ctx(), &task.id, "again").await.is_err());

    let (contract, task) = farm.stuck().await;
    tasks::mark_solved(&farm.ctx(), &task.id, "made with kubectl").await.unwrap();
    farm.drain().await;
    let row = farm.instance(&contract).await;
    assert_eq!(row.status, InstanceStatus::Running);
    assert!(!farm.driver.things(row.id.as_str()).contains(&"volume"), "what was done by hand is not done again");

    let (contract, _) = farm.stuck().await;
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Terminated);
}

#[tokio::test]
async fn a_termination_that_staff_look_at_is_not_asked_for_again_by_itself() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    farm.driver.meets("remove", Mishap::Rejected, 3);
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    for seconds in [0, 31, 121, 600] {
        farm.pass(Duration::seconds(seconds)).await;
    }
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::NeedsReview);
    let task = farm.task(&row).await;

    follow::follow(&farm.ctx(), &contract.id).await.unwrap();
    assert_eq!(farm.task(&row).await.id, task.id);
    tasks::retry_task(&farm.ctx(), &task.id).await.unwrap();
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Terminated);
}

#[tokio::test]
async fn data_that_vanished_from_under_a_running_service_are_told_to_staff() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    farm.driver.meets("inspect", Mishap::Rejected, 1);
    observe::observe(&farm.ctx(), &row.id).await.unwrap();
    assert_eq!(farm.instance(&contract).await.health, Some(Health::Failing));
    assert_eq!(farm.open_alerts().await, ["volume_missing"]);

    observe::observe(&farm.ctx(), &row.id).await.unwrap();
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn news_that_may_not_be_listened_to_are_told_to_staff_until_they_come() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    let cluster = row.cluster_id.unwrap();
    farm.driver.meets("watch", Mishap::Refused, 1);
    assert_eq!(watch::follow(&farm.ctx(), &cluster).await.unwrap(), watch::Line::Refused);
    assert_eq!(farm.open_alerts().await, ["cluster_watch"]);

    assert_eq!(watch::follow(&farm.ctx(), &cluster).await.unwrap(), watch::Line::Broke);
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn settings_take_the_place_of_those_that_work_only_once_they_passed_the_test() {
    let farm = Farm::new().await;
    let ctx = farm.ctx();
    let before = clusters::list(&ctx.db).await.unwrap().remove(0).0;
    let kubeconfig = |text: &str| BTreeMap::from([("kubeconfig".to_owned(), SecretString::from(text.to_owned()))]);
    farm.driver.meets("check", Mishap::Rejected, 1);
    let refused = cluster_settings::replace(&ctx, &before.id, kubeconfig("does not work")).await;
    let Err(ProvisioningError::Invalid(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!((faults[0].field.as_str(), faults[0].code.as_ref()), ("settings.kubeconfig", "test_failed_rights"));
    assert_eq!(clusters::get(&ctx.db, &before.id).await.unwrap(), before, "nothing was changed");

    let (after, _) = cluster_settings::replace(&ctx, &before.id, kubeconfig("works")).await.unwrap();

    assert_eq!(after.settings_version, before.settings_version + 1);
    assert_ne!(after.settings_sealed, before.settings_sealed);
    let kept = clusters::get(&ctx.db, &before.id).await.unwrap();
    assert_eq!((kept.check_ok, kept.ingress_domain), (Some(true), before.ingress_domain));
    let changes = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq("provisioning.cluster.change_settings"))
        .count(&ctx.db)
        .await;
    assert_eq!(changes.unwrap(), 1);
}

#[tokio::test]
async fn an_undo_that_fails_is_stuck_until_staff_retry_it_or_mark_it_solved() {
    for is_solved_by_hand in [false, true] {
        let farm = Farm::new().await;
        let contract = farm.contract().await;
        farm.driver.meets("health", Mishap::Rejected, 3);
        farm.driver.meets("remove", Mishap::Rejected, 1);
        farm.becomes(&contract, SubscriptionStatus::Active).await;
        farm.drain().await;
        farm.pass(Duration::seconds(31)).await;
        farm.pass(Duration::seconds(121)).await;
        let row = farm.instance(&contract).await;
        let task = farm.task(&row).await;
        assert_eq!((row.status, task.status), (InstanceStatus::NeedsReview, TaskStatus::NeedsReview));
        assert_eq!(farm.open_alerts().await, ["provisioning_review"]);
        assert_eq!(farm.count_events("instance.failed").await, 0, "not before it is cleaned up");

        if is_solved_by_hand {
            tasks::mark_solved(&farm.ctx(), &task.id, "removed with kubectl").await.unwrap();
        } else {
            tasks::retry_task(&farm.ctx(), &task.id).await.unwrap();
        }
        farm.drain().await;

        assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Terminated);
        assert_eq!(farm.driver.things(row.id.as_str()).is_empty(), !is_solved_by_hand);
        assert_eq!(farm.count_events("instance.failed").await, 1);
    }
}

#[tokio::test]
async fn what_is_paid_for_and_gone_is_told_to_staff_and_heals() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    farm.driver.meets("inspect", Mishap::Unavailable, 1);
    observe::observe(&farm.ctx(), &row.id).await.unwrap();
    assert_eq!(farm.instance(&contract).await.health, Some(Health::Unreachable));

    farm.driver.loses(row.id.as_str());
    farm.pass(Duration::minutes(11)).await;
    let seen = farm.instance(&contract).await;
    assert_eq!((seen.status, seen.health), (InstanceStatus::Running, Some(Health::Failing)));
    assert_eq!(farm.open_alerts().await, ["instance_drift"]);

    let restart = entity::value::TaskAction::Restart;
    tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, restart).await.unwrap();
    farm.drain().await;
    farm.pass(Duration::minutes(11)).await;
    assert_eq!(farm.instance(&contract).await.health, Some(Health::Ok));
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn what_moves_on_a_cluster_is_looked_at() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    assert_eq!(farm.instance(&contract).await.observed_at, None);
    watch::follow(&farm.ctx(), row.cluster_id.as_ref().unwrap()).await.unwrap();
    farm.drain().await;
    assert!(farm.instance(&contract).await.observed_at.is_some());
}

#[tokio::test]
async fn a_cluster_that_fails_its_test_is_an_alert_until_it_passes() {
    let farm = Farm::new().await;
    let cluster = clusters::list(&farm.ctx().db).await.unwrap().remove(0).0;
    assert!(!cluster.settings_sealed.contains("secret text"));
    farm.driver.meets("check", Mishap::Rejected, 1);
    assert!(clusters::check(&farm.ctx(), &cluster.id).await.is_err());
    assert_eq!(farm.open_alerts().await, ["cluster_check"]);
    clusters::check(&farm.ctx(), &cluster.id).await.unwrap();
    assert!(farm.open_alerts().await.is_empty());
    assert_eq!(clusters::get(&farm.ctx().db, &cluster.id).await.unwrap().check_ok, Some(true));
}

#[tokio::test]
async fn a_cluster_that_is_out_of_use_is_no_alert_and_becomes_none() {
    let farm = Farm::new().await;
    let cluster = clusters::list(&farm.ctx().db).await.unwrap().remove(0).0;
    farm.driver.meets("check", Mishap::Rejected, 2);
    assert!(clusters::check(&farm.ctx(), &cluster.id).await.is_err());
    assert_eq!(farm.open_alerts().await, ["cluster_check"]);
    clusters::set_status(&farm.ctx(), &cluster.id, TargetStatus::Disabled).await.unwrap();
    assert!(farm.open_alerts().await.is_empty());
    assert!(clusters::check(&farm.ctx(), &cluster.id).await.is_err(), "a test that was on its way, or by hand");
    assert!(farm.open_alerts().await.is_empty());
}
