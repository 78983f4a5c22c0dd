//! Golden payloads: what Tripay sends, and what we make of it.
use super::{map, settings::Account, webhook, wire};
use crate::integrations::{
    OutsideError,
    gateways::{
        AccountSettings, ChargeRequest, Instructions, WebhookError, WebhookEvent,
        testing::{self, merge},
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::value::{Money, PaymentStatus};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

/// The key of the vendor's own documentation.
const KEY: &str = "ytf6ooi2gmlNPfpchd94jDOk8hRWOu";
/// A notification byte for byte as PHP writes it: slashes are escaped.
const PAID: &str = r#"{"reference":"T0001000000455HFGRY","merchant_ref":"INV-2026-000123-1","payment_method":"BRI Virtual Account","payment_method_code":"BRIVA","total_amount":150000,"fee_merchant":4250,"fee_customer":0,"total_fee":4250,"amount_received":145750,"is_closed_payment":1,"status":"PAID","paid_at":1763694190,"note":"Simulasi \/ sandbox"}"#;
/// Its signatures under the key above and under `OLD-private-key`, computed outside this program.
const PAID_SIGNATURE: &str = "c0907e3df6a0e4f603d99e48f07e00f1bf4f80e954e5fcdcaa10c2222bf414cb";
const PAID_SIGNATURE_OLD: &str = "f90ce8aae074ae158701b92037da96d2da6200034ed87358f14aac1016dee654";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn account(values: &[(&str, &str)]) -> Account {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
    Account::read(&AccountSettings { base_url: None, values })
}

fn usual() -> Account {
    account(&[("private_key", KEY), ("merchant_code", "T0001"), ("api_key", "DEV-key")])
}

fn request(method: &str, option: Option<&str>) -> ChargeRequest {
    testing::request("tripay", "INV-2026-000123-1", method, option)
}

fn transaction(changes: Value) -> wire::Transaction {
    let mut body = json!({
        "reference": "T0001000000455HFGRY", "merchant_ref": "INV-2026-000123-1", "payment_selection_type": "static",
        "payment_method": "BRIVA", "payment_name": "BRI Virtual Account", "customer_name": "Budi Santoso",
        "amount": 150_000, "fee_merchant": 4_250, "fee_customer": 0, "total_fee": 4_250, "amount_received": 145_750,
        "pay_code": "57585748548596587", "pay_url": null, "checkout_url": "https://tripay.co.id/checkout/T0001000000455HFGRY",
        "status": "UNPAID", "expired_time": 1_795_316_400_i64,
        "order_items": [{"sku": null, "name": "n8n", "price": 150_000, "quantity": 1, "subtotal": 150_000}],
        "instructions": [{"title": "Internet Banking", "steps": ["Login ke <b>internet banking</b>"]}],
        "qr_string": null, "qr_url": null, "a_field_of_tomorrow": {"nested": [1, 2]}
    });
    merge(&mut body, changes);
    serde_json::from_value(body).unwrap()
}

fn signed(body: &str) -> Vec<(String, String)> {
    let signature = map::sign(&SecretString::from(KEY), body.as_bytes());
    vec![("x-callback-signature".to_owned(), signature)]
}

fn header(signature: &str) -> Vec<(String, String)> {
    vec![("x-callback-signature".to_owned(), signature.to_owned())]
}

fn parse(body: &str, headers: &[(String, String)]) -> Result<WebhookEvent, WebhookError> {
    webhook::parse(&usual(), headers, body.as_bytes())
}

#[test]
fn a_charge_is_signed_as_the_vendors_own_sample_is() {
    let signature = map::signature(&SecretString::from(KEY), "T0001", "INV55567", 1_500_000);

    assert_eq!(signature, "9f167eba844d1fcb369404e2bda53702e2f78f7aa12e91da6715414e65b8c86a");
}

#[test]
fn a_charge_says_what_the_vendor_wants_to_know() {
    let body = serde_json::to_value(map::create(&usual(), &request("bank_transfer", Some("bri"))).unwrap()).unwrap();

    let signature = map::signature(&SecretString::from(KEY), "T0001", "INV-2026-000123-1", 150_000);
    assert_eq!(
        body,
        json!({
            "method": "BRIVA", "merchant_ref": "INV-2026-000123-1", "amount": 150_000,
            "customer_name": "Budi Santoso", "customer_email": "budi@example.test",
            "order_items": [{"name": "INV-2026-000123  n8n", "price": 150_000, "quantity": 1}],
            "callback_url": "https://panel.example.test/api/webhooks/tripay/notification",
            "return_url": "https://panel.example.test/panel/payments/pay_1",
            "expired_time": at("2026-11-22T03:00:00Z").timestamp(), "signature": signature,
        })
    );
}

#[test]
fn the_end_of_a_charge_keeps_within_what_the_channel_takes() {
    let minutes = |method: &str, option: Option<&str>, wanted: i64| {
        let mut request = request(method, option);
        request.expires_at = request.now + Duration::minutes(wanted);
        (map::create(&usual(), &request).unwrap().expired_time.unwrap() - request.now.timestamp()) / 60
    };

    assert_eq!(minutes("bank_transfer", Some("bsi"), 24 * 60), 180, "BSI waits for three hours at most");
    assert_eq!(minutes("dana", None, 24 * 60), 60);
    assert_eq!(minutes("qris", None, 1), 10);
    assert_eq!(minutes("bank_transfer", Some("bca"), 24 * 60), 24 * 60);
}

#[test]
fn what_the_vendor_would_refuse_is_not_sent() {
    let code = |request: &ChargeRequest| match map::create(&usual(), request) {
        Err(OutsideError::Rejected { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let base = request("qris", None);
    let with = |change: fn(&mut ChargeRequest)| {
        let mut changed = base.clone();
        change(&mut changed);
        changed
    };

    assert_eq!(code(&with(|r| r.reference = "INV/../1".into())), "reference_invalid");
    assert_eq!(code(&with(|r| r.reference = String::new())), "reference_invalid");
    assert_eq!(code(&with(|r| r.amount = Money::idr(5_000_001))), "amount_out_of_range");
    assert_eq!(code(&with(|r| r.amount = Money::idr(0))), "amount_out_of_range");
    assert_eq!(code(&with(|r| r.amount = Money::new(5_000, "USD"))), "currency_unsupported");
    assert_eq!(code(&with(|r| r.expires_at = r.now)), "expiry_too_near");
    assert_eq!(code(&request("bank_transfer", Some("nobank"))), "method_unknown");
}

#[test]
fn each_answer_tells_the_payer_what_to_do() {
    let told = |changes| map::report(&transaction(changes)).unwrap().instructions;
    let page = "https://tripay.co.id/checkout/T0001000000455HFGRY";

    let va = Instructions {
        bank: Some("bri".into()),
        va_number: Some("57585748548596587".into()),
        ..Instructions::default()
    };
    assert_eq!(told(json!({})), va);
    let code = told(json!({"payment_method": "ALFAMART", "pay_code": "AL123"}));
    assert_eq!(code, Instructions { payment_code: Some("AL123".into()), ..Instructions::default() });
    let qr = told(json!({"payment_method": "QRIS2", "pay_code": null, "qr_string": "00020101"}));
    assert_eq!(qr, Instructions { qr_string: Some("00020101".into()), ..Instructions::default() });
    let wallet = told(json!({"payment_method": "DANA", "pay_code": null, "pay_url": "https://dana.example.test/x"}));
    assert_eq!(wallet.redirect_url.as_deref(), Some("https://dana.example.test/x"));
    let unknown = told(json!({"payment_method": "NEWVA"}));
    assert_eq!(unknown.redirect_url.as_deref(), Some(page), "what we do not know is left to the vendor's page");
    let script = told(json!({"payment_method": "DANA", "pay_code": null, "pay_url": "javascript:alert(1)"}));
    assert_eq!(script.redirect_url.as_deref(), Some(page), "only pages of the web are linked to");
}

#[test]
fn a_fee_the_customer_bears_is_on_top_and_not_ours() {
    let answer = transaction(json!({"amount": 154_250, "fee_merchant": 0, "fee_customer": 4_250}));

    let report = map::report(&answer).unwrap();

    assert_eq!((report.amount, report.fee_minor), (Money::idr(150_000), 0));
    assert_eq!(report.instructions.payable_minor, Some(154_250), "the payer sees what to hand over");
    let outcome = map::outcome(&answer, &request("bank_transfer", Some("bri"))).unwrap();
    assert_eq!(outcome.instructions.payable_minor, Some(154_250));
}

#[test]
fn an_account_whose_amount_does_not_hold_the_fee_is_understood_too() {
    let report = map::report(&transaction(json!({"fee_merchant": 0, "fee_customer": 4_250}))).unwrap();

    assert_eq!((report.amount, report.instructions.payable_minor), (Money::idr(150_000), None));
}

#[test]
fn the_fee_we_bear_is_told_and_the_payment_counts_in_full() {
    let report = map::report(&transaction(json!({"status": "PAID", "paid_at": "1763694190"}))).unwrap();

    assert_eq!((report.amount, report.fee_minor), (Money::idr(150_000), 4_250));
    assert_eq!(report.settled_at, Some(at("2025-11-21T03:03:10Z")));
}

#[test]
fn an_answer_about_something_else_is_no_answer() {
    for changes in [
        json!({"merchant_ref": "INV-2026-000999-1"}),
        json!({"amount": 99_000, "order_items": null}),
        json!({"amount": "150000.50"}),
        json!({"amount": 1e308}),
        json!({"amount": -1}),
        json!({"amount": null, "order_items": null}),
        json!({"fee_customer": 150_001, "order_items": null}),
        json!({"reference": null}),
    ] {
        let read = map::outcome(&transaction(changes.clone()), &request("bank_transfer", Some("bri")));

        assert!(matches!(read, Err(OutsideError::Unknown { .. })), "{changes}: {read:?}");
    }
}

#[test]
fn every_word_of_the_vendor_has_its_meaning_and_no_other_word_is_money() {
    for (word, status) in [
        ("UNPAID", PaymentStatus::Pending),
        ("PAID", PaymentStatus::Succeeded),
        ("paid", PaymentStatus::Succeeded),
        ("FAILED", PaymentStatus::Failed),
        ("EXPIRED", PaymentStatus::Expired),
        ("REFUND", PaymentStatus::Refunded),
        ("SETTLED", PaymentStatus::Unknown),
        ("", PaymentStatus::Unknown),
    ] {
        assert_eq!(map::status(Some(word)), status, "{word}");
    }
    assert_eq!(map::status(None), PaymentStatus::Unknown);
}

#[test]
fn a_golden_notification_is_proven_and_read() {
    let event = parse(PAID, &header(PAID_SIGNATURE)).unwrap();

    assert_eq!(event.doubt, None);
    assert_eq!(event.report.status, PaymentStatus::Succeeded);
    assert_eq!(event.report.amount, Money::idr(150_000));
    assert_eq!(event.report.reference, "INV-2026-000123-1");
    assert_eq!(event.report.external_id, "T0001000000455HFGRY");
    assert!(parse(PAID, &header(&PAID_SIGNATURE.to_uppercase())).is_ok(), "hexadecimal has two cases");
}

#[test]
fn a_forged_notification_is_refused() {
    let swapped = PAID.replace("EXPIRED", "PAID").replace("150000", "1");
    let rewritten = serde_json::from_str::<Value>(PAID).unwrap().to_string();
    let twice = [header(PAID_SIGNATURE), header(PAID_SIGNATURE)].concat();
    for (body, headers) in [
        (PAID, Vec::new()),
        (PAID, header("")),
        (PAID, header(&"0".repeat(64))),
        (PAID, header(&format!("{PAID_SIGNATURE} "))),
        (PAID, twice),
        (swapped.as_str(), header(PAID_SIGNATURE)),
        (rewritten.as_str(), header(PAID_SIGNATURE)),
    ] {
        assert_eq!(parse(body, &headers), Err(WebhookError::Forged), "{body:.60} {headers:?}");
    }
}

#[test]
fn during_a_rotation_both_keys_are_good_and_afterwards_only_the_new_one() {
    let during = account(&[("private_key", KEY), ("private_key_previous", "OLD-private-key")]);
    let after = account(&[("private_key", KEY), ("private_key_previous", "")]);
    let old = header(PAID_SIGNATURE_OLD);

    assert!(webhook::parse(&during, &old, PAID.as_bytes()).is_ok());
    assert!(webhook::parse(&during, &header(PAID_SIGNATURE), PAID.as_bytes()).is_ok());
    assert_eq!(webhook::parse(&after, &old, PAID.as_bytes()), Err(WebhookError::Forged));
}

#[test]
fn an_account_without_a_key_believes_nobody() {
    let signature = map::sign(&SecretString::from(""), PAID.as_bytes());

    assert_eq!(webhook::parse(&account(&[]), &header(&signature), PAID.as_bytes()), Err(WebhookError::Forged));
}

#[test]
fn what_is_no_notification_cannot_be_read() {
    let deep = "[".repeat(100_000);
    for body in ["", "null", "[]", "\"x\"", "{\"a\":", "<html>", deep.as_str(), "\u{feff}{}"] {
        let read = parse(body, &signed(body));

        assert!(matches!(read, Err(WebhookError::Unparsable(_))), "{:.20}: {read:?}", body);
    }
}

#[test]
fn what_is_signed_but_odd_is_an_event_with_a_doubt() {
    for (changes, what) in [
        (json!({"total_amount": "150000.50"}), "150000.50"),
        (json!({"total_amount": null}), "amount"),
        (json!({"reference": null}), "reference"),
        (json!({"is_closed_payment": 0}), "open payment"),
        (json!({"merchant_ref": 5}), "invalid type"),
    ] {
        let mut body: Value = serde_json::from_str(PAID).unwrap();
        merge(&mut body, changes.clone());
        let body = body.to_string();
        let event = parse(&body, &signed(&body)).unwrap();

        assert!(event.doubt.as_ref().is_some_and(|doubt| doubt.contains(what)), "{changes}: {event:?}");
        assert_eq!(event.report.amount.minor, 0, "nothing is made of an amount in doubt");
    }
}

#[test]
fn numbers_may_come_as_texts() {
    let body = PAID.replace("150000", "\"150000\"").replace("1763694190", "\"1763694190\"");

    let event = parse(&body, &signed(&body)).unwrap();

    assert_eq!((event.doubt, event.report.amount), (None, Money::idr(150_000)));
}

#[test]
fn the_same_news_has_the_same_key_and_other_news_another() {
    let key = |from: &str, to: &str| {
        let body = PAID.replace(from, to);
        parse(&body, &signed(&body)).unwrap().deduplication_key
    };

    assert_eq!(key("1763694190", "1763694191"), key("", ""), "another moment is no other news");
    assert_ne!(key("\"PAID\"", "\"EXPIRED\""), key("", ""));
    assert_ne!(key("T0001000000455HFGRY", "T0001000000456HFGRY"), key("", ""));
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_fall(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let signature = map::sign(&SecretString::from(KEY), &body);
        let _ = webhook::parse(&usual(), &header(&signature), &body);
    }

    #[test]
    fn no_word_of_the_vendor_but_paid_makes_money(word in "\\PC{0,20}") {
        prop_assume!(!word.eq_ignore_ascii_case("paid"));
        prop_assert_ne!(map::status(Some(&word)), PaymentStatus::Succeeded);
    }

    #[test]
    fn what_we_asked_for_comes_back_whoever_bears_the_fee(
        ours in 10_000_i64..10_000_000, merchant in 0_i64..10_000, customer in 0_i64..10_000,
    ) {
        let total = ours + customer;
        let report = map::report(&transaction(json!({
            "amount": total, "fee_merchant": merchant, "fee_customer": customer,
            "order_items": [{"price": ours, "quantity": 1}],
        }))).unwrap();
        prop_assert_eq!(report.amount, Money::idr(ours));
        prop_assert_eq!(report.instructions.payable_minor, (customer > 0).then_some(total));
    }
}
