//! Two nodes on one database: work is shared, nothing is done twice, one of them dies and the other goes on.
use super::*;
use crate::support::{World, site::Site};
use chrono::Duration;
use entity::value::{InstanceId, ProvisionTaskId};
use sea_orm::PaginatorTrait;
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration as Span, Instant},
};
use tokio_util::sync::CancellationToken;
use yumna::{
    domain::{
        Kept, Services,
        payments::Inbox,
        provisioning::{RunTask, observe::Observe},
    },
    jobs::{
        queue,
        schedule::{self, Missed},
        worker,
    },
    kernel::{db as database, live::Live},
};

/// Another process on the database of `world`: its own connections, wake-up calls and stop.
pub async fn second_node(world: &World) -> Arc<Services> {
    let one = &world.services;
    Arc::new(Services {
        db: database::connect(&one.config.database_url(), 4).await.unwrap(),
        clock: one.clock.clone(),
        live: Live::default(),
        secrets: one.secrets.clone(),
        config: one.config.clone(),
        mailer: None,
        gateways: Vec::new(),
        drivers: Vec::new(),
        resolver: one.resolver.clone(),
        visitor: one.visitor.clone(),
        password_slots: one.password_slots.clone(),
        is_demo: false,
        limits: one.limits.clone(),
        kept: Kept::default(),
        inbox: Inbox::default(),
        stop: CancellationToken::new(),
    })
}

async fn until(what: &str, journal: &Journal, is_so: impl Fn(&[String]) -> bool) {
    let began = Instant::now();
    while !is_so(&journal.lines()) {
        assert!(began.elapsed() < Span::from_secs(60), "waited too long: {what}");
        tokio::time::sleep(Span::from_millis(10)).await;
    }
}

/// Notes who did what; texts that begin with `slow` take a while.
fn working_as(node: &'static str, journal: &Journal, timetable: Vec<schedule::Entry>) -> Arc<Clockwork> {
    let journal = journal.clone();
    let job = registry::job::<Note>(move |_: Ctx, note: Note| {
        journal.write(format!("{node} {}", note.text));
        async move {
            let pause = if note.text.starts_with("slow") { 3_600_000 } else { 20 };
            tokio::time::sleep(Span::from_millis(pause)).await;
            Ok(())
        }
    });
    Arc::new(Clockwork::of(vec![job], Vec::new(), timetable))
}

