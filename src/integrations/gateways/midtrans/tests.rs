//! Golden payloads: what Midtrans sends, and what we make of it.
use super::{map, settings::Account, webhook, wire};
use crate::integrations::{
    OutsideError,
    gateways::{AccountSettings, ChargeRequest, Instructions, RefundRequest, WebhookError, testing::merge},
};
use chrono::{DateTime, Utc};
use entity::value::{Money, PaymentStatus};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

const BACK: &str = "https://panel.example.test/panel/payments/pay_1";
const KEY: &str = "SB-Mid-server-TESTKEY";
/// Signatures of order `INV-2026-000123-1` over `150000.00`, computed outside this program.
const SIGNATURE_200: &str = "b659978fcfe4279ada916b96cfe7b9050227c96be5a94c821249c0e43056e801c0a36653ff0957072258dbb990b67d31211291314aec27d60baf3b36dfd11a98";
const SIGNATURE_201: &str = "3963985942328072a02643abd9ed228d7abf3407188ff4510860c0684cfad577230f1dee17ff86b0fb17ac1e8b5f6df06a6080f75fa119d8cdc6134e91855cff";
const SIGNATURE_202: &str = "476012ed375b9a823f9ede1ea8834432811de9062205169f13585eaeff67a9deeba2f8ee5135e3640a764666d5ff955a9cdaee7df3445f200c15fdf2094c28a9";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn account(values: &[(&str, &str)]) -> Account {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
    Account::read(&AccountSettings { base_url: None, values })
}

fn request(method: &str, option: Option<&str>) -> ChargeRequest {
    ChargeRequest {
        reference: "INV-2026-000123-1".into(),
        amount: Money::idr(150_000),
        method: method.into(),
        option: option.map(str::to_owned),
        expires_at: at("2026-11-22T03:00:00.5Z"),
        now: at("2026-11-21T03:00:00.9Z"),
        description: "INV-2026-000123 | n8n".into(),
        payer_name: "Budi Santoso".into(),
        payer_email: "budi@example.test".into(),
        payer_phone: Some("+6281234567890".into()),
        card_token: Some(SecretString::from("48111111-1114-0a1b2c3d")),
        notification_url: "https://panel.example.test/api/webhooks/midtrans/notification".into(),
        return_url: "https://panel.example.test/panel/payments/pay_1".into(),
    }
}

fn transaction(changes: Value) -> wire::Transaction {
    let mut body = json!({
        "status_code": "201", "status_message": "Success, Bank Transfer transaction is created",
        "transaction_id": "9aed5972-0000-4000-8000-a32c91ed1a3a", "order_id": "INV-2026-000123-1",
        "merchant_id": "G000000000", "gross_amount": "150000.00", "currency": "IDR", "payment_type": "bank_transfer",
        "transaction_time": "2026-11-21 10:00:01", "transaction_status": "pending", "fraud_status": "accept",
        "expiry_time": "2026-11-22 10:00:00", "a_field_of_tomorrow": {"nested": [1, 2]}
    });
    merge(&mut body, changes);
    serde_json::from_value(body).unwrap()
}

fn notification(changes: Value) -> Vec<u8> {
    let mut body = json!({
        "va_numbers": [{"va_number": "812785002530231", "bank": "bca"}], "transaction_time": "2026-11-21 10:00:01",
        "transaction_status": "settlement", "transaction_id": "9aed5972-0000-4000-8000-a32c91ed1a3a",
        "status_message": "midtrans payment notification", "status_code": "200", "signature_key": SIGNATURE_200,
        "settlement_time": "2026-11-21 10:03:10", "payment_type": "bank_transfer", "payment_amounts": [],
        "order_id": "INV-2026-000123-1", "merchant_id": "G000000000", "gross_amount": "150000.00",
        "fraud_status": "accept", "currency": "IDR"
    });
    merge(&mut body, changes);
    serde_json::to_vec(&body).unwrap()
}

