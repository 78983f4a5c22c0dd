//! The ways in: ingress and the way through the API server.
use super::*;
use kube::api::{ListParams, PostParams};
use yumna::kernel::http;

async fn publish(world: &World) {
    world.apply("apps/v1/Deployment", "a", deployment("n8n-7k3f9q", "docker.io/n8nio/n8n:2", |_| {})).await.unwrap();
    let spec =
        json!({"selector": {"app": "n8n-7k3f9q"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]});
    world.apply("v1/Service", "a", json!({"metadata": {"name": "n8n-7k3f9q"}, "spec": spec})).await.unwrap();
    let backend = json!({"service": {"name": "n8n-7k3f9q", "port": {"name": "http"}}});
    let paths = json!({"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]});
    let spec = json!({"ingressClassName": "traefik", "rules": [{"host": "n8n-7k3f9q.localhost", "http": paths}]});
    world
        .apply("networking.k8s.io/v1/Ingress", "a", json!({"metadata": {"name": "n8n-7k3f9q"}, "spec": spec}))
        .await
        .unwrap();
}

async fn visit(world: &World, host: &str) -> (u16, String) {
    let port = &world.simulator.settings["url_port"];
    let answer = http::client()
        .get(format!("http://127.0.0.1:{port}/"))
        .header("host", format!("{host}:{port}"))
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_published_service_answers_and_a_stopped_or_unpublished_one_does_not() {
    let world = World::with_namespace("a", json!({})).await;
    publish(&world).await;
    world.until_ready("a", "n8n-7k3f9q").await;

    let (status, page) = visit(&world, "n8n-7k3f9q.localhost").await;
    assert_eq!(status, 200);
    assert!(page.contains("ins_n8n-7k3f9q") && page.contains("simulated"), "{page}");
    assert_eq!(visit(&world, "other.localhost").await.0, 404);

    let stopped = Patch::Merge(json!({"spec": {"replicas": 0}}));
    world.deployments("a").patch("n8n-7k3f9q", &PatchParams::default(), &stopped).await.unwrap();
    until("nothing runs", async || (visit(&world, "n8n-7k3f9q.localhost").await.0 == 503).then_some(())).await;
    world.api("networking.k8s.io/v1/Ingress", "a").delete("n8n-7k3f9q", &Default::default()).await.unwrap();
    assert_eq!(visit(&world, "n8n-7k3f9q.localhost").await.0, 404);
}

#[tokio::test]
async fn the_first_owner_is_made_through_the_api_server_once() {
    let world = World::with_namespace("a", json!({})).await;
    // No pod comes up before it was asked.
    world.act("no_room", json!({"on": true})).await;
    publish(&world).await;
    let call = async |path: &str, body: Option<&str>| {
        let request = kube::core::Request::new(format!("/api/v1/namespaces/a/services/n8n-7k3f9q:http/proxy{path}"));
        let request = match body {
            Some(body) => request.create(&PostParams::default(), body.as_bytes().to_vec()),
            None => request.list(&ListParams::default()),
        };
        world.client.request_text(request.unwrap()).await
    };
    let early = refusal(call("/healthz", None).await.unwrap_err());
    assert_eq!((early.code, early.message.as_str()), (503, "no endpoints available for service \"n8n-7k3f9q\""));
    world.act("no_room", json!({"on": false})).await;
    world.until_ready("a", "n8n-7k3f9q").await;

    let health = call("/healthz", None).await.unwrap();
    let first = call("/rest/owner/setup", Some(r#"{"email": "a@example.test"}"#)).await;
    let second = refusal(call("/rest/owner/setup", Some(r#"{"email": "b@example.test"}"#)).await.unwrap_err());

    assert_eq!(health, r#"{"status":"ok"}"#);
    assert!(first.is_ok());
    assert_eq!(second.code, 400);
}

#[tokio::test]
async fn use_is_measured() {
    let world = World::with_namespace("a", json!({})).await;
    publish(&world).await;
    world.until_ready("a", "n8n-7k3f9q").await;

    let request = kube::core::Request::new("/apis/metrics.k8s.io/v1beta1/namespaces/a/pods");
    let list: Value = world.client.request(request.list(&ListParams::default()).unwrap()).await.unwrap();

    let usage = &list["items"][0]["containers"][0]["usage"];
    assert!(
        usage["cpu"].as_str().unwrap().ends_with('n') && usage["memory"].as_str().unwrap().ends_with("Ki"),
        "{usage}"
    );
}
