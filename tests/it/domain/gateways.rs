//! Payments through Tripay and Xendit and their simulators, and several gateways side by side.
use crate::support::{World, world::beginning};
use chrono::Duration;
use entity::{
    payments::payment,
    value::{GatewayEventStatus, InvoiceStatus, PaymentStatus},
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};
use std::{collections::BTreeSet, io::ErrorKind, net::TcpListener, sync::Arc};
use tokio_util::sync::CancellationToken;
use yumna::{
    domain::payments::{
        PaymentError,
        accounts::{self, AccountInput, Offer},
        attempt::{self, Choice},
        gateway_event,
        refund::{self, Destination, NewRefund},
    },
    integrations::{
        gateways,
        sim::{Bench, Fault, FaultKind, Faults, RunningSimulator},
    },
    kernel::clock::TestClock,
};

struct Town {
    world: World,
    double: RunningSimulator,
    clock: Arc<TestClock>,
    faults: Arc<Faults>,
}

impl Town {
    /// A shop with one account, at `code`; reports of its double reach nobody.
    async fn with(code: &str) -> Self {
        let faults: Arc<Faults> = Arc::default();
        let clock = Arc::new(TestClock::at(beginning()));
        let bench = Bench {
            clock: clock.clone(),
            state_dir: None,
            faults: faults.clone(),
            product_url: "http://127.0.0.1:9".to_owned(),
            port: 0,
            stop: CancellationToken::new(),
        };
        let double = gateways::find(code).unwrap().simulator().unwrap().start(bench).await.unwrap();
        let world = World::new().await;
        let made = accounts::create(&world.system(), code, account(code, Some(&double), None)).await.unwrap();
        accounts::test(&world.system(), &made.id).await.unwrap();
        Self { world, double, clock, faults }
    }

    fn advance(&self, time: Duration) {
        self.world.advance(time);
        self.clock.advance(time);
    }

    async fn start(&self, method: &str, option: Option<&str>) -> (payment::Model, entity::billing::invoice::Model) {
        let budi = self.world.customer().await;
        let bill = self.world.invoice(&budi, &[50_000]).await;
        let choice = Choice::of(self.double.code, method, option);
        let pay = attempt::start(&self.world.system(), &budi.id, &bill.id, &choice).await.unwrap();
        (pay, bill)
    }

    async fn act(&self, act: &str, pay: &payment::Model) -> Value {
        self.double.control.act(act, json!({"reference": pay.reference, "force": true})).await.unwrap()
    }

    async fn again(&self, pay: &payment::Model) -> payment::Model {
        attempt::get(&self.world.system().db, &pay.id).await.unwrap()
    }
}

fn account(code: &str, double: Option<&RunningSimulator>, position: Option<i32>) -> AccountInput {
    let fields = gateways::find(code).unwrap().settings();
    let made_up = || fields.iter().filter(|field| field.required).map(|field| (field.name.to_owned(), "x".to_owned()));
    AccountInput {
        name: code.to_owned(),
        is_enabled: true,
        is_default: true,
        position,
        base_url: double.map(|double| double.base_url.clone()),
        values: double.map_or_else(|| made_up().collect(), |double| double.settings.clone()),
    }
}

fn ways(offers: &[Offer]) -> Vec<(&'static str, &'static str, Option<&'static str>)> {
    offers.iter().map(|offer| (offer.gateway, offer.method.method, offer.method.option)).collect()
}

