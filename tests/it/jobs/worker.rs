//! The workers of a process.
use super::*;
use crate::support::World;
use std::time::{Duration, Instant};
use yumna::jobs::{queue, worker};

async fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited too long: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_picked_up_at_once_after_its_commit() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    let handle = worker::start_with(world.services.clone(), Arc::new(clockwork(&journal)));
    queue(&ctx, note("warm")).await;
    until("the first", || journal.lines().len() == 1).await;

    // Found by polling each takes most of a second: the quickest of a few tells, whatever else the machine does.
    let mut took = Duration::MAX;
    for number in 2..=4 {
        // Past the first look of every worker, so that only the call can be what wakes them.
        tokio::time::sleep(Duration::from_millis(50)).await;
        queue(&ctx, note("quick")).await;
        took = Ord::min(took, until("the next", || journal.lines().len() == number).await);
    }

    assert!(took < Duration::from_millis(700), "{took:?}: found by polling, not by the call");
    world.services.stop.cancel();
    handle.stopped().await;
}

#[tokio::test]
async fn a_process_that_starts_anew_goes_on_at_once_with_what_the_dead_one_held() {
    let world = World::new().await;
    let ctx = world.system();
    queue(&ctx, note("held")).await;
    assert_eq!(queue::claim(&ctx, "default", 1, queue::LEASE).await.unwrap().len(), 1);

    worker::take_over(world.services.clone()).await;

    // On PostgreSQL another node may hold it: there the lease decides.
    let comes_back = usize::from(!yumna::kernel::db::is_postgres(&ctx.db));
    assert_eq!(queue::claim(&ctx, "default", 1, queue::LEASE).await.unwrap().len(), comes_back);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_while_paused() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    let handle = worker::start_with(world.services.clone(), Arc::new(clockwork(&journal)));

    assert!(handle.pause().await);
    queue(&ctx, note("patience")).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(journal.lines().is_empty());

    handle.resume();
    until("resumed work", || journal.lines().len() == 1).await;
    world.services.stop.cancel();
    handle.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_maintenance_what_is_queued_waits() {
    let world = World::with(|services| services.config.server.maintenance = true).await;
    let ctx = world.system();
    let journal = Journal::default();
    let clockwork = Clockwork::of(vec![notes(&journal)], Vec::new(), yumna::jobs::schedule::timetable());
    queue(&ctx, note("later")).await;

    let handle = worker::start_with(world.services.clone(), Arc::new(clockwork));
    tokio::time::sleep(Duration::from_millis(1300)).await;

    assert!(journal.lines().is_empty(), "not claimed");
    let ticks = entity::platform::schedule::Entity::find().all(&ctx.db).await.unwrap();
    assert!(ticks.is_empty(), "the timetable does not fire");
    assert!(handle.pause().await);
    world.services.stop.cancel();
    handle.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_does_not_end_is_left_within_ten_seconds_of_the_stop() {
    let world = World::new().await;
    let journal = Journal::default();
    let told = journal.clone();
    let endless = registry::job::<Note>(move |_: Ctx, note: Note| {
        told.write(note.text);
        std::future::pending::<Result<(), JobError>>()
    });
    let clockwork = Clockwork::of(vec![endless], Vec::new(), Vec::new());
    let handle = worker::start_with(world.services.clone(), Arc::new(clockwork));
    queue(&world.system(), note("endless")).await;
    until("it runs", || journal.lines().len() == 1).await;

    let began = Instant::now();
    world.services.stop.cancel();
    // Requests end first; workers are waited for after them.
    tokio::time::sleep(Duration::from_secs(3)).await;
    handle.stopped().await;

    assert!(began.elapsed() < Duration::from_millis(11_500), "{:?}", began.elapsed());
}
