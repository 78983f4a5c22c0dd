//! A Kubernetes cluster in miniature: API server, controllers, kubelet and ingress, for the demo and for tests.
//!
//! kube-rs runs against it unchanged: discovery, create, patch, server-side apply with field ownership, lists by page,
//! watches that resume and expire, logs that follow, the way through to services. Deployments get ReplicaSets and
//! pods, volumes are bound, quotas and pod security refuse as the real ones do, namespaces end with all they hold, and
//! rights are judged by roles where that is asked for (`rights`).
//! `http` `api` are the door, `objects` what every write goes through, `store` and `journal` what is kept,
//! `controllers` the hands that act of their own accord, `trouble` and `control` what goes wrong on purpose.
//!
//! The server is its own and not the bench's, because watches and logs are answers without an end.
use crate::{
    integrations::sim::{Bench, RunningSimulator, Simulator},
    kernel::task,
};
use anyhow::Context;
use async_trait::async_trait;
use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc, time::Duration};
use store::{Cluster, State};
use tokio::net::TcpListener;

mod admission;
mod api;
mod checks;
mod control;
mod controllers;
mod defaults;
mod fields;
mod http;
mod ingress;
mod journal;
mod kinds;
mod logbook;
mod managers;
mod objects;
mod patching;
mod quantity;
mod refusal;
mod rights;
mod selecting;
mod shapes;
mod store;
mod trouble;

/// How often the controllers look.
const BEAT: Duration = Duration::from_millis(25);
/// A quiet cluster is looked at this often: what depends on time alone may wait.
const QUIET_BEATS: u32 = 20;
/// How long a restarted simulator waits for its predecessor to let go of the port.
const PORT_PATIENCE: Duration = Duration::from_secs(5);

/// The simulator of Kubernetes.
pub(super) fn simulator() -> Box<dyn Simulator> {
    Box::new(KubernetesSimulator)
}

struct KubernetesSimulator;

#[async_trait]
impl Simulator for KubernetesSimulator {
    fn code(&self) -> &'static str {
        "kubernetes"
    }

    async fn start(&self, bench: Bench) -> anyhow::Result<RunningSimulator> {
        let cluster = Arc::new(Cluster::new(State::open(bench.clock.clone(), bench.state_dir.as_deref())?));
        let (api_port, ingress_port) = cluster.read(|state| (state.facts().api_port, state.facts().ingress_port));
        let api = match bench.port {
            0 => bind_any(api_port).await?,
            port => bind(port).await?,
        };
        let entrance = bind_any(ingress_port).await?;
        let (api_port, ingress_port) = (api.local_addr()?.port(), entrance.local_addr()?.port());
        let token = cluster.write(|state| {
            let facts = state.facts_mut();
            if facts.token.is_empty() {
                facts.token = hex::encode(rand::random::<[u8; 24]>());
            }
            (facts.api_port, facts.ingress_port) = (api_port, ingress_port);
            let token = facts.token.clone();
            controllers::furnish(state);
            controllers::tick(state);
            token
        })?;

        http::serve(
            "kubernetes-simulator",
            api,
            bench.stop.clone(),
            api::handler(cluster.clone(), bench.faults.clone()),
        );
        // Browsers may try the loopback address of IPv6 first for names under localhost.
        if let Ok(second) = TcpListener::bind((std::net::Ipv6Addr::LOCALHOST, ingress_port)).await {
            http::serve("kubernetes-simulator", second, bench.stop.clone(), ingress::handler(cluster.clone()));
        }
        http::serve("kubernetes-simulator", entrance, bench.stop.clone(), ingress::handler(cluster.clone()));
        beat(cluster.clone(), bench.stop.clone());

        let base_url = format!("http://127.0.0.1:{api_port}");
        let settings = BTreeMap::from([
            ("kubeconfig".to_owned(), kubeconfig(&base_url, &token)),
            ("ingress_domain".to_owned(), "localhost".to_owned()),
            ("url_scheme".to_owned(), "http".to_owned()),
            ("url_port".to_owned(), ingress_port.to_string()),
        ]);
        let control = Arc::new(control::Control { cluster });
        Ok(RunningSimulator { code: "kubernetes", base_url, settings, fits: api::FITS, control })
    }
}

/// Runs the controllers: often while something happens, now and then while nothing does.
fn beat(cluster: Arc<Cluster>, stop: tokio_util::sync::CancellationToken) {
    task::spawn("kubernetes-simulator", async move {
        let (mut seen, mut idle) = (0, 0);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(BEAT) => {}
            }
            let version = cluster.read(State::version);
            idle = if version == seen { idle + 1 } else { 0 };
            seen = version;
            // What is in the making takes less than this without a change in between.
            if idle > QUIET_BEATS && idle % QUIET_BEATS != 0 {
                continue;
            }
            if let Err(error) = cluster.write(controllers::tick) {
                tracing::error!(%error, "The simulated cluster cannot write its journal");
            }
        }
    });
}

/// The given port once its last holder has let go of it.
async fn bind(port: u16) -> anyhow::Result<TcpListener> {
    let since = std::time::Instant::now();
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) if port == 0 || since.elapsed() > PORT_PATIENCE => {
                return Err(error).with_context(|| format!("port {port} of the simulated cluster cannot be had"));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// The port of last time if it can be had, else any.
async fn bind_any(port: u16) -> anyhow::Result<TcpListener> {
    match bind(port).await {
        Ok(listener) => Ok(listener),
        Err(_) => bind(0).await,
    }
}

fn kubeconfig(server: &str, token: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: simulated\nclusters:\n- name: simulated\n  cluster:\n    server: {server}\n\
         contexts:\n- name: simulated\n  context:\n    cluster: simulated\n    user: yumna\nusers:\n- name: yumna\n  user:\n    \
         token: {token}\n"
    )
}
