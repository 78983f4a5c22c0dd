//! What is Tripay's own: references that guard against nothing, codes that cannot be closed, fees on top.
use super::*;

/// Shop and charge of a story that only needs one.
async fn charged(reference: &str, method: &str, option: Option<&str>) -> (Shop, ChargeOutcome) {
    let shop = Shop::open("tripay").await;
    let charged = shop.charge(reference, method, option).await.unwrap();
    (shop, charged)
}

#[tokio::test]
async fn the_payer_gets_the_number_the_code_or_the_page_of_the_way_chosen() {
    let shop = Shop::open("tripay").await;
    for bank in ["bca", "mandiri", "bni", "bri", "bsi", "permata", "cimb", "danamon", "muamalat", "ocbc"] {
        let told = shop.charge(&format!("VA-{bank}"), "bank_transfer", Some(bank)).await.unwrap().instructions;
        assert_eq!(told.bank.as_deref(), Some(bank));
        assert!(told.va_number.unwrap().bytes().all(|digit| digit.is_ascii_digit()));
    }

    assert!(shop.charge("STORE-1", "cstore", Some("alfamart")).await.unwrap().instructions.payment_code.is_some());
    let page = shop.charge("WALLET-1", "dana", None).await.unwrap().instructions.redirect_url.unwrap();
    assert!(page.starts_with(&shop.running.base_url));
    let code = shop.charge("QR-1", "qris", None).await.unwrap().instructions.qr_string.unwrap();
    assert_eq!(qris::parse(&code).unwrap().doubts(55_500), Vec::<&str>::new());
}

#[tokio::test]
async fn a_reference_is_charged_once_though_tripay_would_take_it_twice() {
    let (shop, first) = charged("TWICE-1", "bank_transfer", Some("bca")).await;

    let again = shop.charge("TWICE-1", "bank_transfer", Some("bca")).await.unwrap();
    let mut other = shop.request("TWICE-1", &shop.offer("bank_transfer", Some("bca")));
    other.amount = Money::idr(99_000);

    assert_eq!(again, first);
    let other = shop.gateway.charge(&shop.account, &other).await;
    assert_eq!(class_of(&other), "unknown", "a charge over another amount is no answer to this one");
}

#[tokio::test]
async fn a_lost_answer_is_healed_by_looking_for_the_reference() {
    let shop = Shop::open("tripay").await;
    for (reference, method, bank) in [("LOST-1", "qris", None), ("LOST-2", "bank_transfer", Some("bri"))] {
        shop.breaks_on(FaultKind::TimeoutAfterEffect, Some("/transaction/create"));
        assert_eq!(class_of(&shop.charge(reference, method, bank).await), "unknown");

        let found = shop.inquire(reference).await.unwrap();
        let healed = shop.charge(reference, method, bank).await.unwrap();

        assert_eq!((found.status, &found.external_id), (PaymentStatus::Pending, &healed.external_id));
        assert_eq!(found.instructions, healed.instructions, "{method}");
        assert_ne!(healed.instructions, Default::default(), "{method}");
    }
}

#[tokio::test]
async fn each_fault_of_the_wire_has_the_meaning_that_keeps_money_safe() {
    let shop = Shop::open("tripay").await;
    shop.meets_faults(("/transaction/create", "/merchant/transactions"), "bri").await;
    shop.breaks_on(FaultKind::Status401, Some("/transaction/create"));
    assert_eq!(code_of(shop.charge("KEY-1", "qris", None).await), "unauthorized");
}

#[tokio::test]
async fn the_account_is_tested_without_moving_money() {
    let shop = Shop::open("tripay").await;
    let mut wrong = shop.account.clone();
    wrong.values.insert("api_key".into(), SecretString::from("DEV-WRONG"));
    let mut unsigned = shop.account.clone();
    unsigned.values.insert("private_key".into(), SecretString::from("another"));

    let accepted = shop.gateway.check(&shop.account).await.unwrap();

    assert!(!accepted.facts.is_empty() && accepted.warnings.is_empty(), "{accepted:?}");
    assert_eq!(code_of(shop.gateway.check(&wrong).await), "unauthorized");
    assert_eq!(code_of(shop.gateway.check(&AccountSettings::default()).await), "not_configured");
    let request = shop.request("KEY-1", &shop.offer("qris", None));
    assert_eq!(
        code_of(shop.gateway.charge(&unsigned, &request).await),
        "unauthorized",
        "the private key is proven too"
    );
}

