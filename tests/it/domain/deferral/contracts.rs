//! Contracts whose revenue is deferred: bought, changed, renewed, unpaid and ended.
use super::{bills, books, day, defers, earned_in, earns, ends, month, moves_to, part, schedules, sold};
use crate::{
    domain::renewals::{Story, wib},
    support::{
        World,
        driver::Scripted,
        shop::{self, Buyer},
    },
};
use chrono::{Duration, Months};
use entity::value::{Cycle, Period, PurchasePolicy, SubscriptionId, SubscriptionStatus, day_start};
use std::sync::Arc;
use yumna::domain::{
    billing::{NewLine, deferral},
    ledger,
    ordering::{self, Placed, change},
    payments::attempt,
    reports::{closing, deferred, range::Range, revenue},
    subscriptions::cancel::{self, When},
};

#[tokio::test]
async fn the_end_of_a_contract_makes_revenue_of_what_is_paid_and_waits_with_what_is_not() {
    for is_paid in [true, false] {
        let world = World::new().await;
        defers(&world, true).await;
        let (ctx, budi) = (world.system(), world.customer().await);
        world.gift(&budi, 365_000).await;
        let contract = SubscriptionId::from("sub_1");
        let year = sold(365_000, Cycle::Annually, day("2026-11-21"));
        let bill = bills(&world, &budi, vec![NewLine { subscription_id: Some(contract.clone()), ..year }]).await;
        if is_paid {
            let tx = ctx.begin().await.unwrap();
            attempt::pay_from_wallet(&ctx, &tx, &bill.id).await.unwrap();
            tx.commit().await.unwrap();
        }
        moves_to(&world, wib("2026-12-11T09:00:00"));
        for _ in 0..2 {
            ends(&world, &contract).await;
            earns(&world).await;
        }
        let report = deferred::report(&ctx).await.unwrap();
        assert!(report.ties(), "{report:?}");
        if is_paid {
            assert_eq!(books(&world).await, (0, 365_000));
            assert_eq!(earned_in(&world, month("2026-11")).await, 10_000, "its days stay its days");
        } else {
            assert_eq!((books(&world).await, report.stopped_minor), ((345_000, 20_000), 345_000));
            world.advance(Duration::days(30));
            earns(&world).await;
            assert_eq!(books(&world).await, (345_000, 20_000), "no service, no money, no revenue");
            let tx = ctx.begin().await.unwrap();
            attempt::pay_from_wallet(&ctx, &tx, &bill.id).await.unwrap();
            tx.commit().await.unwrap();
            world.advance(Duration::days(1));
            earns(&world).await;
            assert_eq!(books(&world).await, (0, 365_000), "paid after all");
        }
        world.books_are_right().await;
    }
}

/// Budi has ordered a year of Rp 500.000; revenue is deferred.
async fn ordered() -> (World, Buyer, Placed) {
    let world = World::with(|services| services.drivers = vec![Arc::new(Scripted::default())]).await;
    let world = world.tells_of_money();
    world.open_shop().await;
    defers(&world, true).await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    world.plan(&ghost, "ghost-pro", 2, 5).await;
    let budi = world.buyer("budi").await;
    world.gives(&budi, 555_000).await;
    let mut wanted = world.checkout(&budi, &["ghost-basic"]);
    wanted.items[0].cycle = "annually".to_owned();
    let placed = ordering::place(&world.system(), wanted).await.unwrap();
    world.settle_down().await;
    (world, budi, placed)
}

