//! How products and plans do, and how full they are: the same past whenever it is read, and the sums of the other reports
//! and of the ledger.
use super::renewals::wib;
use crate::support::{World, driver::Scripted, shop};
use chrono::{Duration, NaiveDate};
use entity::{
    ordering::quota_reservation,
    subscriptions::subscription,
    value::{PurchasePolicy, ReservationStatus, SubscriptionStatus},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use yumna::domain::{
    catalog::waitlist,
    ordering::change::{self, later},
    payments::{
        attempt,
        refund::{Destination, NewRefund, refund},
    },
    reports::{
        mrr,
        products::{self, Figures, Line, ProductsReport},
        quota,
        range::Range,
        revenue,
    },
};

fn month(text: &str) -> Range {
    Range::month_of(format!("{text}-01").parse::<NaiveDate>().unwrap())
}

/// A shop that sells Ghost in two sizes, for Rp 50.000 and Rp 100.000 a month.
async fn shop() -> World {
    let world = World::with(|services| services.drivers = vec![Arc::new(Scripted::default())]).await.tells_of_money();
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 2).await;
    world.plan(&ghost, "ghost-pro", 2, 5).await;
    world
}

async fn buys(
    world: &World,
    buyer: &shop::Buyer,
    plan: &str,
) -> (subscription::Model, entity::billing::invoice::Model) {
    let placed = world.orders(buyer, plan).await.unwrap();
    world.pays(&placed).await;
    world.settle_down().await;
    (world.contract(&placed).await, placed.invoice)
}

async fn told(world: &World, range: Range) -> ProductsReport {
    let report = products::report(&world.system(), range).await.unwrap();
    agrees(world, &report).await;
    report
}

/// It says what the reports of revenue and of recurring revenue say, and the ledger.
async fn agrees(world: &World, report: &ProductsReport) {
    let (ctx, total) = (world.system(), report.total());
    let (issued, recurring) =
        (revenue::report(&ctx, report.range).await.unwrap(), mrr::report(&ctx, report.range).await.unwrap());
    assert!(report.ties() && issued.ties(), "{report:?}");
    assert_eq!((total.issued_minor, report.ledger_minor), (issued.total().issued_minor(), issued.ledger_minor));
    let last = recurring.months.last().unwrap();
    assert_eq!((total.running, total.mrr_minor), (last.contracts, last.end_minor()));
    let sum = |of: fn(&mrr::Month) -> i64| recurring.months.iter().map(of).sum::<i64>();
    assert_eq!((total.began, total.ended), (sum(|month| month.began), sum(|month| month.ended)));
    assert_eq!(total.moved, 0, "who leaves a plan comes to another");
    for line in report.plans.iter().chain(&report.products()) {
        let figures = &line.figures;
        assert_eq!(figures.start + figures.began + figures.moved - figures.ended, figures.running, "{line:?}");
    }
    let by_product: i64 = report.products().iter().map(|line| line.figures.issued_minor).sum();
    assert_eq!(by_product, total.issued_minor);
}

fn of<'report>(report: &'report ProductsReport, plan: &str) -> &'report Figures {
    &report.plans.iter().find(|line| line.plan.as_deref() == Some(plan)).unwrap().figures
}

