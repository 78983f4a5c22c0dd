//! From paid to running.
use super::*;
use crate::support::driver::{CREATE, Mishap};
use entity::value::{Health, StepStatus, TargetStatus, TaskStatus};
use secrecy::ExposeSecret;
use yumna::{
    domain::provisioning::{ProvisioningError, instance as instances},
    kernel::locale::Lang,
};

#[tokio::test]
async fn a_paid_contract_gets_an_instance_that_runs() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;

    assert!(row.name.starts_with("ghost-") && row.name.len() == "ghost-".len() + 6, "{}", row.name);
    assert_eq!(row.url.as_deref(), Some(format!("http://{}.apps.localhost:8081", row.name).as_str()));
    assert_eq!((row.health, row.customer_id.clone()), (Some(Health::Ok), contract.customer_id));
    assert_eq!(farm.driver.things(row.id.as_str()).len(), CREATE.len());
    let view = find::task_view(&farm.ctx().db, &farm.task(&row).await).await.unwrap();
    assert_eq!(view.status, TaskStatus::Succeeded);
    assert_eq!(view.steps.len(), 1 + CREATE.len());
    assert!(view.steps.iter().all(|step| step.status == StepStatus::Done && step.finished_at.is_some()));
    assert_eq!(farm.count_events("instance.running").await, 1);
}

#[tokio::test]
async fn news_that_come_twice_or_at_once_make_one_instance() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    let twins: Vec<_> = (0..4)
        .map(|_| {
            let (ctx, id) = (farm.ctx(), contract.id.clone());
            tokio::spawn(async move { follow::follow(&ctx, &id).await.unwrap() })
        })
        .collect();
    for twin in twins {
        twin.await.unwrap();
    }
    farm.drain().await;
    follow::follow(&farm.ctx(), &contract.id).await.unwrap();
    farm.drain().await;

    assert_eq!(instance::Entity::find().count(&farm.ctx().db).await.unwrap(), 1);
    assert_eq!(task::Entity::find().count(&farm.ctx().db).await.unwrap(), 1);
    assert_eq!(farm.count_events("instance.running").await, 1);
}

#[tokio::test]
async fn a_crash_in_any_step_before_or_after_its_effect_changes_nothing_in_the_end() {
    for phase in CREATE {
        for mishap in [Mishap::HangBefore, Mishap::HangAfterEffect] {
            let farm = Farm::new().await;
            let contract = farm.contract().await;
            farm.driver.meets(phase, mishap, 1);
            farm.becomes(&contract, SubscriptionStatus::Active).await;

            farm.crash().await;
            farm.drain().await;

            let row = farm.instance(&contract).await;
            assert_eq!(row.status, InstanceStatus::Running, "{phase} {mishap:?}");
            assert_eq!(farm.task(&row).await.attempts, 0, "a crash spends no attempt");
            assert_eq!(farm.count_events("instance.running").await, 1);
        }
    }
}

#[tokio::test]
async fn a_crash_while_it_is_taken_back_changes_nothing_in_the_end() {
    for phase in ["unpublish", "remove"] {
        for mishap in [Mishap::HangBefore, Mishap::HangAfterEffect] {
            let farm = Farm::new().await;
            let contract = farm.contract().await;
            farm.is_about_to_turn_back(&contract).await;
            farm.driver.meets(phase, mishap, 1);

            farm.crash().await;
            farm.drain().await;

            let row = farm.instance(&contract).await;
            assert_eq!(row.status, InstanceStatus::Terminated, "{phase} {mishap:?}");
            assert!(farm.driver.things(row.id.as_str()).is_empty());
            assert_eq!(farm.count_events("instance.failed").await, 1);
        }
    }
}

