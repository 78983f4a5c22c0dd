//! Lists are narrowed as those of pages are.
use super::house::House;
use serde_json::{Value, json};

async fn rows(house: &House, path: &str) -> Vec<Value> {
    let token = if path.starts_with("/api/whm/") { &house.staff } else { &house.token };
    let answer = house.call(token, "GET", path, json!(null)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()["data"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn lists_show_only_what_was_asked_for() {
    let house = House::new().await;
    house.running().await;
    assert_eq!(house.posts("open", "/api/panel/orders", House::order()).await.status, 201);
    let (mine, his) = (house.customer_id().0.clone(), house.world.buyer("dodi").await.customer_id.0);

    for (path, count) in [
        ("/api/whm/orders?status=pending", 1),
        ("/api/whm/subscriptions?status=active", 1),
        ("/api/whm/subscriptions?status=pending", 1),
        ("/api/whm/instances?status=running", 1),
        ("/api/whm/instances?status=stopped", 0),
        ("/api/whm/tasks?status=succeeded", 1),
        ("/api/whm/tasks?status=failed", 0),
        ("/api/whm/payments?status=succeeded", 1),
        ("/api/whm/payments?status=expired", 0),
        ("/api/whm/invoices?status=paid", 1),
        ("/api/whm/invoices?status=issued", 1),
        ("/api/whm/invoices?status=overdue", 0),
        ("/api/panel/invoices?status=paid", 1),
        ("/api/panel/invoices?status=draft", 0),
    ] {
        assert_eq!(rows(&house, path).await.len(), count, "{path}");
    }
    for list in ["orders", "subscriptions", "payments", "invoices"] {
        let path = |id: &str| format!("/api/whm/{list}?customer_id={id}");
        assert_eq!(rows(&house, &path(&his)).await.len(), 0, "{list} of somebody who has none");
        assert!(rows(&house, &path(&mine)).await.iter().all(|row| row["customer_id"] == mine.as_str()), "{list}");
    }
    let paid = rows(&house, "/api/whm/invoices?status=paid").await.remove(0);
    let by_number = format!("/api/whm/invoices?number={}", paid["number"].as_str().unwrap());
    assert_eq!(rows(&house, &by_number).await, vec![paid]);
    let pay = rows(&house, "/api/whm/payments").await.remove(0);
    let by_reference = format!("/api/whm/payments?reference={}", pay["reference"].as_str().unwrap());
    assert_eq!(rows(&house, &by_reference).await, vec![pay]);
}

#[actix_web::test]
async fn a_state_nobody_knows_is_wrong_input_and_not_an_empty_list() {
    let house = House::new().await;
    for list in ["orders", "subscriptions", "instances", "tasks", "payments", "invoices", "jobs", "mail"] {
        let answer = house.call(&house.staff, "GET", &format!("/api/whm/{list}?status=moon"), json!(null)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["errors"][0]["field"].clone()),
            (422, json!("status")),
            "{list}"
        );
    }
}
