//! Machines: seen with what runs on them, closed, opened and emptied. On the simulated cluster only: nobody wants a machine
//! of his emptied by a test.
use super::*;
use k8s_openapi::api::{
    core::v1::{Node, Pod},
    policy::v1::PodDisruptionBudget,
};
use kube::api::PostParams;
use yumna::integrations::drivers::{Draining, Machine};

const MANIFESTS: [&str; 2] = [
    include_str!("../../../../deploy/k8s/driver-rbac.yaml"),
    include_str!("../../../../deploy/k8s/driver-nodes-rbac.yaml"),
];

impl Cloud {
    async fn machines(&self) -> Vec<Machine> {
        self.driver.machines(&self.target).await.unwrap()
    }

    /// The machine an instance runs on.
    async fn machine_of(&self, spec: &InstanceSpec) -> Machine {
        let carries = |machine: &Machine| machine.instances.contains(&spec.instance_id);
        let machines = self.machines().await;
        machines.iter().find(|machine| carries(machine)).cloned().unwrap_or_else(|| panic!("nowhere: {machines:?}"))
    }

    async fn drains(&self, machine: &str) -> Draining {
        self.driver.drain(&self.target, machine).await.unwrap()
    }

    /// Whether an instance runs, or does so soon.
    async fn comes_up(&self, spec: &InstanceSpec) -> bool {
        let begun = Instant::now();
        while !self.runs(spec).await && begun.elapsed() < self.patience() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.runs(spec).await
    }