#[tokio::test]
async fn what_several_gateways_offer_is_offered_once_through_the_first_account() {
    let world = World::with(|services| services.config.midtrans.server_key = Some(SecretString::from("SB-x"))).await;
    let ctx = world.system();
    let xendit = accounts::create(&ctx, "xendit", account("xendit", None, None)).await.unwrap();
    accounts::create(&ctx, "tripay", account("tripay", None, None)).await.unwrap();
    // What the first does not offer is left to the others.
    let midtrans = accounts::list(&ctx).await.unwrap().remove(0);
    let banks = ["bank_transfer:bca", "bank_transfer:bni", "echannel", "qris"].map(str::to_owned);
    accounts::offer_ways(&ctx, &midtrans.id, &banks.into()).await.unwrap();

    let offers = ways(&accounts::methods_for(&ctx, 50_000).await.unwrap());

    let seen: BTreeSet<_> = offers.iter().map(|(_, method, option)| (method, option)).collect();
    assert_eq!(seen.len(), offers.len(), "no way to pay twice: {offers:?}");
    assert_eq!(offers[0].0, "midtrans", "the environment's account comes first");
    assert!(offers.contains(&("midtrans", "bank_transfer", Some("bca"))));
    assert!(offers.contains(&("midtrans", "echannel", None)));
    assert!(!offers.iter().any(|(_, _, option)| *option == Some("mandiri")), "Mandiri is there by its bill");
    assert!(offers.contains(&("xendit", "dana", None)), "of equals the older");
    assert!(offers.contains(&("tripay", "ovo", None)), "what only the last knows is offered as well");

    let last = AccountInput { values: Default::default(), ..account("xendit", None, Some(200)) };
    accounts::update(&ctx, &xendit.id, |_| last).await.unwrap();

    let offers = ways(&accounts::methods_for(&ctx, 50_000).await.unwrap());
    assert!(offers.contains(&("tripay", "dana", None)), "staff decide the order");
    assert!(offers.contains(&("xendit", "credit_card", None)));
    let large = ways(&accounts::methods_for(&ctx, 15_000_000).await.unwrap());
    assert!(large.contains(&("xendit", "dana", None)), "an amount too large for one is taken by the next");
}

#[tokio::test]
async fn a_place_among_the_accounts_has_bounds() {
    let world = World::new().await;
    for position in [0, -1, 1_000] {
        let made = accounts::create(&world.system(), "tripay", account("tripay", None, Some(position))).await;

        assert!(matches!(&made, Err(PaymentError::Invalid(faults)) if faults[0].field == "position"), "{position}");
    }
}

#[tokio::test]
async fn a_payment_through_tripay_is_paid_though_no_report_ever_arrives() {
    let town = Town::with("tripay").await;
    let (pay, bill) = town.start("bank_transfer", Some("bca")).await;
    assert_eq!(pay.status, PaymentStatus::Pending);
    assert!(pay.instructions["va_number"].is_string());

    town.act("pay", &pay).await;
    town.advance(Duration::seconds(61));
    attempt::inquire(&town.world.system(), &pay.id).await.unwrap();

    let paid = town.again(&pay).await;
    assert_eq!((paid.status, paid.received_minor), (PaymentStatus::Succeeded, paid.amount_minor));
    assert_eq!(paid.fee_minor, 5_500, "what Tripay keeps is noted");
    assert_eq!(town.world.reload(&bill).await.status, InvoiceStatus::Paid);
    town.world.books_are_right().await;
}

#[tokio::test]
async fn a_charge_whose_answer_tripay_lost_is_adopted_with_its_number() {
    let town = Town::with("tripay").await;
    town.faults.add(Fault {
        target: "tripay".to_owned(),
        kind: FaultKind::TimeoutAfterEffect,
        times: 1,
        delay_ms: Some(50),
        path_contains: Some("/transaction/create".to_owned()),
    });

    let (lost, _) = town.start("bank_transfer", Some("bni")).await;
    assert_eq!(lost.status, PaymentStatus::Unknown);
    town.advance(Duration::seconds(16));
    let adopted = attempt::inquire(&town.world.system(), &lost.id).await.unwrap();

    assert_eq!(adopted.status, PaymentStatus::Pending);
    assert!(adopted.instructions["va_number"].is_string(), "the number that was lost is shown");
}

#[tokio::test]
async fn a_code_of_tripay_that_was_given_up_and_is_paid_all_the_same_counts() {
    let town = Town::with("tripay").await;
    let (pay, bill) = town.start("bank_transfer", Some("bri")).await;
    let ctx = town.world.system();
    assert_eq!(attempt::cancel(&ctx, &pay.id).await.unwrap().status, PaymentStatus::Cancelled);

    town.act("pay", &pay).await;
    let paid = attempt::ask_now(&ctx, &pay.id).await.unwrap();

    assert!(paid.is_late && paid.status == PaymentStatus::Succeeded);
    assert_eq!(town.world.reload(&bill).await.status, InvoiceStatus::Paid);
    town.world.books_are_right().await;
}

