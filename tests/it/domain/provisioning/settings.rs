//! Settings of a service are changed while it runs, and put back where it does not come up with them.
use super::*;
use crate::support::driver::Mishap;
use entity::{
    platform::{audit_log, saga},
    value::{TaskAction, TaskStatus},
};
use yumna::domain::provisioning::{
    ProvisioningError,
    environment::{self, Editor, MASK, Wish},
};

const SECRET: &str = "s3cret-of-the-owner";

fn wish(revision: i64, values: &[(&str, &str)]) -> Wish {
    Wish { revision, values: values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect() }
}

impl Farm {
    /// A service that runs and whose settings its customer may change.
    async fn settable(&self) -> (subscription::Model, instance::Model) {
        let found = self.running().await;
        self.world.lets_settings_change().await;
        found
    }

    async fn sets(&self, row: &instance::Model, wish: &Wish) -> Result<Option<task::Model>, ProvisioningError> {
        environment::change_by_customer(&self.ctx(), &row.customer_id, &row.id, wish).await
    }

    /// What the service was last told to be called.
    fn title(&self, row: &instance::Model) -> String {
        self.driver.told(row.id.as_str()).get("title").cloned().unwrap_or_default()
    }

    async fn tasks(&self) -> u64 {
        task::Entity::find().count(&self.ctx().db).await.unwrap()
    }
}

#[tokio::test]
async fn new_settings_reach_what_runs_and_the_old_ones_are_forgotten() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;

    let task = farm.sets(&row, &wish(0, &[("title", "Toko Andi")])).await.unwrap().expect("something changes");

    let meanwhile = farm.instance(&contract).await;
    assert_eq!((task.action, meanwhile.status), (TaskAction::Reconfigure, InstanceStatus::Changing));
    assert_eq!(meanwhile.parameters["title"], "Toko Andi");
    assert_eq!(meanwhile.parameters_revision, 1);
    assert_eq!(meanwhile.parameters_before.as_ref(), Some(&row.parameters));
    assert_eq!(farm.count_events("instance.settings_changed").await, 1);
    assert_ne!(farm.title(&row), "Toko Andi");

    farm.drain().await;

    let ended = farm.instance(&contract).await;
    assert_eq!((ended.status, ended.parameters_before, ended.parameters_revision), (InstanceStatus::Running, None, 1));
    assert_eq!((farm.title(&row).as_str(), farm.task(&row).await.status), ("Toko Andi", TaskStatus::Succeeded));
    assert_eq!(farm.count_events("instance.reconfigured").await, 1);
    assert_eq!(farm.count_events("instance.running").await, 1, "it was made once");
}

#[tokio::test]
async fn what_is_so_already_is_not_changed_and_the_same_wish_twice_is_one() {
    let farm = Farm::new().await;
    let (_, row) = farm.settable().await;
    let before = farm.tasks().await;

    assert!(farm.sets(&row, &wish(0, &[("title", "Situs saya")])).await.unwrap().is_none());
    assert!(farm.sets(&row, &wish(0, &[])).await.unwrap().is_none());
    assert_eq!((farm.tasks().await, farm.count_events("instance.settings_changed").await), (before, 0));

    let new = wish(0, &[("title", "Toko Andi")]);
    assert!(farm.sets(&row, &new).await.unwrap().is_some());
    assert!(farm.sets(&row, &new).await.unwrap().is_none(), "while it is under way");
    farm.drain().await;
    assert!(farm.sets(&row, &new).await.unwrap().is_none(), "and once it is made");
    assert_eq!((farm.tasks().await, farm.count_events("instance.settings_changed").await), (before + 1, 1));
}