    /// Steps until the machine is empty, and what was asked to go.
    async fn empties(&self, machine: &str) -> Vec<String> {
        let begun = Instant::now();
        let mut moved = Vec::new();
        loop {
            match self.drains(machine).await {
                Draining::Empty => return moved,
                Draining::Moved { what, .. } => moved.push(what),
                Draining::Waiting { .. } => tokio::time::sleep(Duration::from_millis(50)).await,
            }
            assert!(begun.elapsed() < self.patience(), "it should be empty by now: {moved:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_are_seen_with_what_they_have_and_carry() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    assert!(cloud.runs(&spec).await);

    let machines = cloud.machines().await;

    assert_eq!(
        machines.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
        ["simulated-1", "simulated-2", "simulated-3"]
    );
    let here = cloud.machine_of(&spec).await;
    assert!(here.is_ready && here.is_open && here.pressures.is_empty(), "{here:?}");
    assert_eq!((here.allocatable.cpu_milli, here.allocatable.memory_mb), (64_000, 262_144));
    assert_eq!(here.version, "v1.33.5+k3s1");
    assert!(here.since.is_some() && here.pods >= 1 && here.requested.memory_mb > 0, "{here:?}");
    assert!(here.used.is_some_and(|used| used.cpu_milli > 0 && used.memory_mb > 0), "{here:?}");
    assert_eq!(machines.iter().filter(|one| !one.instances.is_empty()).count(), 1);

    cloud.act("busy", json!({ "cpu_percent": 90, "memory_percent": 50 })).await;
    let busy = cloud.machine_of(&spec).await.used.unwrap();
    assert_eq!((busy.cpu_milli, busy.memory_mb), (57_600, 131_072));
    cloud.act("node_down", json!({ "node": "simulated-2" })).await;
    let machines = cloud.machines().await;
    assert_eq!(machines.iter().map(|one| one.is_ready).collect::<Vec<_>>(), [true, false, true]);
    cloud.act("heal", json!({})).await;
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_machine_gets_nothing_new_until_it_is_opened() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    for machine in ["simulated-1", "simulated-3"] {
        for _ in 0..2 {
            cloud.driver.set_open(&cloud.target, machine, false).await.unwrap();
        }
    }
    let spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    assert_eq!(cloud.machine_of(&spec).await.name, "simulated-2");
    assert_eq!(cloud.machines().await.iter().map(|one| one.is_open).collect::<Vec<_>>(), [false, true, false]);

    let nodes: Api<Node> = Api::all(cloud.client().await);
    cloud.driver.set_open(&cloud.target, "simulated-1", true).await.unwrap();
    assert_eq!(nodes.get("simulated-1").await.unwrap().spec.unwrap().unschedulable, None);
    assert_eq!(code(cloud.driver.set_open(&cloud.target, "nowhere", false).await), "not_found");
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_on_an_emptied_machine_runs_elsewhere_afterwards() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(WORDPRESS);
    cloud.does(&spec, Verb::Create).await;
    assert!(cloud.runs(&spec).await);
    let machine = cloud.machine_of(&spec).await.name;

    let moved = cloud.empties(&machine).await;

    assert!(!moved.is_empty() && moved.iter().all(|pod| pod.starts_with(&namespace(&spec))), "{moved:?}");
    assert!(cloud.comes_up(&spec).await, "{:?}", cloud.observes(&spec).await);
    let machines = cloud.machines().await;
    let emptied = machines.iter().find(|one| one.name == machine).unwrap();
    assert!(!emptied.is_open && emptied.instances.is_empty(), "{emptied:?}");
    assert_eq!(cloud.drains(&machine).await, Draining::Empty, "asked again it is empty still");
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disruption_budget_is_kept_and_says_how_long_to_wait() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    assert!(cloud.runs(&spec).await);
    let machine = cloud.machine_of(&spec).await.name;
    let budgets: Api<PodDisruptionBudget> = Api::namespaced(cloud.client().await, &namespace(&spec));
    let budget = json!({
        "metadata": { "name": "keep" },
        "spec": { "minAvailable": 1, "selector": { "matchLabels": { "yumna.dev/instance": spec.instance_id } } },
    });
    budgets.create(&PostParams::default(), &serde_json::from_value(budget).unwrap()).await.unwrap();
    cloud.counts("/eviction");

    let Draining::Waiting { why, left, retry_in } = cloud.drains(&machine).await else { panic!("it may not go") };

    assert_eq!((left, retry_in), (1, Duration::from_secs(10)));
    assert!(why.contains("The disruption budget keep needs 1 healthy pods"), "{why}");
    assert_eq!(cloud.counted("/eviction"), 1, "no hidden repetition");
    assert!(cloud.runs(&spec).await);
    budgets.delete("keep", &Default::default()).await.unwrap();
    assert_eq!(cloud.empties(&machine).await.len(), 1);
    cloud.does(&spec, Verb::Terminate).await;
}

/// A pod on the first machine.
async fn put(pods: &Api<Pod>, metadata: serde_json::Value) {
    let containers = json!([{ "name": "c", "image": "example.test/c:1" }]);
    let pod = json!({ "metadata": metadata, "spec": { "nodeName": "simulated-1", "containers": containers } });
    pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_the_machine_itself_stays() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let client = cloud.client().await;
    let nodes: Api<Node> = Api::all(client.clone());
    let uid = nodes.get("simulated-1").await.unwrap().metadata.uid.unwrap();
    let pods: Api<Pod> = Api::namespaced(client, "kube-system");
    let owner =
        |kind: &str| json!([{ "apiVersion": "apps/v1", "kind": kind, "name": "o", "uid": uid, "controller": true }]);
    let metadata = [
        json!({ "name": "daemon", "ownerReferences": owner("DaemonSet") }),
        json!({ "name": "mirror", "annotations": { "kubernetes.io/config.mirror": "x" } }),
        json!({ "name": "guest", "ownerReferences": owner("ReplicaSet") }),
    ];
    for metadata in metadata {
        put(&pods, metadata).await;
    }

    assert_eq!(cloud.empties("simulated-1").await, ["kube-system/guest"]);

    let left = pods.list(&ListParams::default()).await.unwrap();
    let left: Vec<String> = left.into_iter().filter_map(|pod| pod.metadata.name).collect();
    assert_eq!(left, ["daemon", "mirror"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_controller_would_start_elsewhere_is_not_thrown_away() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let client = cloud.client().await;
    let nodes: Api<Node> = Api::all(client.clone());
    let uid = nodes.get("simulated-1").await.unwrap().metadata.uid.unwrap();
    let pods: Api<Pod> = Api::namespaced(client, "kube-system");
    let keeper =
        json!([{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "o", "uid": uid, "controller": true }]);
    for metadata in [json!({ "name": "alone" }), json!({ "name": "kept", "ownerReferences": keeper })] {
        put(&pods, metadata).await;
    }

    let begun = Instant::now();
    let why = loop {
        match cloud.drains("simulated-1").await {
            Draining::Empty => panic!("something is on it still"),
            Draining::Waiting { why, left: 1, .. } => break why,
            Draining::Waiting { .. } | Draining::Moved { .. } => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        assert!(begun.elapsed() < cloud.patience(), "what is kept should be gone by now");
    };

    assert!(why.starts_with("kube-system/alone: No controller"), "{why}");
    assert!(pods.get("alone").await.is_ok() && pods.get("kept").await.is_err());
}

#[test]
fn the_fence_lets_the_account_change_nothing_else_about_machines() {
    let words: String = MANIFESTS[0].split_whitespace().collect::<Vec<_>>().join(" ");
    for field in
        ["metadata.labels", "metadata.annotations", "metadata.ownerReferences", "metadata.finalizers", "spec.taints"]
    {
        let (now, before) = (format!("object.{field}"), format!("oldObject.{field}"));
        let stays = format!("has({now}) == has({before}) && (!has({now}) || {now} == {before})");
        assert!(words.contains(&stays), "{field} may be changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_for_machines_come_with_a_file_of_their_own_and_are_named_where_they_are_missing() {
    let Some(cloud) = Cloud::with(MANIFESTS[0]).await else { return };
    cloud.judges(true).await;
    assert_eq!(cloud.driver.lacks_for_machines(&cloud.target).await.unwrap(), ["patch nodes", "create pods/eviction"]);
    assert_eq!(code(cloud.driver.set_open(&cloud.target, "simulated-1", false).await), "forbidden");
    assert_eq!(cloud.machines().await.len(), 3, "seeing them needs nothing more");

    cloud.judges(false).await;
    cloud.applies(MANIFESTS[1]).await;
    cloud.judges(true).await;
    assert_eq!(cloud.driver.lacks_for_machines(&cloud.target).await.unwrap(), Vec::<String>::new());
    let spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    assert!(cloud.runs(&spec).await);
    let machine = cloud.machine_of(&spec).await;
    assert!(machine.used.is_some(), "the manifest lets it see what machines use");
    assert_eq!(cloud.empties(&machine.name).await.len(), 1);
    cloud.does(&spec, Verb::Terminate).await;
    let files = cloud.driver.manifests();
    assert_eq!(files.iter().map(|(_, text)| *text).collect::<Vec<_>>(), MANIFESTS);
}
