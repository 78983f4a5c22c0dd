//! Stop, start, suspend, terminate: what runs follows its customer and its contract.
use super::*;
use crate::support::driver::Mishap;
use entity::{
    catalog::plan,
    value::{TaskAction, TaskStatus},
};
use yumna::domain::provisioning::{ProvisioningError, RunTask, resize, run_task};

#[tokio::test]
async fn the_customer_stops_starts_and_restarts_what_is_his() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    for (action, meanwhile, after) in [
        (TaskAction::Stop, InstanceStatus::Stopping, InstanceStatus::Stopped),
        (TaskAction::Start, InstanceStatus::Starting, InstanceStatus::Running),
        (TaskAction::Restart, InstanceStatus::Restarting, InstanceStatus::Running),
    ] {
        let task = tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, action).await.unwrap();
        assert_eq!(farm.instance(&contract).await.status, meanwhile, "set with the request");
        let twin = tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, action).await;
        assert!(matches!(twin, Err(ProvisioningError::InvalidState { .. })));

        farm.drain().await;

        assert_eq!(farm.instance(&contract).await.status, after);
        let ended = find::task_for(&farm.ctx().db, &row.customer_id, &task.id).await.unwrap();
        assert_eq!((ended.status, ended.open_key), (TaskStatus::Succeeded, None));
    }
    assert_eq!(farm.instance(&contract).await.restart_revision, 1);
    let foreign = tasks::request_by_customer(&farm.ctx(), &CustomerId::generate(), &row.id, TaskAction::Stop).await;
    assert!(matches!(foreign, Err(ProvisioningError::NotFound)));
    let too_much = tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, TaskAction::Terminate).await;
    assert!(matches!(too_much, Err(ProvisioningError::InvalidState { .. })), "ending is the contract's");
}

#[tokio::test]
async fn what_runs_follows_the_contract_through_suspension_to_its_end() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;

    farm.becomes(&contract, SubscriptionStatus::Suspended).await;
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Suspended);
    assert!(!farm.driver.is_started(row.id.as_str()) && !farm.driver.things(row.id.as_str()).is_empty());

    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running);

    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;
    let ended = farm.instance(&contract).await;
    assert_eq!(ended.status, InstanceStatus::Terminated);
    assert!(ended.terminated_at.is_some() && farm.driver.things(row.id.as_str()).is_empty());
    assert_eq!(farm.count_events("instance.terminated").await, 1);
}

#[tokio::test]
async fn nobody_starts_by_himself_what_is_suspended() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    farm.becomes(&contract, SubscriptionStatus::Suspended).await;
    farm.drain().await;

    for action in [TaskAction::Start, TaskAction::Stop, TaskAction::Restart] {
        let asked = tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, action).await;
        assert!(matches!(asked, Err(ProvisioningError::InvalidState { .. })), "{action:?}: {asked:?}");
    }
    farm.drain().await;

    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Suspended);
    assert!(!farm.driver.is_started(row.id.as_str()));
}

#[tokio::test]
async fn what_its_owner_stopped_stays_stopped_after_a_suspension() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, TaskAction::Stop).await.unwrap();
    farm.drain().await;
    for status in [SubscriptionStatus::Suspended, SubscriptionStatus::Active] {
        farm.becomes(&contract, status).await;
        farm.drain().await;
    }
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Stopped);
    assert!(!farm.driver.is_started(row.id.as_str()));

    tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, TaskAction::Start).await.unwrap();
    farm.drain().await;
    for status in [SubscriptionStatus::Suspended, SubscriptionStatus::Active] {
        farm.becomes(&contract, status).await;
        farm.drain().await;
    }
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running);
}

/// Work on an instance that runs: who asks for it.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Contract(SubscriptionStatus),
    Owner(TaskAction),
    /// The contract gets a plan of twice the memory.
    LargerPlan,
}

/// What had happened before, what is asked then, its steps, what the instance is in the end, and the news of it.
type Work<'a> = (&'a [Asked], Asked, &'a [&'static str], InstanceStatus, &'a str);

