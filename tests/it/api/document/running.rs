//! What was bought runs: its owner works with it, staff look on and interfere.
use super::{
    buying::Bought,
    story::{NONE, Story, text},
};
use chrono::Duration;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use yumna::domain::provisioning::uptime::{CheckUptime, run_check_uptime};

pub async fn running(story: &mut Story, bought: &Bought) {
    let (subscription, instance) = ([bought.subscription.as_str()], [bought.instance.as_str()]);
    for (noun, id) in [("instances", instance), ("subscriptions", subscription)] {
        for verb in ["restart", "stop", "start"] {
            let name = format!("POST /api/panel/{noun}/{{id}}/{verb}");
            let asked = story.customer(&name, &id, NONE, 202).await;
            let task = text(&asked["task"]["id"]);
            story.house.world.settle_down().await;
            let done = story.customer("GET /api/panel/tasks/{id}", &[&task], NONE, 200).await;
            assert_eq!(done["status"], "succeeded", "{name}");
        }
        story.fails(instance[0]).await;
        story.customer(&format!("POST /api/panel/{noun}/{{id}}/retry-provisioning"), &id, NONE, 202).await;
        story.house.world.settle_down().await;
    }
    story.customer("GET /api/panel/subscriptions", &[], NONE, 200).await;
    story.customer("GET /api/panel/subscriptions/{id}", &subscription, NONE, 200).await;
    story.customer("GET /api/panel/subscriptions/{id}/skipped", &subscription, NONE, 200).await;
    let renewal = json!({ "auto_renew": false });
    story.customer("PATCH /api/panel/subscriptions/{id}", &subscription, renewal, 200).await;
    let services = story.customer("GET /api/panel/services", &[], NONE, 200).await;
    assert_eq!(services["data"][0]["plan"]["code"], "ghost-1");
    story.customer("GET /api/panel/instances/{id}", &instance, NONE, 200).await;
    story.customer("GET /api/panel/instances/{id}/credentials", &instance, NONE, 200).await;
    story.customer("GET /api/panel/instances/{id}/metrics", &instance, NONE, 200).await;
    story.customer("GET /api/panel/instances/{id}/logs", &instance, NONE, 200).await;
    story.customer("GET /api/panel/usage", &[], NONE, 200).await;
    story.house.world.lets_settings_change().await;
    let (show, change) = ("GET /api/panel/instances/{id}/environment", "PATCH /api/panel/instances/{id}/environment");
    let found = story.customer(show, &instance, NONE, 200).await;
    let revision = found["revision"].clone();
    let wish = |title: &str| json!({ "revision": revision.clone(), "values": { "title": title, "token": null } });
    story.customer(change, &instance, json!({ "revision": revision, "values": { "colour": "red" } }), 422).await;
    let asked = story.customer(change, &instance, wish("Toko Budi"), 202).await;
    assert_eq!(asked["task"]["action"], "reconfigure");
    story.customer(change, &instance, wish("Toko Citra"), 409).await;
    story.house.world.settle_down().await;
    assert_eq!(story.customer(change, &instance, wish("Toko Budi"), 200).await["task"], NONE);
    // The last work is what can be tried again below.
    story.customer("POST /api/panel/instances/{id}/restart", &instance, NONE, 202).await;
    story.house.world.settle_down().await;
    names(story, bought).await;
    answers(story, bought).await;
}

/// It was visited twice, a minute apart, and answered.
async fn answers(story: &mut Story, bought: &Bought) {
    let instance = [bought.instance.as_str()];
    let show = "GET /api/panel/instances/{id}/uptime";
    assert_eq!(story.customer(show, &instance, NONE, 200).await["days"].as_array().map(Vec::len), Some(30));
    let world = &story.house.world;
    for _ in 0..2 {
        world.advance(Duration::minutes(1));
        run_check_uptime(world.system(), CheckUptime {}).await.unwrap();
    }
    let told = story.customer(show, &instance, NONE, 200).await;
    assert_eq!((&told["state"], &told["uptime_bp"]), (&json!("up"), &json!(10_000)));
    let staff = story.staff("GET /api/whm/instances/{id}/uptime", &instance, NONE, 200).await;
    assert_eq!(staff["instance_id"], bought.instance);
}

