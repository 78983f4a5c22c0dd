//! What is Midtrans' own: cards, phones that are asked, stores, and pages of the vendor's.
use super::*;

#[tokio::test]
async fn the_payer_is_told_where_to_go_and_what_to_say() {
    let shop = Shop::open("midtrans").await;
    for app in ["gopay", "shopeepay"] {
        let told = shop.charge(&format!("APP-{app}"), app, None).await.unwrap().instructions;
        assert!(told.redirect_url.is_some_and(|url| url.starts_with(&shop.running.base_url)), "{app}");
    }
    for store in ["alfamart", "indomaret"] {
        let told = shop.charge(&format!("TILL-{store}"), "cstore", Some(store)).await.unwrap().instructions;
        assert!(told.payment_code.is_some_and(|code| code.len() == 14), "{store}");
    }
    for lender in ["akulaku", "kredivo"] {
        let told = shop.charge(&format!("LOAN-{lender}"), lender, None).await.unwrap().instructions;
        assert!(told.redirect_url.is_some(), "{lender}");
    }
}

#[tokio::test]
async fn ovo_asks_a_phone_it_knows_for_less_than_a_minute() {
    let shop = Shop::open("midtrans").await;
    let asked = shop.charge("OVO-1", "ovo", None).await.unwrap();
    let until = start_of_story() + Duration::seconds(65);
    assert_eq!((asked.instructions.countdown_until, asked.expires_at), (Some(until), Some(until)));
    shop.reports().await;

    shop.clock.advance(Duration::seconds(65));

    assert_eq!(shop.statuses().await, [PaymentStatus::Expired]);
    let mut stranger = shop.request("OVO-2", &shop.offer("ovo", None));
    stranger.payer_phone = Some("+628249134000".into());
    assert_eq!(code_of(shop.gateway.charge(&shop.account, &stranger).await), "not_found");
    stranger.payer_phone = None;
    assert_eq!(code_of(shop.gateway.charge(&shop.account, &stranger).await), "phone_required");
}

#[tokio::test]
async fn a_card_is_charged_by_a_token_that_is_good_once_and_settles_the_day_after() {
    let shop = Shop::open("midtrans").await;
    let mut request = shop.request("CARD-1", &shop.offer("credit_card", None));
    assert_eq!(code_of(shop.gateway.charge(&shop.account, &request).await), "card_required");
    request.card_token = Some(shop.card_token("4811111111111114").await);
    let charged = shop.gateway.charge(&shop.account, &request).await.unwrap();
    assert!(charged.instructions.redirect_url.is_some(), "the bank wants a proof");
    let again = ChargeRequest { reference: "CARD-2".into(), ..request };
    assert_eq!(class_of(&shop.gateway.charge(&shop.account, &again).await), "rejected", "the token is used up");

    shop.act("pay", json!({"reference": "CARD-1"})).await.unwrap();
    let back = RefundRequest {
        reference: "CARD-1".into(),
        external_id: charged.external_id.clone(),
        refund_key: "RFD-1".into(),
        amount: Money::idr(55_500),
        reason: "not as promised".into(),
    };
    assert_eq!(code_of(shop.gateway.refund(&shop.account, &back).await), "refund_too_early");
    shop.reports().await;
    shop.clock.advance(Duration::hours(24));

    let settled = shop.reports().await;
    assert_eq!(settled.len(), 1);
    assert_eq!(settled[0].report.status, PaymentStatus::Succeeded);
    assert_eq!(shop.gateway.refund(&shop.account, &back).await.unwrap().status, PaymentStatus::Refunded);
}

#[tokio::test]
async fn a_card_under_suspicion_waits_for_a_person_and_a_refused_one_fails() {
    let shop = Shop::open("midtrans").await;
    for (reference, number, status) in
        [("FDS-1", "4511111111111117", PaymentStatus::Review), ("FDS-2", "4611111111111116", PaymentStatus::Failed)]
    {
        shop.charge_card(reference, number).await.unwrap();
        shop.act("pay", json!({"reference": reference})).await.unwrap();
        assert_eq!(shop.inquire(reference).await.unwrap().status, status, "{reference}");
    }
}

#[tokio::test]
async fn a_page_of_the_vendors_has_no_order_until_the_payer_chooses() {
    let shop = Shop::open("midtrans").await;
    let page = shop.charge("PAGE-1", "bank_transfer", Some("bsi")).await.unwrap();
    let url = page.instructions.redirect_url.unwrap();
    assert_eq!(page.external_id, "");
    assert_eq!(shop.inquire("PAGE-1").await, None, "nothing is chosen yet");
    assert_eq!(code_of(shop.gateway.cancel(&shop.account, "PAGE-1".into()).await), "not_found");
    assert_eq!(
        class_of(&shop.charge("PAGE-1", "bank_transfer", Some("bsi")).await),
        "rejected",
        "the order id is taken"
    );

    // Opening the page chooses the one way it offers, and leads on.
    let client = yumna::kernel::http::client();
    let led = client.get(&url).send().await.unwrap();
    let place = led.headers()["location"].to_str().unwrap().to_owned();
    let shown = client.get(format!("{}{place}", shop.running.base_url)).send().await.unwrap().text().await.unwrap();

    assert!(shown.contains("BSI Virtual Account") && shown.contains("Nomor virtual account"), "{shown}");
    let told = shop.reports().await;
    assert_eq!((told.len(), told[0].report.status), (1, PaymentStatus::Pending));
    assert_eq!(shop.inquire("PAGE-1").await.unwrap().status, PaymentStatus::Pending);
}

#[tokio::test]
async fn an_order_of_dana_is_known_by_the_vendors_id_only() {
    let shop = Shop::open("midtrans").await;
    shop.charge("DANA-1", "dana", None).await.unwrap();
    shop.act("pay", json!({"reference": "DANA-1"})).await.unwrap();
    let id = shop.reports().await.last().unwrap().report.external_id.clone();
    let name = ChargeName { reference: "DANA-1", external_id: Some(&id) };

    assert_eq!(shop.inquire("DANA-1").await, None);
    assert_eq!(shop.inquire_as(name).await.unwrap().status, PaymentStatus::Succeeded);
    let back = RefundRequest {
        reference: "DANA-1".into(),
        external_id: id.clone(),
        refund_key: "RFD-9".into(),
        amount: Money::idr(5_500),
        reason: "part".into(),
    };
    let told = shop.gateway.refund(&shop.account, &back).await.unwrap();
    assert_eq!((told.status, told.refunded_minor), (PaymentStatus::PartiallyRefunded, 5_500));
}

#[tokio::test]
async fn cards_are_offered_only_where_the_public_key_is_known() {
    let mut shop = Shop::open("midtrans").await;
    let offers_cards =
        |shop: &Shop| shop.gateway.offers(&shop.account).iter().any(|offer| offer.method == "credit_card");
    assert!(offers_cards(&shop));
    let entry = shop.gateway.card_entry(&shop.account).unwrap();
    assert!(entry.script_url.starts_with(&shop.running.base_url) && entry.environment == "sandbox");

    shop.account.values.remove("client_key");

    assert!(!offers_cards(&shop) && shop.gateway.card_entry(&shop.account).is_none());
}
