//! A checkout happens as a whole or not at all; what becomes of an order happens once, however often it is told.
use crate::support::{World, driver::Scripted, shop};
use chrono::Duration;
use entity::{
    catalog::plan,
    ordering::order,
    payments::payment,
    platform::outbox_event,
    value::{Cycle, InvoiceStatus, OrderId, OrderStatus, PurchasePolicy, SubscriptionId, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use std::sync::Arc;
use yumna::{
    domain::{
        billing::invoice,
        catalog::{
            find, quota, waitlist,
            write::{self, NewPrice},
        },
        ledger,
        ordering::{
            self, CheckoutItem,
            cart::{self, Owner},
            pricing,
        },
        subscriptions,
    },
    kernel::fault::Fault,
};

async fn shop_with(quota: i64, policy: PurchasePolicy) -> (World, entity::catalog::plan::Model) {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, policy).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, quota).await;
    world.plan(&ghost, "ghost-pro", 2, quota).await;
    (world, plan)
}

#[tokio::test]
async fn an_order_makes_contract_reservation_and_invoice_at_the_price_shown() {
    let (world, plan) = shop_with(5, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let budi = world.buyer("budi").await;
    let ctx = world.system();
    let tax = pricing::buyer_tax(&ctx, Some(&budi.customer_id)).await.unwrap();
    let (detail, _) = find::plan(&ctx.db, &plan.id).await.unwrap();
    let shown = pricing::price_views(&detail, &tax).unwrap();

    let placed = world.orders(&budi, "ghost-basic").await.unwrap();

    assert_eq!((shown[0].amount, shown[0].tax, shown[0].total), (50_000, 5_500, 55_500));
    assert_eq!(placed.invoice.total_minor, shown[0].total);
    assert_eq!((placed.order.total_minor, placed.order.status), (55_500, OrderStatus::Pending));
    assert!(placed.order.number.starts_with("ORD/2026/"), "{}", placed.order.number);
    assert_eq!(placed.items[0].description, "GHOST ghost-basic (Bulanan)");
    assert_eq!(placed.invoice.status, InvoiceStatus::Issued);
    assert_eq!(world.slots_used(&plan).await, 1);
    let contract = world.contract(&placed).await;
    assert_eq!(contract.status, SubscriptionStatus::Pending);
    assert!(contract.config.as_object().is_some_and(|answers| !answers.is_empty()), "defaults are filled in");
    let view = ordering::find::view_owned(&ctx.db, &budi.customer_id, &placed.order.id).await.unwrap();
    assert_eq!((view.items.len(), view.invoice.unwrap().id), (1, placed.invoice.id.clone()));
    let news = outbox_event::Entity::find().filter(outbox_event::Column::Name.eq("order.placed")).count(&ctx.db).await;
    assert_eq!(news.unwrap(), 1);
}

#[tokio::test]
async fn every_refusal_of_checkout_changes_nothing() {
    let (world, plan) = shop_with(1, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let ctx = world.system();
    let (budi, sari) = (world.buyer("budi").await, world.buyer("sari").await);
    let newcomer = world.newcomer("newcomer").await;
    let code = |result: Result<ordering::Placed, ordering::OrderingError>| result.unwrap_err().code();
    let fields = |result: Result<ordering::Placed, ordering::OrderingError>| {
        let faults = result.unwrap_err().fields();
        faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect::<Vec<_>>()
    };

    assert_eq!(code(world.orders(&newcomer, "ghost-basic").await), "EMAIL_NOT_VERIFIED");
    let mut wrong = world.checkout(&budi, &["nothing", "ghost-basic", "ghost-basic"]);
    wrong.items[1].cycle = "weekly".into();
    wrong.items[2].config = json!({ "no_such_question": "1", "nested": { "a": 1 } });
    let faults = fields(ordering::place(&ctx, wrong).await);
    assert_eq!(faults, ["items[0].plan unknown", "items[1].cycle unknown", "items[2].config.nested invalid"]);
    let mut unknown = world.checkout(&budi, &["ghost-basic"]);
    unknown.items[0].config = json!({ "no_such_question": "1" });
    assert_eq!(fields(ordering::place(&ctx, unknown).await), ["items[0].config.no_such_question unknown"]);
    assert_eq!(fields(ordering::place(&ctx, world.checkout(&budi, &[])).await), ["items required"]);
    let many = ["ghost-basic"; 21];
    assert_eq!(fields(ordering::place(&ctx, world.checkout(&budi, &many)).await), ["items too_many"]);
    let twins = world.checkout(&budi, &["ghost-basic", "ghost-pro"]);
    assert_eq!(fields(ordering::place(&ctx, twins).await), ["items[1].plan duplicate"]);
    assert_eq!(order::Entity::find().count(&ctx.db).await.unwrap(), 0);

    let first = world.orders(&budi, "ghost-basic").await.unwrap();
    let refused = world.orders(&budi, "ghost-pro").await.unwrap_err();
    assert_eq!(refused.code(), "DUPLICATE_SUBSCRIPTION");
    assert_eq!(refused.extra()["invoice_id"], first.invoice.id.as_str());
    assert_eq!(code(world.orders(&sari, "ghost-basic").await), "QUOTA_EXCEEDED");
    world.gives(&budi, 100_000).await;
    world.pays(&first).await;
    let refused = world.orders(&budi, "ghost-pro").await.unwrap_err();
    assert_eq!(refused.code(), "UPGRADE_REQUIRED");
    assert_eq!(refused.extra()["subscription_id"], world.contract(&first).await.id.as_str());

    assert_eq!(order::Entity::find().count(&ctx.db).await.unwrap(), 1);
    assert_eq!(world.slots_used(&plan).await, 1);
    let invoices = invoice::list(&ctx, &invoice::Filter::default(), &Default::default()).await.unwrap();
    assert_eq!(invoices.rows.len(), 1, "a refused checkout uses no number");
}

#[tokio::test]
async fn the_shop_takes_no_orders_before_it_is_open() {
    let world = World::new().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let budi = world.buyer("budi").await;
    assert_eq!(world.orders(&budi, "ghost-basic").await.unwrap_err().code(), "SHOP_CLOSED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_checkouts_of_an_upgrade_only_service_one_goes_through() {
    let (world, plan) = shop_with(50, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let budi = world.buyer("budi").await;
    let mut checkouts = tokio::task::JoinSet::new();
    for number in 0..8 {
        let plan = if number % 2 == 0 { "ghost-basic" } else { "ghost-pro" };
        let (ctx, checkout) = (world.system(), world.checkout(&budi, &[plan]));
        checkouts.spawn(async move { ordering::place(&ctx, checkout).await.map(drop).map_err(|error| error.code()) });
    }
    let results = checkouts.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err("DUPLICATE_SUBSCRIPTION"))), "{results:?}");
    assert_eq!(order::Entity::find().count(&world.services.db).await.unwrap(), 1);
    assert!(world.slots_used(&plan).await <= 1);
}

#[tokio::test]
async fn a_paid_order_is_paid_and_its_contract_active_from_the_business_day_of_settlement() {
    let (world, plan) = shop_with(5, PurchasePolicy::Multiple).await;
    let budi = world.buyer("budi").await;
    world.gives(&budi, 500_000).await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    // 23:30 in Jakarta on the 30th of November: UTC is seven hours behind.
    world
        .advance("2026-11-30T16:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap() - world.services.clock.now());

    world.pays(&placed).await;

    let contract = world.contract(&placed).await;
    assert_eq!((contract.status, contract.anchor_day), (SubscriptionStatus::Active, 30));
    assert_eq!(contract.period_start, "2026-11-30".parse().ok());
    assert_eq!(contract.period_end, "2026-12-30".parse().ok());
    assert_eq!(contract.next_renewal_at, "2026-12-29T17:00:00Z".parse().ok());
    assert_eq!(subscriptions::next_event(&contract).unwrap().what, "renewal");
    let order = ordering::find::get(&world.services.db, &placed.order.id).await.unwrap();
    assert_eq!(order.status, OrderStatus::Paid);
    assert_eq!(world.slots_used(&plan).await, 1);
    let activated = outbox_event::Entity::find()
        .filter(outbox_event::Column::Name.eq("subscription.activated"))
        .count(&world.services.db)
        .await;
    assert_eq!(activated.unwrap(), 1, "told twice, activated once");
}

#[tokio::test]
async fn what_cannot_be_made_is_paid_back_once() {
    let (world, plan) = shop_with(5, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let ctx = world.system();
    let budi = world.buyer("budi").await;
    world.gives(&budi, 60_000).await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    world.pays(&placed).await;
    let contract = world.contract(&placed).await;
    assert_eq!(ledger::balance_minor(&ctx.db, &budi.customer_id, "IDR").await.unwrap(), 4_500);

    for _ in 0..2 {
        ordering::provision_failed(&ctx, &contract.id).await.unwrap();
    }

    let contract = world.contract(&placed).await;
    assert_eq!(contract.status, SubscriptionStatus::Terminated);
    assert_eq!(contract.end_reason.as_deref(), Some("provisioning_failed"));
    assert_eq!(ordering::find::get(&ctx.db, &placed.order.id).await.unwrap().status, OrderStatus::Failed);
    assert_eq!(ledger::balance_minor(&ctx.db, &budi.customer_id, "IDR").await.unwrap(), 60_000);
    assert_eq!(world.slots_used(&plan).await, 0);
    let notes = yumna::domain::billing::credit_note::list_of(&ctx.db, &placed.invoice.id).await.unwrap();
    assert_eq!(notes.iter().map(|note| note.total_minor).collect::<Vec<_>>(), [55_500]);
    assert_eq!(notes[0].reason, "Layanan tidak dapat disiapkan");
    world.orders(&budi, "ghost-basic").await.expect("the failed contract is no longer in the way");
}

#[tokio::test]
async fn an_order_nobody_pays_is_cancelled_and_gives_everything_back() {
    let (world, plan) = shop_with(1, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let ctx = world.system();
    let budi = world.buyer("budi").await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();

    world.advance(Duration::days(6));
    assert_eq!(ordering::cancel_overdue(&ctx).await.unwrap(), 0);
    world.advance(Duration::days(1));
    assert_eq!(ordering::cancel_overdue(&ctx).await.unwrap(), 1);
    assert_eq!(ordering::cancel_overdue(&ctx).await.unwrap(), 0);
    ordering::on_invoice_voided(&ctx, &placed.invoice.id).await.unwrap();

    let view = ordering::find::view(&ctx.db, &placed.order.id).await.unwrap();
    assert_eq!((view.order.status, view.order.cancel_reason.as_deref()), (OrderStatus::Cancelled, Some("overdue")));
    assert_eq!(view.invoice.unwrap().status, InvoiceStatus::Void);
    assert_eq!(world.contract(&placed).await.end_reason.as_deref(), Some("order_cancelled"));
    assert_eq!(world.slots_used(&plan).await, 0);
    let again = ordering::cancel_unpaid(&ctx, &placed.order.id, "customer").await.unwrap_err();
    assert_eq!(again.code(), "INVALID_STATE");
    world.orders(&budi, "ghost-basic").await.unwrap();
}

#[tokio::test]
async fn one_order_that_cannot_be_cancelled_keeps_no_other_open() {
    let (world, basic) = shop_with(5, PurchasePolicy::Multiple).await;
    let ctx = world.system();
    let (budi, sari) = (world.buyer("budi").await, world.buyer("sari").await);
    let stuck = world.orders(&budi, "ghost-basic").await.unwrap();
    world.advance(Duration::minutes(1));
    let other = world.orders(&sari, "ghost-pro").await.unwrap();
    // His slot cannot be given back: the stock of his plan says that none is taken.
    let taken = async |count: i64| {
        plan::Entity::update_many()
            .col_expr(plan::Column::QuotaUsed, Expr::value(count))
            .filter(plan::Column::Id.eq(&basic.id))
            .exec(&ctx.db)
            .await
            .unwrap();
    };
    taken(0).await;
    world.advance(Duration::days(8));

    let state = async |id: &OrderId| ordering::find::get(&ctx.db, id).await.unwrap().status;
    for _ in 0..2 {
        assert!(ordering::cancel_overdue(&ctx).await.is_err(), "it is not hidden");
        let states = (state(&stuck.order.id).await, state(&other.order.id).await);
        assert_eq!(states, (OrderStatus::Pending, OrderStatus::Cancelled));
    }
    taken(1).await;
    assert_eq!(ordering::cancel_overdue(&ctx).await.unwrap(), 1);
    assert_eq!(state(&stuck.order.id).await, OrderStatus::Cancelled);
}

#[tokio::test]
async fn a_paid_order_cannot_be_cancelled_and_a_voided_invoice_cancels_its_order() {
    let (world, plan) = shop_with(2, PurchasePolicy::Multiple).await;
    let ctx = world.system();
    let budi = world.buyer("budi").await;
    world.gives(&budi, 60_000).await;
    let paid = world.orders(&budi, "ghost-basic").await.unwrap();
    world.pays(&paid).await;
    assert_eq!(ordering::cancel_unpaid(&ctx, &paid.order.id, "staff").await.unwrap_err().code(), "INVALID_STATE");

    let voided = world.orders(&budi, "ghost-basic").await.unwrap();
    let tx = ctx.begin().await.unwrap();
    invoice::void(&ctx, &tx, &voided.invoice.id, "salah pesan").await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..2 {
        ordering::on_invoice_voided(&ctx, &voided.invoice.id).await.unwrap();
    }
    assert_eq!(ordering::find::get(&ctx.db, &voided.order.id).await.unwrap().status, OrderStatus::Cancelled);
    assert_eq!(world.slots_used(&plan).await, 1);
}

#[tokio::test]
async fn who_pays_after_the_hold_ran_out_waits_for_a_slot_or_takes_the_money_back() {
    let (world, plan) = shop_with(1, PurchasePolicy::Multiple).await;
    let ctx = world.system();
    let (budi, sari, tono) = (world.buyer("budi").await, world.buyer("sari").await, world.buyer("tono").await);
    for buyer in [&budi, &sari, &tono] {
        world.gives(buyer, 55_500).await;
    }
    let mut waiting = Vec::new();
    for buyer in [&budi, &sari] {
        waiting.push(world.orders(buyer, "ghost-basic").await.unwrap());
        world.advance(Duration::minutes(61));
        assert_eq!(quota::expire_due(&ctx).await.unwrap(), 1);
    }
    let quick = world.orders(&tono, "ghost-basic").await.unwrap();
    world.pays(&quick).await;
    for placed in &waiting {
        world.pays(placed).await;
        assert_eq!(world.contract(placed).await.status, SubscriptionStatus::Pending);
    }
    let view = subscriptions::find::view(&ctx, &world.contract(&waiting[0]).await.id).await.unwrap();
    assert!(view.is_waiting);

    world.advance(Duration::days(1));
    let tx = ctx.begin().await.unwrap();
    let gone = world.contract(&quick).await.id;
    subscriptions::end(&ctx, &tx, &gone, subscriptions::EndReason::Staff).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..2 {
        ordering::admit_waiting(&ctx, &plan.id).await.unwrap();
    }
    let first = world.contract(&waiting[0]).await;
    assert_eq!(first.status, SubscriptionStatus::Active);
    assert_eq!(first.period_start, "2026-11-22".parse().ok(), "begins when it can be used");
    assert_eq!(world.contract(&waiting[1]).await.status, SubscriptionStatus::Pending);

    let second = world.contract(&waiting[1]).await.id;
    let foreign = ordering::refund_waiting(&ctx, &budi.customer_id, &second).await.unwrap_err();
    assert_eq!(foreign.code(), "NOT_FOUND");
    let let_in = ordering::refund_waiting(&ctx, &budi.customer_id, &first.id).await.unwrap_err();
    assert_eq!(let_in.code(), "INVALID_STATE");
    ordering::refund_waiting(&ctx, &sari.customer_id, &second).await.unwrap();
    assert_eq!(ordering::refund_waiting(&ctx, &sari.customer_id, &second).await.unwrap_err().code(), "INVALID_STATE");
    assert_eq!(ledger::balance_minor(&ctx.db, &sari.customer_id, "IDR").await.unwrap(), 55_500);
    assert_eq!(ordering::find::get(&ctx.db, &waiting[1].order.id).await.unwrap().status, OrderStatus::Refunded);
}

#[tokio::test]
async fn money_goes_back_by_itself_after_a_week_on_the_waiting_list() {
    let (world, _) = shop_with(1, PurchasePolicy::Multiple).await;
    let ctx = world.system();
    let (budi, sari) = (world.buyer("budi").await, world.buyer("sari").await);
    world.gives(&budi, 55_500).await;
    let late = world.orders(&budi, "ghost-basic").await.unwrap();
    world.advance(Duration::minutes(61));
    quota::expire_due(&ctx).await.unwrap();
    world.orders(&sari, "ghost-basic").await.unwrap();
    world.pays(&late).await;

    world.advance(Duration::days(6));
    assert_eq!(ordering::refund_overdue_waiting(&ctx).await.unwrap(), 0);
    world.advance(Duration::days(1));
    assert_eq!(ordering::refund_overdue_waiting(&ctx).await.unwrap(), 1);
    assert_eq!(ordering::refund_overdue_waiting(&ctx).await.unwrap(), 0);
    assert_eq!(ledger::balance_minor(&ctx.db, &budi.customer_id, "IDR").await.unwrap(), 55_500);
}

#[tokio::test]
async fn a_started_payment_keeps_the_slot_and_people_are_told_of_a_free_one_once() {
    let (world, plan) = shop_with(1, PurchasePolicy::Multiple).await;
    let ctx = world.system();
    let (budi, sari) = (world.buyer("budi").await, world.buyer("sari").await);
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    let tomorrow = ctx.now() + Duration::days(1);
    for _ in 0..2 {
        ordering::on_payment_started(&ctx, &placed.invoice.id, tomorrow).await.unwrap();
    }
    for _ in 0..2 {
        waitlist::join(&ctx, &sari.customer_id, "ghost-basic").await.unwrap();
    }
    world.advance(Duration::hours(23));
    assert_eq!(quota::expire_due(&ctx).await.unwrap(), 0);
    world.advance(Duration::hours(2));
    assert_eq!(quota::expire_due(&ctx).await.unwrap(), 1);

    for _ in 0..2 {
        ordering::admit_waiting(&ctx, &plan.id).await.unwrap();
    }
    let count = |name: &'static str| {
        outbox_event::Entity::find().filter(outbox_event::Column::Name.eq(name)).count(&world.services.db)
    };
    assert_eq!((count("plan.slot_freed").await.unwrap(), count("waitlist.offered").await.unwrap()), (1, 1));
}

#[tokio::test]
async fn a_guests_cart_is_taken_over_at_sign_in_and_ordered_once() {
    let (world, _) = shop_with(5, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let ctx = world.system();
    let budi = world.buyer("budi").await;
    let guest = Owner::Guest(cart::new_token());
    cart::add(&ctx, &guest, wish("ghost-basic")).await.unwrap();
    cart::add(&ctx, &guest, wish("ghost-pro")).await.unwrap();
    let wrong = cart::add(&ctx, &guest, wish("nothing")).await.unwrap_err();
    assert_eq!(wrong.fields()[0].field, "plan");
    let seen = cart::view(&ctx, &guest).await.unwrap();
    assert_eq!((seen.lines.len(), seen.totals.total_minor), (1, 111_000), "the larger plan replaced the smaller");

    let Owner::Guest(token) = &guest else { unreachable!() };
    for _ in 0..2 {
        cart::take_over(&ctx, token, &budi.customer_id).await.unwrap();
    }
    assert!(cart::view(&ctx, &guest).await.unwrap().lines.is_empty());
    let own = cart::view(&ctx, &Owner::Customer(budi.customer_id.clone())).await.unwrap();
    let checkout =
        ordering::Checkout { items: own.checkout_items(), cart: own.ordered(), ..world.checkout(&budi, &[]) };
    let placed = ordering::place(&ctx, checkout.clone()).await.unwrap();
    assert_eq!(placed.order.total_minor, own.totals.total_minor);
    assert_eq!(ordering::place(&ctx, checkout).await.unwrap_err().code(), "VALIDATION_FAILED", "sent twice");
    assert_eq!(order::Entity::find().count(&ctx.db).await.unwrap(), 1);

    world.advance(Duration::days(31));
    assert_eq!(cart::forget_old(&ctx).await.unwrap(), 1);
}

#[tokio::test]
async fn an_order_over_nothing_settles_by_itself_and_becomes_active() {
    let world = World::with(|services| services.drivers = vec![Arc::new(Scripted::default())]).await;
    world.open_shop().await;
    world.cluster("Jakarta 1", 64_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    world.plan(&ghost, "ghost-free", 0, 5).await;
    let budi = world.buyer("budi").await;

    let placed = world.orders(&budi, "ghost-free").await.unwrap();
    assert_eq!((placed.order.total_minor, placed.invoice.status), (0, InvoiceStatus::Paid));
    world.settle_down().await;

    let order = ordering::find::get(&world.services.db, &placed.order.id).await.unwrap();
    assert_eq!(order.status, OrderStatus::Active);
    assert_eq!(world.contract(&placed).await.status, SubscriptionStatus::Active);
    assert_eq!(payment::Entity::find().count(&world.services.db).await.unwrap(), 0, "nobody was asked for money");
    let mails = world.mails_to(&budi.email).await;
    assert!(mails.iter().any(|mail| mail.template == "service_ready"), "he hears where it is");
    assert!(!mails.iter().any(|mail| mail.template == "invoice_issued"), "and of no bill");
    world.books_are_right().await;
}

fn monthly(amount_minor: i64) -> NewPrice {
    NewPrice { cycle: Cycle::Monthly, amount_minor, setup_fee_minor: 0, tax_included: None }
}

fn wish(plan: &str) -> CheckoutItem {
    CheckoutItem { plan: plan.into(), cycle: "monthly".into(), config: json!({}) }
}

#[tokio::test]
async fn of_an_upgrade_only_service_the_guests_newer_choice_replaces_the_customers_older_one() {
    let (world, _) = shop_with(5, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let ctx = world.system();
    let budi = world.buyer("budi").await;
    let (own, token) = (Owner::Customer(budi.customer_id.clone()), cart::new_token());
    cart::add(&ctx, &own, wish("ghost-basic")).await.unwrap();
    cart::add(&ctx, &Owner::Guest(token.clone()), wish("ghost-pro")).await.unwrap();

    cart::take_over(&ctx, &token, &budi.customer_id).await.unwrap();

    let merged = cart::view(&ctx, &own).await.unwrap();
    let plans: Vec<_> = merged.lines.iter().map(|line| line.choice.offer.plan.code.as_str()).collect();
    assert_eq!(plans, ["ghost-pro"]);
    let checkout =
        ordering::Checkout { items: merged.checkout_items(), cart: merged.ordered(), ..world.checkout(&budi, &[]) };
    ordering::place(&ctx, checkout).await.expect("the merged cart can be ordered");
}

#[tokio::test]
async fn an_order_takes_out_of_the_cart_what_it_orders_at_the_price_agreed_to_and_nothing_else() {
    let (world, plan) = shop_with(5, PurchasePolicy::Multiple).await;
    let ctx = world.system();
    let budi = world.buyer("budi").await;
    let own = Owner::Customer(budi.customer_id.clone());
    cart::add(&ctx, &own, wish("ghost-basic")).await.unwrap();
    let seen = cart::view(&ctx, &own).await.unwrap();
    let later = cart::add(&ctx, &own, wish("ghost-pro")).await.unwrap();
    let checkout =
        ordering::Checkout { items: seen.checkout_items(), cart: seen.ordered(), ..world.checkout(&budi, &[]) };
    write::set_price(&ctx, &plan.id, monthly(60_000)).await.unwrap();

    assert_eq!(ordering::place(&ctx, checkout.clone()).await.unwrap_err().code(), "CART_CHANGED");
    assert_eq!((order::Entity::find().count(&ctx.db).await.unwrap(), world.slots_used(&plan).await), (0, 0));
    write::set_price(&ctx, &plan.id, monthly(50_000)).await.unwrap();
    ordering::place(&ctx, checkout).await.unwrap();

    let left = cart::view(&ctx, &own).await.unwrap();
    assert_eq!(left.lines.iter().map(|line| &line.id).collect::<Vec<_>>(), [&later]);
}

#[tokio::test]
async fn other_peoples_orders_look_like_missing_ones() {
    let (world, _) = shop_with(5, PurchasePolicy::Multiple).await;
    let ctx = world.system();
    let (budi, sari) = (world.buyer("budi").await, world.buyer("sari").await);
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    let id = SubscriptionId(placed.items[0].subscription_id.clone().unwrap());
    assert!(ordering::find::view_owned(&ctx.db, &sari.customer_id, &placed.order.id).await.is_err());
    assert!(subscriptions::find::view_owned(&ctx, &sari.customer_id, &id).await.is_err());
    assert!(ordering::find::list_owned(&ctx.db, &sari.customer_id, &Default::default()).await.unwrap().rows.is_empty());
    assert_eq!(ordering::find::list(&ctx.db, &Default::default(), &Default::default()).await.unwrap().rows.len(), 1);
}
