//! Machines of clusters: what is sold of them, what is told of them, and how one is emptied.
use super::*;
use crate::support::driver::Mishap;
use entity::{
    platform::audit_log,
    provisioning::{cluster_node, node_drain},
    value::{DrainStatus, TargetStatus},
};
use yumna::{
    domain::provisioning::{
        ProvisioningError,
        capacity::{self, NewCapacity, Rules, USUAL},
        drains, nodes, place,
    },
    integrations::drivers::Power,
    kernel::locale::Lang,
};

impl Farm {
    /// With the machine "a" in its first cluster, which was seen.
    async fn with_machine() -> (Self, cluster_node::Model) {
        let farm = Self::new().await;
        farm.driver.joins("a", |_| {});
        farm.surveys().await;
        let node = farm.node("a").await;
        (farm, node)
    }

    /// A look at the machines of the first cluster.
    async fn surveys(&self) {
        let work = nodes::SurveyCluster { cluster_id: self.first().await.id };
        nodes::run_survey_cluster(self.ctx(), work).await.unwrap();
    }

    async fn first(&self) -> cluster::Model {
        let named = cluster::Entity::find().filter(cluster::Column::Name.eq("one"));
        named.one(&self.ctx().db).await.unwrap().unwrap()
    }

    async fn node(&self, name: &str) -> cluster_node::Model {
        let named = cluster_node::Entity::find().filter(cluster_node::Column::Name.eq(name));
        named.one(&self.ctx().db).await.unwrap().unwrap()
    }

    async fn last_drain(&self, node: &cluster_node::Model) -> node_drain::Model {
        drains::last_of(&self.ctx().db, &node.id).await.unwrap().unwrap()
    }

    fn drain_calls(&self) -> usize {
        self.driver.calls().iter().filter(|call| call.starts_with("drain/")).count()
    }

    async fn passes(&self, seconds: i64) {
        self.world.advance(Duration::seconds(seconds));
        self.drain().await;
    }

    async fn trail(&self, action: &str) -> u64 {
        let lines = audit_log::Entity::find().filter(audit_log::Column::Action.eq(action));
        lines.count(&self.ctx().db).await.unwrap()
    }
}

