//! What is read on paper and in files: by the customer of his own, by staff of everybody's.
use super::story::{NONE, Story, text};
use crate::{api::house::House, support::gateway};
use entity::billing::credit_note;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use yumna::domain::customers;

/// An order is thought better of while its payment is looked for.
pub async fn second_thoughts(story: &mut Story) {
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let (order, invoice) = (text(&placed["order"]["id"]), text(&placed["invoice"]["id"]));
    let by_qris = json!({ "gateway": gateway::CODE, "method": "qris" });
    let started = story.customer("POST /api/panel/invoices/{id}/payments", &[&invoice], by_qris, 201).await;
    let payment = text(&started["payment"]["id"]);
    let checked = story.customer("POST /api/panel/payments/{id}/check", &[&payment], NONE, 200).await;
    assert_eq!((&checked["payment"]["id"], &checked["payment"]["status"]), (&json!(payment), &json!("pending")));
    let cancel = "POST /api/panel/orders/{id}/cancel";
    let cancelled = story.customer(cancel, &[&order], NONE, 200).await;
    assert_eq!((&cancelled["status"], &cancelled["cancel_reason"]), (&json!("cancelled"), &json!("customer")));
    story.customer(cancel, &[&order], NONE, 409).await;
    story.customer(cancel, &["ord_nobody"], NONE, 404).await;
}

/// The customer withholds tax, thinks better of it, and proves it in the end.
pub async fn withheld_by_the_customer(story: &mut Story) {
    let customer = story.house.customer_id().clone();
    let duties = "POST /api/whm/customers/{id}/tax-duties";
    story.staff(duties, &[customer.as_str()], json!({ "withholds_income_tax": true, "reason": "PT" }), 204).await;
    let row = customers::get(&story.house.world.services.db, &customer).await.unwrap();
    let bill = story.house.world.invoice(&row, &[200_000]).await.id;
    let bill = [bill.as_str()];
    let look = "GET /api/panel/invoices/{id}/withholding";
    let offered = story.customer(look, &bill, NONE, 200).await;
    assert_eq!((&offered["offered"]["amount"], &offered["declared"]), (&json!(4_000), &NONE));
    let declare = "POST /api/panel/invoices/{id}/withholding";
    let declared = story.customer(declare, &bill, NONE, 200).await;
    let withdraw = "POST /api/panel/withholdings/{id}/withdraw";
    let back = story.customer(withdraw, &[&text(&declared["id"])], NONE, 200).await;
    assert_eq!(back["status"], "withdrawn");
    let again = text(&story.customer(declare, &bill, NONE, 200).await["id"]);
    let waits = story.customer(look, &bill, NONE, 200).await;
    assert_eq!((&waits["offered"], &waits["declared"]["id"]), (&NONE, &json!(again)));
    let prove = "POST /api/panel/withholdings/{id}/prove";
    let proof = |file: &str| json!({ "number": "2500000456", "date": "2026-11-20", "file": file });
    story.customer(prove, &[&again], proof(""), 422).await;
    story.customer(prove, &[&again], proof("PGh0bWw+"), 422).await;
    for _ in 0..2 {
        let proven = story.customer(prove, &[&again], proof("JVBERi0xLjcK"), 200).await;
        assert_eq!((&proven["status"], &proven["amount"]), (&json!("received"), &json!(4_000)));
    }
    story.customer(withdraw, &[&again], NONE, 409).await;
    let list = story.customer("GET /api/panel/withholdings", &[], NONE, 200).await;
    assert_eq!((&list["data"][0]["id"], &list["data"][0]["proof_number"]), (&json!(again), &json!("2500000456")));
    story.staff("GET /api/whm/withholdings/{id}/file", &[&again], NONE, 200).await;
    let report = story.staff("GET /api/whm/reports/withheld", &[], NONE, 200).await;
    assert_eq!((&report["ties"], &report["data"][0]["status"]), (&json!(true), &json!("received")));
    let coretax = story.staff("GET /api/whm/reports/coretax", &[], NONE, 200).await;
    assert_eq!(coretax["files"], 0, "nothing was taxed here");
    story.staff("GET /api/whm/reports/coretax/xml", &[], NONE, 404).await;
    story.staff(duties, &[customer.as_str()], json!({ "withholds_income_tax": false, "reason": "PT" }), 204).await;
    story.house.world.books_are_right().await;
}

