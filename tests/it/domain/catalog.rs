//! The shop shows what may be sold, and staff change it without touching what is running.
use crate::support::{World, shop};
use entity::{
    catalog::{plan, product},
    value::{Cycle, PlanId, ProductId, PurchasePolicy, SubscriptionId},
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryTrait, Statement};
use yumna::{
    domain::catalog::{
        CatalogError, find, listing, queue,
        quota::{self, Allocation},
        template,
        write::{self, NewPrice, Visibility},
    },
    kernel::{fault::Fault, page::PageRequest},
};

#[tokio::test]
async fn queues_are_read_in_the_order_of_an_index() {
    let world = World::new().await;
    let db = &world.services.db;
    let backend = db.get_database_backend();
    let read = queue::ordered().build(backend).sql;
    let asked = match backend {
        // Of an empty table its planner says nothing that would hold of a full one.
        DbBackend::Postgres => {
            "SELECT indexdef AS detail FROM pg_indexes WHERE indexname = 'ix_waitlist_entries_order'".to_owned()
        }
        _ => format!("EXPLAIN QUERY PLAN {read}"),
    };
    let rows = db.query_all_raw(Statement::from_string(backend, asked)).await.unwrap();
    let said: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    match backend {
        DbBackend::Postgres => assert!(said[0].contains("COALESCE(paid_at, created_at)"), "{said:?}"),
        _ => assert!(said[0].contains("ix_waitlist_entries_order") && said.len() == 1, "sorted anew: {said:?}"),
    }
}

