//! Staff at their desk: quotes, invoices of their own, accounts that are closed, accounts that become one.
use super::story::{NONE, Story, text};
use serde_json::json;

/// Staff make a quote, the customer takes it.
pub async fn quotes(story: &mut Story) {
    let customer = story.house.customer_id().0.clone();
    let plan = json!({ "plan": "ghost-1", "cycle": "monthly", "price": 40_000, "reason": "Kontrak setahun" });
    let lines = json!([plan, { "description": "Pelatihan", "quantity": 2, "price": 100_000 }]);
    let new = json!({ "customer_id": customer, "intro": "Halo", "lines": lines });
    story.staff("POST /api/whm/quotes", &[], json!({ "customer_id": "cus_nobody" }), 422).await;
    let made = story.staff("POST /api/whm/quotes", &[], new, 201).await;
    let id = text(&made["quote"]["id"]);
    assert_eq!((&made["quote"]["status"], &made["quote"]["subtotal"]), (&json!("draft"), &json!(240_000)));
    story.customer("GET /api/panel/quotes/{id}", &[&id], NONE, 404).await;
    let changed = story.staff("PATCH /api/whm/quotes/{id}", &[&id], json!({ "terms": "Tunai" }), 200).await;
    assert_eq!((&changed["terms"], &changed["intro"]), (&json!("Tunai"), &json!("Halo")));
    for _ in 0..2 {
        let sent = story.staff("POST /api/whm/quotes/{id}/send", &[&id], NONE, 200).await;
        assert_eq!(sent["quote"]["status"], "sent");
    }
    story.staff("PATCH /api/whm/quotes/{id}", &[&id], json!({ "terms": "" }), 409).await;
    let copy = story.staff("POST /api/whm/quotes/{id}/copy", &[&id], NONE, 201).await;
    let copied = text(&copy["quote"]["id"]);
    story.staff("POST /api/whm/quotes/{id}/send", &[&copied], NONE, 200).await;
    story.staff("GET /api/whm/quotes", &[], NONE, 200).await;
    let seen = story.staff("GET /api/whm/quotes/{id}", &[&id], NONE, 200).await;
    assert_eq!(seen["lines"][0]["price_reason"], "Kontrak setahun");

    let list = story.customer("GET /api/panel/quotes", &[], NONE, 200).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    let shown = story.customer("GET /api/panel/quotes/{id}", &[&id], NONE, 200).await;
    assert_eq!(shown["lines"][0]["price_reason"], NONE, "why is not the customer's business");
    let accept = "POST /api/panel/quotes/{id}/accept";
    story.customer(accept, &[&id], json!({ "config": { "1": { "title": "" } } }), 422).await;
    let answers = json!({ "config": { "1": { "title": "Toko" } } });
    let placed = story.customer(accept, &[&id], answers, 201).await;
    let again = story.customer(accept, &[&id], json!({}), 201).await;
    assert_eq!(placed["order"]["id"], again["order"]["id"], "accepted twice it is one order");
    assert_eq!((&placed["invoice"]["total"], &placed["order"]["quote_id"]), (&shown["total"], &json!(id)));
    story.staff("POST /api/whm/quotes/{id}/withdraw", &[&id], json!({ "reason": "x" }), 409).await;
    let why = json!({ "reason": "Terlalu mahal" });
    story.customer("POST /api/panel/quotes/{id}/decline", &[&id], why.clone(), 409).await;
    let declined = story.customer("POST /api/panel/quotes/{id}/decline", &[&copied], why, 200).await;
    assert_eq!(declined["quote"]["status"], "declined");
    let copy = story.staff("POST /api/whm/quotes/{id}/copy", &[&id], NONE, 201).await;
    let copied = text(&copy["quote"]["id"]);
    story.staff("POST /api/whm/quotes/{id}/withdraw", &[&copied], json!({ "reason": "Salah" }), 200).await;
    story.house.world.books_are_right().await;
}

