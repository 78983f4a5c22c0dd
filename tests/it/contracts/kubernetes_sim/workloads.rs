//! What runs: rollouts, quotas, pod security, volumes, jobs.
use super::*;
use k8s_openapi::api::{batch::v1::Job, core::v1::PersistentVolumeClaim};
use kube::api::{DeleteParams, ListParams};

#[tokio::test]
async fn a_deployment_becomes_ready() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "docker.io/n8nio/n8n:2", |_| {})).await.unwrap();

    let ready = world.until_ready("a", "d").await;

    let status = serde_json::to_value(ready.status).unwrap();
    let progressing = conditions(Some(&status)).into_iter().find(|one| one["type"] == "Progressing").unwrap();
    assert_eq!((&progressing["status"], &progressing["reason"]), (&json!("True"), &json!("NewReplicaSetAvailable")));
    let pod = world.the_pod("a").await;
    assert_eq!(pod.metadata.labels.unwrap()["yumna.dev/instance"], "ins_d");
    assert_eq!(pod.status.unwrap().phase.as_deref(), Some("Running"));
}

#[tokio::test]
async fn a_new_template_replaces_the_pod_and_zero_replicas_take_it_away() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();
    world.until_ready("a", "d").await;
    let first = world.the_pod("a").await.metadata.uid;

    world.deployments("a").restart("d").await.unwrap();
    world.until_ready("a", "d").await;
    let second = world.the_pod("a").await.metadata.uid;
    let mut scale = world.deployments("a").get_scale("d").await.unwrap();
    scale.spec.as_mut().unwrap().replicas = Some(0);
    let replicas = Patch::Merge(json!({"spec": {"replicas": 0}}));
    world.deployments("a").patch_scale("d", &PatchParams::default(), &replicas).await.unwrap();
    until("no pod is left", async || {
        world.pods("a").list(&ListParams::default()).await.unwrap().items.is_empty().then_some(())
    })
    .await;

    assert_ne!(first, second);
    let applied = world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();
    let annotations = &applied.data["spec"]["template"]["metadata"]["annotations"];
    assert!(annotations["kube.kubernetes.io/restartedAt"].is_string(), "a restart survives our apply: {annotations}");
    world.until_ready("a", "d").await;
}

#[tokio::test]
async fn rolling_updates_keep_a_pod_ready_all_the_time() {
    let world = World::with_namespace("a", json!({})).await;
    let rolling = |image: &str| {
        let mut object = deployment("d", image, |_| {});
        let bounds = json!({"maxSurge": 1, "maxUnavailable": 0});
        object["spec"]["strategy"] = json!({"type": "RollingUpdate", "rollingUpdate": bounds});
        object
    };
    world.apply("apps/v1/Deployment", "a", rolling("x/n8n:1")).await.unwrap();
    world.until_ready("a", "d").await;

    world.apply("apps/v1/Deployment", "a", rolling("x/n8n:2")).await.unwrap();
    until("the new version is out", async || {
        let present = world.deployments("a").get("d").await.unwrap();
        assert!(present.status.as_ref().unwrap().ready_replicas.unwrap_or(0) >= 1, "{:?}", present.status);
        is_rolled_out(&present).then_some(())
    })
    .await;

    let pod = world.the_pod("a").await;
    assert_eq!(pod.spec.unwrap().containers[0].image.as_deref(), Some("x/n8n:2"));
}

#[tokio::test]
async fn a_quota_refuses_pods_and_the_deployment_says_so() {
    let world = World::with_namespace("a", json!({})).await;
    let quota = json!({"metadata": {"name": "plan"}, "spec": {"hard": {"limits.memory": "1Gi", "persistentvolumeclaims": "1"}}});
    world.apply("v1/ResourceQuota", "a", quota).await.unwrap();
    let big = deployment("d", "x/n8n:1", |spec| {
        spec["containers"][0]["resources"] = json!({"limits": {"memory": "2Gi", "cpu": "1"}});
    });
    world.apply("apps/v1/Deployment", "a", big).await.unwrap();

    let failure = replica_failure(&world).await;

    assert_eq!(failure["reason"], "FailedCreate");
    let why = failure["message"].as_str().unwrap();
    let tail = "is forbidden: exceeded quota: plan, requested: limits.memory=2Gi, used: limits.memory=0, limited: limits.memory=1Gi";
    assert!(why.starts_with("pods \"d-") && why.ends_with(tail), "{why}");
    let claim = |name: &str| {
        let spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
        json!({"metadata": {"name": name}, "spec": spec})
    };
    world.apply("v1/PersistentVolumeClaim", "a", claim("one")).await.unwrap();
    let refused = refusal(world.apply("v1/PersistentVolumeClaim", "a", claim("two")).await.unwrap_err());
    assert_eq!(refused.code, 403);
    assert!(refused.message.contains("used: persistentvolumeclaims=1"), "{}", refused.message);

    let roomy = json!({"metadata": {"name": "plan"}, "spec": {"hard": {"limits.memory": "4Gi", "persistentvolumeclaims": "1"}}});
    world.apply("v1/ResourceQuota", "a", roomy).await.unwrap();
    world.until_ready("a", "d").await;
    let used = until("the quota counts the pod", async || {
        let quota = world.api("v1/ResourceQuota", "a").get("plan").await.unwrap();
        (quota.data["status"]["used"]["limits.memory"] == "2Gi").then(|| quota.data["status"]["used"].clone())
    })
    .await;
    assert_eq!(used["persistentvolumeclaims"], "1");
}

