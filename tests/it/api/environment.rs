//! Settings of a service, as programs see and change them.
use super::house::{Answer, House, request};
use serde_json::{Value, json};

const SECRET: &str = "s3cret-of-budi";

impl House {
    /// A service that runs and whose settings may be changed: the address of them.
    async fn settable(&self) -> String {
        let row = self.running().await;
        self.world.lets_settings_change().await;
        format!("/api/panel/instances/{}/environment", row.id)
    }

    async fn sets(&self, key: &str, path: &str, wish: &Value) -> Answer {
        self.send(request(&self.token, "PATCH", path, wish.clone()).insert_header(("idempotency-key", key))).await
    }
}

fn setting<'a>(found: &'a Value, key: &str) -> &'a Value {
    found["data"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap_or_else(|| panic!("{key}: {found}"))
}

#[actix_web::test]
async fn settings_are_told_with_their_rules_and_a_secret_is_set_but_never_told() {
    let house = House::new().await;
    let path = house.settable().await;

    let found = house.asks("GET", &path, json!(null)).await.json();

    assert_eq!((&found["revision"], &found["may_change_now"]), (&json!(0), &json!(true)));
    let title = setting(&found, "title");
    assert_eq!(
        (&title["value"], &title["may_change"], &title["edit"]),
        (&json!("Situs saya"), &json!(true), &json!("always"))
    );
    assert_eq!((&title["rules"]["min_len"], &title["rules"]["max_len"]), (&json!(1), &json!(100)));
    let token = setting(&found, "token");
    assert_eq!((&token["value"], &token["is_secret"], &token["is_set"]), (&json!(null), &json!(true), &json!(false)));

    let asked = house.asks("PATCH", &path, json!({ "revision": 0, "values": { "token": SECRET } })).await;
    assert_eq!((asked.status.as_u16(), &asked.json()["task"]["action"]), (202, &json!("reconfigure")));
    house.world.settle_down().await;
    let after = house.asks("GET", &path, json!(null)).await;

    assert!(!String::from_utf8_lossy(&after.bytes).contains(SECRET));
    assert_eq!(setting(&after.json(), "token")["is_set"], json!(true));
    assert_eq!(house.driver.told(path.split('/').nth(4).unwrap())["token"], SECRET);
}

#[actix_web::test]
async fn one_key_is_one_change_and_a_stale_look_is_told_so() {
    let house = House::new().await;
    let path = house.settable().await;
    let wish = json!({ "revision": 0, "values": { "title": "Toko Budi", "token": null } });

    let first = house.sets("s1", &path, &wish).await;
    assert_eq!(first.status, 202, "{}", first.json());
    assert_eq!(house.sets("s1", &path, &wish).await.bytes, first.bytes);
    house.world.settle_down().await;
    assert_eq!(house.sets("s1", &path, &wish).await.bytes, first.bytes, "also once it is made");
    let again = house.sets("s2", &path, &wish).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, json!({ "task": null })), "all is so already");
    let stale = house.sets("s3", &path, &json!({ "revision": 0, "values": { "title": "Toko Citra" } })).await;
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (409, "SETTINGS_CHANGED"));
}

#[actix_web::test]
async fn every_wrong_value_is_named_and_nothing_is_changed() {
    let house = House::new().await;
    let path = house.settable().await;
    let wish = json!({ "revision": 0, "values": { "title": "", "token": "x".repeat(61), "colour": 1 } });

    let refused = house.asks("PATCH", &path, wish).await;

    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "VALIDATION_FAILED"));
    let json = refused.json();
    let mut fields: Vec<_> =
        json["errors"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["values.colour", "values.title", "values.token"]);
    let list = house.asks("PATCH", &path, json!({ "revision": 0, "values": { "title": ["x"] } })).await;
    assert_eq!((list.status.as_u16(), list.json()["errors"][0]["field"].as_str()), (422, Some("values.title")));
    assert_eq!(house.asks("GET", &path, json!(null)).await.json()["revision"], json!(0));
}
