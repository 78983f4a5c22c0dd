//! Payments through the real Midtrans adapter and its simulator, with the account the environment names.
use crate::support::{World, world::beginning};
use chrono::Duration;
use entity::value::{InvoiceStatus, PaymentStatus};
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use yumna::{
    domain::payments::{
        accounts,
        attempt::{self, Choice},
        refund::{Destination, NewRefund, refund},
    },
    integrations::{
        gateways,
        sim::{Bench, Fault, FaultKind, Faults, RunningSimulator},
    },
    kernel::clock::TestClock,
};

async fn with_midtrans() -> (World, RunningSimulator, Arc<Faults>) {
    let faults: Arc<Faults> = Arc::default();
    let bench = Bench {
        clock: Arc::new(TestClock::at(beginning())),
        state_dir: None,
        faults: faults.clone(),
        // Nobody listens there: in these stories the gateway's reports never arrive.
        product_url: "http://127.0.0.1:9".to_owned(),
        port: 0,
        stop: CancellationToken::new(),
    };
    let running = gateways::find("midtrans").unwrap().simulator().unwrap().start(bench).await.unwrap();
    let world = World::with(|services| {
        services.config.midtrans.server_key = Some(SecretString::from(running.settings["server_key"].clone()));
        services.config.midtrans.base_url = Some(running.base_url.clone());
    })
    .await;
    (world, running, faults)
}

fn by(method: &str, option: Option<&str>) -> Choice {
    Choice { gateway: "midtrans".to_owned(), method: method.to_owned(), option: option.map(str::to_owned) }
}

#[tokio::test]
async fn a_virtual_account_is_paid_though_no_report_ever_arrives() {
    let (world, midtrans, _) = with_midtrans().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let account = accounts::list(&ctx).await.unwrap().remove(0);
    assert!(account.is_from_environment && account.is_default);
    accounts::test(&ctx, &account.id).await.unwrap();

    let pay = attempt::start(&ctx, &budi.id, &bill.id, &by("bank_transfer", Some("bca"))).await.unwrap();
    assert_eq!(pay.status, PaymentStatus::Pending);
    assert!(pay.instructions["va_number"].as_str().is_some_and(|number| number.len() > 6));
    midtrans.control.act("pay", json!({"reference": pay.reference})).await.unwrap();
    world.advance(Duration::seconds(61));
    attempt::inquire(&ctx, &pay.id).await.unwrap();

    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_charge_whose_answer_midtrans_lost_is_adopted_with_its_number() {
    let (world, _, faults) = with_midtrans().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let (target, path_contains) = ("midtrans".to_owned(), Some("/v2/charge".to_owned()));
    faults.add(Fault { target, kind: FaultKind::TimeoutAfterEffect, times: 1, delay_ms: Some(50), path_contains });

    let lost = attempt::start(&ctx, &budi.id, &bill.id, &by("bank_transfer", Some("bni"))).await.unwrap();
    assert_eq!(lost.status, PaymentStatus::Unknown);
    world.advance(Duration::seconds(16));
    let adopted = attempt::inquire(&ctx, &lost.id).await.unwrap();

    assert_eq!(adopted.status, PaymentStatus::Pending);
    assert!(adopted.instructions["va_number"].is_string(), "the number that was lost is shown");
}

#[tokio::test]
async fn money_goes_back_the_way_of_qris_with_a_credit_note() {
    let (world, midtrans, _) = with_midtrans().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&ctx, &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    assert!(pay.instructions["qr_string"].as_str().is_some_and(|code| code.starts_with("0002")));
    midtrans.control.act("pay", json!({"reference": pay.reference})).await.unwrap();
    world.advance(Duration::seconds(61));
    attempt::inquire(&ctx, &pay.id).await.unwrap();

    for (amount_minor, key, status) in
        [(20_000, "a", PaymentStatus::PartiallyRefunded), (30_000, "b", PaymentStatus::Refunded)]
    {
        let destination = Destination::Gateway;
        let new = NewRefund { payment_id: &pay.id, amount_minor, destination, reason: "not as promised", key };
        refund(&world.staff("ana"), new).await.unwrap();
        assert_eq!(world.payment(&pay).await.status, status);
    }
    assert_eq!(world.reload(&bill).await.credited_minor, 50_000);
    world.books_are_right().await;
}
