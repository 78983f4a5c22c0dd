//! Coupons that staff make through the API work where people buy.
use super::house::House;
use crate::support::town::Town;
use entity::{catalog::coupon, platform::audit_log};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

const COUPONS: &str = "/api/whm/coupons";
const ORDERS: &str = "/api/panel/orders";

async fn made(house: &House, body: Value) -> String {
    let made = house.call(&house.staff, "POST", COUPONS, body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()["coupon"]["id"].as_str().unwrap().to_owned()
}

async fn change(house: &House, id: &str, body: Value) -> (u16, Value) {
    let answer = house.call(&house.staff, "PATCH", &format!("{COUPONS}/{id}"), body).await;
    (answer.status.as_u16(), answer.json())
}

fn order_with(code: &str) -> Value {
    let mut order = House::order();
    order["coupon"] = json!(code);
    order
}

/// The wrong fields of a refusal with their words.
fn faults(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no fields: {problem}"));
    let mut faults: Vec<String> = errors
        .iter()
        .map(|error| format!("{}:{}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    faults.sort();
    faults
}

#[actix_web::test]
async fn a_coupon_of_the_api_is_taken_off_an_order_and_counted() {
    let house = House::new().await;
    let id = made(&house, json!({ "code": "hemat10", "kind": "percent", "value": 1_000 })).await;

    let placed = house.posts("o1", ORDERS, order_with("Hemat10")).await;

    assert_eq!(placed.status, 201, "{}", placed.json());
    let order = placed.json()["order"].clone();
    assert_eq!((&order["coupon"], &order["discount"]), (&json!("HEMAT10"), &json!(5_000)), "a tenth of 50.000");
    let shown = house.call(&house.staff, "GET", &format!("{COUPONS}/{id}"), json!(null)).await.json();
    assert_eq!((&shown["coupon"]["used"], &shown["coupon"]["status"]), (&json!(1), &json!("active")));
    house.world.books_are_right().await;
}

#[actix_web::test]
async fn a_coupon_made_twice_with_one_key_is_one() {
    let house = House::new().await;
    let new = json!({ "code": "SEKALI", "kind": "amount", "value": 20_000 });

    let first = house.staff_posts("k1", COUPONS, new.clone()).await;
    let again = house.staff_posts("k1", COUPONS, new.clone()).await;

    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201), "{}", first.json());
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(coupon::Entity::find().count(&house.world.services.db).await.unwrap(), 1);
    let twin = house.staff_posts("k2", COUPONS, new).await;
    assert_eq!((twin.status.as_u16(), faults(&twin.json())), (422, vec!["code:coupon_taken".to_owned()]));
}

#[actix_web::test]
async fn wrong_fields_of_a_coupon_are_named_and_nothing_is_made() {
    let house = House::new().await;
    let right = json!({ "code": "BENAR", "kind": "percent", "value": 1_000 });
    for (field, value, fault) in [
        ("code", json!("tidak boleh spasi"), "code:coupon_code"),
        ("kind", json!("gift"), "kind:unknown"),
        ("value", json!(10_001), "value:percent"),
        ("renewals", json!(-1), "renewals:number"),
        ("minimum", json!(-1), "minimum:number"),
        ("max_uses", json!(0), "max_uses:number"),
        ("max_uses_per_customer", json!(0), "max_uses_per_customer:number"),
        ("scope", json!(["nothing"]), "scope:unknown_names"),
        ("cycles", json!(["weekly"]), "cycles:unknown_names"),
        ("starts_on", json!("1026-11-21"), "starts_on:invalid"),
    ] {
        let mut wrong = right.clone();
        wrong[field] = value;
        let refused = house.call(&house.staff, "POST", COUPONS, wrong).await;
        assert_eq!((refused.status.as_u16(), faults(&refused.json())), (422, vec![fault.to_owned()]), "{field}");
    }
    let backwards = json!({
        "code": "MUNDUR", "kind": "percent", "value": 1_000, "starts_on": "2026-12-12", "ends_on": "2026-12-01",
    });
    let refused = house.call(&house.staff, "POST", COUPONS, backwards).await;
    assert_eq!(faults(&refused.json()), ["ends_on:ends_before_start"]);
    assert_eq!(coupon::Entity::find().count(&house.world.services.db).await.unwrap(), 0);
}

#[actix_web::test]
async fn a_change_touches_only_what_it_names() {
    let house = House::new().await;
    let new = json!({
        "code": "LAMA", "kind": "percent", "value": 1_000, "renewals": null, "scope": ["ghost-1"],
        "cycles": ["monthly"], "minimum": 10_000, "max_uses": 5, "starts_on": "2026-11-21", "ends_on": "2026-12-12",
        "note": "Musim hujan",
    });
    let id = made(&house, new).await;
    let before = house.call(&house.staff, "GET", &format!("{COUPONS}/{id}"), json!(null)).await.json();
    assert_eq!((&before["coupon"]["renewals"], &before["coupon"]["ends_on"]), (&json!(null), &json!("2026-12-12")));

    let (status, after) = change(&house, &id, json!({ "value": 1_500, "max_uses": null, "cycles": [] })).await;

    assert_eq!(status, 200, "{after}");
    let mut expected = before.clone();
    expected["coupon"]["value"] = json!(1_500);
    expected["coupon"]["max_uses"] = json!(null);
    expected["coupon"]["cycles"] = json!([]);
    assert_eq!(after, expected);
    for same in [json!({}), json!({ "value": 1_500, "note": "Musim hujan" })] {
        assert_eq!(change(&house, &id, same).await, (200, expected.clone()));
    }
    let changes = audit_log::Entity::find().filter(audit_log::Column::Action.eq("catalog.coupon.change"));
    assert_eq!(changes.count(&house.world.services.db).await.unwrap(), 1, "what comes to the same is no change");
    let (status, refused) = change(&house, &id, json!({ "kind": "amount" })).await;
    assert_eq!((status, faults(&refused)), (422, vec!["value:required".to_owned()]));
    let (_, amount) = change(&house, &id, json!({ "kind": "amount", "value": 7_500 })).await;
    assert_eq!((&amount["coupon"]["kind"], &amount["coupon"]["value"]), (&json!("amount"), &json!(7_500)));
}

#[actix_web::test]
async fn a_used_coupon_keeps_its_terms_and_an_ended_one_takes_nothing_off() {
    let house = House::new().await;
    let id = made(&house, json!({ "code": "TETAP", "kind": "percent", "value": 1_000 })).await;
    assert_eq!(house.posts("o1", ORDERS, order_with("TETAP")).await.status, 201);

    let (status, refused) = change(&house, &id, json!({ "value": 2_000 })).await;
    assert_eq!((status, &refused["code"]), (409, &json!("COUPON_IN_USE")));
    let (status, limited) = change(&house, &id, json!({ "max_uses": 1 })).await;
    assert_eq!((status, &limited["coupon"]["status"]), (200, &json!("used_up")));

    for _ in 0..2 {
        let ended = house.call(&house.staff, "POST", &format!("{COUPONS}/{id}/end"), json!(null)).await;
        assert_eq!((ended.status.as_u16(), &ended.json()["coupon"]["status"]), (200, &json!("over")));
    }
    let refused = house.posts("o2", ORDERS, order_with("TETAP")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "COUPON_INVALID"));
    for (status, count) in [("over", 1), ("active", 0)] {
        let list = house.call(&house.staff, "GET", &format!("{COUPONS}?status={status}"), json!(null)).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), count, "{status}");
    }
    let unknown = house.call(&house.staff, "GET", &format!("{COUPONS}?status=gone"), json!(null)).await;
    assert_eq!(faults(&unknown.json()), ["status:unknown"]);
}

