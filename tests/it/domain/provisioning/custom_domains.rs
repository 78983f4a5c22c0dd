//! Names of customers before their services.
use super::Farm;
use crate::support::{
    World,
    driver::{Mishap, Scripted},
    names::Names,
};
use chrono::Duration;
use entity::{
    platform::job,
    provisioning::{cluster, custom_domain, instance},
    subscriptions::subscription,
    value::{
        CustomDomainFailure as Failure, CustomDomainId, CustomDomainStatus as Status, CustomerId, InstanceStatus,
        JobStatus, SubscriptionStatus, TaskAction, host,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use std::sync::Arc;
use yumna::{
    domain::provisioning::{
        ProvisioningError,
        custom_domains::{self, CheckDomain, CheckDomains, PATIENCE, find},
        follow, instance as instances, tasks,
    },
    integrations::resolvers::Unanswered,
    kernel::fault::Fault,
};

const SHOP: &str = "toko.example.id";

/// A farm with a name service.
struct Street {
    farm: Farm,
    names: Arc<Names>,
}

/// A service that runs, and whose it is.
struct Shop {
    contract: subscription::Model,
    instance: instance::Model,
}

impl Shop {
    fn owner(&self) -> &CustomerId {
        &self.contract.customer_id
    }

    fn host(&self) -> &str {
        self.instance.host.as_deref().unwrap()
    }
}

impl Street {
    async fn new() -> Self {
        let (driver, names) = (Scripted::default(), Arc::new(Names::default()));
        let (at_driver, at_names) = (driver.clone(), names.clone());
        let world = World::with(move |services| {
            services.drivers = vec![Arc::new(at_driver)];
            services.resolver = at_names;
            services.config.server.public_url = "https://panel.yumna.example:8443/".to_owned();
        })
        .await;
        let farm = Farm { world, driver };
        farm.cluster("one", 64_000).await;
        Self { farm, names }
    }

    async fn opens(&self) -> Shop {
        let (contract, instance) = self.farm.running().await;
        Shop { contract, instance }
    }

    async fn add(&self, shop: &Shop, name: &str) -> Result<custom_domain::Model, ProvisioningError> {
        custom_domains::add(&self.farm.ctx(), shop.owner(), &shop.instance.id, name).await
    }

    /// A shop whose name is proven and leads to it, and which the cluster refuses as often as it is tried.
    async fn is_refused(&self) -> (Shop, custom_domain::Model) {
        let shop = self.opens().await;
        let added = self.adds(&shop, SHOP).await;
        self.sets(&shop, &added);
        self.farm.driver.meets("names", Mishap::Rejected, 3);
        self.after(Duration::minutes(1), &added.id).await;
        self.farm.pass(Duration::seconds(31)).await;
        self.farm.pass(Duration::seconds(121)).await;
        (shop, added)
    }

    async fn adds(&self, shop: &Shop, name: &str) -> custom_domain::Model {
        self.add(shop, name).await.unwrap()
    }

    async fn row(&self, id: &CustomDomainId) -> custom_domain::Model {
        find::get(&self.farm.ctx().db, id).await.unwrap()
    }

    /// `by` later the clock looks at what is due, and what follows is done.
    async fn after(&self, by: Duration, id: &CustomDomainId) -> custom_domain::Model {
        self.farm.world.advance(by);
        custom_domains::run_check_domains(self.farm.ctx(), CheckDomains {}).await.unwrap();
        self.farm.drain().await;
        self.row(id).await
    }

    /// Its records are as they should be.
    fn sets(&self, shop: &Shop, name: &custom_domain::Model) {
        self.names.proves(&name.host, &name.token);
        self.names.leads(&name.host, shop.host());
    }

    /// A name in use.
    async fn uses(&self, shop: &Shop, name: &str) -> custom_domain::Model {
        let added = self.adds(shop, name).await;
        self.sets(shop, &added);
        let used = self.after(Duration::minutes(1), &added.id).await;
        assert_eq!((used.status, used.is_published), (Status::Active, true));
        used
    }

    async fn hosts(&self, shop: &Shop) -> Vec<String> {
        instances::spec_of(&self.farm.ctx(), &shop.instance).await.unwrap().custom_hosts
    }

    fn syncs(&self) -> usize {
        self.farm.driver.calls().iter().filter(|call| *call == "Sync/names").count()
    }
}

fn fault_of(refused: Result<custom_domain::Model, ProvisioningError>) -> String {
    refused.unwrap_err().fields().first().map(|field| field.code.to_string()).unwrap_or_default()
}

#[test]
fn a_name_has_one_form_and_what_is_no_public_name_is_refused() {
    for (typed, kept) in [
        ("toko.example.id", "toko.example.id"),
        (" Toko.Example.ID. ", "toko.example.id"),
        ("example.id", "example.id"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ] {
        assert_eq!(host::public(typed).unwrap(), kept, "{typed}");
    }
    let long = format!("{}.example.id", "a".repeat(64));
    let longer = format!("{}example.id", "abc.".repeat(70));
    for (typed, word) in [
        ("", "required"),
        ("*.example.id", "wildcard"),
        ("203.0.113.7", "is_address"),
        ("[2001:db8::1]", "is_address"),
        ("localhost", "invalid_host"),
        ("toko", "invalid_host"),
        ("printer.local", "invalid_host"),
        ("https://toko.example.id", "invalid_host"),
        ("toko.example.id/masuk", "invalid_host"),
        ("toko.example.id:8080", "invalid_host"),
        ("to_ko.example.id", "invalid_host"),
        ("-toko.example.id", "invalid_host"),
        ("toko..example.id", "invalid_host"),
        ("toko example.id", "invalid_host"),
        ("1.2.3", "invalid_host"),
        (long.as_str(), "invalid_host"),
        (longer.as_str(), "too_long"),
    ] {
        assert_eq!(host::public(typed).unwrap_err().code, word, "{typed}");
    }
    assert!(host::is_within("a.apps.example.id", "apps.example.id") && host::is_within("x.id", "x.id"));
    assert!(!host::is_within("myapps.example.id", "apps.example.id") && !host::is_within("x.id", ""));
}

#[tokio::test]
async fn a_name_is_used_once_it_is_proven_and_leads_here() {
    let street = Street::new().await;
    let shop = street.opens().await;

    let added = street.adds(&shop, "Toko.Example.ID").await;
    assert_eq!((added.host.as_str(), added.status), (SHOP, Status::Pending));
    let waits = street.after(Duration::minutes(1), &added.id).await;
    assert_eq!((waits.status, waits.failure), (Status::Pending, Some(Failure::ProofNoName)));

    street.names.proves(SHOP, &added.token);
    let proven = street.after(Duration::minutes(5), &added.id).await;
    assert_eq!((proven.status, proven.failure), (Status::Proven, Some(Failure::NoName)));
    assert!(street.hosts(&shop).await.is_empty() && street.syncs() == 0, "nothing leads here yet");

    street.names.leads(SHOP, shop.host());
    let active = street.after(Duration::minutes(15), &added.id).await;
    assert_eq!((active.status, active.failure, active.is_published), (Status::Active, None, true));
    assert_eq!(street.hosts(&shop).await, [SHOP]);
    assert_eq!((street.syncs(), street.farm.count_events("custom_domain.active").await), (1, 1));
    let row = street.farm.instance(&shop.contract).await;
    assert_eq!(row.status, InstanceStatus::Running);
    assert_eq!(street.farm.task(&row).await.action, TaskAction::Sync);

    // A day later everything is as it was, and the cluster is not asked again.
    let next = street.after(Duration::days(1), &added.id).await;
    assert_eq!((next.status, next.checks, street.syncs()), (Status::Active, 0, 1));
}

#[tokio::test]
async fn a_name_may_have_the_addresses_of_the_way_in() {
    let street = Street::new().await;
    let shop = street.opens().await;
    let added = street.adds(&shop, "example.id").await;
    street.names.proves("example.id", &added.token);
    street.names.lies_at(shop.host(), &["203.0.113.7", "203.0.113.8"]);
    street.names.lies_at("example.id", &["203.0.113.7", "198.51.100.9"]);
    let elsewhere = street.after(Duration::minutes(1), &added.id).await;
    assert_eq!((elsewhere.status, elsewhere.failure), (Status::Proven, Some(Failure::PointsElsewhere)));

    street.names.lies_at("example.id", &["203.0.113.8"]);
    assert_eq!(street.after(Duration::minutes(5), &added.id).await.status, Status::Active);
}

#[tokio::test]
async fn our_own_names_too_many_and_the_same_one_twice_are_refused_or_one() {
    let street = Street::new().await;
    let shop = street.opens().await;
    cluster::Entity::update_many()
        .col_expr(cluster::Column::IngressDomain, Expr::value("apps.example.net"))
        .exec(&street.farm.ctx().db)
        .await
        .unwrap();

    let first = street.adds(&shop, SHOP).await;
    assert_eq!(street.adds(&shop, "TOKO.example.id").await, first);
    for bad in ["*.example.id", "10.0.0.1", "toko"] {
        assert!(street.add(&shop, bad).await.is_err(), "{bad}");
    }
    for own in ["apps.example.net", "x.apps.example.net", "panel.yumna.example", "x.panel.yumna.example"] {
        assert_eq!(fault_of(street.add(&shop, own).await), "own_zone", "{own}");
    }
    // The zone above ours is nobody's until it is proven.
    let above = street.adds(&shop, "example.net").await;
    custom_domains::remove(&street.farm.ctx(), shop.owner(), &above.id).await.unwrap();
    for number in 2..=5 {
        street.adds(&shop, &format!("toko{number}.example.id")).await;
    }
    assert_eq!(fault_of(street.add(&shop, "toko6.example.id").await), "too_many_domains");
    custom_domains::remove(&street.farm.ctx(), shop.owner(), &first.id).await.unwrap();
    street.adds(&shop, "toko6.example.id").await;
}

#[tokio::test]
async fn two_may_claim_a_name_and_one_can_prove_it() {
    let street = Street::new().await;
    let (one, other) = (street.opens().await, street.opens().await);
    let (first, second) = (street.adds(&one, SHOP).await, street.adds(&other, SHOP).await);
    assert_ne!(first.token, second.token);
    street.sets(&one, &first);
    assert_eq!(street.after(Duration::minutes(1), &first.id).await.status, Status::Active);
    assert_eq!(street.row(&second.id).await.failure, Some(Failure::ProofWrong));

    // The name changes hands: who has it is looked at at once, and keeps it for seven days.
    street.sets(&other, &second);
    let waits = street.after(Duration::minutes(5), &second.id).await;
    assert_eq!((waits.status, waits.failure, waits.proven_host), (Status::Pending, Some(Failure::Taken), None));
    let failing = street.after(Duration::minutes(1), &first.id).await;
    assert_eq!((failing.status, failing.failure), (Status::Failing, Some(Failure::ProofWrong)));
    assert!(street.hosts(&other).await.is_empty());

    // Seven days after he added it he still waits, because the other had his seven days from a later hour.
    let waits = street.after(PATIENCE - Duration::minutes(1), &second.id).await;
    assert_eq!((waits.status, waits.failure), (Status::Pending, Some(Failure::Taken)));
    assert_eq!(street.after(Duration::hours(1), &first.id).await.status, Status::Removed);
    assert_eq!(street.after(Duration::hours(1), &second.id).await.status, Status::Active);
    assert_eq!((street.hosts(&one).await.len(), street.hosts(&other).await), (0, vec![SHOP.to_owned()]));
}

#[tokio::test]
async fn of_two_who_prove_a_name_at_once_one_has_it() {
    let street = Street::new().await;
    let (one, other) = (street.opens().await, street.opens().await);
    let (first, second) = (street.adds(&one, SHOP).await, street.adds(&other, SHOP).await);
    street.names.lies_at(one.host(), &["203.0.113.7"]);
    street.names.lies_at(other.host(), &["203.0.113.7"]);
    street.names.lies_at(SHOP, &["203.0.113.7"]);
    street.names.proves_both(SHOP, [&first.token, &second.token]);

    let look = |row: &custom_domain::Model| {
        custom_domains::run_check_domain(street.farm.ctx(), CheckDomain { custom_domain_id: row.id.clone() })
    };
    let (a, b) = tokio::join!(look(&first), look(&second));
    a.unwrap();
    b.unwrap();
    street.farm.drain().await;

    let (first, second) = (street.row(&first.id).await, street.row(&second.id).await);
    let held = [&first, &second].into_iter().filter(|row| row.proven_host.is_some()).count();
    assert_eq!(held, 1, "{first:?} {second:?}");
    let taken = if first.proven_host.is_some() { second } else { first };
    assert_eq!((taken.status, taken.failure), (Status::Pending, Some(Failure::Taken)));
}

#[tokio::test]
async fn looking_twice_and_removing_twice_is_once_and_another_customers_name_is_missing() {
    let street = Street::new().await;
    let (one, other) = (street.opens().await, street.opens().await);
    let used = street.uses(&one, SHOP).await;
    let (ctx, id) = (street.farm.ctx(), used.id.clone());
    for _ in 0..2 {
        let work = CheckDomain { custom_domain_id: id.clone() };
        custom_domains::run_check_domain(street.farm.ctx(), work).await.unwrap();
        street.farm.drain().await;
    }
    assert_eq!((street.row(&id).await.status, street.syncs()), (Status::Active, 1));

    for refused in [
        custom_domains::check_now(&ctx, other.owner(), &id).await.map(drop),
        custom_domains::remove(&ctx, other.owner(), &id).await,
        custom_domains::add(&ctx, other.owner(), &one.instance.id, "x.example.id").await.map(drop),
    ] {
        assert!(matches!(refused, Err(ProvisioningError::NotFound)), "{refused:?}");
    }

    for _ in 0..2 {
        custom_domains::remove(&ctx, one.owner(), &id).await.unwrap();
        street.farm.drain().await;
    }
    let gone = street.row(&id).await;
    assert_eq!((gone.status, gone.is_published, gone.proven_host), (Status::Removed, false, None));
    assert_eq!((street.hosts(&one).await.len(), street.syncs()), (0, 2));
    assert!(matches!(custom_domains::check_now(&ctx, one.owner(), &id).await, Err(ProvisioningError::NotFound)));
    // It is free for others.
    street.uses(&other, SHOP).await;
}

#[tokio::test]
async fn a_person_asks_for_a_look_now_and_then() {
    let street = Street::new().await;
    let shop = street.opens().await;
    let added = street.adds(&shop, SHOP).await;
    street.sets(&shop, &added);
    let ctx = street.farm.ctx();

    let seen = custom_domains::check_now(&ctx, shop.owner(), &added.id).await.unwrap();
    assert_eq!((seen.status, seen.failure), (Status::Proven, None));
    let questions = street.names.questions();
    let soon = custom_domains::check_now(&ctx, shop.owner(), &added.id).await.unwrap_err();
    assert!(matches!(soon, ProvisioningError::AskedTooSoon { retry_after: 15 }), "{soon:?}");
    assert_eq!(street.names.questions(), questions, "nobody was asked");
    street.farm.pass(Duration::seconds(15)).await;
    let again = custom_domains::check_now(&ctx, shop.owner(), &added.id).await.unwrap();
    assert_eq!(again.status, Status::Active);
}

#[tokio::test]
async fn a_name_that_never_becomes_usable_is_given_up_after_seven_days() {
    let street = Street::new().await;
    let shop = street.opens().await;
    let added = street.adds(&shop, SHOP).await;
    for _ in 0..6 {
        assert_eq!(street.after(Duration::days(1), &added.id).await.status, Status::Pending);
    }
    let gone = street.after(Duration::days(1), &added.id).await;
    assert_eq!((gone.status, gone.next_check_at), (Status::Removed, None));
    assert_eq!(street.farm.count_events("custom_domain.given_up").await, 1);
    // He may begin anew.
    assert_ne!(street.adds(&shop, SHOP).await.id, added.id);
}

#[tokio::test]
async fn a_name_in_use_outlives_silence_and_a_short_trouble_but_not_a_long_one() {
    let street = Street::new().await;
    let shop = street.opens().await;
    let used = street.uses(&shop, SHOP).await;

    for trouble in [Unanswered::Timeout, Unanswered::Failed] {
        street.names.fails(Some(trouble));
        let silent = street.after(PATIENCE * 2, &used.id).await;
        assert_eq!(silent.status, Status::Active, "{trouble}");
        assert!(matches!(silent.failure, Some(Failure::Timeout | Failure::Servfail)), "{silent:?}");
    }
    street.names.fails(None);
    assert_eq!(street.after(Duration::hours(1), &used.id).await.failure, None);

    street.names.forgets_proof(SHOP);
    let failing = street.after(Duration::days(1), &used.id).await;
    assert_eq!((failing.status, failing.failure), (Status::Failing, Some(Failure::ProofNoName)));
    assert_eq!(street.hosts(&shop).await, [SHOP], "it is in use meanwhile");
    street.after(Duration::days(1), &used.id).await;
    assert_eq!(street.farm.count_events("custom_domain.failing").await, 1, "told once");

    street.sets(&shop, &used);
    let back = street.after(Duration::hours(1), &used.id).await;
    assert_eq!((back.status, back.failing_since), (Status::Active, None));

    street.names.forgets_proof(SHOP);
    let failing = street.after(Duration::days(1), &used.id).await;
    let just_before = street.after(PATIENCE - Duration::seconds(1), &used.id).await;
    assert_eq!((failing.status, just_before.status), (Status::Failing, Status::Failing));
    let gone = street.after(Duration::hours(1), &used.id).await;
    assert_eq!((gone.status, gone.is_published), (Status::Removed, false));
    assert!(street.hosts(&shop).await.is_empty());
    assert_eq!(street.farm.count_events("custom_domain.given_up").await, 1);
}

#[tokio::test]
async fn a_suspended_service_keeps_its_names_and_one_that_ends_frees_them() {
    let street = Street::new().await;
    let shop = street.opens().await;
    let used = street.uses(&shop, SHOP).await;
    street.farm.becomes(&shop.contract, SubscriptionStatus::Suspended).await;
    street.farm.drain().await;
    // Another name becomes usable while nothing answers: the cluster is asked once it runs again.
    let second = street.adds(&shop, "www.example.id").await;
    street.sets(&shop, &second);
    let waits = street.after(Duration::minutes(1), &second.id).await;
    assert_eq!((waits.status, waits.is_published, street.syncs()), (Status::Proven, false, 1));

    street.farm.becomes(&shop.contract, SubscriptionStatus::Active).await;
    street.farm.drain().await;
    assert_eq!(street.hosts(&shop).await, [SHOP, "www.example.id"]);
    assert_eq!(
        (street.row(&second.id).await.status, street.row(&used.id).await.status),
        (Status::Active, Status::Active)
    );

    street.farm.becomes(&shop.contract, SubscriptionStatus::Terminated).await;
    street.farm.drain().await;
    for id in [&used.id, &second.id] {
        let row = street.row(id).await;
        assert_eq!((row.status, row.proven_host, row.is_published), (Status::Removed, None, false));
    }
    assert!(matches!(street.add(&shop, SHOP).await, Err(ProvisioningError::InvalidState { .. })));
}

#[tokio::test]
async fn what_the_cluster_refuses_is_told_and_asked_again_an_hour_later() {
    let street = Street::new().await;
    let (shop, added) = street.is_refused().await;

    let refused = street.row(&added.id).await;
    assert_eq!((refused.status, refused.failure), (Status::Proven, Some(Failure::Refused)));
    assert_eq!(street.farm.instance(&shop.contract).await.status, InstanceStatus::Running, "it runs as before");
    assert!(street.farm.open_alerts().await.contains(&"provisioning_review".to_owned()));
    let tried = street.syncs();
    street.farm.pass(Duration::minutes(30)).await;
    assert_eq!(street.syncs(), tried);

    let active = street.after(Duration::minutes(31), &added.id).await;
    assert_eq!((active.status, active.failure), (Status::Active, None));
    assert!(!street.farm.open_alerts().await.contains(&"provisioning_review".to_owned()));
}

#[tokio::test]
async fn a_name_that_a_cluster_still_lets_in_to_another_service_is_not_free() {
    let street = Street::new().await;
    let (one, other) = (street.opens().await, street.opens().await);
    let used = street.uses(&one, SHOP).await;
    // It went wrong, so that nothing can be taken away from its way in now.
    let becomes = async |status: InstanceStatus| {
        instance::Entity::update_many()
            .col_expr(instance::Column::Status, Expr::value(status))
            .filter(instance::Column::Id.eq(&one.instance.id))
            .exec(&street.farm.ctx().db)
            .await
            .unwrap();
    };
    becomes(InstanceStatus::Error).await;
    custom_domains::remove(&street.farm.ctx(), one.owner(), &used.id).await.unwrap();
    let next = street.adds(&other, SHOP).await;
    street.sets(&other, &next);
    let waits = street.after(Duration::minutes(1), &next.id).await;
    assert!(street.row(&used.id).await.is_published);
    assert_eq!((waits.status, waits.failure, waits.proven_host), (Status::Pending, Some(Failure::Taken), None));

    becomes(InstanceStatus::Running).await;
    follow::follow(&street.farm.ctx(), &one.contract.id).await.unwrap();
    street.farm.drain().await;
    assert_eq!(street.after(Duration::hours(1), &next.id).await.status, Status::Active);
}

#[tokio::test]
async fn what_was_stopped_asks_for_its_names_anew_and_says_so_where_they_are_refused() {
    let street = Street::new().await;
    let shop = street.opens().await;
    let used = street.uses(&shop, SHOP).await;
    let (stop, start) = (TaskAction::Stop, TaskAction::Start);
    let asks = async |action| {
        tasks::request_by_customer(&street.farm.ctx(), shop.owner(), &shop.instance.id, action).await.unwrap();
        street.farm.drain().await;
    };
    asks(stop).await;
    let stopped = street.row(&used.id).await;
    assert_eq!((stopped.status, stopped.is_published), (Status::Active, false));

    street.farm.driver.meets("names", Mishap::Rejected, 3);
    asks(start).await;
    street.farm.pass(Duration::seconds(31)).await;
    street.farm.pass(Duration::seconds(121)).await;
    let refused = street.row(&used.id).await;
    assert_eq!((refused.status, refused.failure), (Status::Active, Some(Failure::Refused)));
    assert_eq!(street.farm.instance(&shop.contract).await.status, InstanceStatus::Running, "it runs all the same");

    let again = street.after(Duration::minutes(61), &used.id).await;
    assert_eq!((again.status, again.failure, again.is_published), (Status::Active, None, true));
    assert_eq!(street.farm.count_events("custom_domain.active").await, 1, "told once");
}

#[tokio::test]
async fn what_was_refused_is_not_asked_again_of_what_does_not_run() {
    let street = Street::new().await;
    let (shop, added) = street.is_refused().await;
    let ctx = street.farm.ctx();
    tasks::request_by_customer(&ctx, shop.owner(), &shop.instance.id, TaskAction::Stop).await.unwrap();
    street.farm.drain().await;
    assert!(street.row(&added.id).await.publish_after.is_some());

    street.farm.pass(Duration::minutes(61)).await;
    custom_domains::run_check_domains(street.farm.ctx(), CheckDomains {}).await.unwrap();
    let follows = job::Entity::find()
        .filter(job::Column::Name.eq("provisioning.follow"))
        .filter(job::Column::Status.eq(JobStatus::Queued))
        .count(&ctx.db)
        .await
        .unwrap();
    assert_eq!(follows, 0);
}

#[tokio::test]
async fn what_was_added_in_the_moment_a_service_ended_holds_no_name() {
    let street = Street::new().await;
    let (one, other) = (street.opens().await, street.opens().await);
    let late = street.adds(&one, SHOP).await;
    street.sets(&one, &late);
    instance::Entity::update_many()
        .col_expr(instance::Column::Status, Expr::value(InstanceStatus::Terminated))
        .filter(instance::Column::Id.eq(&one.instance.id))
        .exec(&street.farm.ctx().db)
        .await
        .unwrap();

    let gone = street.after(Duration::minutes(1), &late.id).await;
    assert_eq!((gone.status, gone.proven_host, gone.next_check_at), (Status::Removed, None, None));
    street.uses(&other, SHOP).await;
}

#[tokio::test]
async fn a_refused_name_that_is_taken_away_leaves_staff_nothing_to_do() {
    let street = Street::new().await;
    let (shop, added) = street.is_refused().await;
    assert!(street.farm.open_alerts().await.contains(&"provisioning_review".to_owned()));

    custom_domains::remove(&street.farm.ctx(), shop.owner(), &added.id).await.unwrap();
    street.farm.drain().await;
    assert!(!street.farm.open_alerts().await.contains(&"provisioning_review".to_owned()));
}

#[tokio::test]
async fn names_are_not_added_and_taken_away_without_end() {
    let street = Street::new().await;
    let shop = street.opens().await;
    for number in 0..custom_domains::MAX_PER_DAY {
        let added = street.adds(&shop, &format!("toko{number}.example.id")).await;
        custom_domains::remove(&street.farm.ctx(), shop.owner(), &added.id).await.unwrap();
    }
    assert_eq!(fault_of(street.add(&shop, SHOP).await), "too_many_domains_today");
    street.farm.pass(Duration::days(1)).await;
    street.adds(&shop, SHOP).await;
}
