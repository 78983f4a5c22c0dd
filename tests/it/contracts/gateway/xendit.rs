//! What is Xendit's own: charges known by its own id only, money after the end, refunds that take their time.
use super::*;

fn name<'a>(reference: &'a str, charged: &'a ChargeOutcome) -> ChargeName<'a> {
    ChargeName { reference, external_id: Some(&charged.external_id) }
}

#[tokio::test]
async fn the_payer_gets_the_number_the_code_or_the_page_of_the_way_chosen() {
    let shop = Shop::open("xendit").await;
    for bank in ["bca", "mandiri", "bni", "bri", "bsi", "permata", "muamalat", "bnc", "bss"] {
        let told = shop.charge(&format!("VA-{bank}"), "bank_transfer", Some(bank)).await.unwrap().instructions;
        assert_eq!(told.bank.as_deref(), Some(bank));
        assert!(told.va_number.is_some());
    }

    assert!(shop.charge("STORE-1", "cstore", Some("indomaret")).await.unwrap().instructions.payment_code.is_some());
    for method in ["dana", "shopeepay", "linkaja", "astrapay", "credit_card"] {
        let told = shop.charge(&format!("PAGE-{method}"), method, None).await.unwrap().instructions;
        assert!(told.redirect_url.is_some(), "{method}");
    }
    let code = shop.charge("QR-1", "qris", None).await.unwrap().instructions.qr_string.unwrap();
    assert_eq!(qris::parse(&code).unwrap().doubts(55_500), Vec::<&str>::new());
}

#[tokio::test]
async fn a_charge_whose_answer_was_lost_is_unheard_of_until_it_reports_itself() {
    let shop = Shop::open("xendit").await;
    shop.breaks_on(FaultKind::TimeoutAfterEffect, Some("/v3/payment_requests"));
    assert_eq!(class_of(&shop.charge("LOST-1", "qris", None).await), "unknown");

    assert_eq!(shop.inquire("LOST-1").await, None, "nobody was shown its code");

    shop.act("pay", json!({"reference": "LOST-1"})).await.unwrap();
    let told = shop.reports().await.pop().unwrap().report;
    let named = ChargeName { reference: "LOST-1", external_id: Some(&told.external_id) };
    assert_eq!(shop.inquire_as(named).await.unwrap().status, PaymentStatus::Succeeded);
}

#[tokio::test]
async fn an_answer_about_another_charge_is_not_believed() {
    let shop = Shop::open("xendit").await;
    let charged = shop.charge("MINE-1", "qris", None).await.unwrap();

    let asked = shop.gateway.inquire(&shop.account, name("OTHER-1", &charged)).await;

    assert_eq!(class_of(&asked), "unknown");
}

#[tokio::test]
async fn each_fault_of_the_wire_has_the_meaning_that_keeps_money_safe() {
    let shop = Shop::open("xendit").await;
    let known = shop.charge("WIRE-0", "bank_transfer", Some("bri")).await.unwrap();
    for (index, (kind, charging, asking)) in [
        (FaultKind::Delay, "ok", "ok"),
        (FaultKind::TimeoutBefore, "unknown", "unavailable"),
        (FaultKind::TimeoutAfterEffect, "unknown", "unavailable"),
        (FaultKind::Status500, "unknown", "unavailable"),
        (FaultKind::Status429, "unavailable", "unavailable"),
        (FaultKind::Malformed, "unknown", "unavailable"),
        (FaultKind::DropConnection, "unknown", "unavailable"),
        (FaultKind::Status401, "rejected", "rejected"),
    ]
    .into_iter()
    .enumerate()
    {
        shop.breaks_on(kind, Some("/v3/payment_requests"));
        let charged = shop.charge(&format!("WIRE-1{index}"), "bank_transfer", Some("bri")).await;
        shop.breaks_on(kind, Some("/v3/payment_requests/"));
        let asked = shop.gateway.inquire(&shop.account, name("WIRE-0", &known)).await;

        assert_eq!(class_of(&charged), charging, "charge, {kind:?}: {charged:?}");
        assert_eq!(class_of(&asked), asking, "inquire, {kind:?}: {asked:?}");
    }
}

