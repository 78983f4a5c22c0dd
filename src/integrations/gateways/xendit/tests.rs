//! Golden payloads: what Xendit sends, and what we make of it.
use super::{map, settings::Account, webhook, wire};
use crate::integrations::{
    OutsideError,
    gateways::{
        AccountSettings, ChargeRequest, Instructions, RefundRequest, WebhookError, WebhookEvent,
        testing::{self, merge},
    },
};
use chrono::{DateTime, Utc};
use entity::value::{Money, PaymentStatus};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

const TOKEN: &str = "token-of-the-tests-0123456789";
const BUSINESS: &str = "5f27a14a9bf05c73dd040bc8";
const REQUEST_ID: &str = "pr-1102feb0-bb79-47ae-9d1e-e69394d3949c";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn account(values: &[(&str, &str)]) -> Account {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
    Account::read(&AccountSettings { base_url: None, values })
}

fn usual() -> Account {
    account(&[("callback_token", TOKEN), ("business_id", BUSINESS)])
}

fn request(method: &str, option: Option<&str>) -> ChargeRequest {
    let request = testing::request("xendit", "INV-2026-000123-2", method, option);
    ChargeRequest { expires_at: at("2026-11-22T03:00:00.7Z"), description: "INV-2026-000123".into(), ..request }
}

/// The vendor's own sample of a payment request, with invented values.
fn payment_request(changes: Value) -> wire::Charge {
    let mut body = json!({
        "business_id": BUSINESS, "reference_id": "INV-2026-000123-2", "payment_request_id": REQUEST_ID, "type": "PAY",
        "country": "ID", "currency": "IDR", "request_amount": 150_000, "capture_method": "AUTOMATIC",
        "channel_code": "BRI_VIRTUAL_ACCOUNT",
        "channel_properties": {"display_name": "PT Contoh Hosting", "expires_at": "2026-11-22T03:00:00Z"},
        "actions": [{"type": "PRESENT_TO_CUSTOMER", "descriptor": "VIRTUAL_ACCOUNT_NUMBER", "value": "1361012345678"}],
        "status": "REQUIRES_ACTION", "created": "2026-11-21T03:00:00Z", "updated": "2026-11-21T03:00:00Z",
        "a_field_of_tomorrow": {"nested": [1, 2]}
    });
    merge(&mut body, changes);
    serde_json::from_value(body).unwrap()
}

fn payment(changes: Value) -> Value {
    let mut body = json!({
        "payment_id": "py-1", "payment_request_id": REQUEST_ID, "reference_id": "INV-2026-000123-2", "type": "PAY",
        "country": "ID", "currency": "IDR", "request_amount": 150_000, "channel_code": "BRI_VIRTUAL_ACCOUNT",
        "status": "SUCCEEDED",
        "captures": [{"capture_id": "cap-1", "capture_amount": 150_000.0, "capture_timestamp": "2026-11-21T03:05:00.000Z"}],
    });
    merge(&mut body, changes);
    body
}

fn capture(changes: Value) -> Value {
    json!({"event": "payment.capture", "business_id": BUSINESS, "created": "2026-11-21T03:05:01Z", "data": payment(changes)})
}

/// A notification of an invoice of before: flat, without an envelope.
fn invoice() -> Value {
    json!({
        "id": "579c8d61f23fa4ca35e52da4", "external_id": "OLD-INVOICE-77", "user_id": BUSINESS, "status": "PAID",
        "merchant_name": "PT Contoh", "amount": 150_000, "paid_amount": 150_000, "paid_at": "2026-11-21T03:05:00.000Z",
        "payer_email": "budi@example.test", "currency": "IDR", "payment_method": "BANK_TRANSFER", "payment_channel": "BCA"
    })
}

fn headers(token: &str, id: &str) -> Vec<(String, String)> {
    vec![("x-callback-token".to_owned(), token.to_owned()), ("webhook-id".to_owned(), id.to_owned())]
}

fn parse(body: &Value) -> Result<WebhookEvent, WebhookError> {
    webhook::parse(&usual(), &headers(TOKEN, "wh-1"), body.to_string().as_bytes())
}

fn sent(request: &ChargeRequest) -> Value {
    match map::charge(request).unwrap() {
        map::Body::Request(body) => serde_json::to_value(body).unwrap(),
        map::Body::Session(body) => serde_json::to_value(body).unwrap(),
    }
}

