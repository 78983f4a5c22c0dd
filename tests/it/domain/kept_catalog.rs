//! Staff keep the catalog: what they add is sold, what they change touches nothing that was sold, and what they retire is
//! sold to nobody any more.
use crate::support::{World, driver::Scripted, money::by_wallet, shop};
use chrono::Duration;
use entity::{
    billing::invoice,
    catalog::waitlist_entry,
    subscriptions::{cycle, subscription},
    value::{Cycle, InvoiceKind, ProductKind, PurchasePolicy},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use yumna::{
    domain::{
        catalog::{
            CatalogError, find, known_plans, template, waitlist,
            write::{self, Feature, NewPlan, NewPrice, NewProduct, PlanFacts, ProductFacts, Visibility},
        },
        ordering,
        payments::attempt,
        provisioning::follow,
        reports::{self, range::Range},
        settings,
        subscriptions::{self, renew},
    },
    kernel::fault::Fault,
};

fn codes(fault: &CatalogError) -> Vec<String> {
    fault.fields().iter().map(|fault| format!("{}:{}", fault.field, fault.code)).collect()
}

fn plan_of(product: &entity::catalog::product::Model, code: &str) -> NewPlan {
    NewPlan {
        product_id: product.id.clone(),
        code: code.to_owned(),
        visibility: Visibility::Shown,
        name: "Basic".to_owned(),
        tier: 1,
        cpu_milli: 500,
        memory_mb: 1_024,
        storage_gb: 5,
        quota_total: 3,
    }
}

/// A shop in which Budi has a contract of `ghost-basic` for a month.
async fn sold()
-> (World, shop::Buyer, entity::catalog::product::Model, entity::catalog::plan::Model, subscription::Model) {
    let world = World::with(|services| services.drivers = vec![std::sync::Arc::new(Scripted::default())]).await;
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, 5).await;
    let budi = world.buyer("budi").await;
    world.gives(&budi, 55_500).await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    world.pays(&placed).await;
    world.settle_down().await;
    let contract = world.contract(&placed).await;
    (world, budi, ghost, plan, contract)
}

#[tokio::test]
async fn a_shop_opened_by_staff_alone_sells_and_renews() {
    let world = World::with(|services| services.drivers = vec![std::sync::Arc::new(Scripted::default())]).await;
    let world = world.tells_of_money();
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ctx = world.system();
    let shipped = template::store_shipped(&ctx).await.unwrap();
    let n8n = shipped.iter().find(|row| row.slug == "n8n").unwrap();

    let shelf = write::add_category(&ctx, "otomasi", shop::words("Otomasi"), 1).await.unwrap();
    let facts = ProductFacts {
        category_id: shelf.id.clone(),
        kind: ProductKind::PaasService,
        name: "n8n".to_owned(),
        tagline: shop::words("Otomasi kerja"),
        description: shop::words("Hubungkan aplikasi Anda."),
        is_featured: true,
        position: 1,
        driver: "kubernetes".to_owned(),
        service_template_id: Some(n8n.id.clone()),
        purchase_policy: PurchasePolicy::Multiple,
        releases_quota_on_suspension: true,
    };
    let new = NewProduct { slug: n8n.slug.clone(), visibility: Visibility::Hidden, facts };
    let product = write::add_product(&ctx, new).await.unwrap();
    let plan = write::add_plan(&ctx, plan_of(&product, "n8n-basic"), &[], &[]).await.unwrap();
    let ten_days = Cycle::of_days(10).unwrap();
    let price = NewPrice { cycle: ten_days, amount_minor: 20_000, setup_fee_minor: 5_000, tax_included: None };
    write::set_price(&ctx, &plan.id, price).await.unwrap();
    assert!(find::services(&ctx.db).await.unwrap().is_empty(), "hidden until it is ready");
    template::record_agreement(&ctx, &n8n.id, "n8n Embed, contract 2026/17").await.unwrap();
    write::set_product_visibility(&ctx, &product.id, Visibility::Shown).await.unwrap();
    assert_eq!(find::services(&ctx.db).await.unwrap()[0].lowest_prices[0].cycle, ten_days);

    let budi = world.buyer("budi").await;
    world.gives(&budi, 100_000).await;
    let mut checkout = world.checkout(&budi, &["n8n-basic"]);
    checkout.items[0].cycle = "days_10".to_owned();
    let placed = ordering::place(&ctx, checkout).await.unwrap();
    assert_eq!(placed.invoice.subtotal_minor, 25_000);
    world.pays(&placed).await;
    world.settle_down().await;
    let contract = world.contract(&placed).await;
    let days = |row: &subscription::Model| (row.period_end.unwrap() - row.period_start.unwrap()).num_days();
    assert_eq!((contract.cycle, days(&contract)), (ten_days, 10));
    assert!(follow::instance_of(&ctx, &contract.id).await.unwrap().is_some(), "it is made");
    assert_eq!(contract.next_invoice_at, contract.next_renewal_at.map(|at| at - Duration::days(7)));

    // The shop changes its mind; the contract does not notice.
    write::remove_price(&ctx, &plan.id, ten_days).await.unwrap();
    write::retire_plan(&ctx, &plan.id).await.unwrap();
    world.advance(Duration::days(4));
    renew::issue_due(&ctx).await.unwrap();
    let bills = invoice::Entity::find().filter(invoice::Column::Kind.eq(InvoiceKind::Renewal));
    let bill = bills.order_by_desc(invoice::Column::Id).one(&ctx.db).await.unwrap().unwrap();
    assert_eq!(bill.subtotal_minor, 20_000, "at the price it was sold for, without setup fee");
    attempt::start(&ctx, &budi.customer_id, &bill.id, &by_wallet()).await.unwrap();
    world.settle_down().await;
    let second = cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(contract.id.as_str()))
        .filter(cycle::Column::Number.eq(2))
        .one(&ctx.db)
        .await
        .unwrap()
        .unwrap();
    let next = (second.period_start, second.period_end.map(|end| end - Duration::days(10)));
    assert_eq!(next, (contract.period_end, contract.period_end), "ten days on");

    let report = reports::mrr::report(&ctx, Range::month_of(entity::value::business_day(ctx.now()))).await.unwrap();
    let month = report.months.last().unwrap();
    assert_eq!(month.end_minor(), ten_days.monthly_minor(20_000), "20.000 every ten days are 60.833 a month");
}

