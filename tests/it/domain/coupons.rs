//! A coupon takes off what it promises, as often as it promises, and the books stay right.
use super::renewals::{Story, wib};
use crate::support::{World, shop};
use chrono::Duration;
use entity::{
    billing::invoice_item,
    catalog::{coupon, plan},
    ordering::{coupon_redemption, order},
    subscriptions::subscription,
    value::{CouponScope, Cycle, Discount, InvoiceStatus, OrderStatus, PurchasePolicy, RedemptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use yumna::{
    domain::{
        billing::invoice as invoices,
        catalog::{
            coupon::{self as coupons, CouponInput},
            write::{self, NewPrice},
        },
        ordering::{
            self, CheckoutItem, OrderingError, Placed,
            cart::{self, Owner},
            change,
        },
        subscriptions::{self, discount, renew},
    },
    kernel::fault::Fault,
};

async fn open_shop() -> (World, plan::Model) {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let basic = world.plan(&ghost, "ghost-basic", 1, 50).await;
    world.plan(&ghost, "ghost-pro", 2, 50).await;
    (world, basic)
}

/// The word of a refusal.
fn reason(result: Result<Placed, OrderingError>) -> String {
    let refused = result.unwrap_err();
    assert_eq!(refused.code(), "COUPON_INVALID");
    refused.extra()["reason"].as_str().unwrap().to_owned()
}

async fn lines_of(world: &World, placed: &Placed) -> Vec<invoice_item::Model> {
    invoice_item::Entity::find()
        .filter(invoice_item::Column::InvoiceId.eq(&placed.invoice.id))
        .order_by_asc(invoice_item::Column::Position)
        .all(&world.services.db)
        .await
        .unwrap()
}

async fn redemption(world: &World, placed: &Placed) -> coupon_redemption::Model {
    let of_order = coupon_redemption::Column::OrderId.eq(&placed.order.id);
    coupon_redemption::Entity::find().filter(of_order).one(&world.services.db).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_discount_is_off_the_net_and_the_tax_is_on_what_is_left() {
    let (world, _) = open_shop().await;
    let budi = world.buyer("budi").await;
    world.coupon("HEMAT20", Discount::Percent(2_000), |_, _| {}).await;
    let placed = world.orders_with(&budi, &["ghost-basic"], " hemat20 ").await.unwrap();

    let bill = &placed.invoice;
    assert_eq!((bill.subtotal_minor, bill.discount_minor), (40_000, 10_000));
    assert_eq!((bill.tax_minor, bill.total_minor), (4_400, 44_400));
    assert_eq!((placed.order.total_minor, placed.order.discount_minor), (44_400, 10_000));
    assert_eq!(placed.order.coupon_code.as_deref(), Some("HEMAT20"));
    assert_eq!(bill.notes.as_deref(), Some("Kode promo: HEMAT20"), "the document names it");
    let line = &lines_of(&world, &placed).await[0];
    assert_eq!((line.unit_minor, line.discount_minor, line.net_minor, line.tax_minor), (50_000, 10_000, 40_000, 4_400));
    assert_eq!(placed.items[0].amount_minor, 50_000, "the order keeps the price of the list");
    world.gives(&budi, 44_400).await;
    world.pays(&placed).await;
    world.books_are_right().await;
}

#[tokio::test]
async fn an_amount_is_shared_by_the_lines_it_is_for() {
    let (world, basic) = open_shop().await;
    let budi = world.buyer("budi").await;
    let setup = NewPrice { cycle: Cycle::Monthly, amount_minor: 50_000, setup_fee_minor: 25_000, tax_included: None };
    write::set_price(&world.system(), &basic.id, setup).await.unwrap();
    world.coupon("POTONG", Discount::Fixed(10_001), |_, _| {}).await;
    let placed = world.orders_with(&budi, &["ghost-basic", "ghost-pro"], "POTONG").await.unwrap();

    let discounts: Vec<i64> = lines_of(&world, &placed).await.iter().map(|line| line.discount_minor).collect();
    assert_eq!(discounts, [3_334, 0, 6_667], "a third and two thirds, nothing off the setup fee");
    assert_eq!(placed.invoice.discount_minor, 10_001);
    assert_eq!(placed.invoice.subtotal_minor, 175_000 - 10_001);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_code_that_takes_nothing_off_says_why_and_nothing_is_ordered() {
    let (world, basic) = open_shop().await;
    let (budi, ctx, now) = (world.buyer("budi").await, world.system(), world.services.clock.now());
    let percent = Discount::Percent(1_000);
    world.coupon("LATER", percent, |_, limits| limits.starts_at = Some(now + Duration::seconds(1))).await;
    world.coupon("OVER", percent, |_, limits| limits.ends_at = Some(now)).await;
    let ended = world.coupon("ENDED", percent, |_, _| {}).await;
    coupons::end(&ctx, &ended.id).await.unwrap();
    let plans = vec![basic.id.0.clone()];
    world.coupon("BASIC", percent, |terms, _| terms.scope = CouponScope { plans, ..CouponScope::default() }).await;
    let yearly = CouponScope { cycles: vec![Cycle::Annually], ..CouponScope::default() };
    world.coupon("YEARLY", percent, |terms, _| terms.scope = yearly).await;
    world.coupon("LARGE", percent, |terms, _| terms.minimum_minor = 50_001).await;

    for (code, word) in [
        ("NOTHING", "unknown"),
        ("<b>\u{0}", "unknown"),
        ("LATER", "not_yet"),
        ("OVER", "expired"),
        ("ENDED", "expired"),
        ("YEARLY", "not_for_this"),
        ("LARGE", "below_minimum"),
    ] {
        assert_eq!(reason(world.orders_with(&budi, &["ghost-basic"], code).await), word, "{code}");
    }
    assert_eq!(reason(world.orders_with(&budi, &["ghost-pro"], "BASIC").await), "not_for_this");
    let large = world.orders_with(&budi, &["ghost-basic"], "LARGE").await.unwrap_err();
    assert_eq!(large.fields()[0].args, [("minimum", "50.001".to_owned())]);
    assert_eq!(order::Entity::find().count(&ctx.db).await.unwrap(), 0);
    assert_eq!(coupon::Entity::find().filter(coupon::Column::Used.ne(0)).count(&ctx.db).await.unwrap(), 0);
    assert!(world.orders_with(&budi, &["ghost-basic"], "BASIC").await.is_ok());
    assert!(world.orders_with(&budi, &["ghost-basic"], " ").await.is_ok(), "no code is no coupon");
}

#[tokio::test]
async fn a_use_is_reserved_at_checkout_committed_by_payment_and_not_given_back_by_a_refund() {
    let (world, _) = open_shop().await;
    let budi = world.buyer("budi").await;
    let once = world.coupon("SEKALI", Discount::Percent(1_000), |_, limits| limits.max_uses = Some(1)).await;
    let placed = world.orders_with(&budi, &["ghost-basic"], "SEKALI").await.unwrap();
    assert_eq!(redemption(&world, &placed).await.status, RedemptionStatus::Reserved);
    assert_eq!(reason(world.orders_with(&budi, &["ghost-basic"], "SEKALI").await), "used_up");

    world.gives(&budi, 60_000).await;
    world.pays(&placed).await;
    let committed = redemption(&world, &placed).await;
    assert_eq!((committed.status, committed.discount_minor), (RedemptionStatus::Committed, 5_000));
    let contract = world.contract(&placed).await;
    ordering::provision_failed(&world.system(), &contract.id).await.unwrap();
    assert_eq!(world.balance_of(&budi).await, 60_000, "what was paid came back, not the price of the list");
    assert_eq!(
        (world.uses_of(&once).await, redemption(&world, &placed).await.status),
        (1, RedemptionStatus::Committed)
    );
    world.books_are_right().await;
}

#[tokio::test]
async fn an_order_that_comes_to_nothing_gives_its_use_back_once() {
    let (world, _) = open_shop().await;
    let (budi, ctx) = (world.buyer("budi").await, world.system());
    let one = world.coupon("SATU", Discount::Percent(1_000), |_, limits| limits.max_uses = Some(1)).await;

    let cancelled = world.orders_with(&budi, &["ghost-basic"], "SATU").await.unwrap();
    ordering::cancel_unpaid(&ctx, &cancelled.order.id, "customer").await.unwrap();
    ordering::on_invoice_voided(&ctx, &cancelled.invoice.id).await.unwrap();
    assert_eq!(
        (world.uses_of(&one).await, redemption(&world, &cancelled).await.status),
        (0, RedemptionStatus::Released)
    );

    let voided = world.orders_with(&budi, &["ghost-basic"], "SATU").await.unwrap();
    invoices::void_now(&ctx, &voided.invoice.id, "Salah paket").await.unwrap();
    for _ in 0..2 {
        ordering::on_invoice_voided(&ctx, &voided.invoice.id).await.unwrap();
    }
    assert_eq!((world.uses_of(&one).await, redemption(&world, &voided).await.status), (0, RedemptionStatus::Released));

    let forgotten = world.orders_with(&budi, &["ghost-basic"], "SATU").await.unwrap();
    world.advance(Duration::days(7) + Duration::seconds(1));
    assert_eq!(ordering::cancel_overdue(&ctx).await.unwrap(), 1);
    assert_eq!(ordering::cancel_overdue(&ctx).await.unwrap(), 0);
    assert_eq!(
        (world.uses_of(&one).await, redemption(&world, &forgotten).await.status),
        (0, RedemptionStatus::Released)
    );
    world.books_are_right().await;
}

#[tokio::test]
async fn a_customer_uses_a_code_as_often_as_one_may() {
    let (world, _) = open_shop().await;
    let (budi, sari) = (world.buyer("budi").await, world.buyer("sari").await);
    world.coupon("DUAKALI", Discount::Percent(1_000), |_, limits| limits.max_uses_per_customer = Some(2)).await;
    let first = world.orders_with(&budi, &["ghost-basic"], "DUAKALI").await.unwrap();
    world.orders_with(&budi, &["ghost-basic"], "DUAKALI").await.unwrap();
    assert_eq!(reason(world.orders_with(&budi, &["ghost-basic"], "DUAKALI").await), "used_by_customer");
    assert!(world.orders_with(&sari, &["ghost-basic"], "DUAKALI").await.is_ok());
    ordering::cancel_unpaid(&world.system(), &first.order.id, "customer").await.unwrap();
    assert!(world.orders_with(&budi, &["ghost-basic"], "DUAKALI").await.is_ok(), "given back, it counts no more");
}

#[tokio::test]
async fn a_welcome_is_for_who_never_paid_and_only_once() {
    let (world, _) = open_shop().await;
    let (budi, sari, ctx) = (world.buyer("budi").await, world.buyer("sari").await, world.system());
    for code in ["HALO", "HAI"] {
        world.coupon(code, Discount::Percent(5_000), |terms, _| terms.is_for_new_customers = true).await;
    }
    world.orders(&budi, "ghost-basic").await.unwrap();
    let welcomed = world.orders_with(&budi, &["ghost-basic"], "HALO").await.unwrap();
    assert_eq!(reason(world.orders_with(&budi, &["ghost-basic"], "HAI").await), "new_customers_only");
    ordering::cancel_unpaid(&ctx, &welcomed.order.id, "customer").await.unwrap();
    assert!(world.orders_with(&budi, &["ghost-basic"], "HAI").await.is_ok());

    let paid = world.orders(&sari, "ghost-basic").await.unwrap();
    world.gives(&sari, 60_000).await;
    world.pays(&paid).await;
    assert_eq!(reason(world.orders_with(&sari, &["ghost-basic"], "HALO").await), "new_customers_only");
}

#[tokio::test]
async fn an_order_for_nothing_settles_by_itself() {
    let (world, _) = open_shop().await;
    let budi = world.buyer("budi").await;
    let free = world.coupon("GRATIS", Discount::Percent(10_000), |_, _| {}).await;
    let placed = world.orders_with(&budi, &["ghost-basic"], "GRATIS").await.unwrap();
    assert_eq!((placed.invoice.total_minor, placed.invoice.status), (0, InvoiceStatus::Paid));
    for _ in 0..2 {
        ordering::on_invoice_paid(&world.system(), &placed.invoice.id).await.unwrap();
        subscriptions::activate_for_invoice(&world.system(), &placed.invoice.id).await.unwrap();
    }
    let paid = ordering::find::get(&world.services.db, &placed.order.id).await.unwrap();
    assert_eq!(paid.status, OrderStatus::Paid);
    assert_eq!(redemption(&world, &placed).await.status, RedemptionStatus::Committed);
    assert_eq!((world.uses_of(&free).await, world.balance_of(&budi).await), (1, 0));
    world.books_are_right().await;
}

#[tokio::test]
async fn at_sign_in_the_guests_code_replaces_the_customers_only_where_it_counts() {
    let (world, _) = open_shop().await;
    let (budi, ctx) = (world.buyer("budi").await, world.system());
    let own = Owner::Customer(budi.customer_id.clone());
    let item = CheckoutItem { plan: "ghost-basic".into(), cycle: "monthly".into(), config: json!({}) };
    let code_after = async |guests: &str| {
        let token = cart::new_token();
        let guest = Owner::Guest(token.clone());
        cart::add(&ctx, &guest, item.clone()).await.unwrap();
        cart::apply_coupon(&ctx, &guest, guests).await.unwrap();
        if guests == "ENDED" {
            coupons::end(&ctx, &coupons::find::by_code(&ctx.db, guests).await.unwrap().unwrap().id).await.unwrap();
        }
        cart::take_over(&ctx, &token, &budi.customer_id).await.unwrap();
        cart::view(&ctx, &own).await.unwrap().coupon_code()
    };
    for code in ["OWN", "ENDED", "BETTER"] {
        world.coupon(code, Discount::Percent(1_000), |_, _| {}).await;
    }
    cart::add(&ctx, &own, item.clone()).await.unwrap();
    cart::apply_coupon(&ctx, &own, "OWN").await.unwrap();

    assert_eq!(code_after("ENDED").await.as_deref(), Some("OWN"));
    assert_eq!(code_after("BETTER").await.as_deref(), Some("BETTER"));
}

#[tokio::test]
async fn the_cart_shows_what_is_charged_and_says_when_a_code_no_longer_counts() {
    let (world, _) = open_shop().await;
    let (budi, ctx) = (world.buyer("budi").await, world.system());
    let guest = Owner::Guest(cart::new_token());
    let item = CheckoutItem { plan: "ghost-basic".into(), cycle: "monthly".into(), config: json!({}) };
    let coupon = world.coupon("HEMAT20", Discount::Percent(2_000), |_, _| {}).await;
    assert!(cart::apply_coupon(&ctx, &guest, "HEMAT20").await.is_err(), "there is nothing to take it off");
    cart::add(&ctx, &guest, item.clone()).await.unwrap();
    let before = cart::view(&ctx, &guest).await.unwrap().fingerprint();
    assert_eq!(cart::apply_coupon(&ctx, &guest, "HEMAT99").await.unwrap_err().code(), "COUPON_INVALID");
    cart::apply_coupon(&ctx, &guest, "hemat20").await.unwrap();
    assert_ne!(cart::view(&ctx, &guest).await.unwrap().fingerprint(), before, "another offer");
    let Owner::Guest(token) = &guest else { unreachable!() };
    cart::take_over(&ctx, token, &budi.customer_id).await.unwrap();

    let own = Owner::Customer(budi.customer_id.clone());
    let shown = cart::view(&ctx, &own).await.unwrap();
    assert_eq!((shown.totals.discount_minor, shown.totals.total_minor), (10_000, 44_400));
    let mut checkout = world.checkout(&budi, &["ghost-basic"]);
    (checkout.coupon, checkout.cart) = (shown.coupon_code(), shown.ordered());
    coupons::end(&ctx, &coupon.id).await.unwrap();
    assert_eq!(reason(ordering::place(&ctx, checkout.clone()).await), "expired");
    let later = cart::view(&ctx, &own).await.unwrap();
    assert_eq!((later.totals.total_minor, later.coupon_code()), (55_500, None), "in full, and it says why");
    assert!(later.coupon.is_some_and(|coupon| coupon.outcome == Err(coupons::Refusal::Expired)));

    world.coupon("HEMAT10", Discount::Percent(1_000), |_, _| {}).await;
    cart::apply_coupon(&ctx, &own, "HEMAT10").await.unwrap();
    let shown = cart::view(&ctx, &own).await.unwrap();
    (checkout.coupon, checkout.cart) = (shown.coupon_code(), shown.ordered());
    let placed = ordering::place(&ctx, checkout).await.unwrap();
    assert_eq!(placed.invoice.total_minor, shown.totals.total_minor, "the price shown is the price charged");
    cart::add(&ctx, &own, item).await.unwrap();
    assert!(cart::view(&ctx, &own).await.unwrap().coupon.is_none(), "the next order is another one");
}

#[tokio::test]
async fn what_has_been_used_keeps_its_terms_and_may_be_limited_or_ended() {
    let (world, _) = open_shop().await;
    let (budi, ctx) = (world.buyer("budi").await, world.system());
    let row = world.coupon("TETAP", Discount::Percent(1_000), |_, _| {}).await;
    let input = |row: &coupon::Model, discount: Discount, max_uses: Option<i64>| CouponInput {
        code: row.code.clone(),
        terms: coupons::Terms { discount, ..coupons::terms_of(row) },
        limits: coupons::Limits { max_uses, note: "Musim hujan".into(), ..coupons::Limits::default() },
    };
    let cheaper = Discount::Percent(1_500);
    let changed = coupons::change(&ctx, &row.id, input(&row, cheaper, None)).await.unwrap();
    assert_eq!(coupons::discount_of(&changed), cheaper, "nobody has used it yet");
    for _ in 0..2 {
        world.orders_with(&budi, &["ghost-basic"], "TETAP").await.unwrap();
    }

    let refused = coupons::change(&ctx, &row.id, input(&row, Discount::Percent(2_000), None)).await.unwrap_err();
    assert_eq!(refused.code(), "COUPON_IN_USE");
    let renamed = CouponInput { code: "LAIN".into(), ..input(&row, cheaper, None) };
    assert_eq!(coupons::change(&ctx, &row.id, renamed).await.unwrap_err().code(), "COUPON_IN_USE");
    let too_few = coupons::change(&ctx, &row.id, input(&row, cheaper, Some(1))).await.unwrap_err();
    assert_eq!(too_few.fields()[0].code, "below_used");
    let limited = coupons::change(&ctx, &row.id, input(&row, cheaper, Some(2))).await.unwrap();
    assert_eq!((limited.used, limited.max_uses, limited.note.as_deref()), (2, Some(2), Some("Musim hujan")));
    assert_eq!(reason(world.orders_with(&budi, &["ghost-basic"], "TETAP").await), "used_up");
    for _ in 0..2 {
        coupons::end(&ctx, &row.id).await.unwrap();
    }
    assert_eq!(coupons::change(&ctx, &row.id, input(&row, cheaper, None)).await.unwrap_err().code(), "COUPON_ENDED");
    world.books_are_right().await;
}

#[tokio::test]
async fn wrong_coupons_are_refused_field_by_field() {
    let (world, _) = open_shop().await;
    let (ctx, now) = (world.system(), world.services.clock.now());
    world.coupon("ADA", Discount::Percent(1_000), |_, _| {}).await;
    let good = world.coupon("BAIK", Discount::Fixed(1_000), |_, _| {}).await;
    let wrong = CouponInput {
        code: "SPASI DI SINI".into(),
        terms: coupons::Terms {
            discount: Discount::Percent(10_001),
            scope: CouponScope { plans: vec!["pln_nothing".into()], ..CouponScope::default() },
            renewals: Some(-1),
            minimum_minor: -1,
            ..coupons::terms_of(&good)
        },
        limits: coupons::Limits {
            max_uses: Some(0),
            max_uses_per_customer: Some(0),
            starts_at: Some(now),
            ends_at: Some(now),
            ..coupons::Limits::default()
        },
    };
    let faults = coupons::add(&ctx, wrong).await.unwrap_err().fields();
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    let all = ["code", "value", "renewals", "max_uses", "max_uses_per_customer", "minimum", "ends_on", "scope"];
    assert_eq!(fields, all);
    let limits = coupons::Limits::default();
    let twin = CouponInput { code: "ada".into(), terms: coupons::terms_of(&good), limits };
    assert_eq!(coupons::add(&ctx, twin).await.unwrap_err().fields()[0].code, "coupon_taken");
}

impl Story {
    /// As `begin`, with a coupon: 20 % off for so many renewals, or for all.
    async fn with_coupon(renewals: Option<i64>) -> (Self, coupon::Model) {
        let world = World::with(|services| {
            services.drivers = vec![std::sync::Arc::new(crate::support::driver::Scripted::default())];
        })
        .await;
        let world = world.tells_of_money();
        world.open_shop().await;
        world.cluster("Jakarta 1", 640_000).await;
        let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
        world.plan(&ghost, "ghost-basic", 1, 5).await;
        world.plan(&ghost, "ghost-pro", 2, 5).await;
        world.plan(&ghost, "ghost-max", 3, 5).await;
        let budi = world.buyer("budi").await;
        let coupon = world.coupon("HEMAT20", Discount::Percent(2_000), |terms, _| terms.renewals = renewals).await;
        world.gives(&budi, 44_400).await;
        let placed = world.orders_with(&budi, &["ghost-basic"], "HEMAT20").await.unwrap();
        world.pays(&placed).await;
        world.settle_down().await;
        let contract = world.contract(&placed).await;
        (Self { world, budi, contract }, coupon)
    }

    async fn left(&self) -> Option<discount::Next> {
        discount::next(&self.world.services.db, &self.now().await).await.unwrap()
    }

    async fn asked(&self) -> Vec<(i64, i64)> {
        self.renewals().await.iter().map(|bill| (bill.discount_minor, bill.total_minor)).collect()
    }
}

#[tokio::test]
async fn renewals_have_it_off_as_often_as_promised_whatever_becomes_of_the_coupon() {
    let (story, coupon) = Story::with_coupon(Some(2)).await;
    coupons::end(&story.world.system(), &coupon.id).await.unwrap();
    story.world.gives(&story.budi, 500_000).await;
    assert_eq!(story.left().await.unwrap().renewals_left, Some(2));
    let at = wib("2026-12-14T00:01:00");
    let told = subscriptions::forecast(&story.world.system(), at).await.unwrap();
    assert_eq!((told.renewals, told.net["IDR"]), (1, 40_000), "the forecast knows it");

    story.until(wib("2026-12-22T12:00:00")).await;
    assert_eq!(story.asked().await, [(10_000, 44_400)]);
    assert_eq!(story.left().await.unwrap().renewals_left, Some(1));
    let bill = &story.renewals().await[0];
    assert_eq!(bill.notes.as_deref(), Some("Kode promo: HEMAT20"));
    story.until(wib("2027-02-22T12:00:00")).await;
    assert_eq!(story.asked().await, [(10_000, 44_400), (10_000, 44_400), (0, 55_500)]);
    assert_eq!(story.left().await, None);
    assert_eq!(story.world.uses_of(&coupon).await, 1, "renewals are no further uses");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_renewal_that_is_withdrawn_or_void_does_not_cost_a_promised_one() {
    let (story, _) = Story::with_coupon(Some(1)).await;
    let ctx = story.world.system();
    story.world.advance(wib("2026-12-14T00:01:00") - story.world.services.clock.now());
    renew::issue_due(&ctx).await.unwrap();
    assert_eq!(story.asked().await, [(10_000, 44_400)]);
    assert_eq!(story.left().await.unwrap().renewals_left, Some(1), "the one that is out is the promised one");

    let (customer, id) = (&story.budi.customer_id, &story.contract.id);
    subscriptions::cancel::set_auto_renew(&ctx, customer, id, false).await.unwrap();
    assert_eq!(story.left().await.unwrap().renewals_left, Some(1), "withdrawn, it was not given");
    subscriptions::cancel::set_auto_renew(&ctx, customer, id, true).await.unwrap();
    renew::issue_due(&ctx).await.unwrap();
    assert_eq!(story.asked().await, [(10_000, 44_400), (10_000, 44_400)]);
    let again = story.renewals().await.pop().unwrap();
    invoices::void_now(&ctx, &again.id, "Salah").await.unwrap();
    assert_eq!(story.left().await.unwrap().renewals_left, Some(1));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_change_of_plan_credits_what_was_really_paid_and_keeps_the_promise() {
    let (story, _) = Story::with_coupon(None).await;
    let (ctx, customer, id) = (story.world.system(), &story.budi.customer_id, &story.contract.id);
    story.world.gives(&story.budi, 500_000).await;
    let quote = change::quote(&ctx, customer, id, "ghost-pro").await.unwrap();
    let whole = 30 * 86_400;
    let rest = whole - 10 * 3_600;
    let part = |price: i64| (price * rest * 2 + whole) / (whole * 2);
    let amounts: Vec<i64> = quote.lines.iter().map(|line| line.amount_minor).collect();
    assert_eq!(amounts[..2], [part(100_000), -part(40_000)], "today's price, less what was paid");
    assert_eq!(change::coupon_after(&ctx, &quote.change).await.unwrap(), Some(("HEMAT20".into(), 20_000)));

    change::accept(&ctx, customer, id, &quote.change.id, None).await.unwrap();
    story.world.settle_down().await;
    assert_eq!(story.now().await.price_minor, 100_000);
    let paid = subscriptions::find::paid_cycles(&ctx.db, id, ctx.now()).await.unwrap();
    assert_eq!(paid.iter().map(|cycle| cycle.discount_minor).sum::<i64>(), 0, "the rest is paid for in full now");
    story.until(wib("2026-12-22T12:00:00")).await;
    assert_eq!(story.asked().await, [(20_000, 88_800)]);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_promised_renewal_that_is_paid_ahead_keeps_its_coupon_on_the_new_plan() {
    let (story, _) = Story::with_coupon(Some(2)).await;
    let (ctx, customer, id) = (story.world.system(), &story.budi.customer_id, &story.contract.id);
    story.world.gives(&story.budi, 500_000).await;
    story.world.advance(wib("2026-12-14T00:01:00") - story.world.services.clock.now());
    renew::issue_due(&ctx).await.unwrap();
    assert_eq!(story.left().await.unwrap().renewals_left, Some(2), "the one that is out is one of them");
    story.pays_renewal().await;
    assert_eq!(story.left().await.unwrap().renewals_left, Some(1));

    let quote = change::quote(&ctx, customer, id, "ghost-pro").await.unwrap();
    let amounts: Vec<i64> = quote.lines.iter().map(|line| line.amount_minor).collect();
    assert_eq!(amounts[2..4], [80_000, -40_000], "the month that is paid ahead has a fifth off on both plans");
    change::accept(&ctx, customer, id, &quote.change.id, None).await.unwrap();
    story.world.settle_down().await;
    let ahead = subscriptions::find::paid_cycles(&ctx.db, id, ctx.now()).await.unwrap().pop().unwrap();
    assert_eq!((ahead.number, ahead.discount_minor), (2, 20_000));

    let further = change::quote(&ctx, customer, id, "ghost-max").await.unwrap();
    let taken_back = further.lines[3].amount_minor;
    assert_eq!(taken_back, -80_000, "what was really paid for it");
    story.until(wib("2027-01-22T12:00:00")).await;
    assert_eq!(story.asked().await, [(10_000, 44_400), (20_000, 88_800)]);
    assert_eq!(story.left().await, None, "both promised ones were given");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn the_page_of_a_change_knows_the_coupon_of_the_renewal_that_is_asked_for_anew() {
    let (story, _) = Story::with_coupon(Some(1)).await;
    let (ctx, customer, id) = (story.world.system(), &story.budi.customer_id, &story.contract.id);
    story.world.advance(wib("2026-12-14T00:01:00") - story.world.services.clock.now());
    renew::issue_due(&ctx).await.unwrap();
    let quote = change::quote(&ctx, customer, id, "ghost-pro").await.unwrap();
    assert_eq!(change::coupon_after(&ctx, &quote.change).await.unwrap(), Some(("HEMAT20".into(), 20_000)));
}

#[tokio::test]
async fn a_coupon_that_is_not_for_the_new_plan_ends_with_the_change() {
    let (story, coupon) = Story::with_coupon(None).await;
    let (ctx, customer, id) = (story.world.system(), &story.budi.customer_id, &story.contract.id);
    // As if it had been made for the basic plan alone.
    let scope = CouponScope { plans: vec![story.contract.plan_id.0.clone()], ..CouponScope::default() };
    let row = coupon::ActiveModel { id: sea_orm::Set(coupon.id), scope: sea_orm::Set(scope), ..Default::default() };
    coupon::Entity::update(row).exec(&ctx.db).await.unwrap();
    story.world.gives(&story.budi, 500_000).await;
    let quote = change::quote(&ctx, customer, id, "ghost-pro").await.unwrap();
    assert_eq!(change::coupon_after(&ctx, &quote.change).await.unwrap(), Some(("HEMAT20".into(), 0)));
    change::accept(&ctx, customer, id, &quote.change.id, None).await.unwrap();
    story.world.settle_down().await;
    let changed: subscription::Model = story.now().await;
    assert_eq!((changed.price_minor, changed.discount), (100_000, None));
    story.until(wib("2026-12-22T12:00:00")).await;
    assert_eq!(story.asked().await, [(0, 111_000)]);
    story.world.books_are_right().await;
}
