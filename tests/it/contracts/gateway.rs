//! Payment gateways over the wire: charge, money, reports, and everything that goes wrong on the way.
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use chrono::{DateTime, Duration, Utc};
use entity::value::{Money, PaymentStatus};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};
use tokio_util::sync::CancellationToken;
use yumna::{
    integrations::{
        OutsideError,
        gateways::{
            self, AccountSettings, ChargeName, ChargeOutcome, ChargeRequest, Entry, Inquiry, MethodOffer,
            PaymentGateway, PaymentReport, RefundRequest, WebhookError, WebhookEvent, qris,
        },
        sim::{Bench, ControlError, Fault, FaultKind, Faults, RunningSimulator, server},
    },
    kernel::clock::{Clock, TestClock},
};

mod answers;
mod midtrans;
mod shop;
mod tripay;
mod xendit;

use shop::{Shop, class_of, code_of, start_of_story};

#[tokio::test]
async fn every_way_to_pay_leads_from_charge_to_proven_money() {
    for gateway in gateways::registry().into_iter().filter(|gateway| gateway.simulator().is_some()) {
        let shop = Shop::open(gateway.code()).await;
        for (index, offer) in gateway.methods().into_iter().enumerate() {
            let reference = format!("INV-2026-000123-{index}");

            let mut request = shop.request(&reference, &offer);
            if offer.needs == Some(Entry::Card) {
                request.card_token = Some(shop.card_token("4811111111111114").await);
            }
            let charged = gateway.charge(&shop.account, &request).await.unwrap();
            assert_eq!(charged.status, PaymentStatus::Pending, "{}", offer.name);
            assert_eq!(charged.expires_at, Some(request.expires_at), "{}", offer.name);
            assert_ne!(charged.instructions, Default::default(), "{} tells the payer nothing", offer.name);
            // A page on which nothing is chosen yet has no order, and nobody reports of it.
            let is_page = charged.external_id.is_empty();
            let told = if shop.tells_of_waiting() && !is_page { vec![PaymentStatus::Pending] } else { Vec::new() };
            assert_eq!(shop.statuses().await, told, "{}", offer.name);

            shop.act("pay", json!({"reference": reference})).await.unwrap();
            let mut reports = shop.reports().await;
            if is_page {
                assert_eq!(reports.remove(0).report.status, PaymentStatus::Pending, "{} was chosen", offer.name);
            }

            assert_eq!(reports.len(), 1, "{}", offer.name);
            let id = reports[0].report.external_id.clone();
            let name = ChargeName { reference: &reference, external_id: Some(&id) };
            let known = shop.inquire_as(name).await.unwrap();
            for report in [&reports[0].report, &known] {
                assert_eq!(report.status, PaymentStatus::Succeeded, "{}", offer.name);
                assert_eq!(report.amount, Money::idr(55_500));
                assert_eq!((&report.reference, &report.external_id), (&reference, &id));
                // A card is captured at once and settled later.
                let is_settled = offer.needs != Some(Entry::Card);
                assert_eq!(report.settled_at, is_settled.then(start_of_story), "{}", offer.name);
            }
            assert!(is_page || id == charged.external_id, "{}", offer.name);
        }
        assert_eq!(shop.running.control.due_deliveries().await, 0);
    }
}

#[tokio::test]
async fn the_payer_gets_the_numbers_of_the_way_chosen() {
    let shop = Shop::open("midtrans").await;
    for bank in ["bca", "bni", "bri", "cimb", "permata"] {
        let told = shop.charge(&format!("VA-{bank}"), "bank_transfer", Some(bank)).await.unwrap().instructions;
        assert_eq!(told.bank.as_deref(), Some(bank));
        assert!(told.va_number.unwrap().bytes().all(|digit| digit.is_ascii_digit()));
    }

    let bill = shop.charge("BILL-1", "echannel", None).await.unwrap().instructions;
    assert_eq!(bill.biller_code.as_deref(), Some("70012"));
    assert!(bill.bill_key.is_some());

    let code = shop.charge("QR-1", "qris", None).await.unwrap().instructions.qr_string.unwrap();
    assert_eq!(qris::parse(&code).unwrap().doubts(55_500), Vec::<&str>::new());
}

