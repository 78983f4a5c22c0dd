//! Priced options: what is shown is what is asked for, what was sold stays sold, and nothing is rounded away (ADR 0122).
use super::renewals::{Story, wib};
use crate::support::{
    World,
    driver::Scripted,
    options::facts,
    shop::{self, Buyer},
};
use chrono::Duration;
use entity::{
    billing::{invoice, invoice_item, revenue_schedule},
    catalog::{plan, product, product_option},
    platform::audit_log,
    value::{Cycle, Discount, InvoiceKind, OptionKind, PlanChangeStatus, PurchasePolicy},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use std::sync::Arc;
use yumna::{
    domain::{
        billing::invoice as invoices,
        catalog::{
            CatalogError,
            coupon::{Limits, Terms},
            find, options as offered,
            write::{self, NewOptionPrice, NewPrice, UNIT, ValueFacts, YES},
        },
        customers,
        ordering::{
            self, Checkout, CheckoutItem, OrderingError, Placed,
            cart::{self, Owner},
            change::{self, later},
            checkout,
            pricing::{self, choice_view},
        },
        settings,
        subscriptions::{renew, terms},
    },
    kernel::fault::Fault,
};

/// Rp 50.000 and Rp 100.000 a month, with support for Rp 20.000 or nothing, hours for Rp 15.000 and reports for Rp 7.777.
struct Shop {
    world: World,
    budi: Buyer,
    ghost: product::Model,
    basic: plan::Model,
    support: product_option::Model,
    reports: product_option::Model,
}

async fn shop() -> Shop {
    let world = World::with(|services| services.drivers = vec![Arc::new(Scripted::default())]).await;
    let world = world.tells_of_money();
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let basic = world.plan(&ghost, "ghost-basic", 1, 50).await;
    world.plan(&ghost, "ghost-pro", 2, 50).await;
    let support = world.choice_option(&ghost, "support", &[("plain", 0), ("fast", 20_000)]).await;
    world.counted_option(&ghost, "hours", 15_000).await;
    let reports = world.switch_option(&ghost, "reports", 7_777).await;
    let budi = world.buyer("budi").await;
    // More in one go would wait for somebody else's word.
    for _ in 0..5 {
        world.gives(&budi, 1_000_000).await;
    }
    Shop { world, budi, ghost, basic, support, reports }
}

/// All three: Rp 72.777 a month.
fn all() -> Value {
    json!({ "support": "fast", "hours": 3, "reports": true })
}

fn with(answers: &Value) -> CheckoutItem {
    CheckoutItem { plan: "ghost-basic".into(), cycle: "monthly".into(), config: json!({ "options": answers }) }
}

impl Shop {
    fn checkout(&self, answers: &Value) -> Checkout {
        Checkout { items: vec![with(answers)], ..self.world.checkout(&self.budi, &[]) }
    }

    async fn places(&self, answers: &Value) -> Result<Placed, OrderingError> {
        ordering::place(&self.world.system(), self.checkout(answers)).await
    }

    async fn lines(&self, bill: &invoice::Model) -> Vec<invoice_item::Model> {
        invoices::get_full(&self.world.services.db, &bill.id).await.unwrap().items
    }

    async fn story(self, placed: &Placed) -> Story {
        if placed.invoice.total_minor > 0 {
            self.world.pays(placed).await;
        }
        self.world.settle_down().await;
        let contract = self.world.contract(placed).await;
        Story { world: self.world, budi: self.budi, contract }
    }

    /// Sold with all three and running.
    async fn sold(self) -> Story {
        let placed = self.places(&all()).await.unwrap();
        self.story(&placed).await
    }
}

fn nets(lines: &[invoice_item::Model]) -> Vec<i64> {
    lines.iter().map(|line| line.net_minor).collect()
}

fn wrong(fault: &impl Fault) -> Vec<String> {
    fault.fields().iter().map(|fault| format!("{}:{}", fault.field, fault.code)).collect()
}

#[tokio::test]
async fn what_is_shown_is_asked_for_line_by_line_and_agreed_for_good() {
    let shop = shop().await;
    let ctx = shop.world.system();
    let tax = pricing::buyer_tax(&ctx, Some(&shop.budi.customer_id)).await.unwrap();
    let choices = checkout::choose(&ctx, &[with(&all())]).await.unwrap();
    let shown = choice_view(&choices[0], &tax).unwrap();
    assert_eq!((shown.amount, shown.total), (122_777, shown.amount + shown.tax));

    let placed = shop.places(&all()).await.unwrap();

    assert_eq!(placed.invoice.total_minor, shown.total, "the price shown is the price charged");
    assert_eq!(placed.invoice.total_minor, pricing::totals(&choices, &tax, None).unwrap().total_minor);
    let lines = shop.lines(&placed.invoice).await;
    assert_eq!(nets(&lines), [50_000, 20_000, 45_000, 7_777]);
    assert_eq!(
        lines.iter().map(|line| line.tax_minor).collect::<Vec<_>>(),
        [5_500, 2_200, 4_950, 855],
        "each by itself"
    );
    assert!(lines.iter().all(|line| line.cycle_number == Some(1)));
    assert!(lines[2].description.ends_with(": hours: 3 hour"), "{}", lines[2].description);
    assert_eq!(placed.items[0].amount_minor, 122_777);
    let contract = shop.world.contract(&placed).await;
    assert_eq!((contract.price_minor, contract.options.amount_minor()), (122_777, Some(72_777)));
    assert_eq!(contract.options.answers(), json!({ "support": "fast", "hours": 3, "reports": true }));
    assert!(contract.config.get("options").is_none(), "what sets services up never sees them");
    let story = shop.story(&placed).await;
    assert_eq!(story.world.balance_of(&story.budi).await, 5_000_000 - shown.total);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn renewals_ask_for_what_was_agreed_whatever_the_shop_does() {
    let shop = shop().await;
    let (reports, support) = (shop.reports.id.clone(), shop.support.id.clone());
    let story = shop.sold().await;
    let ctx = story.world.system();
    write::retire_option(&ctx, &reports).await.unwrap();
    let dearer = NewOptionPrice { cycle: Cycle::Monthly, amount_minor: 99_000, tax_included: None };
    write::set_option_price(&ctx, &support, "fast", dearer).await.unwrap();
    write::revise_option(&ctx, &support, |facts| facts.name = shop::words("Bantuan")).await.unwrap();
    story.world.advance(Duration::days(24));

    renew::issue_due(&ctx).await.unwrap();

    let bill = story.renewals().await.pop().unwrap();
    let lines = invoices::get_full(&ctx.db, &bill.id).await.unwrap().items;
    assert_eq!(nets(&lines), [50_000, 20_000, 45_000, 7_777]);
    assert!(lines[1].description.ends_with(": support: fast"), "in the words it was sold with");
    assert!(lines.iter().all(|line| line.period_start == lines[0].period_start && line.cycle_number == Some(2)));
    story.pays_renewal().await;
    story.world.books_are_right().await;
}

#[tokio::test]
async fn answers_are_checked_and_everything_wrong_is_named_where_it_was_said() {
    let shop = shop().await;
    let other = shop::GHOST.replacen("id = \"ghost\"", "id = \"ghost-two\"", 1);
    let other = shop.world.service(&other, PurchasePolicy::Multiple).await;
    shop.world.switch_option(&other, "foreign", 1_000).await;
    let never = "items[0].config.options";
    for (answers, field) in [
        (json!({ "foreign": true }), ".foreign:unknown"),
        (json!({ "<b>": true }), ".b:unknown"),
        (json!({ "support": "slow" }), ".support:option"),
        (json!({ "support": ["fast"] }), ".support:invalid"),
        (json!({ "support": true }), ".support:option"),
        (json!({ "hours": 11 }), ".hours:out_of_range"),
        (json!({ "hours": -1 }), ".hours:out_of_range"),
        (json!({ "hours": i64::MAX }), ".hours:out_of_range"),
        (json!({ "hours": u64::MAX }), ".hours:number"),
        (json!({ "hours": 1.5 }), ".hours:number"),
        (json!({ "hours": "3x" }), ".hours:number"),
        (json!({ "reports": "yes" }), ".reports:bool"),
        (json!({ "reports": 1 }), ".reports:bool"),
        (json!("support"), ":invalid"),
        (json!([1]), ":invalid"),
    ] {
        let refused = shop.places(&answers).await.unwrap_err();
        assert_eq!(refused.code(), "VALIDATION_FAILED", "{answers}");
        assert_eq!(wrong(&refused), [format!("{never}{field}")], "{answers}");
    }
    for nothing in [json!(null), json!({}), json!({ "hours": 0, "reports": false, "support": "", "foreign": null })] {
        let placed = shop.places(&nothing).await.unwrap();
        assert_eq!((placed.invoice.subtotal_minor, shop.lines(&placed.invoice).await.len()), (50_000, 1), "{nothing}");
    }
    let free = shop.places(&json!({ "support": "plain", "hours": "2" })).await.unwrap();
    assert_eq!(nets(&shop.lines(&free.invoice).await), [50_000, 30_000], "what costs nothing is agreed and is no line");
    assert_eq!(shop.world.contract(&free).await.options.0.len(), 2);
}

#[tokio::test]
async fn what_is_required_is_asked_for_where_it_is_offered() {
    let shop = shop().await;
    let ctx = shop.world.system();
    write::revise_option(&ctx, &shop.support.id, |facts| facts.is_required = true).await.unwrap();
    let refused = shop.places(&json!({})).await.unwrap_err();
    assert_eq!(wrong(&refused), ["items[0].config.options.support:required"]);
    for value in ["plain", "fast"] {
        write::remove_option_price(&ctx, &shop.support.id, value, Cycle::Monthly).await.unwrap();
    }
    assert!(shop.places(&json!({})).await.is_ok(), "it has no price for a month and is not asked for");
    let refused = shop.places(&json!({ "support": "fast" })).await.unwrap_err();
    assert_eq!(wrong(&refused), ["items[0].config.options.support:unknown"]);
}

#[tokio::test]
async fn a_cart_shows_its_options_and_what_became_of_them() {
    let shop = shop().await;
    let (ctx, owner) = (shop.world.system(), Owner::Customer(shop.budi.customer_id.clone()));
    let refused = cart::add(&ctx, &owner, with(&json!({ "hours": 99 }))).await.unwrap_err();
    assert_eq!(wrong(&refused), ["config.options.hours:out_of_range"]);
    cart::add(&ctx, &owner, with(&all())).await.unwrap();
    let seen = cart::view(&ctx, &owner).await.unwrap();
    assert_eq!((seen.totals.subtotal_minor, seen.lines[0].choice.options.0.len()), (122_777, 3));
    write::retire_option(&ctx, &shop.reports.id).await.unwrap();
    let now = cart::view(&ctx, &owner).await.unwrap();
    assert_eq!(now.totals.subtotal_minor, 115_000, "what is gone is left out");
    assert_ne!(now.fingerprint(), seen.fingerprint());
    let checkout = |view: &cart::CartView| Checkout {
        items: view.checkout_items(),
        cart: view.ordered(),
        ..shop.world.checkout(&shop.budi, &[])
    };
    let mut stale = checkout(&now);
    stale.cart = seen.ordered();
    let refused = ordering::place(&ctx, stale).await.unwrap_err();
    assert!(matches!(refused, OrderingError::CartChanged), "{refused:?}");
    let placed = ordering::place(&ctx, checkout(&now)).await.unwrap();
    assert_eq!(placed.invoice.total_minor, now.totals.total_minor);
}

#[tokio::test]
async fn a_coupon_takes_its_part_of_plan_and_options_to_the_last_rupiah_also_off_renewals() {
    let shop = shop().await;
    let coupon = |terms: &mut Terms, _: &mut Limits| terms.renewals = None;
    shop.world.coupon("TETAP", Discount::Fixed(10_001), coupon).await;
    let checkout = Checkout { coupon: Some("TETAP".into()), ..shop.checkout(&all()) };
    let placed = ordering::place(&shop.world.system(), checkout).await.unwrap();
    let lines = shop.lines(&placed.invoice).await;
    let off: Vec<i64> = lines.iter().map(|line| line.discount_minor).collect();
    assert_eq!((lines.len(), off.iter().sum::<i64>(), placed.invoice.discount_minor), (4, 10_001, 10_001));
    assert!(lines.iter().all(|line| line.discount_minor > 0 && line.net_minor > 0), "{off:?}");
    let story = shop.story(&placed).await;
    story.world.advance(Duration::days(24));
    renew::issue_due(&story.world.system()).await.unwrap();
    let bill = story.renewals().await.pop().unwrap();
    assert_eq!((bill.subtotal_minor, bill.discount_minor), (112_776, 10_001));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn another_plan_takes_the_options_along_and_costs_what_was_quoted() {
    let shop = shop().await;
    let support = shop.support.id.clone();
    let story = shop.sold().await;
    let (ctx, customer, id) = (story.world.system(), story.budi.customer_id.clone(), story.contract.id.clone());
    let dearer = NewOptionPrice { cycle: Cycle::Monthly, amount_minor: 99_000, tax_included: None };
    write::set_option_price(&ctx, &support, "fast", dearer).await.unwrap();

    let (offer, price, options) = change::choices(&ctx, &customer, &id).await.unwrap().remove(0);
    assert_eq!((offer.plan.code.as_str(), price.amount_minor), ("ghost-pro", 172_777));
    assert_eq!(options, story.contract.options, "whoever chooses is told what the price is for");
    let quote = change::quote(&ctx, &customer, &id, "ghost-pro").await.unwrap();

    let amounts: Vec<i64> = quote.lines.iter().map(|line| line.amount_minor).collect();
    assert_eq!(amounts.iter().sum::<i64>(), quote.change.total_minor);
    assert_eq!((quote.change.from_price_minor, quote.change.to_price_minor), (122_777, 172_777), "as agreed");
    assert!(quote.lines[0].description.contains("support: fast"), "{}", quote.lines[0].description);
    let before = story.world.balance_of(&story.budi).await;
    change::accept(&ctx, &customer, &id, &quote.change.id, None).await.unwrap();
    story.world.settle_down().await;
    let change = change::find::get(&ctx.db, &quote.change.id).await.unwrap();
    assert_eq!(change.status, PlanChangeStatus::Done);
    assert_eq!(before - story.world.balance_of(&story.budi).await, quote.change.total_minor);
    let now = story.now().await;
    assert_eq!((now.price_minor, &now.options), (172_777, &story.contract.options));
    story.world.advance(Duration::days(24));
    renew::issue_due(&ctx).await.unwrap();
    assert_eq!(story.renewals().await.pop().unwrap().subtotal_minor, 172_777);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn another_cycle_takes_them_along_at_todays_price_and_is_offered_only_with_all_of_them() {
    let shop = shop().await;
    let (reports, support) = (shop.reports.id.clone(), shop.support.id.clone());
    let story = shop.sold().await;
    let (ctx, customer, id) = (story.world.system(), story.budi.customer_id.clone(), story.contract.id.clone());
    let dearer = NewOptionPrice { cycle: Cycle::Annually, amount_minor: 210_000, tax_included: None };
    write::set_option_price(&ctx, &support, "fast", dearer).await.unwrap();

    let change = later::schedule(&ctx, &customer, &id, "ghost-basic", "annually").await.unwrap();

    assert_eq!(change.to_price_minor, 500_000 + 210_000 + 450_000 + 77_770);
    let agreed = terms::to_renew(&story.now().await);
    assert_eq!((agreed.price_minor, agreed.options.amount_minor()), (change.to_price_minor, Some(737_770)));
    story.until(wib("2026-12-14T08:00:00")).await;
    let bill = story.renewals().await.pop().unwrap();
    let lines = invoices::get_full(&ctx.db, &bill.id).await.unwrap().items;
    assert_eq!(nets(&lines), [500_000, 210_000, 450_000, 77_770]);
    story.pays_renewal().await;
    story.until(wib("2026-12-22T08:00:00")).await;
    let now = story.now().await;
    assert_eq!((now.cycle, now.price_minor, &now.options), (Cycle::Annually, 1_237_770, &agreed.options));

    write::retire_option(&ctx, &reports).await.unwrap();
    let possible = later::choices(&ctx, &customer, &id).await.unwrap();
    assert!(possible.is_empty(), "back to months, the reports would be gone: {possible:?}");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_trial_is_followed_by_the_price_of_plan_and_options() {
    let shop = shop().await;
    let ctx = shop.world.system();
    write::set_trial(&ctx, &shop.ghost.id, 14).await.unwrap();
    let placed = shop.places(&all()).await.unwrap();
    assert_eq!(placed.invoice.total_minor, 0);
    let story = shop.story(&placed).await;
    story.until(wib("2026-12-02T08:00:00")).await;
    let asked = invoice::Entity::find()
        .filter(invoice::Column::Kind.eq(InvoiceKind::Order))
        .filter(invoice::Column::TotalMinor.gt(0))
        .order_by_desc(invoice::Column::Id);
    let asked = asked.one(&ctx.db).await.unwrap().unwrap();
    let lines = invoices::get_full(&ctx.db, &asked.id).await.unwrap().items;
    assert_eq!(nets(&lines), [50_000, 20_000, 45_000, 7_777]);
}

#[tokio::test]
async fn a_year_of_plan_and_options_is_earned_line_by_line_and_taken_back_whole() {
    let shop = shop().await;
    let ctx = shop.world.system();
    settings::save_section(&ctx, settings::Books { defers_revenue: true }).await.unwrap();
    let mut checkout = shop.checkout(&all());
    checkout.items[0].cycle = "annually".to_owned();
    let placed = ordering::place(&ctx, checkout).await.unwrap();
    let story = shop.story(&placed).await;
    let rows = revenue_schedule::Entity::find().all(&ctx.db).await.unwrap();
    let mut wholes: Vec<i64> = rows.iter().map(|row| row.whole_minor).collect();
    wholes.sort_unstable();
    assert_eq!(wholes, [77_770, 200_000, 450_000, 500_000]);
    assert!(rows.iter().all(|row| row.starts_on.is_some() && row.ends_on == rows[0].ends_on));
    story.world.advance(Duration::days(100));
    ordering::provision_failed(&ctx, &story.contract.id).await.unwrap();
    assert_eq!(story.world.balance_of(&story.budi).await, 5_000_000);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn what_cannot_be_delivered_is_paid_back_with_its_options() {
    let shop = shop().await;
    let story = shop.sold().await;
    ordering::provision_failed(&story.world.system(), &story.contract.id).await.unwrap();
    assert_eq!(story.world.balance_of(&story.budi).await, 5_000_000);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn prices_with_tax_go_with_prices_with_tax_only_and_who_owes_none_pays_each_net() {
    let shop = shop().await;
    let (ctx, ana) = (shop.world.system(), shop.world.staff("ana"));
    let price = NewPrice { cycle: Cycle::Monthly, amount_minor: 50_000, setup_fee_minor: 0, tax_included: Some(true) };
    write::set_price(&ctx, &shop.basic.id, price).await.unwrap();
    let refused = shop.places(&json!({ "support": "fast" })).await.unwrap_err();
    assert_eq!(wrong(&refused), ["items[0].config.options.support:unknown"], "written otherwise, it is not offered");
    let written = NewOptionPrice { cycle: Cycle::Monthly, amount_minor: 20_000, tax_included: Some(true) };
    write::set_option_price(&ctx, &shop.support.id, "fast", written).await.unwrap();

    let placed = shop.places(&json!({ "support": "fast" })).await.unwrap();

    assert_eq!(placed.invoice.total_minor, 70_000, "what is written is what is paid");
    let lines = shop.lines(&placed.invoice).await;
    assert_eq!(lines.iter().map(|line| line.net_minor + line.tax_minor).collect::<Vec<_>>(), [50_000, 20_000]);
    customers::set_tax_exemption(&ana, &shop.budi.customer_id, Some("SKB 7/2026")).await.unwrap();
    let tax = pricing::buyer_tax(&ctx, Some(&shop.budi.customer_id)).await.unwrap();
    let choices = checkout::choose(&ctx, &[with(&json!({ "support": "fast" }))]).await.unwrap();
    let free = shop.places(&json!({ "support": "fast" })).await.unwrap();
    assert_eq!(free.invoice.total_minor, nets(&lines).iter().sum::<i64>());
    assert_eq!(free.invoice.total_minor, choice_view(&choices[0], &tax).unwrap().total);
    assert_eq!(free.items[0].amount_minor, free.invoice.total_minor);
    shop.world.books_are_right().await;
}

#[tokio::test]
async fn staff_keep_options_and_the_product_remembers() {
    let shop = shop().await;
    let (ana, db) = (shop.world.staff("ana"), &shop.world.services.db);
    let refused = |result: Result<product_option::Model, CatalogError>| wrong(&result.unwrap_err());
    let add = async |code: &str, kind, facts| write::add_option(&ana, &shop.ghost.id, code, kind, facts).await;
    assert_eq!(refused(add("support", OptionKind::Switch, facts("Dukungan", &[])).await), ["code:taken"]);
    assert_eq!(
        refused(add("X y", OptionKind::Choice, facts(" ", &[])).await),
        ["code:slug", "name_id:required", "name_en:required", "values:required"]
    );
    assert_eq!(refused(add("new", OptionKind::Choice, facts("Baru", &["a", "a"])).await), ["values[1].code:taken"]);
    let mut many = facts("Baru", &["hour"]);
    (many.minimum, many.maximum) = (0, 10_001);
    assert_eq!(refused(add("new", OptionKind::Quantity, many).await), ["min:out_of_range", "max:out_of_range"]);
    let two_units = facts("Baru", &["hour", "day"]);
    assert_eq!(refused(add("new", OptionKind::Quantity, two_units).await), ["values:too_many"]);

    let price = |amount_minor| NewOptionPrice { cycle: Cycle::Monthly, amount_minor, tax_included: None };
    let id = &shop.support.id;
    for wild in [-1, i64::MAX] {
        assert_eq!(refused(write::set_option_price(&ana, id, "fast", price(wild)).await), ["amount:out_of_range"]);
    }
    assert_eq!(refused(write::set_option_price(&ana, id, "slow", price(1)).await), ["value:unknown"]);
    let trail = || async {
        let of_product = audit_log::Entity::find().filter(audit_log::Column::TargetId.eq(shop.ghost.id.as_str()));
        of_product.count(db).await.unwrap()
    };
    let before = trail().await;
    for _ in 0..2 {
        write::set_option_price(&ana, id, "fast", price(25_000)).await.unwrap();
    }
    assert_eq!(trail().await, before + 1, "twice is once");

    // A value that is left out keeps its prices for the day it comes back.
    let only = |codes: &'static [&'static str]| move |facts: &mut write::OptionFacts| facts.values = values(codes);
    write::revise_option(&ana, id, only(&["plain"])).await.unwrap();
    assert_eq!(wrong(&shop.places(&json!({ "support": "fast" })).await.unwrap_err()).len(), 1);
    write::revise_option(&ana, id, only(&["plain", "fast"])).await.unwrap();
    let placed = shop.places(&json!({ "support": "fast" })).await.unwrap();
    assert_eq!(placed.invoice.subtotal_minor, 75_000);

    for _ in 0..2 {
        write::retire_option(&ana, id).await.unwrap();
    }
    let late = write::set_option_price(&ana, id, "fast", price(1)).await.unwrap_err();
    assert_eq!(late.code(), "RETIRED");
    assert_eq!(refused(add("support", OptionKind::Switch, facts("Lagi", &[])).await), ["code:taken"], "for ever");
    let all = offered::all_of(db, &shop.ghost.id).await.unwrap();
    assert!(all.iter().any(|row| row.id == *id && row.retired_at.is_some()), "nothing is deleted");
    assert!(offered::of_product(db, &shop.ghost.id).await.unwrap().iter().all(|row| row.id != *id));
    write::retire_product(&ana, &shop.ghost.id).await.unwrap();
    assert_eq!(add("late", OptionKind::Switch, facts("Terlambat", &[])).await.unwrap_err().code(), "RETIRED");
}

fn values(codes: &[&str]) -> Vec<ValueFacts> {
    codes.iter().map(|code| ValueFacts { code: (*code).to_owned(), name: shop::words(code) }).collect()
}

#[tokio::test]
async fn sums_beyond_reason_are_refused_and_an_offer_knows_its_options() {
    let shop = shop().await;
    let ctx = shop.world.system();
    let dear = NewOptionPrice { cycle: Cycle::Monthly, amount_minor: 1_000_000_000_000, tax_included: None };
    write::set_option_price(&ctx, &shop.reports.id, YES, dear).await.unwrap();
    let refused = shop.places(&json!({ "reports": true })).await.unwrap_err();
    assert_eq!(wrong(&refused), ["items[0].config.options:out_of_range"], "more than any price may be");
    let hours = offered::of_product(&ctx.db, &shop.ghost.id).await.unwrap();
    let hours = hours.into_iter().find(|row| row.code == "hours").unwrap();
    write::set_option_price(&ctx, &hours.id, UNIT, dear).await.unwrap();
    let refused = shop.places(&json!({ "hours": 10 })).await.unwrap_err();
    assert_eq!(wrong(&refused), ["items[0].config.options.hours:out_of_range"]);
    let offers = find::offers_by_code(&ctx.db, &["ghost-basic".to_owned()]).await.unwrap();
    assert_eq!(offers[0].options.len(), 3);
}
