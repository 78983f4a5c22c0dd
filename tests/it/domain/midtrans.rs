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
        PaymentError, accounts,
        attempt::{self, Choice, Entered},
        refund::{Destination, NewRefund, refund},
    },
    integrations::{
        gateways,
        sim::{Bench, Fault, FaultKind, Faults, RunningSimulator},
    },
    kernel::clock::TestClock,
};

async fn with_midtrans() -> (World, RunningSimulator, Arc<Faults>) {
    with_midtrans_at(Arc::new(TestClock::at(beginning()))).await
}

async fn with_midtrans_at(clock: Arc<TestClock>) -> (World, RunningSimulator, Arc<Faults>) {
    let faults: Arc<Faults> = Arc::default();
    let bench = Bench {
        clock,
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
        services.config.midtrans.client_key = Some(running.settings["client_key"].clone());
        services.config.midtrans.base_url = Some(running.base_url.clone());
    })
    .await;
    (world, running, faults)
}

fn by(method: &str, option: Option<&str>) -> Choice {
    Choice::of("midtrans", method, option)
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

fn with_card(token: &str) -> Choice {
    let entered = Entered { card_token: Some(token.to_owned()), phone: None };
    Choice { entered, ..by("credit_card", None) }
}

async fn card_token(midtrans: &RunningSimulator, number: &str) -> String {
    let query = [
        ("client_key", midtrans.settings["client_key"].as_str()),
        ("card_number", number),
        ("card_exp_month", "12"),
        ("card_exp_year", "2030"),
        ("card_cvv", "123"),
    ];
    let url = format!("{}/v2/token", midtrans.base_url);
    let told = yumna::kernel::http::client().get(url).query(&query).send().await.unwrap();
    told.json::<serde_json::Value>().await.unwrap()["token_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_way_that_needs_an_entry_is_refused_without_it_and_the_entry_is_not_kept() {
    let (world, midtrans, _) = with_midtrans().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let start = async |choice: &Choice| attempt::start(&ctx, &budi.id, &bill.id, choice).await;

    for (choice, field, code) in [
        (by("ovo", None), "phone", "required"),
        (
            Choice { entered: Entered { phone: Some("abc".into()), card_token: None }, ..by("ovo", None) },
            "phone",
            "invalid_phone",
        ),
        (by("credit_card", None), "token_id", "required"),
        (with_card(&"x".repeat(300)), "token_id", "too_long"),
    ] {
        let Err(PaymentError::Invalid(faults)) = start(&choice).await else { panic!("{choice:?} was accepted") };
        assert_eq!((faults[0].field.as_str(), &*faults[0].code), (field, code));
    }
    let token = card_token(&midtrans, "4811111111111114").await;
    let pay = start(&with_card(&token)).await.unwrap();

    assert!(pay.instructions["redirect_url"].is_string());
    assert!(!format!("{pay:?}").contains(&token));
    let twin = start(&with_card(&token)).await.unwrap();
    assert_eq!(twin.id, pay.id, "the same entry again is the same attempt");
    let other = start(&with_card(&card_token(&midtrans, "4811111111111114").await)).await.unwrap();
    assert_ne!(other.id, pay.id, "another entry is another attempt");
}

#[tokio::test]
async fn a_doubted_card_is_money_only_once_staff_trust_it() {
    let (world, midtrans, _) = with_midtrans().await;
    let ctx = world.system();
    let budi = world.customer().await;
    for (is_trusted, paid) in [(true, InvoiceStatus::Paid), (false, InvoiceStatus::Issued)] {
        let bill = world.invoice(&budi, &[50_000]).await;
        let token = card_token(&midtrans, "4511111111111117").await;
        let pay = attempt::start(&ctx, &budi.id, &bill.id, &with_card(&token)).await.unwrap();
        let staff = world.staff("ana");
        assert!(matches!(attempt::decide(&staff, &pay.id, true).await, Err(PaymentError::WrongState { .. })));
        midtrans.control.act("pay", json!({"reference": pay.reference})).await.unwrap();
        world.advance(Duration::seconds(61));
        attempt::ask_now(&ctx, &pay.id).await.unwrap();
        assert_eq!(world.payment(&pay).await.status, PaymentStatus::Review);
        assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Issued, "doubted money is no money");

        world.advance(Duration::minutes(40));
        attempt::expire(&ctx, &pay.id).await.unwrap();
        assert_eq!(world.payment(&pay).await.status, PaymentStatus::Review, "its time does not decide for staff");

        let decided = attempt::decide(&staff, &pay.id, is_trusted).await.unwrap();

        let status = if is_trusted { PaymentStatus::Succeeded } else { PaymentStatus::Failed };
        assert_eq!((decided.status, decided.entry_hash), (status, None));
        assert_eq!(world.reload(&bill).await.status, paid, "trusted: {is_trusted}");
        assert!(attempt::decide(&staff, &pay.id, is_trusted).await.is_err(), "decided once");
    }
    world.books_are_right().await;
}

#[tokio::test]
async fn a_card_that_is_charged_today_and_settled_tomorrow_is_one_payment() {
    let clock = Arc::new(TestClock::at(beginning()));
    let (world, midtrans, _) = with_midtrans_at(clock.clone()).await;
    let ctx = world.system();
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let token = card_token(&midtrans, "4811111111111114").await;
    let pay = attempt::start(&ctx, &budi.id, &bill.id, &with_card(&token)).await.unwrap();
    midtrans.control.act("pay", json!({"reference": pay.reference})).await.unwrap();
    attempt::ask_now(&ctx, &pay.id).await.unwrap();
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid, "captured");

    world.advance(Duration::hours(25));
    clock.advance(Duration::hours(25));
    midtrans.control.tick().await;
    let settled = attempt::ask_now(&ctx, &pay.id).await.unwrap();

    assert_eq!((settled.status, settled.received_minor), (PaymentStatus::Succeeded, 50_000));
    assert_eq!((world.reload(&bill).await.paid_minor, world.balance(&budi).await), (50_000, 0));
    assert_eq!(world.news("payment.settled").await, 1);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_page_nobody_opened_ends_without_money_and_a_chosen_one_is_paid() {
    let (world, midtrans, _) = with_midtrans().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let ignored = world.invoice(&budi, &[50_000]).await;
    let chosen = world.invoice(&budi, &[60_000]).await;
    let idle = attempt::start(&ctx, &budi.id, &ignored.id, &by("bank_transfer", Some("bsi"))).await.unwrap();
    let used = attempt::start(&ctx, &budi.id, &chosen.id, &by("bank_transfer", Some("bsi"))).await.unwrap();
    assert!(idle.external_id.is_none() && idle.instructions["redirect_url"].is_string());

    midtrans.control.act("pay", json!({"reference": used.reference})).await.unwrap();
    world.advance(Duration::seconds(61));
    for one in [&idle, &used] {
        attempt::inquire(&ctx, &one.id).await.unwrap();
    }
    assert_eq!(world.payment(&idle).await.status, PaymentStatus::Pending, "not knowing it yet is no refusal");
    assert_eq!(world.reload(&chosen).await.status, InvoiceStatus::Paid);
    assert!(world.payment(&used).await.external_id.is_some());

    let given_up = attempt::start(&ctx, &budi.id, &ignored.id, &by("dana", None)).await.unwrap();
    assert_eq!(attempt::cancel(&ctx, &given_up.id).await.unwrap().status, PaymentStatus::Cancelled);

    world.advance(Duration::hours(25));
    attempt::expire(&ctx, &idle.id).await.unwrap();

    assert_eq!(world.payment(&idle).await.status, PaymentStatus::Expired);
    world.books_are_right().await;
}

#[tokio::test]
async fn staff_choose_which_ways_an_account_offers() {
    let (world, _, _) = with_midtrans().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let account = accounts::list(&ctx).await.unwrap().remove(0);
    let keys = async || -> Vec<String> {
        let offers = accounts::methods_for(&ctx, 50_000).await.unwrap();
        offers.iter().map(|offer| offer.method.key()).collect()
    };
    assert!(keys().await.contains(&"kredivo".to_owned()));

    accounts::offer_ways(&world.staff("ana"), &account.id, &["qris".to_owned(), "nonsense".to_owned()].into())
        .await
        .unwrap();

    assert_eq!(keys().await, ["qris"]);
    let refused = attempt::start(&ctx, &budi.id, &bill.id, &by("gopay", None)).await;
    assert!(matches!(refused, Err(PaymentError::MethodUnavailable)));
    let none = accounts::offer_ways(&world.staff("ana"), &account.id, &Default::default()).await;
    assert!(matches!(none, Err(PaymentError::Invalid(_))), "an account without ways is turned off instead");
}