#[tokio::test]
async fn the_account_is_tested_without_moving_money() {
    let shop = Shop::open("xendit").await;
    let mut wrong = shop.account.clone();
    wrong.values.insert("secret_key".into(), SecretString::from("xnd_development_WRONG"));

    let accepted = shop.gateway.check(&shop.account).await.unwrap();

    assert!(!accepted.facts.is_empty() && accepted.warnings.is_empty(), "{accepted:?}");
    assert_eq!(code_of(shop.gateway.check(&wrong).await), "unauthorized");
    assert_eq!(code_of(shop.gateway.check(&AccountSettings::default()).await), "not_configured");
}

#[tokio::test]
async fn an_unpaid_charge_is_cancelled_and_a_paid_one_says_so() {
    let shop = Shop::open("xendit").await;
    for (index, method) in ["qris", "credit_card"].into_iter().enumerate() {
        let (open, paid) = (format!("STOP-{index}"), format!("PAID-{index}"));
        let first = shop.charge(&open, method, None).await.unwrap();
        let second = shop.charge(&paid, method, None).await.unwrap();
        shop.act("pay", json!({"reference": paid})).await.unwrap();
        let cancel = async |name| shop.gateway.cancel(&shop.account, name).await;

        assert_eq!(cancel(name(&open, &first)).await.unwrap().status, PaymentStatus::Cancelled);
        assert_eq!(cancel(name(&open, &first)).await.unwrap().status, PaymentStatus::Cancelled, "twice is once");
        assert_eq!(cancel(name(&paid, &second)).await.unwrap().status, PaymentStatus::Succeeded);
        assert_eq!(code_of(cancel("STOP-9".into()).await), "not_found");
    }
}

#[tokio::test]
async fn money_after_the_end_counts_though_the_request_stays_over() {
    let shop = Shop::open("xendit").await;
    let charged = shop.charge("LATE-1", "bank_transfer", Some("bca")).await.unwrap();
    shop.clock.advance(Duration::hours(24));
    assert_eq!(shop.statuses().await, [PaymentStatus::Expired]);

    shop.act("pay", json!({"reference": "LATE-1", "force": true})).await.unwrap();

    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);
    let known = shop.inquire_as(name("LATE-1", &charged)).await.unwrap();
    assert_eq!((known.status, known.amount), (PaymentStatus::Succeeded, Money::idr(55_500)));
}

#[tokio::test]
async fn what_really_came_is_reported_also_where_it_is_another_sum() {
    let shop = Shop::open("xendit").await;
    let charged = shop.charge("SUM-1", "bank_transfer", Some("bca")).await.unwrap();

    shop.act("pay", json!({"reference": "SUM-1", "amount": 50_000})).await.unwrap();

    assert_eq!(shop.reports().await.pop().unwrap().report.amount, Money::idr(50_000));
    assert_eq!(shop.inquire_as(name("SUM-1", &charged)).await.unwrap().amount, Money::idr(50_000));
}

