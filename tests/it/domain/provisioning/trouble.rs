//! Silent clusters, stuck undos, drift and orphans: staff are told, nothing is lost.
use super::*;
use crate::support::driver::Mishap;
use entity::{
    messaging::message,
    value::{Health, TaskStatus},
};
use yumna::{
    domain::provisioning::{observe, orphans, watch},
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
async fn orphans_are_reported_and_swept_only_by_a_person() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    farm.driver.leaves_behind("ins_unknown");
    orphans::run_find_orphans(farm.ctx(), orphans::FindOrphans {}).await.unwrap();
    assert_eq!(farm.open_alerts().await, ["orphans"]);
    assert!(!farm.driver.things("ins_unknown").is_empty());

    let cluster = row.cluster_id.clone().unwrap();
    assert!(orphans::sweep(&farm.ctx(), &cluster, row.id.as_str()).await.is_err(), "it lives");
    orphans::sweep(&farm.ctx(), &cluster, "ins_unknown").await.unwrap();
    orphans::run_find_orphans(farm.ctx(), orphans::FindOrphans {}).await.unwrap();
    assert!(farm.open_alerts().await.is_empty());
    assert!(!farm.driver.things(row.id.as_str()).is_empty());
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
