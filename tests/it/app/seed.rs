//! The demo begins with a company that could exist: its books are right, its customers have a past.
use crate::support::World;
use entity::{
    customers::customer,
    messaging::message,
    ordering::order,
    platform::{job, outbox_delivery, outbox_event},
    value::{Cycle, JobStatus, OrderStatus, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::collections::BTreeSet;
use yumna::{
    app::seed,
    domain::{
        catalog::find,
        ledger,
        ordering::{self, CheckoutItem},
        settings, subscriptions,
    },
    kernel::{fault::Fault, page::PageRequest},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_begins_with_a_company_that_could_exist() {
    let world = World::new().await;
    let ctx = world.system();
    for _ in 0..2 {
        seed::base(&world.services).await.unwrap();
        seed::demo(&world.services).await.unwrap();
    }

    let services = find::services(&ctx.db).await.unwrap();
    let slugs: BTreeSet<&str> = services.iter().map(|service| service.product.slug.as_str()).collect();
    assert_eq!(slugs, BTreeSet::from(["ghost", "n8n", "wordpress"]));
    for service in &services {
        let plans = find::plans(&ctx.db, &service.product.id).await.unwrap();
        assert!(plans.len() >= 3);
        for plan in plans {
            let monthly = plan.prices.iter().find(|price| price.cycle == Cycle::Monthly).unwrap();
            assert!((10_000..=500_000).contains(&monthly.amount_minor));
            assert!(plan.prices.iter().any(|price| price.cycle == Cycle::Annually));
            assert!(plan.available() >= 50 && !plan.features.is_empty());
        }
    }

    assert_eq!(customer::Entity::find().count(&ctx.db).await.unwrap(), 11);
    let verification = ledger::verify(&ctx.db).await.unwrap();
    assert!(verification.findings.is_empty(), "{:?}", verification.findings);
    let page = PageRequest { after: None, limit: 200 };
    let orders = ordering::find::list(&ctx.db, &Default::default(), &page).await.unwrap().rows;
    assert!(orders.is_sorted_by_key(|view| std::cmp::Reverse(view.order.created_at)), "newest first is newest first");
    let with = |status| orders.iter().filter(|view| view.order.status == status).count();
    assert_eq!((with(OrderStatus::Pending), with(OrderStatus::Cancelled)), (2, 2));
    let contracts = subscriptions::find::list(&ctx, &Default::default(), &page).await.unwrap().rows;
    let now = ctx.now();
    for view in contracts.iter().filter(|view| view.subscription.status == SubscriptionStatus::Active) {
        assert!(view.subscription.next_renewal_at.is_some_and(|at| at > now), "no contract is overdue at the start");
    }

    // The news of the past have been heard: only what runs is left to be made.
    let unheard = outbox_event::Entity::find().filter(outbox_event::Column::DispatchedAt.is_null()).count(&ctx.db);
    assert_eq!(unheard.await.unwrap(), 0);
    let left = outbox_delivery::Entity::find().filter(outbox_delivery::Column::Status.eq(JobStatus::Queued));
    let left = left.all(&ctx.db).await.unwrap();
    assert!(!left.is_empty() && left.iter().all(|delivery| delivery.reaction.starts_with("provisioning.")));
    assert_eq!(message::Entity::find().count(&ctx.db).await.unwrap(), 0);
    let due = job::Entity::find().filter(job::Column::Status.eq(JobStatus::Queued)).filter(job::Column::RunAt.lte(now));
    let due = due.all(&ctx.db).await.unwrap();
    // Whether another attempt of a paid invoice is still open is looked at once more; there is none.
    assert!(due.iter().all(|job| job.name == "payments.close_attempts"));

    let budi = order::Entity::find()
        .filter(order::Column::Status.eq(OrderStatus::Paid))
        .find_also_related(customer::Entity)
        .filter(customer::Column::Email.eq("budi@demo.yumna.test"))
        .one(&ctx.db)
        .await
        .unwrap()
        .unwrap()
        .0;
    let item = CheckoutItem { plan: "n8n-basic".into(), cycle: "monthly".into(), config: serde_json::json!({}) };
    let checkout = ordering::Checkout {
        customer_id: budi.customer_id,
        user_id: budi.user_id.unwrap(),
        items: vec![item],
        coupon: None,
        cart: None,
    };
    assert_eq!(ordering::place(&ctx, checkout.clone()).await.unwrap_err().code(), "SHOP_CLOSED");
    let facts = settings::Facts { is_gateway_tested: true, has_cluster: true };
    settings::set_selling(&ctx, true, &facts).await.unwrap();
    ordering::place(&ctx, checkout).await.expect("n8n may be sold");
}
