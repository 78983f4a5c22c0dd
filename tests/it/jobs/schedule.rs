//! The timetable fires each tick once, on however many nodes.
use super::*;
use crate::support::World;
use chrono::Duration;
use sea_orm::PaginatorTrait;
use yumna::jobs::{
    schedule::{self, Missed},
    worker,
};

fn daily() -> Clockwork {
    let entries = vec![
        schedule::at("test.daily", "0 1 * * *", Missed::Each, |due| note(&due.to_rfc3339())),
        schedule::at("test.minutely", "* * * * *", Missed::Latest, |_| note("twin:minute")),
    ];
    Clockwork::of(vec![notes(&Journal::default())], Vec::new(), entries)
}

async fn queued(ctx: &Ctx, text: &str) -> u64 {
    let all = job::Entity::find().all(&ctx.db).await.unwrap();
    all.iter().filter(|job| job.payload["text"].as_str().is_some_and(|t| t.starts_with(text))).count() as u64
}

#[tokio::test]
async fn two_nodes_fire_a_tick_once() {
    let world = World::new().await;
    let ctx = world.system();
    let clockwork = Arc::new(daily());
    assert_eq!(schedule::fire_due(&ctx, &clockwork).await.unwrap(), 0, "what lay before the first start is not missed");
    world.advance(Duration::hours(16));

    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let (services, clockwork) = (world.services.clone(), clockwork.clone());
            tokio::spawn(async move { schedule::fire_due(&services, &clockwork).await.unwrap() })
        })
        .collect();
    let mut fired = 0;
    for node in nodes {
        fired += node.await.unwrap();
    }

    assert_eq!(fired, 2);
    assert_eq!(job::Entity::find().count(&ctx.db).await.unwrap(), 2);
}

#[tokio::test]
async fn every_daily_tick_that_was_jumped_over_fires_once_and_frequent_ones_collapse() {
    let world = World::new().await;
    let ctx = world.system();
    let clockwork = daily();
    schedule::fire_due(&ctx, &clockwork).await.unwrap();

    world.advance(Duration::days(30));
    schedule::fire_due(&ctx, &clockwork).await.unwrap();
    assert_eq!(schedule::fire_due(&ctx, &clockwork).await.unwrap(), 0);

    assert_eq!(queued(&ctx, "2026-").await, 30);
    assert_eq!(queued(&ctx, "twin:").await, 1);
}

#[tokio::test]
async fn a_month_of_downtime_is_caught_up_in_bounded_work_with_every_day_counted() {
    let world = World::new().await;
    let ctx = world.system();
    let house = Clockwork::house();
    worker::run_due(&world.services).await.unwrap();
    world.advance(Duration::days(31));

    let fired = schedule::fire_due(&ctx, &house).await.unwrap();
    let drained = worker::run_due(&world.services).await.unwrap();

    let entries = house.timetable.len();
    let daily = house.timetable.iter().filter(|entry| entry.is_daily()).count();
    let ticks = entity::platform::schedule::Entity::find().count(&ctx.db).await.unwrap();
    assert!((31 * daily..=31 * daily + entries).contains(&fired), "{fired}: each day once, sweeps once");
    // Two weeks of them are kept, and of each the latest.
    assert!(ticks <= (16 * daily + entries) as u64 && drained.failed == 0, "{ticks} rows, {drained:?}");
    assert!(schedule::late(&ctx, &house).await.unwrap().is_empty());
}

#[tokio::test]
async fn more_ticks_than_fit_in_one_go_are_caught_up_in_several() {
    let world = World::new().await;
    let ctx = world.system();
    let clockwork = daily();
    schedule::fire_due(&ctx, &clockwork).await.unwrap();
    world.advance(Duration::days(900));

    let mut days = 0;
    while schedule::fire_due(&ctx, &clockwork).await.unwrap() > 0 {
        days = queued(&ctx, "20").await;
    }
    assert_eq!(days, 900);
}

#[tokio::test]
async fn a_clock_that_was_wrong_and_is_set_back_does_not_silence_the_timetable() {
    let world = World::new().await;
    let ctx = world.system();
    let clockwork = daily();
    schedule::fire_due(&ctx, &clockwork).await.unwrap();
    world.advance(Duration::days(2));
    schedule::fire_due(&ctx, &clockwork).await.unwrap();
    assert_eq!(queued(&ctx, "20").await, 2);

    world.advance(Duration::hours(-47));
    worker::run_due_with(&world.services, &clockwork).await.unwrap();
    world.advance(Duration::minutes(2));
    let fired = schedule::fire_due(&ctx, &clockwork).await.unwrap();
    assert_eq!(fired, 1, "the minute's sweep goes on");

    world.advance(Duration::days(2));
    schedule::fire_due(&ctx, &clockwork).await.unwrap();
    assert_eq!(queued(&ctx, "20").await, 2, "days that fired under the wrong clock do not fire again");
    world.advance(Duration::days(1));
    schedule::fire_due(&ctx, &clockwork).await.unwrap();
    assert_eq!(queued(&ctx, "20").await, 3);
}
