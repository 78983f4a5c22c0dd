//! However many order at once, no limit of a coupon is ever passed, and what is given back can be used again.
use crate::support::{World, shop};
use entity::{
    ordering::coupon_redemption,
    value::{Discount, PurchasePolicy, RedemptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use yumna::{
    domain::{
        catalog::coupon::{self as coupons, Refusal},
        ordering,
    },
    kernel::fault::Fault,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_parallel_uses_never_pass_the_limit() {
    let world = Arc::new(World::new().await);
    let coupon = world.coupon("RAMAI", Discount::Percent(1_000), |_, limits| limits.max_uses = Some(40)).await;
    // As many at once as there are connections for them, and some more.
    let doors = Arc::new(tokio::sync::Semaphore::new(40));
    let mut buyers = tokio::task::JoinSet::new();
    for number in 0..1_000 {
        let (world, id, doors) = (world.clone(), coupon.id.clone(), doors.clone());
        buyers.spawn(async move {
            let _at_the_door = doors.acquire_owned().await.unwrap();
            let ctx = world.system();
            let tx = ctx.begin().await.unwrap();
            match coupons::take(&tx, "RAMAI").await.unwrap() {
                Ok(_) => tx.commit().await.unwrap(),
                Err(Refusal::UsedUp) => return 0,
                Err(refusal) => panic!("{refusal:?}"),
            }
            if number % 3 > 0 {
                return 1;
            }
            let tx = ctx.begin().await.unwrap();
            coupons::give_back(&tx, &id).await.unwrap();
            tx.commit().await.unwrap();
            0
        });
    }
    let kept: i64 = buyers.join_all().await.into_iter().sum();
    assert_eq!(world.uses_of(&coupon).await, kept);
    assert!(kept <= 40, "{kept} of 40 uses");
    let ctx = world.system();
    for use_number in kept..=40 {
        let tx = ctx.begin().await.unwrap();
        let taken = coupons::take(&tx, "RAMAI").await.unwrap();
        assert_eq!(taken.is_ok(), use_number < 40, "every use can be had, and none more");
        tx.commit().await.unwrap();
    }
    assert_eq!(world.uses_of(&coupon).await, 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_checkouts_pass_neither_the_limit_of_all_nor_that_of_one() {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 100).await;
    let coupon = world
        .coupon("RAMAI", Discount::Percent(1_000), |_, limits| {
            (limits.max_uses, limits.max_uses_per_customer) = (Some(7), Some(2));
        })
        .await;
    let mut checkouts = tokio::task::JoinSet::new();
    let names = ["adi", "budi", "cici", "dewi", "eka"];
    for name in names {
        let buyer = world.buyer(name).await;
        for _ in 0..4 {
            let (ctx, mut checkout) = (world.system(), world.checkout(&buyer, &["ghost-basic"]));
            checkout.coupon = Some("RAMAI".to_owned());
            checkouts
                .spawn(async move { ordering::place(&ctx, checkout).await.map(|placed| placed.order.customer_id) });
        }
    }
    let results = checkouts.join_all().await;
    let (placed, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert!(refused.iter().all(|result| result.as_ref().is_err_and(|error| error.code() == "COUPON_INVALID")));
    assert_eq!((placed.len(), world.uses_of(&coupon).await), (7, 7));
    let mut by_customer = std::collections::BTreeMap::new();
    for customer in placed.into_iter().flatten() {
        *by_customer.entry(customer).or_insert(0) += 1;
    }
    assert!(by_customer.values().all(|uses| *uses <= 2), "{by_customer:?}");
    let reserved = coupon_redemption::Entity::find()
        .filter(coupon_redemption::Column::Status.eq(RedemptionStatus::Reserved))
        .count(&world.services.db);
    assert_eq!(reserved.await.unwrap(), 7);
    world.books_are_right().await;
}
