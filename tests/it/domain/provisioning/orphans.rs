//! Leftovers on clusters: found and told, removed only by a person, and never what lives.
use super::*;
use crate::support::driver::Mishap;
use entity::{
    platform::audit_log,
    provisioning::orphan,
    value::{ClusterId, JobStatus, OrphanId, TargetStatus},
};
use yumna::{
    domain::provisioning::{
        ProvisioningError,
        orphans::{self, FindOrphans, OrphanView},
    },
    kernel::page::PageRequest,
};

/// Why what is not known is removed.
const WHY: &str = "made by hand, agreed with the customer";

impl Farm {
    async fn searches(&self) {
        orphans::run_find_orphans(self.ctx(), FindOrphans {}).await.unwrap();
    }

    async fn leftovers(&self) -> Vec<OrphanView> {
        orphans::list(&self.ctx().db, None, &PageRequest::default()).await.unwrap().rows
    }

    /// Marks and why, by mark.
    async fn told(&self) -> Vec<(String, String)> {
        let mut told: Vec<_> = self.leftovers().await.into_iter().map(|view| (view.row.mark, view.row.why)).collect();
        told.sort();
        told
    }

    async fn removals_in_the_trail(&self) -> u64 {
        let removals = audit_log::Entity::find().filter(audit_log::Column::Action.eq("provisioning.orphan.sweep"));
        removals.count(&self.ctx().db).await.unwrap()
    }
}

fn pair(mark: &str, why: &str) -> (String, String) {
    (mark.to_owned(), why.to_owned())
}

#[tokio::test]
async fn what_nobody_knows_and_ground_nobody_needs_are_told_and_nothing_goes_by_itself() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    farm.driver.leaves_behind("ins_unknown");
    farm.driver.leaves_ground("cus_gone");
    farm.driver.leaves_ground(row.customer_id.as_str());

    farm.searches().await;
    let first = farm.leftovers().await;
    farm.world.advance(Duration::hours(1));
    farm.searches().await;

    assert_eq!(farm.told().await, [pair("cus_gone", "empty"), pair("ins_unknown", "unknown")]);
    assert_eq!(farm.open_alerts().await, ["orphans"], "told once per cluster");
    let cluster = clusters::get(&farm.ctx().db, row.cluster_id.as_ref().unwrap()).await.unwrap();
    let again = farm.leftovers().await;
    assert!(again.iter().all(|view| view.cluster == cluster.name && view.row.cluster_id == cluster.id));
    let ids = |views: &[OrphanView]| views.iter().map(|view| view.row.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&first), "the same leftover stays the same row");
    assert!(again.iter().all(|view| view.row.seen_at - view.row.found_at == Duration::hours(1)));
    let elsewhere = orphans::list(&farm.ctx().db, Some(&ClusterId::generate()), &PageRequest::default()).await.unwrap();
    assert!(elsewhere.rows.is_empty());
    farm.drain().await;
    assert!(!farm.driver.things("ins_unknown").is_empty() && farm.driver.has_ground("cus_gone"));
    assert!(!farm.driver.things(row.id.as_str()).is_empty());
}

#[tokio::test]
async fn what_has_ended_is_a_leftover_only_after_a_while() {
    let farm = Farm::new().await;
    let (contract, row) = farm.running().await;
    farm.becomes(&contract, SubscriptionStatus::Terminated).await;
    farm.drain().await;
    farm.driver.leaves_behind(row.id.as_str());
    farm.driver.leaves_ground(row.customer_id.as_str());

    farm.searches().await;
    assert!(farm.told().await.is_empty(), "it may be on its way out");
    farm.world.advance(Duration::minutes(31));
    farm.searches().await;

    let mut expected = [pair(row.id.as_str(), "ended"), pair(row.customer_id.as_str(), "empty")];
    expected.sort();
    assert_eq!(farm.told().await, expected);
}

