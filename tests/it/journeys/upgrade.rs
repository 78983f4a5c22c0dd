//! From a plan that became too small to the renewal of the larger one.
use super::House;
use serde_json::json;

#[tokio::test]
async fn who_needs_more_pays_for_the_rest_of_the_month_and_renews_at_the_larger_price() {
    let house = House::open().await;
    let mut joko = house.registers("joko").await;
    joko.proves_the_address().await;
    let placed = joko.orders("ghost-basic").await;
    let by_qris = || json!({ "gateway": "midtrans", "method": "qris" });
    let first = joko.pays(&placed["invoice"], by_qris()).await;
    house.bank("pay", first["reference"].as_str().unwrap()).await;

    // Ten days later he asks what the larger plan costs for the rest of his month: the difference, to the second.
    joko.comes_back("2026-12-01T10:00:00").await;
    let contract = joko.contract().await;
    let home = format!("/api/panel/subscriptions/{}", contract["id"].as_str().unwrap());
    let asked = joko.program.call("POST", &format!("{home}/change-quote"), &json!({ "plan": "ghost-pro" })).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    let quote = asked.json();
    let total = quote["total"].as_i64().unwrap();
    let lines: i64 = quote["lines"].as_array().unwrap().iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    assert_eq!(lines, total);
    assert!(total > 0 && total < 55_500, "{quote}");

    // He agrees and has to pay it first: nothing changes before the money is there.
    let agreed = json!({ "quote_id": quote["quote_id"], "payment": by_qris() });
    let accepted = joko.program.call("POST", &format!("{home}/change"), &agreed).await;
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    let accepted = accepted.json();
    let (change, payment) = (&accepted["change"], &accepted["payment"]);
    assert_eq!((&change["status"], &payment["amount"]), (&json!("awaiting_payment"), &json!(total)));
    assert_eq!(joko.contract().await["plan"]["code"], "ghost-basic");

    // It is there: the plan is the larger one, the same service runs, and one invoice says what was paid.
    house.bank("pay", payment["reference"].as_str().unwrap()).await;
    let changed = joko.contract().await;
    assert_eq!((&changed["plan"]["code"], &changed["price"]), (&json!("ghost-pro"), &json!(100_000)));
    assert_eq!(
        (&changed["instance"]["id"], &changed["instance"]["status"]),
        (&contract["instance"]["id"], &json!("running"))
    );
    assert_eq!(changed["current_period"], contract["current_period"]);
    let bill = joko.bill().await;
    assert_eq!((&bill["status"], &bill["total"]), (&json!("paid"), &json!(total)));
    assert_eq!((joko.balance().await, joko.mails("plan_changed").await), (0, 1));

    // There is no way back in the middle of a month.
    let back = json!({ "plan": "ghost-basic" });
    let refused = joko.program.call("POST", &format!("{home}/change-quote"), &back).await;
    assert_eq!(refused.code(), "INVALID_UPGRADE");

    // His wallet renews it at its own price.
    let top_up = joko.tops_up(111_000).await;
    house.bank("pay", top_up["reference"].as_str().unwrap()).await;
    joko.comes_back("2026-12-21T12:00:00").await;
    let (bill, renewed) = (joko.bill().await, joko.contract().await);
    assert_eq!((&bill["status"], &bill["total"]), (&json!("paid"), &json!(111_000)));
    assert_eq!((&renewed["status"], joko.balance().await), (&json!("active"), 0));
    assert_ne!(renewed["current_period"], contract["current_period"]);
    house.world.books_are_right().await;
}
