//! What is refused, what fails on the way and what never comes up: each has its meaning and nothing is done twice.
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_belongs_to_another_is_never_adopted() {
    let cloud = Cloud::open().await;
    let first = cloud.order(N8N);
    cloud.does(&first, Verb::Create).await;
    let mut second = cloud.order_for(N8N, &first.customer_id);
    second.name = first.name.clone();

    assert_eq!(code(cloud.tries(&second, Verb::Create).await), "name_taken");

    assert!(cloud.runs(&first).await);
    cloud.does(&first, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_server_finds_invalid_is_refused_and_a_plan_too_small_too() {
    let cloud = Cloud::open().await;
    let mut crooked = cloud.order(N8N);
    crooked.name = "Not_A_Name".into();
    let mut poor = cloud.order(N8N);
    poor.resources.memory_mb = 64;

    assert_eq!(code(cloud.tries(&crooked, Verb::Create).await), "invalid");
    assert_eq!(code(cloud.tries(&poor, Verb::Create).await), "plan_too_small");

    cloud.does(&crooked, Verb::Terminate).await;
    cloud.does(&poor, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_the_quota_leaves_no_room_for_is_given_up_at_once() {
    let cloud = Cloud::open().await;
    let spec = cloud.order(N8N);
    for phase in ["namespace", "policies", "secrets", "volume", "companions"] {
        cloud.phase(&spec, Verb::Create, phase).await.unwrap();
    }
    let quotas: Api<k8s_openapi::api::core::v1::ResourceQuota> =
        Api::namespaced(cloud.client().await, &namespace(&spec));
    let tiny = Patch::Merge(json!({ "spec": { "hard": { "limits.memory": "1Mi" } } }));
    quotas.patch("plan", &PatchParams::default(), &tiny).await.unwrap();
    cloud.phase(&spec, Verb::Create, "workload").await.unwrap();

    assert_eq!(cloud.complains(&spec, Verb::Create, "health", "quota").await, "rejected");

    cloud.does(&spec, Verb::Terminate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_wire_delay_the_work_and_never_double_it() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let calm = cloud.order(N8N);
    cloud.does(&calm, Verb::Create).await;
    let names = |objects: Vec<String>, spec: &InstanceSpec| -> Vec<String> {
        let ours =
            ["Deployment", "Service ", "Ingress", "Secret", "ConfigMap", "PersistentVolumeClaim", "NetworkPolicy"];
        let is_ours = |object: &String| ours.iter().any(|kind| object.starts_with(kind));
        objects.into_iter().filter(is_ours).map(|object| object.replace(&spec.name, "NAME")).collect()
    };
    let expected = names(cloud.objects_of(&calm).await, &calm);
    let faults = [
        FaultKind::DropConnection,
        FaultKind::TimeoutAfterEffect,
        FaultKind::Status500,
        FaultKind::Status429,
        FaultKind::Malformed,
        FaultKind::TimeoutBefore,
        FaultKind::Delay,
    ];
    for kind in faults {
        let spec = cloud.order(N8N);
        // Where there is no answer at all, the driver's own time limit passes: once is enough.
        let is_silent = matches!(kind, FaultKind::TimeoutBefore | FaultKind::TimeoutAfterEffect);
        let (times, paths): (u32, &[&str]) = if is_silent {
            (1, &["/deployments/"])
        } else {
            (2, &["/namespaces/", "/secrets/", "/deployments/", "/ingresses/", "/jobs/", "/pods"])
        };
        for path in paths {
            cloud.goes_wrong(kind, times, path);
        }

        cloud.tries(&spec, Verb::Create).await.unwrap_or_else(|error| panic!("{kind:?}: {error}"));

        assert!(cloud.runs(&spec).await, "{kind:?}");
        assert_eq!(names(cloud.objects_of(&spec).await, &spec), expected, "{kind:?}");
        if !is_silent {
            cloud.goes_wrong(kind, 2, "/deployments/");
        }
        cloud.does(&spec, Verb::Terminate).await;
        assert_eq!(cloud.observes(&spec).await, Observed::Absent, "{kind:?}");
        cloud.faults.clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_has_its_meaning() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(N8N);
    let cases = [
        (FaultKind::Status429, "unavailable"),
        (FaultKind::Status500, "unavailable"),
        (FaultKind::DropConnection, "unavailable"),
        (FaultKind::TimeoutAfterEffect, "unavailable"),
        (FaultKind::Malformed, "unknown"),
        (FaultKind::Status401, "unauthorized"),
        (FaultKind::Status403, "forbidden"),
    ];
    for (kind, expected) in cases {
        cloud.goes_wrong(kind, 1, "/namespaces/");
        let outcome = cloud.driver.run(&cloud.target, &spec, Verb::Create, "namespace").await;
        let is_about_us = outcome.as_ref().is_err_and(drivers::refuses_us);
        assert_eq!(is_about_us, matches!(kind, FaultKind::Status401 | FaultKind::Status403), "{kind:?}");
        assert_eq!(code(outcome), expected, "{kind:?}");
        cloud.faults.clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_crashes_is_given_up_with_its_reason_and_a_new_attempt_starts_fresh() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let spec = cloud.order(N8N);
    cloud.act("crash", json!({ "instance": spec.instance_id })).await;
    for phase in ["namespace", "policies", "secrets", "volume", "companions", "workload"] {
        cloud.phase(&spec, Verb::Create, phase).await.unwrap();
    }

    cloud.complains(&spec, Verb::Create, "health", "crash_loop").await;
    // Between two crashes it runs for a moment and looks as if it were starting.
    let begun = Instant::now();
    let reason = loop {
        let Observed::Present { health, reason, .. } = cloud.observes(&spec).await else { panic!("it is there") };
        if health == Health::Crashing {
            break reason;
        }
        assert!(begun.elapsed() < cloud.patience(), "{health:?} {reason:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(reason.unwrap().code, "crash_loop");

    // The saga asks the same phase again: what crashed before must not decide over the new attempt.
    let begun = Instant::now();
    while !matches!(
        cloud.driver.run(&cloud.target, &spec, Verb::Create, "health").await,
        Err(OutsideError::Rejected { code, .. }) if code == "crash_loop"
    ) {
        assert!(begun.elapsed() < cloud.patience(), "it is never given up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    cloud.act("heal", json!({ "instance": spec.instance_id })).await;
    cloud.phase(&spec, Verb::Create, "health").await.expect("the new attempt starts fresh");
    cloud.does(&spec, Verb::Create).await;
    assert!(cloud.runs(&spec).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_cannot_be_pulled_and_a_volume_that_is_late_are_named() {
    let cloud = Cloud::open().await;
    if cloud.simulator.is_none() {
        return;
    }
    let ground = ["namespace", "policies", "secrets", "volume", "companions", "workload"];
    let without_image = cloud.order(N8N);
    cloud.act("image_pull_error", json!({ "instance": without_image.instance_id })).await;
    for phase in ground {
        cloud.phase(&without_image, Verb::Create, phase).await.unwrap();
    }
    assert_eq!(cloud.complains(&without_image, Verb::Create, "health", "image_pull").await, "waiting");

    cloud.act("pending_volume", json!({ "on": true })).await;
    let without_disk = cloud.order(N8N);
    for phase in ground {
        cloud.phase(&without_disk, Verb::Create, phase).await.unwrap();
    }
    assert_eq!(cloud.complains(&without_disk, Verb::Create, "health", "volume_pending").await, "waiting");

    cloud.act("pending_volume", json!({ "on": false })).await;
    cloud.act("heal", json!({})).await;
    cloud.does(&without_image, Verb::Create).await;
    cloud.does(&without_disk, Verb::Create).await;
}