#[tokio::test]
async fn a_cluster_that_refuses_us_spends_no_attempt_and_is_told_at_once() {
    for phase in CREATE {
        let farm = Farm::new().await;
        let contract = farm.contract().await;
        farm.driver.meets(phase, Mishap::Refused, 1000);
        farm.becomes(&contract, SubscriptionStatus::Active).await;
        farm.drain().await;
        farm.pass(Duration::seconds(10)).await;
        let row = farm.instance(&contract).await;
        assert_eq!((row.status, farm.task(&row).await.attempts), (InstanceStatus::Provisioning, 0), "{phase}");
        assert_eq!(farm.open_alerts().await, ["cluster_refuses_us"], "{phase}");

        farm.driver.heals();
        farm.pass(Duration::seconds(10)).await;

        assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running, "{phase}");
        assert!(farm.open_alerts().await.is_empty());
    }
}

#[tokio::test]
async fn a_cluster_that_was_not_tested_or_fails_its_test_takes_no_orders() {
    let farm = Farm::new().await;
    let one = clusters::list(&farm.ctx().db).await.unwrap().remove(0).0;
    farm.drain().await;
    farm.driver.meets("check", Mishap::Rejected, 1);
    assert!(clusters::check(&farm.ctx(), &one.id).await.is_err());
    assert!(!clusters::is_any_ready(&farm.ctx().db).await.unwrap());
    let contract = farm.contract().await;
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.cluster_id, None);
    let alerts = farm.open_alerts().await;
    assert!(alerts.contains(&"no_room".to_owned()), "{alerts:?}");
    let view = find::task_view(&farm.ctx().db, &farm.task(&farm.instance(&contract).await).await).await.unwrap();
    assert_eq!(view.steps[0].reason.as_deref(), Some("no_room"));

    clusters::run_check_clusters(farm.ctx(), clusters::CheckClusters {}).await.unwrap();
    farm.drain().await;

    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running, "a test that passes wakes who waits");
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn what_was_done_and_found_is_read_in_both_languages() {
    let farm = Farm::new().await;
    farm.drain().await;
    let contract = farm.contract().await;
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    let task = farm.task(&farm.instance(&contract).await).await;
    let view = find::task_view(&farm.ctx().db, &task).await.unwrap();
    let step = view.steps.iter().find(|step| step.name == "workload").unwrap();
    let (id, en) = (step.note_in(Lang::Id), step.note_in(Lang::En));
    assert_eq!((id.as_deref(), en.as_deref()), (Some("workload terpasang"), Some("workload is deployed")));

    let row = clusters::list(&farm.ctx().db).await.unwrap().remove(0).0;
    assert_eq!(clusters::found(&row, Lang::Id), "Semua hak ada");
    farm.driver.meets("check", Mishap::Rejected, 1);
    assert!(clusters::check(&farm.ctx(), &row.id).await.is_err());
    let mut row = clusters::list(&farm.ctx().db).await.unwrap().remove(0).0;
    assert_eq!(clusters::found(&row, Lang::Id), "Ada hak yang kurang: may not list pods.");
    assert_eq!(clusters::found(&row, Lang::En), "Rights are missing: may not list pods.");
    row.check_found = None;
    assert_eq!(Some(clusters::found(&row, Lang::Id)), row.check_note, "older tests as they were written");
}

#[tokio::test]
async fn a_cluster_that_fails_its_test_is_tested_again_within_the_minute_for_as_long_as_it_fails() {
    let farm = Farm::new().await;
    farm.drain().await;
    farm.driver.meets("check", Mishap::Unavailable, 3);
    clusters::run_check_clusters(farm.ctx(), clusters::CheckClusters {}).await.unwrap();
    farm.drain().await;
    let contract = farm.contract().await;
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;

    farm.pass(Duration::seconds(31)).await;
    assert_eq!(farm.instance(&contract).await.cluster_id, None);
    farm.pass(Duration::seconds(31)).await;
    assert_eq!(farm.instance(&contract).await.cluster_id, None);
    farm.pass(Duration::seconds(31)).await;
    // Where the order was being refused a place at that very moment, it goes on right after.
    farm.pass(Duration::seconds(2)).await;

    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running);
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn the_time_in_which_a_cluster_is_silent_is_no_waiting() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("health", Mishap::Waiting, 1);
    farm.driver.meets("health", Mishap::Unavailable, 1);
    farm.driver.meets("health", Mishap::Waiting, 1);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    farm.pass(Duration::seconds(3)).await;
    farm.age_steps(Duration::minutes(6)).await;

    farm.pass(Duration::minutes(6)).await;
    farm.pass(Duration::seconds(3)).await;

    let row = farm.instance(&contract).await;
    assert_eq!((row.status, farm.task(&row).await.attempts), (InstanceStatus::Running, 0));
}