async fn replica_failure(world: &World) -> Value {
    until("the deployment reports a failure", async || {
        let found = world.deployments("a").get("d").await.unwrap();
        let status = serde_json::to_value(found.status).unwrap();
        conditions(Some(&status)).into_iter().find(|one| one["type"] == "ReplicaFailure")
    })
    .await
}

#[tokio::test]
async fn limit_ranges_fill_in_what_containers_leave_out() {
    let world = World::with_namespace("a", json!({})).await;
    let limits = json!({"type": "Container", "default": {"memory": "256Mi"}, "defaultRequest": {"memory": "64Mi"}});
    world.apply("v1/LimitRange", "a", json!({"metadata": {"name": "d"}, "spec": {"limits": [limits]}})).await.unwrap();
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();

    let pod = world.the_pod("a").await;

    let resources = serde_json::to_value(&pod.spec.unwrap().containers[0].resources).unwrap();
    assert_eq!(resources, json!({"limits": {"memory": "256Mi"}, "requests": {"memory": "64Mi"}}));
}

#[tokio::test]
async fn pod_security_refuses_what_the_namespace_forbids() {
    let labels = json!({
        "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "v1.33",
    });
    let world = World::with_namespace("a", labels).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();

    let failure = replica_failure(&world).await;

    let why = failure["message"].as_str().unwrap();
    assert!(why.contains("is forbidden: violates PodSecurity \"restricted:v1.33\": allowPrivilegeEscalation != false (container \"app\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities"), "{why}");
    let mild = deployment("d", "x/n8n:1", |spec| {
        spec["securityContext"] = json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
        spec["containers"][0]["securityContext"] =
            json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    });
    world.apply("apps/v1/Deployment", "a", mild).await.unwrap();
    world.until_ready("a", "d").await;
}

#[tokio::test]
async fn volumes_are_bound_when_a_pod_needs_them_grow_and_never_shrink() {
    let world = World::with_namespace("a", json!({})).await;
    let claim = |size: &str| {
        let spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}});
        json!({"metadata": {"name": "data"}, "spec": spec})
    };
    world.apply("v1/PersistentVolumeClaim", "a", claim("5Gi")).await.unwrap();
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(world.client.clone(), "a");
    let phase = async || claims.get("data").await.unwrap().status.unwrap().phase.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(phase().await, "Pending", "nobody uses it yet");
    let user = deployment("d", "x/n8n:1", |spec| {
        spec["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    });
    world.apply("apps/v1/Deployment", "a", user).await.unwrap();
    world.until_ready("a", "d").await;
    assert_eq!(phase().await, "Bound");

    world.apply("v1/PersistentVolumeClaim", "a", claim("8Gi")).await.unwrap();
    until("the volume has grown", async || {
        let capacity = claims.get("data").await.unwrap().status.unwrap().capacity.unwrap();
        (capacity["storage"].0 == "8Gi").then_some(())
    })
    .await;
    let refused = refusal(world.apply("v1/PersistentVolumeClaim", "a", claim("1Gi")).await.unwrap_err());
    claims.delete("data", &DeleteParams::default()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;

    assert_eq!(refused.code, 422);
    assert!(claims.get_opt("data").await.unwrap().is_some(), "a volume in use waits for its pod");
    world.deployments("a").delete("d", &DeleteParams::foreground()).await.unwrap();
    until("the volume is gone", async || claims.get_opt("data").await.unwrap().is_none().then_some(())).await;
}

#[tokio::test]
async fn jobs_complete_or_give_up() {
    let world = World::with_namespace("a", json!({})).await;
    world.act("crash", json!({"image_contains": "broken"})).await;
    let job = |name: &str, image: &str| {
        let container = json!({"name": "run", "image": image, "command": ["true"]});
        let pod = json!({"restartPolicy": "Never", "containers": [container]});
        json!({"metadata": {"name": name}, "spec": {"backoffLimit": 0, "template": {"spec": pod}}})
    };
    world.apply("batch/v1/Job", "a", job("good", "x/cli:1")).await.unwrap();
    world.apply("batch/v1/Job", "a", job("bad", "x/broken:1")).await.unwrap();
    let jobs: Api<Job> = Api::namespaced(world.client.clone(), "a");
    let ended = async |name: &str| {
        until("the job ends", async || {
            let status = serde_json::to_value(jobs.get(name).await.unwrap().status).unwrap();
            let end = |one: &Value| matches!(one["type"].as_str(), Some("Complete" | "Failed"));
            conditions(Some(&status)).into_iter().find(end)
        })
        .await
    };

    assert_eq!(ended("good").await["type"], "Complete");
    assert_eq!(ended("bad").await["reason"], "BackoffLimitExceeded");
    let again = world.apply("batch/v1/Job", "a", job("good", "x/cli:1")).await.unwrap();
    assert_eq!(again.data["status"]["succeeded"], 1, "applying a finished job again changes nothing");
}

#[tokio::test]
async fn a_cron_job_makes_one_job_after_a_long_pause_and_old_jobs_go() {
    let world = World::with_namespace("a", json!({})).await;
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "run", "image": "x/cli:1"}]});
    let job = json!({"spec": {"ttlSecondsAfterFinished": 86400, "template": {"spec": pod}}});
    let spec = json!({"schedule": "30 2 * * *", "timeZone": "Asia/Jakarta", "jobTemplate": job});
    world.apply("batch/v1/CronJob", "a", json!({"metadata": {"name": "backup"}, "spec": spec})).await.unwrap();
    let jobs: Api<Job> = Api::namespaced(world.client.clone(), "a");
    let names = async || -> Vec<String> {
        let list = jobs.list(&ListParams::default()).await.unwrap();
        list.items.into_iter().filter_map(|job| job.metadata.name).collect()
    };
    assert!(names().await.is_empty());

    world.later(3 * 86400).await;
    let first = names().await;
    until("the job completes", async || jobs.get(&first[0]).await.unwrap().status?.succeeded).await;
    world.later(86400 + 60).await;
    let later = until("the old job is gone", async || {
        let names = names().await;
        (!names.contains(&first[0])).then_some(names)
    })
    .await;

    assert_eq!((first.len(), later.len()), (1, 1), "{first:?} {later:?}");
}