/// Staff write an invoice, change it, and issue it; another one they throw away.
pub async fn drafts(story: &mut Story) {
    let customer = story.house.customer_id().0.clone();
    let line = json!({ "description": "Pelatihan", "quantity": 2, "price": 100_000 });
    let new = json!({ "customer_id": customer, "notes": "Tahap pertama", "lines": [line] });
    story.staff("POST /api/whm/invoices", &[], json!({ "customer_id": "cus_nobody" }), 422).await;
    let made = story.staff("POST /api/whm/invoices", &[], new.clone(), 201).await["invoice"].clone();
    let id = text(&made["id"]);
    assert_eq!((&made["status"], &made["number"], &made["subtotal"]), (&json!("draft"), &NONE, &json!(200_000)));
    story.customer("GET /api/panel/invoices/{id}", &[&id], NONE, 404).await;
    let change = json!({ "lines": [line, { "description": "Perjalanan", "price": 50_000 }] });
    let changed = story.staff("PATCH /api/whm/invoices/{id}", &[&id], change.clone(), 200).await;
    assert_eq!(changed["invoice"]["subtotal"], 250_000);
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let issued = story.staff("POST /api/whm/invoices/{id}/issue", &[&id], NONE, 200).await;
        assert_eq!((&issued["invoice"]["id"], &issued["invoice"]["status"]), (&json!(id), &json!("issued")));
        numbers.push(text(&issued["invoice"]["number"]));
    }
    assert_eq!(numbers[0], numbers[1], "issued twice it is one invoice");
    story.customer("GET /api/panel/invoices/{id}", &[&id], NONE, 200).await;
    story.staff("PATCH /api/whm/invoices/{id}", &[&id], change, 409).await;
    story.staff("POST /api/whm/invoices/{id}/discard", &[&id], NONE, 409).await;

    let made = story.staff("POST /api/whm/invoices", &[], new.clone(), 201).await;
    let id = text(&made["invoice"]["id"]);
    story.staff("POST /api/whm/invoices/{id}/discard", &[&id], NONE, 200).await;
    story.staff("POST /api/whm/invoices/{id}/discard", &[&id], NONE, 404).await;
    let mut at_once = new;
    at_once["issue"] = json!(true);
    let issued = story.staff("POST /api/whm/invoices", &[], at_once, 201).await;
    assert_eq!(issued["invoice"]["status"], "issued");
    story.house.world.books_are_right().await;
}

/// An account is closed, its wallet paid out, and it is opened again.
pub async fn closing(story: &mut Story) {
    let leaver = story.house.world.buyer("lia").await;
    story.house.world.gives(&leaver, 150_000).await;
    let id = leaver.customer_id.0.clone();
    let looked = story.staff("GET /api/whm/customers/{id}/closing", &[&id], NONE, 200).await;
    assert_eq!((&looked["balance"], &looked["obstacles"]), (&json!(150_000), &json!([])));
    let leave = json!({
        "reason": "Pindah", "bank_name": "BCA", "account_holder": "Lia", "account_number": "1234567890",
    });
    let close = "POST /api/whm/customers/{id}/close";
    let busy = story.house.customer_id().0.clone();
    let refused = story.staff(close, &[&busy], leave.clone(), 409).await;
    assert_eq!(refused["obstacles"][0]["kind"], "contract");
    story.staff(close, &[&id], json!({ "reason": "Pindah" }), 422).await;
    let mut payout = String::new();
    for _ in 0..2 {
        let closed = story.staff(close, &[&id], leave.clone(), 200).await;
        assert_eq!((&closed["customer"]["status"], &closed["payout"]["amount"]), (&json!("closed"), &json!(150_000)));
        payout = text(&closed["payout"]["id"]);
    }
    let sent = json!({ "bank_reference": "BCA-0001" });
    let paid = story.staff("POST /api/whm/payouts/{id}/confirm", &[&payout], sent, 200).await;
    assert_eq!(paid["payout"]["status"], "paid");
    let why = json!({ "reason": "Rekening tidak ada" });
    story.staff("POST /api/whm/payouts/{id}/cancel", &[&payout], why.clone(), 409).await;
    story.staff("POST /api/whm/payouts/{id}/return", &[&payout], why.clone(), 200).await;
    let again = story.staff("POST /api/whm/customers/{id}/payout", &[&id], leave.clone(), 201).await;
    let second = text(&again["payout"]["id"]);
    story.staff("POST /api/whm/customers/{id}/payout", &[&id], leave, 409).await;
    story.staff("POST /api/whm/payouts/{id}/cancel", &[&second], why, 200).await;
    let list = story.staff("GET /api/whm/payouts", &[], NONE, 200).await;
    let his = list["data"].as_array().unwrap().iter().filter(|row| row["customer_id"] == id.as_str());
    assert_eq!(his.count(), 2);
    let shown = story.staff("GET /api/whm/payouts/{id}", &[&second], NONE, 200).await;
    assert_eq!(shown["status"], "cancelled");
    let open = json!({ "reason": "Kembali" });
    let reopened = story.staff("POST /api/whm/customers/{id}/reopen", &[&id], open, 200).await;
    assert_eq!(reopened["status"], "active");
    story.house.world.books_are_right().await;
}