#[tokio::test]
async fn staff_see_every_service_and_every_plan_however_many_there_are() {
    let world = World::new().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let basic = world.plan(&ghost, "ghost-basic", 1, 10).await;
    let db = &world.services.db;
    for number in 1..=204 {
        let slug = format!("service-{number:03}");
        let product = product::Model { id: ProductId::generate(), slug: slug.clone(), ..ghost.clone() };
        let plan = plan::Model { id: PlanId::generate(), product_id: product.id.clone(), code: slug, ..basic.clone() };
        product::Entity::insert(product.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
        plan::Entity::insert(plan.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
    }
    let (mut services, mut plans) = (Vec::new(), Vec::new());
    let mut request = PageRequest::default();
    while services.len() < 1_000 {
        let page = listing::services(db, &request).await.unwrap();
        services.extend(page.rows.into_iter().map(|service| (service.product.slug, service.plans.len())));
        let Some(next) = page.next_cursor else { break };
        request = PageRequest::parse(Some(&next), None).unwrap();
    }
    request = PageRequest::default();
    while plans.len() < 1_000 {
        let page = listing::plans(db, &request).await.unwrap();
        plans.extend(page.rows.into_iter().map(|(detail, product)| (product.slug, detail.plan.code)));
        let Some(next) = page.next_cursor else { break };
        request = PageRequest::parse(Some(&next), None).unwrap();
    }
    assert_eq!((services.len(), plans.len()), (205, 205));
    assert!(services.iter().all(|(_, plans)| *plans == 1));
    assert!(services.is_sorted() && plans.is_sorted(), "each once, in the order of the shop");
}

#[tokio::test]
async fn the_shop_lists_services_with_plans_and_prices_by_length_of_cycle() {
    let world = World::new().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-pro", 2, 10).await;
    world.plan(&ghost, "ghost-basic", 1, 10).await;
    let db = &world.services.db;

    let services = find::services(db).await.unwrap();
    assert_eq!(services.len(), 1);
    assert_eq!((services[0].product.slug.as_str(), services[0].category.slug.as_str()), ("ghost", "apps"));
    assert_eq!(services[0].lowest_prices[0].amount_minor, 50_000);

    let plans = find::plans(db, &ghost.id).await.unwrap();
    let codes: Vec<&str> = plans.iter().map(|detail| detail.plan.code.as_str()).collect();
    assert_eq!(codes, ["ghost-basic", "ghost-pro"]);
    let cycles: Vec<Cycle> = plans[0].prices.iter().map(|price| price.cycle).collect();
    assert_eq!(cycles, [Cycle::Monthly, Cycle::Annually]);
    assert_eq!(find::featured(db).await.unwrap().len(), 1);
    assert_eq!(find::services_of(db, "apps").await.unwrap().len(), 1);
    assert!(matches!(find::services_of(db, "nothing").await, Err(CatalogError::NotFound)));
}

#[tokio::test]
async fn search_finds_words_in_both_languages_and_takes_wild_cards_literally() {
    let world = World::new().await;
    world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let db = &world.services.db;

    for hit in ["ghost", "GHO", "tulisan", "buletin blog", "100%"] {
        assert_eq!(find::search(db, hit).await.unwrap().len(), 1, "{hit}");
    }
    for miss in ["", "   ", "%", "%%%zz", "_____________", "joomla", "blog joomla", "'; DROP TABLE products; --", "\\"]
    {
        let expected = usize::from(miss == "%");
        assert_eq!(find::search(db, miss).await.unwrap().len(), expected, "{miss}");
    }
}

#[tokio::test]
async fn what_may_not_be_resold_is_not_in_the_shop_until_an_agreement_is_recorded() {
    let world = World::new().await;
    let ctx = world.system();
    let n8n = world.service(shop::N8N, PurchasePolicy::Multiple).await;
    world.plan(&n8n, "n8n-basic", 1, 10).await;
    let codes = ["n8n-basic".to_owned()];
    assert!(find::services(&ctx.db).await.unwrap().is_empty());
    assert!(find::service(&ctx.db, "n8n").await.is_err());
    assert!(find::offers_by_code(&ctx.db, &codes).await.unwrap().is_empty());
    let refused = write::set_product_visibility(&ctx, &n8n.id, Visibility::Shown).await.unwrap_err();
    assert_eq!(refused.code(), "AGREEMENT_MISSING");

    let template_id = n8n.service_template_id.clone().unwrap();
    assert_eq!(template::record_agreement(&ctx, &template_id, "  ").await.unwrap_err().code(), "VALIDATION_FAILED");
    template::record_agreement(&ctx, &template_id, "n8n Embed, contract 2026/17").await.unwrap();

    assert_eq!(find::offers_by_code(&ctx.db, &codes).await.unwrap().len(), 1);
    write::set_product_visibility(&ctx, &n8n.id, Visibility::Hidden).await.unwrap();
    assert!(find::services(&ctx.db).await.unwrap().is_empty());
    assert_eq!(listing::services(&ctx.db, &PageRequest::default()).await.unwrap().rows[0].plans.len(), 1);
}

#[tokio::test]
async fn a_template_is_stored_once_and_a_changed_one_needs_a_new_version() {
    let world = World::new().await;
    let ctx = world.system();
    let first = template::store(&ctx, shop::N8N).await.unwrap();
    assert_eq!(template::store(&ctx, shop::N8N).await.unwrap().id, first.id);
    template::record_agreement(&ctx, &first.id, "agreed").await.unwrap();

    let changed = shop::N8N.replace("history_hours", "hours_of_history").replace("${param.hours_of_history}", "168");
    assert_eq!(template::store(&ctx, &changed).await.unwrap_err().code(), "TEMPLATE_VERSION_TAKEN");
    let next = template::store(&ctx, &shop::N8N.replace("template_version = 1", "template_version = 2")).await.unwrap();
    assert_ne!(next.id, first.id);
    assert_eq!(next.agreement_note.as_deref(), Some("agreed"));
    assert_eq!(template::store(&ctx, "schema = 1").await.unwrap_err().code(), "VALIDATION_FAILED");
}

#[tokio::test]
async fn stock_never_falls_below_what_is_in_use() {
    let world = World::new().await;
    let ctx = world.system();
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, 2).await;
    for _ in 0..2 {
        let tx = ctx.begin().await.unwrap();
        let hour = ctx.now() + chrono::Duration::hours(1);
        quota::reserve(&ctx, &tx, &plan.id, &SubscriptionId::generate(), hour).await.unwrap();
        tx.commit().await.unwrap();
    }

    assert!(matches!(write::set_quota_total(&ctx, &plan.id, 1).await, Err(CatalogError::QuotaBelowUsed { used: 2 })));
    assert_eq!(write::set_quota_total(&ctx, &plan.id, -1).await.unwrap_err().code(), "VALIDATION_FAILED");
    write::set_quota_total(&ctx, &plan.id, 3).await.unwrap();
    let (detail, _) = find::plan(&ctx.db, &plan.id).await.unwrap();
    assert_eq!((detail.plan.quota_total, detail.plan.quota_used, detail.available()), (3, 2, 1));
}

#[tokio::test]
async fn prices_are_changed_by_cycle_and_absurd_ones_are_refused() {
    let world = World::new().await;
    let ctx = world.system();
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, 2).await;

    let price = |amount_minor| NewPrice { cycle: Cycle::Monthly, amount_minor, setup_fee_minor: 0, tax_included: None };
    write::set_price(&ctx, &plan.id, price(75_000)).await.unwrap();
    for absurd in [-1, i64::MAX, i64::MIN] {
        assert_eq!(write::set_price(&ctx, &plan.id, price(absurd)).await.unwrap_err().code(), "VALIDATION_FAILED");
    }

    let (detail, _) = find::plan(&ctx.db, &plan.id).await.unwrap();
    assert_eq!(detail.prices.iter().map(|price| price.amount_minor).collect::<Vec<_>>(), [75_000, 500_000]);
}

