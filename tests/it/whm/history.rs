//! The history of a thing says what was, what is, who did it and why.
use crate::support::{people::PASSWORD, town::Town};
use serde_json::json;

#[tokio::test]
async fn a_change_is_told_with_what_was_what_is_and_who_did_it() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await;
    let (plan, customer) = (town.id("plan"), town.id("customer"));

    let changed = admin.post(&format!("/whm/plans/{plan}/quota"), &[("total", "450")]).await;
    assert_eq!(changed.status, 303);
    let moved = [("country_code", "SG"), ("reason", "Akta perusahaan")];
    assert_eq!(admin.post(&format!("/whm/customers/{customer}/tax-country"), &moved).await.status, 303);

    let page = admin.get(&format!("/whm/plans/{plan}/history")).await;
    for told in ["Changed the quota of a plan", "Quota", "500", "450", "Sari"] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    let page = admin.get(&format!("/whm/customers/{customer}/history")).await;
    for told in ["Set the country of tax", "Taxed in", "ID", "SG", "Akta perusahaan", "Sari"] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    let program = town.program_of("admin").await;
    let told = program.get(&format!("/api/whm/audit?target_type=plan&target_id={plan}")).await.json();
    assert_eq!(told["data"][0]["before"], json!({ "quota_total": 500 }));
    assert!(told["data"].as_array().unwrap().iter().all(|row| row["target_id"] == plan), "{told}");
}

#[tokio::test]
async fn every_thing_with_a_history_leads_to_it_for_those_who_may_read_the_trail() {
    let town = Town::new().await;
    let (mut admin, mut support) = (town.browser_of("admin", "id").await, town.browser_of("support", "id").await);
    for page in [
        format!("/whm/customers/{}", town.id("customer")),
        format!("/whm/invoices/{}", town.id("paid_invoice")),
        format!("/whm/subscriptions/{}", town.id("subscription")),
        format!("/whm/plans/{}", town.id("plan")),
        "/whm/settings/billing".to_owned(),
    ] {
        let history = format!("{page}/history");
        assert!(admin.get(&page).await.body.contains(&history), "{page}");
        assert_eq!(admin.get(&history).await.status, 200, "{history}");
        assert!(!support.get(&page).await.body.contains(&history), "{page}");
        assert_eq!(support.get(&history).await.status, 403, "{history}");
    }
    assert_eq!(admin.get("/whm/settings/nothing/history").await.status, 404);
}

#[tokio::test]
async fn settings_are_told_by_the_words_of_their_form() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let wallet = [("min_top_up_minor", "20000"), ("max_top_up_minor", "50000000"), ("adjust_limit_minor", "1000000")];
    assert_eq!(admin.post("/whm/settings/wallet", &wallet).await.status, 303);

    let page = admin.get("/whm/settings/wallet/history").await;
    assert!(page.body.contains("IDR 10,000") && page.body.contains("IDR 20,000"), "{}", page.body);
    assert!(!page.body.contains("min_top_up_minor") && !page.body.contains("50,000,000"), "only what changed");
}
