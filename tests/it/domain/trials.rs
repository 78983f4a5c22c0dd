//! Trials: some days cost nothing, once per customer and product; what follows is asked for, never taken.
use super::renewals::{Story, wib};
use crate::support::{World, driver::Scripted, money::by_wallet, shop};
use entity::{
    billing::invoice,
    subscriptions::{subscription, trial},
    value::{Cycle, InvoiceKind, InvoiceStatus, PurchasePolicy, SubscriptionStatus as Status, business_day},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use yumna::domain::{
    catalog::write,
    ordering::{OrderingError, change},
    payments::attempt,
    reports::{mrr, range::Range},
    subscriptions::{
        self,
        cancel::{self, When},
        hold, next_event,
    },
};

/// Budi tries ghost for 14 days since the 21st of November; his wallet could pay for it.
async fn tried() -> Story {
    let world = World::with(|services| services.drivers = vec![Arc::new(Scripted::default())]).await;
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    world.plan(&ghost, "ghost-pro", 2, 5).await;
    write::set_trial(&world.staff("ana"), &ghost.id, 14).await.unwrap();
    let budi = world.buyer("budi").await;
    world.gives(&budi, 200_000).await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    assert_eq!((placed.order.total_minor, placed.invoice.status), (0, InvoiceStatus::Paid));
    world.settle_down().await;
    let contract = world.contract(&placed).await;
    Story { world, budi, contract }
}

impl Story {
    /// The invoice that follows the trial.
    async fn asked_after_trial(&self) -> Option<invoice::Model> {
        invoice::Entity::find()
            .filter(invoice::Column::Kind.eq(InvoiceKind::Order))
            .filter(invoice::Column::TotalMinor.gt(0))
            .order_by_desc(invoice::Column::Id)
            .one(&self.world.services.db)
            .await
            .unwrap()
    }

    async fn mrr(&self) -> i64 {
        let today = business_day(self.world.services.clock.now());
        let report = mrr::report(&self.world.system(), Range::month_of(today)).await.unwrap();
        report.months[0].end_minor()
    }

    async fn got(&self, template: &str) -> usize {
        let mails = self.world.mails_to(&self.budi.email).await;
        mails.iter().filter(|mail| mail.template == template).count()
    }
}

#[tokio::test]
async fn a_trial_runs_at_once_costs_nothing_and_is_asked_for_before_it_ends() {
    let story = tried().await;
    let now = story.now().await;
    assert_eq!((now.status, now.activated_at), (Status::Trialing, None));
    assert_eq!(now.period_end.unwrap().to_string(), "2026-12-05");
    let next = next_event(&now).unwrap();
    assert_eq!((next.what, next.at), ("trial_end", wib("2026-12-05T00:00:00")));
    assert_eq!((story.mrr().await, story.world.balance_of(&story.budi).await), (0, 200_000));

    story.until(wib("2026-11-27T23:00:00")).await;
    assert!(story.asked_after_trial().await.is_none());
    story.until(wib("2026-11-28T12:00:00")).await;
    let bill = story.asked_after_trial().await.unwrap();
    assert_eq!((bill.due_at, bill.status), (Some(wib("2026-12-05T00:00:00")), InvoiceStatus::Issued));

    // Paid within the trial: it counts as sold, and the period begins when the trial is over.
    let ctx = story.world.system();
    attempt::start(&ctx, &story.budi.customer_id, &bill.id, &by_wallet()).await.unwrap();
    story.world.settle_down().await;
    let now = story.now().await;
    assert!(now.status == Status::Trialing && now.activated_at.is_some());
    story.until(wib("2026-12-05T12:00:00")).await;
    let now = story.now().await;
    assert_eq!((now.status, now.period_end.unwrap().to_string().as_str()), (Status::Active, "2027-01-05"));
    assert_eq!(now.anchor_day, 5);
    assert!(story.mrr().await > 0);
    story.until(wib("2027-01-05T12:00:00")).await;
    assert_eq!(story.renewals().await.len(), 1, "from then on it is renewed like every other");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_does_not_pay_is_suspended_when_the_trial_ends_and_nothing_is_taken() {
    let story = tried().await;
    story.until(wib("2026-12-04T23:00:00")).await;
    assert_eq!(story.now().await.status, Status::Trialing);
    assert!(story.got("trial_ending").await > 0, "he was told");

    story.until(wib("2026-12-05T12:00:00")).await;
    assert_eq!(story.now().await.status, Status::Suspended);
    assert_eq!(story.world.balance_of(&story.budi).await, 200_000, "nothing is taken by itself");
    assert_eq!(story.mrr().await, 0);

    // He thinks better of it.
    let bill = story.asked_after_trial().await.unwrap();
    attempt::start(&story.world.system(), &story.budi.customer_id, &bill.id, &by_wallet()).await.unwrap();
    story.world.settle_down().await;
    let now = story.now().await;
    assert!(now.status == Status::Active && now.activated_at.is_some(), "{:?}", now.status);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_trial_that_is_never_paid_is_removed_after_a_week_and_owes_nothing() {
    let story = tried().await;
    story.until(wib("2026-12-13T12:00:00")).await;
    let now = story.now().await;
    assert_eq!((now.status, now.end_reason.as_deref()), (Status::Terminated, Some("non_payment")));
    assert_eq!(story.asked_after_trial().await.unwrap().status, InvoiceStatus::Void, "credited: it was not delivered");
    assert_eq!(story.mrr().await, 0, "what never counted is no loss");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn one_trial_per_customer_and_product_whatever_comes_at_once() {
    let story = tried().await;
    let again = story.world.orders(&story.budi, "ghost-pro").await.unwrap();
    assert!(again.order.total_minor > 0, "tried once");
    cancel::cancel(&story.world.system(), &story.budi.customer_id, &story.contract.id, When::Now, "").await.unwrap();
    assert!(story.world.orders(&story.budi, "ghost-basic").await.unwrap().order.total_minor > 0, "tried is tried");

    let siti = story.world.buyer("siti").await;
    let (one, two) = tokio::join!(story.world.orders(&siti, "ghost-basic"), story.world.orders(&siti, "ghost-basic"));
    let free = |placed: &Result<_, OrderingError>| matches!(placed, Ok(yumna::domain::ordering::Placed { order, .. }) if order.total_minor == 0);
    assert_eq!([&one, &two].iter().filter(|placed| free(placed)).count(), 1);
    let tried = trial::Entity::find().filter(trial::Column::CustomerId.eq(&siti.customer_id));
    assert_eq!(tried.count(&story.world.services.db).await.unwrap(), 1);
}

#[tokio::test]
async fn who_pays_at_the_beginning_anyway_or_has_paid_before_tries_nothing() {
    let story = tried().await;
    let (world, staff) = (&story.world, story.world.staff("ana"));
    world.coupon("HEMAT10", entity::value::Discount::Percent(1_000), |_, _| {}).await;
    let siti = world.buyer("siti").await;
    let with_coupon = world.orders_with(&siti, &["ghost-basic"], "HEMAT10").await.unwrap();
    assert!(with_coupon.order.total_minor > 0, "a coupon is for what is paid at once");
    let rina = world.buyer("rina").await;
    let product = story.contract.product_id.clone();
    write::set_trial(&staff, &product, 0).await.unwrap();
    world.gives(&rina, 100_000).await;
    let bought = world.orders(&rina, "ghost-basic").await.unwrap();
    world.pays(&bought).await;
    world.settle_down().await;
    write::set_trial(&staff, &product, 14).await.unwrap();
    assert!(world.orders(&rina, "ghost-pro").await.unwrap().order.total_minor > 0, "she knows it");
    assert!(write::set_trial(&staff, &product, 91).await.is_err());
}

#[tokio::test]
async fn a_notice_within_the_trial_ends_it_with_the_trial_and_can_be_taken_back() {
    let story = tried().await;
    let (ctx, id) = (story.world.system(), story.contract.id.clone());
    let customer = story.budi.customer_id.clone();
    story.until(wib("2026-11-29T12:00:00")).await;
    cancel::cancel(&ctx, &customer, &id, When::PeriodEnd, "Tidak cocok").await.unwrap();
    assert_eq!(story.now().await.status, Status::Cancelled);
    assert_eq!(story.asked_after_trial().await.unwrap().status, InvoiceStatus::Void, "nobody is asked to pay for it");
    let change = change::quote(&ctx, &customer, &id, "ghost-pro").await;
    assert!(change.is_err(), "nothing was paid that could be credited");

    let back = cancel::set_auto_renew(&ctx, &customer, &id, true).await.unwrap();
    assert_eq!(back.status, Status::Trialing);
    cancel::cancel(&ctx, &customer, &id, When::PeriodEnd, "Tetap tidak").await.unwrap();
    story.until(wib("2026-12-05T12:00:00")).await;
    subscriptions::end_due(&ctx).await.unwrap();
    assert_eq!(story.now().await.status, Status::Terminated);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_hold_that_is_lifted_within_the_trial_leaves_it_a_trial() {
    let story = tried().await;
    let (staff, id) = (story.world.staff("ana"), story.contract.id.clone());
    hold::place(&staff, &id, entity::value::HoldReason::Abuse, Some("Spam")).await.unwrap();
    assert_eq!(story.now().await.status, Status::Suspended);
    hold::lift(&staff, &id, entity::value::HoldReason::Abuse).await.unwrap();
    assert_eq!(story.now().await.status, Status::Trialing);
    let row = subscription::Entity::find_by_id(id).one(&story.world.services.db).await.unwrap().unwrap();
    assert_eq!(row.cycle, Cycle::Monthly);
    assert!(subscriptions::current_period(&row).is_some());
}