#[tokio::test]
async fn a_virtual_account_can_be_read_back_and_a_qr_code_cannot() {
    let shop = Shop::open("midtrans").await;
    let transfer = shop.charge("A-1", "bank_transfer", Some("permata")).await.unwrap();
    shop.charge("A-2", "qris", None).await.unwrap();

    assert_eq!(shop.inquire("A-1").await.unwrap().instructions, transfer.instructions);
    assert_eq!(shop.inquire("A-2").await.unwrap().instructions, Default::default());
    assert_eq!(shop.inquire("A-3").await, None);
}

#[tokio::test]
async fn a_reference_is_charged_once() {
    let shop = Shop::open("midtrans").await;
    let first = shop.charge("TWICE-1", "bank_transfer", Some("bca")).await.unwrap();

    let again = shop.charge("TWICE-1", "bank_transfer", Some("bca")).await.unwrap();
    shop.clock.advance(Duration::minutes(6));
    let later = shop.charge("TWICE-1", "bank_transfer", Some("bca")).await.unwrap();
    let mut other = shop.request("TWICE-1", &shop.offer("bank_transfer", Some("bca")));
    other.amount = Money::idr(99_000);
    let other = shop.gateway.charge(&shop.account, &other).await;

    assert_eq!(again, first, "within five minutes the idempotency key answers");
    assert_eq!(later, first, "afterwards the order id guards");
    assert_eq!(class_of(&other), "unknown", "a charge over another amount is no answer to this one");
}

#[tokio::test]
async fn what_really_came_is_reported_also_where_it_is_another_sum() {
    let shop = Shop::open("midtrans").await;
    shop.charge("SUM-1", "bank_transfer", Some("bca")).await.unwrap();

    shop.act("pay", json!({"reference": "SUM-1", "amount": 50_000})).await.unwrap();

    assert_eq!(shop.reports().await.last().unwrap().report.amount, Money::idr(50_000));
    assert_eq!(shop.inquire("SUM-1").await.unwrap().amount, Money::idr(50_000));
}

#[tokio::test]
async fn an_unpaid_charge_is_cancelled_and_a_paid_one_says_so() {
    let shop = Shop::open("midtrans").await;
    shop.charge("STOP-1", "bank_transfer", Some("bri")).await.unwrap();
    shop.charge("STOP-2", "bank_transfer", Some("bri")).await.unwrap();
    shop.act("pay", json!({"reference": "STOP-2"})).await.unwrap();
    let cancel = async |reference: &str| shop.gateway.cancel(&shop.account, reference.into()).await;

    assert_eq!(cancel("STOP-1").await.unwrap().status, PaymentStatus::Cancelled);
    assert_eq!(cancel("STOP-1").await.unwrap().status, PaymentStatus::Cancelled, "twice is the same as once");
    assert_eq!(cancel("STOP-2").await.unwrap().status, PaymentStatus::Succeeded);
    assert_eq!(code_of(cancel("STOP-3").await), "not_found");
    assert_eq!(shop.inquire("STOP-1").await.unwrap().status, PaymentStatus::Cancelled);
}

#[tokio::test]
async fn an_unpaid_charge_expires_by_product_time_and_late_money_still_arrives() {
    let shop = Shop::open("midtrans").await;
    shop.charge("LATE-1", "qris", None).await.unwrap();
    shop.reports().await;

    shop.clock.advance(Duration::minutes(15));

    assert_eq!(shop.statuses().await, [PaymentStatus::Expired]);
    assert_eq!(shop.inquire("LATE-1").await.unwrap().status, PaymentStatus::Expired);
    assert_eq!(shop.gateway.cancel(&shop.account, "LATE-1".into()).await.unwrap().status, PaymentStatus::Expired);
    let refused = shop.act("pay", json!({"reference": "LATE-1"})).await;
    assert!(matches!(refused, Err(ControlError::Refused(_))), "{refused:?}");
    shop.act("pay", json!({"reference": "LATE-1", "force": true})).await.unwrap();
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);
}