/// A name of his own before his service, whose records he never sets.
async fn names(story: &mut Story, bought: &Bought) {
    let instance = [bought.instance.as_str()];
    let (add, check) = ("POST /api/panel/instances/{id}/custom-domains", "POST /api/panel/custom-domains/{id}/check");
    let added = story.customer(add, &instance, json!({ "host": "Toko.Example.ID" }), 201).await;
    assert_eq!((&added["host"], &added["status"]), (&json!("toko.example.id"), &json!("pending")));
    assert_eq!(added["records"][0]["name"], "_yumna.toko.example.id");
    story.customer(add, &instance, json!({ "host": "*.example.id" }), 422).await;
    let id = text(&added["id"]);
    let seen = story.customer(check, &[&id], NONE, 200).await;
    assert_eq!(seen["failure"], "proof_no_name");
    story.customer(check, &[&id], NONE, 429).await;
    story.customer("GET /api/panel/instances/{id}/custom-domains", &instance, NONE, 200).await;
    let told = story.staff("GET /api/whm/instances/{id}/custom-domains", &instance, NONE, 200).await;
    assert_eq!(told["data"][0]["id"], added["id"]);
    story.customer("POST /api/panel/custom-domains/{id}/remove", &[&id], NONE, 204).await;
    story.customer(check, &[&id], NONE, 404).await;
}

pub async fn watching(story: &mut Story, bought: &Bought) {
    let customer = story.house.customer_id().0.clone();
    story.staff("GET /api/whm/customers", &[], NONE, 200).await;
    story.staff("GET /api/whm/customers/{id}", &[&customer], NONE, 200).await;
    for noun in ["orders", "invoices", "payments", "subscriptions", "instances", "tasks", "audit"] {
        let list = story.staff(&format!("GET /api/whm/{noun}"), &[], NONE, 200).await;
        let id = text(&list["data"][0]["id"]);
        story.staff(&format!("GET /api/whm/{noun}/{{id}}"), &[&id], NONE, 200).await;
    }
    for report in ["tax", "revenue", "ageing", "gateways", "mrr", "products", "quota", "wallets", "journal"] {
        story.staff(&format!("GET /api/whm/reports/{report}"), &[], NONE, 200).await;
    }
    let wanted = json!({ "report": "revenue", "rhythm": "weekly" });
    let mailed = story.staff("POST /api/whm/report-mails", &[], wanted, 201).await;
    let mine = story.staff("GET /api/whm/report-mails", &[], NONE, 200).await;
    assert_eq!(mine["data"][0], mailed);
    story.staff("POST /api/whm/report-mails", &[], json!({ "report": "weather", "rhythm": "daily" }), 422).await;
    let id = text(&mailed["id"]);
    story.staff("POST /api/whm/report-mails/{id}/stop", &[&id], NONE, 200).await;
    story.staff("POST /api/whm/report-mails/{id}/stop", &[&id], NONE, 404).await;
    let tasks = story.staff("GET /api/whm/tasks", &[], NONE, 200).await;
    story.fails(&bought.instance).await;
    let newest = text(&tasks["data"][0]["id"]);
    entity::provisioning::task::Entity::update_many()
        .col_expr(entity::provisioning::task::Column::Status, Expr::value(entity::value::TaskStatus::Failed))
        .filter(entity::provisioning::task::Column::Id.eq(newest.as_str()))
        .exec(&story.house.world.services.db)
        .await
        .unwrap();
    story.staff("POST /api/whm/tasks/{id}/retry", &[&newest], NONE, 202).await;
    story.house.world.settle_down().await;
    story.staff("GET /api/whm/clusters", &[], NONE, 200).await;
    let new = json!({
        "name": "two", "driver": "kubernetes", "region": "sby", "capacity_cpu_milli": 1_000, "capacity_memory_mb": 1_000,
        "settings": { "kubeconfig": "x", "ingress_domain": "apps.localhost" }
    });
    let added = story.staff("POST /api/whm/clusters", &[], new, 201).await;
    let cluster = text(&added["cluster"]["id"]);
    let (replace, fresh) = ("PATCH /api/whm/clusters/{id}/settings", json!({ "settings": { "kubeconfig": "y" } }));
    story.staff(replace, &[&cluster], fresh, 200).await;
    story.staff(replace, &[&cluster], json!({ "settings": { "nonsense": "y" } }), 422).await;
}