#[test]
fn each_way_to_pay_is_asked_for_as_the_vendor_wants_it() {
    let account = sent(&request("bank_transfer", Some("bri")));
    assert_eq!(
        account,
        json!({
            "reference_id": "INV-2026-000123-2", "type": "PAY", "country": "ID", "currency": "IDR",
            "request_amount": 150_000, "capture_method": "AUTOMATIC", "channel_code": "BRI_VIRTUAL_ACCOUNT",
            "channel_properties": {"display_name": "Budi Santoso", "expires_at": "2026-11-22T03:00:00Z"},
            "description": "INV-2026-000123",
        })
    );
    let qris = sent(&request("qris", None));
    assert_eq!((&qris["channel_code"], &qris["channel_properties"]), (&json!("QRIS"), &json!({})));
    let wallet = sent(&request("dana", None));
    let page = "https://panel.example.test/panel/payments/pay_1";
    assert_eq!(wallet["channel_properties"], json!({"success_return_url": page, "failure_return_url": page}));
    let card = sent(&request("credit_card", None));
    assert_eq!((&card["session_type"], &card["mode"]), (&json!("PAY"), &json!("PAYMENT_LINK")));
    assert_eq!(card["allowed_payment_channels"], json!(["CARDS"]));
}

#[test]
fn what_the_vendor_would_refuse_is_not_sent() {
    let code = |request: &ChargeRequest| match map::charge(request) {
        Err(OutsideError::Rejected { code, .. }) => code,
        _ => panic!("not refused"),
    };
    let base = request("qris", None);
    let with = |change: fn(&mut ChargeRequest)| {
        let mut changed = base.clone();
        change(&mut changed);
        changed
    };

    assert_eq!(code(&with(|r| r.reference = "INV/../1".into())), "reference_invalid");
    assert_eq!(code(&with(|r| r.reference = "x".repeat(65))), "reference_invalid");
    assert_eq!(code(&with(|r| r.amount = Money::idr(10_000_001))), "amount_out_of_range");
    assert_eq!(code(&with(|r| r.amount = Money::new(5_000, "USD"))), "currency_unsupported");
    assert_eq!(code(&with(|r| r.expires_at = r.now)), "expiry_too_near");
    assert_eq!(code(&request("bank_transfer", Some("nobank"))), "method_unknown");
}

#[test]
fn each_answer_tells_the_payer_what_to_do() {
    let told = |descriptor: &str, value: &str, channel: &str| {
        let actions = json!([{"type": "X", "descriptor": descriptor, "value": value}]);
        let answer = payment_request(json!({"actions": actions, "channel_code": channel}));
        map::report(&answer, None, &[]).unwrap().instructions
    };

    let account = told("VIRTUAL_ACCOUNT_NUMBER", "1361012345678", "BRI_VIRTUAL_ACCOUNT");
    assert_eq!((account.bank.as_deref(), account.va_number.as_deref()), (Some("bri"), Some("1361012345678")));
    assert_eq!(told("QR_STRING", "000201", "QRIS").qr_string.as_deref(), Some("000201"));
    assert_eq!(told("PAYMENT_CODE", "XEN1", "ALFAMART").payment_code.as_deref(), Some("XEN1"));
    assert_eq!(
        told("WEB_URL", "https://pay.example.test", "DANA").redirect_url.as_deref(),
        Some("https://pay.example.test")
    );
    assert_eq!(told("WEB_URL", "javascript:alert(1)", "DANA"), Instructions::default());
    assert_eq!(told("NEW_WORD", "x", "DANA"), Instructions::default());
}

#[test]
fn an_answer_about_something_else_is_no_answer() {
    for changes in [
        json!({"reference_id": "INV-2026-000999-1"}),
        json!({"request_amount": 99_000}),
        json!({"request_amount": "150000.50"}),
        json!({"request_amount": 1e308}),
        json!({"request_amount": null}),
        json!({"currency": "PHP"}),
        json!({"payment_request_id": null}),
    ] {
        let read = map::outcome(&payment_request(changes.clone()), &request("bank_transfer", Some("bri")));

        assert!(matches!(read, Err(OutsideError::Unknown { .. })), "{changes}: {read:?}");
    }
    let fine = map::outcome(&payment_request(json!({})), &request("bank_transfer", Some("bri"))).unwrap();
    assert_eq!((fine.external_id.as_str(), fine.status), (REQUEST_ID, PaymentStatus::Pending));
}

#[test]
fn every_word_of_the_vendor_has_its_meaning_and_no_other_word_is_money() {
    for (word, status) in [
        ("REQUIRES_ACTION", PaymentStatus::Pending),
        ("ACCEPTING_PAYMENTS", PaymentStatus::Pending),
        ("PENDING", PaymentStatus::Pending),
        ("ACTIVE", PaymentStatus::Pending),
        ("AUTHORIZED", PaymentStatus::Authorized),
        ("SUCCEEDED", PaymentStatus::Succeeded),
        ("PAID", PaymentStatus::Succeeded),
        ("SETTLED", PaymentStatus::Succeeded),
        ("COMPLETED", PaymentStatus::Succeeded),
        ("FAILED", PaymentStatus::Failed),
        ("EXPIRED", PaymentStatus::Expired),
        ("CANCELED", PaymentStatus::Cancelled),
        ("SUCCESS", PaymentStatus::Unknown),
        ("", PaymentStatus::Unknown),
    ] {
        assert_eq!(map::status(Some(word)), status, "{word}");
    }
    assert_eq!(map::status(None), PaymentStatus::Unknown);
}