#[actix_web::test]
async fn coupons_are_found_by_the_beginning_of_their_code_page_by_page() {
    let house = House::new().await;
    for code in ["HEMAT-1", "HEMAT-2", "HEMAT-3", "LAIN"] {
        made(&house, json!({ "code": code, "kind": "percent", "value": 1_000 })).await;
    }
    let codes = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
    };

    let first = house.call(&house.staff, "GET", &format!("{COUPONS}?code=hemat&limit=2"), json!(null)).await.json();
    let next = format!("{COUPONS}?code=hemat&limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = house.call(&house.staff, "GET", &next, json!(null)).await.json();

    assert_eq!((codes(&first), codes(&rest)), (vec!["HEMAT-3".into(), "HEMAT-2".into()], vec!["HEMAT-1".into()]));
    assert_eq!(rest["next_cursor"], json!(null));
}

#[tokio::test]
async fn support_reads_coupons_and_makes_none() {
    let town = Town::new().await;
    let support = town.program_of("support").await;
    assert_eq!(support.get(COUPONS).await.status, 200);
    let here = format!("{COUPONS}/{}", town.id("coupon"));
    let new = json!({ "code": "GRATIS", "kind": "percent", "value": 10_000 });
    for (method, path, body) in [
        ("POST", COUPONS.to_owned(), new),
        ("PATCH", here.clone(), json!({ "value": 10_000 })),
        ("POST", format!("{here}/end"), json!({})),
    ] {
        let refused = support.call(method, &path, &body).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "FORBIDDEN"), "{method} {path}");
    }
}
