//! The whole way with the real driver, the simulated cluster and running workers.
use super::*;
use std::time::{Duration as Span, Instant};
use tokio_util::sync::CancellationToken;
use yumna::{
    domain::{
        provisioning::uptime::{self, CheckUptime, run_check_uptime},
        subscriptions::events::SubscriptionActivated,
    },
    integrations::{
        drivers,
        sim::{Bench, Fault, FaultKind, Faults, RunningSimulator},
        visitors::{self, Answer},
    },
    kernel::clock::SystemClock,
};

struct Wire {
    farm: Farm,
    simulator: RunningSimulator,
    faults: Arc<Faults>,
}

impl Wire {
    async fn open() -> Self {
        let world = World::with(|services| {
            services.clock = Arc::new(SystemClock);
            services.visitor = visitors::web();
        })
        .await;
        let faults: Arc<Faults> = Arc::default();
        let bench = Bench {
            clock: Arc::new(SystemClock),
            state_dir: None,
            faults: faults.clone(),
            product_url: String::new(),
            port: 0,
            stop: CancellationToken::new(),
        };
        let simulator = drivers::find("kubernetes").unwrap().simulator().unwrap().start(bench).await.unwrap();
        let settings = simulator.settings.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let farm = Farm { world, driver: Scripted::default() };
        let new = clusters::NewCluster {
            name: "simulated".to_owned(),
            driver: "kubernetes".to_owned(),
            region: "jkt".to_owned(),
            settings,
            capacity_cpu_milli: 64_000,
            capacity_memory_mb: 64_000,
        };
        let added = clusters::add(&farm.ctx(), new).await.unwrap();
        clusters::check(&farm.ctx(), &added.id).await.unwrap();
        Self { farm, simulator, faults }
    }

    async fn is_paid(&self, contract: &subscription::Model) {
        let ctx = self.farm.ctx();
        let news =
            SubscriptionActivated { subscription_id: contract.id.clone(), customer_id: contract.customer_id.clone() };
        let tx = ctx.begin().await.unwrap();
        ctx.publish(&tx, &news).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn until(&self, contract: &subscription::Model, status: InstanceStatus) -> Span {
        let began = Instant::now();
        loop {
            let row = follow::instance_of(&self.farm.ctx(), &contract.id).await.unwrap();
            if row.as_ref().is_some_and(|row| row.status == status) {
                return began.elapsed();
            }
            assert!(began.elapsed() < Span::from_secs(60), "still {:?}", row.map(|row| (row.status, row.reason)));
            tokio::time::sleep(Span::from_millis(10)).await;
        }
    }

    async fn objects_of(&self, row: &instance::Model) -> usize {
        let objects = self.simulator.control.act("objects", serde_json::json!({})).await.unwrap();
        let label = |object: &serde_json::Value| object["object"]["metadata"]["labels"]["yumna.dev/instance"].clone();
        let list = objects.as_array().or_else(|| objects["data"].as_array()).unwrap();
        list.iter().filter(|object| label(object) == row.id.as_str()).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paid_runs_within_seconds_and_ended_leaves_nothing_on_the_cluster() {
    let wire = Wire::open().await;
    let contract = wire.farm.contract().await;
    let workers = worker::start(wire.farm.world.services.clone());
    tokio::time::sleep(Span::from_millis(300)).await;

    wire.is_paid(&contract).await;
    let took = wire.until(&contract, InstanceStatus::Running).await;

    // The promise is two seconds for a release build on an idle machine.
    assert!(took < Span::from_secs(20), "{took:?}");
    let row = wire.farm.instance(&contract).await;
    assert!(wire.objects_of(&row).await > 5);

    wire.farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    wire.until(&contract, InstanceStatus::Terminated).await;
    assert_eq!(wire.objects_of(&row).await, 0);
    wire.farm.world.services.stop.cancel();
    workers.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_errs_and_cuts_the_line_delays_but_spends_no_attempt() {
    let wire = Wire::open().await;
    let contract = wire.farm.contract().await;
    for kind in [
        FaultKind::Status500,
        FaultKind::DropConnection,
        FaultKind::TimeoutAfterEffect,
        FaultKind::Status401,
        FaultKind::Status403,
    ] {
        wire.faults.add(Fault {
            target: "kubernetes".into(),
            kind,
            times: 1,
            delay_ms: Some(100),
            path_contains: Some("deployments".into()),
        });
    }
    let workers = worker::start(wire.farm.world.services.clone());

    wire.is_paid(&contract).await;
    wire.until(&contract, InstanceStatus::Running).await;

    let row = wire.farm.instance(&contract).await;
    assert_eq!(wire.farm.task(&row).await.attempts, 0);
    assert_eq!(wire.farm.count_events("instance.running").await, 1);
    wire.farm.world.services.stop.cancel();
    workers.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_visited_through_the_way_in() {
    let wire = Wire::open().await;
    let contract = wire.farm.contract().await;
    let workers = worker::start(wire.farm.world.services.clone());
    wire.is_paid(&contract).await;
    wire.until(&contract, InstanceStatus::Running).await;
    wire.farm.world.services.stop.cancel();
    workers.stopped().await;
    let (ctx, row) = (wire.farm.ctx(), wire.farm.instance(&contract).await);
    let url = row.url.clone().unwrap();

    assert_eq!(ctx.visitor.visit(&url).await, Answer::Status(200));
    let nobody = url.replace(&row.name, "nobody");
    assert_eq!(ctx.visitor.visit(&nobody).await, Answer::Status(404));
    assert_eq!(ctx.visitor.visit("http://n8n.localhost:1/").await, Answer::Silent);

    run_check_uptime(ctx.clone(), CheckUptime {}).await.unwrap();
    assert_eq!(uptime::of(&ctx, &row.id).await.unwrap().state, Some(entity::value::UptimeState::Up));
}