#[tokio::test]
async fn a_code_cannot_be_closed_and_may_still_be_paid() {
    let (shop, _) = charged("STOP-1", "bank_transfer", Some("bri")).await;

    let cancelled = shop.gateway.cancel(&shop.account, "STOP-1".into()).await.unwrap();
    let expired = shop.gateway.expire(&shop.account, "STOP-1".into()).await.unwrap();

    assert_eq!((cancelled.status, expired.status), (PaymentStatus::Cancelled, PaymentStatus::Expired));
    assert_eq!(shop.inquire("STOP-1").await.unwrap().status, PaymentStatus::Pending, "over there it waits on");
    shop.act("pay", json!({"reference": "STOP-1"})).await.unwrap();
    let cancelled = shop.gateway.cancel(&shop.account, "STOP-1".into()).await.unwrap();
    assert_eq!(cancelled.status, PaymentStatus::Succeeded, "what is paid is not given up");
    assert_eq!(code_of(shop.gateway.cancel(&shop.account, "STOP-9".into()).await), "not_found");
}

#[tokio::test]
async fn an_unpaid_charge_expires_by_product_time_and_late_money_still_arrives() {
    let (shop, charged) = charged("LATE-1", "qris", None).await;

    shop.clock.advance(Duration::minutes(30));

    assert_eq!(shop.statuses().await, [PaymentStatus::Expired]);
    let name = ChargeName { reference: "LATE-1", external_id: Some(&charged.external_id) };
    assert_eq!(shop.inquire_as(name).await.unwrap().status, PaymentStatus::Expired);
    assert!(matches!(shop.act("pay", json!({"reference": "LATE-1"})).await, Err(ControlError::Refused(_))));
    shop.act("pay", json!({"reference": "LATE-1", "force": true})).await.unwrap();
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);
}

#[tokio::test]
async fn the_world_outside_expires_denies_and_gives_back() {
    let shop = Shop::open("tripay").await;
    for (reference, act, expected) in [
        ("ACT-1", "expire", PaymentStatus::Expired),
        ("ACT-2", "deny", PaymentStatus::Failed),
        ("ACT-3", "cancel", PaymentStatus::Failed),
    ] {
        shop.charge(reference, "cstore", Some("indomaret")).await.unwrap();
        shop.act(act, json!({"reference": reference})).await.unwrap();
        assert_eq!(shop.statuses().await, [expected], "{act}");
    }
    shop.charge("ACT-4", "bank_transfer", Some("bca")).await.unwrap();
    let short = shop.act("pay", json!({"reference": "ACT-4", "amount": 50_000})).await;
    assert!(matches!(short, Err(ControlError::Refused(_))), "a closed payment takes its own amount only");
    shop.act("pay", json!({"reference": "ACT-4"})).await.unwrap();
    shop.act("deny", json!({"reference": "ACT-4", "force": true})).await.unwrap();

    let last = shop.reports().await.pop().unwrap().report;

    assert_eq!((last.status, last.refunded_minor), (PaymentStatus::Refunded, 55_500));
    assert!(matches!(shop.act("pay", json!({"reference": "ACT-9"})).await, Err(ControlError::NotFound(_))));
    assert!(matches!(shop.act("dance", json!({"reference": "ACT-4"})).await, Err(ControlError::NotFound(_))));
}