#[tokio::test]
async fn what_is_gone_leaves_the_list_and_ends_the_alert() {
    let farm = Farm::new().await;
    farm.driver.leaves_behind("ins_unknown");
    farm.searches().await;
    farm.driver.meets("list", Mishap::Unavailable, 1);
    farm.searches().await;
    assert_eq!(farm.told().await, [pair("ins_unknown", "unknown")], "silence is no proof that it is gone");

    farm.driver.loses("ins_unknown");
    farm.searches().await;

    assert!(farm.told().await.is_empty());
    assert!(farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn a_person_has_a_leftover_removed_once_and_the_trail_says_so() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    farm.driver.leaves_behind("ins_unknown");
    farm.searches().await;
    let id = farm.leftovers().await.remove(0).row.id;

    orphans::remove(&farm.ctx(), &id, WHY).await.unwrap();
    orphans::remove(&farm.ctx(), &id, WHY).await.unwrap();
    let asked = orphans::get(&farm.ctx().db, &id).await.unwrap();
    assert_eq!(asked.row.removal_asked_at, Some(farm.ctx().now()));
    farm.drain().await;

    assert!(farm.driver.things("ins_unknown").is_empty());
    assert_eq!((farm.told().await, farm.removals_in_the_trail().await), (Vec::new(), 1));
    assert!(farm.open_alerts().await.is_empty());
    assert!(!farm.driver.things(row.id.as_str()).is_empty());
    assert!(matches!(orphans::remove(&farm.ctx(), &id, WHY).await, Err(ProvisioningError::NotFound)));
}

#[tokio::test]
async fn a_removal_that_is_not_over_goes_on_and_one_that_is_refused_can_be_asked_for_again() {
    let farm = Farm::new().await;
    farm.driver.leaves_behind("ins_unknown");
    farm.searches().await;
    let id = farm.leftovers().await.remove(0).row.id;
    farm.driver.meets("sweep", Mishap::Rejected, 1);
    orphans::remove(&farm.ctx(), &id, WHY).await.unwrap();
    farm.drain().await;
    assert_eq!(orphans::get(&farm.ctx().db, &id).await.unwrap().row.removal_asked_at, None);
    let dead = job::Entity::find()
        .filter(job::Column::Name.eq("provisioning.sweep_orphan"))
        .filter(job::Column::Status.eq(JobStatus::Dead));
    let dead = dead.one(&farm.ctx().db).await.unwrap().expect("a refusal is for staff");
    assert!(dead.last_error.unwrap().contains("not_empty"));

    farm.driver.meets("sweep", Mishap::Unavailable, 1);
    orphans::remove(&farm.ctx(), &id, WHY).await.unwrap();
    farm.drain().await;
    assert!(!farm.driver.things("ins_unknown").is_empty(), "not over yet");
    farm.pass(Duration::minutes(30)).await;

    assert!(farm.driver.things("ins_unknown").is_empty());
    assert!(farm.told().await.is_empty());
}

#[tokio::test]
async fn what_the_database_says_lives_is_never_removed_whatever_the_list_says() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    let listed = orphan::Model {
        id: OrphanId::generate(),
        cluster_id: row.cluster_id.clone().unwrap(),
        kind: "instance".into(),
        mark: row.id.0.clone(),
        place: "user-x/n8n".into(),
        what: "1 Deployment".into(),
        objects: 1,
        why: "unknown".into(),
        since: None,
        found_at: farm.ctx().now(),
        seen_at: farm.ctx().now(),
        removal_asked_at: None,
    };
    orphan::Entity::insert(listed.clone().into_active_model()).exec_without_returning(&farm.ctx().db).await.unwrap();

    assert!(matches!(orphans::remove(&farm.ctx(), &listed.id, WHY).await, Err(ProvisioningError::NotFound)));

    farm.drain().await;
    assert!(!farm.driver.things(row.id.as_str()).is_empty());
    assert_eq!((farm.told().await, farm.removals_in_the_trail().await), (Vec::new(), 0));
}

#[tokio::test]
async fn ground_that_is_needed_again_before_it_is_removed_stays() {
    let farm = Farm::new().await;
    let contract = farm.contract().await;
    farm.driver.leaves_ground(contract.customer_id.as_str());
    farm.searches().await;
    let id = farm.leftovers().await.remove(0).row.id;
    orphans::remove(&farm.ctx(), &id, WHY).await.unwrap();

    farm.becomes(&contract, SubscriptionStatus::Active).await;
    farm.drain().await;

    assert!(farm.driver.has_ground(contract.customer_id.as_str()));
    assert!(farm.told().await.is_empty());
    assert_eq!(farm.instance(&contract).await.status, InstanceStatus::Running);
}