#[tokio::test]
async fn a_payment_through_xendit_is_paid_and_goes_back_when_xendit_says_so() {
    let town = Town::with("xendit").await;
    let ctx = town.world.system();
    let (pay, bill) = town.start("qris", None).await;
    town.act("pay", &pay).await;
    town.advance(Duration::seconds(61));
    attempt::inquire(&ctx, &pay.id).await.unwrap();
    assert_eq!(town.world.reload(&bill).await.status, InvoiceStatus::Paid);

    let new = NewRefund {
        payment_id: &pay.id,
        amount_minor: 20_000,
        destination: Destination::Gateway,
        reason: "Salah pesan",
        key: "back-1",
    };
    refund::refund(&ctx, new).await.unwrap();
    assert_eq!(town.again(&pay).await.status, PaymentStatus::Succeeded, "it takes its time");
    town.advance(Duration::minutes(2));
    let told = attempt::ask_now(&ctx, &pay.id).await.unwrap();

    assert_eq!((told.status, told.refunded_minor), (PaymentStatus::PartiallyRefunded, 20_000));
    town.world.books_are_right().await;
}

/// A report as Xendit would send it, with the token of the account.
fn report(double: &RunningSimulator, id: &str, data: Value) -> (Vec<(String, String)>, Vec<u8>) {
    let headers = vec![
        ("x-callback-token".to_owned(), double.settings["callback_token"].clone()),
        ("webhook-id".to_owned(), id.to_owned()),
    ];
    let body = json!({"event": "payment.capture", "business_id": double.settings["business_id"], "data": data});
    (headers, body.to_string().into_bytes())
}

#[tokio::test]
async fn money_for_a_charge_whose_answer_xendit_lost_is_found_by_the_name_in_its_report() {
    let town = Town::with("xendit").await;
    let ctx = town.world.system();
    town.faults.add(Fault {
        target: "xendit".to_owned(),
        kind: FaultKind::TimeoutAfterEffect,
        times: 1,
        delay_ms: Some(50),
        path_contains: Some("/v3/payment_requests".to_owned()),
    });
    let (lost, bill) = town.start("bank_transfer", Some("bca")).await;
    assert_eq!((lost.status, &lost.external_id), (PaymentStatus::Unknown, &None));

    let id = town.act("pay", &lost).await["transaction_id"].clone();
    let data = json!({"payment_request_id": id, "reference_id": lost.reference, "request_amount": lost.amount_minor,
        "currency": "IDR", "status": "SUCCEEDED"});
    let (headers, body) = report(&town.double, "wh-1", data);
    let received = gateway_event::receive(&ctx, "xendit", None, &headers, &body).await.unwrap();
    let status = gateway_event::process(&ctx, &received.event_id).await.unwrap();

    assert_eq!(status, GatewayEventStatus::Processed);
    assert_eq!(town.again(&lost).await.status, PaymentStatus::Succeeded);
    assert_eq!(town.world.reload(&bill).await.status, InvoiceStatus::Paid);
    town.world.books_are_right().await;
}

#[tokio::test]
async fn a_report_with_the_right_token_and_a_lie_makes_no_money() {
    let town = Town::with("xendit").await;
    let ctx = town.world.system();
    let (pay, bill) = town.start("bank_transfer", Some("bca")).await;
    let lie = json!({"payment_request_id": pay.external_id, "reference_id": pay.reference, "currency": "IDR",
        "request_amount": 1, "status": "SUCCEEDED"});
    let (headers, body) = report(&town.double, "wh-1", lie);

    let received = gateway_event::receive(&ctx, "xendit", None, &headers, &body).await.unwrap();
    gateway_event::process(&ctx, &received.event_id).await.unwrap();

    assert_eq!(town.again(&pay).await.status, PaymentStatus::Pending);
    assert_eq!(town.world.reload(&bill).await.status, InvoiceStatus::Issued);
    let again = gateway_event::receive(&ctx, "xendit", None, &headers, &body).await.unwrap();
    assert!(!again.is_new, "the same report again is counted");
    let stored = gateway_event::get(&ctx, &received.event_id).await.unwrap();
    assert!(!stored.headers.to_string().contains(&town.double.settings["callback_token"]), "the token is not stored");
}