#[tokio::test]
async fn the_world_outside_expires_denies_cancels_and_takes_back() {
    let shop = Shop::open("midtrans").await;
    for (reference, act, expected) in [
        ("ACT-1", "expire", PaymentStatus::Expired),
        ("ACT-2", "deny", PaymentStatus::Failed),
        ("ACT-3", "cancel", PaymentStatus::Cancelled),
    ] {
        shop.charge(reference, "echannel", None).await.unwrap();
        shop.act(act, json!({"reference": reference})).await.unwrap();
        assert_eq!(shop.statuses().await.last(), Some(&expected), "{act}");
    }

    shop.charge("ACT-4", "echannel", None).await.unwrap();
    shop.act("pay", json!({"reference": "ACT-4"})).await.unwrap();
    shop.act("deny", json!({"reference": "ACT-4"})).await.unwrap();

    assert_eq!(shop.statuses().await.last(), Some(&PaymentStatus::Reversed));
    assert!(matches!(shop.act("pay", json!({"reference": "ACT-9"})).await, Err(ControlError::NotFound(_))));
    assert!(matches!(shop.act("dance", json!({"reference": "ACT-4"})).await, Err(ControlError::NotFound(_))));
    assert!(matches!(
        shop.act("pay", json!({"reference": "ACT-1", "force": true, "amount": -5})).await,
        Err(ControlError::Refused(_))
    ));
}

#[tokio::test]
async fn a_charge_is_closed_at_the_gateway_once_and_one_that_was_paid_says_so() {
    for gateway in gateways::registry().into_iter().filter(|gateway| gateway.simulator().is_some()) {
        let shop = Shop::open(gateway.code()).await;
        let mut ids = std::collections::BTreeMap::new();
        for reference in ["OVER-1", "OVER-2"] {
            let charged = shop.charge(reference, "bank_transfer", Some("bca")).await.unwrap();
            ids.insert(reference, charged.external_id);
        }
        let name = |reference| ChargeName { reference, external_id: ids.get(reference).map(String::as_str) };
        let expire = async |reference| gateway.expire(&shop.account, name(reference)).await;
        shop.act("pay", json!({"reference": "OVER-2"})).await.unwrap();

        for _ in 0..2 {
            assert_eq!(expire("OVER-1").await.unwrap().status, PaymentStatus::Expired);
        }
        // Where a code cannot be closed it is over for us only: it may still be paid. Not every gateway tells why a
        // code was closed.
        let left = shop.inquire_as(name("OVER-1")).await.unwrap().status;
        match gateway.describe().closes {
            true => assert!(matches!(left, PaymentStatus::Expired | PaymentStatus::Cancelled), "{left:?}"),
            false => assert_eq!(left, PaymentStatus::Pending),
        }
        assert_eq!(expire("OVER-2").await.unwrap().status, PaymentStatus::Succeeded);
        assert_eq!(code_of(expire("OVER-3").await), "not_found");
    }
}

