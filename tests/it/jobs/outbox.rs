//! Order, isolation and dead letters of reactions.
use super::*;
use crate::support::World;
use chrono::Duration;
use entity::{platform::outbox_delivery as delivery, value::JobStatus};
use sea_orm::QueryOrder;
use yumna::{
    jobs::{outbox, reactions, worker},
    kernel::outbox::Event,
};

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Rang {
    door: String,
    times: u32,
}

impl Event for Rang {
    const NAME: &'static str = "door.rang";

    fn aggregate_id(&self) -> String {
        self.door.clone()
    }
}

async fn ring(ctx: &Ctx, door: &str, times: u32) {
    let tx = ctx.begin().await.unwrap();
    ctx.publish(&tx, &Rang { door: door.into(), times }).await.unwrap();
    tx.commit().await.unwrap();
}

/// Two reactions: `butler` notes everything; `dog` fails on door `a` until it was rung `patience` times.
fn house(journal: &Journal, patience: usize) -> Clockwork {
    let (butler, dog) = (journal.clone(), journal.clone());
    let reactions = vec![
        reactions::on::<Rang>("butler.open", move |_: Ctx, rang: Rang| {
            butler.write(format!("butler {} {}", rang.door, rang.times));
            async { Ok(()) }
        }),
        reactions::on::<Rang>("dog.bark", move |_: Ctx, rang: Rang| {
            let tried = dog.lines().iter().filter(|line| line.starts_with("dog a")).count();
            let fails = rang.door == "a" && tried < patience;
            dog.write(format!("dog {} {}", rang.door, rang.times));
            async move { if fails { Err(JobError::retry("asleep")) } else { Ok(()) } }
        }),
    ];
    Clockwork::of(Vec::new(), reactions, Vec::new())
}

#[tokio::test]
async fn every_reaction_gets_every_event_once_in_order_per_aggregate() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    for times in 1..=3 {
        ring(&ctx, "a", times).await;
        ring(&ctx, "b", times).await;
    }

    worker::run_due_with(&world.services, &house(&journal, 0)).await.unwrap();

    for who in ["butler", "dog"] {
        for door in ["a", "b"] {
            let heard: Vec<_> =
                journal.lines().into_iter().filter(|line| line.starts_with(&format!("{who} {door}"))).collect();
            assert_eq!(heard, (1..=3).map(|n| format!("{who} {door} {n}")).collect::<Vec<_>>());
        }
    }
    let again = worker::run_due_with(&world.services, &house(&journal, 0)).await.unwrap();
    assert_eq!(again.ran, 0);
}

#[tokio::test]
async fn a_failing_reaction_holds_up_only_its_own_later_news_of_that_aggregate() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    let house = house(&journal, 1);
    for (door, times) in [("a", 1), ("a", 2), ("b", 1)] {
        ring(&ctx, door, times).await;
    }

    worker::run_due_with(&world.services, &house).await.unwrap();
    let lines = journal.lines();
    assert!(lines.contains(&"butler a 2".into()) && lines.contains(&"dog b 1".into()));
    assert!(!lines.contains(&"dog a 2".into()), "the first was not heard yet");

    world.advance(Duration::seconds(7));
    worker::run_due_with(&world.services, &house).await.unwrap();
    let dog: Vec<_> = journal.lines().into_iter().filter(|line| line.starts_with("dog a")).collect();
    assert_eq!(dog, ["dog a 1", "dog a 1", "dog a 2"]);
}

#[tokio::test]
async fn a_reaction_given_up_can_be_retried_and_lets_later_news_pass() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    let house = house(&journal, 10);
    ring(&ctx, "a", 1).await;
    for _ in 0..10 {
        worker::run_due_with(&world.services, &house).await.unwrap();
        world.advance(Duration::hours(2));
    }
    let find_dead = delivery::Entity::find().filter(delivery::Column::Status.eq(JobStatus::Dead));
    let dead = find_dead.order_by_asc(delivery::Column::Id).one(&ctx.db).await.unwrap().unwrap();

    ring(&ctx, "a", 2).await;
    worker::run_due_with(&world.services, &house).await.unwrap();
    assert!(journal.lines().contains(&"dog a 2".into()));

    outbox::retry(&ctx, &dead.id).await.unwrap();
    worker::run_due_with(&world.services, &house).await.unwrap();
    assert_eq!(journal.lines().last().unwrap(), "dog a 1");
}
