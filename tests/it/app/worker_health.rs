//! A process of background work alone says how it is: whether it goes on, whether it could, and its numbers.
use crate::support::World;
use chrono::Duration;
use entity::value::MessageId;
use std::{collections::BTreeMap, net::TcpListener, sync::Arc};
use tokio::time::Instant;
use yumna::{
    app::{logs, server},
    domain::messaging::Deliver,
    jobs::{
        Clockwork, counts,
        worker::{self, HANGS_AFTER},
    },
    kernel::{alert, http, said::args},
};

fn idle() -> Arc<Clockwork> {
    Arc::new(Clockwork::of(Vec::new(), Vec::new(), Vec::new()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_answers_whoever_watches_it_and_nobody_else() {
    let world = World::new().await;
    let workers = worker::start_with(world.services.clone(), idle());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(logs::metrics());
    tokio::spawn(server::serve_worker(&world.services, listener, workers.pulse()).unwrap());
    let ask = async |path: &str| {
        let answer = http::client().get(format!("{url}{path}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    assert_eq!(ask("/health/live").await, (200, "ok".to_owned()));
    assert_eq!(ask("/health/ready").await.0, 200);
    let (status, numbers) = ask("/metrics").await;
    assert_eq!(status, 200);
    for name in ["yumna_jobs_waiting{queue=\"mail\"}", "yumna_oldest_due_job_seconds", "yumna_alerts_open"] {
        assert!(numbers.contains(name), "{name} is missing in {numbers}");
    }
    for path in ["/", "/login", "/whm", "/api/catalog/services"] {
        assert_eq!(ask(path).await.0, 404, "{path}");
    }

    world.services.stop.cancel();
    workers.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_timetable_nobody_looks_at_does_not_live() {
    let world = World::new().await;
    let workers = worker::start_with(world.services.clone(), idle());
    let pulse = workers.pulse();
    let soon = Instant::now() + HANGS_AFTER;
    let began = Instant::now();
    while !pulse.beats_at(soon) {
        assert!(began.elapsed().as_secs() < 20, "it does not look again");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }

    assert!(workers.pause().await);
    assert!(pulse.beats_at(Instant::now()));
    assert!(!pulse.beats_at(Instant::now() + HANGS_AFTER), "nobody has looked since");

    workers.resume();
    world.services.stop.cancel();
    workers.stopped().await;
}

#[tokio::test]
async fn what_waits_and_what_staff_must_see_is_counted() {
    let world = World::new().await;
    let ctx = world.system();
    let empty = counts::stand(&world.services).await.unwrap();
    assert!(empty.waiting.values().all(|count| *count == 0) && empty.waiting.contains_key("default"));
    assert_eq!((empty.oldest.as_secs(), empty.alerts), (0, 0));

    let tx = ctx.begin().await.unwrap();
    for minutes in [-5, -2, 10] {
        let work = Deliver { message_id: MessageId::generate() };
        ctx.enqueue_at(&tx, &work, ctx.now() + Duration::minutes(minutes)).await.unwrap();
    }
    let trouble = alert::Alert {
        code: "disk_low",
        args: args([("free", 3_u64.into()), ("folder", "/data".into()), ("node", "a".into())]),
        key: "k",
    };
    alert::raise(&tx, ctx.now(), "test", trouble).await.unwrap();
    tx.commit().await.unwrap();

    let standing = counts::stand(&world.services).await.unwrap();
    let waiting: BTreeMap<_, _> = standing.waiting.iter().filter(|(_, count)| **count > 0).collect();
    assert_eq!(waiting, BTreeMap::from([(&"mail".to_owned(), &2)]), "what is not due does not wait");
    assert_eq!((standing.oldest.as_secs(), standing.alerts), (300, 1));
}
