//! What goes wrong with instances is taken along when they are looked at: pages ask the database, never a cluster.
use super::*;
use crate::support::driver::Mishap;
use entity::{
    provisioning::trouble,
    value::{Health, InstanceId},
};
use yumna::{
    domain::provisioning::{observe, troubles},
    integrations::drivers::Trouble,
    jobs::platform,
};

fn trouble(code: &str, word: &str, times: i64, last_at: DateTime<Utc>) -> Trouble {
    Trouble {
        code: code.into(),
        word: word.into(),
        detail: format!("{word} of the cluster"),
        about: "Pod ghost-x-5c".into(),
        times,
        first_at: last_at - Duration::minutes(5),
        last_at,
    }
}

impl Farm {
    async fn looks(&self, id: &InstanceId) {
        observe::observe(&self.ctx(), id).await.unwrap();
    }

    async fn known(&self, id: &InstanceId) -> Vec<trouble::Model> {
        troubles::list(&self.ctx().db, id).await.unwrap()
    }
}

fn told(known: &[trouble::Model]) -> Vec<(&str, &str, i64)> {
    known.iter().map(|known| (known.code.as_str(), known.word.as_str(), known.times)).collect()
}

#[tokio::test]
async fn the_same_trouble_is_kept_once_and_counted_and_the_newest_comes_first() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    farm.looks(&row.id).await;
    assert!(farm.known(&row.id).await.is_empty());
    let begun = farm.ctx().now();

    farm.driver.tells(vec![trouble("crash_loop", "BackOff", 3, begun - Duration::minutes(2))]);
    farm.looks(&row.id).await;
    farm.looks(&row.id).await;
    assert_eq!(told(&farm.known(&row.id).await), [("crash_loop", "BackOff", 3)], "looking twice counts nothing twice");
    let pull = trouble("image_pull", "Failed", 1, begun);
    farm.driver.tells(vec![trouble("crash_loop", "BackOff", 5, begun - Duration::minutes(1)), pull]);
    farm.looks(&row.id).await;

    let known = farm.known(&row.id).await;
    assert_eq!(told(&known), [("image_pull", "Failed", 1), ("crash_loop", "BackOff", 5)]);
    assert_eq!((known[0].detail.as_str(), known[0].about.as_str()), ("Failed of the cluster", "Pod ghost-x-5c"));
    assert!(farm.known(&InstanceId::generate()).await.is_empty(), "it is the trouble of that instance");
}

#[tokio::test]
async fn a_cluster_that_does_not_tell_takes_nothing_back_and_the_instance_is_looked_at_all_the_same() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    farm.driver.tells(vec![trouble("crash_loop", "BackOff", 3, farm.ctx().now())]);
    farm.looks(&row.id).await;

    farm.driver.meets("troubles", Mishap::Rejected, 1);
    farm.looks(&row.id).await;

    assert_eq!(told(&farm.known(&row.id).await), [("crash_loop", "BackOff", 3)]);
    assert_eq!(farm.instance(&contract).await.health, Some(Health::Ok));
}

#[tokio::test]
async fn what_keeps_a_service_from_coming_up_is_kept_while_it_is_made() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("health", Mishap::Waiting, 1000);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    let row = farm.instance(&contract).await;
    assert_eq!(row.status, InstanceStatus::Provisioning);

    farm.driver.tells(vec![trouble("no_room", "FailedScheduling", 4, farm.ctx().now())]);
    farm.pass(Duration::seconds(11)).await;

    assert_eq!(told(&farm.known(&row.id).await), [("no_room", "FailedScheduling", 4)]);
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Provisioning);
}

#[tokio::test]
async fn a_service_that_comes_up_is_asked_for_no_trouble_and_news_of_it_ask_for_none() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("health", Mishap::Waiting, 2);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    let row = farm.instance(&contract).await;
    assert_eq!(row.status, InstanceStatus::Provisioning);
    farm.looks(&row.id).await;
    farm.pass(Duration::seconds(2)).await;
    farm.pass(Duration::seconds(2)).await;

    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running);
    farm.looks(&row.id).await;
    assert!(!farm.driver.calls().contains(&"troubles".to_owned()), "{:?}", farm.driver.calls());
}

#[tokio::test]
async fn what_does_not_come_up_is_asked_every_now_and_then_and_not_at_each_look() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("health", Mishap::Waiting, 1000);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;

    for _ in 0..10 {
        farm.pass(Duration::seconds(3)).await;
    }

    let calls = farm.driver.calls();
    let count = |name: &str| calls.iter().filter(|call| *call == name).count();
    assert_eq!((count("Create/health"), count("troubles")), (11, 2));
}

#[tokio::test]
async fn what_goes_wrong_is_kept_when_the_cluster_refuses() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("health", Mishap::Rejected, 1);
    farm.driver.tells(vec![trouble("quota", "FailedCreate", 1, farm.ctx().now())]);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;

    let row = farm.instance(&contract).await;
    assert_eq!(row.status, InstanceStatus::Error, "it pauses before the next attempt");
    assert_eq!(told(&farm.known(&row.id).await), [("quota", "FailedCreate", 1)]);
}

#[tokio::test]
async fn what_a_cluster_tells_again_after_it_was_forgotten_stays_forgotten() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    let now = farm.ctx().now();
    let days_ago = trouble("out_of_memory", "OOMKilled", 1, now - Duration::hours(25));
    farm.driver.tells(vec![days_ago, trouble("crash_loop", "Error", 1, now - Duration::hours(23))]);
    farm.looks(&row.id).await;

    assert_eq!(told(&farm.known(&row.id).await), [("crash_loop", "Error", 1)]);
}

#[tokio::test]
async fn what_clusters_say_fits_and_does_not_lie_in_the_future_and_is_forgotten_after_a_day() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    let ahead = farm.ctx().now() + Duration::hours(2);
    let long = "é".repeat(3_000);
    farm.driver.tells(vec![Trouble {
        detail: long.clone(),
        about: long.clone(),
        word: long,
        ..trouble("crash_loop", "", 0, ahead)
    }]);
    farm.looks(&row.id).await;
    farm.driver.tells(Vec::new());

    let known = farm.known(&row.id).await.remove(0);
    assert_eq!((known.times, known.last_at), (1, farm.ctx().now()));
    assert_eq!(
        (known.word.chars().count(), known.about.chars().count(), known.detail.chars().count()),
        (80, 160, 1_000)
    );
    for (hours, left) in [(23, 1), (2, 0)] {
        farm.world.advance(Duration::hours(hours));
        platform::clean_up(farm.ctx(), platform::CleanUp {}).await.unwrap();
        assert_eq!(farm.known(&row.id).await.len(), left, "after {hours} hours more");
    }
}