#[tokio::test]
async fn what_this_database_does_not_know_is_removed_only_for_a_reason() {
    let farm = Farm::new().await;
    farm.driver.leaves_behind("ins_unknown");
    farm.driver.leaves_ground("cus_gone");
    farm.searches().await;
    let alerts = alert::Entity::find().filter(alert::Column::Code.eq("orphans")).one(&farm.ctx().db).await.unwrap();
    let detail = alerts.unwrap().detail;
    assert!(detail.contains("after a restore from a dump it is probably in use"), "{detail}");
    let of = async |mark: &str| {
        let view = farm.leftovers().await.into_iter().find(|view| view.row.mark == mark);
        view.unwrap().row.id
    };
    let (unknown, ground) = (of("ins_unknown").await, of("cus_gone").await);

    for reason in ["", "  ", "two\nlines"] {
        let outcome = orphans::remove(&farm.ctx(), &unknown, reason).await;
        assert!(matches!(outcome, Err(ProvisioningError::Invalid(_))), "{reason:?}: {outcome:?}");
    }
    assert_eq!(farm.removals_in_the_trail().await, 0);
    orphans::remove(&farm.ctx(), &unknown, WHY).await.unwrap();
    orphans::remove(&farm.ctx(), &ground, "").await.unwrap();

    let trail = audit_log::Entity::find().filter(audit_log::Column::Action.eq("provisioning.orphan.sweep"));
    let trail = trail.all(&farm.ctx().db).await.unwrap();
    let reasons: Vec<_> = trail.iter().map(|row| (row.target_id.as_str(), row.reason.as_deref())).collect();
    assert_eq!(reasons.len(), 2);
    assert!(reasons.contains(&(unknown.as_str(), Some(WHY))) && reasons.contains(&(ground.as_str(), None)));
}

#[tokio::test]
async fn a_place_nobody_could_look_into_is_told_and_keeps_its_rows_while_the_others_are_searched() {
    let farm = Farm::new().await;
    farm.driver.leaves_behind("ins_unknown");
    farm.driver.leaves_ground("cus_gone");
    farm.searches().await;

    farm.driver.hides("user-x", true);
    farm.driver.loses("ins_unknown");
    farm.driver.leaves_ground("cus_other");
    farm.searches().await;

    let unknown = pair("ins_unknown", "unknown");
    assert_eq!(
        farm.told().await,
        [pair("cus_gone", "empty"), pair("cus_other", "empty"), unknown],
        "silence is no proof that it is gone"
    );
    let mut alerts = farm.open_alerts().await;
    alerts.sort();
    assert_eq!(alerts, ["orphans", "orphans_unseen"]);
    let told = alert::Entity::find().filter(alert::Column::Code.eq("orphans_unseen"));
    assert!(told.one(&farm.ctx().db).await.unwrap().unwrap().detail.contains("user-x"));

    farm.driver.hides("user-x", false);
    farm.searches().await;
    assert_eq!(farm.told().await, [pair("cus_gone", "empty"), pair("cus_other", "empty")]);
    assert_eq!(farm.open_alerts().await, ["orphans"]);
}

#[tokio::test]
async fn the_ground_of_a_service_that_was_handed_over_is_that_of_who_had_it_first() {
    let farm = Farm::new().await;
    let (_, row) = farm.running().await;
    let merged = CustomerId::generate();
    instance::Entity::update_many()
        .col_expr(instance::Column::TenantId, Expr::value(Some(merged.as_str())))
        .filter(instance::Column::Id.eq(&row.id))
        .exec(&farm.ctx().db)
        .await
        .unwrap();
    farm.driver.leaves_ground(merged.as_str());

    farm.searches().await;

    assert!(farm.told().await.is_empty(), "a service runs on it");
}

#[tokio::test]
async fn a_cluster_that_is_out_of_use_has_no_leftovers_and_no_alert() {
    let farm = Farm::new().await;
    farm.driver.leaves_behind("ins_unknown");
    farm.searches().await;
    let id = farm.leftovers().await.remove(0).row.cluster_id;

    clusters::set_status(&farm.ctx(), &id, TargetStatus::Disabled).await.unwrap();

    assert!(farm.told().await.is_empty() && farm.open_alerts().await.is_empty());
    farm.searches().await;
    assert!(farm.told().await.is_empty(), "nor is it searched");
}