#[tokio::test]
async fn a_wish_that_breaks_a_rule_changes_nothing_of_what_it_names() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    let before = farm.tasks().await;

    let fixed = farm.sets(&row, &wish(0, &[("title", "Toko Andi")])).await;
    assert!(
        matches!(&fixed, Err(ProvisioningError::Invalid(faults)) if faults[0].code == "not_editable"),
        "the template says that it is chosen with the order: {fixed:?}"
    );
    farm.world.lets_settings_change().await;
    let wrong = farm.sets(&row, &wish(0, &[("title", ""), ("token", "good"), ("colour", "red")])).await;
    let Err(ProvisioningError::Invalid(faults)) = wrong else { panic!("{wrong:?}") };
    let told: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), &*fault.code)).collect();
    assert_eq!(told, [("values.colour", "unknown"), ("values.title", "too_short")]);

    let untouched = farm.instance(&contract).await;
    assert_eq!((untouched.parameters, untouched.parameters_revision), (row.parameters, 0));
    assert_eq!((farm.tasks().await, untouched.status), (before, InstanceStatus::Running));
}

#[tokio::test]
async fn of_two_changes_from_the_same_look_one_is_made_and_the_other_told_so() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;
    let (one, other) = (wish(0, &[("title", "Satu")]), wish(0, &[("title", "Dua")]));

    let (first, second) = tokio::join!(farm.sets(&row, &one), farm.sets(&row, &other));

    let results = [first, second];
    let made = results.iter().filter(|result| matches!(result, Ok(Some(_)))).count();
    let stale = results.iter().filter(|result| matches!(result, Err(ProvisioningError::SettingsChanged))).count();
    assert_eq!((made, stale), (1, 1), "{results:?}");
    let present = wish(1, &[("title", "Tiga")]);
    let early = farm.sets(&row, &present).await;
    assert!(matches!(early, Err(ProvisioningError::InvalidState { .. })), "one piece of work at a time: {early:?}");
    farm.drain().await;
    assert!(farm.sets(&row, &present).await.unwrap().is_some());
    farm.drain().await;
    assert_eq!((farm.title(&row).as_str(), farm.instance(&contract).await.parameters_revision), ("Tiga", 2));
}

#[tokio::test]
async fn what_is_stopped_stays_so_and_starts_with_the_new_settings() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;
    tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, TaskAction::Stop).await.unwrap();
    farm.drain().await;

    farm.sets(&row, &wish(0, &[("title", "Toko Andi")])).await.unwrap().expect("something changes");
    farm.drain().await;

    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Stopped);
    assert!(!farm.driver.is_started(row.id.as_str()));
    tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, TaskAction::Start).await.unwrap();
    farm.drain().await;
    assert_eq!(farm.title(&row), "Toko Andi");
}

#[tokio::test]
async fn a_service_that_does_not_come_up_gets_its_former_settings_back_at_once() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;
    farm.driver.meets("health", Mishap::Rejected, 1);

    farm.sets(&row, &wish(0, &[("title", "Merusak")])).await.unwrap().expect("something changes");
    farm.drain().await;

    let back = farm.instance(&contract).await;
    assert_eq!((back.status, &back.parameters), (InstanceStatus::Running, &row.parameters));
    assert_eq!((back.parameters_before, back.parameters_revision), (None, 2), "who saw the new ones looks again");
    assert_eq!(farm.title(&row), "Situs saya");
    let task = farm.task(&row).await;
    assert_eq!((task.status, task.error_code.as_deref()), (TaskStatus::Failed, Some("PROVISION_REFUSED")));
    let view = find::task_view(&farm.ctx().db, &task).await.unwrap();
    assert_eq!(view.steps.last().unwrap().reason.as_deref(), Some("quota"), "what went wrong stays to be read");
    assert_eq!(
        (farm.count_events("instance.reconfigure_failed").await, farm.count_events("instance.reconfigured").await),
        (1, 0)
    );
    assert_eq!(farm.open_alerts().await, Vec::<String>::new(), "there is nothing for staff to do");
    let stale = farm.sets(&row, &wish(1, &[("title", "Lain")])).await;
    assert!(matches!(stale, Err(ProvisioningError::SettingsChanged)), "{stale:?}");
}