#[tokio::test]
async fn words_in_addresses_are_never_used_twice_and_wrong_input_is_told_field_by_field() {
    let world = World::new().await;
    let ctx = world.system();
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = write::add_plan(&ctx, plan_of(&ghost, "ghost-basic"), &[], &[]).await.unwrap();
    write::retire_plan(&ctx, &plan.id).await.unwrap();
    let again = write::add_plan(&ctx, plan_of(&ghost, "ghost-basic"), &[], &[]).await.unwrap_err();
    assert_eq!(codes(&again), ["code:taken"]);
    let shelf = world.shelf().await;
    let again = write::add_category(&ctx, &shelf.slug, shop::words("Lain"), 1).await.unwrap_err();
    assert_eq!(codes(&again), ["slug:taken"]);

    let bad = NewPlan { name: " ".into(), tier: -1, cpu_milli: -5, quota_total: -1, ..plan_of(&ghost, "Ghost Pro") };
    let bad = write::add_plan(&ctx, bad, &[], &[]).await.unwrap_err();
    let wrong =
        ["name:required", "tier:out_of_range", "cpu_milli:out_of_range", "code:slug", "quota_total:out_of_range"];
    assert_eq!(codes(&bad), wrong);
    let no_words = |facts: &mut ProductFacts| {
        facts.tagline.en = String::new();
        facts.description.id = String::new();
        facts.driver = "steam".into();
        facts.kind = ProductKind::LateFee;
        facts.service_template_id = None;
        facts.category_id = "cat_nobody".into();
    };
    let bad = write::revise_product(&ctx, &ghost.id, no_words).await.unwrap_err();
    let wrong = [
        "category_id:unknown",
        "kind:unknown",
        "driver:unknown",
        "template_id:required",
        "tagline_en:required",
        "description_id:required",
    ];
    assert_eq!(codes(&bad), wrong);
    assert_eq!(find::product(&ctx.db, &ghost.id).await.unwrap(), ghost, "and nothing was changed");
}