fn each_minute() -> Vec<schedule::Entry> {
    vec![schedule::at("test.minutely", "* * * * *", Missed::Each, |due| note(&due.to_rfc3339()))]
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_the_work_and_the_timetable_and_double_nothing() {
    let world = World::new().await;
    let ctx = world.system();
    let other = second_node(&world).await;
    let journal = Journal::default();
    let clockworks = ["one", "two"].map(|node| working_as(node, &journal, each_minute()));
    schedule::fire_due(&ctx, &clockworks[0]).await.unwrap();
    world.advance(Duration::minutes(10));
    let tx = ctx.begin().await.unwrap();
    for number in 0..200 {
        ctx.enqueue(&tx, &note(&format!("n{number}"))).await.unwrap();
    }
    tx.commit().await.unwrap();
    let [first, second] = clockworks;
    let one = worker::start_with(world.services.clone(), first);
    let two = worker::start_with(other.clone(), second);

    until("all work", &journal, |lines| lines.len() >= 210).await;
    tokio::time::sleep(Span::from_millis(1500)).await;

    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_node: HashMap<String, usize> = HashMap::new();
    for line in journal.lines() {
        let (node, text) = line.split_once(' ').unwrap();
        *times.entry(text.to_owned()).or_default() += 1;
        *by_node.entry(node.to_owned()).or_default() += 1;
    }
    assert_eq!(times.len(), 210, "200 notes and 10 ticks");
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert_eq!(by_node.len(), 2, "both work: {by_node:?}");
    for (services, handle) in [(world.services.clone(), one), (other, two)] {
        services.stop.cancel();
        handle.stopped().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_node_held_goes_on_elsewhere_and_the_lost_one_drops_it() {
    // One place, and that is taken: the first node cannot claim it again itself.
    let world = World::with(|services| services.config.jobs.concurrency = 1).await;
    let ctx = world.system();
    let other = second_node(&world).await;
    let journal = Journal::default();
    queue(&ctx, note("slow")).await;
    let one = worker::start_with(world.services.clone(), working_as("one", &journal, Vec::new()));
    until("the first holds it", &journal, |lines| lines == ["one slow"]).await;
    let id = only_job(&ctx).await.id;

    // The first node hangs: it no longer extends its lease.
    lose_lease(&ctx, &id).await;
    let taken = queue::claim(&other, "default", 1, queue::LEASE).await.unwrap().remove(0);
    assert_eq!((taken.id.clone(), taken.attempts), (id.clone(), 2));
    queue::finish(&other, &taken, &Ok(())).await.unwrap();

    // Its next heart-beat tells the first that it lost the work.
    let began = Instant::now();
    while !one.pause().await {
        assert!(began.elapsed() < Span::from_secs(40), "the lost work is never dropped");
    }
    one.resume();
    assert_eq!(row(&ctx, &id).await.status, entity::value::JobStatus::Done);
    assert_eq!(journal.lines(), ["one slow"]);
    world.services.stop.cancel();
    one.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_only_serves_pages_hears_what_others_commit() {
    let world = World::new().await;
    if !database::is_postgres(&world.services.db) {
        return; // SQLite has no other nodes.
    }
    let other = second_node(&world).await;
    let _site = Site::of(&world);
    let mut calls = world.services.live.subscribe();
    // The line is being opened; what is called before is made up for by one call to everybody.
    let heard = async {
        loop {
            let tx = Ctx::system(other.clone(), "test", "test").begin().await.unwrap();
            tx.wake_after_commit("invoice:inv_1");
            tx.commit().await.unwrap();
            let wait = Span::from_millis(200);
            while let Ok(call) = tokio::time::timeout(wait, calls.recv()).await {
                if call.unwrap() == "invoice:inv_1" {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(Span::from_secs(60), heard).await.expect("the live page hears of the paid invoice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_cluster_that_is_worked_on_and_looked_at_leaves_places_to_the_living() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    let tx = ctx.begin().await.unwrap();
    for cluster in ["dead", "alive"] {
        for number in 0..10 {
            let task_id = ProvisionTaskId::from(format!("{cluster}{number}").as_str());
            ctx.enqueue(&tx, &RunTask { task_id, cluster_id: Some(cluster.to_owned()) }).await.unwrap();
            let instance_id = InstanceId::from(format!("{cluster}{number}").as_str());
            ctx.enqueue(&tx, &Observe { instance_id, cluster_id: cluster.to_owned() }).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    async fn at(journal: Journal, cluster: String, what: &str) -> Result<(), JobError> {
        journal.write(format!("{what} {cluster}"));
        if cluster == "dead" {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
    let (working, looking) = (journal.clone(), journal.clone());
    let run = registry::job::<RunTask>(move |_: Ctx, work: RunTask| {
        at(working.clone(), work.cluster_id.unwrap_or_default(), "works on")
    });
    let observe =
        registry::job::<Observe>(move |_: Ctx, work: Observe| at(looking.clone(), work.cluster_id, "looks at"));
    let clockwork = Arc::new(Clockwork::of(vec![run, observe], Vec::new(), Vec::new()));

    let workers = worker::start_with(world.services.clone(), clockwork);

    let alive = |lines: &[String]| lines.iter().filter(|line| line.ends_with("alive")).count();
    until("the living cluster's work and looks", &journal, |lines| alive(lines) == 20).await;
    world.services.stop.cancel();
    drop(workers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_cluster_takes_its_places_on_all_nodes_together_and_others_go_on() {
    let world = World::with(|services| services.config.jobs.per_target = 2).await;
    let ctx = world.system();
    let other = second_node(&world).await;
    let journal = Journal::default();
    for number in 0..20 {
        queue(&ctx, Note { text: format!("slow{number}"), target: Some("cluster:dead".into()) }).await;
    }
    for number in 0..20 {
        queue(&ctx, Note { text: format!("quick{number}"), target: Some("cluster:alive".into()) }).await;
    }
    let one = worker::start_with(world.services.clone(), working_as("one", &journal, Vec::new()));
    let two = worker::start_with(other.clone(), working_as("two", &journal, Vec::new()));

    let quick = |lines: &[String]| lines.iter().filter(|line| line.contains("quick")).count();
    until("the living cluster's work", &journal, |lines| quick(lines) == 20).await;

    let slow = journal.lines().iter().filter(|line| line.contains("slow")).count();
    assert_eq!(slow, 2, "at most two at once on both nodes together");
    for services in [&world.services, &other] {
        services.stop.cancel();
    }
    drop((one, two));
    assert_eq!(job::Entity::find().count(&ctx.db).await.unwrap(), 40);
}