#[tokio::test]
async fn a_year_over_four_hundred_days_is_told_month_by_month() {
    let (world, budi, placed) = ordered().await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    let waiting = deferred::report(&ctx).await.unwrap();
    assert_eq!((waiting.waiting_minor, waiting.months.len(), waiting.ties()), (500_000, 0, true));
    // It is paid three days later: the service begins then.
    moves_to(&world, wib("2026-11-24T10:00:00"));
    world.settle_down().await;
    assert_eq!(books(&world).await, (500_000, 0), "nothing is earned of what has not begun");
    world.pays(&placed).await;
    world.settle_down().await;
    let foretold = deferred::report(&ctx).await.unwrap();
    assert_eq!((foretold.running_minor(), foretold.months.len(), foretold.ties()), (500_000, 13, true));

    let (start, mut at) = (day("2026-11-24"), day("2026-12-01"));
    let mut renewed = 0;
    while at <= day("2028-01-01") {
        // Its invoice, and the day on which it is taken from the wallet.
        if at == day("2027-12-01") {
            moves_to(&world, wib("2027-11-10T08:00:00"));
            world.settle_down().await;
            world.gives(&budi, 555_000).await;
            moves_to(&world, wib("2027-11-24T08:00:00"));
            world.settle_down().await;
            renewed = 500_000;
        }
        moves_to(&world, day_start(at) + Duration::minutes(70));
        Box::pin(world.settle_down()).await;
        let days = (at - start).num_days();
        // The second year has a leap day.
        let earned = part(500_000, days.min(365), 365) + part(renewed, (days - 365).max(0), 366);
        assert_eq!(books(&world).await, (500_000 + renewed - earned, earned), "{at}");
        let over = Range::month_of(at - Months::new(1));
        let items = closing::open_items(&ana, over).await.unwrap();
        assert_eq!((items.deferred_minor, items.unbooked_minor), (500_000 + renewed - earned, 0), "{at}");
        if at <= day("2027-11-01") {
            let name = over.from.format("%Y-%m").to_string();
            let told = foretold.months.iter().find(|month| month.month == name).unwrap();
            assert_eq!(earned_in(&world, over).await, told.amount_minor, "{name} is as it was foretold");
        }
        ledger::close_period(&ana, &over.from.format("%Y-%m").to_string()).await.unwrap();
        world.books_are_right().await;
        at = at + Months::new(1);
    }
    let contract = world.contract(&placed).await;
    assert_eq!((contract.status, contract.period_end), (SubscriptionStatus::Active, day("2028-11-24").into()));
    let all = revenue::report(&ctx, Range { from: day("2026-11-01"), until: day("2028-01-01") }).await.unwrap();
    assert!(all.ties(), "{all:?}");
    assert_eq!(all.total().issued_minor(), 1_000_000);
    assert_eq!(all.total().deferred_minor, deferred::report(&ctx).await.unwrap().ledger_minor);
}

#[tokio::test]
async fn who_leaves_without_a_refund_leaves_revenue_and_an_order_that_comes_to_nothing_leaves_none() {
    let (world, budi, placed) = ordered().await;
    let ctx = world.system();
    world.pays(&placed).await;
    world.settle_down().await;
    moves_to(&world, wib("2026-12-01T10:00:00"));
    world.settle_down().await;
    assert_eq!(books(&world).await.1, part(500_000, 10, 365));
    let contract = world.contract(&placed).await;
    cancel::cancel(&ctx, &budi.customer_id, &contract.id, When::Now, "").await.unwrap();
    world.settle_down().await;
    // Within the hour.
    moves_to(&world, wib("2026-12-01T10:59:00"));
    world.settle_down().await;
    assert_eq!(books(&world).await, (0, 500_000));
    world.books_are_right().await;

    let (world, _, placed) = ordered().await;
    ordering::cancel_unpaid(&world.system(), &placed.order.id, "customer").await.unwrap();
    world.settle_down().await;
    assert_eq!(books(&world).await, (0, 0));
    world.books_are_right().await;

    let (world, _, placed) = ordered().await;
    world.pays(&placed).await;
    let contract = world.contract(&placed).await;
    for _ in 0..2 {
        ordering::provision_failed(&world.system(), &contract.id).await.unwrap();
        world.settle_down().await;
    }
    world.advance(Duration::days(40));
    world.settle_down().await;
    assert_eq!(books(&world).await, (0, 0));
    world.books_are_right().await;
}

#[tokio::test]
async fn no_day_after_the_end_of_a_contract_is_earned_however_late_anybody_looks() {
    let (world, budi, placed) = ordered().await;
    let ctx = world.system();
    world.pays(&placed).await;
    world.settle_down().await;
    moves_to(&world, wib("2026-12-01T10:00:00"));
    let contract = world.contract(&placed).await;

    cancel::cancel(&ctx, &budi.customer_id, &contract.id, When::Now, "").await.unwrap();
    let row = schedules(&world).await.remove(0);
    assert_eq!((row.ended_on, contract.period_end), (Some(day("2026-12-01")), day("2027-11-21").into()));

    // Nothing ran since the first day.
    moves_to(&world, wib("2027-02-20T10:00:00"));
    world.settle_down().await;
    earns(&world).await;
    assert_eq!(books(&world).await, (0, 500_000));
    assert_eq!(earned_in(&world, month("2026-11")).await, part(500_000, 10, 365));
    for silent in ["2026-12", "2027-01"] {
        assert_eq!(earned_in(&world, month(silent)).await, 0, "{silent}");
    }
    world.books_are_right().await;
}