#[test]
fn each_way_to_pay_is_charged_with_its_own_object() {
    for (method, bank, object) in [
        ("bank_transfer", Some("bca"), json!({"bank_transfer": {"bank": "bca"}})),
        ("bank_transfer", Some("bni"), json!({"bank_transfer": {"bank": "bni"}})),
        ("bank_transfer", Some("bri"), json!({"bank_transfer": {"bank": "bri"}})),
        ("bank_transfer", Some("cimb"), json!({"bank_transfer": {"bank": "cimb"}})),
        (
            "bank_transfer",
            Some("permata"),
            json!({"bank_transfer": {"bank": "permata", "permata": {"recipient_name": "Budi Santoso"}}}),
        ),
        ("echannel", None, json!({"echannel": {"bill_info1": "Payment:", "bill_info2": "INV-2026-000123  n8n"}})),
        ("qris", None, json!({"qris": {"acquirer": "gopay"}})),
        ("gopay", None, json!({"gopay": {"enable_callback": true, "callback_url": BACK}})),
        ("shopeepay", None, json!({"shopeepay": {"callback_url": BACK}})),
    ] {
        let mut expected = json!({
            "payment_type": method,
            "transaction_details": {"order_id": "INV-2026-000123-1", "gross_amount": 150_000},
            "item_details": [{"id": "payment", "price": 150_000, "quantity": 1, "name": "INV-2026-000123  n8n"}],
            "customer_details": {"first_name": "Budi Santoso", "email": "budi@example.test"},
            "custom_expiry": {"order_time": "2026-11-21 10:00:00 +0700", "expiry_duration": 86_400, "unit": "second"},
            "custom_field1": "INV-2026-000123  n8n",
        });
        merge(&mut expected, object);

        let charge = map::charge(&request(method, bank)).unwrap();

        assert_eq!(serde_json::to_value(charge).unwrap(), expected);
    }
}

#[test]
fn stores_and_lenders_are_told_who_pays_and_what_has_its_own_end_is_given_none() {
    let sent = |method: &str, option: Option<&str>| {
        let mut asked = request(method, option);
        asked.amount = Money::idr(150_000);
        serde_json::to_value(map::charge(&asked).unwrap()).unwrap()
    };
    let payer =
        json!({"first_name": "Budi", "last_name": "Santoso", "email": "budi@example.test", "phone": "+6281234567890"});

    let indomaret = sent("cstore", Some("indomaret"));
    assert_eq!(indomaret["cstore"], json!({"store": "indomaret", "message": "INV-2026-000123  n8n"}));
    assert_eq!(indomaret["customer_details"], payer);
    let alfamart = sent("cstore", Some("alfamart"));
    assert_eq!(alfamart["cstore"], json!({"store": "alfamart", "alfamart_free_text_1": "INV-2026-000123  n8n"}));
    for lender in ["akulaku", "kredivo"] {
        assert_eq!(sent(lender, None)["customer_details"], payer, "{lender}");
    }
    let ovo = sent("ovo", None);
    assert_eq!(ovo["ovo"], json!({"payer_phone_number": "+6281234567890"}));
    let card = sent("credit_card", None);
    assert_eq!(card["credit_card"], json!({"token_id": "48111111-1114-0a1b2c3d", "authentication": true}));
    assert!(ovo.get("custom_expiry").is_none() && card.get("custom_expiry").is_none());
}

#[test]
fn a_page_offers_one_way_and_does_not_outlive_the_attempt() {
    let asked = request("dana", None);

    let page = serde_json::to_value(map::page(&asked, "dana")).unwrap();

    assert_eq!(page["enabled_payments"], json!(["dana"]));
    assert_eq!(page["callbacks"], json!({"finish": BACK}));
    let end = json!({"start_time": "2026-11-21 10:00:00 +0700", "unit": "minutes", "duration": 1_440});
    assert_eq!(page["expiry"], end);
    let told = |body: Value| map::page_outcome(&serde_json::from_value(body).unwrap(), &asked);
    let good = told(json!({"token": "t", "redirect_url": "https://app.sandbox.midtrans.com/snap/v3/redirection/t"}));
    assert_eq!(good.unwrap().status, PaymentStatus::Pending);
    for odd in [json!({"token": "t"}), json!({"redirect_url": "javascript:alert(1)"})] {
        assert!(matches!(told(odd), Err(OutsideError::Unknown { .. })));
    }
}

