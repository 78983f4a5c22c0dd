//! A contract is suspended while any hold is open, ends once, and says what happens next.
use crate::support::{World, shop};
use chrono::Duration;
use entity::{
    catalog::{plan, product},
    platform::{audit_log, outbox_event},
    subscriptions::subscription,
    value::{HoldReason, PurchasePolicy, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use yumna::{
    domain::subscriptions::{
        self,
        cancel::{self, When},
        hold, next_event,
    },
    kernel::fault::Fault,
};

struct Story {
    world: World,
    budi: shop::Buyer,
    contract: subscription::Model,
    plan: plan::Model,
}

impl Story {
    /// Budi has an active contract since the 21st of November.
    async fn begin() -> Self {
        let world = World::new().await;
        world.open_shop().await;
        let ghost = world.service(shop::GHOST, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
        let plan = world.plan(&ghost, "ghost-basic", 1, 5).await;
        let budi = world.buyer("budi").await;
        world.gives(&budi, 55_500).await;
        let placed = world.orders(&budi, "ghost-basic").await.unwrap();
        world.pays(&placed).await;
        let contract = world.contract(&placed).await;
        Self { world, budi, contract, plan }
    }

    async fn now(&self) -> subscription::Model {
        subscriptions::find::get(&self.world.services.db, &self.contract.id).await.unwrap()
    }

    async fn news(&self, name: &str) -> u64 {
        let found = outbox_event::Entity::find().filter(outbox_event::Column::Name.eq(name));
        found.count(&self.world.services.db).await.unwrap()
    }
}

#[tokio::test]
async fn a_contract_is_suspended_until_the_last_hold_is_lifted() {
    let story = Story::begin().await;
    let (ctx, id) = (story.world.system(), &story.contract.id);

    assert!(hold::place(&ctx, id, HoldReason::Abuse, Some("laporan spam")).await.unwrap());
    assert!(!hold::place(&ctx, id, HoldReason::Abuse, None).await.unwrap(), "holds already");
    assert!(hold::place(&ctx, id, HoldReason::Staff, None).await.unwrap());
    assert_eq!(story.now().await.status, SubscriptionStatus::Suspended);
    assert!(!hold::lift(&ctx, id, HoldReason::NonPayment).await.unwrap(), "does not hold");
    assert!(hold::lift(&ctx, id, HoldReason::Abuse).await.unwrap());
    assert_eq!(story.now().await.status, SubscriptionStatus::Suspended);
    assert!(hold::lift(&ctx, id, HoldReason::Staff).await.unwrap());
    assert!(!hold::lift(&ctx, id, HoldReason::Staff).await.unwrap());

    let contract = story.now().await;
    assert_eq!((contract.status, contract.suspended_at), (SubscriptionStatus::Active, None));
    assert_eq!(story.news("subscription.suspended").await, 1);
    assert_eq!(story.news("subscription.unsuspended").await, 1);
    let too_long = "x".repeat(256);
    assert_eq!(
        hold::place(&ctx, id, HoldReason::Staff, Some(&too_long)).await.unwrap_err().code(),
        "VALIDATION_FAILED"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn holds_lifted_at_the_same_time_leave_nobody_suspended() {
    let story = Story::begin().await;
    let ctx = story.world.system();
    for reason in HoldReason::ALL {
        hold::place(&ctx, &story.contract.id, *reason, None).await.unwrap();
    }
    let mut lifts = tokio::task::JoinSet::new();
    for reason in HoldReason::ALL {
        let (ctx, id) = (ctx.clone(), story.contract.id.clone());
        lifts.spawn(async move { hold::lift(&ctx, &id, *reason).await.unwrap() });
    }
    assert!(lifts.join_all().await.into_iter().all(|lifted| lifted));
    assert_eq!(story.now().await.status, SubscriptionStatus::Active);
    assert_eq!(story.news("subscription.unsuspended").await, 1);
}

#[tokio::test]
async fn notice_for_the_periods_end_keeps_the_contract_until_then_and_can_be_taken_back() {
    let story = Story::begin().await;
    let (ctx, id, budi) = (story.world.system(), &story.contract.id, &story.budi.customer_id);

    let contract = cancel::cancel(&ctx, budi, id, When::PeriodEnd, "tidak dipakai").await.unwrap();
    assert_eq!((contract.status, contract.auto_renew), (SubscriptionStatus::Cancelled, false));
    assert_eq!(next_event(&contract).unwrap().what, "end");
    let contract = cancel::set_auto_renew(&ctx, budi, id, true).await.unwrap();
    assert_eq!((contract.status, contract.cancel_reason), (SubscriptionStatus::Active, None));
    cancel::cancel(&ctx, budi, id, When::PeriodEnd, "tidak dipakai").await.unwrap();

    story.world.advance(Duration::days(29));
    assert_eq!(subscriptions::end_due(&ctx).await.unwrap(), 0);
    story.world.advance(Duration::days(1));
    assert_eq!(subscriptions::end_due(&ctx).await.unwrap(), 1);
    assert_eq!(subscriptions::end_due(&ctx).await.unwrap(), 0);

    let contract = story.now().await;
    assert_eq!((contract.status, contract.end_reason.as_deref()), (SubscriptionStatus::Terminated, Some("cancelled")));
    assert_eq!(story.news("subscription.ended").await, 1);
    assert_eq!(story.world.slots_used(&story.plan).await, 0);
    assert_eq!(cancel::set_auto_renew(&ctx, budi, id, true).await.unwrap_err().code(), "INVALID_STATE");
}

#[tokio::test]
async fn a_contract_that_is_not_renewed_ends_with_its_period() {
    let story = Story::begin().await;
    let ctx = story.world.system();
    let contract = cancel::set_auto_renew(&ctx, &story.budi.customer_id, &story.contract.id, false).await.unwrap();
    assert_eq!((contract.status, next_event(&contract).unwrap().what), (SubscriptionStatus::Active, "end"));
    story.world.advance(Duration::days(31));
    assert_eq!(subscriptions::end_due(&ctx).await.unwrap(), 1);
    assert_eq!(story.now().await.end_reason.as_deref(), Some("not_renewed"));
}

#[tokio::test]
async fn staff_end_a_contract_for_good_with_a_reason_that_its_history_keeps() {
    let story = Story::begin().await;
    let (ana, id) = (story.world.staff("ana"), &story.contract.id);
    let silent = cancel::terminate(&ana, id, Some(" ")).await.unwrap_err();
    assert_eq!((silent.code(), silent.fields()[0].field.as_str()), ("VALIDATION_FAILED", "reason"));
    assert_eq!(story.now().await.status, SubscriptionStatus::Active);

    cancel::terminate(&ana, id, Some("Dipakai untuk menipu")).await.unwrap();
    assert_eq!(cancel::terminate(&ana, id, Some("Lagi")).await.unwrap_err().code(), "INVALID_STATE");
    assert_eq!(story.now().await.end_reason.as_deref(), Some("staff"));
    let told = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq("subscriptions.subscription.end"))
        .filter(audit_log::Column::TargetId.eq(id.as_str()))
        .all(&ana.db)
        .await
        .unwrap();
    let reasons: Vec<_> = told.iter().map(|row| row.reason.as_deref()).collect();
    assert_eq!(reasons, [Some("Dipakai untuk menipu")]);
}

#[tokio::test]
async fn one_contract_that_cannot_end_keeps_no_other_running() {
    let story = Story::begin().await;
    let (world, ctx) = (&story.world, story.world.system());
    let ghost = product::Entity::find_by_id(story.contract.product_id.clone()).one(&ctx.db).await.unwrap().unwrap();
    world.plan(&ghost, "ghost-pro", 2, 5).await;
    let sari = world.buyer("sari").await;
    world.gives(&sari, 111_000).await;
    // His period is over a day before hers.
    world.advance(Duration::days(1));
    let placed = world.orders(&sari, "ghost-pro").await.unwrap();
    world.pays(&placed).await;
    let hers = world.contract(&placed).await;
    for (buyer, contract) in [(&story.budi, &story.contract), (&sari, &hers)] {
        cancel::set_auto_renew(&ctx, &buyer.customer_id, &contract.id, false).await.unwrap();
    }
    // His slot cannot be given back: the stock of his plan says that none is taken.
    let taken = async |count: i64| {
        plan::Entity::update_many()
            .col_expr(plan::Column::QuotaUsed, Expr::value(count))
            .filter(plan::Column::Id.eq(&story.plan.id))
            .exec(&ctx.db)
            .await
            .unwrap();
    };
    taken(0).await;
    world.advance(Duration::days(32));

    for _ in 0..2 {
        assert!(subscriptions::end_due(&ctx).await.is_err(), "it is not hidden");
        assert_eq!(world.contract(&placed).await.status, SubscriptionStatus::Terminated);
        assert_eq!(story.now().await.status, SubscriptionStatus::Active);
    }
    taken(1).await;
    assert_eq!(subscriptions::end_due(&ctx).await.unwrap(), 1);
    assert_eq!(story.now().await.status, SubscriptionStatus::Terminated);
}

#[tokio::test]
async fn cancelling_now_ends_at_once_and_a_foreign_contract_cannot_be_touched() {
    let story = Story::begin().await;
    let (ctx, id) = (story.world.system(), &story.contract.id);
    let sari = story.world.buyer("sari").await;
    let foreign = cancel::cancel(&ctx, &sari.customer_id, id, When::Now, "").await.unwrap_err();
    assert_eq!(foreign.code(), "NOT_FOUND");
    let too_long = "x".repeat(161);
    let wrong = cancel::cancel(&ctx, &story.budi.customer_id, id, When::Now, &too_long).await.unwrap_err();
    assert_eq!(wrong.fields()[0].field, "reason");

    let ended = cancel::cancel(&ctx, &story.budi.customer_id, id, When::Now, "pindah").await.unwrap();

    assert_eq!((ended.status, ended.exclusive_key), (SubscriptionStatus::Terminated, None));
    assert_eq!(cancel::terminate(&ctx, id, Some("Selesai")).await.unwrap_err().code(), "INVALID_STATE");
    assert_eq!(hold::place(&ctx, id, HoldReason::Staff, None).await.unwrap_err().code(), "INVALID_STATE");
}