#[tokio::test]
async fn a_way_back_that_is_refused_too_is_for_staff_who_set_it_going_again() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;
    farm.driver.meets("health", Mishap::Rejected, 2);
    let task = farm.sets(&row, &wish(0, &[("title", "Merusak")])).await.unwrap().expect("something changes");
    farm.drain().await;

    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::NeedsReview);
    assert_eq!(farm.open_alerts().await, ["provisioning_review"]);
    tasks::retry_task(&farm.ctx(), &task.id).await.unwrap();
    farm.drain().await;

    let back = farm.instance(&contract).await;
    assert_eq!((back.status, &back.parameters), (InstanceStatus::Running, &row.parameters));
    assert_eq!(back.parameters_before, None);
    assert_eq!(farm.task(&row).await.status, TaskStatus::Failed);
}

#[tokio::test]
async fn a_crash_in_any_step_changes_nothing_in_the_end() {
    for phase in ["workload", "health"] {
        for mishap in [Mishap::HangBefore, Mishap::HangAfterEffect] {
            for goes_back in [false, true] {
                let what = format!("{phase} {mishap:?}, back: {goes_back}");
                let farm = Farm::new().await;
                let (contract, row) = farm.settable().await;
                if goes_back {
                    farm.driver.meets(phase, Mishap::Rejected, 1);
                }
                farm.driver.meets(phase, mishap, 1);
                farm.sets(&row, &wish(0, &[("title", "Toko Andi")])).await.unwrap().expect("something changes");

                farm.crash().await;
                farm.drain().await;

                let ended = farm.instance(&contract).await;
                let (title, status, news) = match goes_back {
                    false => ("Toko Andi", TaskStatus::Succeeded, "instance.reconfigured"),
                    true => ("Situs saya", TaskStatus::Failed, "instance.reconfigure_failed"),
                };
                assert_eq!((ended.status, ended.parameters_before), (InstanceStatus::Running, None), "{what}");
                assert_eq!(ended.parameters["title"], title, "{what}");
                assert_eq!((farm.title(&row).as_str(), farm.task(&row).await.status), (title, status), "{what}");
                assert_eq!(farm.count_events(news).await, 1, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn an_outcome_nobody_knows_is_asked_for_and_neither_success_nor_failure() {
    for mishap in [Mishap::UnknownBefore, Mishap::UnknownAfterEffect, Mishap::Unavailable] {
        let farm = Farm::new().await;
        let (contract, row) = farm.settable().await;
        farm.driver.meets("workload", mishap, 1);
        farm.sets(&row, &wish(0, &[("title", "Toko Andi")])).await.unwrap().expect("something changes");
        farm.drain().await;
        assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Changing, "{mishap:?}");

        farm.pass(Duration::seconds(3)).await;

        let task = farm.task(&row).await;
        assert_eq!((task.status, task.attempts), (TaskStatus::Succeeded, 0), "{mishap:?}");
        assert_eq!(farm.title(&row), "Toko Andi", "{mishap:?}");
    }
}

#[tokio::test]
async fn a_secret_reaches_the_service_and_nothing_that_people_read() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;

    farm.sets(&row, &wish(0, &[("token", SECRET)])).await.unwrap().expect("something changes");
    farm.drain().await;

    assert_eq!(farm.driver.told(row.id.as_str())["token"], SECRET);
    let ctx = farm.ctx();
    let db = &ctx.db;
    let trail = audit_log::Entity::find().all(db).await.unwrap();
    let change = trail.iter().find(|row| row.action == "provisioning.settings.change").expect("it is in the trail");
    assert_eq!(change.after, Some(serde_json::json!({ "token": MASK })));
    let kept = [
        format!("{trail:?}"),
        format!("{:?}", outbox_event::Entity::find().all(db).await.unwrap()),
        format!("{:?}", task::Entity::find().all(db).await.unwrap()),
        format!("{:?}", step::Entity::find().all(db).await.unwrap()),
        format!("{:?}", saga::Entity::find().all(db).await.unwrap()),
        format!("{:?}", job::Entity::find().all(db).await.unwrap()),
    ];
    for rows in kept {
        assert!(!rows.contains(SECRET), "{rows}");
    }
    let shown = environment::read(&farm.ctx(), &farm.instance(&contract).await, Editor::Customer).await.unwrap();
    let token = shown.setting("token").unwrap();
    assert_eq!((token.value.as_deref(), token.is_set), (None, true));
}

#[tokio::test]
async fn somebody_elses_service_is_not_there_and_a_driver_that_cannot_is_not_asked() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;
    let new = wish(0, &[("title", "Toko Andi")]);

    let foreign = environment::change_by_customer(&farm.ctx(), &CustomerId::generate(), &row.id, &new).await;
    assert!(matches!(foreign, Err(ProvisioningError::NotFound)), "{foreign:?}");
    farm.driver.is_fixed();
    let asked = farm.sets(&row, &new).await;
    assert!(matches!(asked, Err(ProvisioningError::NotCapable { .. })), "{asked:?}");

    let untouched = farm.instance(&contract).await;
    assert_eq!((untouched.parameters, untouched.status), (row.parameters, InstanceStatus::Running));
}

#[tokio::test]
async fn what_is_suspended_is_not_changed_and_what_ends_meanwhile_ends() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;
    farm.becomes(&contract, SubscriptionStatus::Suspended).await;
    farm.drain().await;
    let new = wish(0, &[("title", "Toko Andi")]);
    let asked = farm.sets(&row, &new).await;
    assert!(matches!(asked, Err(ProvisioningError::InvalidState { .. })), "{asked:?}");

    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;
    farm.sets(&row, &new).await.unwrap().expect("something changes");
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;

    let ended = farm.instance(&contract).await;
    assert_eq!((ended.status, ended.parameters_before), (InstanceStatus::Terminated, None));
    assert!(farm.driver.things(row.id.as_str()).is_empty());
}

#[tokio::test]
async fn nobody_keeps_a_suspension_away_by_asking_for_other_work() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;
    // The contract is held, and the customer asks before anybody has followed it.
    subscription::Entity::update_many()
        .col_expr(subscription::Column::Status, Expr::value(SubscriptionStatus::Suspended))
        .filter(subscription::Column::Id.eq(&contract.id))
        .exec(&farm.ctx().db)
        .await
        .unwrap();

    let (ctx, owner) = (farm.ctx(), &row.customer_id);
    for action in [TaskAction::Stop, TaskAction::Restart] {
        let asked = tasks::request_by_customer(&ctx, owner, &row.id, action).await;
        assert!(matches!(asked, Err(ProvisioningError::InvalidState { .. })), "{action:?}: {asked:?}");
    }
    let asked = farm.sets(&row, &wish(0, &[("title", "Toko Andi")])).await;
    assert!(matches!(asked, Err(ProvisioningError::InvalidState { .. })), "{asked:?}");

    follow::follow(&ctx, &contract.id).await.unwrap();
    farm.drain().await;
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Suspended);
}