#[tokio::test]
async fn money_goes_back_the_way_it_came_and_counts_when_it_is_gone() {
    let shop = Shop::open("xendit").await;
    for (reference, method, option) in
        [("BACK-1", "qris", None), ("BACK-2", "bank_transfer", Some("bca")), ("BACK-3", "credit_card", None)]
    {
        let charged = shop.charge(reference, method, option).await.unwrap();
        shop.act("pay", json!({"reference": reference})).await.unwrap();
        shop.reports().await;
        let refund = async |key: &str, minor| {
            let request = RefundRequest {
                reference: reference.into(),
                external_id: charged.external_id.clone(),
                refund_key: key.into(),
                amount: Money::idr(minor),
                reason: "Salah pesan".into(),
            };
            shop.gateway.refund(&shop.account, &request).await
        };
        let (one, two) = (format!("{reference}-1"), format!("{reference}-2"));
        if method == "bank_transfer" {
            assert_eq!(code_of(refund(&one, 1_000).await), "refund_not_supported");
            continue;
        }

        shop.breaks_on(FaultKind::TimeoutAfterEffect, Some("/refunds"));
        // The question for earlier refunds is lost first: nothing happened yet.
        assert_eq!(class_of(&refund(&one, 5_500).await), "unavailable");
        let asked = refund(&one, 5_500).await.unwrap();
        let busy = refund(&two, 50_000).await;
        shop.clock.advance(Duration::minutes(1));
        let told = shop.reports().await;
        let done = refund(&one, 5_500).await.unwrap();
        let too_much = refund(&two, 50_001).await;
        let rest = refund(&two, 50_000).await.unwrap();
        shop.clock.advance(Duration::minutes(1));
        let all = shop.inquire_as(name(reference, &charged)).await.unwrap();

        assert_eq!((asked.status, asked.refunded_minor), (PaymentStatus::Succeeded, 0), "it takes its time");
        assert_eq!(class_of(&busy), "unavailable", "one after the other");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].report.reference, reference, "news of a refund leads to its payment");
        assert_eq!((done.status, done.refunded_minor), (PaymentStatus::PartiallyRefunded, 5_500));
        assert_eq!(code_of(too_much), "refund_refused");
        assert_eq!(rest.refunded_minor, 5_500);
        assert_eq!((all.status, all.refunded_minor), (PaymentStatus::Refunded, 55_500));
        shop.reports().await;
    }
}

#[tokio::test]
async fn a_forged_report_is_refused_and_the_true_one_comes_later() {
    let shop = Shop::open("xendit").await;
    shop.charge("FORGED-1", "qris", None).await.unwrap();
    shop.breaks(FaultKind::WrongSignature);
    shop.postbox.answer.store(403, Ordering::SeqCst);

    shop.act("pay", json!({"reference": "FORGED-1"})).await.unwrap();
    shop.running.control.tick().await;

    let letters = shop.postbox.empty();
    assert_eq!(letters.len(), 1);
    assert_eq!(shop.read(&letters[0]), Err(WebhookError::Forged));
    shop.postbox.answer.store(200, Ordering::SeqCst);
    shop.clock.advance(Duration::minutes(15));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);
}

#[tokio::test]
async fn reports_come_twice_late_and_in_the_wrong_order() {
    Shop::open("xendit").await.reports_come_as_they_may("pay").await;
}

#[tokio::test]
async fn an_invoice_of_before_is_proven_and_asked_for_by_its_own_id() {
    let shop = Shop::open("xendit").await;
    let made: Value = yumna::kernel::http::client()
        .post(format!("{}/v2/invoices/", shop.running.base_url))
        .basic_auth(secrecy::ExposeSecret::expose_secret(&shop.account.values["secret_key"]), Some(""))
        .json(&json!({"external_id": "OLD-77", "amount": 150_000.0}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    shop.act("pay", json!({"reference": "OLD-77"})).await.unwrap();

    let told = shop.reports().await.pop().unwrap().report;

    assert_eq!((told.reference.as_str(), told.amount), ("OLD-77", Money::idr(150_000)));
    let named = ChargeName { reference: "OLD-77", external_id: made["id"].as_str() };
    assert_eq!(shop.inquire_as(named).await.unwrap().status, PaymentStatus::Succeeded);
}

#[tokio::test]
async fn a_killed_double_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop::open_in("xendit", Some(folder.path().to_path_buf())).await;
    let charged = shop.charge("KILL-1", "bank_transfer", Some("bni")).await.unwrap();
    shop.postbox.answer.store(503, Ordering::SeqCst);
    shop.act("pay", json!({"reference": "KILL-1"})).await.unwrap();
    shop.running.control.tick().await;
    shop.postbox.empty();

    shop.restart().await;

    assert_eq!(shop.inquire_as(name("KILL-1", &charged)).await.unwrap().status, PaymentStatus::Succeeded);
    shop.postbox.answer.store(200, Ordering::SeqCst);
    shop.clock.advance(Duration::minutes(15));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded], "the report nobody thanked for is not forgotten");
}
