//! The few rights of `deploy/k8s/driver-rbac.yaml` are enough, and they are few. Judged by the simulated cluster: on a real
//! one whoever runs the tests is somebody else.
use super::*;
use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::api::{
    core::v1::{Namespace, Secret},
    rbac::v1::RoleBinding,
};
use kube::{
    api::{DeleteParams, DynamicObject},
    core::{ApiResource, GroupVersionKind},
};

const MANIFEST: &str = include_str!("../../../../deploy/k8s/driver-rbac.yaml");

impl Cloud {
    /// A cluster on which `manifest` was applied.
    pub(super) async fn with(manifest: &str) -> Option<Self> {
        let cloud = Self::open().await;
        cloud.simulator.as_ref()?;
        cloud.applies(manifest).await;
        Some(cloud)
    }

    pub(super) async fn applies(&self, manifest: &str) {
        let client = self.client().await;
        let objects: Vec<Value> = serde_saphyr::from_multiple(manifest).unwrap();
        for object in objects {
            let (version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
            // The fence is an expression; only a real server reads it. The simulated one has it written out.
            if kind.starts_with("ValidatingAdmissionPolicy") {
                self.act("fence", json!({ "on": true })).await;
                continue;
            }
            let (group, version) = version.split_once('/').unwrap_or(("", version));
            let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
            let api: Api<DynamicObject> = match object["metadata"]["namespace"].as_str() {
                Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
                None => Api::all_with(client.clone(), &resource),
            };
            let name = object["metadata"]["name"].as_str().unwrap();
            api.patch(name, &PatchParams::apply("admin").force(), &Patch::Apply(&object)).await.unwrap();
        }
    }

    /// From now on the token is the account of the manifest, or again one that may do everything.
    pub(super) async fn judges(&self, on: bool) {
        self.act("rbac", json!({ "on": on })).await;
    }

    /// The account itself may not list bindings.
    async fn bindings_as_admin(&self, namespace: &str) -> Vec<String> {
        self.judges(false).await;
        let bindings = self.bindings(namespace).await;
        self.judges(true).await;
        bindings
    }

    async fn bindings(&self, namespace: &str) -> Vec<String> {
        let api: Api<RoleBinding> = Api::namespaced(self.client().await, namespace);
        let found = api.list(&ListParams::default()).await.unwrap();
        found.into_iter().filter_map(|binding| binding.metadata.name).collect()
    }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, kube::Error>) -> String {
    match outcome.expect_err("must be refused") {
        kube::Error::Api(status) if status.code == 403 => status.message.clone(),
        other => panic!("a refusal expected: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rights_of_the_manifest_are_enough_for_a_whole_life() {
    let Some(cloud) = Cloud::with(MANIFEST).await else { return };
    cloud.judges(true).await;

    let acceptance = cloud.driver.check(&cloud.target).await.unwrap();

    assert!(acceptance.facts.iter().any(|fact| fact.key() == "found-cluster-fence"), "{acceptance:?}");
    let about_rights = ["every-secret", "no-fence", "no-events", "no-namespaces"];
    let warns = |warning: &Said| about_rights.iter().any(|word| warning.key().ends_with(word));
    assert!(!acceptance.warnings.iter().any(warns), "{acceptance:?}");
    assert!(!cloud.driver.nodes(&cloud.target).await.unwrap().is_empty());
    for template in [N8N, WORDPRESS] {
        let spec = cloud.order(template);
        assert_eq!(cloud.observes(&spec).await, Observed::Absent, "a namespace that is not there holds nothing");
        cloud.does(&spec, Verb::Create).await;
        assert!(cloud.runs(&spec).await, "{:?}", cloud.observes(&spec).await);
        assert_eq!(cloud.bindings_as_admin(&namespace(&spec)).await, ["yumna"]);

        cloud.driver.troubles(&cloud.target, &spec).await.unwrap();
        cloud.driver.metrics(&cloud.target, &spec).await.unwrap();
        let lines = cloud.driver.logs(&cloud.target, &spec, LogQuery::default()).await.unwrap();
        assert!(!lines.try_collect::<Vec<_>>().await.unwrap().is_empty());
        let found = cloud.driver.list(&cloud.target).await.unwrap().found;
        assert!(found.iter().any(|found| found.mark == Mark::Instance(spec.instance_id.clone())), "{found:?}");
        assert!(found[0].what.contains("Secret"), "secrets are found, namespace by namespace: {found:?}");
        let mut news = cloud.driver.watch(&cloud.target).await.unwrap();
        assert!(tokio::time::timeout(cloud.patience(), news.next()).await.unwrap().unwrap().is_ok());

        cloud.does(&spec, Verb::Stop).await;
        cloud.does(&spec, Verb::Start).await;
        cloud.does(&spec, Verb::Resize).await;
        cloud.does(&spec, Verb::Terminate).await;
        assert_eq!(cloud.observes(&spec).await, Observed::Absent);
        assert_eq!(cloud.driver.list(&cloud.target).await.unwrap().found, vec![]);
        cloud.does(&spec, Verb::Terminate).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_asked_once_who_we_are_and_a_namespace_is_bound_once() {
    let Some(cloud) = Cloud::with(MANIFEST).await else { return };
    cloud.judges(true).await;
    cloud.counts("/selfsubjectreviews");
    cloud.counts("/rolebindings");
    let neighbours = CustomerId::generate().0;

    for spec in [cloud.order_for(N8N, &neighbours), cloud.order_for(N8N, &neighbours), cloud.order(N8N)] {
        cloud.does(&spec, Verb::Create).await;
    }

    assert_eq!((cloud.counted("/selfsubjectreviews"), cloud.counted("/rolebindings")), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_others_are_said_to_be_out_of_reach_only_where_the_fence_stands() {
    let Some(cloud) = Cloud::with(MANIFEST).await else { return };
    cloud.judges(true).await;
    cloud.act("fence", json!({ "on": false })).await;

    let acceptance = cloud.driver.check(&cloud.target).await.unwrap();

    assert!(!acceptance.facts.iter().any(|fact| fact.key() == "found-cluster-fence"), "{acceptance:?}");
    assert!(acceptance.warnings.iter().any(|warning| warning.key() == "found-cluster-no-fence"), "{acceptance:?}");
    assert_eq!(cloud.bindings_as_admin("default").await, Vec::<String>::new(), "asking leaves nothing behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fence_lets_no_namespace_be_made_for_privileged_pods() {
    let Some(cloud) = Cloud::with(MANIFEST).await else { return };
    cloud.judges(true).await;
    let namespaces: Api<Namespace> = Api::all(cloud.client().await);
    for (name, level) in [("user-x", "privileged"), ("user-x", "baseline"), ("elsewhere", "restricted")] {
        let labels = json!({ "pod-security.kubernetes.io/enforce": level });
        let body = json!({ "metadata": { "name": name, "labels": labels } });
        let outcome = namespaces.create(&Default::default(), &serde_json::from_value(body).unwrap()).await;
        assert!(refused(outcome).contains("denied request"), "{name} {level}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_reach_but_those_of_our_own_namespaces() {
    let Some(cloud) = Cloud::with(MANIFEST).await else { return };
    let client = cloud.client().await;
    let spec = cloud.order(N8N);
    cloud.judges(true).await;
    cloud.does(&spec, Verb::Create).await;
    let everywhere: Api<Secret> = Api::all(client.clone());
    let in_system: Api<Secret> = Api::namespaced(client.clone(), "yumna-system");
    let ours: Api<Secret> = Api::namespaced(client.clone(), &namespace(&spec));

    assert_eq!(
        refused(everywhere.list(&ListParams::default()).await),
        "secrets is forbidden: User \"system:serviceaccount:yumna-system:yumna\" cannot list resource \"secrets\" in API \
         group \"\" at the cluster scope"
    );
    assert!(refused(in_system.get("token").await).contains("in the namespace \"yumna-system\""));
    assert!(!ours.list(&ListParams::default()).await.unwrap().items.is_empty());
    let all = json!({
        "metadata": { "name": "all" }, "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "yumna-driver" },
        "subjects": [{ "kind": "ServiceAccount", "namespace": "yumna-system", "name": "yumna" }],
    });
    let bindings: Api<RoleBinding> = Api::namespaced(client, &namespace(&spec));
    let outcome = bindings.create(&Default::default(), &serde_json::from_value(all).unwrap()).await;
    assert!(refused(outcome).contains("attempting to grant RBAC permissions not currently held"), "no other role");
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_of_a_cluster_names_what_is_missing() {
    let cases = [
        ("verbs: [get, bind]", "verbs: [get]", "bind clusterroles/yumna-tenant"),
        ("resources: [rolebindings]", "resources: [roles]", "create rolebindings"),
        ("[serviceaccounts, secrets, configmaps", "[serviceaccounts, configmaps", "create secrets in yumna-tenant"),
        ("resources: [pods/log]", "resources: [pods/status]", "get pods/log in yumna-tenant"),
        ("  name: yumna-tenant\nrules:", "  name: somebody\nrules:", "clusterroles/yumna-tenant (deploy/"),
        (
            "verbs: [get, list, create, patch, delete]\n  - apiGroups: [\"\"]\n    resources: [nodes]",
            "verbs: [get]\n  - apiGroups: [\"\"]\n    resources: [nodes]",
            "create namespaces",
        ),
    ];
    for (rule, worse, missing) in cases {
        assert!(MANIFEST.contains(rule), "the manifest reads otherwise than this test expects: {rule}");
        let Some(cloud) = Cloud::with(&MANIFEST.replacen(rule, worse, 1)).await else { return };
        cloud.judges(true).await;

        let outcome = cloud.driver.check(&cloud.target).await;

        let Err(OutsideError::Rejected { code, message }) = outcome else { panic!("{worse}: {outcome:?}") };
        assert_eq!(code, "rights");
        assert!(message.contains(missing), "{missing} is not in: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_events_services_are_made_and_the_test_says_what_is_told_less_exactly() {
    let without = MANIFEST.replacen("resources: [events]", "resources: [podtemplates]", 1);
    let Some(cloud) = Cloud::with(&without).await else { return };
    cloud.judges(true).await;
    let spec = cloud.order(N8N);

    let acceptance = cloud.driver.check(&cloud.target).await.unwrap();
    cloud.does(&spec, Verb::Create).await;

    assert!(acceptance.warnings.iter().any(|warning| warning.key() == "found-cluster-no-events"), "{acceptance:?}");
    assert!(cloud.runs(&spec).await);
    assert_eq!(code(cloud.driver.troubles(&cloud.target, &spec).await), "forbidden");
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_role_may_not_be_taken_nothing_is_made_and_the_refusal_is_about_us() {
    let Some(cloud) = Cloud::with(&MANIFEST.replacen("verbs: [get, bind]", "verbs: [get]", 1)).await else { return };
    cloud.judges(true).await;
    let spec = cloud.order(N8N);

    let outcome = cloud.driver.run(&cloud.target, &spec, Verb::Create, "namespace").await;

    assert!(outcome.as_ref().is_err_and(drivers::refuses_us), "{outcome:?}");
    assert_eq!(code(outcome), "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_binds_nothing_and_is_warned_that_he_may_read_every_secret() {
    let Some(cloud) = Cloud::with(MANIFEST).await else { return };
    let spec = cloud.order(N8N);

    let acceptance = cloud.driver.check(&cloud.target).await.unwrap();
    cloud.does(&spec, Verb::Create).await;

    assert!(acceptance.warnings.iter().any(|warning| warning.key() == "found-cluster-every-secret"), "{acceptance:?}");
    assert_eq!(cloud.bindings(&namespace(&spec)).await, Vec::<String>::new());
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_are_missing_in_a_namespace_of_ours_are_taken_and_the_work_goes_on() {
    let Some(cloud) = Cloud::with(MANIFEST).await else { return };
    let mut spec = cloud.order(N8N);
    // Made while the kubeconfig was an administrator's: there is no binding.
    cloud.does(&spec, Verb::Create).await;
    cloud.judges(true).await;
    assert!(cloud.runs(&spec).await, "looking is enough: {:?}", cloud.observes(&spec).await);
    assert_eq!(cloud.bindings_as_admin(&namespace(&spec)).await, ["yumna"]);

    cloud.judges(false).await;
    let bindings: Api<RoleBinding> = Api::namespaced(cloud.client().await, &namespace(&spec));
    bindings.delete("yumna", &DeleteParams::default()).await.unwrap();
    cloud.judges(true).await;
    let lines = cloud.driver.logs(&cloud.target, &spec, LogQuery::default()).await.unwrap();
    assert!(
        !lines.try_collect::<Vec<_>>().await.unwrap().is_empty(),
        "pods are seen everywhere, logs only by the role"
    );
    assert_eq!(cloud.bindings_as_admin(&namespace(&spec)).await, ["yumna"]);

    cloud.judges(false).await;
    bindings.delete("yumna", &DeleteParams::default()).await.unwrap();
    cloud.judges(true).await;
    spec.restart_revision = 1;
    cloud.does(&spec, Verb::Restart).await;
    assert!(cloud.runs(&spec).await);

    cloud.judges(false).await;
    bindings.delete("yumna", &DeleteParams::default()).await.unwrap();
    cloud.judges(true).await;
    cloud.does(&spec, Verb::Terminate).await;
    assert_eq!(cloud.observes(&spec).await, Observed::Absent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_cannot_be_looked_into_is_named_and_blinds_the_search_for_no_other() {
    let Some(cloud) = Cloud::with(MANIFEST).await else { return };
    let (shut, seen) = (cloud.order(N8N), cloud.order(N8N));
    cloud.judges(true).await;
    for spec in [&shut, &seen] {
        cloud.does(spec, Verb::Create).await;
    }
    cloud.judges(false).await;
    let bindings: Api<RoleBinding> = Api::namespaced(cloud.client().await, &namespace(&shut));
    bindings.delete("yumna", &DeleteParams::default()).await.unwrap();
    cloud.applies(&MANIFEST.replacen("verbs: [get, bind]", "verbs: [get]", 1)).await;
    cloud.judges(true).await;

    let listed = cloud.driver.list(&cloud.target).await.unwrap();

    assert_eq!(listed.unseen, [namespace(&shut)]);
    let marks: Vec<&Mark> = listed.found.iter().map(|found| &found.mark).collect();
    assert_eq!(
        marks,
        [&Mark::Instance(seen.instance_id.clone())],
        "what is seen half is not told, nor taken for empty"
    );
    cloud.judges(false).await;
    for spec in [&shut, &seen] {
        cloud.does(spec, Verb::Terminate).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rights_are_taken_in_a_namespace_that_is_not_ours() {
    let Some(cloud) = Cloud::with(MANIFEST).await else { return };
    let spec = cloud.order(N8N);
    let namespaces: Api<Namespace> = Api::all(cloud.client().await);
    let theirs = json!({ "metadata": { "name": namespace(&spec), "labels": { "yumna.dev/install": "another" } } });
    namespaces.create(&Default::default(), &serde_json::from_value(theirs).unwrap()).await.unwrap();
    cloud.judges(true).await;

    assert_eq!(code(cloud.driver.inspect(&cloud.target, &spec).await), "forbidden");
    assert_eq!(code(cloud.tries(&spec, Verb::Create).await), "name_taken");

    assert_eq!(cloud.bindings_as_admin(&namespace(&spec)).await, Vec::<String>::new());
}