#[tokio::test]
async fn a_rollout_that_does_not_move_has_failed_after_its_deadline() {
    let world = World::with_namespace("a", json!({})).await;
    world.act("image_pull_error", json!({"image_contains": "n8n"})).await;
    let mut object = deployment("d", "x/n8n:1", |_| {});
    object["spec"]["progressDeadlineSeconds"] = json!(300);
    world.apply("apps/v1/Deployment", "a", object).await.unwrap();
    until("the image is backed off", async || waiting_reason(&world).await.filter(|why| why == "ImagePullBackOff"))
        .await;

    world.later(301).await;

    until("the rollout has failed", async || {
        let status = serde_json::to_value(world.deployments("a").get("d").await.unwrap().status).unwrap();
        let is_late = |one: &Value| one["status"] == "False" && one["reason"] == "ProgressDeadlineExceeded";
        conditions(Some(&status)).iter().any(is_late).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_disruption_budget_forbids_an_eviction() {
    let world = World::with_namespace("a", json!({})).await;
    world.apply("apps/v1/Deployment", "a", deployment("d", "x/n8n:1", |_| {})).await.unwrap();
    world.until_ready("a", "d").await;
    let spec = json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "d"}}});
    world.apply("policy/v1/PodDisruptionBudget", "a", json!({"metadata": {"name": "d"}, "spec": spec})).await.unwrap();
    let name = world.the_pod("a").await.metadata.name.unwrap();

    let refused = refusal(world.pods("a").evict(&name, &Default::default()).await.unwrap_err());
    world.api("policy/v1/PodDisruptionBudget", "a").delete("d", &DeleteParams::default()).await.unwrap();
    world.pods("a").evict(&name, &Default::default()).await.unwrap();

    assert_eq!((refused.code, refused.reason.as_str()), (429, "TooManyRequests"));
    until("another pod takes its place", async || (world.the_pod("a").await.metadata.name? != name).then_some(()))
        .await;
}

#[tokio::test]
async fn a_missing_secret_keeps_a_container_from_starting_until_it_is_there() {
    let world = World::with_namespace("a", json!({})).await;
    let needy = deployment("d", "x/n8n:1", |spec| {
        spec["containers"][0]["envFrom"] = json!([{"secretRef": {"name": "env"}}]);
    });
    world.apply("apps/v1/Deployment", "a", needy).await.unwrap();
    until("the container waits", async || {
        waiting_reason(&world).await.filter(|why| why == "CreateContainerConfigError")
    })
    .await;

    world.apply("v1/Secret", "a", json!({"metadata": {"name": "env"}, "data": {"A": "Yg=="}})).await.unwrap();

    world.until_ready("a", "d").await;
}

/// Why the first container of the only pod waits.
pub(super) async fn waiting_reason(world: &World) -> Option<String> {
    let pod = world.the_pod("a").await;
    let containers = pod.status?.container_statuses?;
    containers.first()?.state.clone()?.waiting?.reason
}
