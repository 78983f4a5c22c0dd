//! Events look as a real cluster writes them: the old form of kubelet and controllers, the new one of the scheduler.
use super::*;
use k8s_openapi::api::core::v1::Event;
use kube::api::ListParams;

impl World {
    /// Events that fit a field selector, in `namespace`.
    async fn events(&self, namespace: &str, fields: &str) -> Vec<Event> {
        let api: Api<Event> = Api::namespaced(self.client.clone(), namespace);
        api.list(&ListParams::default().fields(fields)).await.unwrap().items
    }
}

#[tokio::test]
async fn a_crash_is_told_by_the_kubelet_in_the_old_form_and_the_same_again_is_counted() {
    let world = World::with_namespace("a", json!({})).await;
    world.act("crash", json!({"instance": "ins_d"})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();

    let event = until("two crashes are told", async || {
        let found = world.events("a", "reason=BackOff").await;
        found.into_iter().find(|event| event.count.unwrap_or(0) >= 2)
    })
    .await;

    let pod = world.the_pod("a").await;
    let about = &event.involved_object;
    assert_eq!((about.kind.as_deref(), about.namespace.as_deref()), (Some("Pod"), Some("a")));
    assert_eq!((&about.name, &about.uid), (&pod.metadata.name, &pod.metadata.uid));
    assert_eq!(about.field_path.as_deref(), Some("spec.containers{app}"));
    assert_eq!(event.type_.as_deref(), Some("Warning"));
    let message = event.message.unwrap();
    assert!(message.starts_with("Back-off restarting failed container app in pod d-"), "{message}");
    assert_eq!(event.source.unwrap().component.as_deref(), Some("kubelet"));
    assert!(event.first_timestamp.unwrap().0 <= event.last_timestamp.unwrap().0);
    assert!(event.event_time.is_none() && event.series.is_none());
    assert!(event.metadata.name.unwrap().starts_with(&format!("{}.", pod.metadata.name.unwrap())));
}

#[tokio::test]
async fn the_scheduler_tells_of_lacking_room_in_the_new_form() {
    let world = World::with_namespace("a", json!({})).await;
    world.act("no_room", json!({"on": true})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();

    let event = until("it was tried twice", async || {
        let found = world.events("a", "reason=FailedScheduling").await;
        found.into_iter().find(|event| event.series.as_ref().is_some_and(|series| series.count.unwrap_or(0) >= 2))
    })
    .await;
    world.act("no_room", json!({"on": false})).await;

    let message = event.message.unwrap();
    assert!(message.starts_with("0/3 nodes are available: 3 Insufficient memory."), "{message}");
    assert_eq!(event.reporting_component.as_deref(), Some("default-scheduler"));
    assert_eq!(event.action.as_deref(), Some("Scheduling"));
    assert!(event.event_time.unwrap().0 <= event.series.unwrap().last_observed_time.unwrap().0);
    assert!(event.count.is_none() && event.last_timestamp.is_none(), "what the new form does not have");
    world.until_ready("a", "d").await;
}

#[tokio::test]
async fn a_volume_that_cannot_be_attached_and_a_probe_that_fails_are_told() {
    let world = World::with_namespace("a", json!({})).await;
    world.act("mount_error", json!({"instance": "ins_d"})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();
    for (reason, source) in [("FailedAttachVolume", "attachdetach-controller"), ("FailedMount", "kubelet")] {
        let event = until(reason, async || {
            let found = world.events("a", &format!("reason={reason},type=Warning")).await;
            found.into_iter().find(|event| event.count.unwrap_or(0) >= 2)
        })
        .await;
        assert_eq!(event.source.unwrap().component.as_deref(), Some(source));
    }
    world.act("heal", json!({})).await;
    world.until_ready("a", "d").await;

    world.act("unready", json!({"instance": "ins_d"})).await;
    until("nobody is ready", async || {
        let status = world.deployments("a").get("d").await.unwrap().status.unwrap();
        (status.ready_replicas.unwrap_or(0) == 0).then_some(())
    })
    .await;
    let told = until("the probe is told", async || world.events("a", "reason=Unhealthy").await.pop()).await;

    assert!(told.message.unwrap().starts_with("Readiness probe failed: "));
    world.act("heal", json!({})).await;
    world.until_ready("a", "d").await;
}

#[tokio::test]
async fn a_kill_for_memory_is_told_of_the_machine_and_of_the_pod_only_its_status_tells() {
    let world = World::with_namespace("a", json!({})).await;
    world.act("crash", json!({"instance": "ins_d", "reason": "OOMKilled"})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();

    let event = until("the kill is told", async || {
        world.events("default", "involvedObject.kind=Node,reason=OOMKilling").await.pop()
    })
    .await;

    assert!(event.message.unwrap().starts_with("Memory cgroup out of memory: Killed process"));
    assert!(world.events("a", "reason=OOMKilling").await.is_empty());
}

#[tokio::test]
async fn events_are_chosen_by_field_read_in_pages_and_forgotten_after_an_hour() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();
    world.until_ready("a", "d").await;
    let name = world.the_pod("a").await.metadata.name.unwrap();
    let api: Api<Event> = Api::namespaced(world.client.clone(), "a");
    let of_pod = format!("involvedObject.name={name},type=Normal");
    let all = world.events("a", &of_pod).await;
    assert!(all.len() >= 2 && all.iter().all(|event| event.involved_object.name.as_deref() == Some(name.as_str())));
    assert!(world.events("a", "type=Warning").await.is_empty(), "nothing went wrong");

    let mut read = Vec::new();
    let mut params = ListParams::default().fields(&of_pod).limit(1);
    loop {
        let page = api.list(&params).await.unwrap();
        assert!(page.items.len() <= 1, "no page is longer than asked for");
        read.extend(page.items);
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => break,
        }
    }
    let unknown = refusal(api.list(&ListParams::default().fields("message=x")).await.unwrap_err());

    let names = |events: Vec<Event>| events.into_iter().filter_map(|event| event.metadata.name).collect::<Vec<_>>();
    assert_eq!(names(read), names(all));
    assert_eq!(unknown.code, 400, "events cannot be chosen by what they say");
    world.later(3700).await;
    assert!(world.events("a", "reason=Scheduled").await.is_empty());
}
