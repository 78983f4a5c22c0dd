//! What is sold, as programs of staff see and change it.
use crate::support::{
    site::{Answer, Program},
    town::Town,
};
use entity::{subscriptions::subscription, value::SubscriptionId};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

async fn plan(town: &Town, who: &Program<'_>) -> Value {
    let shown = who.get(&format!("/api/whm/plans/{}", town.id("plan"))).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    shown.json()
}

async fn sets(town: &Town, who: &Program<'_>, verb: &str, body: Value) -> Answer {
    who.call("POST", &format!("/api/whm/plans/{}/{verb}", town.id("plan")), &body).await
}

/// Codes of the plans that the shop offers.
async fn offered(town: &Town) -> Vec<String> {
    let path = format!("/api/catalog/services/{}/plans", town.id("slug"));
    let shop = town.site.stranger().get(&path).await.json();
    let plans = shop["data"].as_array().cloned().unwrap_or_default();
    plans.iter().map(|plan| plan["code"].as_str().unwrap().to_owned()).collect()
}

async fn contract(town: &Town) -> subscription::Model {
    let id = SubscriptionId::from(town.id("subscription"));
    subscription::Entity::find_by_id(id).one(&town.world.services.db).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_price_counts_for_what_is_sold_from_now_on() {
    let town = Town::new().await;
    let admin = town.program_of("admin").await;
    let before = contract(&town).await;

    for _ in 0..2 {
        let new = json!({ "cycle": "monthly", "amount": 61_000, "setup_fee": 5_000 });
        assert_eq!(sets(&town, &admin, "price", new).await.status, 204);
    }
    let shown = plan(&town, &admin).await;
    let monthly = shown["prices"].as_array().unwrap().iter().find(|price| price["cycle"] == "monthly").unwrap();
    assert_eq!((&monthly["amount"], &monthly["setup_fee"]), (&json!(61_000), &json!(5_000)));
    assert_eq!(contract(&town).await, before, "what was sold keeps its price");

    for (new, field) in [
        (json!({ "cycle": "monthly", "amount": -1, "setup_fee": 0 }), "amount"),
        (json!({ "cycle": "monthly", "amount": 1, "setup_fee": -1 }), "setup_fee"),
        (json!({ "cycle": "daily", "amount": 1, "setup_fee": 0 }), "cycle"),
    ] {
        let refused = sets(&town, &admin, "price", new).await;
        assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (422, &json!(field)));
    }
    assert_eq!(plan(&town, &admin).await, shown);
}

#[tokio::test]
async fn a_price_with_tax_is_told_with_it_and_paid_as_it_is() {
    let town = Town::new().await;
    let admin = town.program_of("admin").await;
    let new = json!({ "cycle": "monthly", "amount": 55_500, "setup_fee": 11_100, "tax_included": true });
    assert_eq!(sets(&town, &admin, "price", new).await.status, 204);
    let written = plan(&town, &admin).await;
    assert!(written["prices"].as_array().unwrap().iter().any(|price| price["tax_included"] == true), "{written}");

    let path = format!("/api/catalog/services/{}/plans", town.id("slug"));
    let shop = town.site.stranger().get(&path).await.json();
    let prices = shop["data"].as_array().unwrap().iter().flat_map(|plan| plan["prices"].as_array().unwrap().clone());
    let monthly: Vec<Value> = prices.filter(|price| price["amount"] == 55_500).collect();
    let expected = json!({
        "cycle": "monthly", "amount": 55_500, "tax_included": true, "tax": 5_500, "total": 55_500, "setup_fee": 11_100,
        "currency": "IDR",
    });
    assert_eq!(monthly, [expected]);
    // One that was written without tax is told without it, as before.
    let others = shop["data"].as_array().unwrap().iter().flat_map(|plan| plan["prices"].as_array().unwrap().clone());
    for price in others.filter(|price| price["tax_included"] == false) {
        let (amount, tax) = (price["amount"].as_i64().unwrap(), price["tax"].as_i64().unwrap());
        assert_eq!(price["total"], amount + tax, "{price}");
    }
    // A price that is changed without a word about it stays as it was written.
    assert_eq!(
        sets(&town, &admin, "price", json!({ "cycle": "monthly", "amount": 66_600, "setup_fee": 0 })).await.status,
        204
    );
    let shop = town.site.stranger().get(&path).await.json();
    assert!(shop.to_string().contains("\"total\":66600"), "{shop}");
}