/// Where a notification could say that its proof is to be fetched.
const PLACES: [&str; 8] = [
    "proof_url",
    "signature_url",
    "signing_cert_url",
    "SigningCertURL",
    "certificate",
    "jku",
    "callback_url",
    "finish_redirect_url",
];

/// News of a charge that was paid, proven as its vendor proves it, with `url` wherever something could be fetched from.
fn with_addresses(town: &Town, pay: &payment::Model, url: &str) -> (Vec<(String, String)>, Vec<u8>) {
    let key = |name: &str| town.double.settings[name].clone();
    let (reference, id, amount) = (&pay.reference, &pay.external_id, pay.amount_minor);
    let mut body = match town.double.code {
        "midtrans" => {
            let signed = format!("{reference}200{amount}.00{}", key("server_key"));
            json!({"order_id": reference, "transaction_id": id, "status_code": "200", "currency": "IDR",
                "gross_amount": format!("{amount}.00"), "payment_type": "bank_transfer", "fraud_status": "accept",
                "transaction_status": "settlement", "signature_key": hex::encode(Sha512::digest(signed))})
        }
        "tripay" => json!({"merchant_ref": reference, "reference": id, "payment_method": "BCA Virtual Account",
            "total_amount": amount, "fee_merchant": 0, "fee_customer": 0, "is_closed_payment": 1, "status": "PAID"}),
        _ => json!({"event": "payment.capture", "business_id": key("business_id"), "data": {
            "payment_request_id": id, "reference_id": reference, "request_amount": amount, "currency": "IDR",
            "status": "SUCCEEDED"}}),
    };
    for place in PLACES {
        body[place] = json!(url);
    }
    let body = body.to_string().into_bytes();
    let places = ["x-signature-url", "x-certificate-url", "link"];
    let mut headers: Vec<(String, String)> = places.map(|name| (name.to_owned(), url.to_owned())).into();
    match town.double.code {
        "tripay" => {
            let mut mac = Hmac::<Sha256>::new_from_slice(key("private_key").as_bytes()).unwrap();
            mac.update(&body);
            headers.push(("x-callback-signature".to_owned(), hex::encode(mac.finalize().into_bytes())));
        }
        "xendit" => headers.push(("x-callback-token".to_owned(), key("callback_token"))),
        // It signs inside the body.
        _ => {}
    }
    (headers, body)
}

// 104
#[tokio::test]
async fn no_address_that_a_notification_names_is_ever_opened() {
    for code in ["midtrans", "tripay", "xendit"] {
        let town = Town::with(code).await;
        let ctx = town.world.system();
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let url = format!("http://{}/proof", elsewhere.local_addr().unwrap());
        let (pay, bill) = town.start("bank_transfer", Some("bca")).await;
        town.act("pay", &pay).await;
        let (headers, body) = with_addresses(&town, &pay, &url);

        // One whose proof would have to be fetched is not proven.
        let bare: Vec<_> = headers.iter().filter(|(_, value)| *value == url).cloned().collect();
        let unsigned = String::from_utf8(body.clone()).unwrap().replace("signature_key", "signature");
        let refused = gateway_event::receive(&ctx, code, None, &bare, unsigned.as_bytes()).await;
        assert!(matches!(refused, Err(PaymentError::Forged)), "{code}");

        let received = gateway_event::receive(&ctx, code, None, &headers, &body).await.unwrap();
        let status = gateway_event::process(&ctx, &received.event_id).await.unwrap();

        assert_eq!(status, GatewayEventStatus::Processed, "{code}");
        assert_eq!(town.world.reload(&bill).await.status, InvoiceStatus::Paid, "{code}: it is genuine");
        assert_eq!(elsewhere.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "{code}: somebody knocked");
        town.world.books_are_right().await;
    }
}
