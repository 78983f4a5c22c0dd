//! Rights, judged by roles and bindings as the real server judges them, once that is asked for.
use super::*;
use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    authorization::v1::SelfSubjectAccessReview,
    core::v1::{ConfigMap, Secret},
};
use kube::api::{ListParams, PostParams};

const ROLE: &str = "rbac.authorization.k8s.io/v1/ClusterRole";
const BINDING: &str = "rbac.authorization.k8s.io/v1/RoleBinding";
const CLUSTER_BINDING: &str = "rbac.authorization.k8s.io/v1/ClusterRoleBinding";

fn role(name: &str, rules: Value) -> Value {
    json!({"metadata": {"name": name}, "rules": rules})
}

/// A binding of a cluster role to the account the token belongs to.
fn binding(name: &str, role: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "namespace": "yumna-system", "name": "yumna"}],
    })
}

impl World {
    async fn may(&self, verb: &str, resource: &str, namespace: &str) -> bool {
        let review =
            json!({"spec": {"resourceAttributes": {"verb": verb, "resource": resource, "namespace": namespace}}});
        let api: Api<SelfSubjectAccessReview> = Api::all(self.client.clone());
        let answer = api.create(&PostParams::default(), &serde_json::from_value(review).unwrap()).await.unwrap();
        answer.status.unwrap().allowed
    }

    async fn account(&self) -> String {
        let api: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let answer = api.create(&PostParams::default(), &SelfSubjectReview::default()).await.unwrap();
        answer.status.unwrap().user_info.unwrap().username.unwrap()
    }
}

#[tokio::test]
async fn the_token_may_do_everything_until_rights_are_judged_and_then_only_what_a_role_gives() {
    let world = World::with_namespace("a", json!({})).await;
    let reads = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]);
    world.apply(ROLE, "", role("reader", reads)).await.unwrap();
    world.apply(BINDING, "a", binding("reads", "reader")).await.unwrap();
    assert_eq!((world.account().await.as_str(), world.may("delete", "secrets", "").await), ("system:admin", true));

    world.act("rbac", json!({"on": true})).await;

    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), "a");
    let maps: Api<ConfigMap> = Api::namespaced(world.client.clone(), "a");
    let elsewhere: Api<ConfigMap> = Api::namespaced(world.client.clone(), "default");
    assert_eq!(world.account().await, "system:serviceaccount:yumna-system:yumna");
    assert!(world.may("list", "configmaps", "a").await && !world.may("list", "configmaps", "").await);
    assert!(!world.may("create", "configmaps", "a").await && !world.may("list", "secrets", "a").await);
    maps.list(&ListParams::default()).await.unwrap();
    let refused = refusal(secrets.get("x").await.unwrap_err());
    assert_eq!((refused.code, refused.reason.as_str()), (403, "Forbidden"));
    assert_eq!(
        refused.message,
        "secrets \"x\" is forbidden: User \"system:serviceaccount:yumna-system:yumna\" cannot get resource \"secrets\" \
         in API group \"\" in the namespace \"a\"",
        "also of what does not exist"
    );
    assert_eq!(refusal(elsewhere.list(&ListParams::default()).await.unwrap_err()).code, 403);
    let written = world.apply("v1/ConfigMap", "a", json!({"metadata": {"name": "m"}, "data": {}})).await;
    assert_eq!(refusal(written.unwrap_err()).code, 403);

    world.act("rbac", json!({"on": false})).await;
    world.apply("v1/ConfigMap", "a", json!({"metadata": {"name": "m"}, "data": {}})).await.unwrap();
}

#[tokio::test]
async fn an_apply_that_makes_something_new_needs_the_right_to_create_too() {
    let world = World::with_namespace("a", json!({})).await;
    let map = |value: &str| json!({"metadata": {"name": "m"}, "data": {"k": value}});
    let writes = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}]);
    world.apply(ROLE, "", role("writer", writes)).await.unwrap();
    world.apply(BINDING, "a", binding("writes", "writer")).await.unwrap();

    world.act("rbac", json!({"on": true})).await;
    assert_eq!(refusal(world.apply("v1/ConfigMap", "a", map("1")).await.unwrap_err()).code, 403);
    world.act("rbac", json!({"on": false})).await;
    world.apply("v1/ConfigMap", "a", map("1")).await.unwrap();
    world.act("rbac", json!({"on": true})).await;

    world.apply("v1/ConfigMap", "a", map("2")).await.unwrap();
}

#[tokio::test]
async fn nobody_gives_himself_a_role_without_the_verb_bind_on_it_and_a_binding_keeps_its_role() {
    let world = World::with_namespace("a", json!({})).await;
    let group = "rbac.authorization.k8s.io";
    let bindings = json!({"apiGroups": [group], "resources": ["rolebindings"], "verbs": ["get", "create", "patch"]});
    let bind = json!({
        "apiGroups": [group], "resources": ["clusterroles"], "resourceNames": ["tenant"], "verbs": ["bind"],
    });
    let secrets = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]);
    world.apply(ROLE, "", role("tenant", secrets)).await.unwrap();
    world.apply(ROLE, "", role("driver", json!([bindings]))).await.unwrap();
    world.apply(CLUSTER_BINDING, "", binding("driver", "driver")).await.unwrap();
    world.act("rbac", json!({"on": true})).await;

    let refused = refusal(world.apply(BINDING, "a", binding("yumna", "tenant")).await.unwrap_err());
    assert_eq!(refused.code, 403);
    assert!(refused.message.contains("is attempting to grant RBAC permissions not currently held"), "{refused:?}");
    world.act("rbac", json!({"on": false})).await;
    world.apply(ROLE, "", role("driver", json!([bindings, bind]))).await.unwrap();
    world.act("rbac", json!({"on": true})).await;
    world.apply(BINDING, "a", binding("yumna", "tenant")).await.unwrap();
    world.apply(BINDING, "a", binding("yumna", "tenant")).await.unwrap();

    assert!(world.may("list", "secrets", "a").await && !world.may("list", "secrets", "default").await);
    assert_eq!(refusal(world.apply(BINDING, "a", binding("other", "driver")).await.unwrap_err()).code, 403);
    world.act("rbac", json!({"on": false})).await;
    let turned = refusal(world.apply(BINDING, "a", binding("yumna", "driver")).await.unwrap_err());
    assert_eq!(turned.code, 422);
    assert!(turned.message.contains("roleRef"), "{turned:?}");
}
