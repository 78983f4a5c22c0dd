//! What somebody else does to a cluster behind our back.
use super::*;
use kube::api::DeleteParams;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_puts_back_what_was_scaled_to_nothing_and_what_was_deleted() {
    let cloud = Cloud::open().await;
    let mut spec = cloud.order(WORDPRESS);
    cloud.does(&spec, Verb::Create).await;
    let (client, place) = (cloud.client().await, namespace(&spec));
    let deployments: Api<k8s_openapi::api::apps::v1::Deployment> = Api::namespaced(client.clone(), &place);
    let ingresses: Api<k8s_openapi::api::networking::v1::Ingress> = Api::namespaced(client.clone(), &place);
    let services: Api<k8s_openapi::api::core::v1::Service> = Api::namespaced(client.clone(), &place);
    let policies: Api<k8s_openapi::api::networking::v1::NetworkPolicy> = Api::namespaced(client, &place);
    let none = Patch::Merge(json!({ "spec": { "replicas": 0 } }));
    for deployment in deployments.list(&ListParams::default()).await.unwrap() {
        deployments.patch(&deployment.metadata.name.unwrap(), &PatchParams::default(), &none).await.unwrap();
    }
    ingresses.delete(&spec.name, &DeleteParams::default()).await.unwrap();
    let service = services.list(&ListParams::default()).await.unwrap().items.remove(0).metadata.name.unwrap();
    services.delete(&service, &DeleteParams::default()).await.unwrap();
    policies.delete(&format!("{}-internal", spec.name), &DeleteParams::default()).await.unwrap();
    assert!(!cloud.runs(&spec).await);

    spec.restart_revision = 1;
    cloud.does(&spec, Verb::Restart).await;

    assert!(cloud.runs(&spec).await, "{:?}", cloud.observes(&spec).await);
    assert!(services.get_opt(&service).await.unwrap().is_some());
    assert!(policies.get_opt(&format!("{}-internal", spec.name)).await.unwrap().is_some());
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_in_which_anything_of_another_instance_is_left_is_never_removed() {
    let cloud = Cloud::open().await;
    let customer = CustomerId::generate().0;
    let (leaves, stays) = (cloud.order_for(N8N, &customer), cloud.order_for(N8N, &customer));
    for spec in [&leaves, &stays] {
        cloud.does(spec, Verb::Create).await;
    }
    let accounts: Api<k8s_openapi::api::core::v1::ServiceAccount> =
        Api::namespaced(cloud.client().await, &namespace(&stays));
    let damaged = Patch::Merge(json!({ "metadata": { "annotations": { "yumna.dev/plan": "who knows" } } }));
    accounts.patch(&stays.name, &PatchParams::default(), &damaged).await.unwrap();
    let phases: Vec<_> = cloud.driver.phases(Verb::Terminate).to_vec();
    let (last, before) = phases.split_last().unwrap();
    for phase in before {
        cloud.phase(&leaves, Verb::Terminate, phase).await.unwrap();
    }

    let outcome = cloud.driver.run(&cloud.target, &leaves, Verb::Terminate, last).await;
    assert_eq!(code(outcome), "unavailable", "a plan that cannot be read is told, not left out");
    assert!(cloud.runs(&stays).await);

    accounts.delete(&stays.name, &DeleteParams::default()).await.unwrap();
    cloud.phase(&leaves, Verb::Terminate, last).await.unwrap();
    assert!(cloud.runs(&stays).await, "without its account too");

    cloud.does(&stays, Verb::Terminate).await;
    let namespaces: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(cloud.client().await);
    assert!(namespaces.get_opt(&namespace(&stays)).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_lay_the_namespace_again_that_vanished_between_two_phases() {
    let cloud = Cloud::open().await;
    let spec = cloud.order(N8N);
    cloud.phase(&spec, Verb::Create, "namespace").await.unwrap();
    let namespaces: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(cloud.client().await);
    namespaces.delete(&namespace(&spec), &DeleteParams::default()).await.unwrap();

    for phase in &cloud.driver.phases(Verb::Create)[1..] {
        cloud.phase(&spec, Verb::Create, phase).await.unwrap();
    }

    assert!(cloud.runs(&spec).await);
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_vanished_is_never_replaced_in_silence() {
    let cloud = Cloud::open().await;
    let spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    cloud.does(&spec, Verb::Stop).await;
    let claims: Api<k8s_openapi::api::core::v1::PersistentVolumeClaim> =
        Api::namespaced(cloud.client().await, &namespace(&spec));
    let name = format!("{}-data", spec.name);
    claims.delete(&name, &DeleteParams::default()).await.unwrap();
    while claims.get_opt(&name).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    assert_eq!(code(cloud.tries(&spec, Verb::Start).await), "volume_missing");
    let Observed::Present { reason, .. } = cloud.observes(&spec).await else { panic!("it is there") };
    assert_eq!(reason.unwrap().code, "volume_missing");
    cloud.does(&spec, Verb::Terminate).await;
}
