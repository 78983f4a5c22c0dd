//! Notifications that are genuine and yet not as they should be: odd, early, or ahead of the gateway's own answer.
use crate::support::{
    World,
    gateway::{CODE, ScriptedGateway, genuine},
    money::{by, with_gateway},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    payments::payment,
    value::{GatewayEventStatus, InvoiceStatus, PaymentStatus},
};
use serde_json::json;
use yumna::domain::payments::{
    attempt,
    gateway_event::{Received, get, process, receive},
};

async fn waiting() -> (World, ScriptedGateway, invoice::Model, payment::Model) {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&world.system(), &budi.id, &bill.id, &by("bank_transfer", Some("bca"))).await.unwrap();
    (world, gateway, bill, pay)
}

async fn told(world: &World, body: serde_json::Value) -> Received {
    receive(&world.system(), CODE, None, &genuine(), body.to_string().as_bytes()).await.unwrap()
}

fn paid(pay: &payment::Model) -> serde_json::Value {
    json!({"reference": pay.reference, "status": "succeeded", "amount": 50_000})
}

// 16, 17
#[tokio::test]
async fn odd_news_is_stored_and_staff_are_told() {
    let (world, gateway, bill, pay) = waiting().await;
    let ctx = world.system();
    gateway.pay(&pay.reference, 50_000);
    gateway.mumbles(&pay.reference, "the currency \"USD\" is not ours");

    let mut news = paid(&pay);
    news["odd"] = json!("the currency \"USD\" is not ours");
    let received = told(&world, news).await;
    assert!(received.is_new);
    assert_eq!(world.alerts().await, ["webhook_odd"]);
    world.advance(Duration::minutes(5));
    assert_eq!(process(&ctx, &received.event_id).await.unwrap(), GatewayEventStatus::Processed);

    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Review);
    assert_eq!(world.reload(&bill).await.paid_minor, 0);
    assert_eq!(world.alerts().await, ["webhook_odd", "payment_mismatch"]);
    assert!(get(&ctx, &received.event_id).await.unwrap().note.unwrap().contains("USD"));

    gateway.mumbles(&pay.reference, "");
    attempt::ask_now(&ctx, &pay.id).await.unwrap();
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid, "a clear word still counts");
    world.books_are_right().await;
}

#[tokio::test]
async fn odd_answers_never_undo_what_is_booked() {
    let (world, gateway, bill, pay) = waiting().await;
    gateway.pay(&pay.reference, 50_000);
    attempt::ask_now(&world.system(), &pay.id).await.unwrap();
    gateway.mumbles(&pay.reference, "the amount \"0.5\" cannot be read");

    let asked = attempt::ask_now(&world.system(), &pay.id).await.unwrap();

    assert_eq!((asked.status, world.reload(&bill).await.status), (PaymentStatus::Succeeded, InvoiceStatus::Paid));
    assert_eq!(world.alerts().await, ["payment_mismatch"]);
}

#[tokio::test]
async fn a_reference_nobody_could_ask_about_is_stored_too() {
    let (world, _, _, _) = waiting().await;
    for reference in ["x".repeat(500), "a\u{0}b".to_owned(), "line\nline".to_owned()] {
        let received = told(&world, json!({"reference": reference, "status": "pending"})).await;
        let status = process(&world.system(), &received.event_id).await.unwrap();
        assert_eq!(status, GatewayEventStatus::Unmatched);
    }
}

#[tokio::test]
async fn news_waits_for_the_gateways_answer_to_catch_up() {
    let (world, gateway, bill, pay) = waiting().await;
    let ctx = world.system();
    let received = told(&world, paid(&pay)).await;
    assert_eq!(process(&ctx, &received.event_id).await.unwrap(), GatewayEventStatus::Received, "it is asked again");

    gateway.pay(&pay.reference, 50_000);
    assert_eq!(process(&ctx, &received.event_id).await.unwrap(), GatewayEventStatus::Processed);
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
}

#[tokio::test]
async fn news_the_gateway_never_confirms_is_done_with_after_a_while_and_looked_at_again_when_repeated() {
    let (world, gateway, bill, pay) = waiting().await;
    let ctx = world.system();
    let received = told(&world, paid(&pay)).await;
    world.advance(Duration::minutes(5));
    assert_eq!(process(&ctx, &received.event_id).await.unwrap(), GatewayEventStatus::Processed);
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Pending);

    gateway.pay(&pay.reference, 50_000);
    assert!(!told(&world, paid(&pay)).await.is_new);
    assert_eq!(get(&ctx, &received.event_id).await.unwrap().status, GatewayEventStatus::Received);
    process(&ctx, &received.event_id).await.unwrap();
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);

    told(&world, paid(&pay)).await;
    let event = get(&ctx, &received.event_id).await.unwrap();
    assert_eq!((event.status, event.received_count), (GatewayEventStatus::Processed, 3), "nothing is left to learn");
}
