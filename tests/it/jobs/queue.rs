//! Claiming, leases, back-off, dead letters.
use super::*;
use crate::support::World;
use chrono::Duration;
use entity::{platform::alert, value::JobStatus};
use sea_orm::PaginatorTrait;
use std::collections::BTreeSet;
use yumna::{
    jobs::{
        queue::{self, LEASE, Outcome},
        worker,
    },
    kernel::page::PageRequest,
};

#[tokio::test]
async fn eight_workers_run_each_job_once() {
    let world = World::new().await;
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    for number in 0..120 {
        ctx.enqueue(&tx, &note(&number.to_string())).await.unwrap();
    }
    tx.commit().await.unwrap();

    let workers = (0..8).map(|_| {
        let services = world.services.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = queue::claim(&services, "default", 5, LEASE).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                for job in claimed {
                    assert_eq!(queue::finish(&services, &job, &Ok(())).await.unwrap(), Outcome::Done);
                    mine.push(job.id.0);
                }
            }
        })
    });
    let mut all = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        all.extend(worker.await.unwrap());
    }

    assert_eq!(all.len(), 120);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 120);
}

#[tokio::test]
async fn a_job_of_a_dead_worker_comes_back_and_the_dead_cannot_finish_it() {
    let world = World::new().await;
    let ctx = world.system();
    queue(&ctx, note("a")).await;
    let first = queue::claim(&ctx, "default", 1, LEASE).await.unwrap().remove(0);
    assert!(queue::claim(&ctx, "default", 1, LEASE).await.unwrap().is_empty(), "it is held");

    lose_lease(&ctx, &first.id).await;
    let second = queue::claim(&ctx, "default", 1, LEASE).await.unwrap().remove(0);

    assert_eq!((second.id.clone(), second.attempts), (first.id.clone(), 2));
    assert_eq!(queue::finish(&ctx, &first, &Ok(())).await.unwrap(), Outcome::Lost);
    assert!(!queue::extend(&ctx, &first, LEASE).await.unwrap());
    assert!(queue::extend(&ctx, &second, LEASE).await.unwrap());
    assert_eq!(queue::finish(&ctx, &second, &Ok(())).await.unwrap(), Outcome::Done);
}

#[tokio::test]
async fn a_job_whose_workers_always_die_becomes_a_dead_letter() {
    let world = World::new().await;
    let ctx = world.system();
    queue(&ctx, note("a")).await;
    for _ in 0..3 {
        let job = queue::claim(&ctx, "default", 1, LEASE).await.unwrap().remove(0);
        lose_lease(&ctx, &job.id).await;
    }

    assert!(queue::claim(&ctx, "default", 1, LEASE).await.unwrap().is_empty());

    assert_eq!(only_job(&ctx).await.status, JobStatus::Dead);
    let alert = alert::Entity::find().one(&ctx.db).await.unwrap().unwrap();
    assert_eq!((alert.code.as_str(), alert.resolved_at), ("job_dead", None));
}

#[tokio::test]
async fn a_failing_job_is_tried_with_growing_pauses_and_then_given_up_visibly() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    let clockwork = clockwork(&journal);
    queue(&ctx, note("fail")).await;

    worker::run_due_with(&world.services, &clockwork).await.unwrap();
    assert_eq!(journal.lines().len(), 1, "a pause keeps it from running at once");
    assert_eq!(only_job(&ctx).await.last_error.as_deref(), Some("no luck"));
    world.advance(Duration::seconds(7));
    worker::run_due_with(&world.services, &clockwork).await.unwrap();
    world.advance(Duration::seconds(13));
    let drained = worker::run_due_with(&world.services, &clockwork).await.unwrap();

    assert_eq!(journal.lines().len(), 3);
    assert_eq!(drained.failed, 1);
    let dead = queue::list(&ctx, Some(JobStatus::Dead), &PageRequest::default()).await.unwrap();
    assert_eq!(dead.rows.len(), 1);
}

#[tokio::test]
async fn a_dead_letter_can_be_retried_by_staff_and_its_alert_closes() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    let clockwork = clockwork(&journal);
    queue(&ctx, note("refuse")).await;
    worker::run_due_with(&world.services, &clockwork).await.unwrap();
    let id = only_job(&ctx).await.id;
    assert_eq!(row(&ctx, &id).await.status, JobStatus::Dead);

    queue::retry(&ctx, &id).await.unwrap();

    assert!(queue::retry(&ctx, &id).await.is_err(), "it is queued now");
    assert_eq!((row(&ctx, &id).await.status, row(&ctx, &id).await.attempts), (JobStatus::Queued, 0));
    assert!(alert::Entity::find().one(&ctx.db).await.unwrap().unwrap().resolved_at.is_some());
    worker::run_due_with(&world.services, &clockwork).await.unwrap();
    assert_eq!(journal.lines().len(), 2);
}

#[tokio::test]
async fn a_panic_is_a_failed_try_and_harms_nobody_else() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    queue(&ctx, note("panic")).await;
    queue(&ctx, note("after")).await;

    worker::run_due_with(&world.services, &clockwork(&journal)).await.unwrap();

    assert_eq!(journal.lines().len(), 2);
    let failed = job::Entity::find().filter(job::Column::Status.eq(JobStatus::Queued)).one(&ctx.db).await.unwrap();
    assert_eq!(failed.unwrap().last_error.as_deref(), Some("panicked: in the middle"));
}

#[tokio::test]
async fn a_twin_may_queue_while_the_first_runs_and_takes_over_when_the_first_fails() {
    let world = World::new().await;
    let ctx = world.system();
    assert!(queue(&ctx, note("twin:x")).await);
    assert!(!queue(&ctx, note("twin:x")).await, "one is queued");
    let first = queue::claim(&ctx, "default", 1, LEASE).await.unwrap().remove(0);
    assert!(queue(&ctx, note("twin:x")).await, "the first runs, what comes now is new");

    let failed = Err(JobError::retry("later"));
    queue::finish(&ctx, &first, &failed).await.unwrap();

    assert_eq!(row(&ctx, &first.id).await.status, JobStatus::Cancelled);
    assert_eq!(job::Entity::find().filter(job::Column::Status.eq(JobStatus::Queued)).count(&ctx.db).await.unwrap(), 1);
}

#[tokio::test]
async fn one_dead_target_never_delays_the_others() {
    let world = World::with(|services| services.config.jobs.per_target = 2).await;
    let ctx = world.system();
    for number in 0..30 {
        queue(&ctx, Note { text: number.to_string(), target: Some("dead".into()) }).await;
    }
    queue(&ctx, Note { text: "alive".into(), target: Some("alive".into()) }).await;
    queue(&ctx, note("free")).await;

    let claimed = queue::claim(&ctx, "default", 8, LEASE).await.unwrap();

    let targets: Vec<_> = claimed.iter().map(|job| job.target_key.as_deref()).collect();
    assert_eq!(targets, [Some("dead"), Some("dead"), Some("alive"), None]);
    assert!(queue::claim(&ctx, "default", 8, LEASE).await.unwrap().is_empty(), "the dead one has its two places");
    queue::finish(&ctx, &claimed[0], &Ok(())).await.unwrap();
    assert_eq!(queue::claim(&ctx, "default", 8, LEASE).await.unwrap().len(), 1);
}