#[tokio::test]
async fn a_slot_whose_hold_ran_out_is_taken_anew_at_payment_or_the_buyer_waits() {
    let world = World::new().await;
    let ctx = world.system();
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, 1).await;
    let hour = ctx.now() + chrono::Duration::hours(1);
    let (slow, quick) = (SubscriptionId::generate(), SubscriptionId::generate());

    let tx = ctx.begin().await.unwrap();
    quota::reserve(&ctx, &tx, &plan.id, &slow, hour).await.unwrap();
    let refused = quota::reserve(&ctx, &tx, &plan.id, &quick, hour).await.unwrap_err();
    assert_eq!(refused.code(), "QUOTA_EXCEEDED");
    drop(tx);
    let tx = ctx.begin().await.unwrap();
    quota::reserve(&ctx, &tx, &plan.id, &slow, hour).await.unwrap();
    quota::reserve(&ctx, &tx, &plan.id, &slow, hour).await.unwrap();
    quota::extend(&ctx, &tx, &slow, hour + chrono::Duration::hours(1)).await.unwrap();
    quota::extend(&ctx, &tx, &slow, hour).await.unwrap();
    tx.commit().await.unwrap();

    world.advance(chrono::Duration::minutes(61));
    assert_eq!(quota::expire_due(&ctx).await.unwrap(), 0, "extended by the payment");
    world.advance(chrono::Duration::minutes(60));
    assert_eq!(quota::expire_due(&ctx).await.unwrap(), 1);
    assert_eq!(quota::expire_due(&ctx).await.unwrap(), 0);

    let tx = ctx.begin().await.unwrap();
    quota::reserve(&ctx, &tx, &plan.id, &quick, ctx.now()).await.unwrap();
    assert_eq!(quota::allocate(&ctx, &tx, &quick).await.unwrap(), Allocation::Allocated);
    assert_eq!(quota::allocate(&ctx, &tx, &quick).await.unwrap(), Allocation::Allocated);
    assert_eq!(quota::allocate(&ctx, &tx, &slow).await.unwrap(), Allocation::Full);
    quota::release(&ctx, &tx, &quick).await.unwrap();
    quota::release(&ctx, &tx, &quick).await.unwrap();
    assert_eq!(quota::allocate(&ctx, &tx, &slow).await.unwrap(), Allocation::Allocated);
    tx.commit().await.unwrap();
    assert_eq!(find::plan(&ctx.db, &plan.id).await.unwrap().0.plan.quota_used, 1);
}
