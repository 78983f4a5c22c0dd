//! Other settings reach the pods they are for, and nothing else.
use super::*;
use crate::support::shop::TOKEN;
use k8s_openapi::api::core::v1::{Pod, Secret};

/// n8n with a secret answer.
fn with_token() -> String {
    let asked = N8N.replacen("[[param]]", &format!("{TOKEN}\n[[param]]"), 1);
    asked.replacen("[component.env]", "[component.env]\nAPI_TOKEN = \"${param.token}\"", 1)
}

impl Cloud {
    /// Identities of the pods of an instance.
    async fn pods_of(&self, spec: &InstanceSpec) -> Vec<Option<String>> {
        let api: Api<Pod> = Api::namespaced(self.client().await, &namespace(spec));
        let labels = format!("yumna.dev/instance={},app.kubernetes.io/component=app", spec.instance_id);
        let params = ListParams::default().labels(&labels);
        let mut pods: Vec<_> = api.list(&params).await.unwrap().into_iter().map(|pod| pod.metadata.uid).collect();
        pods.sort();
        pods
    }

    /// What the service reads as `name`.
    async fn value(&self, spec: &InstanceSpec, name: &str) -> String {
        let api: Api<Secret> = Api::namespaced(self.client().await, &namespace(spec));
        let secret = api.get(&format!("{}-app-env", spec.name)).await.unwrap();
        String::from_utf8(secret.data.unwrap()[name].0.clone()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_reaches_the_service_whose_pods_are_replaced_and_no_other() {
    let cloud = Cloud::open().await;
    let mut spec = cloud.order(&with_token());
    let neighbour = cloud.order_for(N8N, &spec.customer_id);
    cloud.does(&spec, Verb::Create).await;
    cloud.does(&neighbour, Verb::Create).await;
    let (before, next_door) = (cloud.pods_of(&spec).await, cloud.pods_of(&neighbour).await);
    assert_eq!(cloud.value(&spec, "API_TOKEN").await, "");

    spec.parameters.insert("token".into(), "${secret.jwt} $(PATH) 'x".into());
    spec.parameters.insert("timezone".into(), "Asia/Makassar".into());
    cloud.does(&spec, Verb::Reconfigure).await;

    assert!(cloud.runs(&spec).await && cloud.runs(&neighbour).await);
    assert_eq!(cloud.value(&spec, "API_TOKEN").await, "${secret.jwt} $(PATH) 'x", "a value is only ever a value");
    assert_eq!(cloud.value(&spec, "TZ").await, "Asia/Makassar");
    let after = cloud.pods_of(&spec).await;
    assert!(after.len() == before.len() && after.iter().all(|pod| !before.contains(pod)), "{before:?} {after:?}");
    assert_eq!(cloud.pods_of(&neighbour).await, next_door);

    cloud.does(&spec, Verb::Reconfigure).await;
    assert_eq!(cloud.pods_of(&spec).await, after, "the same again replaces nothing");
    cloud.does(&spec, Verb::Terminate).await;
    cloud.does(&neighbour, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_stays_so_and_starts_with_the_new_settings() {
    let cloud = Cloud::open().await;
    let mut spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    cloud.does(&spec, Verb::Stop).await;

    spec.parameters.insert("timezone".into(), "Asia/Makassar".into());
    cloud.does(&spec, Verb::Reconfigure).await;

    assert!(matches!(cloud.observes(&spec).await, Observed::Present { is_started: false, .. }));
    cloud.does(&spec, Verb::Start).await;
    assert!(cloud.runs(&spec).await);
    assert_eq!(cloud.value(&spec, "TZ").await, "Asia/Makassar");
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_crashes_with_new_settings_runs_again_with_the_former_ones() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let former = cloud.order(N8N);
    cloud.does(&former, Verb::Create).await;
    let mut broken = former.clone();
    broken.parameters.insert("timezone".into(), "Nowhere/Land".into());
    cloud.act("crash", json!({ "instance": former.instance_id })).await;
    for phase in ["settings", "companions", "workload"] {
        cloud.phase(&broken, Verb::Reconfigure, phase).await.unwrap();
    }
    assert_eq!(code(cloud.phase(&broken, Verb::Reconfigure, "health").await), "crash_loop");

    cloud.act("heal", json!({ "instance": former.instance_id })).await;
    cloud.does(&former, Verb::Reconfigure).await;

    assert!(cloud.runs(&former).await);
    assert_eq!(cloud.value(&former, "TZ").await, "Asia/Jakarta");
    cloud.does(&former, Verb::Terminate).await;
}
