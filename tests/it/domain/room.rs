//! Whose contract is suspended because he did not pay gives his slot back, and comes back once he has paid and there is
//! room; till then he waits in turn, and his money is safe.
mod endings;

use super::renewals::wib;
use crate::support::{World, driver::Scripted, money::by_wallet, shop, shop::Buyer, world::Kept};
use chrono::Duration;
use entity::{
    billing::invoice,
    catalog::{plan, product, waitlist_entry},
    platform::audit_log,
    subscriptions::{hold as held, skipped_step, subscription},
    value::{
        Cycle, HoldReason, InvoiceId, InvoiceStatus, PurchasePolicy, SubscriptionCycleStatus,
        SubscriptionStatus as Status,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use tokio::sync::OnceCell;
use yumna::{
    domain::{
        Services,
        catalog::{quota, write},
        ordering::{self, Placed},
        payments::attempt,
        provisioning::follow,
        settings,
        subscriptions::{
            self, EndReason, advance,
            cancel::{self, When},
            find, hold, outlook,
        },
    },
    kernel::fault::Fault,
};

#[derive(Clone)]
struct Told {
    driver: Scripted,
    ghost: product::Model,
    plan: plan::Model,
    budi: Buyer,
    contract: subscription::Model,
}

struct Story {
    world: World,
    told: Told,
}

impl std::ops::Deref for Story {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.told
    }
}

impl Story {
    /// Budi has an active contract of a plan with `quota` slots since the 21st of November.
    async fn begin(quota: i64) -> Self {
        let driver = Scripted::default();
        let world = World::with(run_by(&driver)).await.tells_of_money();
        world.open_shop().await;
        world.cluster("Jakarta 1", 640_000).await;
        let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
        let plan = world.plan(&ghost, "ghost-basic", 1, quota).await;
        let budi = world.buyer("budi").await;
        let contract = buys(&world, &budi).await;
        Self { world, told: Told { driver, ghost, plan, budi, contract } }
    }

    /// He did not pay his renewal of the only slot and is suspended. Lived through once: each test goes on with a copy.
    async fn suspended() -> Self {
        static LIVED: OnceCell<(Kept, Told)> = OnceCell::const_new();
        let live = async || {
            let Self { world, told } = Box::pin(Self::suspended_of(1)).await;
            (world.keep().await, told)
        };
        let (kept, told) = Box::pin(LIVED.get_or_init(live)).await;
        let told = Told { driver: told.driver.copied(), ..told.clone() };
        Self { world: World::as_kept(kept, run_by(&told.driver)).await.tells_of_money(), told }
    }

    /// He did not pay his renewal and is suspended, in a plan with `quota` slots.
    async fn suspended_of(quota: i64) -> Self {
        let story = Self::begin(quota).await;
        story.world.until(wib("2026-12-28T12:00:00")).await;
        assert_eq!(story.now().await.status, Status::Suspended);
        story
    }

    /// Besides, Sari has bought the only slot, and he has paid meanwhile.
    async fn waiting() -> (Self, Buyer, subscription::Model) {
        let story = Self::suspended().await;
        let sari = story.world.buyer("sari").await;
        let taken = buys(&story.world, &sari).await;
        story.world.until(wib("2027-01-05T15:00:00")).await;
        story.pays().await;
        (story, sari, taken)
    }

    async fn now(&self) -> subscription::Model {
        of(&self.world, &self.contract).await
    }

    /// He pays his renewal, and the house does what follows from it.
    async fn pays(&self) {
        pays_renewal(&self.world, &self.budi).await;
        self.world.tick().await;
    }

    async fn holds(&self) -> Vec<HoldReason> {
        let id = std::slice::from_ref(&self.contract.id);
        let open = find::open_holds(&self.world.services.db, id).await.unwrap();
        open.into_iter().map(|hold| hold.reason).collect()
    }

    async fn used(&self) -> i64 {
        self.world.slots_used(&self.plan).await
    }

    async fn ends(&self, contract: &subscription::Model) {
        cancel::terminate(&self.world.system(), &contract.id, Some("Selesai")).await.unwrap();
    }

    async fn in_queue(&self) -> Vec<waitlist_entry::Model> {
        waitlist_entry::Entity::find().all(&self.world.services.db).await.unwrap()
    }

    async fn mails(&self, template: &str) -> usize {
        let mails = self.world.mails_to(&self.budi.email).await;
        mails.into_iter().filter(|mail| mail.template == template).count()
    }

    async fn acts(&self, action: &str) -> u64 {
        let rows = audit_log::Entity::find().filter(audit_log::Column::Action.eq(action));
        rows.count(&self.world.services.db).await.unwrap()
    }
}

/// The services of a world whose machines are run by `driver`.
fn run_by(driver: &Scripted) -> impl FnOnce(&mut Services) + use<> {
    let driver = driver.clone();
    move |services| services.drivers = vec![Arc::new(driver)]
}

async fn of(world: &World, contract: &subscription::Model) -> subscription::Model {
    find::get(&world.services.db, &contract.id).await.unwrap()
}

/// Somebody orders a month and pays it.
async fn buys(world: &World, buyer: &Buyer) -> subscription::Model {
    world.gives(buyer, 55_500).await;
    let placed = world.orders(buyer, "ghost-basic").await.unwrap();
    world.pays(&placed).await;
    world.settle_down().await;
    let contract = world.contract(&placed).await;
    assert_eq!(contract.status, Status::Active);
    contract
}

/// Somebody orders a month, and does not pay before his slot falls back.
async fn orders_and_dawdles(world: &World, buyer: &Buyer) -> Placed {
    let placed = world.orders(buyer, "ghost-basic").await.unwrap();
    world.advance(Duration::minutes(61));
    assert_eq!(quota::expire_due(&world.system()).await.unwrap(), 1);
    placed
}

/// Somebody who had a slot held for him pays when the plan is full again, behind those who wait there.
async fn joins_the_queue(story: &Story, buyer: &Buyer) -> Placed {
    let (world, ctx) = (&story.world, story.world.system());
    world.gives(buyer, 55_500).await;
    write::set_quota_total(&ctx, &story.plan.id, 3).await.unwrap();
    let placed = world.orders(buyer, "ghost-basic").await.unwrap();
    let tx = ctx.begin().await.unwrap();
    quota::release(&ctx, &tx, &world.contract(&placed).await.id).await.unwrap();
    tx.commit().await.unwrap();
    write::set_quota_total(&ctx, &story.plan.id, 1).await.unwrap();
    world.advance(Duration::minutes(1));
    world.pays(&placed).await;
    assert_eq!(world.contract(&placed).await.status, Status::Pending);
    placed
}

/// The newest invoice a customer has not paid is paid from his wallet.
async fn pays_renewal(world: &World, buyer: &Buyer) -> InvoiceId {
    let bill = invoice::Entity::find()
        .filter(invoice::Column::Status.eq(InvoiceStatus::Issued))
        .filter(invoice::Column::CustomerId.eq(&buyer.customer_id))
        .order_by_desc(invoice::Column::Id)
        .one(&world.services.db)
        .await
        .unwrap()
        .unwrap();
    world.gives(buyer, bill.total_minor).await;
    attempt::start(&world.system(), &buyer.customer_id, &bill.id, &by_wallet()).await.unwrap();
    bill.id
}

#[tokio::test]
async fn who_does_not_pay_gives_his_slot_back_and_paying_takes_it_again() {
    let story = Story::suspended_of(2).await;
    assert_eq!((story.used().await, story.acts("subscriptions.slot.give_back").await), (0, 1));
    story.world.tick().await;
    assert_eq!(story.used().await, 0, "given back once");

    story.pays().await;
    story.world.tick().await;

    let contract = story.now().await;
    assert_eq!((contract.status, contract.suspended_at), (Status::Active, None));
    assert_eq!((story.used().await, story.in_queue().await.len()), (1, 0));
    assert_eq!(contract.period_end, "2027-01-21".parse().ok(), "he did not wait for us");
    assert_eq!((story.mails("service_resumed").await, story.mails("service_waiting_again").await), (1, 0));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_product_that_says_so_keeps_the_slot_and_so_does_every_other_hold() {
    let story = Story::begin(1).await;
    let ctx = story.world.system();
    for reason in [HoldReason::Staff, HoldReason::Abuse, HoldReason::Chargeback, HoldReason::Fraud] {
        hold::place(&ctx, &story.contract.id, reason, None).await.unwrap();
        assert_eq!(story.used().await, 1, "{reason}");
        hold::lift(&ctx, &story.contract.id, reason).await.unwrap();
    }
    let keep = |facts: &mut write::ProductFacts| facts.releases_quota_on_suspension = false;
    write::revise_product(&ctx, &story.ghost.id, keep).await.unwrap();

    story.world.until(wib("2026-12-28T12:00:00")).await;

    assert_eq!((story.now().await.status, story.used().await), (Status::Suspended, 1));
    // Switched on later, it holds from the next suspension on.
    let give = |facts: &mut write::ProductFacts| facts.releases_quota_on_suspension = true;
    write::revise_product(&ctx, &story.ghost.id, give).await.unwrap();
    story.world.tick().await;
    assert_eq!(story.used().await, 1);
    story.pays().await;
    assert_eq!((story.now().await.status, story.used().await), (Status::Active, 1));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_pays_while_the_plan_is_full_waits_held_for_room_and_is_told_what_comes() {
    let (story, ..) = Story::waiting().await;
    let ctx = story.world.system();
    assert_eq!((story.now().await.status, story.holds().await), (Status::Suspended, vec![HoldReason::Capacity]));
    assert_eq!(story.used().await, 1, "never oversold");
    let queue = story.in_queue().await;
    assert_eq!((queue.len(), queue[0].cycle_number), (1, Some(2)));
    assert!(queue[0].paid_at.is_some());
    let view = find::view(&ctx, &story.contract.id).await.unwrap();
    assert!(view.is_waiting);
    let next = outlook(&ctx, &view.subscription).await.unwrap().unwrap();
    assert_eq!((next.what, next.at), ("refund", queue[0].created_at + Duration::days(7)));
    let skipped = skipped_step::Entity::find().filter(skipped_step::Column::Step.eq("resume"));
    assert_eq!(skipped.one(&ctx.db).await.unwrap().unwrap().reason, "quota_full");

    // Nothing but waiting happens to him, however often he is looked at.
    for _ in 0..2 {
        let cycle = find::cycles(&ctx.db, &story.contract.id).await.unwrap().remove(0);
        advance::on_invoice_paid(&ctx, &cycle.invoice_id.unwrap()).await.unwrap();
        story.world.tick().await;
    }
    story.world.until(wib("2027-01-11T12:00:00")).await;
    assert_eq!((story.mails("service_waiting_again").await, story.mails("removal_near").await), (1, 0));
    assert_eq!(story.in_queue().await.len(), 1);
    let bills = invoice::Entity::find().filter(invoice::Column::CustomerId.eq(&story.budi.customer_id));
    assert_eq!(bills.count(&ctx.db).await.unwrap(), 2, "he is asked for nothing more");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn when_a_slot_falls_free_it_comes_back_with_the_days_it_waited() {
    let (story, _, taken) = Story::waiting().await;
    story.world.until(wib("2027-01-08T12:00:00")).await;
    story.ends(&taken).await;
    story.world.settle_down().await;

    let ctx = story.world.system();
    for _ in 0..2 {
        ordering::admit_waiting(&ctx, &story.plan.id).await.unwrap();
    }
    story.world.tick().await;

    let contract = story.now().await;
    assert_eq!((contract.status, story.holds().await.len()), (Status::Active, 0));
    let instance = follow::instance_of(&ctx, &contract.id).await.unwrap().unwrap();
    assert_eq!(instance.status.as_str(), "running");
    assert_eq!((story.used().await, story.in_queue().await.len()), (1, 0));
    assert_eq!(contract.period_start, "2026-12-21".parse().ok());
    assert_eq!((contract.period_end, contract.anchor_day), ("2027-01-24".parse().ok(), 24), "three days more");
    let cycle = &find::cycles(&ctx.db, &contract.id).await.unwrap()[0];
    assert_eq!((cycle.number, cycle.period_end), (2, contract.period_end));
    assert_eq!((story.mails("service_room_again").await, story.mails("service_resumed").await), (1, 0));
    assert_eq!(story.acts("subscriptions.subscription.give_days").await, 1);

    // The next renewal follows the days it has now.
    story.world.until(wib("2027-01-18T12:00:00")).await;
    let cycle = &find::cycles(&ctx.db, &contract.id).await.unwrap()[0];
    assert_eq!((cycle.number, cycle.period_start), (3, "2027-01-24".parse().ok()));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn where_late_payment_begins_anew_the_days_of_waiting_come_on_top_as_well() {
    let story = Story::suspended().await;
    let billing = settings::Billing { late_payment_restarts: true, ..settings::Billing::default() };
    settings::save_section(&story.world.staff("ana"), billing).await.unwrap();
    let sari = story.world.buyer("sari").await;
    let taken = buys(&story.world, &sari).await;
    story.world.until(wib("2027-01-05T15:00:00")).await;
    story.pays().await;
    story.world.until(wib("2027-01-07T12:00:00")).await;

    story.ends(&taken).await;
    story.world.settle_down().await;

    let contract = story.now().await;
    assert_eq!(contract.status, Status::Active);
    let days = ("2027-01-05".parse().ok(), "2027-02-07".parse().ok());
    assert_eq!((contract.period_start, contract.period_end, contract.anchor_day), (days.0, days.1, 7));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_paid_first_is_let_in_first_whether_he_never_ran_or_comes_back() {
    for budi_is_first in [true, false] {
        let story = Story::suspended().await;
        let world = &story.world;
        let (sari, tono) = (world.buyer("sari").await, world.buyer("tono").await);
        let late = orders_and_dawdles(world, &tono).await;
        let taken = buys(world, &sari).await;
        world.gives(&tono, 55_500).await;
        if budi_is_first {
            story.pays().await;
        }
        world.advance(Duration::minutes(5));
        world.pays(&late).await;
        world.advance(Duration::minutes(5));
        if !budi_is_first {
            story.pays().await;
        }
        assert_eq!((story.in_queue().await.len(), story.used().await), (2, 1));

        story.ends(&taken).await;
        world.settle_down().await;

        let (budis, tonos) = (story.now().await.status, world.contract(&late).await.status);
        let expected =
            if budi_is_first { (Status::Active, Status::Pending) } else { (Status::Suspended, Status::Active) };
        assert_eq!((budis, tonos), expected);
        assert_eq!((story.used().await, story.in_queue().await.len()), (1, 1));

        // The other one follows.
        write::set_quota_total(&world.system(), &story.plan.id, 2).await.unwrap();
        world.settle_down().await;
        assert_eq!((story.now().await.status, world.contract(&late).await.status), (Status::Active, Status::Active));
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn what_is_free_for_who_has_paid_is_taken_by_nobody_else_before_the_news_of_it_is_heard() {
    let (story, _, taken) = Story::waiting().await;
    let (world, ctx) = (&story.world, story.world.system());
    let (tono, rina) = (world.buyer("tono").await, world.buyer("rina").await);
    world.gives(&tono, 55_500).await;
    write::set_quota_total(&ctx, &story.plan.id, 1).await.unwrap();
    story.ends(&taken).await;
    assert_eq!(story.used().await, 0, "free, and nobody has heard of it");

    assert_eq!(world.orders(&rina, "ghost-basic").await.unwrap_err().code(), "QUOTA_EXCEEDED");
    let tx = ctx.begin().await.unwrap();
    assert_eq!(
        quota::take_slot(&tx, &story.plan.id).await.unwrap_err().code(),
        "QUOTA_EXCEEDED",
        "by a change of plan"
    );
    drop(tx);
    world.settle_down().await;
    assert_eq!((story.now().await.status, story.used().await), (Status::Active, 1));
    assert_eq!(world.orders(&rina, "ghost-basic").await.unwrap_err().code(), "QUOTA_EXCEEDED");
    world.books_are_right().await;
}

#[tokio::test]
async fn a_slot_kept_for_who_leaves_the_queue_goes_to_the_next_and_none_lies_idle() {
    let (story, _, taken) = Story::waiting().await;
    let (world, ctx) = (&story.world, story.world.system());
    let tono = world.buyer("tono").await;
    let late = joins_the_queue(&story, &tono).await;
    story.ends(&taken).await;
    assert_eq!((story.used().await, story.in_queue().await.len()), (0, 2));

    ordering::refund_waiting(&ctx, &story.budi.customer_id, &story.contract.id).await.unwrap();
    world.settle_down().await;

    assert_eq!((world.contract(&late).await.status, story.used().await), (Status::Active, 1));
    assert_eq!(story.in_queue().await.len(), 0);
    write::set_quota_total(&ctx, &story.plan.id, 2).await.unwrap();
    let rina = world.buyer("rina").await;
    buys(world, &rina).await;
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_pay_at_once_for_one_slot_one_gets_it_and_the_other_waits() {
    let story = Story::begin(2).await;
    let world = &story.world;
    let sari = world.buyer("sari").await;
    let second = buys(world, &sari).await;
    world.until(wib("2026-12-28T12:00:00")).await;
    assert_eq!(story.used().await, 0, "both are suspended");
    let tono = world.buyer("tono").await;
    buys(world, &tono).await;
    for buyer in [&story.budi, &sari] {
        pays_renewal(world, buyer).await;
    }

    let mut paid = tokio::task::JoinSet::new();
    for id in [story.contract.id.clone(), second.id.clone()] {
        for _ in 0..2 {
            let (ctx, id) = (world.system(), id.clone());
            paid.spawn(async move { advance::advance(&ctx, &id).await.unwrap() });
        }
    }
    paid.join_all().await;
    world.tick().await;

    let mut states = [story.now().await.status.to_string(), of(world, &second).await.status.to_string()];
    states.sort();
    assert_eq!(states, ["active", "suspended"]);
    assert_eq!((story.used().await, story.in_queue().await.len()), (2, 1));
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slot_that_is_heard_of_several_times_at_once_lets_one_in() {
    let (story, _, taken) = Story::waiting().await;
    let world = &story.world;
    let tono = world.buyer("tono").await;
    let late = joins_the_queue(&story, &tono).await;
    let ctx = world.system();
    assert_eq!(story.in_queue().await.len(), 2);

    cancel::terminate(&ctx, &taken.id, Some("Selesai")).await.unwrap();
    let mut heard = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (ctx, plan_id) = (world.system(), story.plan.id.clone());
        heard.spawn(async move { ordering::admit_waiting(&ctx, &plan_id).await.unwrap() });
    }
    heard.join_all().await;
    world.settle_down().await;

    assert_eq!((story.now().await.status, world.contract(&late).await.status), (Status::Active, Status::Pending));
    assert_eq!((story.used().await, story.in_queue().await.len()), (1, 1));
    world.books_are_right().await;
}

#[tokio::test]
async fn the_money_of_who_waits_goes_back_at_one_click_once_and_the_contract_ends() {
    let (story, sari, _) = Story::waiting().await;
    let ctx = story.world.system();
    let id = &story.contract.id;
    assert_eq!(story.world.balance_of(&story.budi).await, 0);
    let foreign = ordering::refund_waiting(&ctx, &sari.customer_id, id).await.unwrap_err();
    assert_eq!(foreign.code(), "NOT_FOUND");

    ordering::refund_waiting(&ctx, &story.budi.customer_id, id).await.unwrap();
    assert_eq!(story.world.balance_of(&story.budi).await, 55_500, "at once");
    let again = ordering::refund_waiting(&ctx, &story.budi.customer_id, id).await.unwrap_err();
    assert_eq!(again.code(), "INVALID_STATE");
    story.world.settle_down().await;
    for _ in 0..2 {
        ordering::credit_undelivered(&ctx, id).await.unwrap();
    }
    story.world.tick().await;

    let contract = story.now().await;
    assert_eq!((contract.status, contract.end_reason.as_deref()), (Status::Terminated, Some("no_capacity")));
    assert_eq!((story.used().await, story.in_queue().await.len()), (1, 0), "it had no slot to give back");
    assert_eq!(story.world.balance_of(&story.budi).await, 55_500);
    let instance = follow::instance_of(&ctx, id).await.unwrap().unwrap();
    assert_eq!(instance.status.as_str(), "terminated");
    let cycle = &find::cycles(&ctx.db, id).await.unwrap()[0];
    assert_eq!((cycle.number, cycle.status), (2, SubscriptionCycleStatus::Void));
    assert_eq!(story.mails("refund_to_wallet").await, 1);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn staff_give_the_money_back_with_a_reason_to_both_kinds_of_waiting() {
    let (story, ..) = Story::waiting().await;
    let (world, ana) = (&story.world, story.world.staff("ana"));
    let tono = world.buyer("tono").await;
    let late = joins_the_queue(&story, &tono).await;
    let (his, ctx) = (world.contract(&late).await, world.system());

    for (contract, buyer) in [(&story.contract, &story.budi), (&his, &tono)] {
        let silent = ordering::refund_waiting_for(&ana, &contract.id, " ").await.unwrap_err();
        assert_eq!(silent.fields()[0].field, "reason");
        ordering::refund_waiting_for(&ana, &contract.id, "Tidak ingin menunggu").await.unwrap();
        let again = ordering::refund_waiting_for(&ana, &contract.id, "Lagi").await.unwrap_err();
        assert_eq!(again.code(), "INVALID_STATE");
        assert_eq!(world.balance_of(buyer).await, 55_500);
        assert_eq!(of(world, contract).await.end_reason.as_deref(), Some(EndReason::NoCapacity.as_str()));
    }
    let told = audit_log::Entity::find().filter(audit_log::Column::Action.eq("ordering.waiting.refund"));
    let told = told.all(&ctx.db).await.unwrap();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|row| row.reason.as_deref() == Some("Tidak ingin menunggu")));
    world.settle_down().await;
    world.books_are_right().await;
}

#[tokio::test]
async fn staff_cannot_bring_back_what_has_no_room() {
    let story = Story::suspended().await;
    let (world, ana) = (&story.world, story.world.staff("ana"));
    let sari = world.buyer("sari").await;
    let taken = buys(world, &sari).await;
    let id = &story.contract.id;
    assert_eq!(hold::lift(&ana, id, HoldReason::NonPayment).await.unwrap_err().code(), "PLAN_FULL");
    story.pays().await;
    // Another hold beside it is lifted, and changes nothing.
    hold::place(&ana, id, HoldReason::Staff, None).await.unwrap();
    assert!(hold::lift(&ana, id, HoldReason::Staff).await.unwrap());
    assert_eq!(hold::lift(&ana, id, HoldReason::Capacity).await.unwrap_err().code(), "PLAN_FULL");
    assert_eq!((story.now().await.status, story.used().await), (Status::Suspended, 1));

    story.ends(&taken).await;
    assert!(hold::lift(&ana, id, HoldReason::Capacity).await.unwrap(), "it is his turn");
    assert!(!hold::lift(&ana, id, HoldReason::Capacity).await.unwrap());
    world.settle_down().await;
    assert_eq!((story.now().await.status, story.used().await, story.in_queue().await.len()), (Status::Active, 1, 0));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_hold_of_staff_keeps_who_was_let_in_suspended_with_his_slot() {
    let (story, _, taken) = Story::waiting().await;
    let ctx = story.world.system();
    hold::place(&ctx, &story.contract.id, HoldReason::Staff, None).await.unwrap();
    story.ends(&taken).await;
    story.world.settle_down().await;
    assert_eq!((story.now().await.status, story.holds().await), (Status::Suspended, vec![HoldReason::Staff]));
    assert_eq!((story.used().await, story.in_queue().await.len()), (1, 0));
    hold::lift(&ctx, &story.contract.id, HoldReason::Staff).await.unwrap();
    assert_eq!((story.now().await.status, story.used().await), (Status::Active, 1));
}

#[tokio::test]
async fn what_ends_while_it_has_no_slot_gives_none_back_and_what_was_paid_for_nothing_goes_back() {
    for is_paid in [false, true] {
        let story = Story::suspended().await;
        let (world, ctx) = (&story.world, story.world.system());
        let sari = world.buyer("sari").await;
        buys(world, &sari).await;
        if is_paid {
            story.pays().await;
            let (budi, id) = (&story.budi.customer_id, &story.contract.id);
            cancel::cancel(&ctx, budi, id, When::Now, "Sudah tidak perlu").await.unwrap();
        } else {
            story.ends(&story.contract).await;
        }
        world.settle_down().await;
        assert_eq!((story.now().await.status, story.used().await), (Status::Terminated, 1));
        assert_eq!(world.balance_of(&story.budi).await, if is_paid { 55_500 } else { 0 });
        assert_eq!(story.in_queue().await.len(), 0);
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn who_gave_notice_and_paid_is_not_ended_before_he_had_his_days() {
    let (story, _, taken) = Story::waiting().await;
    let (world, ctx) = (&story.world, story.world.system());
    cancel::set_auto_renew(&ctx, &story.budi.customer_id, &story.contract.id, false).await.unwrap();
    // As if the period were over while he waits.
    world.advance(Duration::days(17));
    assert_eq!(subscriptions::end_due(&ctx).await.unwrap(), 0);
    assert_eq!(story.now().await.status, Status::Suspended);
    story.ends(&taken).await;
    world.settle_down().await;
    let contract = story.now().await;
    assert_eq!((contract.status, contract.period_end), (Status::Active, "2027-02-07".parse().ok()));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_trial_that_was_not_paid_gives_its_slot_back_and_comes_back_like_all_others() {
    let story = Story::begin(2).await;
    let (world, ctx) = (&story.world, story.world.system());
    write::set_trial(&ctx, &story.ghost.id, 7).await.unwrap();
    let (tina, sari) = (world.buyer("tina").await, world.buyer("sari").await);
    let placed = world.orders(&tina, "ghost-basic").await.unwrap();
    world.settle_down().await;
    let tried = world.contract(&placed).await;
    assert_eq!((tried.status, story.used().await), (Status::Trialing, 2));
    world.until(wib("2026-11-29T12:00:00")).await;
    assert_eq!((of(world, &tried).await.status, story.used().await), (Status::Suspended, 1));
    write::set_trial(&ctx, &story.ghost.id, 0).await.unwrap();
    let taken = buys(world, &sari).await;

    pays_renewal(world, &tina).await;
    world.tick().await;
    let waiting = of(world, &tried).await;
    assert_eq!((waiting.status, story.used().await), (Status::Suspended, 2));
    assert!(waiting.activated_at.is_some(), "it is sold");
    story.ends(&taken).await;
    world.settle_down().await;
    assert_eq!((of(world, &tried).await.status, story.used().await), (Status::Active, 2));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_change_of_plan_that_begins_without_a_slot_moves_the_place_in_the_queue_and_counts_once() {
    let (story, ..) = Story::waiting().await;
    let (world, ctx) = (&story.world, story.world.system());
    let larger = world.plan(&story.ghost, "ghost-pro", 2, 1).await;
    let tx = ctx.begin().await.unwrap();
    quota::take_slot(&tx, &larger.id).await.unwrap();
    quota::move_to(&ctx, &tx, &story.contract.id, &larger.id).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!((story.used().await, world.slots_used(&larger).await), (1, 0), "Sari's alone");
    assert_eq!(story.in_queue().await[0].plan_id, larger.id);
    world.settle_down().await;
    assert_eq!((story.used().await, world.slots_used(&larger).await), (1, 1));
    assert_eq!((story.now().await.status, story.in_queue().await.len()), (Status::Active, 0));
    world.books_are_right().await;
}

#[tokio::test]
async fn what_is_held_by_hand_without_having_lost_its_slot_is_lifted_as_ever() {
    let story = Story::begin(1).await;
    let ctx = story.world.system();
    assert!(hold::place(&ctx, &story.contract.id, HoldReason::Capacity, None).await.unwrap());
    assert!(hold::lift(&ctx, &story.contract.id, HoldReason::Capacity).await.unwrap());
    assert_eq!((story.now().await.status, story.used().await), (Status::Active, 1));
    let open = held::Entity::find().filter(held::Column::OpenKey.is_not_null());
    assert_eq!(open.count(&ctx.db).await.unwrap(), 0);
    assert_eq!(subscriptions::room::waits_until(&ctx.db, &story.contract.id).await.unwrap(), None);
    assert_eq!(story.contract.cycle, Cycle::Monthly);
}
