//! A smaller plan or another cycle begins with the next period, is asked for at its own price, and can be taken back
//! until that is paid.
use super::renewals::{Story, wib};
use crate::support::{World, driver::Scripted, shop};
use entity::{
    catalog::product,
    provisioning::instance,
    subscriptions::plan_change,
    value::{Cycle, InvoiceStatus, PlanChangeStatus, PurchasePolicy},
};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use yumna::{
    domain::{
        ordering::{
            OrderingError,
            change::{self, later},
        },
        provisioning::follow,
        subscriptions::{self, cancel, renew},
    },
    kernel::fault::Fault,
};

impl Story {
    /// As `begin`, on the second of three plans (Rp 100.000 a month) with the larger disk.
    async fn on_pro() -> Self {
        let world = World::with(|services| services.drivers = vec![std::sync::Arc::new(Scripted::default())]).await;
        let world = world.tells_of_money();
        world.open_shop().await;
        world.cluster("Jakarta 1", 640_000).await;
        let ghost = world.service(shop::GHOST, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
        world.plan(&ghost, "ghost-basic", 1, 1).await;
        let pro = world.plan(&ghost, "ghost-pro", 2, 5).await;
        world.plan(&ghost, "ghost-max", 3, 5).await;
        let larger = entity::catalog::plan::ActiveModel {
            id: Set(pro.id),
            memory_mb: Set(2_048),
            storage_gb: Set(10),
            ..Default::default()
        };
        larger.update(&world.services.db).await.unwrap();
        let budi = world.buyer("budi").await;
        world.gives(&budi, 111_000).await;
        let placed = world.orders(&budi, "ghost-pro").await.unwrap();
        world.pays(&placed).await;
        world.settle_down().await;
        let contract = world.contract(&placed).await;
        Self { world, budi, contract }
    }

    async fn agrees(&self, plan: &str, cycle: &str) -> Result<plan_change::Model, OrderingError> {
        let (ctx, customer) = (self.world.system(), &self.budi.customer_id);
        later::schedule(&ctx, customer, &self.contract.id, plan, cycle).await
    }

    async fn keeps(&self, change: &plan_change::Model) -> Result<plan_change::Model, OrderingError> {
        let (ctx, customer) = (self.world.system(), &self.budi.customer_id);
        change::cancel(&ctx, customer, &self.contract.id, &change.id).await
    }

    async fn change(&self, id: &plan_change::Model) -> plan_change::Model {
        change::find::get(&self.world.services.db, &id.id).await.unwrap()
    }

    async fn slots(&self, code: &str) -> i64 {
        use sea_orm::{ColumnTrait, QueryFilter};
        let plan = entity::catalog::plan::Entity::find().filter(entity::catalog::plan::Column::Code.eq(code));
        plan.one(&self.world.services.db).await.unwrap().unwrap().quota_used
    }

    async fn runs(&self) -> instance::Model {
        follow::instance_of(&self.world.system(), &self.contract.id).await.unwrap().unwrap()
    }

    /// What its renewals ask for and how they stand.
    async fn bills(&self) -> Vec<(i64, InvoiceStatus)> {
        self.renewals().await.iter().map(|bill| (bill.total_minor, bill.status)).collect()
    }
}

#[tokio::test]
async fn smaller_plans_and_other_cycles_are_offered_and_larger_plans_are_not() {
    let story = Story::on_pro().await;
    let (ctx, customer) = (story.world.system(), &story.budi.customer_id);
    let offered = || async {
        let found = later::choices(&ctx, customer, &story.contract.id).await.unwrap();
        found
            .iter()
            .map(|(offer, price, _)| format!("{}:{}", offer.plan.code, price.cycle.as_str()))
            .collect::<Vec<_>>()
    };
    assert_eq!(offered().await, ["ghost-pro:annually", "ghost-basic:monthly", "ghost-basic:annually"]);
    for (plan, cycle) in [("ghost-max", "monthly"), ("ghost-pro", "monthly"), ("ghost-basic", "weekly"), ("", "")] {
        assert_eq!(story.agrees(plan, cycle).await.unwrap_err().code(), "VALIDATION_FAILED", "{plan} {cycle}");
    }
    let product_id = story.contract.product_id.clone();
    let strict = product::ActiveModel { id: Set(product_id), allows_downgrade: Set(false), ..Default::default() };
    strict.update(&ctx.db).await.unwrap();
    assert_eq!(offered().await, ["ghost-pro:annually"], "this product only grows");
    assert_eq!(story.agrees("ghost-basic", "monthly").await.unwrap_err().code(), "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_smaller_plan_begins_with_the_next_period_at_its_own_price() {
    let story = Story::on_pro().await;
    story.world.gives(&story.budi, 500_000).await;
    let change = story.agrees("ghost-basic", "monthly").await.unwrap();
    assert_eq!(change.status, PlanChangeStatus::Scheduled);
    assert_eq!(change.takes_effect_on, Some("2026-12-21".parse().unwrap()));
    assert_eq!(story.agrees("ghost-basic", "monthly").await.unwrap().id, change.id, "sent twice, it is agreed once");
    assert_eq!((story.slots("ghost-basic").await, story.slots("ghost-pro").await), (1, 1), "its slot is kept for it");
    assert_eq!(story.world.balance_of(&story.budi).await, 500_000, "nothing is charged");
    let told = subscriptions::forecast(&story.world.system(), wib("2026-12-14T00:01:00")).await.unwrap();
    assert_eq!((told.renewals, told.net["IDR"]), (1, 50_000));

    story.until(wib("2026-12-20T12:00:00")).await;
    let contract = story.now().await;
    assert_eq!((contract.price_minor, story.runs().await.memory_mb), (100_000, 2_048), "paid for, and kept until then");
    story.until(wib("2026-12-21T12:00:00")).await;
    assert_eq!(story.bills().await, [(55_500, InvoiceStatus::Paid)]);
    let (contract, runs) = (story.now().await, story.runs().await);
    assert_eq!((contract.price_minor, contract.next_terms), (50_000, None));
    assert_eq!((runs.memory_mb, runs.storage_gb), (1_024, 10), "a disk is never made smaller");
    assert_eq!(story.change(&change).await.status, PlanChangeStatus::Done);
    assert_eq!((story.slots("ghost-basic").await, story.slots("ghost-pro").await), (1, 0));
    story.until(wib("2027-01-21T12:00:00")).await;
    assert_eq!(story.bills().await, [(55_500, InvoiceStatus::Paid), (55_500, InvoiceStatus::Paid)]);
    let mails = story.world.mails_to(&story.budi.email).await;
    assert_eq!(mails.iter().filter(|mail| mail.template == "plan_change_scheduled").count(), 1);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_year_is_paid_for_once_the_month_is_over_and_the_day_of_the_month_stays() {
    let story = Story::on_pro().await;
    story.world.gives(&story.budi, 600_000).await;
    story.world.gives(&story.budi, 600_000).await;
    story.agrees("ghost-pro", "annually").await.unwrap();
    story.until(wib("2026-12-21T12:00:00")).await;
    assert_eq!(story.bills().await, [(1_110_000, InvoiceStatus::Paid)]);
    let contract = story.now().await;
    assert_eq!((contract.cycle, contract.price_minor), (Cycle::Annually, 1_000_000));
    assert_eq!(contract.period_end, Some("2027-12-21".parse().unwrap()));
    let asked_at = contract.next_invoice_at.unwrap();
    assert_eq!(asked_at, wib("2027-12-07T00:00:00"), "a year is invoiced fourteen days before its end");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_renewal_that_is_out_is_asked_for_anew_and_again_where_it_is_taken_back() {
    let story = Story::on_pro().await;
    let ctx = story.world.system();
    story.world.advance(wib("2026-12-14T00:01:00") - story.world.services.clock.now());
    renew::issue_due(&ctx).await.unwrap();
    let change = story.agrees("ghost-basic", "monthly").await.unwrap();
    renew::issue_due(&ctx).await.unwrap();
    let asked = story.bills().await;
    assert_eq!((asked[0].0, asked[1]), (111_000, (55_500, InvoiceStatus::Issued)));
    assert_ne!(asked[0].1, InvoiceStatus::Issued, "the first one is credited");

    assert_eq!(story.keeps(&change).await.unwrap().status, PlanChangeStatus::Cancelled);
    assert_eq!(story.keeps(&change).await.unwrap().status, PlanChangeStatus::Cancelled, "twice is once");
    renew::issue_due(&ctx).await.unwrap();
    assert_eq!(story.bills().await[2], (111_000, InvoiceStatus::Issued));
    assert_eq!((story.slots("ghost-basic").await, story.now().await.next_terms), (0, None));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn once_its_period_is_paid_it_can_no_longer_be_taken_back_or_replaced() {
    let story = Story::on_pro().await;
    let (ctx, customer) = (story.world.system(), &story.budi.customer_id);
    let change = story.agrees("ghost-basic", "monthly").await.unwrap();
    story.world.advance(wib("2026-12-14T00:01:00") - story.world.services.clock.now());
    renew::issue_due(&ctx).await.unwrap();
    story.world.gives(&story.budi, 55_500).await;
    story.pays_renewal().await;

    assert_eq!(story.keeps(&change).await.unwrap_err().code(), "INVALID_STATE");
    assert_eq!(story.agrees("ghost-pro", "annually").await.unwrap_err().code(), "INVALID_STATE");
    let larger = change::quote(&ctx, customer, &story.contract.id, "ghost-max").await;
    assert_eq!(larger.unwrap_err().code(), "INVALID_STATE");
    assert_eq!(story.change(&change).await.status, PlanChangeStatus::Scheduled);
    story.until(wib("2026-12-21T12:00:00")).await;
    assert_eq!(story.now().await.price_minor, 50_000);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_new_agreement_and_a_larger_plan_replace_what_waits_for_its_day() {
    let story = Story::on_pro().await;
    let (ctx, customer) = (story.world.system(), &story.budi.customer_id);
    let first = story.agrees("ghost-basic", "monthly").await.unwrap();
    let second = story.agrees("ghost-pro", "annually").await.unwrap();
    assert_eq!(story.change(&first).await.status, PlanChangeStatus::Cancelled);
    assert_eq!(story.slots("ghost-basic").await, 0, "its slot is free again");
    story.world.gives(&story.budi, 500_000).await;
    let quote = change::quote(&ctx, customer, &story.contract.id, "ghost-max").await.unwrap();
    change::accept(&ctx, customer, &story.contract.id, &quote.change.id, None).await.unwrap();
    story.world.settle_down().await;
    assert_eq!(story.change(&second).await.status, PlanChangeStatus::Cancelled);
    let contract = story.now().await;
    assert_eq!((contract.price_minor, contract.cycle, contract.next_terms), (150_000, Cycle::Monthly, None));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn there_must_be_room_and_somebody_who_goes_on() {
    let story = Story::on_pro().await;
    let (ctx, customer) = (story.world.system(), &story.budi.customer_id);
    let other = story.world.buyer("sari").await;
    story.world.gives(&other, 55_500).await;
    let placed = story.world.orders(&other, "ghost-basic").await.unwrap();
    story.world.pays(&placed).await;
    assert_eq!(story.agrees("ghost-basic", "monthly").await.unwrap_err().code(), "QUOTA_EXCEEDED");
    cancel::set_auto_renew(&ctx, customer, &story.contract.id, false).await.unwrap();
    assert_eq!(story.agrees("ghost-pro", "annually").await.unwrap_err().code(), "INVALID_STATE");
    let stranger = later::schedule(&ctx, &other.customer_id, &story.contract.id, "ghost-pro", "annually").await;
    assert_eq!(stranger.unwrap_err().code(), "NOT_FOUND");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_contract_that_ends_before_gives_the_slot_back() {
    let story = Story::on_pro().await;
    let (ctx, customer) = (story.world.system(), &story.budi.customer_id);
    let change = story.agrees("ghost-basic", "monthly").await.unwrap();
    cancel::cancel(&ctx, customer, &story.contract.id, cancel::When::Now, "Pindah").await.unwrap();
    story.world.settle_down().await;
    assert_eq!(story.change(&change).await.status, PlanChangeStatus::Cancelled);
    assert_eq!((story.slots("ghost-basic").await, story.slots("ghost-pro").await), (0, 0));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn what_cannot_be_resized_on_its_day_is_resized_as_soon_as_it_can() {
    let story = Story::on_pro().await;
    let ctx = story.world.system();
    let change = story.agrees("ghost-basic", "monthly").await.unwrap();
    let staff = entity::value::HoldReason::Staff;
    story.world.advance(wib("2026-12-14T00:01:00") - story.world.services.clock.now());
    renew::issue_due(&ctx).await.unwrap();
    story.world.gives(&story.budi, 55_500).await;
    story.pays_renewal().await;
    subscriptions::hold::place(&ctx, &story.contract.id, staff, None).await.unwrap();
    story.until(wib("2026-12-21T12:00:00")).await;
    assert_eq!(story.now().await.price_minor, 50_000);
    assert_eq!(story.change(&change).await.status, PlanChangeStatus::Scheduled, "it is suspended");
    assert_eq!(later::finish_begun(&ctx).await.unwrap(), 1);
    story.world.books_are_right().await;

    subscriptions::hold::lift(&ctx, &story.contract.id, staff).await.unwrap();
    story.world.settle_down().await;
    assert_eq!(later::finish_begun(&ctx).await.unwrap(), 0);
    story.world.settle_down().await;
    assert_eq!(story.runs().await.memory_mb, 1_024);
    assert_eq!(story.change(&change).await.status, PlanChangeStatus::Done);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_contract_that_ends_before_it_was_resized_gives_each_slot_back_once() {
    let story = Story::on_pro().await;
    let (ctx, customer) = (story.world.system(), &story.budi.customer_id);
    let change = story.agrees("ghost-basic", "monthly").await.unwrap();
    story.world.advance(wib("2026-12-14T00:01:00") - story.world.services.clock.now());
    renew::issue_due(&ctx).await.unwrap();
    story.world.gives(&story.budi, 55_500).await;
    story.pays_renewal().await;
    subscriptions::hold::place(&ctx, &story.contract.id, entity::value::HoldReason::Staff, None).await.unwrap();
    story.until(wib("2026-12-21T12:00:00")).await;
    cancel::cancel(&ctx, customer, &story.contract.id, cancel::When::Now, "Pindah").await.unwrap();
    // What ran is gone already, and nobody has told the change yet that its contract ended.
    let gone = instance::ActiveModel {
        id: Set(story.runs().await.id),
        status: Set(entity::value::InstanceStatus::Terminated),
        ..Default::default()
    };
    gone.update(&ctx.db).await.unwrap();
    later::on_terms_begun(&ctx, &story.contract.id).await.unwrap();
    story.world.settle_down().await;
    later::on_terms_begun(&ctx, &story.contract.id).await.unwrap();
    assert_eq!(story.change(&change).await.status, PlanChangeStatus::Cancelled);
    assert_eq!((story.slots("ghost-basic").await, story.slots("ghost-pro").await), (0, 0));
    story.world.books_are_right().await;
}
