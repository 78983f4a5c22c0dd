//! Objects: create, apply, lists, deletion, refusals, and what survives a restart.
use super::*;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{DeleteParams, ListParams, PostParams};

fn config_map(name: &str, labels: Value, data: Value) -> Value {
    json!({"metadata": {"name": name, "labels": labels}, "data": data})
}

#[tokio::test]
async fn a_client_without_the_token_is_refused() {
    let world = World::new().await;
    let config = Config::new(world.simulator.base_url.parse().unwrap());
    let client = Client::try_from(config).unwrap();

    let refused = Api::<Namespace>::all(client).list(&ListParams::default()).await.unwrap_err();

    assert_eq!((refusal(refused).code, world.client.apiserver_version().await.unwrap().minor.as_str()), (401, "33"));
}

#[tokio::test]
async fn what_the_server_serves_can_be_discovered() {
    let world = World::new().await;

    let discovery = kube::Discovery::new(world.client.clone()).run().await.unwrap();
    let newer = kube::Discovery::new(world.client.clone()).run_aggregated().await.unwrap();
    let unknown = world.api("acme.invalid/v1/Thing", "default").list(&ListParams::default()).await.unwrap_err();

    for found in [discovery, newer] {
        assert!(found.resolve_gvk(&GroupVersionKind::gvk("networking.k8s.io", "v1", "Ingress")).is_some());
        assert!(found.resolve_gvk(&GroupVersionKind::gvk("", "v1", "Pod")).is_some());
    }
    assert_eq!(refusal(unknown).code, 404);
}

#[tokio::test]
async fn applying_creates_updates_and_changes_nothing_the_third_time() {
    let world = World::with_namespace("a", json!({})).await;

    let made = world.apply("v1/ConfigMap", "a", config_map("x", json!({}), json!({"k": "1"}))).await.unwrap();
    let changed = world.apply("v1/ConfigMap", "a", config_map("x", json!({}), json!({"l": "2"}))).await.unwrap();
    let same = world.apply("v1/ConfigMap", "a", config_map("x", json!({}), json!({"l": "2"}))).await.unwrap();

    assert_eq!(made.data["data"], json!({"k": "1"}));
    assert_eq!(changed.data["data"], json!({"l": "2"}), "a field that is applied no more goes");
    assert_eq!(changed.metadata.resource_version, same.metadata.resource_version);
    assert_eq!(made.metadata.uid, same.metadata.uid);
    let managers = same.metadata.managed_fields.unwrap();
    assert_eq!((managers[0].manager.as_deref(), managers[0].operation.as_deref()), (Some("yumna"), Some("Apply")));
}

#[tokio::test]
async fn a_field_of_another_manager_is_a_conflict_until_it_is_forced() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("v1/ConfigMap", "a", config_map("x", json!({}), json!({"k": "ours"}))).await.unwrap();
    let theirs = PatchParams { field_manager: Some("kubectl".into()), ..PatchParams::default() };
    let api = world.api("v1/ConfigMap", "a");
    api.patch("x", &theirs, &Patch::Merge(json!({"data": {"k": "theirs", "m": "theirs"}}))).await.unwrap();

    let gently = PatchParams::apply("yumna");
    let ours = config_map("x", json!({}), json!({"k": "ours"}));
    let refused = refusal(world.apply_as(&gently, "v1/ConfigMap", "a", ours.clone()).await.unwrap_err());
    let forced = world.apply("v1/ConfigMap", "a", ours).await.unwrap();

    assert_eq!((refused.code, refused.reason.as_str()), (409, "Conflict"));
    assert_eq!(refused.message, "Apply failed with 1 conflict: conflict with \"kubectl\" using v1: .data.k");
    assert_eq!(refused.details.unwrap().causes[0].reason, "FieldManagerConflict");
    assert_eq!(forced.data["data"], json!({"k": "ours", "m": "theirs"}));
}