#[tokio::test]
async fn trouble_that_passes_spends_no_attempt_in_any_phase() {
    for phase in CREATE {
        for mishap in [Mishap::Unavailable, Mishap::UnknownBefore, Mishap::UnknownAfterEffect, Mishap::Waiting] {
            let farm = Farm::new().await;
            let contract = farm.contract().await;
            farm.driver.meets(phase, mishap, 2);
            farm.becomes(&contract, SubscriptionStatus::Active).await;
            farm.drain().await;
            assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Provisioning);

            farm.pass(Duration::seconds(5)).await;
            farm.pass(Duration::seconds(5)).await;

            let row = farm.instance(&contract).await;
            assert_eq!(row.status, InstanceStatus::Running, "{phase} {mishap:?}");
            assert_eq!(farm.task(&row).await.attempts, 0);
            let is_unknown = matches!(mishap, Mishap::UnknownBefore | Mishap::UnknownAfterEffect);
            let inspected = farm.driver.calls().iter().filter(|call| *call == "inspect").count();
            assert_eq!(inspected, if is_unknown { 2 } else { 0 }, "unknown is inspected before it is tried again");
        }
    }
}

#[tokio::test]
async fn a_refusal_spends_an_attempt_shows_an_error_and_is_tried_again_by_itself() {
    for phase in CREATE {
        let farm = Farm::new().await;
        let contract = farm.contract().await;
        farm.driver.meets(phase, Mishap::Rejected, 1);
        farm.becomes(&contract, SubscriptionStatus::Active).await;
        farm.drain().await;
        let row = farm.instance(&contract).await;
        assert_eq!((row.status, row.reason.unwrap()["code"].as_str().unwrap()), (InstanceStatus::Error, "quota"));

        farm.pass(Duration::seconds(31)).await;

        let row = farm.instance(&contract).await;
        assert_eq!((row.status, row.reason.clone()), (InstanceStatus::Running, None), "{phase}");
        assert_eq!(farm.task(&row).await.attempts, 1);
    }
}

#[tokio::test]
async fn the_customer_can_retry_an_error_at_once_and_nothing_else() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("health", Mishap::Rejected, 1);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    let row = farm.instance(&contract).await;
    let stranger = CustomerId::generate();
    let foreign = tasks::retry_provisioning(&farm.ctx(), &stranger, &row.id).await;
    assert!(matches!(foreign, Err(ProvisioningError::NotFound)));

    let task = tasks::retry_provisioning(&farm.ctx(), &row.customer_id, &row.id).await.unwrap();
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Provisioning);
    farm.drain().await;

    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running);
    assert_eq!(farm.task(&row).await.id, task.id, "the same work went on");
    let again = tasks::retry_provisioning(&farm.ctx(), &row.customer_id, &row.id).await;
    assert!(matches!(again, Err(ProvisioningError::InvalidState { status: InstanceStatus::Running })));
}

#[tokio::test]
async fn three_refusals_end_it_for_good_once_and_leave_nothing_behind() {
    for phase in CREATE {
        let farm = Farm::new().await;
        let contract = farm.contract().await;
        farm.driver.meets(phase, Mishap::Rejected, 3);
        farm.becomes(&contract, SubscriptionStatus::Active).await;
        farm.drain().await;
        farm.pass(Duration::seconds(31)).await;
        assert_eq!(farm.count_events("instance.failed").await, 0);
        farm.pass(Duration::seconds(121)).await;
        farm.pass(Duration::hours(1)).await;

        let row = farm.instance(&contract).await;
        assert_eq!(row.status, InstanceStatus::Terminated, "{phase}");
        assert!(row.secrets_sealed.is_empty() && farm.driver.things(row.id.as_str()).is_empty());
        let task = farm.task(&row).await;
        assert_eq!((task.status, task.attempts), (TaskStatus::Failed, 3));
        assert_eq!(task.error_code.as_deref(), Some("PAYMENT_OK_PROVISION_FAIL"));
        assert_eq!(farm.count_events("instance.failed").await, 1);
        follow::follow(&farm.ctx(), &contract.id).await.unwrap();
        assert_eq!(task::Entity::find().count(&farm.ctx().db).await.unwrap(), 1, "it is not made again by itself");
    }
}