#[tokio::test]
async fn each_fault_of_the_wire_has_the_meaning_that_keeps_money_safe() {
    let shop = Shop::open("midtrans").await;
    for charged in shop.meets_faults(("/v2/charge", "/status"), "cimb").await {
        if let Err(OutsideError::Unavailable { retry_after, .. }) = charged {
            assert!(retry_after.is_some(), "429 says when to come back");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_is_healed_by_asking_again() {
    let shop = Shop::open("midtrans").await;
    for (reference, method, bank) in [("LOST-1", "qris", None), ("LOST-2", "bank_transfer", Some("permata"))] {
        shop.breaks(FaultKind::TimeoutAfterEffect);
        assert_eq!(class_of(&shop.charge(reference, method, bank).await), "unknown");

        let healed = shop.charge(reference, method, bank).await.unwrap();

        assert_ne!(healed.instructions, Default::default(), "{method}");
    }
}

#[tokio::test]
async fn a_gateway_nobody_reaches_has_done_nothing() {
    let shop = Shop::open("midtrans").await;
    let account = AccountSettings { base_url: Some("http://127.0.0.1:1".into()), ..shop.account.clone() };
    let request = shop.request("AWAY-1", &shop.offer("qris", None));

    assert_eq!(class_of(&shop.gateway.charge(&account, &request).await), "unavailable");
    assert_eq!(class_of(&shop.gateway.inquire(&account, "AWAY-1".into()).await), "unavailable");
}

#[tokio::test]
async fn the_account_is_tested_without_moving_money() {
    let shop = Shop::open("midtrans").await;
    let mut wrong = shop.account.clone();
    wrong.values.insert("server_key".into(), SecretString::from("SB-Mid-server-WRONG"));

    let accepted = shop.gateway.check(&shop.account).await.unwrap();

    assert!(!accepted.facts.is_empty() && accepted.warnings.is_empty(), "{accepted:?}");
    assert_eq!(code_of(shop.gateway.check(&wrong).await), "unauthorized");
    assert_eq!(code_of(shop.gateway.check(&AccountSettings::default()).await), "not_configured");
    let request = shop.request("KEY-1", &shop.offer("qris", None));
    assert_eq!(code_of(shop.gateway.charge(&wrong, &request).await), "unauthorized");
}

#[tokio::test]
async fn a_forged_report_is_refused_and_the_true_one_comes_later() {
    let shop = Shop::open("midtrans").await;
    shop.charge("FORGED-1", "qris", None).await.unwrap();
    shop.reports().await;
    shop.breaks(FaultKind::WrongSignature);
    shop.postbox.answer.store(403, Ordering::SeqCst);

    shop.act("pay", json!({"reference": "FORGED-1"})).await.unwrap();
    shop.running.control.tick().await;

    let letters = shop.postbox.empty();
    assert_eq!(letters.len(), 1);
    assert_eq!(shop.read(&letters[0]), Err(WebhookError::Forged));
    assert_eq!(shop.running.control.due_deliveries().await, 0, "the next try waits");
    shop.postbox.answer.store(200, Ordering::SeqCst);
    shop.clock.advance(Duration::minutes(2));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);
}

#[tokio::test]
async fn what_another_account_signed_is_forged() {
    for gateway in gateways::registry().into_iter().filter(|gateway| gateway.simulator().is_some()) {
        let (own, other) = (Shop::open(gateway.code()).await, Shop::open(gateway.code()).await);
        other.charge("OTHER-1", "qris", None).await.unwrap();
        other.act("pay", json!({"reference": "OTHER-1"})).await.unwrap();
        other.running.control.tick().await;

        let letters = other.postbox.empty();

        assert!(!letters.is_empty(), "{}", gateway.code());
        for letter in letters {
            assert!(other.read(&letter).is_ok(), "{}", gateway.code());
            assert_eq!(own.read(&letter), Err(WebhookError::Forged), "{}", gateway.code());
        }
    }
}

#[tokio::test]
async fn reports_come_twice_late_and_in_the_wrong_order() {
    let shop = Shop::open("midtrans").await;

    shop.breaks(FaultKind::DuplicateWebhook);
    shop.charge("NEWS-1", "qris", None).await.unwrap();
    let twice = shop.reports().await;
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0].deduplication_key, twice[1].deduplication_key);

    shop.faults.add(Fault {
        target: "midtrans".into(),
        kind: FaultKind::LateWebhook,
        times: 1,
        delay_ms: Some(3_600_000),
        path_contains: Some("/api/webhooks/".into()),
    });
    shop.act("pay", json!({"reference": "NEWS-1"})).await.unwrap();
    assert_eq!(shop.statuses().await, []);
    shop.clock.advance(Duration::hours(1));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);

    shop.faults.add(Fault {
        target: "midtrans".into(),
        kind: FaultKind::ReorderedWebhook,
        times: 1,
        delay_ms: None,
        path_contains: None,
    });
    shop.charge("NEWS-2", "qris", None).await.unwrap();
    assert_eq!(shop.statuses().await, []);
    shop.act("pay", json!({"reference": "NEWS-2"})).await.unwrap();
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded, PaymentStatus::Pending]);
}

#[tokio::test]
async fn a_report_may_come_before_the_answer() {
    let shop = Shop::open("midtrans").await;
    shop.breaks(FaultKind::WebhookBeforeResponse);

    shop.charge("FIRST-1", "qris", None).await.unwrap();

    assert_eq!(shop.postbox.empty().len(), 1, "it was there when the answer came");
}

