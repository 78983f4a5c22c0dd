//! What is sent twice, one after the other or at the same moment, is done once.
use crate::support::{site::Answer, town::Town};
use entity::{
    billing::{credit_note, invoice},
    ordering::order,
    payments::{payment, refund},
    provisioning::task,
};
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

/// How many there are of everything that costs money or work.
async fn tally(town: &Town) -> [u64; 6] {
    let db = &town.world.services.db;
    [
        order::Entity::find().count(db).await.unwrap(),
        invoice::Entity::find().count(db).await.unwrap(),
        payment::Entity::find().count(db).await.unwrap(),
        task::Entity::find().count(db).await.unwrap(),
        refund::Entity::find().count(db).await.unwrap(),
        credit_note::Entity::find().count(db).await.unwrap(),
    ]
}

fn more(before: [u64; 6], after: [u64; 6]) -> [u64; 6] {
    std::array::from_fn(|at| after[at] - before[at])
}

/// Sends a form of the owner five times at once and once more; every answer leads somewhere.
async fn submit(town: &Town, path: &str, fields: &[(&str, &str)]) -> Vec<Answer> {
    let browser = town.owner_browser("id").await;
    let token = browser.token.clone();
    let form = [fields.to_vec(), vec![("_csrf", token.as_str())]].concat();
    let send = || town.site.send(browser.request("POST", path).form(&form));
    let mut answers = join_all((0..5).map(|_| send())).await;
    answers.push(send().await);
    for answer in &answers {
        assert!(answer.status == 303 || answer.status == 409, "{path}: {} {}", answer.status, answer.body);
    }
    assert!(answers.iter().any(|answer| answer.status == 303));
    answers
}

#[tokio::test]
async fn a_double_checkout_is_one_order() {
    let town = Town::new().await;
    let before = tally(&town).await;
    let answers = submit(&town, "/checkout", &[("shown", town.id("cart")), ("accepted_terms", "1")]).await;
    assert_eq!(more(before, tally(&town).await), [1, 1, 0, 0, 0, 0]);
    let leads: std::collections::BTreeSet<_> = answers.iter().map(|answer| answer.location()).collect();
    assert_eq!(leads.len(), 1, "every click leads to the one invoice: {leads:?}");
}

#[tokio::test]
async fn a_double_top_up_is_one_payment() {
    let town = Town::new().await;
    let before = tally(&town).await;
    let form = [("preset", "200000"), ("amount", ""), ("method", "scripted:qris"), ("_key", "frm_top_up")];
    let answers = submit(&town, "/panel/wallet", &form).await;
    let payment = answers.last().unwrap().location();
    let page = town.owner_browser("id").await.get(payment).await;
    assert_eq!(page.status, 200, "{payment} shows how to pay");
    assert!(page.body.contains("200.000"), "{payment}");
    assert_eq!(more(before, tally(&town).await), [0, 0, 1, 0, 0, 0]);
}

#[tokio::test]
async fn a_double_payment_of_an_invoice_is_one_attempt() {
    let town = Town::new().await;
    let before = tally(&town).await;
    submit(&town, &format!("/panel/invoices/{}/pay", town.id("invoice")), &[("way", "scripted:qris")]).await;
    assert_eq!(more(before, tally(&town).await), [0, 0, 1, 0, 0, 0]);
}

#[tokio::test]
async fn a_double_payment_from_the_wallet_takes_the_money_once() {
    let town = Town::new().await;
    let balance = |town: &Town| {
        let (ctx, id) = (town.world.system(), town.owner.customer_id.clone());
        async move { yumna::domain::ledger::wallet(&ctx, &id).await.unwrap().balance }
    };
    let before = balance(&town).await;
    submit(&town, &format!("/panel/invoices/{}/pay", town.id("invoice")), &[("way", "wallet")]).await;
    assert_eq!(before - balance(&town).await, 55_500);
    town.world.books_are_right().await;
}

#[tokio::test]
async fn a_double_restart_is_one_piece_of_work() {
    let town = Town::new().await;
    let before = tally(&town).await;
    submit(&town, &format!("/panel/services/{}/restart", town.id("instance")), &[]).await;
    assert_eq!(more(before, tally(&town).await), [0, 0, 0, 1, 0, 0]);
}

/// Sends a body five times at once and once more with one key; all but those still in flight answer the same.
async fn call(town: &Town, path: &str, body: &Value) {
    let owner = town.owner_program().await;
    let send = || owner.send(owner.request("POST", path).header("idempotency-key", "twice").json(body));
    let mut answers = join_all((0..5).map(|_| send())).await;
    answers.push(send().await);
    let (done, waiting): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert!(waiting.iter().all(|answer| answer.code() == "REQUEST_IN_FLIGHT"), "{path}: {waiting:?}");
    assert!(!done.is_empty() && done.iter().all(|answer| answer.body == done[0].body), "{path}: {done:?}");
    let other = owner.request("POST", path).header("idempotency-key", "twice").json(&json!({ "other": 1 }));
    let other = owner.send(other).await;
    assert_eq!((other.status, other.code().as_str()), (422, "IDEMPOTENCY_KEY_REUSED"), "{path}");
}

#[tokio::test]
async fn one_key_is_one_effect_in_the_api() {
    let town = Town::new().await;
    let before = tally(&town).await;
    call(&town, "/api/panel/orders", &json!({ "items": [{ "plan": "ghost-basic", "cycle": "monthly" }] })).await;
    assert_eq!(more(before, tally(&town).await), [1, 1, 0, 0, 0, 0]);
    let choice = json!({ "gateway": "scripted", "method": "qris" });
    call(&town, &format!("/api/panel/invoices/{}/payments", town.id("invoice")), &choice).await;
    assert_eq!(more(before, tally(&town).await), [1, 1, 1, 0, 0, 0]);
    let top_up = json!({ "amount": 75_000, "gateway": "scripted", "method": "qris" });
    call(&town, "/api/panel/wallet/topups", &top_up).await;
    assert_eq!(more(before, tally(&town).await), [1, 1, 2, 0, 0, 0]);

    let stranger = town.stranger_program().await;
    let same = stranger.request("POST", "/api/panel/wallet/topups").header("idempotency-key", "twice").json(&top_up);
    assert_eq!(stranger.send(same).await.status, 201, "a key belongs to one customer");
    assert_eq!(more(before, tally(&town).await), [1, 1, 3, 0, 0, 0]);
}

#[tokio::test]
async fn a_restart_asked_for_twice_through_the_api_is_one_piece_of_work() {
    let town = Town::new().await;
    let owner = town.owner_program().await;
    let before = tally(&town).await;
    let path = format!("/api/panel/instances/{}/restart", town.id("instance"));
    for answer in join_all((0..5).map(|_| owner.send(owner.request("POST", &path)))).await {
        assert!(matches!(answer.status, 202 | 409), "{}: {}", answer.status, answer.body);
    }
    assert_eq!(more(before, tally(&town).await), [0, 0, 0, 1, 0, 0]);
}
