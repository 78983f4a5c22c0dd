//! What can be backed up is removed only after a last backup of it was read back.
use super::*;
use crate::support::driver::Mishap;
use entity::{
    platform::audit_log,
    provisioning::backup,
    value::{BackupStatus, TaskStatus},
};
use yumna::{domain::provisioning::backups, kernel::fault::Fault};

impl Farm {
    async fn last_backup(&self) -> backup::Model {
        backup::Entity::find().one(&self.ctx().db).await.unwrap().unwrap()
    }

    /// What the driver was asked since the contract ended.
    fn asked(&self) -> Vec<String> {
        let calls = self.driver.calls().into_iter();
        calls.filter(|call| call.ends_with("_backup") || call == "back_up" || call.starts_with("Terminate/")).collect()
    }
}

async fn farm_with_backups() -> (Farm, subscription::Model, instance::Model) {
    let farm = Farm::new().await;
    farm.driver.backs_up();
    let (contract, row) = farm.running().await;
    (farm, contract, row)
}

#[tokio::test]
async fn a_last_backup_is_made_and_read_back_before_anything_is_removed() {
    let (farm, contract, row) = farm_with_backups().await;
    farm.driver.meets("back_up", Mishap::Waiting, 1);
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;
    assert!(!farm.driver.things(row.id.as_str()).is_empty(), "it is still being made");
    farm.pass(Duration::seconds(5)).await;

    let asked = ["back_up", "back_up", "verify_backup", "Terminate/unpublish", "Terminate/remove"];
    assert_eq!(farm.asked(), asked);
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Terminated);
    let kept = farm.last_backup().await;
    assert_eq!((kept.status, kept.size_bytes, kept.instance_id), (BackupStatus::Verified, Some(4_096), row.id));
    assert_eq!(kept.place, Some(format!("s3://backups/{}-0", kept.id)));
    assert!(kept.made_at.is_some() && kept.verified_at.is_some());
}

#[tokio::test]
async fn a_backup_that_is_not_whole_is_made_anew_and_the_first_is_not_relied_upon() {
    let (farm, contract, row) = farm_with_backups().await;
    farm.driver.meets("verify_backup", Mishap::Rejected, 1);
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;
    assert!(!farm.driver.things(row.id.as_str()).is_empty(), "nothing is removed meanwhile");
    farm.pass(Duration::minutes(1)).await;

    let asked = ["back_up", "verify_backup", "back_up", "verify_backup", "Terminate/unpublish", "Terminate/remove"];
    assert_eq!(farm.asked(), asked);
    let kept = farm.last_backup().await;
    assert_eq!(farm.driver.backups(), [format!("{}-0", kept.id), format!("{}-1", kept.id)]);
    assert_eq!((kept.status, kept.tries), (BackupStatus::Verified, 1));
}

#[tokio::test]
async fn what_cannot_be_backed_up_is_not_removed_and_staff_are_asked() {
    let (farm, contract, row) = farm_with_backups().await;
    farm.driver.meets("back_up", Mishap::Rejected, 3);
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    for _ in 0..4 {
        farm.pass(Duration::minutes(5)).await;
    }

    assert_eq!(farm.asked(), ["back_up"; 3]);
    assert!(!farm.driver.things(row.id.as_str()).is_empty());
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::NeedsReview);
    let task = farm.task(&row).await;
    assert_eq!(task.status, TaskStatus::NeedsReview);
    assert_eq!(farm.open_alerts().await, ["provisioning_review"]);

    // It can be made by now: the same task goes on where it stood.
    tasks::retry_task(&farm.ctx(), &task.id).await.unwrap();
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Terminated);
    assert_eq!(farm.last_backup().await.status, BackupStatus::Verified);
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn staff_decide_to_remove_without_a_backup_and_say_why() {
    let (farm, contract, row) = farm_with_backups().await;
    farm.driver.meets("back_up", Mishap::Rejected, usize::MAX);
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    for _ in 0..4 {
        farm.pass(Duration::minutes(5)).await;
    }
    let task = farm.task(&row).await;
    let view = find::task_view(&farm.ctx().db, &task).await.unwrap();
    assert!(backups::is_missed(&view), "{view:?}");
    assert!(tasks::remove_without_backup(&farm.ctx(), &task.id, " ").await.is_err(), "not without a reason");
    // Somebody who looks at an older page says that another step was done by hand: nobody's data goes by that.
    let mistaken = tasks::mark_solved(&farm.ctx(), &task.id, "Klaster sudah tidak ada").await.unwrap_err();
    assert_eq!(mistaken.code(), "INVALID_STATE");
    farm.drain().await;
    assert!(!farm.driver.things(row.id.as_str()).is_empty());

    tasks::remove_without_backup(&farm.ctx(), &task.id, "Klaster sudah tidak ada").await.unwrap();
    let again = tasks::remove_without_backup(&farm.ctx(), &task.id, "Klaster sudah tidak ada").await.unwrap_err();
    assert_eq!(again.code(), "INVALID_STATE");
    farm.drain().await;

    assert_eq!(farm.asked(), ["back_up", "back_up", "back_up", "Terminate/unpublish", "Terminate/remove"]);
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Terminated);
    assert_eq!(farm.last_backup().await.status, BackupStatus::Waived);
    assert!(farm.open_alerts().await.is_empty());
    let waived = audit_log::Entity::find().filter(audit_log::Column::Action.eq("provisioning.backup.waive"));
    let waived = waived.all(&farm.ctx().db).await.unwrap();
    assert_eq!(waived.len(), 1);
    assert_eq!(waived[0].reason.as_deref(), Some("Klaster sudah tidak ada"));
}

#[tokio::test]
async fn what_is_large_may_take_hours_to_back_up() {
    let (farm, contract, row) = farm_with_backups().await;
    farm.driver.meets("back_up", Mishap::Waiting, 3);
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;
    farm.age_steps(Duration::hours(20)).await;
    farm.pass(Duration::seconds(5)).await;
    assert_eq!(farm.task(&row).await.attempts, 0, "no attempt is spent by waiting");
    farm.pass(Duration::minutes(5)).await;
    farm.pass(Duration::minutes(5)).await;
    assert_eq!(farm.last_backup().await.status, BackupStatus::Verified);
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Terminated);
}

#[tokio::test]
async fn a_silent_driver_is_waited_for_and_nothing_is_lost_meanwhile() {
    let (farm, contract, row) = farm_with_backups().await;
    farm.driver.meets("back_up", Mishap::Unavailable, usize::MAX);
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;
    assert!(!farm.driver.things(row.id.as_str()).is_empty());
    farm.driver.heals();
    farm.pass(Duration::minutes(6)).await;
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Terminated);
    assert_eq!(farm.last_backup().await.status, BackupStatus::Verified);
}

#[tokio::test]
async fn where_nothing_is_left_there_is_nothing_to_keep_and_drivers_without_backups_are_not_asked() {
    let (farm, contract, row) = farm_with_backups().await;
    farm.driver.loses(row.id.as_str());
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;
    assert_eq!(farm.last_backup().await.status, BackupStatus::Nothing);
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Terminated);

    let farm = Farm::new().await;
    let (contract, _) = farm.running().await;
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;
    assert_eq!(farm.asked(), ["Terminate/unpublish", "Terminate/remove"]);
    assert_eq!(backup::Entity::find().count(&farm.ctx().db).await.unwrap(), 0);
}