#[tokio::test]
async fn reports_nobody_thanks_for_are_sent_again_with_growing_pauses() {
    let shop = Shop::open("midtrans").await;
    shop.postbox.answer.store(503, Ordering::SeqCst);
    shop.charge("AGAIN-1", "qris", None).await.unwrap();

    let mut tries = Vec::new();
    for minutes in [0, 2, 10, 30, 90, 210] {
        shop.clock.advance(Duration::minutes(minutes));
        shop.running.control.tick().await;
        tries.push(shop.postbox.empty().iter().filter(|body| is_pending(&body.body)).count());
    }

    assert_eq!(tries, [1, 1, 1, 1, 1, 0], "once and four times more, as the vendor does after 503");
}

fn is_pending(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).unwrap()["transaction_status"] == "pending"
}

#[tokio::test]
async fn money_goes_back_the_way_it_came_where_the_method_can() {
    let shop = Shop::open("midtrans").await;
    let refund = async |reference: &str, key: &str, minor| {
        let request = RefundRequest {
            reference: reference.into(),
            external_id: String::new(),
            refund_key: key.into(),
            amount: Money::idr(minor),
            reason: "Salah pesan".into(),
        };
        shop.gateway.refund(&shop.account, &request).await
    };
    shop.charge("BACK-1", "qris", None).await.unwrap();
    shop.charge("BACK-2", "bank_transfer", Some("bca")).await.unwrap();
    assert_eq!(code_of(refund("BACK-1", "RFD-0", 1_000).await), "wrong_state", "nothing came yet");
    for reference in ["BACK-1", "BACK-2"] {
        shop.act("pay", json!({"reference": reference})).await.unwrap();
    }
    shop.reports().await;

    let part = refund("BACK-1", "RFD-1", 5_500).await.unwrap();
    shop.breaks_on(FaultKind::Status500, Some("/refund"));
    let again = refund("BACK-1", "RFD-1", 5_500).await.unwrap();
    assert_eq!(shop.faults.list().len(), 1, "a key that is listed already is not sent again, however old it is");
    shop.faults.clear();
    let too_much = refund("BACK-1", "RFD-2", 50_001).await;
    shop.breaks_on(FaultKind::TimeoutAfterEffect, Some("/refund"));
    let lost = refund("BACK-1", "RFD-3", 50_000).await;
    let healed = refund("BACK-1", "RFD-3", 50_000).await.unwrap();

    assert_eq!((part.status, part.refunded_minor), (PaymentStatus::PartiallyRefunded, 5_500));
    assert_eq!(again, part, "the same key is the same refund");
    assert_eq!(code_of(too_much), "refund_refused");
    assert_eq!(class_of(&lost), "unknown");
    assert_eq!((healed.status, healed.refunded_minor), (PaymentStatus::Refunded, 55_500));
    assert_eq!(code_of(refund("BACK-2", "RFD-4", 1_000).await), "refund_not_supported");
    assert_eq!(code_of(refund("BACK-9", "RFD-5", 1_000).await), "not_found");

    let first = shop.reports().await;
    shop.clock.advance(Duration::minutes(1));
    let confirmed = shop.reports().await;
    let keys: std::collections::BTreeSet<_> =
        first.iter().chain(&confirmed).map(|event| event.deduplication_key.clone()).collect();
    assert_eq!((first.len(), confirmed.len(), keys.len()), (2, 1, 3), "the bank's confirmation is news of its own");
}

#[tokio::test]
async fn a_killed_double_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop::open_in("midtrans", Some(folder.path().to_path_buf())).await;
    let charged = shop.charge("KILL-1", "bank_transfer", Some("bni")).await.unwrap();
    shop.reports().await;
    shop.postbox.answer.store(503, Ordering::SeqCst);
    shop.act("pay", json!({"reference": "KILL-1"})).await.unwrap();
    shop.running.control.tick().await;
    shop.postbox.empty();

    let old = (shop.running.base_url.clone(), shop.running.settings.clone());
    shop.restart().await;

    assert_eq!((shop.running.base_url.clone(), shop.running.settings.clone()), old);
    let known = shop.inquire("KILL-1").await.unwrap();
    assert_eq!((known.status, known.external_id), (PaymentStatus::Succeeded, charged.external_id));
    assert_eq!(known.instructions, charged.instructions);
    shop.postbox.answer.store(200, Ordering::SeqCst);
    shop.clock.advance(Duration::minutes(2));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded], "the report nobody thanked for is not forgotten");
}