#[tokio::test]
async fn a_fee_of_ours_is_told_and_one_of_the_customers_is_shown_on_top() {
    let shop = Shop::open("tripay").await;
    shop.charge("FEE-1", "bank_transfer", Some("bca")).await.unwrap();
    shop.act("fees", json!({"bearer": "customer"})).await.unwrap();
    let on_top = shop.charge("FEE-2", "bank_transfer", Some("bca")).await.unwrap();
    for reference in ["FEE-1", "FEE-2"] {
        shop.act("pay", json!({"reference": reference})).await.unwrap();
    }

    let (ours, theirs) = (shop.inquire("FEE-1").await.unwrap(), shop.inquire("FEE-2").await.unwrap());

    assert_eq!((ours.amount, ours.fee_minor), (Money::idr(55_500), 5_500));
    assert_eq!((theirs.amount, theirs.fee_minor), (Money::idr(55_500), 0), "what the payer adds is not ours");
    assert_eq!(on_top.instructions.payable_minor, Some(61_000));
    for event in shop.reports().await {
        assert_eq!((event.report.amount, event.doubt), (Money::idr(55_500), None));
    }
}

#[tokio::test]
async fn money_does_not_go_back_through_tripay() {
    let (shop, charged) = charged("BACK-1", "qris", None).await;
    shop.act("pay", json!({"reference": "BACK-1"})).await.unwrap();
    let request = RefundRequest {
        reference: "BACK-1".into(),
        external_id: charged.external_id,
        refund_key: "RFD-1".into(),
        amount: Money::idr(1_000),
        reason: "Salah pesan".into(),
    };

    assert_eq!(code_of(shop.gateway.refund(&shop.account, &request).await), "refund_not_supported");
    assert!(!shop.gateway.describe().refunds && shop.gateway.methods().iter().all(|offer| !offer.refunds));
}

#[tokio::test]
async fn a_forged_report_is_refused_and_the_true_one_comes_later() {
    let (shop, _) = charged("FORGED-1", "qris", None).await;
    shop.breaks(FaultKind::WrongSignature);
    shop.postbox.answer.store(403, Ordering::SeqCst);

    shop.act("pay", json!({"reference": "FORGED-1"})).await.unwrap();
    shop.running.control.tick().await;

    let letters = shop.postbox.empty();
    assert_eq!(letters.len(), 1);
    assert_eq!(shop.read(&letters[0]), Err(WebhookError::Forged));
    shop.postbox.answer.store(200, Ordering::SeqCst);
    shop.clock.advance(Duration::minutes(2));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);
}

#[tokio::test]
async fn reports_come_twice_late_and_in_the_wrong_order() {
    Shop::open("tripay").await.reports_come_as_they_may("expire").await;
}

#[tokio::test]
async fn a_report_nobody_thanks_for_is_sent_four_times_and_then_never_more() {
    let (shop, _) = charged("AGAIN-1", "qris", None).await;
    shop.postbox.answer.store(503, Ordering::SeqCst);
    shop.act("pay", json!({"reference": "AGAIN-1"})).await.unwrap();

    let mut tries = Vec::new();
    for minutes in [0, 2, 2, 2, 60] {
        shop.clock.advance(Duration::minutes(minutes));
        shop.running.control.tick().await;
        tries.push(shop.postbox.empty().len());
    }

    assert_eq!(tries, [1, 1, 1, 1, 0]);
    assert_eq!(shop.inquire("AGAIN-1").await.unwrap().status, PaymentStatus::Succeeded, "asking still tells");
}

#[tokio::test]
async fn a_killed_double_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop::open_in("tripay", Some(folder.path().to_path_buf())).await;
    let charged = shop.charge("KILL-1", "bank_transfer", Some("bni")).await.unwrap();
    shop.postbox.answer.store(503, Ordering::SeqCst);
    shop.act("pay", json!({"reference": "KILL-1"})).await.unwrap();
    shop.running.control.tick().await;
    shop.postbox.empty();

    shop.restart().await;

    let known = shop.inquire("KILL-1").await.unwrap();
    assert_eq!((known.status, known.external_id), (PaymentStatus::Succeeded, charged.external_id));
    shop.postbox.answer.store(200, Ordering::SeqCst);
    shop.clock.advance(Duration::minutes(2));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded], "the report nobody thanked for is not forgotten");
}
