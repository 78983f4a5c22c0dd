//! Order, isolation and dead letters of reactions.
use super::*;
use crate::support::World;
use chrono::Duration;
use entity::{
    platform::{alert, outbox_delivery as delivery},
    value::JobStatus,
};
use sea_orm::QueryOrder;
use tokio::sync::Notify;
use yumna::{
    jobs::{
        outbox,
        queue::{LEASE, Outcome},
        reactions, worker,
    },
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

/// Whoever held news is dead: every lease runs out.
async fn lose_leases(ctx: &Ctx) {
    let long_ago: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
    delivery::Entity::update_many()
        .col_expr(delivery::Column::LeaseUntil, Expr::value(long_ago))
        .filter(delivery::Column::Status.eq(JobStatus::Running))
        .exec(&ctx.db)
        .await
        .unwrap();
}

/// What a worker takes; of the news of one door each reaction gets one at a time.
async fn claim(ctx: &Ctx) -> Vec<delivery::Model> {
    let mut claimed = outbox::claim(ctx, 8, LEASE).await.unwrap();
    claimed.sort_by(|a, b| a.reaction.cmp(&b.reaction));
    claimed
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

#[tokio::test]
async fn news_of_a_dead_worker_come_back_and_the_dead_cannot_finish_them() {
    let world = World::new().await;
    let ctx = world.system();
    let house = house(&Journal::default(), 0);
    ring(&ctx, "a", 1).await;
    ring(&ctx, "a", 2).await;
    assert_eq!(outbox::expand(&ctx, &house).await.unwrap(), 2);
    let first = claim(&ctx).await;
    assert_eq!(first.iter().map(|held| held.reaction.as_str()).collect::<Vec<_>>(), ["butler.open", "dog.bark"]);
    assert!(claim(&ctx).await.is_empty(), "they are held, and later news of the door wait for them");

    lose_leases(&ctx).await;
    let second = claim(&ctx).await;

    for (dead, alive) in first.iter().zip(&second) {
        assert_eq!((&alive.id, alive.attempts), (&dead.id, 2));
        assert!(!outbox::extend(&ctx, dead, LEASE).await.unwrap());
        for came_to in [Ok(()), Err(JobError::retry("asleep")), Err(JobError::fail("never"))] {
            assert_eq!(outbox::finish(&ctx, dead, &came_to, "test").await.unwrap(), Outcome::Lost);
        }
        assert!(outbox::extend(&ctx, alive, LEASE).await.unwrap());
        assert_eq!(outbox::finish(&ctx, alive, &Ok(()), "test").await.unwrap(), Outcome::Done);
    }
    assert_eq!(second.len(), 2);
    let next = claim(&ctx).await;
    assert!(next.len() == 2 && next.iter().all(|next| next.event_id > second[0].event_id), "the next news: {next:?}");
    assert!(alert::Entity::find().one(&ctx.db).await.unwrap().is_none());
}

#[tokio::test]
async fn news_lost_between_handing_out_and_taking_are_heard_once() {
    for has_claimed in [false, true] {
        let world = World::new().await;
        let ctx = world.system();
        let journal = Journal::default();
        let house = house(&journal, 0);
        ring(&ctx, "a", 1).await;
        ring(&ctx, "a", 2).await;
        outbox::expand(&ctx, &house).await.unwrap();
        if has_claimed {
            assert_eq!(claim(&ctx).await.len(), 2);
            lose_leases(&ctx).await;
        }

        assert_eq!(outbox::expand(&ctx, &house).await.unwrap(), 0, "nothing is handed out twice");
        worker::run_due_with(&world.services, &house).await.unwrap();

        let mut heard = journal.lines();
        heard.sort();
        assert_eq!(heard, ["butler a 1", "butler a 2", "dog a 1", "dog a 2"], "{has_claimed}");
        let rest = delivery::Entity::find().filter(delivery::Column::Status.ne(JobStatus::Done));
        assert!(rest.one(&ctx.db).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn who_dies_while_listening_is_followed_by_one_who_hears_it_again_and_in_order() {
    let world = World::new().await;
    let ctx = world.system();
    let (journal, is_listening) = (Journal::default(), Arc::new(Notify::new()));
    let (heard, listens) = (journal.clone(), is_listening.clone());
    let falls_asleep = reactions::on::<Rang>("dog.bark", move |_: Ctx, rang: Rang| {
        heard.write(format!("dog {} {}", rang.door, rang.times));
        let is_first = heard.lines().len() == 1;
        let listens = listens.clone();
        async move {
            if is_first {
                listens.notify_one();
                std::future::pending::<()>().await;
            }
            Ok(())
        }
    });
    let house = Clockwork::of(Vec::new(), vec![falls_asleep], Vec::new());
    ring(&ctx, "a", 1).await;
    ring(&ctx, "a", 2).await;

    tokio::select! {
        over = worker::run_due_with(&world.services, &house) => panic!("it should go on listening: {over:?}"),
        () = is_listening.notified() => {}
    }
    lose_leases(&ctx).await;
    worker::run_due_with(&world.services, &house).await.unwrap();

    assert_eq!(journal.lines(), ["dog a 1", "dog a 1", "dog a 2"]);
}

#[tokio::test]
async fn news_whose_workers_always_die_become_a_dead_letter_staff_hear_of() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    let house = house(&journal, 0);
    ring(&ctx, "a", 1).await;
    outbox::expand(&ctx, &house).await.unwrap();
    for attempt in 1..=10 {
        let held = claim(&ctx).await;
        assert_eq!(held.iter().map(|held| held.attempts).collect::<Vec<_>>(), [attempt, attempt]);
        lose_leases(&ctx).await;
    }

    assert!(claim(&ctx).await.is_empty());

    let letters = delivery::Entity::find().all(&ctx.db).await.unwrap();
    assert!(letters.len() == 2 && letters.iter().all(|letter| letter.status == JobStatus::Dead), "{letters:?}");
    let alerts = alert::Entity::find().all(&ctx.db).await.unwrap();
    let open: Vec<_> = alerts.iter().map(|alert| (alert.code.as_str(), alert.resolved_at)).collect();
    assert_eq!(open, [("reaction_dead", None), ("reaction_dead", None)]);
    ring(&ctx, "a", 2).await;
    worker::run_due_with(&world.services, &house).await.unwrap();
    assert!(journal.lines().contains(&"dog a 2".into()), "later news of the door pass");

    for letter in &letters {
        outbox::retry(&ctx, &letter.id).await.unwrap();
    }
    worker::run_due_with(&world.services, &house).await.unwrap();
    assert!(journal.lines().contains(&"dog a 1".into()) && journal.lines().contains(&"butler a 1".into()));
    let alerts = alert::Entity::find().all(&ctx.db).await.unwrap();
    assert!(alerts.iter().all(|alert| alert.resolved_at.is_some()));
}