#[test]
fn money_that_comes_after_the_end_has_come() {
    let over = payment_request(json!({"status": "EXPIRED", "latest_payment_id": "py-1"}));
    let behind: wire::Charge = serde_json::from_value(payment(json!({}))).unwrap();

    let report = map::report(&over, Some(&behind), &[]).unwrap();

    assert_eq!((report.status, report.amount), (PaymentStatus::Succeeded, Money::idr(150_000)));
    assert_eq!(report.settled_at, Some(at("2026-11-21T03:05:00Z")));
    assert_eq!(map::report(&over, None, &[]).unwrap().status, PaymentStatus::Expired);
}

#[test]
fn what_was_captured_counts_and_not_what_was_asked_for() {
    let parts = json!([{"capture_amount": 100_000}, {"capture_amount": "20000.00"}]);
    let behind: wire::Charge = serde_json::from_value(payment(json!({"captures": parts}))).unwrap();

    let report = map::report(&payment_request(json!({"status": "SUCCEEDED"})), Some(&behind), &[]).unwrap();

    assert_eq!(report.amount, Money::idr(120_000));
}

#[test]
fn only_refunds_that_are_done_have_gone_back() {
    let refund = |status: &str, amount: i64| -> wire::Refund {
        serde_json::from_value(json!({"id": "rfd-1", "status": status, "amount": amount})).unwrap()
    };
    let paid = payment_request(json!({"status": "SUCCEEDED"}));
    let report = |refunds: &[wire::Refund]| {
        let report = map::report(&paid, None, refunds).unwrap();
        (report.status, report.refunded_minor)
    };

    assert_eq!(report(&[refund("PENDING", 50_000), refund("FAILED", 50_000)]), (PaymentStatus::Succeeded, 0));
    assert_eq!(report(&[refund("SUCCEEDED", 50_000)]), (PaymentStatus::PartiallyRefunded, 50_000));
    assert_eq!(
        report(&[refund("SUCCEEDED", 50_000), refund("SUCCEEDED", 100_000)]),
        (PaymentStatus::Refunded, 150_000)
    );
}

#[test]
fn a_golden_notification_is_proven_and_read() {
    let event = parse(&capture(json!({}))).unwrap();

    assert_eq!(event.doubt, None);
    assert_eq!((event.report.status, event.report.amount), (PaymentStatus::Succeeded, Money::idr(150_000)));
    assert_eq!((event.report.reference.as_str(), event.report.external_id.as_str()), ("INV-2026-000123-2", REQUEST_ID));
}

#[test]
fn a_notification_of_an_invoice_of_before_is_read_too() {
    let event = parse(&invoice()).unwrap();

    assert_eq!(event.doubt, None);
    assert_eq!((event.report.status, event.report.amount), (PaymentStatus::Succeeded, Money::idr(150_000)));
    assert_eq!(event.report.reference, "OLD-INVOICE-77");
    assert_eq!(event.report.external_id, "579c8d61f23fa4ca35e52da4");
}

#[test]
fn news_of_a_refund_leads_to_its_payment_and_makes_no_money() {
    let refund = json!({"id": "rfd-1", "payment_request_id": REQUEST_ID, "reference_id": "RFD-1", "amount": 5_000,
        "status": "SUCCEEDED", "metadata": {"payment": "INV-2026-000123-2"}});
    let inner = json!({"event": "refund.succeeded", "business_id": BUSINESS, "data": refund});
    for body in [inner.clone(), json!({"event": "refund.succeeded", "business_id": BUSINESS, "data": inner})] {
        let event = parse(&body).unwrap();

        assert_eq!(
            (event.report.reference.as_str(), event.report.status),
            ("INV-2026-000123-2", PaymentStatus::Unknown)
        );
        assert_eq!(event.report.external_id, REQUEST_ID);
    }
    let strange = parse(&json!({"event": "refund.succeeded", "data": {"reference_id": "RFD-1"}})).unwrap();
    assert_eq!(strange.report.reference, "", "the reference of a refund is none of a payment");
}

