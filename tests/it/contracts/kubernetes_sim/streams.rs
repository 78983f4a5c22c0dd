//! Watches and logs.
use super::*;
use futures_util::{AsyncBufReadExt, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    api::{ListParams, LogParams, WatchEvent, WatchParams},
    runtime::watcher,
};

async fn put(world: &World, name: &str, label: &str) {
    let object = json!({"metadata": {"name": name, "labels": {"l": label}}});
    world.apply("v1/ConfigMap", "a", object).await.unwrap();
}

#[tokio::test]
async fn a_watch_goes_on_where_a_list_ended_and_tells_of_labels_that_come_and_go() {
    let world = World::with_namespace("a", json!({})).await;
    let api: Api<ConfigMap> = Api::namespaced(world.client.clone(), "a");
    put(&world, "x", "1").await;
    let list = api.list(&ListParams::default()).await.unwrap();
    let params = WatchParams::default().labels("l=1").timeout(20);
    let mut events = api.watch(&params, &list.metadata.resource_version.unwrap()).await.unwrap().boxed();

    put(&world, "y", "1").await;
    put(&world, "y", "2").await;
    api.delete("x", &Default::default()).await.unwrap();

    let mut told = vec![];
    while told.len() < 3 {
        told.push(match events.try_next().await.unwrap().unwrap() {
            WatchEvent::Added(one) => format!("added {}", one.metadata.name.unwrap()),
            WatchEvent::Modified(one) => format!("modified {}", one.metadata.name.unwrap()),
            WatchEvent::Deleted(one) => format!("deleted {}", one.metadata.name.unwrap()),
            other => format!("{other:?}"),
        });
    }
    assert_eq!(told, ["added y", "deleted y", "deleted x"]);
}

#[tokio::test]
async fn a_version_that_is_too_old_is_told_inside_the_stream() {
    let world = World::with_namespace("a", json!({})).await;
    let api: Api<ConfigMap> = Api::namespaced(world.client.clone(), "a");
    let list = api.list(&ListParams::default()).await.unwrap();
    world.act("expire_watches", json!({})).await;

    let version = list.metadata.resource_version.unwrap();
    let mut events = api.watch(&WatchParams::default().timeout(20), &version).await.unwrap().boxed();

    match events.try_next().await.unwrap() {
        Some(WatchEvent::Error(status)) => assert_eq!((status.code, status.reason.as_str()), (410, "Expired")),
        other => panic!("an error event expected, got {other:?}"),
    }
    assert!(events.try_next().await.unwrap().is_none(), "and the stream ends");
}

#[tokio::test]
async fn a_watcher_lists_again_when_its_version_expired() {
    let world = World::with_namespace("a", json!({})).await;
    let api: Api<ConfigMap> = Api::namespaced(world.client.clone(), "a");
    let mut events = watcher(api, watcher::Config::default().labels("l").timeout(20)).boxed();
    until_init_done(&mut events).await;

    world.act("expire_watches", json!({})).await;
    put(&world, "z", "1").await;

    until("the watcher learns of z", async || match events.next().await.unwrap() {
        Ok(watcher::Event::Apply(one) | watcher::Event::InitApply(one)) => (one.metadata.name? == "z").then_some(()),
        _ => None,
    })
    .await;
}

async fn until_init_done<K>(
    events: &mut (impl futures_util::Stream<Item = Result<watcher::Event<K>, watcher::Error>> + Unpin),
) {
    until("the first list", async || matches!(events.next().await, Some(Ok(watcher::Event::InitDone))).then_some(()))
        .await;
}

#[tokio::test]
async fn logs_are_read_tailed_timed_and_followed() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "docker.io/n8nio/n8n:2", |_| {})).await.unwrap();
    world.until_ready("a", "d").await;
    let name = world.the_pod("a").await.metadata.name.unwrap();
    let pods = world.pods("a");

    let whole = pods.logs(&name, &LogParams::default()).await.unwrap();
    let tail = LogParams { tail_lines: Some(2), timestamps: true, ..LogParams::default() };
    let last = pods.logs(&name, &tail).await.unwrap();
    let unknown = LogParams { container: Some("x".into()), ..LogParams::default() };
    let refused = refusal(pods.logs(&name, &unknown).await.unwrap_err());
    let mut lines = pods.log_stream(&name, &LogParams { follow: true, ..tail }).await.unwrap().lines();

    assert!(whole.starts_with("No encryption key found"), "{whole}");
    assert_eq!(last.lines().count(), 2);
    let first_word = last.split(' ').next().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(first_word).is_ok(), "{first_word}");
    assert_eq!(refused.message, format!("container x is not valid for pod {name}"));
    for _ in 0..3 {
        lines.try_next().await.unwrap().expect("a line that was written while it was followed");
    }
    pods.delete(&name, &Default::default()).await.unwrap();
    while lines.try_next().await.unwrap().is_some() {}
}