#[tokio::test]
async fn a_contract_counts_for_the_plan_it_had_and_the_past_stays_as_it_was() {
    let world = shop().await;
    let (budi, siti) = (world.buyer("budi").await, world.buyer("siti").await);
    for buyer in [&budi, &siti] {
        world.gives(buyer, 300_000).await;
    }
    let (grows, bill) = buys(&world, &budi, "ghost-basic").await;
    let (ends, _) = buys(&world, &siti, "ghost-basic").await;
    let november = told(&world, month("2026-11")).await;
    let began = Figures { began: 2, running: 2, mrr_minor: 100_000, issued_minor: 100_000, ..Figures::default() };
    assert_eq!(*of(&november, "ghost-basic"), began);
    assert_eq!(november.plans.len(), 1, "a plan nobody has is not told of");

    // December: Budi takes the larger plan, Siti's contract ends, and something of November's bill is given back.
    world.advance(Duration::days(14));
    let ctx = world.system();
    let quote = change::quote(&ctx, &budi.customer_id, &grows.id, "ghost-pro").await.unwrap();
    change::accept(&ctx, &budi.customer_id, &grows.id, &quote.change.id, None).await.unwrap();
    world.settle_down().await;
    let ended = subscription::ActiveModel {
        id: Set(ends.id),
        status: Set(SubscriptionStatus::Terminated),
        terminated_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    ended.update(&ctx.db).await.unwrap();
    let paid = attempt::of_invoice(&ctx.db, &bill.id).await.unwrap().remove(0);
    let destination = Destination::Wallet;
    let new = NewRefund { payment_id: &paid.id, amount_minor: 11_100, destination, reason: "Potongan", key: "back" };
    refund(&world.staff("ana"), new).await.unwrap();

    let december = told(&world, month("2026-12")).await;
    let basic = Figures { start: 2, moved: -1, ended: 1, issued_minor: -10_000, ..Figures::default() };
    assert_eq!(*of(&december, "ghost-basic"), basic, "what is given back is of the plan it was paid for");
    let pro = of(&december, "ghost-pro");
    assert_eq!((pro.moved, pro.running, pro.mrr_minor), (1, 1, 100_000));
    assert_eq!(pro.issued_minor, quote.change.total_minor - quote.change.tax_minor, "the change is for the new plan");
    assert_eq!(told(&world, month("2026-11")).await, november);
    let both = Range { until: month("2026-12").until, ..month("2026-11") };
    let basic = Figures { began: 2, moved: -1, ended: 1, issued_minor: 90_000, ..Figures::default() };
    assert_eq!(*of(&told(&world, both).await, "ghost-basic"), basic);
}

#[tokio::test]
async fn a_period_that_begins_with_an_agreed_change_is_for_the_new_plan() {
    let world = shop().await;
    let budi = world.buyer("budi").await;
    world.gives(&budi, 500_000).await;
    let (contract, _) = buys(&world, &budi, "ghost-pro").await;
    later::schedule(&world.system(), &budi.customer_id, &contract.id, "ghost-basic", "monthly").await.unwrap();

    world.until(wib("2026-12-20T12:00:00")).await;
    let agreed = told(&world, month("2026-12")).await;
    assert_eq!((of(&agreed, "ghost-basic").issued_minor, of(&agreed, "ghost-pro").issued_minor), (50_000, 0));
    assert_eq!((of(&agreed, "ghost-basic").running, of(&agreed, "ghost-pro").running), (0, 1));

    world.until(wib("2026-12-22T12:00:00")).await;
    let made = told(&world, month("2026-12")).await;
    assert_eq!((of(&made, "ghost-basic").issued_minor, of(&made, "ghost-pro").issued_minor), (50_000, 0));
    assert_eq!((of(&made, "ghost-basic").running, of(&made, "ghost-pro").running), (1, 0));
    assert_eq!(of(&told(&world, month("2026-11")).await, "ghost-pro").issued_minor, 100_000);
}

#[tokio::test]
async fn what_is_for_no_contract_is_a_row_of_its_own_and_shares_are_of_everything() {
    let world = shop().await;
    let budi = world.buyer("budi").await;
    world.gives(&budi, 500_000).await;
    buys(&world, &budi, "ghost-basic").await;
    let customer = world.customer().await;
    world.invoice(&customer, &[150_000]).await;

    let report = told(&world, month("2026-11")).await;
    let loose = Line { figures: Figures { issued_minor: 150_000, ..Figures::default() }, ..Line::default() };
    assert_eq!(report.plans.last(), Some(&loose), "last, though it is the most");
    let shares: Vec<_> = report.plans.iter().map(|line| report.share_bp(&line.figures)).collect();
    assert_eq!(shares, [Some(2_500), Some(7_500)]);
    let empty = told(&world, month("2026-10")).await;
    assert_eq!((empty.plans.len(), empty.share_bp(&Figures::default())), (0, None));
}

#[tokio::test]
async fn full_plans_come_first_and_what_is_used_are_the_slots_of_contracts() {
    let world = shop().await;
    let (budi, siti, rudi) = (world.buyer("budi").await, world.buyer("siti").await, world.buyer("rudi").await);
    world.gives(&budi, 500_000).await;
    let (contract, _) = buys(&world, &budi, "ghost-basic").await;
    world.orders(&siti, "ghost-basic").await.unwrap();
    let ctx = world.system();
    waitlist::join(&ctx, &rudi.customer_id, "ghost-basic").await.unwrap();
    let report = quota::report(&ctx).await.unwrap();
    let (basic, pro) = (&report.plans[0], &report.plans[1]);
    assert_eq!((basic.plan.as_str(), basic.total, basic.used(), basic.reserved), ("ghost-basic", 2, 1, 1));
    assert!(basic.is_sold_out() && report.sold_out() == 1);
    assert_eq!((basic.available(), basic.taken_bp(), basic.waiting, basic.waiting_paid), (0, Some(10_000), 1, 0));
    assert_eq!((pro.available(), pro.used(), pro.taken_bp(), pro.waiting), (5, 0, Some(0), 0));

    // A change that waits for its day has its slot, and the contract keeps the one it has until then.
    world.gives(&budi, 500_000).await;
    later::schedule(&ctx, &budi.customer_id, &contract.id, "ghost-basic", "annually").await.unwrap();
    assert_eq!(quota::report(&ctx).await.unwrap(), report, "another cycle needs no other slot");
    let (pro, _) = buys(&world, &budi, "ghost-pro").await;
    world.until(wib("2026-11-23T12:00:00")).await;
    later::schedule(&ctx, &budi.customer_id, &pro.id, "ghost-basic", "monthly").await.unwrap();
    let report = quota::report(&world.system()).await.unwrap();
    let basic = report.plans.iter().find(|line| line.plan == "ghost-basic").unwrap();
    assert_eq!((basic.used(), basic.reserved), (1, 1), "the hold ran out, and its slot waits for the change");
    let total = report.total();
    let allocated = quota_reservation::Entity::find()
        .filter(quota_reservation::Column::Status.eq(ReservationStatus::Allocated))
        .count(&ctx.db)
        .await
        .unwrap();
    assert_eq!(u64::try_from(total.used()).unwrap(), allocated);
}
