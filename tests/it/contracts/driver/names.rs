//! Names of customers before their services.
use super::*;

impl Cloud {
    /// Hosts of the ways in of the instance, with the version of each.
    async fn ways_in(&self, spec: &InstanceSpec) -> Vec<(String, String)> {
        let api: Api<k8s_openapi::api::networking::v1::Ingress> =
            Api::namespaced(self.client().await, &namespace(spec));
        let found = api.list(&ListParams::default()).await.unwrap();
        let mut ways: Vec<_> = found
            .into_iter()
            .map(|way| {
                let rules = way.spec.unwrap().rules.unwrap();
                (rules[0].host.clone().unwrap(), way.metadata.resource_version.unwrap())
            })
            .collect();
        ways.sort();
        ways
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_let_in_and_kept_out_without_touching_what_runs() {
    let cloud = Cloud::open().await;
    let mut spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    let alone = cloud.ways_in(&spec).await;
    assert_eq!(alone.len(), 1);

    spec.custom_hosts = vec!["blog.example.id".into(), "toko.example.id".into()];
    cloud.does(&spec, Verb::Sync).await;
    let three = cloud.ways_in(&spec).await;
    let hosts = |ways: &[(String, String)]| ways.iter().map(|(host, _)| host.clone()).collect::<Vec<_>>();
    let mut expected = vec!["blog.example.id".to_owned(), spec.host.clone(), "toko.example.id".to_owned()];
    expected.sort();
    assert_eq!(hosts(&three), expected);
    assert!(three.contains(&alone[0]), "the service's own way in is as it was");
    assert!(cloud.runs(&spec).await);

    // Once more changes nothing, whoever does it.
    for verb in [Verb::Sync, Verb::Restart] {
        cloud.does(&spec, verb).await;
        assert_eq!(cloud.ways_in(&spec).await, three, "{verb:?}");
    }

    // Stopped it has no way in, started it has all of them again.
    cloud.does(&spec, Verb::Stop).await;
    assert!(cloud.ways_in(&spec).await.is_empty());
    cloud.does(&spec, Verb::Start).await;
    assert_eq!(hosts(&cloud.ways_in(&spec).await), expected);

    spec.custom_hosts.remove(0);
    cloud.does(&spec, Verb::Sync).await;
    let left = hosts(&cloud.ways_in(&spec).await);
    assert!(left.len() == 2 && !left.contains(&"blog.example.id".to_owned()), "{left:?}");

    cloud.does(&spec, Verb::Terminate).await;
    assert_eq!(cloud.observes(&spec).await, Observed::Absent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_the_cluster_refuses_keeps_nobody_from_the_service_and_holds_up_no_other() {
    let cloud = Cloud::open().await;
    let mut spec = cloud.order(N8N);
    spec.custom_hosts = vec!["old.example.id".into()];
    cloud.does(&spec, Verb::Create).await;

    spec.custom_hosts = vec!["No_Name.example.id".into(), "toko.example.id".into()];
    assert_eq!(code(cloud.tries(&spec, Verb::Sync).await), "invalid");
    let mut expected = vec![spec.host.clone(), "toko.example.id".to_owned()];
    expected.sort();
    let hosts = async || cloud.ways_in(&spec).await.into_iter().map(|(host, _)| host).collect::<Vec<_>>();
    assert_eq!(hosts().await, expected);

    cloud.does(&spec, Verb::Stop).await;
    cloud.does(&spec, Verb::Start).await;
    assert_eq!(hosts().await, expected);
    cloud.does(&spec, Verb::Terminate).await;
}