#[tokio::test]
async fn what_was_sold_keeps_its_resources_and_its_revenue_account() {
    let (world, _, ghost, plan, contract) = sold().await;
    let ctx = world.system();
    let larger = |facts: &mut PlanFacts| facts.memory_mb = 8_192;
    assert_eq!(codes(&write::revise_plan(&ctx, &plan.id, larger).await.unwrap_err()), ["memory_mb:sold"]);
    let other_kind = |facts: &mut ProductFacts| facts.kind = ProductKind::Vps;
    assert_eq!(codes(&write::revise_product(&ctx, &ghost.id, other_kind).await.unwrap_err()), ["kind:sold"]);

    let renamed = write::revise_plan(&ctx, &plan.id, |facts| facts.name = "Dasar".into()).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.quota_used), ("Dasar", 1), "its stock goes on");
    let known = known_plans(&world.services, &[&plan.id]).await.unwrap();
    assert_eq!(known[&plan.id].0.name, "Dasar", "what is kept in memory is not older than the change");

    let copy = write::copy_plan(&ctx, &plan.id, "ghost-basic-2", "Basic 2").await.unwrap();
    let (copied, _) = find::plan(&ctx.db, &copy.id).await.unwrap();
    assert!(copied.plan.is_hidden && copied.plan.quota_used == 0);
    assert_eq!(copied.prices.len(), 2);
    let copy = write::revise_plan(&ctx, &copy.id, larger).await.unwrap();
    assert_eq!(copy.memory_mb, 8_192, "nobody has it yet");

    let before = subscriptions::find::get(&ctx.db, &contract.id).await.unwrap();
    assert_eq!(before, contract, "nothing of all this touched the contract");
}

#[tokio::test]
async fn what_is_retired_is_sold_to_nobody_and_goes_on_for_who_has_it() {
    let (world, budi, ghost, plan, contract) = sold().await;
    let ctx = world.system();
    let pro = world.plan(&ghost, "ghost-pro", 2, 5).await;
    let sari = world.buyer("sari").await;
    let place = waitlist::join(&ctx, &sari.customer_id, "ghost-pro").await.unwrap();
    assert_eq!(waitlist::join(&ctx, &sari.customer_id, "ghost-pro").await.unwrap(), place, "one place each");

    for _ in 0..2 {
        write::retire_plan(&ctx, &pro.id).await.unwrap();
    }
    assert!(waitlist_entry::Entity::find_by_id(place).one(&ctx.db).await.unwrap().is_none(), "nobody waits in vain");
    let wanted = ["ghost-pro".to_owned()];
    assert!(find::offers_by_code(&ctx.db, &wanted).await.unwrap().is_empty());
    assert!(find::quotable_by_code(&ctx.db, &wanted).await.unwrap().is_empty());
    assert!(ordering::change::choices(&ctx, &budi.customer_id, &contract.id).await.unwrap().is_empty());
    let shown = write::set_plan_visibility(&ctx, &pro.id, Visibility::Shown).await.unwrap_err();
    assert_eq!(shown.code(), "RETIRED");

    write::retire_product(&ctx, &ghost.id).await.unwrap();
    assert!(find::services(&ctx.db).await.unwrap().is_empty());
    assert!(find::quotable_by_code(&ctx.db, &["ghost-basic".to_owned()]).await.unwrap().is_empty());
    let refused = write::add_plan(&ctx, plan_of(&ghost, "ghost-new"), &[], &[]).await.unwrap_err();
    assert_eq!(refused.code(), "RETIRED");
    let refused = write::set_product_visibility(&ctx, &ghost.id, Visibility::Shown).await.unwrap_err();
    assert_eq!(refused.code(), "RETIRED");

    world.advance(Duration::days(25));
    assert_eq!(renew::issue_due(&ctx).await.unwrap().contracts, 1, "who has it is renewed");
    assert_eq!(world.slots_used(&plan).await, 1);
}

