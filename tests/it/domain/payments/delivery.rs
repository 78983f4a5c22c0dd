//! What money, or the lack of it, does to the services it is for.
use super::notified;
use crate::support::{
    World,
    driver::Scripted,
    gateway::ScriptedGateway,
    money::by,
    shop::{Buyer, GHOST},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    payments::payment,
    value::{InvoiceId, InvoiceKind, InvoiceStatus, PaymentStatus, PurchasePolicy, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use yumna::domain::{
    billing::invoice::open_minor,
    ordering::Placed,
    payments::attempt,
    provisioning::follow,
    subscriptions::{
        cancel::{self, When},
        renew,
    },
};

/// Budi has ordered a service for Rp 55.500 a month.
async fn ordered() -> (World, ScriptedGateway, Buyer, Placed) {
    let scripted = ScriptedGateway::default();
    let gateway = scripted.clone();
    let world = World::with(|services| {
        services.gateways = vec![Arc::new(gateway)];
        services.drivers = vec![Arc::new(Scripted::default())];
    })
    .await;
    world.account().await;
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let budi = world.buyer("budi").await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    (world, scripted, budi, placed)
}

async fn begins_to_pay(world: &World, budi: &Buyer, bill: &InvoiceId) -> payment::Model {
    attempt::start(&world.system(), &budi.customer_id, bill, &by("bank_transfer", Some("bca"))).await.unwrap()
}

async fn money_comes(world: &World, gateway: &ScriptedGateway, pay: &payment::Model, minor: i64) {
    gateway.pay(&pay.reference, minor);
    notified(world, gateway, &pay.reference).await;
    world.settle_down().await;
}

#[tokio::test]
async fn a_part_of_the_money_sets_nothing_up_and_the_rest_does() {
    let (world, gateway, budi, placed) = ordered().await;
    let ctx = world.system();
    let part = begins_to_pay(&world, &budi, &placed.invoice.id).await;
    money_comes(&world, &gateway, &part, 20_000).await;

    let (bill, contract) = (world.reload(&placed.invoice).await, world.contract(&placed).await);
    assert_eq!((bill.status, open_minor(&bill)), (InvoiceStatus::Issued, 35_500));
    assert_eq!(contract.status, SubscriptionStatus::Pending);
    assert!(follow::instance_of(&ctx, &contract.id).await.unwrap().is_none());

    let rest = begins_to_pay(&world, &budi, &placed.invoice.id).await;
    assert_eq!(rest.amount_minor, 35_500);
    money_comes(&world, &gateway, &rest, 35_500).await;

    assert_eq!(world.contract(&placed).await.status, SubscriptionStatus::Active);
    assert!(follow::instance_of(&ctx, &contract.id).await.unwrap().is_some());
    world.books_are_right().await;
}

#[tokio::test]
async fn money_for_the_renewal_of_a_service_that_has_ended_goes_to_the_wallet_and_brings_nothing_back() {
    let (world, gateway, budi, placed) = ordered().await;
    let ctx = world.system();
    let first = begins_to_pay(&world, &budi, &placed.invoice.id).await;
    money_comes(&world, &gateway, &first, 55_500).await;
    world.advance(Duration::days(24));
    renew::issue_due(&ctx).await.unwrap();
    world.settle_down().await;
    let renewal = invoice::Entity::find().filter(invoice::Column::Kind.eq(InvoiceKind::Renewal));
    let renewal = renewal.one(&ctx.db).await.unwrap().unwrap();
    let pay = begins_to_pay(&world, &budi, &renewal.id).await;
    let contract = world.contract(&placed).await;
    cancel::cancel(&ctx, &budi.customer_id, &contract.id, When::Now, "Pindah").await.unwrap();
    world.settle_down().await;
    let before = world.balance_of(&budi).await;

    money_comes(&world, &gateway, &pay, 55_500).await;

    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Succeeded);
    assert_eq!(world.balance_of(&budi).await - before, 55_500);
    assert!(world.alerts().await.contains(&"payment_to_wallet".to_owned()));
    let contract = world.contract(&placed).await;
    assert_eq!(contract.status, SubscriptionStatus::Terminated);
    let instance = follow::instance_of(&ctx, &contract.id).await.unwrap().unwrap();
    assert_eq!(instance.status.as_str(), "terminated");
    world.books_are_right().await;
}
