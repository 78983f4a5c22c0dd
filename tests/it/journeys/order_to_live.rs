//! From the first visit to a running service.
use super::House;
use serde_json::json;

#[tokio::test]
async fn who_pays_by_virtual_account_gets_a_running_service() {
    let house = House::open().await;

    // A visitor becomes a customer; nothing is sold before the address is proven.
    let budi = house.registers("budi").await;
    let refused = budi.asks_to_order("ghost-basic").await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "EMAIL_NOT_VERIFIED"));
    budi.proves_the_address().await;

    // He orders: order, invoice and contract exist, and nothing runs yet.
    let placed = budi.orders("ghost-basic").await;
    let (order, invoice) = (&placed["order"], &placed["invoice"]);
    assert_eq!((&order["status"], &invoice["status"]), (&json!("pending"), &json!("issued")));
    assert_eq!(
        (&invoice["subtotal"], &invoice["tax"], &invoice["total"]),
        (&json!(50_000), &json!(5_500), &json!(55_500))
    );

    // He asks for a number to transfer to.
    let payment = budi.pays(invoice, json!({ "gateway": "midtrans", "method": "bank_transfer", "bank": "bca" })).await;
    assert_eq!((&payment["status"], &payment["amount"]), (&json!("pending"), &json!(55_500)));
    assert!(payment["instructions"]["va_number"].as_str().is_some_and(|number| number.len() > 6), "{payment}");

    // The bank receives the money and says so.
    house.bank("pay", payment["reference"].as_str().unwrap()).await;

    // The invoice is paid, the service runs, the order is done.
    let paid = budi.sees_one("invoices", &invoice["id"]).await;
    assert_eq!((&paid["status"], &paid["paid"]), (&json!("paid"), &json!(55_500)));
    assert_eq!(paid["payments"][0]["status"], "succeeded");
    let contract = &budi.sees("/api/panel/subscriptions").await["data"][0];
    assert_eq!((&contract["status"], &contract["instance"]["status"]), (&json!("active"), &json!("running")));
    assert!(contract["instance"]["url"].as_str().is_some_and(|url| url.starts_with("http")), "{contract}");
    assert_eq!(budi.sees_one("orders", &order["id"]).await["status"], "active");

    // He has read about every step, and the books are right.
    assert_eq!(house.mails_to(&budi.email).await, ["verify_email", "invoice_issued", "order_paid", "service_ready"]);
    house.world.books_are_right().await;
}

#[tokio::test]
async fn whom_the_bank_denies_pays_from_the_wallet_instead() {
    let house = House::open().await;
    let sari = house.registers("sari").await;
    sari.proves_the_address().await;
    let placed = sari.orders("ghost-basic").await;
    let invoice = &placed["invoice"];

    // The bank says no: no money moved and the invoice is as open as before.
    let denied = sari.pays(invoice, json!({ "gateway": "midtrans", "method": "bank_transfer", "bank": "bni" })).await;
    house.bank("deny", denied["reference"].as_str().unwrap()).await;
    assert_eq!(sari.sees_one("payments", &denied["id"]).await["status"], "failed");
    let open = sari.sees_one("invoices", &invoice["id"]).await;
    assert_eq!((&open["status"], &open["paid"], sari.balance().await), (&json!("issued"), &json!(0), 0));

    // She fills her wallet and pays the invoice from it, at once.
    let top_up = sari.tops_up(100_000).await;
    house.bank("pay", top_up["reference"].as_str().unwrap()).await;
    assert_eq!(sari.balance().await, 100_000);
    let payment = sari.pays(invoice, json!({ "gateway": "wallet" })).await;
    assert_eq!((&payment["status"], sari.balance().await), (&json!("succeeded"), 44_500));

    // The service runs all the same.
    house.world.settle_down().await;
    assert_eq!(sari.sees_one("orders", &placed["order"]["id"]).await["status"], "active");
    let mails = house.mails_to(&sari.email).await;
    assert_eq!(mails, ["verify_email", "invoice_issued", "top_up_received", "order_paid", "service_ready"]);
    house.world.books_are_right().await;
}
