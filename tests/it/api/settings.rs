//! What the business decides, changed by a program field by field.
use super::house::House;
use crate::support::town::Town;
use serde_json::{Value, json};

const SETTINGS: &str = "/api/whm/settings";

async fn all(house: &House) -> Value {
    let answer = house.call(&house.staff, "GET", SETTINGS, json!(null)).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

async fn change(house: &House, section: &str, body: Value) -> (u16, Value) {
    let answer = house.call(&house.staff, "PATCH", &format!("{SETTINGS}/{section}"), body).await;
    (answer.status.as_u16(), answer.json())
}

/// What the trail holds of a section, newest first.
async fn trail(house: &House, section: &str) -> Vec<Value> {
    let path = format!("/api/whm/audit?target_type=setting&target_id={section}");
    let answer = house.call(&house.staff, "GET", &path, json!(null)).await.json();
    answer["data"].as_array().unwrap().clone()
}

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
async fn a_field_is_changed_the_others_stay_and_the_trail_tells_it() {
    let house = House::new().await;
    let (before, told) = (all(&house).await, trail(&house, "billing").await.len());

    let (status, saved) = change(&house, "billing", json!({ "grace_days": 10, "warning_days": "7,1" })).await;

    assert_eq!(status, 200, "{saved}");
    let mut expected = before.clone();
    expected["billing"]["grace_days"] = json!(10);
    expected["billing"]["warning_days"] = json!("7, 1");
    assert_eq!(all(&house).await, expected, "in the stored form, and nothing else");
    assert_eq!(saved["settings"], expected["billing"]);
    let entries = trail(&house, "billing").await;
    assert_eq!(entries.len(), told + 1);
    assert_eq!(
        (&entries[0]["action"], &entries[0]["before"]["grace_days"], &entries[0]["after"]["grace_days"]),
        (&json!("platform.settings.save"), &before["billing"]["grace_days"], &json!(10))
    );
    for same in [json!({}), json!({ "grace_days": 10 })] {
        assert_eq!(change(&house, "billing", same).await.0, 200);
    }
    assert_eq!(trail(&house, "billing").await.len(), told + 1, "the same again is no change");
}

#[actix_web::test]
async fn unknown_fields_and_wrong_values_are_named_and_change_nothing() {
    let house = House::new().await;
    let before = all(&house).await;
    for (section, body, expected) in [
        ("billing", json!({ "grace_days": 8, "grace": 8 }), vec!["grace:unknown"]),
        ("billing", json!({ "grace_days": "8" }), vec!["grace_days:invalid"]),
        ("billing", json!({ "grace_days": 0.5, "terms_note": 5 }), vec!["grace_days:invalid", "terms_note:invalid"]),
        ("billing", json!({ "grace_days": 8, "retention_days": 1 }), vec!["retention_days:out_of_range"]),
        ("billing", json!({ "warning_days": "14" }), vec!["warning_days:needs_7_and_1"]),
        ("tax", json!({ "tax_point": "never" }), vec!["tax_point:invalid"]),
        ("wallet", json!({ "min_top_up_minor": null }), vec!["min_top_up_minor:invalid"]),
        ("late-fees", json!({ "is_on": true, "issued_since": null }), vec!["issued_since:required"]),
        ("company", json!({ "name": "", "npwp": "1" }), vec!["name:required", "npwp:invalid_npwp"]),
        ("sales", json!({ "is_selling": false }), vec!["is_selling:unknown"]),
        ("automation", json!({ "released_on": "2026-11-21" }), vec!["released_on:unknown"]),
        ("numbering", json!({ "invoice": "X", "invoice_first": 7 }), vec!["invoice:invalid_pattern"]),
        ("numbering", json!({ "invoice": "X/{year}/{number}", "order_first": "7" }), vec!["order_first:out_of_range"]),
    ] {
        let (status, refused) = change(&house, section, body.clone()).await;
        assert_eq!((status, &refused["code"]), (422, &json!("VALIDATION_FAILED")), "{section} {body}: {refused}");
        assert_eq!(faults(&refused), expected, "{section} {body}");
    }
    for section in ["weather", "installation", "checks", "accounts"] {
        assert_eq!(change(&house, section, json!({ "id": "x" })).await.0, 404, "{section}");
    }
    assert_eq!(all(&house).await, before);
}

#[actix_web::test]
async fn what_saving_keeps_is_neither_shown_nor_lost() {
    let house = House::new().await;
    assert_eq!(all(&house).await["sales"]["is_selling"], json!(null));

    let (status, saved) = change(&house, "sales", json!({ "reservation_minutes": 30 })).await;

    assert_eq!((status, &saved["settings"]["reservation_minutes"]), (200, &json!(30)), "{saved}");
    let placed = house.posts("o1", "/api/panel/orders", House::order()).await;
    assert_eq!(placed.status, 201, "the shop is still open: {}", placed.json());
}

#[actix_web::test]
async fn a_series_begins_where_it_is_told_until_it_is_used() {
    let house = House::new().await;
    let (status, saved) = change(&house, "numbering", json!({ "order_first": 500 })).await;
    assert_eq!((status, &saved["settings"]["order_first"]), (200, &json!(500)), "{saved}");

    let placed = house.posts("o1", "/api/panel/orders", House::order()).await;

    assert!(placed.json()["order"]["number"].as_str().unwrap().ends_with("000500"), "{}", placed.json());
    let (status, refused) = change(&house, "numbering", json!({ "order_first": 900 })).await;
    assert_eq!((status, faults(&refused)), (422, vec!["order_first:series_in_use".to_owned()]));
    assert_eq!(change(&house, "numbering", json!({ "order": "O/{year}/{number:04}" })).await.0, 200);
}

#[tokio::test]
async fn settings_are_read_by_billing_and_changed_by_none_but_who_manages_them() {
    let town = Town::new().await;
    for (role, reads) in [("support", 403), ("billing", 200)] {
        let program = town.program_of(role).await;
        assert_eq!(program.get(SETTINGS).await.status, reads, "{role}");
        let refused = program.call("PATCH", &format!("{SETTINGS}/wallet"), &json!({ "min_top_up_minor": 1 })).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "FORBIDDEN"), "{role}");
    }
}
