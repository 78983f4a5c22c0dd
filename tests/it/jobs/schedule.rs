//! The timetable fires each tick once, on however many nodes.
use super::*;
use crate::support::World;
use chrono::Duration;
use sea_orm::PaginatorTrait;
use yumna::jobs::schedule::{self, Missed};

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
