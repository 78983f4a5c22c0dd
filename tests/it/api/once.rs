//! The same POST sent twice is done once and answered twice, whatever happens in between.
use super::house::House;
use crate::support::gateway::{self, Trouble};
use entity::{
    customers::note,
    ledger::wallet_transaction,
    ordering::order,
    payments::{payment, payment_account, refund},
    platform::idempotency_key::{self, Column},
    provisioning::{cluster, instance, task},
    value::{InstanceStatus, PaymentId, PaymentStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use yumna::{
    domain::{Ctx, ordering, payments::attempt},
    kernel::{
        idempotency::{self, Begin},
        token,
    },
};

const ORDERS: &str = "/api/panel/orders";

async fn count<E: EntityTrait>(house: &House, _: E) -> u64
where
    E::Model: Sync,
{
    E::find().count(&house.world.services.db).await.unwrap()
}

/// The process died after it did what was asked and before it kept the answer.
async fn the_answer_was_lost(house: &House) {
    idempotency_key::Entity::update_many()
        .col_expr(Column::StatusCode, Expr::value(Option::<i32>::None))
        .col_expr(Column::Response, Expr::value(Option::<String>::None))
        .exec(&house.world.services.db)
        .await
        .unwrap();
}

/// The request that holds a key took so long that another may take its place.
async fn time_is_up(house: &House) {
    let long_ago: chrono::DateTime<chrono::Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
    idempotency_key::Entity::update_many()
        .col_expr(Column::LockedUntil, Expr::value(long_ago))
        .exec(&house.world.services.db)
        .await
        .unwrap();
}

/// Takes the key of an order as a request does before it works.
async fn begin(house: &House, key: &str) -> Begin {
    let services = &house.world.services;
    let scope = format!("{} POST {ORDERS}", house.customer_id());
    let hash = token::sha256_hex(serde_json::to_vec(&House::order()).unwrap());
    idempotency::begin(&services.db, &services.live, services.clock.now(), &scope, key, &hash).await.unwrap()
}

#[actix_web::test]
async fn an_order_needs_a_key_and_the_same_key_places_it_once() {
    let house = House::new().await;

    let without = house.asks("POST", ORDERS, House::order()).await;
    assert_eq!((without.status.as_u16(), without.code().as_str()), (400, "IDEMPOTENCY_KEY_REQUIRED"));

    let first = house.posts("k1", ORDERS, House::order()).await;
    let again = house.posts("k1", ORDERS, House::order()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.bytes, again.bytes);

    let other = json!({ "items": [] });
    let reused = house.posts("k1", ORDERS, other).await;
    assert_eq!((reused.status.as_u16(), reused.code().as_str()), (422, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(count(&house, order::Entity).await, 1);

    house.world.advance(chrono::Duration::hours(25));
    let token = yumna::domain::identity::tokens::issue(&house.world.system(), &house.buyer.user_id).await.unwrap();
    let tomorrow = super::house::request(&token.access_token, "POST", ORDERS, House::order());
    let tomorrow = house.send(tomorrow.insert_header(("idempotency-key", "k1"))).await;
    assert_eq!(tomorrow.status, 201, "{}", tomorrow.json());
    assert_eq!(count(&house, order::Entity).await, 2, "a key is forgotten after a day");
}

#[actix_web::test]
async fn a_program_that_dies_between_the_order_and_its_answer_does_not_order_twice() {
    let house = House::new().await;
    let first = house.posts("k1", ORDERS, House::order()).await;
    the_answer_was_lost(&house).await;

    let again = house.posts("k1", ORDERS, House::order()).await;

    assert_eq!(again.status, 201, "{}", again.json());
    assert_eq!(again.json(), first.json());
    assert_eq!(count(&house, order::Entity).await, 1);
    assert_eq!(house.posts("k1", ORDERS, House::order()).await.bytes, again.bytes, "and this answer is kept");
}

#[actix_web::test]
async fn a_program_that_dies_before_the_order_leaves_the_way_free() {
    let house = House::new().await;
    let Begin::Fresh(_) = begin(&house, "k1").await else { panic!("the first") };

    let early = house.posts("k1", ORDERS, House::order()).await;
    assert_eq!((early.status.as_u16(), early.code().as_str()), (409, "REQUEST_IN_FLIGHT"));

    time_is_up(&house).await;
    assert_eq!(house.posts("k1", ORDERS, House::order()).await.status, 201);
    assert_eq!(count(&house, order::Entity).await, 1);
}

#[actix_web::test]
async fn a_request_that_was_overtaken_makes_nothing_any_more() {
    let house = House::new().await;
    let Begin::Fresh(slow) = begin(&house, "k1").await else { panic!("the first") };
    time_is_up(&house).await;
    assert_eq!(house.posts("k1", ORDERS, House::order()).await.status, 201);

    let ctx = Ctx { once: Some(slow), ..house.world.system() };
    let late = ordering::place(&ctx, house.world.checkout(&house.buyer, &["ghost-1"])).await;

    assert!(late.is_err());
    assert_eq!(count(&house, order::Entity).await, 1);
}

#[actix_web::test]
async fn a_payment_that_failed_may_be_tried_again_under_its_key_and_one_that_started_is_the_same() {
    let house = House::new().await;
    let invoice = house.posts("k1", ORDERS, House::order()).await.json()["invoice"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/panel/invoices/{invoice}/payments");
    let by_qris = json!({ "gateway": gateway::CODE, "method": "qris" });

    house.gateway.spoil(Trouble::Unavailable);
    let failed = house.posts("p1", &path, by_qris.clone()).await;
    assert_eq!((failed.status.as_u16(), failed.code().as_str()), (503, "GATEWAY_UNAVAILABLE"));
    let started = house.posts("p1", &path, by_qris.clone()).await;
    assert_eq!(started.status, 201, "{}", started.json());
    assert_eq!(house.posts("p1", &path, by_qris.clone()).await.bytes, started.bytes);

    the_answer_was_lost(&house).await;
    let again = house.posts("p1", &path, by_qris).await;
    assert_eq!(again.json()["payment"]["id"], started.json()["payment"]["id"]);
    assert_eq!(count(&house, payment::Entity).await, 2, "the one that failed and the one that waits");

    let top_up = json!({ "gateway": gateway::CODE, "method": "qris", "amount": 50_000 });
    let first = house.posts("t1", "/api/panel/wallet/topups", top_up.clone()).await;
    assert_eq!(first.status, 201, "{}", first.json());
    the_answer_was_lost(&house).await;
    let again = house.posts("t1", "/api/panel/wallet/topups", top_up).await;
    assert_eq!(again.json(), first.json());
    assert_eq!(count(&house, payment::Entity).await, 3);
}

#[actix_web::test]
async fn a_charge_that_is_denied_at_once_is_told_as_a_refusal_and_its_key_stays_free() {
    let house = House::new().await;
    let order = house.posts("o", ORDERS, House::order()).await.json();
    let invoice = order["invoice"]["id"].as_str().unwrap();
    for (path, body) in [
        (format!("/api/panel/invoices/{invoice}/payments"), json!({"gateway": gateway::CODE, "method": "qris"})),
        ("/api/panel/wallet/topups".to_owned(), json!({"gateway": gateway::CODE, "method": "qris", "amount": 100_000})),
    ] {
        house.gateway.spoil(Trouble::Becomes(PaymentStatus::Failed));
        let denied = house.posts("p", &path, body.clone()).await;
        assert_eq!((denied.status.as_u16(), denied.code().as_str()), (502, "GATEWAY_REFUSED"), "{path}");
        let again = house.posts("p", &path, body).await;
        assert_eq!(
            (again.status.as_u16(), again.json()["payment"]["status"].as_str()),
            (201, Some("pending")),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn work_on_a_service_is_asked_for_once() {
    let house = House::new().await;
    let running = house.running().await;
    let path = format!("/api/panel/instances/{}/restart", running.id);
    let before = count(&house, task::Entity).await;

    let first = house.posts("r1", &path, json!(null)).await;
    assert_eq!(first.status, 202, "{}", first.json());
    assert_eq!(house.posts("r1", &path, json!(null)).await.bytes, first.bytes);
    the_answer_was_lost(&house).await;
    assert_eq!(house.posts("r1", &path, json!(null)).await.json()["task"]["id"], first.json()["task"]["id"]);
    assert_eq!(house.posts("r2", &path, json!(null)).await.code(), "INVALID_STATE", "another key is another wish");
    assert_eq!(count(&house, task::Entity).await, before + 1);

    house.world.settle_down().await;
    instance::Entity::update_many()
        .col_expr(instance::Column::Status, Expr::value(InstanceStatus::Error))
        .filter(instance::Column::Id.eq(&running.id))
        .exec(&house.world.services.db)
        .await
        .unwrap();
    let retry = format!("/api/panel/instances/{}/retry-provisioning", running.id);
    let first = house.posts("x1", &retry, json!(null)).await;
    assert_eq!(first.status, 202, "{}", first.json());
    the_answer_was_lost(&house).await;
    assert_eq!(house.posts("x1", &retry, json!(null)).await.json()["task"]["id"], first.json()["task"]["id"]);
}

#[actix_web::test]
async fn money_that_went_back_is_known_by_its_key_when_the_day_of_its_answer_is_over() {
    let house = House::new().await;
    house.step_up().await;
    house.world.gives(&house.buyer, 200_000).await;
    let invoice = house.posts("k1", ORDERS, House::order()).await.json()["invoice"]["id"].as_str().unwrap().to_owned();
    let from_wallet = json!({ "gateway": "wallet" });
    let paid = house.posts("p1", &format!("/api/panel/invoices/{invoice}/payments"), from_wallet).await.json();
    let path = format!("/api/whm/payments/{}/refund", paid["payment"]["id"].as_str().unwrap());
    let back = json!({ "amount": 10_000, "reason": "Too slow", "to": "wallet" });
    let first = house.staff_posts("r1", &path, back.clone()).await;
    assert_eq!(first.status, 202, "{}", first.json());

    idempotency_key::Entity::delete_many().exec(&house.world.services.db).await.unwrap();
    let later = house.staff_posts("r1", &path, back.clone()).await;

    assert_eq!(later.json(), first.json());
    assert_eq!(count(&house, refund::Entity).await, 1);
    assert_eq!(house.staff_posts("r2", &path, back).await.status, 202, "another key is another refund");
    assert_eq!(count(&house, refund::Entity).await, 2);
}

#[actix_web::test]
async fn a_refund_the_gateway_refused_may_be_asked_for_again_under_its_key() {
    let house = House::new().await;
    house.step_up().await;
    let invoice = house.posts("k1", ORDERS, House::order()).await.json()["invoice"]["id"].as_str().unwrap().to_owned();
    let by_qris = json!({ "gateway": gateway::CODE, "method": "qris" });
    let pay =
        house.posts("p1", &format!("/api/panel/invoices/{invoice}/payments"), by_qris).await.json()["payment"].clone();
    house.gateway.pay(pay["reference"].as_str().unwrap(), pay["amount"].as_i64().unwrap());
    let id = PaymentId::from(pay["id"].as_str().unwrap());
    attempt::ask_now(&house.world.system(), &id).await.unwrap();
    let path = format!("/api/whm/payments/{id}/refund");
    let back = json!({ "amount": 10_000, "reason": "Too slow", "to": "gateway" });

    house.gateway.spoil(Trouble::Rejected);
    let refused = house.staff_posts("r1", &path, back.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (502, "GATEWAY_REFUSED"), "{}", refused.json());
    let again = house.staff_posts("r1", &path, back.clone()).await;

    assert_eq!((again.status.as_u16(), again.json()["refund"]["status"].as_str()), (202, Some("succeeded")));
    assert_eq!(house.staff_posts("r1", &path, back).await.json(), again.json(), "and then it is done");
    assert_eq!(house.gateway.says(pay["reference"].as_str().unwrap()).refunded_minor, 10_000);
}

#[actix_web::test]
async fn what_staff_make_is_made_once() {
    let house = House::new().await;
    house.step_up().await;
    let adjust = format!("/api/whm/customers/{}/wallet/adjust", house.customer_id());
    let gift = json!({ "amount": 25_000, "reason": "An apology" });

    let first = house.staff_posts("a1", &adjust, gift.clone()).await;
    assert_eq!(first.status, 200, "{}", first.json());
    the_answer_was_lost(&house).await;
    assert_eq!(house.staff_posts("a1", &adjust, gift.clone()).await.json(), first.json());
    assert_eq!(count(&house, wallet_transaction::Entity).await, 1);

    let large = json!({ "amount": 900_000_000, "reason": "A large apology" });
    let waiting = house.staff_posts("a2", &adjust, large.clone()).await;
    assert_eq!(waiting.status, 202, "{}", waiting.json());
    the_answer_was_lost(&house).await;
    assert_eq!(house.staff_posts("a2", &adjust, large).await.json(), waiting.json());

    let new = json!({
        "name": "two", "driver": "kubernetes", "region": "sby", "capacity_cpu_milli": 1_000, "capacity_memory_mb": 1_000,
        "settings": { "kubeconfig": "x", "ingress_domain": "apps.localhost" }
    });
    let first = house.staff_posts("c1", "/api/whm/clusters", new.clone()).await;
    assert_eq!(first.status, 201, "{}", first.json());
    the_answer_was_lost(&house).await;
    assert_eq!(house.staff_posts("c1", "/api/whm/clusters", new).await.json(), first.json());
    assert_eq!(count(&house, cluster::Entity).await, 2);
}

#[actix_web::test]
async fn what_staff_write_at_their_desk_is_written_once() {
    let house = House::new().await;
    house.step_up().await;
    let notes = format!("/api/whm/customers/{}/notes", house.customer_id());
    let account = json!({ "gateway": gateway::CODE, "name": "Cadangan", "settings": { "server_key": "k2" } });
    let file = json!({ "kind": "customers", "source": "whmcs", "content": "id,name,email\n1,Tuti,tuti@pindah.test\n" });
    let colleague = json!({ "email": "rini@example.test", "name": "Rini", "roles": ["support"] });
    let before = [count(&house, note::Entity).await, count(&house, payment_account::Entity).await];
    for (path, body) in [
        (notes.as_str(), json!({ "body": "Telepon pagi hari" })),
        ("/api/whm/payment-accounts", account),
        ("/api/whm/take-over", file),
        ("/api/whm/staff", colleague),
    ] {
        let first = house.staff_posts("d1", path, body.clone()).await;
        assert_eq!(first.status, 201, "{path}: {}", first.json());
        the_answer_was_lost(&house).await;
        let again = house.staff_posts("d1", path, body).await;
        assert_eq!((again.status.as_u16(), again.json()), (201, first.json()), "{path}");
    }
    let after = [count(&house, note::Entity).await, count(&house, payment_account::Entity).await];
    assert_eq!(after, before.map(|known| known + 1));
    house.world.settle_down().await;
    assert_eq!(house.world.mails_to("rini@example.test").await.len(), 1, "he is asked in once");
}