#[tokio::test]
async fn refusals_carry_the_words_of_the_real_server() {
    let world = World::with_namespace("a", json!({})).await;
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), "a");
    let secret: Secret = serde_json::from_value(json!({"metadata": {"name": "s"}})).unwrap();
    let made = secrets.create(&PostParams::default(), &secret).await.unwrap();

    let missing = refusal(world.deployments("a").get("x").await.unwrap_err());
    let twice = refusal(secrets.create(&PostParams::default(), &secret).await.unwrap_err());
    let homeless = world.apply("v1/ConfigMap", "nowhere", config_map("x", json!({}), json!({}))).await;
    let mut stale = made.clone();
    stale.type_ = None;
    stale.metadata.labels = Some([("a".to_owned(), "b".to_owned())].into());
    secrets.replace("s", &PostParams::default(), &stale).await.unwrap();
    let late = refusal(secrets.replace("s", &PostParams::default(), &stale).await.unwrap_err());
    let strict = PatchParams::apply("yumna").force().validation_strict();
    let mut typo = deployment("d", "x/n8n:1", |_| {});
    typo["spec"]["replica"] = json!(2);
    let unknown = refusal(world.apply_as(&strict, "apps/v1/Deployment", "a", typo).await.unwrap_err());
    let mut odd = deployment("d", "x/n8n:1", |_| {});
    odd["spec"]["replicas"] = json!("two");
    let wrong = refusal(world.apply("apps/v1/Deployment", "a", odd).await.unwrap_err());

    assert_eq!(missing.message, "deployments.apps \"x\" not found");
    assert!(missing.is_not_found());
    assert!(twice.is_already_exists(), "{twice:?}");
    assert_eq!(refusal(homeless.unwrap_err()).message, "namespaces \"nowhere\" not found");
    assert!(late.is_conflict() && late.message.contains("the object has been modified"), "{late:?}");
    assert_eq!(unknown.message, "strict decoding error: unknown field \"spec.replica\"");
    assert_eq!(wrong.code, 400, "{wrong:?}");
}

#[tokio::test]
async fn nonsense_is_refused_and_harms_nobody() {
    let world = World::with_namespace("a", json!({})).await;
    let post = async |path: &str, body: &str| {
        let request = kube::core::Request::new(path).create(&PostParams::default(), body.as_bytes().to_vec()).unwrap();
        refusal(world.client.request_text(request).await.unwrap_err()).code
    };

    for body in ["[]", "\"x\"", "{", "{\"metadata\": 3}", "{\"metadata\": {\"labels\": [1]}}", "{\"spec\": 1}"] {
        for path in ["/apis/apps/v1/namespaces/a/deployments", "/api/v1/namespaces", "/api/v1/namespaces/a/pods"] {
            let code = post(path, body).await;
            assert!(code == 400 || code == 422, "{path} {body}: {code}");
        }
    }
    assert_eq!(post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "[]").await, 400);
    assert!(world.namespaces().get("a").await.is_ok());
}

#[tokio::test]
async fn immutable_fields_are_invalid_to_change() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();
    let mut other = deployment("d", "x/n8n:1", |_| {});
    other["spec"]["selector"] = json!({"matchLabels": {"yumna.dev/instance": "ins_d"}});

    let refused = refusal(world.apply("apps/v1/Deployment", "a", other).await.unwrap_err());

    assert_eq!((refused.code, refused.reason.as_str()), (422, "Invalid"));
    assert!(refused.message.ends_with("field is immutable"), "{}", refused.message);
    assert_eq!(refused.details.unwrap().causes[0].field, "spec.selector");
}

#[tokio::test]
async fn lists_are_paged_and_selected() {
    let world = World::with_namespace("a", json!({})).await;
    for number in 0..5 {
        let labels = json!({"parity": if number % 2 == 0 { "even" } else { "odd" }});
        world.apply("v1/ConfigMap", "a", config_map(&format!("c{number}"), labels, json!({}))).await.unwrap();
    }
    let api: Api<ConfigMap> = Api::namespaced(world.client.clone(), "a");
    let mut params = ListParams::default().labels("parity in (even,odd)").limit(2);
    let (mut names, mut pages) = (vec![], 0);

    loop {
        let page = api.list(&params).await.unwrap();
        pages += 1;
        names.extend(page.items.into_iter().filter_map(|item| item.metadata.name));
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => break,
        }
    }
    let even = api.list(&ListParams::default().labels("parity=even")).await.unwrap();
    let one = api.list(&ListParams::default().fields("metadata.name=c3")).await.unwrap();
    let odd = refusal(api.list(&ListParams::default().fields("data.x=1")).await.unwrap_err());

    assert_eq!((pages, names.join(" ").as_str()), (3, "c0 c1 c2 c3 c4"));
    assert_eq!((even.items.len(), one.items.len()), (3, 1));
    assert_eq!((odd.code, odd.message.as_str()), (400, "field label not supported: data.x"));
}

