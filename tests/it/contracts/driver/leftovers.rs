//! What is on a cluster though nobody has it: all of it is found, whatever it is, and removed only as far as it is ours.
use super::*;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaim, ServiceAccount};
use kube::api::{DeleteParams, PostParams};

impl Cloud {
    async fn finds(&self) -> Vec<Found> {
        self.driver.list(&self.target).await.unwrap().found
    }

    /// Sweeps until it is gone.
    async fn sweeps(&self, found: &Found) {
        let begun = Instant::now();
        while let Err(error) = self.driver.sweep(&self.target, found).await {
            assert!(begun.elapsed() < self.patience() && matches!(error, OutsideError::Unavailable { .. }), "{error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_nobody_has_is_found_with_its_age_and_swept_and_then_its_ground() {
    let cloud = Cloud::open().await;
    let spec = cloud.order(N8N);
    let before = SystemClock.now() - chrono::Duration::minutes(5);
    cloud.does(&spec, Verb::Create).await;

    let found = cloud.finds().await;
    assert_eq!(found.len(), 1, "ground on which an instance stands is no leftover: {found:?}");
    assert_eq!(found[0].mark, Mark::Instance(spec.instance_id.clone()));
    assert_eq!(found[0].place, format!("{}/{}", namespace(&spec), spec.name));
    assert!(found[0].what.contains("1 Deployment") && found[0].objects > 5, "{found:?}");
    assert!(found[0].since.is_some_and(|since| since > before), "{found:?}");
    cloud.sweeps(&found[0]).await;
    cloud.sweeps(&found[0]).await;

    let ground = cloud.finds().await;
    assert_eq!(ground.len(), 1, "{ground:?}");
    assert_eq!(ground[0].mark, Mark::Customer(spec.customer_id.clone()));
    assert_eq!((ground[0].place.as_str(), ground[0].what.as_str()), (namespace(&spec).as_str(), "1 Namespace"));
    cloud.sweeps(&ground[0]).await;
    cloud.sweeps(&ground[0]).await;

    assert_eq!(cloud.finds().await, vec![]);
    let namespaces: Api<Namespace> = Api::all(cloud.client().await);
    assert!(namespaces.get_opt(&namespace(&spec)).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_half_made_or_has_lost_its_account_is_found_all_the_same() {
    let cloud = Cloud::open().await;
    let spec = cloud.order(N8N);
    for phase in ["namespace", "policies", "secrets"] {
        cloud.phase(&spec, Verb::Create, phase).await.unwrap();
    }
    let accounts: Api<ServiceAccount> = Api::namespaced(cloud.client().await, &namespace(&spec));
    accounts.delete(&spec.name, &DeleteParams::default()).await.unwrap();

    let found = cloud.finds().await;

    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].mark, Mark::Instance(spec.instance_id.clone()));
    assert!(found[0].what.contains("Secret") && !found[0].what.contains("ServiceAccount"), "{found:?}");
    cloud.sweeps(&found[0]).await;
    let ground = cloud.finds().await;
    assert_eq!(ground.iter().map(|found| &found.mark).collect::<Vec<_>>(), [&Mark::Customer(spec.customer_id.clone())]);
    cloud.sweeps(&ground[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ground_on_which_anything_stands_is_never_swept() {
    let cloud = Cloud::open().await;
    let spec = cloud.order(N8N);
    cloud.phase(&spec, Verb::Create, "namespace").await.unwrap();
    let ground = cloud.finds().await.remove(0);
    assert_eq!(ground.mark, Mark::Customer(spec.customer_id.clone()));
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(cloud.client().await, &namespace(&spec));
    let by_hand = json!({
        "metadata": { "name": "by-hand" },
        "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
    });
    claims.create(&PostParams::default(), &serde_json::from_value(by_hand).unwrap()).await.unwrap();

    assert_eq!(code(cloud.driver.sweep(&cloud.target, &ground).await), "not_empty", "a volume somebody made by hand");
    claims.delete("by-hand", &DeleteParams::default()).await.unwrap();
    let begun = Instant::now();
    while claims.get_opt("by-hand").await.unwrap().is_some() {
        assert!(begun.elapsed() < cloud.patience());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    cloud.does(&spec, Verb::Create).await;
    assert_eq!(code(cloud.driver.sweep(&cloud.target, &ground).await), "not_empty", "it was found before it was used");
    assert!(cloud.runs(&spec).await);

    let elsewhere = Found { mark: Mark::Customer(CustomerId::generate().0), ..ground };
    assert_eq!(code(cloud.driver.sweep(&cloud.target, &elsewhere).await), "not_ours", "it carries another's mark");
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_installation_made_is_neither_found_nor_swept() {
    let cloud = Cloud::open().await;
    let spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    let found = cloud.finds().await.remove(0);
    let mut stranger = cloud.target.clone();
    (stranger.id, stranger.installation) = (InstanceId::generate().0, "somebody-else".into());

    assert_eq!(cloud.driver.list(&stranger).await.unwrap().found, vec![]);
    cloud.driver.sweep(&stranger, &found).await.unwrap();
    let ground = Found { mark: Mark::Customer(spec.customer_id.clone()), place: namespace(&spec), ..found };
    assert_eq!(code(cloud.driver.sweep(&stranger, &ground).await), "not_ours");

    assert!(cloud.runs(&spec).await);
    cloud.does(&spec, Verb::Terminate).await;
}
