//! How soon work begins after the transaction that asked for it.
use super::{place::Place, say};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use yumna::{
    app::services,
    domain::Ctx,
    jobs::{Clockwork, registry, worker},
    kernel::{
        clock::SystemClock,
        job::{Job, JobError},
    },
};

const ROUNDS: usize = 200;

#[derive(serde::Serialize, serde::Deserialize)]
struct Ping {}

impl Job for Ping {
    const NAME: &'static str = "bench.ping";
    const MAX_ATTEMPTS: i32 = 1;
}

fn ping(heard: UnboundedSender<Instant>) -> registry::Registered {
    registry::job::<Ping>(move |_: Ctx, _: Ping| {
        let heard = heard.clone();
        async move {
            // Nobody listens any more once the measurement is over.
            let _ = heard.send(Instant::now());
            Ok::<(), JobError>(())
        }
    })
}

/// From commit to the handler's first line, workers in the same process.
pub async fn measure() -> anyhow::Result<()> {
    let place = Place::fresh().await?;
    let services = services::build(place.config(), Arc::new(SystemClock), false).await?;
    let (heard, mut arrivals) = unbounded_channel();
    let work = Clockwork::of(vec![ping(heard)], Vec::new(), Vec::new());
    let workers = worker::start_with(services.clone(), Arc::new(work));
    let ctx = Ctx::system(services.clone(), "bench", "bench");
    let mut waits = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let tx = ctx.begin().await?;
        ctx.enqueue(&tx, &Ping {}).await?;
        tx.commit().await?;
        let committed = Instant::now();
        let Some(begun) = arrivals.recv().await else { break };
        waits.push(begun.saturating_duration_since(committed));
        tokio::time::sleep(Duration::from_millis(7)).await;
    }
    services.stop.cancel();
    workers.stopped().await;
    waits.sort();
    let (median, most) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
    say(
        &format!("job picked up after commit, {}", place.database()),
        format!("p50 {:.1} ms, p99 {:.1} ms", median.as_secs_f64() * 1e3, most.as_secs_f64() * 1e3),
    );
    services.db.clone().close().await?;
    place.leave().await
}