#[tokio::test]
async fn a_larger_plan_in_the_middle_of_a_year_is_earned_with_the_rest_of_it() {
    let (world, budi, placed) = ordered().await;
    let ctx = world.system();
    world.pays(&placed).await;
    world.settle_down().await;
    moves_to(&world, wib("2027-03-21T15:30:00"));
    world.settle_down().await;
    let (before, contract) = (books(&world).await, world.contract(&placed).await);
    assert_eq!(before.1, part(500_000, 120, 365));
    world.gives(&budi, 900_000).await;
    let quote = change::quote(&ctx, &budi.customer_id, &contract.id, "ghost-pro").await.unwrap();
    change::accept(&ctx, &budi.customer_id, &contract.id, &quote.change.id, None).await.unwrap();
    world.settle_down().await;

    let rows = schedules(&world).await;
    let (more, less) = (rows[1].whole_minor, rows[2].whole_minor);
    assert_eq!((rows.len(), more > 0, less < 0), (3, true, true));
    assert_eq!(books(&world).await, (before.0 + more + less, before.1), "nothing of the change is earned yet");
    moves_to(&world, wib("2027-04-01T00:10:00"));
    world.settle_down().await;
    let earned = part(500_000, 131, 365) + part(more, 11, 245) - part(-less, 11, 245);
    assert_eq!(books(&world).await.1, earned);
    assert!(deferred::report(&ctx).await.unwrap().ties());
    world.books_are_right().await;

    // He gives notice for the end of the year, and nothing is left then.
    cancel::set_auto_renew(&ctx, &budi.customer_id, &contract.id, false).await.unwrap();
    moves_to(&world, wib("2027-11-21T00:10:00"));
    world.settle_down().await;
    earns(&world).await;
    assert_eq!(books(&world).await, (0, 500_000 + more + less));
    assert_eq!(world.contract(&placed).await.status, SubscriptionStatus::Terminated);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_year_that_nobody_pays_for_is_no_revenue_in_the_end() {
    let (world, budi, placed) = ordered().await;
    world.pays(&placed).await;
    world.settle_down().await;
    let contract = world.contract(&placed).await;
    moves_to(&world, wib("2027-11-06T10:00:00"));
    Box::pin(world.settle_down()).await;
    let story = Story { world, budi, contract };
    Box::pin(story.until(wib("2027-12-20T10:00:00"))).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Suspended);
    let earned = 500_000 + part(500_000, 29, 366);
    assert_eq!(books(&story.world).await, (1_000_000 - earned, earned), "the days count until it is decided");
    story.world.books_are_right().await;

    Box::pin(story.until(wib("2027-12-29T10:00:00"))).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Terminated);
    assert_eq!(books(&story.world).await, (0, 500_000), "the second year was credited");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn what_begins_anew_is_earned_until_its_new_end() {
    let world = World::new().await;
    defers(&world, true).await;
    let (ctx, budi) = (world.system(), world.customer().await);
    let contract = SubscriptionId::from("sub_1");
    let year = sold(365_000, Cycle::Annually, day("2026-11-21"));
    let bill = bills(&world, &budi, vec![NewLine { subscription_id: Some(contract.clone()), ..year }]).await;
    moves_to(&world, wib("2026-12-11T09:00:00"));
    earns(&world).await;

    let period = Period { start: day("2026-12-31"), end: day("2027-12-31") };
    let tx = ctx.begin().await.unwrap();
    for _ in 0..2 {
        deferral::restart(&tx, &bill.id, &contract, period).await.unwrap();
    }
    tx.commit().await.unwrap();

    assert_eq!(schedules(&world).await[0].ends_on, Some(period.end));
    moves_to(&world, wib("2027-11-22T09:00:00"));
    earns(&world).await;
    let (deferred, earned) = books(&world).await;
    assert!(deferred > 0, "its old end is no end: {earned} are earned");
    moves_to(&world, wib("2027-12-31T09:00:00"));
    earns(&world).await;
    assert_eq!(books(&world).await, (0, 365_000));
    world.books_are_right().await;
}
