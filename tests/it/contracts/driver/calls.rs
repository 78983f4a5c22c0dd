//! What a cluster is asked while all goes well: every call is paid by everybody who waits for a service.
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_comes_up_asks_for_no_events_and_for_rights_once_per_namespace() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let customer = CustomerId::generate().0;
    cloud.counts("/events");
    cloud.counts("/selfsubjectaccessreviews");

    let begun = Instant::now();
    for template in [N8N, GHOST] {
        cloud.does(&cloud.order_for(template, &customer), Verb::Create).await;
    }

    // A machine that has too much to do may take longer than who comes up in time.
    let allowed = u32::try_from(begun.elapsed().as_secs() / 5).unwrap();
    assert!(cloud.counted("/events") <= allowed, "{} in {:?}", cloud.counted("/events"), begun.elapsed());
    assert_eq!(cloud.counted("/selfsubjectaccessreviews"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_come_up_asks_for_events_every_few_seconds_and_not_at_each_look() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(N8N);
    cloud.act("mount_error", json!({ "instance": spec.instance_id })).await;
    for phase in ["namespace", "policies", "secrets", "volume", "companions", "workload"] {
        cloud.phase(&spec, Verb::Create, phase).await.unwrap();
    }
    cloud.counts("/events");

    let begun = Instant::now();
    assert_eq!(cloud.complains(&spec, Verb::Create, "health", "volume_attach").await, "waiting");
    for _ in 0..10 {
        assert_eq!(cloud.complains(&spec, Verb::Create, "health", "volume_attach").await, "waiting");
    }

    let allowed = u32::try_from(begun.elapsed().as_secs() / 5).unwrap();
    assert!((1..=allowed).contains(&cloud.counted("/events")), "{} in {:?}", cloud.counted("/events"), begun.elapsed());
    cloud.act("heal", json!({})).await;
    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_a_service_that_comes_up_is_four_calls() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(N8N);
    cloud.does(&spec, Verb::Create).await;
    cloud.counts("/namespaces/");

    cloud.phase(&spec, Verb::Create, "health").await.unwrap();

    assert_eq!(cloud.counted("/namespaces/"), 4, "its ground, its deployments, its pods, its volumes");
}
