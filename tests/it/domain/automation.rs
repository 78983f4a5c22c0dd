//! What holds automation back: pauses by people and the circuit breaker; and what a day is said to come to.
use super::renewals::{Story, wib};
use crate::support::{
    World,
    gateway::{self, ScriptedGateway},
    money::by,
    shop,
};
use chrono::Duration;
use entity::{
    messaging::message,
    platform::alert,
    subscriptions::skipped_step,
    value::{
        CustomerId, MessageStatus, PauseHolds, PauseScope, PurchasePolicy, SubscriptionStatus as Status, business_day,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::sync::Arc;
use yumna::{
    domain::{
        payments::{attempt, gateway_event},
        provisioning::follow,
        settings,
        subscriptions::{
            self, advance,
            automation::{self, NewPause, Trip},
        },
    },
    kernel::page::PageRequest,
};

async fn pause(story: &Story, scope: PauseScope, target_id: &str, until: &str) -> String {
    let new =
        NewPause { scope, holds: PauseHolds::Everything, target_id, ends_at: wib(until), reason: "Banjir di Bekasi" };
    automation::pause(&story.world.staff("ana"), new).await.unwrap().id
}

#[tokio::test]
async fn nothing_happens_by_itself_while_a_pause_covers_the_contract() {
    for scope in PauseScope::ALL.iter().copied() {
        let story = Story::begin().await;
        let instance = follow::instance_of(&story.world.system(), &story.contract.id).await.unwrap().unwrap();
        let target = match scope {
            PauseScope::Everything => "",
            PauseScope::Cluster => instance.cluster_id.as_ref().unwrap().as_str(),
            PauseScope::Product => story.contract.product_id.as_str(),
            PauseScope::Customer => story.contract.customer_id.as_str(),
            PauseScope::Subscription => story.contract.id.as_str(),
        };
        let id = pause(&story, scope, target, "2027-02-01T00:00:00").await;

        story.until(wib("2027-01-05T10:00:00")).await;
        assert_eq!((story.renewals().await.len(), story.now().await.status), (0, Status::Active), "{scope}");

        automation::lift(&story.world.staff("ana"), &id).await.unwrap();
        automation::lift(&story.world.staff("ana"), &id).await.unwrap();
        story.tick().await;
        assert_eq!((story.renewals().await.len(), story.now().await.status), (1, Status::PastDue), "{scope}");
        story.world.books_are_right().await;
    }
}

#[tokio::test]
async fn a_pause_for_somebody_else_holds_nothing_and_one_that_is_over_neither() {
    let story = Story::begin().await;
    let other = story.world.buyer("rudi").await;
    pause(&story, PauseScope::Customer, other.customer_id.as_str(), "2027-02-01T00:00:00").await;
    pause(&story, PauseScope::Everything, "", "2026-12-12T00:00:00").await;

    story.until(wib("2026-12-11T10:00:00")).await;
    assert_eq!(
        subscriptions::outlook(&story.world.system(), &story.now().await).await.unwrap().unwrap().what,
        "renewal"
    );
    story.until(wib("2026-12-22T10:00:00")).await;

    assert_eq!((story.renewals().await.len(), story.now().await.status), (1, Status::PastDue));
    let (ctx, all) = (story.world.system(), PageRequest::default());
    assert_eq!(automation::open_pauses(&ctx.db, ctx.now(), &all).await.unwrap().rows.len(), 1);
}

#[tokio::test]
async fn a_reminded_customer_is_neither_suspended_nor_removed_in_a_pause_but_his_money_counts() {
    let story = Story::begin().await;
    story.until(wib("2026-12-29T10:00:00")).await;
    assert_eq!(story.now().await.status, Status::Suspended);
    pause(&story, PauseScope::Everything, "", "2027-06-01T00:00:00").await;

    story.until(wib("2027-02-15T10:00:00")).await;
    assert_eq!(story.now().await.status, Status::Suspended, "not removed");

    story.world.gives(&story.budi, 55_500).await;
    story.pays_renewal().await;
    assert_eq!(story.now().await.status, Status::Active);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn while_his_reminders_rest_a_customer_is_asked_and_debited_but_neither_reminded_nor_suspended() {
    let story = Story::begin().await;
    let target_id = story.contract.customer_id.as_str();
    let ends_at = wib("2027-06-01T00:00:00");
    let new =
        NewPause { scope: PauseScope::Customer, holds: PauseHolds::Mails, target_id, ends_at, reason: "Ditelepon" };
    let pause = automation::pause(&story.world.staff("ana"), new).await.unwrap();
    assert!(
        !automation::is_paused(&story.world.services.db, &story.contract, story.world.services.clock.now())
            .await
            .unwrap()
    );

    story.until(wib("2027-01-05T10:00:00")).await;
    assert_eq!((story.renewals().await.len(), story.now().await.status), (1, Status::PastDue), "never reminded");
    assert!(skipped(&story).await.iter().all(|(_, reason, _)| reason != "not_told"), "the invoice did reach him");
    assert_eq!(story.count("renewal_due").await + story.count("renewal_overdue").await, 0);

    automation::lift(&story.world.staff("ana"), &pause.id).await.unwrap();
    story.until(wib("2027-01-06T10:00:00")).await;
    assert_eq!(story.count("renewal_overdue").await, 1, "what was missed collapses into the latest");
    assert_eq!(story.now().await.status, Status::Suspended);
}

/// What did not happen to the contract, and why: step, reason, note.
async fn skipped(story: &Story) -> Vec<(String, String, Option<String>)> {
    let all = subscriptions::skipped::of(&story.world.system(), &story.now().await).await.unwrap();
    all.into_iter().map(|one| (one.step, one.reason, one.note)).collect()
}

#[tokio::test]
async fn a_contract_says_what_did_not_happen_and_why_once_for_each_reason() {
    let story = Story::begin().await;
    story.until(wib("2026-12-24T12:00:00")).await;
    let short = ("debit".to_owned(), "wallet_short".to_owned(), None);
    assert_eq!(skipped(&story).await, std::slice::from_ref(&short), "asked daily, told once");
    let rows = skipped_step::Entity::find().all(&story.world.services.db).await.unwrap();
    assert_eq!((rows.len(), rows[0].cycle_number), (1, 2));
    let (first, last) = (business_day(rows[0].first_at), business_day(rows[0].last_at));
    assert_eq!((first, last), ("2026-12-21".parse().unwrap(), "2026-12-24".parse().unwrap()));

    let id = pause(&story, PauseScope::Customer, story.contract.customer_id.as_str(), "2027-02-01T00:00:00").await;
    story.until(wib("2026-12-25T12:00:00")).await;
    automation::lift(&story.world.staff("ana"), &id).await.unwrap();
    let paused = ("everything".to_owned(), "paused".to_owned(), Some("Banjir di Bekasi".to_owned()));
    let told = skipped(&story).await;
    assert_eq!(told[0], paused, "what is newest comes first: {told:?}");
    assert!(told.contains(&short));
}

#[tokio::test]
async fn who_was_never_told_is_not_suspended_and_the_contract_says_so() {
    let story = Story::begin().await;
    story.until(wib("2026-12-20T12:00:00")).await;
    // No mail of the invoice or its reminders has reached him.
    for day in 21..=29 {
        story.world.advance(wib(&format!("2026-12-{day}T10:00:00")) - story.world.services.clock.now());
        message::Entity::update_many()
            .col_expr(message::Column::Status, Expr::value(MessageStatus::Failed))
            .exec(&story.world.services.db)
            .await
            .unwrap();
        advance::queue_due(&story.world.system()).await.unwrap();
        story.world.settle_down().await;
        message::Entity::update_many()
            .col_expr(message::Column::Status, Expr::value(MessageStatus::Failed))
            .exec(&story.world.services.db)
            .await
            .unwrap();
    }
    assert_eq!(story.now().await.status, Status::PastDue);
    let told = skipped(&story).await;
    assert!(told.contains(&("suspend".to_owned(), "not_told".to_owned(), None)), "{told:?}");
}

#[tokio::test]
async fn a_pause_needs_an_end_a_reason_and_something_to_hold() {
    let story = Story::begin().await;
    let staff = story.world.staff("ana");
    let new = |scope, target_id: &'static str, until: &str, reason: &'static str| NewPause {
        scope,
        holds: PauseHolds::Everything,
        target_id,
        ends_at: wib(until),
        reason,
    };
    for (case, code) in [
        (new(PauseScope::Everything, "", "2026-11-01T00:00:00", "x"), "VALIDATION_FAILED"),
        (new(PauseScope::Everything, "", "2028-11-01T00:00:00", "x"), "VALIDATION_FAILED"),
        (new(PauseScope::Everything, "", "2026-12-01T00:00:00", " "), "VALIDATION_FAILED"),
        (new(PauseScope::Customer, "cus_nobody", "2026-12-01T00:00:00", "x"), "NOT_FOUND"),
        (new(PauseScope::Cluster, "clu_nowhere", "2026-12-01T00:00:00", "x"), "NOT_FOUND"),
    ] {
        let refused = automation::pause(&staff, case.clone()).await.unwrap_err();
        assert_eq!(yumna::kernel::fault::Fault::code(&refused), code, "{case:?}");
    }
    // The newest word about the same thing counts.
    pause(&story, PauseScope::Everything, "", "2026-12-01T00:00:00").await;
    let last = pause(&story, PauseScope::Everything, "", "2026-12-02T00:00:00").await;
    let open = automation::open_pauses(&story.world.services.db, staff.now(), &PageRequest::default()).await.unwrap();
    assert_eq!(open.rows.into_iter().map(|row| row.id).collect::<Vec<_>>(), [last]);
}

#[tokio::test]
async fn more_suspensions_than_usual_are_held_back_until_somebody_says_so() {
    let story = Story::begin().await;
    let rules = settings::Automation { suspension_floor: 1, suspension_multiple: 2, ..Default::default() };
    settings::save_section(&story.world.staff("ana"), rules).await.unwrap();
    let rudi = story.world.buyer("rudi").await;
    story.world.gives(&rudi, 55_500).await;
    let second = story.world.orders(&rudi, "ghost-basic").await.unwrap();
    story.world.pays(&second).await;
    story.world.settle_down().await;

    story.until(wib("2026-12-28T00:01:00")).await;
    let states = async || [story.now().await.status, story.world.contract(&second).await.status];
    let mut seen = states().await;
    seen.sort_by_key(|status| status.as_str());
    assert_eq!(seen, [Status::PastDue, Status::Suspended], "the second is one too many");
    let ctx = story.world.system();
    let rules = settings::load(&ctx.db).await.unwrap().automation;
    let trip = automation::tripped(&ctx.db, &rules, ctx.now()).await.unwrap();
    assert_eq!(trip, Some(Trip::Suspensions { today: 1, limit: 1 }));
    let told = alert::Entity::find().filter(alert::Column::Code.eq("billing_breaker")).all(&ctx.db).await.unwrap();
    assert_eq!(told.iter().filter(|row| row.resolved_at.is_none()).count(), 1);

    automation::release(&story.world.staff("ana")).await.unwrap();
    story.until(wib("2026-12-28T10:00:00")).await;
    assert_eq!(states().await, [Status::Suspended; 2]);
    let told = alert::Entity::find().filter(alert::Column::Code.eq("billing_breaker")).all(&ctx.db).await.unwrap();
    assert!(told.iter().all(|row| row.resolved_at.is_some()));
}

#[tokio::test]
async fn nobody_is_suspended_while_customers_pay_and_the_gateway_is_silent() {
    let scripted = ScriptedGateway::default();
    let at_gateway = scripted.clone();
    let world = World::with(move |services| services.gateways = vec![Arc::new(at_gateway)]).await;
    world.account().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 50).await;
    let (ctx, budi) = (world.system(), world.buyer("budi").await);
    let trip = async || {
        let rules = settings::Automation::default();
        automation::tripped(&ctx.db, &rules, ctx.now()).await.unwrap()
    };
    let mut payments = Vec::new();
    for _ in 0..3 {
        let placed = world.orders(&budi, "ghost-basic").await.unwrap();
        let way = by("bank_transfer", Some("bca"));
        payments.push(attempt::start(&ctx, &budi.customer_id, &placed.invoice.id, &way).await.unwrap());
    }
    assert_eq!(trip().await, None, "a moment's silence means nothing");
    world.advance(Duration::hours(2));
    assert_eq!(trip().await, Some(Trip::Silence { hours: 12 }));

    scripted.pay(&payments[0].reference, payments[0].amount_minor);
    let body = scripted.notification(&payments[0].reference);
    gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
    assert_eq!(trip().await, None);

    world.advance(Duration::hours(30));
    assert_eq!(trip().await, None, "nobody tries to pay");
}

#[tokio::test]
async fn what_a_dry_run_says_is_what_the_run_does() {
    let story = Story::begin().await;
    let ctx = story.world.system();
    story.until(wib("2026-12-13T23:59:00")).await;
    let said = subscriptions::forecast(&ctx, wib("2026-12-14T00:01:00")).await.unwrap();
    story.until(wib("2026-12-14T00:01:00")).await;
    let day = (wib("2026-12-14T00:00:00"), wib("2026-12-15T00:00:00"));
    let done = automation::done_between(&ctx.db, day.0, day.1).await.unwrap();
    assert_eq!((said.renewals, &said.net), (1, &done.net));
    assert_eq!((done.renewals, done.net["IDR"]), (1, 50_000));

    story.until(wib("2026-12-27T23:59:00")).await;
    let said = subscriptions::forecast(&ctx, wib("2026-12-28T00:01:00")).await.unwrap();
    assert_eq!(said.hit, [(story.contract.id.clone(), "suspend")]);
    story.until(wib("2026-12-28T00:01:00")).await;
    let done = automation::done_between(&ctx.db, wib("2026-12-28T00:00:00"), wib("2026-12-29T00:00:00")).await.unwrap();
    assert_eq!((said.steps.get("suspend"), done.steps.get("suspend")), (Some(&1), Some(&1)));
    let customer = CustomerId::from(story.contract.customer_id.as_str());
    pause(&story, PauseScope::Customer, customer.as_str(), "2027-12-01T00:00:00").await;
    let said = subscriptions::forecast(&ctx, wib("2027-03-01T00:01:00")).await.unwrap();
    assert_eq!((said.steps.len(), said.hit.len()), (0, 0), "a pause holds in the dry run too");
}