#[tokio::test]
async fn a_machine_that_is_unwell_for_a_minute_is_told_until_it_is_well_again() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    farm.driver.joins("a", |machine| machine.instances = vec![row.id.0.clone()]);
    farm.surveys().await;
    let first = farm.node("a").await;
    assert!(first.is_ready && first.unready_since.is_none());

    farm.driver.joins("a", |machine| machine.is_ready = false);
    farm.surveys().await;
    farm.world.advance(Duration::seconds(59));
    farm.surveys().await;
    assert!(farm.open_alerts().await.is_empty(), "a moment is no news");
    farm.world.advance(Duration::seconds(1));
    farm.surveys().await;
    assert_eq!(farm.open_alerts().await, ["node_down"]);
    let told = alert::Entity::find().filter(alert::Column::Code.eq("node_down"));
    let told = told.one(&farm.ctx().db).await.unwrap().unwrap();
    assert!(told.detail.contains("One service is on it."), "{}", told.detail);
    assert_eq!(farm.node("a").await.id, first.id, "the same machine stays the same row");

    farm.driver.joins("a", |machine| machine.is_ready = true);
    farm.surveys().await;
    assert!(farm.open_alerts().await.is_empty());

    farm.driver.joins("a", |machine| machine.is_ready = false);
    for _ in 0..2 {
        farm.surveys().await;
        farm.world.advance(Duration::minutes(2));
    }
    assert_eq!(farm.open_alerts().await, ["node_down"]);
    farm.driver.parts("a");
    farm.surveys().await;
    assert!(farm.open_alerts().await.is_empty(), "what was taken away is not unwell");
    assert!(nodes::list(&farm.ctx().db, &farm.first().await.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_silent_cluster_stays_as_it_was_seen() {
    let farm = Farm::new().await;
    farm.driver.joins("a", |_| {});
    farm.surveys().await;
    let seen = farm.node("a").await;
    farm.driver.meets("machines", Mishap::Unavailable, 1);
    farm.world.advance(Duration::minutes(1));
    farm.surveys().await;
    assert_eq!(farm.node("a").await, seen);
}

#[tokio::test]
async fn that_machines_are_not_seen_for_long_is_told_until_they_are() {
    let farm = Farm::new().await;
    farm.driver.joins("a", |_| {});
    farm.surveys().await;
    farm.driver.meets("machines", Mishap::Unavailable, 1_000);
    farm.world.advance(Duration::minutes(14));
    farm.surveys().await;
    assert!(farm.open_alerts().await.is_empty(), "they were seen not long ago");

    farm.world.advance(Duration::minutes(1));
    for _ in 0..2 {
        farm.surveys().await;
    }
    assert_eq!(farm.open_alerts().await, ["cluster_unseen"]);
    let told = alert::Entity::find().filter(alert::Column::Code.eq("cluster_unseen"));
    let told = told.one(&farm.ctx().db).await.unwrap().unwrap();
    assert!(told.detail.contains("\nnot available: connection refused\nSee whether"), "{}", told.detail);

    farm.driver.heals();
    farm.surveys().await;
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn too_much_to_do_is_told_after_a_while_once_and_over_only_clearly_below() {
    let farm = Farm::new().await;
    let uses = |memory_mb: i64| {
        farm.driver.joins("a", |machine| {
            machine.allocatable = Power { cpu_milli: 1_000_000, memory_mb: 1_000_000 };
            machine.used = Some(Power { cpu_milli: 1, memory_mb });
        });
    };
    let mut open = Vec::new();
    // Above 85 percent with dips that stay near it, for six minutes; then near it; then well below it.
    for memory_mb in [860_000, 840_000, 860_000, 850_000, 851_000, 851_000, 840_000, 801_000, 800_000, 900_000] {
        uses(memory_mb);
        farm.surveys().await;
        open.push(farm.open_alerts().await.len());
        farm.world.advance(Duration::minutes(1));
    }
    assert_eq!(open, [0, 0, 0, 0, 0, 1, 1, 1, 0, 0]);
    let told = alert::Entity::find().filter(alert::Column::Code.eq("cluster_busy")).all(&farm.ctx().db).await.unwrap();
    assert_eq!(told.len(), 1, "one trouble, however often it moved to and fro");
    assert!(told[0].subject.contains("memory"), "{}", told[0].subject);
}

#[tokio::test]
async fn no_more_is_sold_than_the_machines_carry_and_the_choice_is_kept_with_its_reasons() {
    let farm = Farm::new().await;
    farm.cluster("two", 64_000).await;
    // The first cluster may sell more than its only machine has.
    farm.driver.joins("small", |machine| machine.allocatable = Power { cpu_milli: 100, memory_mb: 100 });
    farm.surveys().await;

    let (_, row) = farm.running().await;

    let second = clusters::get(&farm.ctx().db, row.cluster_id.as_ref().unwrap()).await.unwrap();
    assert_eq!(second.name, "two");
    let why = place::of(&farm.ctx().db, &row.id, Lang::En).await.unwrap().unwrap();
    assert!(
        why.contains("one: Full: its machines carry no more.") && why.contains("two: chosen. Region jkt;"),
        "{why}"
    );
    let why = place::of(&farm.ctx().db, &row.id, Lang::Id).await.unwrap().unwrap();
    assert!(why.contains("two: dipilih. Wilayah jkt;"), "{why}");
}

#[tokio::test]
async fn that_machines_carry_less_than_was_sold_is_said_and_nothing_is_free_then() {
    let farm = Farm::new().await;
    farm.running().await;
    farm.driver.joins("small", |machine| machine.allocatable = Power { cpu_milli: 100, memory_mb: 100 });
    farm.surveys().await;

    let contract = farm.contract().await;
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;

    assert_eq!(farm.instance(&contract).await.cluster_id, None);
    let told = alert::Entity::find().filter(alert::Column::Code.eq("no_room"));
    let told = told.one(&farm.ctx().db).await.unwrap().unwrap();
    let full = "one: Full: its machines carry no more. 0 m CPU and 0 MiB are free";
    assert!(told.detail.contains(full), "{}", told.detail);
}

#[tokio::test]
async fn a_cluster_with_too_much_to_do_takes_nothing_new_and_an_old_look_says_nothing() {
    let farm = Farm::new().await;
    farm.driver.joins("a", |machine| machine.used = Some(Power { cpu_milli: 7_000_000, memory_mb: 1 }));
    farm.surveys().await;
    let contract = farm.contract().await;
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.cluster_id, None);
    let told = alert::Entity::find().filter(alert::Column::Code.eq("no_room"));
    let told = told.one(&farm.ctx().db).await.unwrap().unwrap();
    assert!(told.detail.contains("one: Its machines have too much to do: 87 % of CPU is gone"), "{}", told.detail);

    farm.driver.meets("machines", Mishap::Unavailable, 1_000);
    farm.world.advance(Duration::minutes(16));
    farm.drain().await;
    assert!(farm.instance(&contract).await.cluster_id.is_some());
}

#[tokio::test]
async fn staff_change_how_much_is_sold_within_bounds_and_what_waits_goes_on() {
    let farm = Farm::new().await;
    let id = farm.first().await.id;
    let allowed = Power { cpu_milli: 64_000, memory_mb: 64_000 };
    for rules in [
        Rules { cpu_ratio_percent: 99, ..USUAL },
        Rules { memory_ratio_percent: 201, ..USUAL },
        Rules { reserve_percent: 91, ..USUAL },
        Rules { reserve_percent: -1, ..USUAL },
    ] {
        let refused = capacity::change(&farm.ctx(), &id, NewCapacity { allowed, rules }).await;
        assert!(matches!(refused, Err(ProvisioningError::Invalid(_))), "{rules:?}: {refused:?}");
    }
    let none = NewCapacity { allowed: Power { cpu_milli: 1, memory_mb: 1 }, rules: USUAL };
    capacity::change(&farm.ctx(), &id, none).await.unwrap();
    let contract = farm.contract().await;
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.cluster_id, None);

    let changed = capacity::change(&farm.ctx(), &id, NewCapacity { allowed, rules: USUAL }).await.unwrap();
    assert_eq!(changed.capacity_memory_mb, 64_000);
    farm.drain().await;
    assert!(farm.instance(&contract).await.cluster_id.is_some(), "it need not wait for its turn");
    assert_eq!(farm.trail("provisioning.cluster.change_capacity").await, 2);
}

#[tokio::test]
async fn a_machine_is_emptied_one_by_one_and_waits_as_long_as_it_is_told() {
    let (farm, node) = Farm::with_machine().await;
    farm.driver.meets("drain", Mishap::Waiting, 1);

    drains::start(&farm.ctx(), &node.id).await.unwrap();
    drains::start(&farm.ctx(), &node.id).await.unwrap();
    farm.drain().await;
    let waiting = farm.last_drain(&node).await;
    assert_eq!((waiting.status, waiting.moved, waiting.remaining), (DrainStatus::Running, 0, 2));
    assert!(waiting.waits_for.is_some_and(|why| why.contains("disruption budget")));
    let refused = nodes::set_open(&farm.ctx(), &node.id, true).await;
    assert!(matches!(refused, Err(ProvisioningError::NodeDraining { .. })), "{refused:?}");

    farm.passes(9).await;
    assert_eq!(farm.drain_calls(), 1, "it was told to wait ten seconds");
    farm.passes(1).await;
    assert_eq!((farm.drain_calls(), farm.last_drain(&node).await.moved), (2, 1));
    for _ in 0..3 {
        farm.passes(2).await;
    }
    let done = farm.last_drain(&node).await;
    assert_eq!((done.status, done.moved, done.remaining, done.open_key), (DrainStatus::Done, 2, 0, None));
    assert!(!farm.driver.machine("a").is_open, "it stays closed");
    assert_eq!(farm.trail("provisioning.node.drain").await, 1, "asking twice is asking once");
    assert_eq!(farm.trail("provisioning.node.end_drain").await, 1);
    nodes::set_open(&farm.ctx(), &node.id, true).await.unwrap();
    assert!(farm.driver.machine("a").is_open && farm.node("a").await.is_open);
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn what_dies_in_the_middle_of_it_is_followed_by_somebody_who_goes_on() {
    let (farm, node) = Farm::with_machine().await;
    drains::start(&farm.ctx(), &node.id).await.unwrap();
    farm.driver.meets("drain", Mishap::HangBefore, 1);

    farm.driver.outlives(&farm.world).await;
    for _ in 0..4 {
        farm.passes(3).await;
    }

    assert_eq!(farm.last_drain(&node).await.status, DrainStatus::Done);
    assert_eq!(farm.driver.machine("a").pods, 0);
}

#[tokio::test]
async fn nothing_more_goes_once_staff_stop_it() {
    let (farm, node) = Farm::with_machine().await;
    drains::start(&farm.ctx(), &node.id).await.unwrap();
    farm.drain().await;

    drains::stop(&farm.ctx(), &node.id).await.unwrap();
    drains::stop(&farm.ctx(), &node.id).await.unwrap();
    for _ in 0..3 {
        farm.passes(10).await;
    }

    let stopped = farm.last_drain(&node).await;
    assert_eq!((stopped.status, stopped.moved), (DrainStatus::Stopped, 1));
    assert_eq!((farm.drain_calls(), farm.driver.machine("a").pods), (1, 1));
    assert_eq!(farm.trail("provisioning.node.stop_drain").await, 1);
    assert!(farm.open_alerts().await.is_empty(), "whoever stopped it knows");
}

#[tokio::test]
async fn what_cannot_be_emptied_in_time_or_at_all_is_told() {
    let (farm, node) = Farm::with_machine().await;
    farm.driver.meets("drain", Mishap::Waiting, 1_000);
    drains::start(&farm.ctx(), &node.id).await.unwrap();
    farm.drain().await;
    farm.passes(1_801).await;
    farm.passes(1).await;
    assert_eq!(farm.last_drain(&node).await.status, DrainStatus::Late);
    assert_eq!(farm.open_alerts().await, ["node_drain"]);

    farm.driver.heals();
    farm.driver.meets("drain", Mishap::Rejected, 1);
    drains::start(&farm.ctx(), &node.id).await.unwrap();
    assert!(farm.open_alerts().await.is_empty(), "it is tried again");
    farm.drain().await;
    let refused = farm.last_drain(&node).await;
    assert_eq!(refused.status, DrainStatus::Refused);
    assert!(refused.waits_for.is_some_and(|why| why.contains("pods/eviction")));
    assert_eq!(farm.open_alerts().await, ["node_drain"]);
}

#[tokio::test]
async fn that_a_machine_is_not_empty_is_over_once_it_is_open_again_or_gone() {
    let (farm, node) = Farm::with_machine().await;
    for is_gone in [false, true] {
        farm.driver.meets("drain", Mishap::Rejected, 1);
        drains::start(&farm.ctx(), &node.id).await.unwrap();
        farm.drain().await;
        assert_eq!(farm.open_alerts().await, ["node_drain"]);
        if is_gone {
            farm.driver.parts("a");
            farm.surveys().await;
        } else {
            nodes::set_open(&farm.ctx(), &node.id, true).await.unwrap();
        }
        assert!(farm.open_alerts().await.is_empty(), "gone: {is_gone}");
    }
}

#[tokio::test]
async fn of_a_machine_that_is_gone_nobody_is_told_that_it_was_not_emptied_in_time() {
    let (farm, node) = Farm::with_machine().await;
    farm.driver.meets("drain", Mishap::Unavailable, 1_000);
    drains::start(&farm.ctx(), &node.id).await.unwrap();
    farm.drain().await;
    farm.driver.parts("a");
    farm.surveys().await;

    farm.passes(1_801).await;
    farm.passes(1).await;

    assert_eq!(farm.last_drain(&node).await.status, DrainStatus::Late);
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn the_trail_says_who_asked_also_where_nobody_answered() {
    let (farm, node) = Farm::with_machine().await;
    farm.driver.meets("set_open", Mishap::Rejected, 1);
    assert!(nodes::set_open(&farm.ctx(), &node.id, false).await.is_err());
    assert_eq!(farm.trail("provisioning.node.close").await, 0, "what was refused did not happen");

    farm.driver.meets("set_open", Mishap::UnknownAfterEffect, 1);
    assert!(nodes::set_open(&farm.ctx(), &node.id, false).await.is_err());

    assert_eq!(farm.trail("provisioning.node.close").await, 1);
    assert!(farm.node("a").await.is_open, "nobody saw it closed");
}

#[tokio::test]
async fn a_cluster_that_is_out_of_use_has_no_machines_and_no_troubles_with_them() {
    let farm = Farm::new().await;
    farm.driver.joins("a", |machine| machine.is_ready = false);
    for _ in 0..2 {
        farm.surveys().await;
        farm.world.advance(Duration::minutes(1));
    }
    let node = farm.node("a").await;
    drains::start(&farm.ctx(), &node.id).await.unwrap();
    assert_eq!(farm.open_alerts().await, ["node_down"]);

    clusters::set_status(&farm.ctx(), &node.cluster_id, TargetStatus::Disabled).await.unwrap();

    assert!(farm.open_alerts().await.is_empty());
    assert_eq!(farm.last_drain(&node).await.status, DrainStatus::Stopped);
    farm.surveys().await;
    assert!(nodes::list(&farm.ctx().db, &node.cluster_id).await.unwrap().is_empty());
}