#[tokio::test]
async fn a_hidden_shelf_takes_everything_on_it_off_the_shop_until_it_is_shown_again() {
    let world = World::new().await;
    let ctx = world.system();
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let (shelf, wanted) = (world.shelf().await, ["ghost-basic".to_owned()]);

    write::set_category_visibility(&ctx, &shelf.id, Visibility::Hidden).await.unwrap();
    assert!(find::services(&ctx.db).await.unwrap().is_empty());
    assert!(find::categories(&ctx.db).await.unwrap().is_empty());
    assert!(find::services_of(&ctx.db, "apps").await.is_err() && find::service(&ctx.db, "ghost").await.is_err());
    assert!(find::offers_by_code(&ctx.db, &wanted).await.unwrap().is_empty(), "not by a link kept from before either");
    assert_eq!(find::quotable_by_code(&ctx.db, &wanted).await.unwrap().len(), 1, "staff may quote it");

    write::set_category_visibility(&ctx, &shelf.id, Visibility::Shown).await.unwrap();
    let moved = write::change_category(&ctx, &shelf.id, |input| input.position = 7).await.unwrap();
    assert_eq!((moved.position, moved.slug), (7, shelf.slug));
    assert_eq!(find::offers_by_code(&ctx.db, &wanted).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_waits_is_called_while_it_is_on_the_shelf_and_when_it_is_there_again() {
    let world = World::new().await;
    let ctx = world.system();
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, 5).await;
    let (shelf, sari) = (world.shelf().await, world.buyer("sari").await);
    let called = async || world.news("plan.slot_freed").await;

    waitlist::join(&ctx, &sari.customer_id, "ghost-basic").await.unwrap();
    assert_eq!(called().await, 1, "a slot is free already: nobody else would tell her");

    write::set_category_visibility(&ctx, &shelf.id, Visibility::Hidden).await.unwrap();
    assert_eq!(waitlist::offer_room(&ctx, &plan.id).await.unwrap(), 0, "nobody is called to an empty shelf");
    write::set_category_visibility(&ctx, &shelf.id, Visibility::Shown).await.unwrap();
    assert_eq!(called().await, 2);
    for offered in [1, 0] {
        assert_eq!(waitlist::offer_room(&ctx, &plan.id).await.unwrap(), offered);
    }

    waitlist::join(&ctx, &sari.customer_id, "ghost-basic").await.unwrap();
    for visibility in [Visibility::Hidden, Visibility::Shown] {
        write::set_plan_visibility(&ctx, &plan.id, visibility).await.unwrap();
    }
    for visibility in [Visibility::Hidden, Visibility::Shown] {
        write::set_product_visibility(&ctx, &ghost.id, visibility).await.unwrap();
    }
    assert_eq!(called().await, 5, "she asks again, the plan and the service are shown again");
}

#[tokio::test]
async fn a_shelf_is_asked_once_who_waits_however_many_plans_lie_on_it() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let world = World::with(move |services| {
        services.db.set_metric_callback(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
    })
    .await;
    let ctx = world.system();
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let (shelf, sari) = (world.shelf().await, world.buyer("sari").await);
    world.plan(&ghost, "ghost-1", 1, 5).await;
    let full = world.plan(&ghost, "ghost-full", 2, 0).await;
    for code in ["ghost-1", "ghost-full"] {
        waitlist::join(&ctx, &sari.customer_id, code).await.unwrap();
    }
    let before = world.news("plan.slot_freed").await;
    let shows = async || {
        write::set_category_visibility(&ctx, &shelf.id, Visibility::Hidden).await.unwrap();
        let before = asked.load(Ordering::SeqCst);
        write::set_category_visibility(&ctx, &shelf.id, Visibility::Shown).await.unwrap();
        asked.load(Ordering::SeqCst) - before
    };

    let few = shows().await;
    assert_eq!(world.news("plan.slot_freed").await, before + 1, "not of {}, which has no room", full.code);
    for number in 2..8 {
        world.plan(&ghost, &format!("ghost-{number}"), number, 5).await;
    }
    assert_eq!(shows().await, few, "plans nobody waits for are not asked about one by one");
    assert_eq!(world.news("plan.slot_freed").await, before + 2);
}

#[tokio::test]
async fn who_has_one_of_a_service_that_is_upgrade_only_by_now_is_sold_no_second() {
    let (world, budi, ghost, _, contract) = sold().await;
    let ctx = world.system();
    let upgrade_only = |facts: &mut ProductFacts| facts.purchase_policy = PurchasePolicy::OnePerCustomerUpgradeOnly;
    write::revise_product(&ctx, &ghost.id, upgrade_only).await.unwrap();
    let refused = world.orders(&budi, "ghost-basic").await.unwrap_err();
    assert_eq!(refused.code(), "UPGRADE_REQUIRED", "{contract:?}");
}

#[tokio::test]
async fn a_shipped_template_never_stops_a_start_whatever_staff_stored_under_its_version() {
    let world = World::new().await;
    let ctx = world.system();
    let theirs = format!("{}# Ours.\n", include_str!("../../../seeds/services/ghost.toml"));
    let kept = template::store(&ctx, &theirs).await.unwrap();
    let stored = template::store_shipped(&ctx).await.unwrap();
    assert!(stored.contains(&kept), "theirs stands");
    assert_eq!(template::store_shipped(&ctx).await.unwrap(), stored);
    assert_eq!(template::all(&ctx.db).await.unwrap().len(), stored.len(), "each is there once");
}

#[tokio::test]
async fn what_was_agreed_for_an_earlier_version_counts_for_the_shipped_one() {
    let world = World::new().await;
    let ctx = world.system();
    let older =
        include_str!("../../../seeds/services/n8n.toml").replacen("version = \"2.34.1\"", "version = \"2.0.0\"", 1);
    let older = template::store(&ctx, &older).await.unwrap();
    template::record_agreement(&ctx, &older.id, "n8n Embed, contract 2026/17").await.unwrap();

    let stored = template::store_shipped(&ctx).await.unwrap();

    let n8n = stored.iter().find(|row| row.slug == "n8n").unwrap();
    assert_eq!(n8n.agreement_note.as_deref(), Some("n8n Embed, contract 2026/17"));
    assert!(template::may_be_sold(n8n));
    let check = stored.iter().find(|row| row.slug == "plausible").unwrap();
    assert!(check.resale == "check" && !template::may_be_sold(check));
}

#[tokio::test]
async fn the_rows_of_the_comparison_table_are_those_given_last_in_their_order() {
    let world = World::new().await;
    let ctx = world.system();
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, 5).await;
    let row = |label: &str| Feature { label: shop::words(label), value: shop::words("Ya") };
    let labels = async || {
        let (detail, _) = find::plan(&ctx.db, &plan.id).await.unwrap();
        detail.features.into_iter().map(|row| row.label_id).collect::<Vec<_>>()
    };

    write::set_features(&ctx, &plan.id, &[row("Pengguna"), row("Domain")]).await.unwrap();
    assert_eq!(labels().await, ["Pengguna", "Domain"]);
    write::set_features(&ctx, &plan.id, &[row("Domain"), row("Cadangan"), row("Pengguna")]).await.unwrap();
    assert_eq!(labels().await, ["Domain", "Cadangan", "Pengguna"]);
    let wrong = write::set_features(&ctx, &plan.id, &[row("Domain"), row(" ")]).await.unwrap_err();
    assert_eq!(codes(&wrong), ["features[1].label_id:required", "features[1].label_en:required"]);
    assert_eq!(labels().await.len(), 3);
    write::set_features(&ctx, &plan.id, &[]).await.unwrap();
    assert!(labels().await.is_empty());
}