#[test]
fn what_the_vendor_would_refuse_is_not_sent() {
    let code = |request: &ChargeRequest| match map::charge(request) {
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
    assert_eq!(code(&with(|r| r.reference = "..".into())), "reference_invalid");
    assert_eq!(code(&with(|r| r.reference = "x".repeat(51))), "reference_invalid");
    assert_eq!(code(&with(|r| r.amount = Money::idr(10_000_001))), "amount_out_of_range");
    assert_eq!(code(&with(|r| r.amount = Money::idr(0))), "amount_out_of_range");
    assert_eq!(code(&with(|r| r.amount = Money::new(5, "USD"))), "currency_unsupported");
    assert_eq!(code(&with(|r| r.expires_at = r.now)), "expiry_too_near");
    assert_eq!(code(&with(|r| r.method = "cash".into())), "method_unknown");
    assert_eq!(code(&request("bank_transfer", Some("mandiri"))), "method_unknown");
    assert_eq!(code(&request("bank_transfer", None)), "method_unknown");
}

#[test]
fn each_answer_to_a_charge_tells_the_payer_what_to_do() {
    let va = |bank: &str, number: &str| Instructions {
        bank: Some(bank.into()),
        va_number: Some(number.into()),
        ..Instructions::default()
    };
    for (changes, instructions) in [
        (json!({"va_numbers": [{"bank": "bca", "va_number": "812785002530231"}]}), va("bca", "812785002530231")),
        (json!({"va_numbers": [{"bank": "bni", "va_number": "9881270000000001"}]}), va("bni", "9881270000000001")),
        (json!({"permata_va_number": "8562000087926752", "va_numbers": null}), va("permata", "8562000087926752")),
        (
            json!({"payment_type": "echannel", "biller_code": "70012", "bill_key": "778347787706"}),
            Instructions {
                biller_code: Some("70012".into()),
                bill_key: Some("778347787706".into()),
                ..Instructions::default()
            },
        ),
        (
            json!({"payment_type": "gopay", "actions": [
                {"name": "generate-qr-code", "method": "GET", "url": "https://api.sandbox.midtrans.com/v2/gopay/1/qr-code"},
                {"name": "deeplink-redirect", "method": "GET", "url": "https://simulator.sandbox.midtrans.com/gopay/1"},
            ]}),
            Instructions {
                redirect_url: Some("https://simulator.sandbox.midtrans.com/gopay/1".into()),
                ..Instructions::default()
            },
        ),
        (
            json!({"payment_type": "shopeepay", "actions": [{"name": "deeplink-redirect", "url": "javascript:alert(1)"}]}),
            Instructions::default(),
        ),
        (
            json!({"payment_type": "cstore", "store": "indomaret", "payment_code": "25709650945026"}),
            Instructions { payment_code: Some("25709650945026".into()), ..Instructions::default() },
        ),
        (
            json!({"payment_type": "ovo"}),
            Instructions { countdown_until: Some(at("2026-11-22T03:00:00Z")), ..Instructions::default() },
        ),
        (
            json!({"payment_type": "credit_card", "redirect_url": "https://api.sandbox.midtrans.com/v2/token/rba/redirect/1"}),
            Instructions {
                redirect_url: Some("https://api.sandbox.midtrans.com/v2/token/rba/redirect/1".into()),
                ..Instructions::default()
            },
        ),
        (
            json!({"payment_type": "qris", "acquirer": "gopay", "qr_string": "0002016304ABCD"}),
            Instructions { qr_string: Some("0002016304ABCD".into()), ..Instructions::default() },
        ),
    ] {
        let outcome = map::outcome(&transaction(changes), &request("qris", None)).unwrap();

        assert_eq!(outcome.instructions, instructions);
        assert_eq!(outcome.status, PaymentStatus::Pending);
        assert_eq!(outcome.external_id, "9aed5972-0000-4000-8000-a32c91ed1a3a");
        assert_eq!(outcome.expires_at, Some(at("2026-11-22T03:00:00Z")), "Western Indonesian time, seven hours ahead");
    }
}

#[test]
fn the_other_spelling_of_the_expiry_is_read_too() {
    let answer = transaction(json!({"expiry_time": null, "expire_time": "2026-11-21 10:15:00"}));

    let outcome = map::outcome(&answer, &request("qris", None)).unwrap();

    assert_eq!(outcome.expires_at, Some(at("2026-11-21T03:15:00Z")));
}

#[test]
fn an_answer_about_another_order_or_amount_is_neither_success_nor_failure() {
    for changes in [
        json!({"order_id": "INV-2026-000124-1"}),
        json!({"gross_amount": "150001.00"}),
        json!({"gross_amount": "150000.50"}),
        json!({"gross_amount": null}),
        json!({"transaction_id": null}),
        json!({"currency": "USD"}),
    ] {
        let outcome = map::outcome(&transaction(changes.clone()), &request("qris", None));

        assert!(matches!(outcome, Err(OutsideError::Unknown { .. })), "{changes}: {outcome:?}");
    }
}

#[test]
fn every_status_of_the_vendor_has_its_meaning() {
    use PaymentStatus::*;
    for (code, status, fraud, settled, expected) in [
        ("201", "pending", Some("accept"), false, Pending),
        ("200", "PENDING", None, false, Pending),
        ("200", "authorize", Some("accept"), false, Authorized),
        ("200", "capture", Some("accept"), false, Succeeded),
        ("200", "capture", None, false, Succeeded),
        ("201", "capture", Some("challenge"), false, Review),
        ("200", "capture", Some("deny"), false, Failed),
        ("200", "settlement", Some("accept"), true, Succeeded),
        ("200", "settlement", None, true, Succeeded),
        ("200", "settlement", Some("challenge"), true, Review),
        ("200", "settlement", Some("deny"), true, Review),
        ("200", "settlement", Some("word_of_tomorrow"), true, Review),
        ("201", "settlement", Some("accept"), true, Unknown),
        ("202", "deny", None, false, Failed),
        ("202", "deny", Some("accept"), true, Reversed),
        ("202", "failure", None, false, Failed),
        ("200", "cancel", None, false, Cancelled),
        ("407", "expire", None, false, Expired),
        ("200", "refund", None, true, Refunded),
        ("200", "partial_refund", None, true, PartiallyRefunded),
        ("200", "chargeback", None, true, Chargeback),
        ("200", "partial_chargeback", None, true, Chargeback),
        ("200", "foo", Some("accept"), true, Unknown),
        ("200", "", Some("accept"), true, Unknown),
    ] {
        let answer = transaction(json!({
            "status_code": code, "transaction_status": status, "fraud_status": fraud,
            "settlement_time": settled.then_some("2026-11-21 10:03:10"),
        }));

        assert_eq!(map::status(&answer), expected, "{code} {status} {fraud:?}");
    }
}

#[test]
fn a_report_counts_what_came_and_what_went_back() {
    let open_account = transaction(json!({
        "status_code": "200", "transaction_status": "settlement", "settlement_time": "2026-11-21 10:03:10",
        "payment_amounts": [{"paid_at": "2026-11-21 10:03:10", "amount": "100000.00"}],
    }));
    let refunded = transaction(json!({
        "status_code": "200", "transaction_status": "partial_refund", "refund_amount": "5000.00",
        "refunds": [{"refund_key": "RFD-1", "refund_amount": "5000.00"}],
    }));

    let (open_account, refunded) = (map::report(&open_account).unwrap(), map::report(&refunded).unwrap());

    assert_eq!((open_account.amount, open_account.refunded_minor), (Money::idr(100_000), 0));
    assert_eq!(open_account.settled_at, Some(at("2026-11-21T03:03:10Z")));
    assert_eq!((refunded.amount, refunded.refunded_minor), (Money::idr(150_000), 5_000));
    assert_eq!(refunded.status, PaymentStatus::PartiallyRefunded);
}

#[test]
fn amounts_are_whole_rupiah_or_nothing() {
    for (text, expected) in [
        ("150000.00", Some(150_000)),
        ("150000", Some(150_000)),
        ("0.00", Some(0)),
        ("9223372036854775807.00", Some(i64::MAX)),
        ("9223372036854775808.00", None),
        ("150000.50", None),
        ("-1.00", None),
        ("+1.00", None),
        ("1e308", None),
        ("150.000,00", None),
        ("1.", None),
        (".00", None),
        ("", None),
    ] {
        assert_eq!(map::amount(text).ok(), expected, "{text:?}");
    }
}

#[test]
fn a_signed_notification_is_believed_as_a_hint() {
    let account = account(&[("server_key", KEY), ("merchant_id", "G000000000")]);

    let event = webhook::parse(&account, &notification(json!({}))).unwrap();

    assert_eq!(event.report.status, PaymentStatus::Succeeded);
    assert_eq!(event.report.reference, "INV-2026-000123-1");
    assert_eq!(event.report.amount, Money::idr(150_000));
    let upper = notification(json!({"signature_key": SIGNATURE_200.to_uppercase()}));
    assert!(webhook::parse(&account, &upper).is_ok(), "hex may be written either way");
    let extra = notification(json!({"field_of_tomorrow": {"a": [null]}}));
    assert!(webhook::parse(&account, &extra).is_ok());
}

#[test]
fn pending_and_expired_notifications_are_proven_by_their_own_codes() {
    let account = account(&[("server_key", KEY)]);
    let read = |changes| webhook::parse(&account, &notification(changes)).map(|event| event.report.status);

    let pending = json!({"status_code": "201", "signature_key": SIGNATURE_201, "transaction_status": "pending"});
    let expired = json!({"status_code": "202", "signature_key": SIGNATURE_202, "transaction_status": "expire"});
    let swapped = json!({"status_code": "201", "signature_key": SIGNATURE_201});

    assert_eq!(read(pending), Ok(PaymentStatus::Pending));
    assert_eq!(read(expired), Ok(PaymentStatus::Expired));
    assert_eq!(read(swapped), Ok(PaymentStatus::Unknown), "a pending signature never makes a settlement");
}

#[test]
fn what_is_not_signed_by_the_gateway_is_forged() {
    let account = account(&[("server_key", KEY), ("merchant_id", "G000000000")]);
    for changes in [
        json!({"signature_key": null}),
        json!({"signature_key": ""}),
        json!({"signature_key": SIGNATURE_201}),
        json!({"order_id": "INV-2026-000124-1"}),
        json!({"gross_amount": "1.00"}),
        json!({"gross_amount": "150000"}),
        json!({"gross_amount": 150_000}),
        json!({"status_code": 200}),
        json!({"merchant_id": "G999999999"}),
    ] {
        let read = webhook::parse(&account, &notification(changes.clone()));

        assert_eq!(read, Err(WebhookError::Forged), "{changes}");
    }
}

#[test]
fn during_a_rotation_both_keys_are_good_and_afterwards_only_the_new_one() {
    let old = notification(json!({}));
    let during = account(&[("server_key", "SB-Mid-server-NEW"), ("server_key_previous", KEY)]);
    let after = account(&[("server_key", "SB-Mid-server-NEW"), ("server_key_previous", "")]);

    assert!(webhook::parse(&during, &old).is_ok());
    assert_eq!(webhook::parse(&after, &old), Err(WebhookError::Forged));
}

#[test]
fn an_account_without_a_key_believes_nobody() {
    let signed = ["INV-2026-000123-1", "200", "150000.00"];
    let body = notification(json!({"signature_key": webhook::signature(signed, &SecretString::from(""))}));

    assert_eq!(webhook::parse(&account(&[]), &body), Err(WebhookError::Forged));
}

#[test]
fn what_is_no_notification_cannot_be_read() {
    let account = account(&[("server_key", KEY)]);
    let deep = "[".repeat(100_000);
    for body in ["", "null", "[]", "\"x\"", "{\"a\":", "<html>", deep.as_str(), "\u{feff}{}"] {
        let read = webhook::parse(&account, body.as_bytes());

        assert!(matches!(read, Err(WebhookError::Unparsable(_))), "{:.20}: {read:?}", body);
    }
}

#[test]
fn what_is_signed_but_odd_is_an_event_with_a_doubt() {
    let account = account(&[("server_key", KEY)]);
    let signed = |amount: &str| webhook::signature(["INV-2026-000123-1", "200", amount], &SecretString::from(KEY));
    let with_amount = |amount: &str| json!({"gross_amount": amount, "signature_key": signed(amount)});
    for (changes, what) in [
        (json!({"transaction_id": null}), "transaction_id"),
        (json!({"currency": "USD"}), "USD"),
        (with_amount("150000.50"), "150000.50"),
        (with_amount("99999999999999999999"), "99999999999999999999"),
        (json!({"payment_amounts": "none"}), "invalid type"),
    ] {
        let event = webhook::parse(&account, &notification(changes.clone())).unwrap();

        assert!(event.doubt.as_ref().is_some_and(|doubt| doubt.contains(what)), "{changes}: {event:?}");
        assert_eq!(event.report.reference, "INV-2026-000123-1");
        assert_eq!(event.report.amount.minor, 0, "nothing is made of an amount in doubt");
    }
    assert_eq!(webhook::parse(&account, &notification(json!({}))).unwrap().doubt, None);
}

#[test]
fn the_same_news_has_the_same_key_and_other_news_another() {
    let account = account(&[("server_key", KEY)]);
    let key = |changes| webhook::parse(&account, &notification(changes)).unwrap().deduplication_key;
    let refund = |confirmed: Option<&str>| {
        json!({"transaction_status": "refund", "refund_amount": "150000.00",
               "refunds": [{"refund_key": "RFD-1", "refund_amount": "150000.00", "bank_confirmed_at": confirmed}]})
    };

    let keys = [
        key(json!({})),
        key(json!({"transaction_status": "deny"})),
        key(json!({"fraud_status": "challenge"})),
        key(json!({"transaction_id": "another"})),
        key(refund(None)),
        key(refund(Some("2026-11-21 11:00:00"))),
    ];

    assert_eq!(keys[0], key(json!({"settlement_time": "2026-11-21 10:03:11", "issuer": "later word"})));
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
}

#[test]
fn a_refund_names_its_key_and_amount() {
    let mut request = RefundRequest {
        reference: "INV-2026-000123-1".into(),
        external_id: "9aed5972".into(),
        refund_key: "RFD-1".into(),
        amount: Money::idr(5_000),
        reason: "Salah pesan".into(),
    };

    let body = serde_json::to_value(map::refund(&request).unwrap()).unwrap();

    assert_eq!(body, json!({"refund_key": "RFD-1", "amount": 5_000, "reason": "Salah pesan"}));
    request.amount = Money::idr(0);
    assert!(map::refund(&request).is_err());
    request.refund_key = "RFD 1".into();
    assert!(map::refund(&request).is_err());
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_fall(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(webhook::parse(&account(&[("server_key", KEY)]), &body).is_err());
    }

    #[test]
    fn no_word_of_the_vendor_makes_money_without_code_200(code in "[0-9]{3}", status in "\\PC{0,20}", fraud in "\\PC{0,10}") {
        prop_assume!(code != "200");
        let answer = transaction(json!({"status_code": code, "transaction_status": status, "fraud_status": fraud}));
        prop_assert_ne!(map::status(&answer), PaymentStatus::Succeeded);
    }
}