/// Every paper there is, from both sides.
pub async fn papers(story: &mut Story) {
    let customer = story.house.customer_id().0.clone();
    story.customer("GET /api/panel/statement/csv", &[], NONE, 200).await;
    let own = story.customer("GET /api/panel/statement", &[], NONE, 200).await;
    let told = story.staff("GET /api/whm/customers/{id}/statement", &[&customer], NONE, 200).await;
    assert_eq!(told, own, "staff read what the customer reads");
    for kind in ["pdf", "csv"] {
        story.staff(&format!("GET /api/whm/customers/{{id}}/statement/{kind}"), &[&customer], NONE, 200).await;
    }
    let quotes = story.customer("GET /api/panel/quotes", &[], NONE, 200).await;
    let quote = text(&quotes["data"][0]["id"]);
    story.customer("GET /api/panel/quotes/{id}/pdf", &[&quote], NONE, 200).await;
    story.staff("GET /api/whm/quotes/{id}/pdf", &[&quote], NONE, 200).await;

    let invoices = story.customer("GET /api/panel/invoices", &[], NONE, 200).await;
    let invoice = text(&invoices["data"][0]["id"]);
    let late = story.customer("GET /api/panel/invoices/{id}/late-fees", &[&invoice], NONE, 200).await;
    assert_eq!((&late["coming"], &late["fees"]), (&NONE, &json!([])), "no fees are charged here");

    let receipts = story.staff("GET /api/whm/receipts", &[], NONE, 200).await;
    let receipt = receipts["data"][0].clone();
    assert!(receipt["invoice_number"].is_string(), "{receipt}");
    let (payment, invoice) = (text(&receipt["payment_id"]), text(&receipt["invoice_id"]));
    story.staff("GET /api/whm/payments/{id}/receipt", &[&payment], NONE, 200).await;
    story.staff("GET /api/whm/invoices/{id}/pdf", &[&invoice], NONE, 200).await;
    let note = credit_note::Entity::find().one(&story.house.world.services.db).await.unwrap().unwrap();
    let of = [note.invoice_id.as_str(), note.id.as_str()];
    let notes = story.staff("GET /api/whm/invoices/{id}/credit-notes", &of[..1], NONE, 200).await;
    assert_eq!(notes["data"][0]["number"], note.number);
    story.staff("GET /api/whm/invoices/{id}/credit-notes/{note}/pdf", &of, NONE, 200).await;
    let transfers = story.staff("GET /api/whm/transfers", &[], NONE, 200).await;
    let proven = |row: &&Value| row["proofs"].as_array().is_some_and(|proofs| !proofs.is_empty());
    let transfer = transfers["data"].as_array().unwrap().iter().find(proven).expect("a transfer with a proof").clone();
    let (transfer, proof) = (text(&transfer["payment"]["id"]), text(&transfer["proofs"][0]["id"]));
    story.staff("GET /api/whm/payments/{id}/proofs/{proof}", &[&transfer, &proof], NONE, 200).await;
}

/// Our accounts at gateways, and what these still owe us.
pub async fn accounts(story: &mut Story) {
    let all = story.staff("GET /api/whm/payment-accounts", &[], NONE, 200).await;
    let known = text(&all["data"][0]["id"]);
    story.staff("GET /api/whm/payment-accounts/{id}", &[&known], NONE, 200).await;
    let add = "POST /api/whm/payment-accounts";
    let new = |name: &str| {
        let settings = json!({ "server_key": "k2", "note": "cadangan" });
        json!({ "gateway": gateway::CODE, "name": name, "settings": settings })
    };
    story.staff(add, &[], new(""), 422).await;
    story.staff(add, &[], json!({ "gateway": "nobody", "name": "x" }), 404).await;
    let made = story.staff(add, &[], new("Cadangan"), 201).await;
    let id = text(&made["account"]["id"]);
    assert_eq!((&made["account"]["enabled"], &made["account"]["tested_at"]), (&json!(false), &NONE));
    let shown = made["settings"].to_string();
    assert!(!shown.contains("k2"), "what is secret is never told: {shown}");
    let change = json!({ "position": 7 });
    let changed = story.staff("PATCH /api/whm/payment-accounts/{id}", &[&id], change, 200).await;
    assert_eq!((&changed["account"]["position"], &changed["account"]["name"]), (&json!(7), &json!("Cadangan")));
    let ways = json!({ "offered": ["qris"] });
    let offers = story.staff("POST /api/whm/payment-accounts/{id}/ways", &[&id], ways, 200).await;
    assert_eq!((&offers["ways"]["qris"], &offers["ways"]["bank_transfer:bca"]), (&json!(true), &json!(false)));
    let tested = story.staff("POST /api/whm/payment-accounts/{id}/test", &[&id], NONE, 200).await;
    assert!(tested["account"]["tested_at"].is_string(), "{tested}");

    let owed = story.staff("GET /api/whm/not-paid-out", &[], NONE, 200).await;
    assert!(owed["accounts"].as_array().is_some_and(|accounts| !accounts.is_empty()), "{owed}");
    let lines = story.staff("GET /api/whm/settlement-lines", &[], NONE, 200).await;
    let line = story.staff("GET /api/whm/settlement-lines/{id}", &[&text(&lines["data"][0]["id"])], NONE, 200).await;
    assert_eq!(line, lines["data"][0]);
    let differences = story.staff("GET /api/whm/differences", &[], NONE, 200).await;
    let difference = text(&differences["data"][0]["id"]);
    let shown = story.staff("GET /api/whm/differences/{id}", &[&difference], NONE, 200).await;
    assert_eq!(shown, differences["data"][0]);
}