#[tokio::test]
async fn a_service_that_does_not_come_up_is_mended_by_other_settings() {
    let farm = Farm::new().await;
    let (contract, row) = farm.settable().await;
    let open = async || {
        let row = farm.instance(&contract).await;
        environment::read(&farm.ctx(), &row, Editor::Customer).await.unwrap().is_open()
    };
    let is_given_up = async || {
        farm.drain().await;
        assert!(!open().await, "it is still being tried");
        farm.pass(Duration::seconds(31)).await;
        farm.pass(Duration::seconds(121)).await;
        let broken = farm.instance(&contract).await;
        assert_eq!((broken.status, broken.parameters_before), (InstanceStatus::Error, None));
    };
    farm.driver.meets("health", Mishap::Rejected, 6);
    tasks::request_by_customer(&farm.ctx(), &row.customer_id, &row.id, TaskAction::Restart).await.unwrap();
    is_given_up().await;
    assert!(open().await);

    // What does not help either is kept, and mended in its turn.
    let task = farm.sets(&row, &wish(0, &[("title", "Merusak")])).await.unwrap().expect("something changes");
    assert_eq!(task.action, TaskAction::Restart);
    is_given_up().await;
    farm.sets(&row, &wish(1, &[("title", "Toko Andi")])).await.unwrap().expect("something changes");
    farm.drain().await;

    let ended = farm.instance(&contract).await;
    assert_eq!((ended.status, ended.parameters_before, ended.parameters_revision), (InstanceStatus::Running, None, 2));
    assert_eq!(farm.title(&row), "Toko Andi");
}