pub async fn automation_of_staff(story: &mut Story) {
    let day = story.staff("GET /api/whm/billing-day", &[], NONE, 200).await;
    let count = |part: &str| day[part]["renewals"].as_i64().unwrap();
    assert_eq!(day["against_yesterday"]["renewals"], count("today") + count("rest") - count("yesterday"));
    story.staff("POST /api/whm/billing-day/release", &[], NONE, 204).await;
    let ends_at = story.house.world.services.clock.now() + chrono::Duration::days(3);
    let new = json!({ "scope": "everything", "ends_at": ends_at, "reason": "Flood" });
    let placed = story.staff("POST /api/whm/pauses", &[], new, 201).await;
    story.staff("POST /api/whm/pauses", &[], json!({ "scope": "moon", "ends_at": ends_at, "reason": "x" }), 422).await;
    assert_eq!(placed["pause"]["holds"], "everything");
    let unknown = json!({ "scope": "everything", "holds": "moon", "ends_at": ends_at, "reason": "x" });
    story.staff("POST /api/whm/pauses", &[], unknown, 422).await;
    let mails = json!({ "scope": "everything", "holds": "mails", "ends_at": ends_at, "reason": "Ditelepon" });
    let mails = story.staff("POST /api/whm/pauses", &[], mails, 201).await;
    assert_eq!(mails["pause"]["holds"], "mails");
    story.staff("GET /api/whm/pauses", &[], NONE, 200).await;
    story.staff("POST /api/whm/pauses/{id}/lift", &[&text(&mails["pause"]["id"])], NONE, 204).await;
    story.staff("POST /api/whm/pauses/{id}/lift", &[&text(&placed["pause"]["id"])], NONE, 204).await;
    story.staff("GET /api/whm/books", &[], NONE, 200).await;
    story.staff("POST /api/whm/books/check", &[], NONE, 204).await;
}

pub async fn contracts_of_staff(story: &mut Story, bought: &Bought) {
    let contract = json!({ "subscription_id": bought.subscription, "reason": "Abuse" });
    for act in ["provision", "suspend", "unsuspend"] {
        story.staff(&format!("POST /api/whm/services/{act}"), &[], contract.clone(), 202).await;
        story.house.world.settle_down().await;
    }
    story.staff("GET /api/whm/subscriptions/{id}/skipped", &[&bought.subscription], NONE, 200).await;
    // Nothing is asked for yet: there is no suspension to put off.
    let more = json!({ "days": 7, "reason": "Salary is late" });
    story.staff("POST /api/whm/subscriptions/{id}/grace", &[&bought.subscription], more, 409).await;
    let end = json!({ "when": "period_end", "reason": "Too dear" });
    story.customer("POST /api/panel/subscriptions/{id}/cancel", &[&bought.subscription], end, 200).await;
    let silent = json!({ "subscription_id": bought.subscription, "reason": " " });
    story.staff("POST /api/whm/services/terminate", &[], silent, 422).await;
    story.staff("POST /api/whm/services/terminate", &[], contract, 202).await;
}
