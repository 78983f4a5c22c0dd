//! What goes wrong on purpose: troubles inside the cluster, faults on the wire.
use super::{workloads::waiting_reason, *};
use kube::api::LogParams;

#[tokio::test]
async fn a_struck_instance_crashes_says_why_and_heals() {
    let world = World::with_namespace("a", json!({})).await;
    world.act("crash", json!({"instance": "ins_d", "reason": "OOMKilled"})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();

    until("it crashes again and again", async || {
        let pod = world.the_pod("a").await;
        let status = pod.status?.container_statuses?.remove(0);
        let end = status.last_state?.terminated?;
        let is_waiting = status.state?.waiting?.reason? == "CrashLoopBackOff";
        (is_waiting && status.restart_count > 0 && end.reason? == "OOMKilled" && end.exit_code == 137).then_some(())
    })
    .await;
    let name = world.the_pod("a").await.metadata.name.unwrap();
    let previous = LogParams { previous: true, ..LogParams::default() };
    let last_words = world.pods("a").logs(&name, &previous).await.unwrap();
    world.act("heal", json!({"instance": "ins_d"})).await;

    assert!(last_words.trim_end().ends_with("Killed"), "{last_words}");
    world.until_ready("a", "d").await;
}

#[tokio::test]
async fn images_that_cannot_be_pulled_and_volumes_that_are_not_made_are_told() {
    let world = World::with_namespace("a", json!({})).await;
    world.act("image_pull_error", json!({"image_contains": "n8n"})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();

    until("the image is backed off", async || waiting_reason(&world).await.filter(|why| why == "ImagePullBackOff"))
        .await;
    world.act("heal", json!({})).await;
    world.until_ready("a", "d").await;

    world.act("pending_volume", json!({"on": true})).await;
    let spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    world.apply("v1/PersistentVolumeClaim", "a", json!({"metadata": {"name": "v"}, "spec": spec})).await.unwrap();
    let user = deployment("d", "x/n8n:1", |spec| {
        spec["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "v"}}]);
    });
    world.apply("apps/v1/Deployment", "a", user).await.unwrap();
    until("the pod cannot be placed", async || {
        let pod = world.the_pod("a").await;
        let placed = pod.status?.conditions?.into_iter().find(|one| one.type_ == "PodScheduled")?;
        (placed.status == "False" && placed.reason? == "Unschedulable").then_some(())
    })
    .await;
    world.act("pending_volume", json!({"on": false})).await;
    world.until_ready("a", "d").await;
}

#[tokio::test]
async fn a_machine_that_is_down_makes_its_pods_unready_until_it_is_back() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();
    world.until_ready("a", "d").await;
    let node = world.the_pod("a").await.spec.unwrap().node_name.unwrap();

    world.act("node_down", json!({"node": node})).await;
    until("nothing is available", async || {
        let status = world.deployments("a").get("d").await.unwrap().status.unwrap();
        (status.available_replicas.unwrap_or(0) == 0).then_some(())
    })
    .await;
    world.act("heal", json!({})).await;

    world.until_ready("a", "d").await;
}

#[tokio::test]
async fn faults_of_the_wire_look_like_faults_of_the_wire() {
    let world = World::with_namespace("a", json!({})).await;
    let map = |name: &str| json!({"metadata": {"name": name}});
    let apply = async |name: &str| world.apply("v1/ConfigMap", "a", map(name)).await;
    let exists = async |name: &str| world.api("v1/ConfigMap", "a").get_opt(name).await.unwrap().is_some();

    world.fault(FaultKind::Status500, "configmaps/one");
    assert_eq!(refusal(apply("one").await.unwrap_err()).code, 500);
    world.fault(FaultKind::Status429, "configmaps/one");
    assert_eq!(refusal(apply("one").await.unwrap_err()).code, 429);
    world.fault(FaultKind::DropConnection, "configmaps/one");
    assert!(!matches!(apply("one").await.unwrap_err(), kube::Error::Api(_)));
    world.fault(FaultKind::TimeoutBefore, "configmaps/one");
    assert!(!matches!(apply("one").await.unwrap_err(), kube::Error::Api(_)));
    assert!(!exists("one").await, "nothing of it was done");

    world.fault(FaultKind::TimeoutAfterEffect, "configmaps/two");
    assert!(!matches!(apply("two").await.unwrap_err(), kube::Error::Api(_)));
    assert!(exists("two").await, "it was done, only the answer was lost");
    world.fault(FaultKind::Malformed, "configmaps/three");
    assert!(matches!(apply("three").await.unwrap_err(), kube::Error::SerdeError(_)));
    assert!(exists("three").await);
    world.fault(FaultKind::Delay, "configmaps/four");
    let since = Instant::now();
    apply("four").await.unwrap();
    assert!(since.elapsed() > Duration::from_millis(900));
}

#[tokio::test]
async fn the_desk_sees_objects_but_not_what_secrets_hold() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("v1/Secret", "a", json!({"metadata": {"name": "s"}, "data": {"A": "c2VjcmV0"}})).await.unwrap();

    let seen = world.act("objects", json!({"namespace": "a"})).await;

    let secret = seen["data"].as_array().unwrap().iter().find(|one| one["kind"] == "Secret").unwrap();
    assert_eq!(
        (&secret["api_version"], &secret["namespace"], &secret["name"]),
        (&json!("v1"), &json!("a"), &json!("s"))
    );
    assert!(!seen.to_string().contains("c2VjcmV0"));
    assert!(world.simulator.control.act("dance", json!({})).await.is_err());
}
