//! Who waits for room sees, joins and leaves the list by program; staff see everybody.
use crate::support::town::Town;
use serde_json::json;

#[tokio::test]
async fn a_customer_joins_once_and_leaves_only_his_own_place() {
    let town = Town::new().await;
    let (owner, admin) = (town.owner_program().await, town.program_of("admin").await);
    let stranger = town.stranger_program().await;

    let place = stranger.call("POST", "/api/panel/waitlist", &json!({ "plan": "ghost-pro" })).await;
    assert_eq!((place.status, &place.json()["plan"]), (201, &json!("ghost-pro")), "{}", place.body);
    let again = stranger.call("POST", "/api/panel/waitlist", &json!({ "plan": "ghost-pro" })).await;
    assert_eq!(again.json()["id"], place.json()["id"], "he keeps his place");
    let unknown = owner.call("POST", "/api/panel/waitlist", &json!({ "plan": "nothing" })).await;
    assert_eq!((unknown.status, &unknown.json()["errors"][0]["field"]), (422, &json!("plan")));

    let ids = |answer: crate::support::site::Answer| -> Vec<String> {
        let rows = answer.json()["data"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let his = place.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(ids(stranger.get("/api/panel/waitlist").await), std::slice::from_ref(&his));
    assert_eq!(ids(owner.get("/api/panel/waitlist").await), [town.id("waiting")]);
    assert_eq!(ids(admin.get("/api/whm/waitlist").await), [town.id("waiting").to_owned(), his.clone()]);
    assert!(ids(admin.get(&format!("/api/whm/waitlist?plan_id={}", town.id("plan"))).await).is_empty());

    let leave = format!("/api/panel/waitlist/{his}/leave");
    assert_eq!(owner.call("POST", &leave, &json!({})).await.status, 404);
    assert_eq!(stranger.call("POST", &leave, &json!({})).await.status, 204);
    assert_eq!(stranger.call("POST", &leave, &json!({})).await.status, 404);
    assert!(ids(stranger.get("/api/panel/waitlist").await).is_empty());
}
