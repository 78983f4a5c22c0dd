//! However many buy at once, no plan is ever oversold, and what is given back can be sold again.
use crate::support::{World, shop};
use entity::value::{PurchasePolicy, SubscriptionId};
use std::sync::Arc;
use yumna::domain::catalog::{CatalogError, find, quota};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_buyers_never_oversell() {
    let world = Arc::new(World::new().await);
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, 25).await;
    let hour = world.services.clock.now() + chrono::Duration::hours(1);
    // As many at once as there are connections for them, and some more.
    let doors = Arc::new(tokio::sync::Semaphore::new(40));

    let mut buyers = tokio::task::JoinSet::new();
    for number in 0..120 {
        let (world, plan_id, doors) = (world.clone(), plan.id.clone(), doors.clone());
        buyers.spawn(async move {
            let _at_the_door = doors.acquire_owned().await.unwrap();
            let ctx = world.system();
            let subscription_id = SubscriptionId::generate();
            let tx = ctx.begin().await.unwrap();
            match quota::reserve(&ctx, &tx, &plan_id, &subscription_id, hour).await {
                Ok(()) => tx.commit().await.unwrap(),
                Err(CatalogError::QuotaExceeded { .. }) => return 0,
                Err(error) => panic!("{error}"),
            }
            if number % 3 > 0 {
                return 1;
            }
            let tx = ctx.begin().await.unwrap();
            quota::release(&ctx, &tx, &subscription_id).await.unwrap();
            tx.commit().await.unwrap();
            0
        });
    }
    let kept: i64 = buyers.join_all().await.into_iter().sum();

    let used = find::plan(&world.services.db, &plan.id).await.unwrap().0.plan.quota_used;
    assert_eq!(used, kept);
    assert!(used <= 25, "{used} sold of 25");

    // What was given back is sold to the next ones: with enough buyers no slot stays empty.
    let mut latecomers = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let (world, plan_id, doors) = (world.clone(), plan.id.clone(), doors.clone());
        latecomers.spawn(async move {
            let _at_the_door = doors.acquire_owned().await.unwrap();
            let ctx = world.system();
            let tx = ctx.begin().await.unwrap();
            let reserved = quota::reserve(&ctx, &tx, &plan_id, &SubscriptionId::generate(), hour).await;
            if reserved.is_ok() {
                tx.commit().await.unwrap();
            }
            i64::from(reserved.is_ok())
        });
    }
    let later: i64 = latecomers.join_all().await.into_iter().sum();
    assert_eq!(kept + later, 25, "every slot is sold");
    assert_eq!(find::plan(&world.services.db, &plan.id).await.unwrap().0.plan.quota_used, 25);
}
