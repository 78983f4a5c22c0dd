//! Options that staff make through the API are offered, ordered and agreed there.
use super::house::House;
use entity::catalog::product;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

const ORDERS: &str = "/api/panel/orders";

async fn product_of(house: &House) -> String {
    product::Entity::find().one(&house.world.services.db).await.unwrap().unwrap().id.0
}

/// An option with a value for Rp 20.000 a month, made as a program makes it.
async fn support(house: &House) -> String {
    let path = format!("/api/whm/products/{}/options", product_of(house).await);
    let values = json!([{ "code": "fast", "name_id": "Cepat", "name_en": "Fast" }]);
    let new = json!({
        "code": "support", "kind": "choice", "name_id": "Dukungan", "name_en": "Support", "values": values,
    });
    let made = house.staff_posts("o1", &path, new.clone()).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let again = house.staff_posts("o1", &path, new).await;
    assert_eq!(again.json()["id"], made.json()["id"], "one key, one option");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let price = json!({ "value": "fast", "cycle": "monthly", "amount": 20_000 });
    let priced = house.call(&house.staff, "POST", &format!("/api/whm/options/{id}/price"), price).await;
    assert_eq!(priced.status, 200, "{}", priced.json());
    id
}

fn order(options: Value) -> Value {
    let mut order = House::order();
    order["items"][0]["config"]["options"] = options;
    order
}

fn faults(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no fields: {problem}"));
    let words = |error: &Value| format!("{}:{}", error["field"].as_str().unwrap(), error["code"].as_str().unwrap());
    errors.iter().map(words).collect()
}

#[actix_web::test]
async fn an_option_is_offered_with_its_price_ordered_and_agreed() {
    let house = House::new().await;
    support(&house).await;
    let plans = house.asks("GET", "/api/catalog/services/ghost/plans?locale=en", json!(null)).await.json();
    let offered = &plans["data"][0]["options"];
    assert_eq!((&offered[0]["code"], &offered[0]["name"]), (&json!("support"), &json!("Support")));
    let price = json!({
        "cycle": "monthly", "amount": 20_000, "tax_included": false, "tax": 2_200, "total": 22_200, "currency": "IDR",
    });
    assert_eq!(offered[0]["values"], json!([{ "code": "fast", "name": "Fast", "prices": [price] }]));

    let placed = house.posts("p1", ORDERS, order(json!({ "support": "fast" }))).await;

    assert_eq!(placed.status, 201, "{}", placed.json());
    let (told, bill) = (placed.json()["order"].clone(), placed.json()["invoice"].clone());
    assert_eq!((&told["items"][0]["amount"], &told["total"]), (&json!(70_000), &json!(77_700)));
    assert_eq!(bill["total"], told["total"]);
    assert_eq!(told["items"][0]["options"][0]["amount"], 20_000);
    let id = told["items"][0]["subscription_id"].as_str().unwrap();
    let contract = house.asks("GET", &format!("/api/panel/subscriptions/{id}"), json!(null)).await.json();
    assert_eq!((&contract["price"], &contract["options"][0]["value"]), (&json!(70_000), &json!("fast")));
    house.world.books_are_right().await;
}

#[actix_web::test]
async fn wrong_answers_are_named_as_they_were_written_and_nothing_is_ordered() {
    let house = House::new().await;
    support(&house).await;
    for (options, fault) in [
        (json!({ "support": "slow" }), "items[0].config.options.support:option"),
        (json!({ "support": { "x": 1 } }), "items[0].config.options.support:invalid"),
        (json!({ "other": 1e300 }), "items[0].config.options.other:unknown"),
        (json!([]), "items[0].config.options:invalid"),
    ] {
        let refused = house.posts("w1", ORDERS, order(options.clone())).await;
        assert_eq!(refused.status, 422, "{options}: {}", refused.json());
        assert_eq!(faults(&refused.json()), [fault], "{options}");
    }
    let plain = house.posts("w2", ORDERS, order(json!(null))).await;
    assert_eq!((plain.status.as_u16(), &plain.json()["order"]["total"]), (201, &json!(55_500)));
}

#[actix_web::test]
async fn options_of_staff_are_for_staff_and_missing_ones_are_404() {
    let house = House::new().await;
    let id = support(&house).await;
    for (token, wanted) in [(&house.token, 403), (&String::new(), 401)] {
        let seen = house.call(token, "GET", &format!("/api/whm/options/{id}"), json!(null)).await;
        assert_eq!(seen.status.as_u16(), wanted);
        let set = json!({ "value": "fast", "cycle": "monthly", "amount": 1 });
        let set = house.call(token, "POST", &format!("/api/whm/options/{id}/price"), set).await;
        assert_eq!(set.status.as_u16(), wanted);
    }
    for path in ["/api/whm/options/opt_none", "/api/whm/products/prd_none/options"] {
        assert_eq!(house.call(&house.staff, "GET", path, json!(null)).await.status, 404, "{path}");
    }
    let missing = house.call(&house.staff, "POST", "/api/whm/options/opt_none/price", json!({ "nonsense": 1 })).await;
    assert_eq!(missing.status, 404, "before its body is read");
}