impl Farm {
    async fn is_asked(&self, contract: &subscription::Model, row: &instance::Model, asked: Asked) {
        let ctx = self.ctx();
        match asked {
            Asked::Contract(status) => self.becomes(contract, status).await,
            Asked::Owner(action) => {
                tasks::request_by_customer(&ctx, &row.customer_id, &row.id, action).await.unwrap();
            }
            Asked::LargerPlan => {
                let tx = ctx.begin().await.unwrap();
                let plan = plan::Entity::find_by_id(contract.plan_id.clone()).one(&tx).await.unwrap().unwrap();
                let larger = plan::Model { memory_mb: 2 * row.memory_mb, ..plan };
                resize::request(&ctx, &tx, &contract.id, &larger).await.unwrap().expect("something runs for it");
                tx.commit().await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_crash_in_any_step_of_later_work_changes_nothing_in_the_end() {
    use Asked::{Contract, LargerPlan, Owner};
    use SubscriptionStatus as Is;
    const COMES_UP: &[&str] = &["workload", "health"];
    let works: [Work<'_>; 8] = [
        (&[], Contract(Is::Suspended), &["stop"], InstanceStatus::Suspended, "instance.suspended"),
        (&[Contract(Is::Suspended)], Contract(Is::Active), COMES_UP, InstanceStatus::Running, "instance.running"),
        (&[], Contract(Is::Terminated), &["unpublish", "remove"], InstanceStatus::Terminated, "instance.terminated"),
        (&[], Owner(TaskAction::Restart), COMES_UP, InstanceStatus::Running, "instance.running"),
        (&[], Owner(TaskAction::Stop), &["stop"], InstanceStatus::Stopped, "instance.stopped"),
        (&[Owner(TaskAction::Stop)], Owner(TaskAction::Start), COMES_UP, InstanceStatus::Running, "instance.running"),
        (&[], LargerPlan, COMES_UP, InstanceStatus::Running, "instance.resized"),
        (&[Owner(TaskAction::Stop)], LargerPlan, COMES_UP, InstanceStatus::Stopped, "instance.resized"),
    ];
    for (before, asked, phases, after, news) in works {
        for phase in phases.iter().copied() {
            for mishap in [Mishap::HangBefore, Mishap::HangAfterEffect] {
                let what = format!("{asked:?} after {before:?}: {phase} {mishap:?}");
                let farm = Farm::new().await;
                let (contract, row) = farm.running().await;
                for earlier in before {
                    farm.is_asked(&contract, &row, *earlier).await;
                    farm.drain().await;
                }
                let told = farm.count_events(news).await;
                farm.driver.meets(phase, mishap, 1);
                farm.is_asked(&contract, &row, asked).await;

                farm.crash().await;
                farm.drain().await;

                let ended = farm.instance(&contract).await;
                assert_eq!(ended.status, after, "{what}");
                let is_larger = matches!(asked, LargerPlan);
                assert_eq!(ended.memory_mb, row.memory_mb * if is_larger { 2 } else { 1 }, "{what}");
                // The scripted driver starts whatever it gives another size.
                let is_started = farm.driver.is_started(row.id.as_str());
                assert!(is_larger || is_started == (after == InstanceStatus::Running), "{what}");
                let task = farm.task(&row).await;
                assert_eq!((task.status, task.attempts), (TaskStatus::Succeeded, 0), "{what}");
                assert_eq!(farm.count_events(news).await, told + 1, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_contract_suspended_while_its_instance_is_made_is_suspended_once_it_runs() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.meets("workload", Mishap::Waiting, 1);
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;

    farm.becomes(&contract, SubscriptionStatus::Suspended).await;
    farm.pass(Duration::seconds(3)).await;

    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Suspended);
}

#[tokio::test]
async fn a_contract_that_ends_while_its_instance_is_made_leaves_nothing_behind() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.becomes(&contract, SubscriptionStatus::Active).await;
    let row = farm.instance(&contract).await;
    let create = farm.task(&row).await;
    farm.driver.meets("workload", Mishap::HangBefore, 1);
    let run = RunTask { task_id: create.id.clone(), cluster_id: None };
    let making = tokio::spawn(run_task(farm.ctx(), run));
    while !farm.driver.calls().contains(&"Create/workload".to_owned()) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }

    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    let end = farm.task(&row).await;
    assert_eq!(end.action, TaskAction::Terminate);
    let work = RunTask { task_id: end.id.clone(), cluster_id: None };
    run_task(farm.ctx(), work.clone()).await.unwrap();
    assert!(!farm.driver.calls().iter().any(|call| call.starts_with("Terminate")), "a call is still under way");

    farm.driver.go_on.notify_one();
    making.await.unwrap().unwrap();
    farm.pass(Duration::seconds(2)).await;

    let ended = farm.instance(&contract).await;
    assert_eq!(ended.status, InstanceStatus::Terminated);
    assert!(farm.driver.things(row.id.as_str()).is_empty());
    let create = find::task(&farm.ctx().db, &create.id).await.unwrap();
    assert_eq!((create.status, create.error_code.as_deref()), (TaskStatus::Failed, Some("CANCELLED")));
    assert_eq!((farm.count_events("instance.running").await, farm.count_events("instance.failed").await), (0, 0));
    assert_eq!(farm.count_events("instance.terminated").await, 1);
}

#[tokio::test]
async fn every_job_of_provisioning_run_twice_is_harmless() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    let task = farm.task(&row).await;
    for _ in 0..2 {
        run_task(farm.ctx(), RunTask { task_id: task.id.clone(), cluster_id: None }).await.unwrap();
        follow::run_follow(farm.ctx(), follow::Follow { subscription_id: contract.id.clone() }).await.unwrap();
        farm.drain().await;
    }
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running);
    assert_eq!(farm.count_events("instance.running").await, 1);
    assert_eq!(task::Entity::find().count(&farm.ctx().db).await.unwrap(), 1);
}