/// Two accounts of one customer become one.
pub async fn merging(story: &mut Story) {
    let (old, new) = (story.house.world.buyer("tini").await, story.house.world.buyer("tini-baru").await);
    story.house.world.gives(&old, 40_000).await;
    let (old, new) = (old.customer_id.0, new.customer_id.0);
    let look = "GET /api/whm/customers/{id}/merge/{into}";
    let seen = story.staff(look, &[&old, &new], NONE, 200).await;
    assert_eq!((&seen["wallet"], &seen["obstacles"]), (&json!(40_000), &json!([])));
    assert_eq!(seen["people"][0]["grant"], "admin");
    story.staff(look, &[&old, &old], NONE, 422).await;
    story.staff(look, &[&old, "cus_nobody"], NONE, 404).await;
    let merge = "POST /api/whm/customers/{id}/merge";
    let input = json!({ "into": new, "reason": "Mendaftar dua kali" });
    let busy = story.house.customer_id().0.clone();
    story.staff(merge, &[&old], json!({ "into": new, "reason": "" }), 422).await;
    for _ in 0..2 {
        let done = story.staff(merge, &[&old], input.clone(), 200).await;
        assert_eq!((&done["now_id"], &done["wallet"]), (&json!(new), &json!(40_000)));
    }
    let elsewhere = json!({ "into": busy, "reason": "Salah" });
    let refused = story.staff(merge, &[&old], elsewhere, 409).await;
    assert_eq!((&refused["code"], &refused["customer_id"]), (&json!("CUSTOMER_MERGED"), &json!(new)));
    story.staff(look, &[&old, &busy], NONE, 409).await;
    let into_closed = json!({ "into": old, "reason": "Salah" });
    let refused = story.staff(merge, &[&new], into_closed, 409).await;
    assert_eq!(refused["obstacles"][0]["kind"], "closed");
    story.house.world.books_are_right().await;
}

/// Codes that take something off.
pub async fn coupons(story: &mut Story) {
    let new =
        json!({ "code": "hemat20", "kind": "percent", "value": 2_000, "scope": ["ghost-1"], "cycles": ["monthly"] });
    let made = story.staff("POST /api/whm/coupons", &[], new.clone(), 201).await;
    let id = text(&made["coupon"]["id"]);
    assert_eq!((&made["coupon"]["code"], &made["coupon"]["renewals"]), (&json!("HEMAT20"), &json!(0)));
    assert_eq!((&made["coupon"]["scope"], &made["coupon"]["status"]), (&json!(["ghost-1"]), &json!("active")));
    story.staff("POST /api/whm/coupons", &[], new, 422).await;
    let change = "PATCH /api/whm/coupons/{id}";
    let later = json!({ "ends_on": "2027-12-31", "max_uses": 10, "note": "Akhir tahun" });
    let changed = story.staff(change, &[&id], later, 200).await;
    assert_eq!((&changed["coupon"]["ends_on"], &changed["coupon"]["value"]), (&json!("2027-12-31"), &json!(2_000)));
    let listed = story.staff("GET /api/whm/coupons", &[], NONE, 200).await;
    assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["scope"]), (&json!(id), &json!(["ghost-1"])));
    story.staff("GET /api/whm/coupons/{id}", &[&id], NONE, 200).await;
    let uses = story.staff("GET /api/whm/coupons/{id}/redemptions", &[&id], NONE, 200).await;
    assert_eq!((&uses["given"], &uses["data"]), (&json!(0), &json!([])));
    for _ in 0..2 {
        let ended = story.staff("POST /api/whm/coupons/{id}/end", &[&id], NONE, 200).await;
        assert_eq!(ended["coupon"]["status"], "over");
    }
    story.staff(change, &[&id], json!({ "note": null }), 409).await;
}

/// What the business decides, and where a customer is taxed.
pub async fn settings(story: &mut Story) {
    let all = story.staff("GET /api/whm/settings", &[], NONE, 200).await;
    assert_eq!((&all["numbering"]["invoice_first"], &all["late-fees"]["kind"]), (&json!(1), &json!("fixed")));
    let change = "PATCH /api/whm/settings/{section}";
    let saved = story.staff(change, &["billing"], json!({ "grace_days": 9 }), 200).await;
    let mut billing = all["billing"].clone();
    billing["grace_days"] = json!(9);
    assert_eq!((&saved["section"], &saved["settings"]), (&json!("billing"), &billing));
    story.staff(change, &["billing"], json!({ "grace": 9 }), 422).await;
    story.staff(change, &["weather"], json!({}), 404).await;

    let customer = story.house.world.buyer("wayan").await.customer_id.0;
    let tax = "POST /api/whm/customers/{id}/tax-country";
    story.staff(tax, &[&customer], json!({ "country_code": "ZZ", "reason": "Akta" }), 422).await;
    story.staff(tax, &[&customer], json!({ "country_code": "SG", "reason": "Akta" }), 204).await;
}
