//! The Kubernetes driver over the wire: against the simulated cluster, or, where KUBECONFIG is set, against a real one
//! (then the tests that need faults pass without a word).
mod calls;
mod damage;
mod faults;
mod leftovers;
mod machines;
mod names;
mod rights;
mod seen;
mod settings;
mod shipped;
mod troubles;

use entity::value::{CustomerId, Health, InstanceId};
use kube::{
    Api, Client, Config,
    api::{ListParams, Patch, PatchParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use rand::SeedableRng;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use yumna::{
    integrations::{
        OutsideError,
        drivers::{
            self, Found, InstanceSpec, LogQuery, Mark, Observed, Progress, Provisioner, Resources, Target, Verb,
            service_template::ServiceTemplate,
        },
        sim::{Bench, Fault, FaultKind, Faults, RunningSimulator},
    },
    kernel::{
        clock::{Clock, SystemClock},
        locale::Lang,
        said::Said,
    },
};

const N8N: &str = include_str!("../../../../seeds/services/n8n.toml");
const GHOST: &str = include_str!("../../../../seeds/services/ghost.toml");
const WORDPRESS: &str = include_str!("../../../../seeds/services/wordpress.toml");

/// A cluster and the driver that works on it.
struct Cloud {
    driver: Arc<dyn Provisioner>,
    target: Target,
    simulator: Option<RunningSimulator>,
    faults: Arc<Faults>,
    stop: CancellationToken,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[expect(clippy::disallowed_methods, reason = "a person names the cluster to test against")]
fn real_kubeconfig() -> Option<String> {
    let path = std::env::var("KUBECONFIG").ok().filter(|path| !path.is_empty())?;
    // Whoever names a cluster wants that one: tests that pass against the simulated one would prove nothing.
    Some(std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("KUBECONFIG names {path}: {error}")))
}

impl Cloud {
    async fn open() -> Self {
        let driver = drivers::find("kubernetes").unwrap();
        let faults: Arc<Faults> = Arc::default();
        let stop = CancellationToken::new();
        let (simulator, settings) = match real_kubeconfig() {
            Some(kubeconfig) => {
                let domain = "apps.example.test".to_owned();
                (None, BTreeMap::from([("kubeconfig".to_owned(), kubeconfig), ("ingress_domain".to_owned(), domain)]))
            }
            None => {
                let bench = Bench {
                    clock: Arc::new(SystemClock),
                    state_dir: None,
                    faults: faults.clone(),
                    product_url: String::new(),
                    port: 0,
                    stop: stop.clone(),
                };
                let running = driver.simulator().unwrap().start(bench).await.unwrap();
                let settings = running.settings.clone();
                (Some(running), settings)
            }
        };
        let target = Target {
            id: InstanceId::generate().0,
            settings_version: 1,
            settings: settings.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect(),
            installation: format!("test-{}", InstanceId::generate().0.to_lowercase().replace('_', "-")),
        };
        Self { driver, target, simulator, faults, stop }
    }

    fn order(&self, template: &str) -> InstanceSpec {
        self.order_for(template, &CustomerId::generate().0)
    }

    fn order_for(&self, template: &str, customer_id: &str) -> InstanceSpec {
        let template = ServiceTemplate::parse(template).unwrap();
        let instance_id = InstanceId::generate().0;
        let name = format!("{}-{}", template.slug(), instance_id[instance_id.len() - 6..].to_lowercase());
        InstanceSpec {
            customer_id: customer_id.to_owned(),
            secrets: template.generate_secrets(&mut rand::rngs::StdRng::seed_from_u64(1)),
            parameters: template.validate_parameters(&BTreeMap::new()).unwrap(),
            template: Arc::new(template),
            resources: Resources { cpu_milli: 1000, memory_mb: 1024, storage_gb: 5 },
            host: format!("{name}.localhost"),
            url: format!("https://{name}.localhost"),
            custom_hosts: Vec::new(),
            instance_id,
            name,
            owner_email: "budi@example.test".into(),
            owner_name: "Budi Santoso".into(),
            restart_revision: 0,
        }
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(if self.simulator.is_some() { 60 } else { 300 })
    }

    /// Repeats a phase as the saga would: while it waits, and when nothing is known to be wrong.
    async fn phase(&self, spec: &InstanceSpec, verb: Verb, phase: &str) -> Result<String, OutsideError> {
        let begun = Instant::now();
        loop {
            let outcome = self.driver.run(&self.target, spec, verb, phase).await;
            let pause = match outcome {
                Ok(Progress::Done { note }) => return Ok(note.say(Lang::En)),
                Ok(Progress::Waiting { .. }) if begun.elapsed() < self.patience() => Duration::from_millis(50),
                Err(OutsideError::Unavailable { .. } | OutsideError::Unknown { .. })
                    if begun.elapsed() < self.patience() =>
                {
                    Duration::from_millis(50)
                }
                Err(error) => return Err(error),
                Ok(waiting) => panic!("{verb:?} {phase} waits for ever: {waiting:?}"),
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn does(&self, spec: &InstanceSpec, verb: Verb) {
        self.tries(spec, verb).await.unwrap_or_else(|error| panic!("{verb:?}: {error}"));
    }

    async fn tries(&self, spec: &InstanceSpec, verb: Verb) -> Result<(), OutsideError> {
        for phase in self.driver.phases(verb) {
            self.phase(spec, verb, phase).await?;
        }
        Ok(())
    }

    async fn observes(&self, spec: &InstanceSpec) -> Observed {
        self.driver.inspect(&self.target, spec).await.unwrap()
    }

    async fn runs(&self, spec: &InstanceSpec) -> bool {
        matches!(self.observes(spec).await, Observed::Present { is_started: true, health: Health::Ok, .. })
    }

    /// The next thing a phase has to say that is neither "starting" nor passing.
    async fn complains(&self, spec: &InstanceSpec, verb: Verb, phase: &str, code: &str) -> String {
        let begun = Instant::now();
        while begun.elapsed() < self.patience() {
            match self.driver.run(&self.target, spec, verb, phase).await {
                Ok(Progress::Waiting { reason, .. }) if reason.code == code => return "waiting".into(),
                Err(OutsideError::Rejected { code: found, .. }) if found == code => return "rejected".into(),
                Ok(Progress::Waiting { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
                other => panic!("{phase}: {other:?}"),
            }
        }
        panic!("{phase} never said {code}");
    }

    async fn act(&self, act: &str, input: Value) -> Value {
        self.simulator.as_ref().unwrap().control.act(act, input).await.unwrap()
    }

    /// Every object that names the instance, as "Kind name".
    async fn objects_of(&self, spec: &InstanceSpec) -> Vec<String> {
        let all = self.act("objects", json!({})).await;
        let of_instance = |object: &&Value| object["object"].to_string().contains(&spec.instance_id);
        let name = |object: &Value| format!("{} {}", object["kind"], object["name"]).replace('"', "");
        let mut names: Vec<_> = all["data"].as_array().unwrap().iter().filter(of_instance).map(name).collect();
        names.sort();
        names
    }

    fn goes_wrong(&self, kind: FaultKind, times: u32, path: &str) {
        self.faults.add(Fault {
            target: "kubernetes".into(),
            kind,
            times,
            delay_ms: Some(100),
            path_contains: Some(path.into()),
        });
    }

    /// From now on calls whose address contains `path` are counted: each uses up a little of a delay that is none.
    fn counts(&self, path: &str) {
        let (target, kind, path_contains) = ("kubernetes".into(), FaultKind::Delay, Some(path.into()));
        self.faults.add(Fault { target, kind, times: u32::MAX, delay_ms: Some(0), path_contains });
    }

    /// How many there were.
    fn counted(&self, path: &str) -> u32 {
        let faults = self.faults.list();
        let fault = faults.iter().find(|fault| fault.path_contains.as_deref() == Some(path));
        u32::MAX - fault.expect("they are counted").times
    }

    async fn client(&self) -> Client {
        let kubeconfig = Kubeconfig::from_yaml(self.target.settings["kubeconfig"].expose_secret()).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        Client::try_from(config).unwrap()
    }
}

fn namespace(spec: &InstanceSpec) -> String {
    format!("user-{}", spec.customer_id.rsplit('_').next().unwrap().to_lowercase())
}

fn code(outcome: Result<impl std::fmt::Debug, OutsideError>) -> String {
    match outcome.expect_err("must go wrong") {
        OutsideError::Rejected { code, .. } => code,
        OutsideError::Unavailable { .. } => "unavailable".into(),
        OutsideError::Unknown { .. } => "unknown".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_can_be_used_says_so_and_names_its_machines() {
    let cloud = Cloud::open().await;

    let acceptance = cloud.driver.check(&cloud.target).await.unwrap();
    let nodes = cloud.driver.nodes(&cloud.target).await.unwrap();

    assert!(acceptance.facts.iter().any(|fact| fact.say(Lang::En).starts_with("Kubernetes v1.")), "{acceptance:?}");
    assert!(nodes.iter().any(|node| node.is_ready && node.allocatable.cpu_milli > 0), "{nodes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_are_refused_with_what_is_wrong() {
    let cloud = Cloud::open().await;
    let with = |name: &str, value: &str| {
        let mut target = cloud.target.clone();
        target.settings_version += 1;
        target.settings.insert(name.into(), SecretString::from(value.to_owned()));
        target
    };

    assert_eq!(code(cloud.driver.check(&with("kubeconfig", "nonsense: [")).await), "kubeconfig");
    assert_eq!(code(cloud.driver.check(&with("url_scheme", "ftp")).await), "settings");
    assert_eq!(code(cloud.driver.check(&with("ingress_class", "nowhere")).await), "ingress_class");
    assert_eq!(code(cloud.driver.check(&with("storage_class", "nowhere")).await), "storage_class");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_of_the_shop_is_made_runs_and_leaves_nothing() {
    let cloud = Cloud::open().await;
    for template in [N8N, GHOST, WORDPRESS] {
        let spec = cloud.order(template);
        assert_eq!(cloud.observes(&spec).await, Observed::Absent);

        cloud.does(&spec, Verb::Create).await;

        assert!(cloud.runs(&spec).await, "{:?}", cloud.observes(&spec).await);
        let found = cloud.driver.list(&cloud.target).await.unwrap().found;
        assert!(found.iter().any(|found| found.mark == Mark::Instance(spec.instance_id.clone())), "{found:?}");

        cloud.does(&spec, Verb::Terminate).await;

        assert_eq!(cloud.observes(&spec).await, Observed::Absent);
        assert_eq!(cloud.driver.list(&cloud.target).await.unwrap().found, vec![]);
        let namespaces: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(cloud.client().await);
        assert!(namespaces.get_opt(&namespace(&spec)).await.unwrap().is_none());

        cloud.does(&spec, Verb::Terminate).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_in_opens_only_when_the_owner_exists() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(N8N);
    for phase in ["namespace", "policies", "secrets", "volume", "companions", "workload", "health"] {
        cloud.phase(&spec, Verb::Create, phase).await.unwrap();
    }
    let is_open = |objects: &[String]| objects.iter().any(|object| object.starts_with("Ingress"));
    assert!(!is_open(&cloud.objects_of(&spec).await));

    cloud.phase(&spec, Verb::Create, "owner").await.unwrap();
    assert!(!is_open(&cloud.objects_of(&spec).await));
    cloud.phase(&spec, Verb::Create, "ingress").await.unwrap();

    let objects = cloud.objects_of(&spec).await;
    assert!(is_open(&objects));
    assert!(!objects.iter().any(|object| object.starts_with("Secret") && object.ends_with("-seed")), "{objects:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_suspended_and_back_it_keeps_its_data() {
    let cloud = Cloud::open().await;
    let spec = cloud.order(WORDPRESS);
    cloud.does(&spec, Verb::Create).await;
    let claims = || async {
        let api: Api<k8s_openapi::api::core::v1::PersistentVolumeClaim> =
            Api::namespaced(cloud.client().await, &namespace(&spec));
        let mut uids: Vec<_> =
            api.list(&ListParams::default()).await.unwrap().into_iter().map(|claim| claim.metadata.uid).collect();
        uids.sort();
        uids
    };
    let before = claims().await;

    for (away, back) in [(Verb::Stop, Verb::Start), (Verb::Suspend, Verb::Unsuspend)] {
        cloud.does(&spec, away).await;
        let stopped = cloud.observes(&spec).await;
        assert!(matches!(stopped, Observed::Present { is_started: false, health: Health::Ok, .. }), "{stopped:?}");
        cloud.does(&spec, away).await;

        cloud.does(&spec, back).await;
        assert!(cloud.runs(&spec).await, "{back:?}");
        cloud.does(&spec, back).await;
    }

    assert_eq!(claims().await, before);
    assert_eq!(before.len(), 2);
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_replaces_the_pod_once_however_often_it_is_asked() {
    let cloud = Cloud::open().await;
    let mut spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    let pods = async |spec: &InstanceSpec| {
        let api: Api<k8s_openapi::api::core::v1::Pod> = Api::namespaced(cloud.client().await, &namespace(spec));
        let params = ListParams::default().labels("app.kubernetes.io/component=app");
        api.list(&params).await.unwrap().into_iter().map(|pod| pod.metadata.uid).collect::<Vec<_>>()
    };
    let first = pods(&spec).await;

    spec.restart_revision = 1;
    cloud.does(&spec, Verb::Restart).await;
    let second = pods(&spec).await;
    cloud.does(&spec, Verb::Restart).await;
    let third = pods(&spec).await;

    assert_ne!(first, second);
    assert_eq!(second, third);
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_larger_plan_reaches_a_running_instance_and_leaves_a_stopped_one_stopped() {
    let cloud = Cloud::open().await;
    let mut spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    let limit = async |spec: &InstanceSpec| {
        let api: Api<k8s_openapi::api::apps::v1::Deployment> = Api::namespaced(cloud.client().await, &namespace(spec));
        let deployment = serde_json::to_value(api.get(&spec.name).await.unwrap()).unwrap();
        let containers = deployment["spec"]["template"]["spec"]["containers"].as_array().unwrap().clone();
        let memory = |c: &Value| c["resources"]["limits"]["memory"].as_str().unwrap().trim_end_matches("Mi").to_owned();
        containers.iter().map(memory).map(|text| text.parse::<i64>().unwrap()).sum::<i64>()
    };
    assert_eq!(limit(&spec).await, 1024);

    spec.resources = Resources { cpu_milli: 2000, memory_mb: 2050, storage_gb: 10 };
    cloud.does(&spec, Verb::Resize).await;
    assert!(cloud.runs(&spec).await);
    assert_eq!(limit(&spec).await, 2050);

    cloud.does(&spec, Verb::Stop).await;
    spec.resources.memory_mb = 3074;
    cloud.does(&spec, Verb::Resize).await;
    assert!(matches!(cloud.observes(&spec).await, Observed::Present { is_started: false, .. }));
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_phase_done_twice_is_done_once() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(GHOST);
    cloud.does(&spec, Verb::Create).await;
    let once = cloud.objects_of(&spec).await;

    for phase in cloud.driver.phases(Verb::Create) {
        cloud.phase(&spec, Verb::Create, phase).await.unwrap();
        cloud.phase(&spec, Verb::Create, phase).await.unwrap();
    }

    let kinds = |objects: &[String]| -> Vec<String> {
        // Pods, replica sets, endpoints and events have names of their own.
        let own = ["Pod ", "ReplicaSet ", "Event ", "Endpoint", "Job ", "PersistentVolume "];
        objects.iter().filter(|object| !own.iter().any(|kind| object.starts_with(kind))).cloned().collect()
    };
    assert_eq!(kinds(&cloud.objects_of(&spec).await), kinds(&once));
    assert!(cloud.runs(&spec).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_instances_of_one_customer_are_made_at_once_and_go_one_by_one() {
    let cloud = Cloud::open().await;
    let customer = CustomerId::generate().0;
    let specs: Vec<_> = (0..3).map(|_| cloud.order_for(N8N, &customer)).collect();

    futures_util::future::join_all(specs.iter().map(|spec| cloud.does(spec, Verb::Create))).await;

    for spec in &specs {
        assert!(cloud.runs(spec).await, "{:?}", cloud.observes(spec).await);
    }
    cloud.does(&specs[0], Verb::Terminate).await;
    assert_eq!(cloud.observes(&specs[0]).await, Observed::Absent);
    assert!(cloud.runs(&specs[1]).await);
    if cloud.simulator.is_some() {
        assert_eq!(cloud.objects_of(&specs[0]).await, Vec::<String>::new());
    }
    futures_util::future::join_all(specs[1..].iter().map(|spec| cloud.does(spec, Verb::Terminate))).await;
    assert_eq!(cloud.driver.list(&cloud.target).await.unwrap().found, vec![]);
}