#[tokio::test]
async fn a_rollout_that_takes_too_long_is_a_failed_attempt() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("health", Mishap::Waiting, 1000);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    farm.pass(Duration::hours(2)).await;
    let row = farm.instance(&contract).await;
    assert_eq!(row.status, InstanceStatus::Provisioning, "product time that is moved is not waiting");

    farm.age_steps(Duration::minutes(6)).await;
    farm.pass(Duration::seconds(3)).await;

    let task = farm.task(&row).await;
    assert_eq!((task.attempts, task.error_code.as_deref()), (1, Some("PROVISION_TIMEOUT")));
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Error);
}

#[tokio::test]
async fn instances_go_to_the_least_used_cluster_with_room_and_wait_where_there_is_none() {
    let farm = Farm::new().await;
    let (_, first) = farm.running().await;
    let other = farm.cluster("two", 64_000).await;
    let (_, second) = farm.running().await;
    assert_ne!(first.cluster_id, second.cluster_id);

    for row in [first.cluster_id.unwrap(), other.id.clone()] {
        clusters::set_status(&farm.ctx(), &row, TargetStatus::Draining).await.unwrap();
    }
    let contract = farm.contract().await;
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    let waiting = farm.instance(&contract).await;
    assert_eq!((waiting.status, waiting.cluster_id), (InstanceStatus::Provisioning, None));

    clusters::set_status(&farm.ctx(), &other.id, TargetStatus::Active).await.unwrap();
    farm.pass(Duration::seconds(10)).await;
    assert_eq!(farm.instance(&contract).await.cluster_id, Some(other.id));
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running);
}

#[tokio::test]
async fn credentials_are_shown_to_their_owner_only_and_every_look_is_audited() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    let shown = instances::credentials(&farm.ctx(), &row.customer_id, &row.id).await.unwrap();
    assert!(shown.username.contains("@example.test") && shown.password.expose_secret().len() >= 12);
    let again = instances::credentials(&farm.ctx(), &row.customer_id, &row.id).await.unwrap();
    assert_eq!(shown.password.expose_secret(), again.password.expose_secret(), "made once, never again");
    let foreign = instances::credentials(&farm.ctx(), &CustomerId::generate(), &row.id).await;
    assert!(matches!(foreign, Err(ProvisioningError::NotFound)));
    let looks = entity::platform::audit_log::Entity::find()
        .filter(entity::platform::audit_log::Column::Action.eq("provisioning.instance.reveal_credentials"));
    assert_eq!(looks.count(&farm.ctx().db).await.unwrap(), 2);
    assert!(!row.secrets_sealed.contains(shown.password.expose_secret()));
}

#[tokio::test]
async fn settings_of_a_cluster_fit_their_columns() {
    let farm = Farm::new().await;
    let add = async |domain: &str, scheme: &str| {
        let settings = [("kubeconfig", "text"), ("ingress_domain", domain), ("url_scheme", scheme)];
        let new = clusters::NewCluster {
            name: "two".to_owned(),
            driver: "kubernetes".to_owned(),
            region: "jkt".to_owned(),
            settings: settings.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
            capacity_cpu_milli: 1_000,
            capacity_memory_mb: 1_000,
        };
        clusters::add(&farm.ctx(), new).await
    };

    let Err(ProvisioningError::Invalid(faults)) = add(&"a".repeat(161), "https-and-more").await else {
        panic!("accepted")
    };
    let told: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.code.as_ref())).collect();
    assert_eq!(told, [("settings.ingress_domain", "too_long"), ("settings.url_scheme", "too_long")]);
    assert!(add(&"a".repeat(160), "https").await.is_ok());
}