#[tokio::test]
async fn months_agreed_on_after_days_keep_the_day_on_which_they_begin() {
    let (world, budi, _, plan, _) = sold().await;
    let ctx = world.system();
    let ten_days = Cycle::of_days(10).unwrap();
    let price = NewPrice { cycle: ten_days, amount_minor: 20_000, setup_fee_minor: 0, tax_included: None };
    write::set_price(&ctx, &plan.id, price).await.unwrap();
    world.gives(&budi, 500_000).await;
    let mut checkout = world.checkout(&budi, &["ghost-basic"]);
    checkout.items[0].cycle = "days_10".to_owned();
    let placed = ordering::place(&ctx, checkout).await.unwrap();
    world.pays(&placed).await;
    world.settle_down().await;
    let contract = world.contract(&placed).await;

    let owner = &budi.customer_id;
    ordering::change::later::schedule(&ctx, owner, &contract.id, "ghost-basic", "monthly").await.unwrap();
    world.advance(Duration::days(4));
    renew::issue_due(&ctx).await.unwrap();
    let second = cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(contract.id.as_str()))
        .filter(cycle::Column::Number.eq(2))
        .one(&ctx.db)
        .await
        .unwrap()
        .unwrap();
    let month = entity::value::Period::starting(contract.period_end.unwrap(), Cycle::Monthly, 31);
    assert_eq!((second.period_start, second.period_end), (Some(month.start), Some(month.end)));
    assert_eq!(month.end, month.start + chrono::Months::new(1), "a month and not a part of one more");
}

#[test]
fn the_invoice_of_a_cycle_of_days_never_comes_before_the_period_it_follows() {
    let rules = settings::Billing::default();
    let notice = [1, 5, 10, 31, 32, 365].map(|days| rules.notice_days(Cycle::of_days(days).unwrap()));
    assert_eq!(notice, [0, 4, 7, 7, 14, 14]);
}