#[tokio::test]
async fn a_plan_has_as_many_slots_as_staff_say_but_no_less_than_are_in_use() {
    let town = Town::new().await;
    let admin = town.program_of("admin").await;
    let used = plan(&town, &admin).await["quota_used"].as_i64().unwrap();
    assert!(used > 0);

    let refused = sets(&town, &admin, "quota", json!({ "quota_total": used - 1 })).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "QUOTA_BELOW_USED"));
    let refused = sets(&town, &admin, "quota", json!({ "quota_total": -1 })).await;
    assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (422, &json!("quota_total")));
    for _ in 0..2 {
        assert_eq!(sets(&town, &admin, "quota", json!({ "quota_total": used })).await.status, 204);
    }
    assert_eq!(plan(&town, &admin).await["quota_total"], used);
}

#[tokio::test]
async fn what_is_hidden_is_not_offered_and_staff_see_it_all_the_same() {
    let town = Town::new().await;
    let admin = town.program_of("admin").await;
    let product = format!("/api/whm/products/{}", town.id("product"));
    assert_eq!(offered(&town).await, ["ghost-basic", "ghost-pro"]);

    assert_eq!(sets(&town, &admin, "visibility", json!({ "hidden": true })).await.status, 204);
    assert_eq!(offered(&town).await, ["ghost-pro"]);
    assert_eq!(plan(&town, &admin).await["hidden"], true);
    assert_eq!(sets(&town, &admin, "visibility", json!({ "hidden": false })).await.status, 204);

    let hides = admin.call("POST", &format!("{product}/visibility"), &json!({ "hidden": true })).await;
    assert_eq!(hides.status, 204, "{}", hides.body);
    assert_eq!(offered(&town).await, Vec::<String>::new());
    let forbids = admin.call("POST", &format!("{product}/downgrades"), &json!({ "allowed": false })).await;
    assert_eq!(forbids.status, 204, "{}", forbids.body);
    let all = admin.get("/api/whm/plans").await.json();
    let first = &all["data"][0];
    assert_eq!((&first["code"], &first["hidden"]), (&json!("ghost-basic"), &json!(false)));
    let of = &first["product"];
    assert_eq!((&of["hidden"], &of["allows_downgrade"]), (&json!(true), &json!(false)));
    let shown = admin.call("POST", &format!("{product}/visibility"), &json!({ "hidden": false })).await;
    assert_eq!((shown.status, offered(&town).await.len()), (204, 2));
}

#[tokio::test]
async fn support_sees_plans_and_changes_none() {
    let town = Town::new().await;
    let support = town.program_of("support").await;
    let before = plan(&town, &support).await;
    assert_eq!(support.get("/api/whm/plans").await.status, 200);

    for (verb, body) in [
        ("price", json!({ "cycle": "monthly", "amount": 1, "setup_fee": 0 })),
        ("quota", json!({ "quota_total": 1_000 })),
        ("visibility", json!({ "hidden": true })),
    ] {
        let refused = sets(&town, &support, verb, body).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "FORBIDDEN"), "{verb}");
    }
    for (verb, body) in [("visibility", json!({ "hidden": true })), ("downgrades", json!({ "allowed": false }))] {
        let path = format!("/api/whm/products/{}/{verb}", town.id("product"));
        let refused = support.call("POST", &path, &body).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "FORBIDDEN"), "{verb}");
    }

    assert_eq!(plan(&town, &support).await, before);
}
