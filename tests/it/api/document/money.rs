//! Money that staff move: by hand, by transfer, money of nobody, and money that banks took back.
use super::story::{NONE, Story, text};
use crate::{
    api::house::{House, STAFF_PASSWORD},
    support::{gateway, money::by_wallet},
};
use entity::{
    customers::customer,
    payments::{gateway_difference, payment_account},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use yumna::domain::{
    customers,
    payments::{attempt, gateway_event, settlement},
};

pub async fn money_of_staff(story: &mut Story) {
    let customer = story.house.customer_id().0.clone();
    let adjust = "POST /api/whm/customers/{id}/wallet/adjust";
    story.staff(adjust, &[&customer], json!({ "amount": 10_000, "reason": "Sorry" }), 200).await;
    let large = json!({ "amount": 900_000_000, "reason": "Very sorry" });
    let first = story.staff(adjust, &[&customer], large.clone(), 202).await;
    let second = story.staff(adjust, &[&customer], large, 202).await;
    let (first, second) = (text(&first["approval"]["id"]), text(&second["approval"]["id"]));
    story.staff("GET /api/whm/approvals", &[], NONE, 200).await;
    story.staff("GET /api/whm/approvals/{id}", &[&first], NONE, 200).await;
    story.staff("POST /api/whm/approvals/{id}/approve", &[&first], NONE, 403).await;
    let limit = "POST /api/whm/customers/{id}/credit-limit";
    let set = story.staff(limit, &[&customer], json!({ "amount": 20_000, "reason": "Regular" }), 200).await;
    assert_eq!(set["credit_limit"], 20_000);
    story.staff(limit, &[&customer], json!({ "amount": -1, "reason": "x" }), 422).await;
    let high = story.staff(limit, &[&customer], json!({ "amount": 900_000_000, "reason": "Trusted" }), 202).await;
    assert_eq!(high["approval"]["kind"], "credit_limit");
    let high = text(&high["approval"]["id"]);
    story.staff(limit, &[&customer], json!({ "amount": 0, "reason": "No more" }), 200).await;
    let renewing = "POST /api/whm/customers/{id}/renewing";
    let set = story.staff(renewing, &[&customer], json!({ "separate_invoices": true }), 200).await;
    assert_eq!((&set["auto_debit"], &set["separate_invoices"]), (&json!(true), &json!(true)));
    story.staff(renewing, &[&customer], json!({ "separate_invoices": false }), 200).await;
    let wallet = story.customer("PATCH /api/panel/wallet", &[], json!({ "auto_debit": false }), 200).await;
    assert_eq!((&wallet["auto_debit"], &wallet["credit_limit"]), (&json!(false), &json!(0)));
    story.customer("PATCH /api/panel/wallet", &[], json!({ "auto_debit": true }), 200).await;
    let other = story.house.second_admin().await;
    let proof = json!({ "password": STAFF_PASSWORD });
    story.call(&other, "POST /api/auth/step-up", &[], proof, 204).await;
    story.call(&other, "POST /api/whm/approvals/{id}/reject", &[&high], NONE, 200).await;
    story.call(&other, "POST /api/whm/approvals/{id}/approve", &[&first], NONE, 200).await;
    story.call(&other, "POST /api/whm/approvals/{id}/reject", &[&second], NONE, 200).await;
    story.call(&other, "POST /api/whm/approvals/{id}/reject", &[&second], NONE, 409).await;

    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let invoice = text(&placed["invoice"]["id"]);
    let part = json!({ "amount": 1_000, "reason": "Agreed" });
    story.staff("POST /api/whm/invoices/{id}/credit-notes", &[&invoice], part, 201).await;
    let notes = story.customer("GET /api/panel/invoices/{id}/credit-notes", &[&invoice], NONE, 200).await;
    let note = text(&notes["data"][0]["id"]);
    assert_eq!((&notes["data"][0]["total"], &notes["data"][0]["reason"]), (&json!(1_000), &json!("Agreed")));
    story.customer("GET /api/panel/invoices/{id}/credit-notes/{note}/pdf", &[&invoice, &note], NONE, 200).await;
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let invoice = text(&placed["invoice"]["id"]);
    story.staff("POST /api/whm/invoices/{id}/void", &[&invoice], json!({ "reason": "Twice" }), 200).await;
    let customer = customers::get(&story.house.world.services.db, story.house.customer_id()).await.unwrap();
    let debt = story.house.world.debt(&customer, &[10_000]).await.id;
    let lost = json!({ "reason": "Bankrupt" });
    story.staff("POST /api/whm/invoices/{id}/write-off", &[debt.as_str()], lost.clone(), 200).await;
    story.staff("POST /api/whm/invoices/{id}/write-off", &[debt.as_str()], lost, 409).await;
    let paid = entity::payments::payment::Entity::find()
        .filter(entity::payments::payment::Column::Status.eq(entity::value::PaymentStatus::Succeeded))
        .one(&story.house.world.services.db)
        .await
        .unwrap()
        .unwrap();
    let back = json!({ "amount": 1_000, "reason": "Agreed", "to": "bank" });
    story.staff("POST /api/whm/payments/{id}/refund", &[paid.id.as_str()], back, 422).await;
    refunds_to_banks(story, &customer).await;
    story.house.world.books_are_right().await;
}

/// Orders that are cancelled, payments that are asked about and doubted.
pub async fn decisions(story: &mut Story) {
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let (order, invoice) = (text(&placed["order"]["id"]), text(&placed["invoice"]["id"]));
    let cancel = "POST /api/whm/orders/{id}/cancel";
    story.staff(cancel, &[&order], json!({ "reason": " " }), 422).await;
    let why = json!({ "reason": "Salah pesan" });
    let cancelled = story.staff(cancel, &[&order], why.clone(), 200).await;
    assert_eq!((&cancelled["status"], &cancelled["cancel_reason"]), (&json!("cancelled"), &json!("Salah pesan")));
    story.staff(cancel, &[&order], why, 409).await;
    let void = story.staff("GET /api/whm/invoices/{id}", &[&invoice], NONE, 200).await;
    assert_eq!(void["status"], "void");

    let (ask, decide) = ("POST /api/whm/payments/{id}/ask", "POST /api/whm/payments/{id}/decide");
    let top_up = json!({ "gateway": gateway::CODE, "method": "qris", "amount": 50_000 });
    for (verdict, status) in [("accept", "succeeded"), ("deny", "failed")] {
        let begun = story.customer("POST /api/panel/wallet/topups", &[], top_up.clone(), 201).await;
        let (id, reference) = (text(&begun["payment"]["id"]), text(&begun["payment"]["reference"]));
        let says = json!({ "verdict": verdict });
        story.staff(decide, &[&id], says.clone(), 409).await;
        story.house.gateway.doubts(&reference);
        let doubted = story.staff(ask, &[&id], NONE, 200).await;
        assert_eq!(doubted["payment"]["status"], "review");
        story.staff(decide, &[&id], json!({ "verdict": "perhaps" }), 422).await;
        let decided = story.staff(decide, &[&id], says.clone(), 200).await;
        assert_eq!(decided["payment"]["status"], status);
        story.staff(decide, &[&id], says, 409).await;
    }
    story.staff(ask, &["pay_nobody"], NONE, 404).await;
    story.house.world.books_are_right().await;
}

/// A refund goes to a bank account: called off, sent again, transferred.
async fn refunds_to_banks(story: &mut Story, customer: &customer::Model) {
    let bill = story.house.world.debt(customer, &[20_000]).await;
    let ctx = story.house.world.system();
    let paid = attempt::start(&ctx, &customer.id, &bill.id, &by_wallet()).await.unwrap();
    let account = json!({ "bank_name": "BCA", "account_holder": "Andi", "account_number": "123-456-7890" });
    let mut back = json!({ "amount": 1_000, "reason": "Agreed", "to": "bank" });
    back.as_object_mut().unwrap().extend(account.as_object().unwrap().clone());
    let begun = story.staff("POST /api/whm/payments/{id}/refund", &[paid.id.as_str()], back, 202).await;
    let first = text(&begun["refund"]["payout_id"]);
    let why = json!({ "reason": "Salah nomor" });
    story.staff("POST /api/whm/payouts/{id}/cancel", &[&first], why, 200).await;
    let send = "POST /api/whm/payouts/{id}/again";
    let second = story.staff(send, &[&first], account.clone(), 201).await;
    assert_eq!((&second["payout"]["amount"], &second["payout"]["refund_id"]), (&json!(1_000), &begun["refund"]["id"]));
    story.staff(send, &[&first], account, 409).await;
    let second = text(&second["payout"]["id"]);
    let sent = json!({ "bank_reference": "BCA-0101" });
    let paid = story.staff("POST /api/whm/payouts/{id}/confirm", &[&second], sent, 200).await;
    assert_eq!(paid["payout"]["status"], "paid");
}

/// Somebody transfers to our bank account.
pub async fn transfers(story: &mut Story) {
    story.house.world.bank_accounts(&[]).await;
    let by_transfer = json!({ "gateway": "transfer", "method": "bank_transfer" });
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let invoice = text(&placed["invoice"]["id"]);
    let begun = story.customer("POST /api/panel/invoices/{id}/payments", &[&invoice], by_transfer, 201).await;
    let told = &begun["payment"]["instructions"];
    assert_eq!((told["bank"].as_str(), told["account_holder"].as_str()), (Some("Bank Contoh"), Some("PT Contoh")));
    assert_eq!((&told["account_number"], &told["amount"]), (&json!("0001234567"), &begun["payment"]["amount"]));
    let (id, amount) = (text(&begun["payment"]["id"]), begun["payment"]["amount"].clone());
    let prove = "POST /api/panel/payments/{id}/proof";
    story.customer(prove, &[&id], json!({ "file": "PGh0bWw+" }), 422).await;
    let file = json!({ "file": "iVBORw0KGgoAAAANSUhEUg==", "note": "Dari rekening istri" });
    let sent = story.customer(prove, &[&id], file, 200).await;
    assert_eq!(sent["payment"]["status"], "review");
    let waiting = story.staff("GET /api/whm/transfers", &[], NONE, 200).await;
    assert_eq!(waiting["data"][0]["proofs"][0]["note"], "Dari rekening istri");
    let refused = story.staff("POST /api/whm/payments/{id}/reject", &[&id], json!({ "reason": "Buram" }), 200).await;
    assert_eq!(refused["payment"]["status"], "pending");
    let seen = json!({ "amount": amount, "received_on": "2026-11-21" });
    for _ in 0..2 {
        let paid = story.staff("POST /api/whm/payments/{id}/approve", &[&id], seen.clone(), 200).await;
        assert_eq!((&paid["payment"]["status"], &paid["payment"]["received"]), (&json!("succeeded"), &amount));
    }
    story.house.world.books_are_right().await;
}

/// Money comes that fits nothing.
pub async fn unallocated(story: &mut Story) {
    let world = &story.house.world;
    for reference in ["NOBODYS-1", "NOBODYS-2"] {
        story.house.gateway.pay(reference, 75_000);
        let body = story.house.gateway.notification(reference);
        let ctx = world.system();
        let event = gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
        gateway_event::process(&ctx, &event.event_id).await.unwrap();
    }
    let waiting = story.staff("GET /api/whm/unallocated", &[], NONE, 200).await;
    let ids: Vec<String> = waiting["data"].as_array().unwrap().iter().map(|row| text(&row["id"])).collect();
    assert_eq!((ids.len(), &waiting["data"][0]["why"]), (2, &json!("unknown_reference")));
    let shown = story.staff("GET /api/whm/unallocated/{id}", &[&ids[0]], NONE, 200).await;
    assert_eq!((&shown["status"], &shown["amount"]), (&json!("open"), &json!(75_000)));
    let customer = story.house.buyer.customer_id.0.clone();
    let his = json!({ "customer_id": customer, "reason": "Bukti dari pelanggan" });
    let allocate = "POST /api/whm/unallocated/{id}/allocate";
    story.staff(allocate, &[&ids[0]], json!({ "reason": "Bukti" }), 422).await;
    let assigned = story.staff(allocate, &[&ids[0]], his.clone(), 200).await;
    assert_eq!((&assigned["status"], &assigned["customer_id"]), (&json!("allocated"), &json!(customer)));
    let back = json!({ "bank_reference": "BCA-0001", "reason": "Salah kirim" });
    let give_back = "POST /api/whm/unallocated/{id}/return";
    let returned = story.staff(give_back, &[&ids[1]], back, 200).await;
    assert_eq!(returned["status"], "returned");
    story.staff(allocate, &[&ids[1]], his, 409).await;
    story.house.world.books_are_right().await;
}

/// Reports of payouts, what gateways say otherwise, and payments that banks took back.
pub async fn payouts_and_disputes(story: &mut Story) {
    let ctx = story.house.world.system();
    let account = payment_account::Entity::find().filter(payment_account::Column::Gateway.eq(gateway::CODE));
    let account = account.one(&ctx.db).await.unwrap().unwrap().id;
    let report =
        settlement::send_in(&ctx, &account, b"Order ID,Amount,Fee\nSTRANGE,50000,1000\n".to_vec()).await.unwrap();
    settlement::book(&ctx, &report.id).await.unwrap();
    story.staff("GET /api/whm/settlements", &[], NONE, 200).await;
    let id = [report.id.as_str()];
    let shown = story.staff("GET /api/whm/settlements/{id}", &id, NONE, 200).await;
    assert_eq!(shown["status"], "booked");
    let lines = story.staff("GET /api/whm/settlements/{id}/lines", &id, NONE, 200).await;
    assert_eq!((&lines["data"][0]["reference"], &lines["data"][0]["status"]), (&json!("STRANGE"), &json!("waiting")));

    let customer = story.house.buyer.customer_id.clone();
    let mut disputed = Vec::new();
    for _ in 0..2 {
        let way = crate::support::money::by("qris", None);
        let pay = attempt::start_top_up(&ctx, &customer, 60_000, &way).await.unwrap();
        story.house.gateway.pay(&pay.reference, 60_000);
        attempt::ask_now(&ctx, &pay.id).await.unwrap();
        story.house.gateway.set(&pay.reference, |report| report.status = entity::value::PaymentStatus::Chargeback);
        attempt::ask_now(&ctx, &pay.id).await.unwrap();
        disputed.push(pay);
    }
    let differs = gateway_difference::Model {
        id: entity::value::GatewayDifferenceId::generate(),
        payment_id: disputed[0].id.clone(),
        reference: disputed[0].reference.clone(),
        customer_id: customer,
        account_id: account,
        what: "fee".into(),
        ours: "0".into(),
        theirs: "4000".into(),
        status: entity::value::DifferenceStatus::Open,
        open_key: Some(format!("{}:fee", disputed[0].id)),
        note: None,
        closed_by: None,
        found_at: ctx.now(),
        closed_at: None,
    };
    let row = sea_orm::ActiveModelTrait::reset_all(sea_orm::IntoActiveModel::into_active_model(differs));
    gateway_difference::Entity::insert(row).exec_without_returning(&ctx.db).await.unwrap();
    let found = story.staff("GET /api/whm/differences", &[], NONE, 200).await;
    let difference = text(&found["data"][0]["id"]);
    let seen = json!({ "reason": "Sudah dicek" });
    let closed = story.staff("POST /api/whm/differences/{id}/close", &[&difference], seen, 200).await;
    assert_eq!(closed["status"], "closed");

    let open = story.staff("GET /api/whm/disputes", &[], NONE, 200).await;
    let ids: Vec<String> = open["data"].as_array().unwrap().iter().map(|row| text(&row["id"])).collect();
    assert_eq!(ids.len(), 2);
    let grounds = json!({ "note": "Bukti pemakaian" });
    let fee = json!({ "amount": 25_000, "note": "Surel gateway" });
    let charged = story.staff("POST /api/whm/disputes/{id}/fee", &[&ids[0]], fee, 200).await;
    assert_eq!((&charged["fee"], &charged["fee_back"]), (&json!(25_000), &json!(0)));
    let back = json!({ "note": "Surel gateway" });
    story.staff("POST /api/whm/disputes/{id}/fee-back", &[&ids[0]], back.clone(), 409).await;
    let won = story.staff("POST /api/whm/disputes/{id}/won", &[&ids[0]], grounds.clone(), 200).await;
    assert_eq!(won["status"], "won");
    story.staff("POST /api/whm/disputes/{id}/won", &[&ids[0]], grounds.clone(), 200).await;
    let returned = story.staff("POST /api/whm/disputes/{id}/fee-back", &[&ids[0]], back, 200).await;
    assert_eq!(returned["fee_back"], 25_000);
    story.staff("POST /api/whm/disputes/{id}/lost", &[&ids[0]], grounds.clone(), 409).await;
    story.staff("POST /api/whm/disputes/{id}/lost", &[&ids[1]], json!({ "note": " " }), 422).await;
    story.staff("POST /api/whm/disputes/{id}/lost", &[&ids[1]], grounds, 200).await;
    let shown = story.staff("GET /api/whm/disputes/{id}", &[&ids[1]], NONE, 200).await;
    assert_eq!(shown["status"], "lost");
    story.house.world.books_are_right().await;
}

/// Staff send a report of payouts in, look at it, book it and work off what waits.
pub async fn reports_of_payouts(story: &mut Story) {
    let ctx = story.house.world.system();
    let account = payment_account::Entity::find().filter(payment_account::Column::Gateway.eq(gateway::CODE));
    let account = account.one(&ctx.db).await.unwrap().unwrap().id.0;
    let way = crate::support::money::by("qris", None);
    let pay = attempt::start_top_up(&ctx, &story.house.buyer.customer_id, 80_000, &way).await.unwrap();
    story.house.gateway.pay(&pay.reference, 80_000);
    attempt::ask_now(&ctx, &pay.id).await.unwrap();

    let send = "POST /api/whm/settlements";
    story.staff(send, &[], json!({ "account_id": account, "content": "nothing" }), 422).await;
    let mistake = json!({ "account_id": account, "content": "Order ID,Amount\nMISTAKE,1\n" });
    let mistake = text(&story.staff(send, &[], mistake, 201).await["id"]);
    let put_away = story.staff("POST /api/whm/settlements/{id}/discard", &[&mistake], NONE, 200).await;
    assert_eq!(put_away["status"], "discarded");
    let content = "Order ID,Paid,Fee\nLATE-1,80000,500\nLATE-2,20000,100\nLATE-3,10000,0\n";
    let sent = story.staff(send, &[], json!({ "account_id": account, "content": content }), 201).await;
    let id = text(&sent["id"]);
    let id = [id.as_str()];
    let columns = "POST /api/whm/settlements/{id}/columns";
    story.staff(columns, &id, json!({ "reference": "Order ID", "amount": "Gross" }), 422).await;
    let named = json!({ "reference": "Order ID", "amount": "Paid", "fee": "Fee" });
    let preview = story.staff(columns, &id, named, 200).await;
    assert_eq!((&preview["totals"]["waiting"], &preview["columns"]["net"]), (&json!(3), &NONE));
    let preview = story.staff("GET /api/whm/settlements/{id}/preview", &id, NONE, 200).await;
    assert_eq!((&preview["lines"][0]["verdict"], &preview["lines"][0]["net"]), (&json!("unknown"), &json!(79_500)));
    let booked = story.staff("POST /api/whm/settlements/{id}/book", &id, NONE, 200).await;
    assert_eq!((&booked["status"], &booked["net"]), (&json!("booked"), &json!(0)));
    story.staff("GET /api/whm/settlements/{id}/preview", &id, NONE, 409).await;
    let again = story.staff("POST /api/whm/settlements/{id}/again", &id, NONE, 200).await;
    assert_eq!(again["booked"], 0);

    let lines = story.staff("GET /api/whm/settlements/{id}/lines", &id, NONE, 200).await;
    let line_of = |reference: &str| {
        let lines = lines["data"].as_array().unwrap();
        text(&lines.iter().find(|line| line["reference"] == reference).unwrap()["id"])
    };
    let by_hand = json!({ "reference": pay.reference, "reason": "Nomornya salah ketik" });
    let decide = "POST /api/whm/settlement-lines/{id}/match";
    story.staff(decide, &[&line_of("LATE-1")], json!({ "reference": "NOBODY", "reason": "x" }), 422).await;
    let matched = story.staff(decide, &[&line_of("LATE-1")], by_hand.clone(), 200).await;
    assert_eq!((&matched["status"], &matched["payment_id"]), (&json!("booked"), &json!(pay.id.0)));
    let why = json!({ "reason": "Tidak ada tagihannya" });
    let nobodys = "POST /api/whm/settlement-lines/{id}/unallocated";
    assert_eq!(story.staff(nobodys, &[&line_of("LATE-2")], why.clone(), 200).await["status"], "unallocated");
    let dismiss = "POST /api/whm/settlement-lines/{id}/dismiss";
    assert_eq!(story.staff(dismiss, &[&line_of("LATE-3")], why.clone(), 200).await["status"], "dismissed");
    story.staff(nobodys, &[&line_of("LATE-3")], why, 409).await;
    story.house.world.books_are_right().await;
}