#[test]
fn a_forged_notification_is_refused() {
    let body = capture(json!({})).to_string();
    let twice = [headers(TOKEN, "wh-1"), headers(TOKEN, "wh-1")].concat();
    for headers in [
        Vec::new(),
        headers("", "wh-1"),
        headers("another", "wh-1"),
        headers(&format!("{TOKEN} "), "wh-1"),
        headers(&TOKEN.to_uppercase(), "wh-1"),
        twice,
    ] {
        let read = webhook::parse(&usual(), &headers, body.as_bytes());

        assert_eq!(read, Err(WebhookError::Forged), "{headers:?}");
    }
    let mut other = capture(json!({}));
    other["business_id"] = json!("another-business");
    assert_eq!(parse(&other), Err(WebhookError::Forged));
}

#[test]
fn during_a_rotation_both_tokens_are_good_and_afterwards_only_the_new_one() {
    let body = capture(json!({})).to_string();
    let during = account(&[("callback_token", "new"), ("callback_token_previous", TOKEN)]);
    let after = account(&[("callback_token", "new"), ("callback_token_previous", "")]);

    assert!(webhook::parse(&during, &headers(TOKEN, "wh-1"), body.as_bytes()).is_ok());
    assert!(webhook::parse(&during, &headers("new", "wh-1"), body.as_bytes()).is_ok());
    assert_eq!(webhook::parse(&after, &headers(TOKEN, "wh-1"), body.as_bytes()), Err(WebhookError::Forged));
}

#[test]
fn an_account_without_a_token_believes_nobody() {
    let body = capture(json!({})).to_string();

    assert_eq!(webhook::parse(&account(&[]), &headers("", "wh-1"), body.as_bytes()), Err(WebhookError::Forged));
}

#[test]
fn what_is_no_notification_cannot_be_read() {
    let deep = "[".repeat(100_000);
    for body in ["", "null", "[]", "\"x\"", "{\"a\":", "<html>", deep.as_str(), "\u{feff}{}"] {
        let read = webhook::parse(&usual(), &headers(TOKEN, "wh-1"), body.as_bytes());

        assert!(matches!(read, Err(WebhookError::Unparsable(_))), "{:.20}: {read:?}", body);
    }
}

#[test]
fn what_is_proven_but_odd_is_an_event_with_a_doubt() {
    for (changes, what) in [
        (json!({"captures": [{"capture_amount": "1.50"}]}), "1.50"),
        (json!({"currency": "USD"}), "USD"),
        (json!({"payment_request_id": null}), "payment_request_id"),
        (json!({"status": 5}), "invalid type"),
    ] {
        let event = parse(&capture(changes.clone())).unwrap();

        assert!(event.doubt.as_ref().is_some_and(|doubt| doubt.contains(what)), "{changes}: {event:?}");
        assert_eq!(event.report.amount.minor, 0, "nothing is made of an amount in doubt");
    }
}

#[test]
fn the_same_notification_has_the_same_key_whatever_it_says() {
    let key = |id: &str, body: &Value| {
        let read = webhook::parse(&usual(), &headers(TOKEN, id), body.to_string().as_bytes());
        read.unwrap().deduplication_key
    };
    let (body, other) = (capture(json!({})), capture(json!({"request_amount": 1})));

    assert_eq!(key("wh-1", &body), key("wh-1", &other), "another body under the same id is the same news");
    assert_ne!(key("wh-1", &body), key("wh-2", &body));
    let bare = |body: &Value| {
        let token = vec![("x-callback-token".to_owned(), TOKEN.to_owned())];
        webhook::parse(&usual(), &token, body.to_string().as_bytes()).unwrap().deduplication_key
    };
    assert_eq!(bare(&body), bare(&body));
    assert_ne!(bare(&body), bare(&other));
}

#[test]
fn a_refund_names_its_key_and_its_payment() {
    let mut request = RefundRequest {
        reference: "INV-2026-000123-2".into(),
        external_id: REQUEST_ID.into(),
        refund_key: "RFD-1".into(),
        amount: Money::idr(5_000),
        reason: "Salah pesan".into(),
    };

    let body = serde_json::to_value(map::refund(&request, REQUEST_ID).unwrap()).unwrap();

    assert_eq!((&body["reference_id"], &body["amount"]), (&json!("RFD-1"), &json!(5_000)));
    assert_eq!(body["metadata"], json!({"payment": "INV-2026-000123-2", "note": "Salah pesan"}));
    request.amount = Money::idr(0);
    assert!(map::refund(&request, REQUEST_ID).is_err());
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_fall(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = webhook::parse(&usual(), &headers(TOKEN, "wh-1"), &body);
    }

    #[test]
    fn no_unknown_word_of_the_vendor_makes_money(word in "\\PC{0,20}") {
        let known = ["SUCCEEDED", "PAID", "SETTLED", "COMPLETED"];
        prop_assume!(!known.contains(&word.to_ascii_uppercase().as_str()));
        prop_assert_ne!(map::status(Some(&word)), PaymentStatus::Succeeded);
    }
}
