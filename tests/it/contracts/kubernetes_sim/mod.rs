//! The simulated cluster, asked by kube-rs as a real one would be.
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Namespace, Pod},
};
use kube::{
    Api, Client, Config,
    api::{DynamicObject, Patch, PatchParams},
    config::{KubeConfigOptions, Kubeconfig},
    core::{ApiResource, GroupVersionKind, Status},
};
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use yumna::{
    integrations::{
        drivers,
        sim::{Bench, Fault, FaultKind, Faults, RunningSimulator},
    },
    kernel::{clock::OffsetClock, http::init_crypto},
};

mod control;
mod events;
mod objects;
mod rights;
mod services;
mod streams;
mod workloads;

/// A running cluster and a client of it.
struct World {
    simulator: RunningSimulator,
    client: Client,
    faults: Arc<Faults>,
    clock: Arc<OffsetClock>,
    stop: CancellationToken,
}

impl World {
    async fn new() -> Self {
        Self::start(None).await
    }

    async fn start(dir: Option<&Path>) -> Self {
        init_crypto();
        let (stop, faults, clock) = (CancellationToken::new(), Arc::<Faults>::default(), Arc::<OffsetClock>::default());
        let bench = Bench {
            clock: clock.clone(),
            state_dir: dir.map(Path::to_path_buf),
            faults: faults.clone(),
            product_url: String::new(),
            port: 0,
            stop: stop.clone(),
        };
        let driver = drivers::find("kubernetes").expect("the driver is built in");
        let simulator = driver.simulator().expect("it has a simulator").start(bench).await.unwrap();
        let kubeconfig = Kubeconfig::from_yaml(&simulator.settings["kubeconfig"]).unwrap();
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        config.default_retry = false;
        config.read_timeout = Some(Duration::from_secs(5));
        Self { simulator, client: Client::try_from(config).unwrap(), faults, clock, stop }
    }

    /// A namespace to work in.
    async fn with_namespace(name: &str, labels: Value) -> Self {
        let world = Self::new().await;
        world.apply("v1/Namespace", "", json!({"metadata": {"name": name, "labels": labels}})).await.unwrap();
        until("the default account", async || world.api("v1/ServiceAccount", name).get_opt("default").await.unwrap())
            .await;
        world
    }

    /// An untyped API: `apps/v1/Deployment`, in a namespace or (empty) of the cluster.
    fn api(&self, what: &str, namespace: &str) -> Api<DynamicObject> {
        let (version, kind) = what.rsplit_once('/').unwrap();
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        match namespace {
            "" => Api::all_with(self.client.clone(), &resource),
            namespace => Api::namespaced_with(self.client.clone(), namespace, &resource),
        }
    }

    /// Applies as the product does.
    async fn apply(&self, what: &str, namespace: &str, object: Value) -> Result<DynamicObject, kube::Error> {
        self.apply_as(&PatchParams::apply("yumna").force(), what, namespace, object).await
    }

    async fn apply_as(
        &self,
        params: &PatchParams,
        what: &str,
        namespace: &str,
        mut object: Value,
    ) -> Result<DynamicObject, kube::Error> {
        let (version, kind) = what.rsplit_once('/').unwrap();
        object["apiVersion"] = json!(version);
        object["kind"] = json!(kind);
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        self.api(what, namespace).patch(&name, params, &Patch::Apply(&object)).await
    }

    fn deployments(&self, namespace: &str) -> Api<Deployment> {
        Api::namespaced(self.client.clone(), namespace)
    }

    fn pods(&self, namespace: &str) -> Api<Pod> {
        Api::namespaced(self.client.clone(), namespace)
    }

    fn namespaces(&self) -> Api<Namespace> {
        Api::all(self.client.clone())
    }

    async fn act(&self, act: &str, input: Value) -> Value {
        self.simulator.control.act(act, input).await.unwrap()
    }

    /// Product time goes on at once.
    async fn later(&self, seconds: i64) {
        self.clock.advance(seconds);
        self.simulator.control.tick().await;
    }

    fn fault(&self, kind: FaultKind, path: &str) {
        let path_contains = Some(path.to_owned());
        self.faults.add(Fault { target: "kubernetes".into(), kind, times: 1, delay_ms: None, path_contains });
    }

    /// The only pod in a namespace, once there is exactly one that is not going.
    async fn the_pod(&self, namespace: &str) -> Pod {
        until("one pod", async || {
            let pods = self.pods(namespace).list(&Default::default()).await.unwrap();
            let mut staying = pods.items.into_iter().filter(|pod| pod.metadata.deletion_timestamp.is_none());
            let first = staying.next()?;
            staying.next().is_none().then_some(first)
        })
        .await
    }

    async fn until_ready(&self, namespace: &str, name: &str) -> Deployment {
        until("the deployment is ready", async || {
            let deployment = self.deployments(namespace).get(name).await.unwrap();
            is_rolled_out(&deployment).then_some(deployment)
        })
        .await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// kubectl's test of a finished rollout.
fn is_rolled_out(deployment: &Deployment) -> bool {
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas);
    let status = deployment.status.clone().unwrap_or_default();
    status.observed_generation >= deployment.metadata.generation
        && status.updated_replicas == wanted
        && status.replicas == wanted
        && status.available_replicas == wanted
}

/// Asks until there is an answer; the cluster works in real time, as clusters do.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn refusal(error: kube::Error) -> Box<Status> {
    match error {
        kube::Error::Api(status) => status,
        other => panic!("a Status expected, got {other:?}"),
    }
}

/// A deployment of one container; `change` finishes its pod's spec.
fn deployment(name: &str, image: &str, change: impl FnOnce(&mut Value)) -> Value {
    let labels = json!({"app": name, "yumna.dev/instance": format!("ins_{name}")});
    let mut spec =
        json!({"containers": [{"name": "app", "image": image, "ports": [{"containerPort": 80, "name": "http"}]}]});
    change(&mut spec);
    json!({
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": 1, "strategy": {"type": "Recreate"}, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    })
}

fn conditions(status: Option<&Value>) -> Vec<Value> {
    status.and_then(|status| status["conditions"].as_array()).cloned().unwrap_or_default()
}