#[tokio::test]
async fn a_page_of_a_list_that_is_too_old_has_expired() {
    let world = World::new().await;
    let page = world.namespaces().list(&ListParams::default().limit(1)).await.unwrap();
    world.act("expire_watches", json!({})).await;

    let next = ListParams::default().limit(1).continue_token(&page.metadata.continue_.unwrap());
    let refused = refusal(world.namespaces().list(&next).await.unwrap_err());

    assert_eq!((refused.code, refused.reason.as_str()), (410, "Expired"));
}

#[tokio::test]
async fn objects_go_by_their_labels() {
    let world = World::with_namespace("a", json!({})).await;
    for (name, label) in [("x", "1"), ("y", "1"), ("z", "2")] {
        world.apply("v1/ConfigMap", "a", config_map(name, json!({"i": label}), json!({}))).await.unwrap();
    }
    let api = world.api("v1/ConfigMap", "a");

    api.delete_collection(&DeleteParams::default(), &ListParams::default().labels("i=1")).await.unwrap();

    let left = api.list(&ListParams::default().labels("i")).await.unwrap();
    assert_eq!(left.items.iter().filter_map(|one| one.metadata.name.as_deref()).collect::<Vec<_>>(), ["z"]);
}

#[tokio::test]
async fn a_namespace_ends_with_all_it_holds_and_takes_nothing_new_meanwhile() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();
    world.until_ready("a", "d").await;
    // Something holds it until everything has been asked.
    let held = json!({"metadata": {"name": "held", "finalizers": ["test/held"]}});
    world.apply("v1/ConfigMap", "a", held).await.unwrap();

    let going = world.namespaces().delete("a", &DeleteParams::default()).await.unwrap();
    let refused = world.apply("v1/ConfigMap", "a", config_map("late", json!({}), json!({}))).await;
    let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    world.api("v1/ConfigMap", "a").patch("held", &PatchParams::default(), &free).await.unwrap();
    until("the namespace is gone", async || world.namespaces().get_opt("a").await.unwrap().is_none().then_some(()))
        .await;

    assert_eq!(going.left().unwrap().status.unwrap().phase.as_deref(), Some("Terminating"));
    let refused = refusal(refused.unwrap_err());
    assert_eq!((refused.code, refused.details.unwrap().causes[0].reason.as_str()), (403, "NamespaceTerminating"));
    let left = world.act("objects", json!({"namespace": "a"})).await;
    assert_eq!(left["data"], json!([]));
}

#[tokio::test]
async fn dry_runs_store_nothing() {
    let world = World::with_namespace("a", json!({})).await;
    let params = PatchParams::apply("yumna").dry_run();

    let shown = world.apply_as(&params, "apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();

    assert_eq!(shown.data["spec"]["progressDeadlineSeconds"], 600, "defaults are shown");
    assert!(world.deployments("a").get_opt("d").await.unwrap().is_none());
}

#[tokio::test]
async fn a_restarted_cluster_has_its_objects_ports_and_token_again() {
    let dir = tempfile::tempdir().unwrap();
    let before = World::start(Some(dir.path())).await;
    before.apply("v1/Namespace", "", json!({"metadata": {"name": "a"}})).await.unwrap();
    let made = before.apply("v1/ConfigMap", "a", config_map("x", json!({}), json!({"k": "1"}))).await.unwrap();
    let settings = before.simulator.settings.clone();
    // No goodbye: whatever was acknowledged must be on disk already.
    drop(before);

    let after = World::start(Some(dir.path())).await;

    let found = after.api("v1/ConfigMap", "a").get("x").await.unwrap();
    assert_eq!((found.metadata.uid, &found.data["data"]), (made.metadata.uid, &json!({"k": "1"})));
    assert_eq!(after.simulator.settings, settings);
}
