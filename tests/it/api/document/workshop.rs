//! Staff behind the counter: what runs and where, what the program does by itself, who works here, and what is taken over.
use super::{
    buying::Bought,
    story::{NONE, Story, text},
};
use entity::{provisioning::orphan, value::OrphanId};
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::json;
use yumna::{
    domain::provisioning::nodes,
    kernel::{
        alert::{Alert, raise},
        said::args,
    },
};

/// Staff restart, stop and start what runs, and look at stuck work.
pub async fn instances_of_staff(story: &mut Story, bought: &Bought) {
    for verb in ["restart", "stop", "start"] {
        let name = format!("POST /api/whm/instances/{{id}}/{verb}");
        let asked = story.staff(&name, &[&bought.instance], NONE, 202).await;
        let task = text(&asked["task"]["id"]);
        story.house.world.settle_down().await;
        let done = story.staff("GET /api/whm/tasks/{id}", &[&task], NONE, 200).await;
        assert_eq!(done["status"], "succeeded", "{name}");
    }
    let works = story.staff("GET /api/whm/instances/{id}/tasks", &[&bought.instance], NONE, 200).await;
    let own = story.customer("GET /api/panel/instances/{id}/tasks", &[&bought.instance], NONE, 200).await;
    assert_eq!((&works["data"][0]["action"], &own), (&json!("start"), &works));
    story.staff("GET /api/whm/instances/{id}/troubles", &[&bought.instance], NONE, 200).await;
    let found = story.staff("GET /api/whm/instances/{id}/environment", &[&bought.instance], NONE, 200).await;
    let wish = json!({ "revision": found["revision"], "values": { "title": "Toko Dewi" } });
    let asked = story.staff("PATCH /api/whm/instances/{id}/environment", &[&bought.instance], wish, 202).await;
    story.house.world.settle_down().await;
    let done = story.staff("GET /api/whm/tasks/{id}", &[&text(&asked["task"]["id"])], NONE, 200).await;
    assert_eq!((&done["action"], &done["status"]), (&json!("reconfigure"), &json!("succeeded")));
    let tasks = story.staff("GET /api/whm/tasks", &[], NONE, 200).await;
    let task = text(&tasks["data"][0]["id"]);
    for act in ["solved", "without-backup", "turn-back"] {
        let name = format!("POST /api/whm/tasks/{{id}}/{act}");
        story.staff(&name, &[&task], json!({ "reason": " " }), 422).await;
        story.staff(&name, &[&task], json!({ "reason": "Dibuat manual" }), 409).await;
    }
}

/// Clusters, and what nobody has on them.
pub async fn clusters_of_staff(story: &mut Story) {
    let all = story.staff("GET /api/whm/clusters", &[], NONE, 200).await;
    let rows = all["data"].as_array().unwrap().clone();
    let id_of = |name: &str| text(&rows.iter().find(|row| row["name"] == name).unwrap()["id"]);
    let (first, second) = (id_of("one"), id_of("two"));
    let shown = story.staff("GET /api/whm/clusters/{id}", &[&second], NONE, 200).await;
    assert_eq!(shown["cluster"]["name"], "two");
    let tested = story.staff("POST /api/whm/clusters/{id}/test", &[&second], NONE, 200).await;
    assert_eq!(tested["cluster"]["check_ok"], true);
    let status = "POST /api/whm/clusters/{id}/status";
    story.staff(status, &[&second], json!({ "status": "gone" }), 422).await;
    let rests = story.staff(status, &[&second], json!({ "status": "maintenance" }), 200).await;
    assert_eq!(rests["cluster"]["status"], "maintenance");
    story.staff(status, &[&first], json!({ "status": "disabled" }), 409).await;

    let ctx = story.house.world.system();
    machines_of_staff(story, &first).await;
    story.house.driver.leaves_behind("ins_left");
    let row = orphan::Model {
        id: OrphanId::generate(),
        cluster_id: first.as_str().into(),
        kind: "instance".into(),
        mark: "ins_left".into(),
        place: "user-x/ins_left".into(),
        what: "1 Deployment".into(),
        objects: 1,
        why: "unknown".into(),
        since: None,
        found_at: ctx.now(),
        seen_at: ctx.now(),
        removal_asked_at: None,
    };
    orphan::Entity::insert(row.into_active_model()).exec_without_returning(&ctx.db).await.unwrap();
    let left = story.staff("GET /api/whm/orphans", &[], NONE, 200).await;
    let id = text(&left["data"][0]["id"]);
    story.staff("GET /api/whm/orphans/{id}", &[&id], NONE, 200).await;
    let remove = "POST /api/whm/orphans/{id}/remove";
    let named = |place: &str, reason: &str| json!({ "confirm": place, "reason": reason });
    story.staff(remove, &[&id], named("elsewhere", "Sisa uji coba"), 422).await;
    story.staff(remove, &[&id], named("user-x/ins_left", ""), 422).await;
    story.staff(remove, &[&id], named("user-x/ins_left", "Sisa uji coba"), 204).await;
    story.staff("POST /api/whm/orphans/look", &[], NONE, 204).await;
    story.house.world.settle_down().await;
}

/// How much of a cluster is sold; its machines, one of which is closed, opened, and emptied a little.
async fn machines_of_staff(story: &mut Story, cluster: &str) {
    let capacity = "PATCH /api/whm/clusters/{id}/capacity";
    let sold = |reserve: i64| {
        json!({
            "capacity_cpu_milli": 64_000, "capacity_memory_mb": 64_000, "cpu_ratio_percent": 300,
            "memory_ratio_percent": 100, "reserve_percent": reserve,
        })
    };
    story.staff(capacity, &[cluster], sold(91), 422).await;
    story.staff(capacity, &[cluster], sold(40), 200).await;
    let ctx = story.house.world.system();
    story.house.driver.joins("jkt-1", |_| {});
    nodes::run_survey_cluster(ctx, nodes::SurveyCluster { cluster_id: cluster.into() }).await.unwrap();
    let seen = story.staff("GET /api/whm/clusters/{id}/nodes", &[cluster], NONE, 200).await;
    assert_eq!(seen["data"][0]["name"], "jkt-1");
    let node = text(&seen["data"][0]["id"]);
    let node = [node.as_str()];
    story.staff("GET /api/whm/nodes/{id}", &node, NONE, 200).await;
    let closed = story.staff("POST /api/whm/nodes/{id}/cordon", &node, NONE, 200).await;
    assert_eq!(closed["node"]["is_open"], false);
    let open = "POST /api/whm/nodes/{id}/uncordon";
    story.staff(open, &node, NONE, 200).await;
    let drain = "POST /api/whm/nodes/{id}/drain";
    story.staff(drain, &node, json!({ "confirm": "another" }), 422).await;
    let begun = story.staff(drain, &node, json!({ "confirm": "jkt-1" }), 202).await;
    assert_eq!(begun["drain"]["status"], "running");
    story.staff(open, &node, NONE, 409).await;
    let stopped = story.staff("POST /api/whm/nodes/{id}/stop-drain", &node, NONE, 200).await;
    assert_eq!(stopped["drain"]["status"], "stopped");
    story.staff(open, &node, NONE, 200).await;
}

/// A file of another system is sent in, looked at and taken over; another one is put away.
pub async fn take_over(story: &mut Story) {
    let send = "POST /api/whm/take-over";
    let file = |kind: &str, content: &str| json!({ "kind": kind, "source": "whmcs", "content": content });
    story.staff(send, &[], file("stars", "id,name\n1,A\n"), 422).await;
    story.staff(send, &[], file("customers", "nothing"), 422).await;
    let sent = story.staff(send, &[], file("customers", "id,name,email\n9,Salah,x@pindah.test\n"), 201).await;
    let gone = story.staff("POST /api/whm/take-over/{id}/discard", &[&text(&sent["id"])], NONE, 200).await;
    assert_eq!(gone["status"], "discarded");

    let content = "id,name,email\n1,Tuti,tuti@pindah.test\n2,Salah,bukan-alamat\n";
    let sent = story.staff(send, &[], file("customers", content), 201).await;
    assert_eq!(story.staff(send, &[], file("customers", content), 201).await["id"], sent["id"]);
    let id = text(&sent["id"]);
    let id = [id.as_str()];
    let columns = "POST /api/whm/take-over/{id}/columns";
    let read = |columns: serde_json::Value| json!({ "columns": columns, "options": { "invite": true } });
    story.staff(columns, &id, read(json!({ "colour": "id" })), 422).await;
    story.staff(columns, &id, read(json!({ "key": "number", "name": "name", "email": "email" })), 422).await;
    let early = story.staff("GET /api/whm/take-over/{id}/preview", &id, NONE, 200).await;
    let chosen = read(json!({ "key": "id", "name": "name", "email": "email" }));
    let preview = story.staff(columns, &id, chosen, 200).await;
    assert_eq!(preview["totals"]["verdicts"], json!({ "new": 1, "faulty": 1 }));
    assert_eq!((&preview["rows"][1]["reasons"][0]["field"], &preview["missing"]), (&json!("email"), &NONE));
    let faulty = story.staff("GET /api/whm/take-over/{id}/faulty", &id, NONE, 200).await;
    assert_eq!(faulty["data"][0]["cells"], json!(["2", "Salah", "bukan-alamat"]));
    let start = "POST /api/whm/take-over/{id}/start";
    story.staff(start, &id, json!({ "seen": early["seen"] }), 409).await;
    story.staff(start, &id, json!({ "seen": preview["seen"] }), 202).await;
    story.staff("POST /api/whm/take-over/{id}/go-on", &id, NONE, 202).await;
    story.house.world.settle_down().await;
    let done = story.staff("GET /api/whm/take-over/{id}", &id, NONE, 200).await;
    assert_eq!((&done["import"]["status"], &done["done"]), (&json!("done"), &json!(2)));
    let rows = story.staff("GET /api/whm/take-over/{id}/rows", &id, NONE, 200).await;
    let became = rows["data"][0]["target_id"].as_str().expect("a customer of ours");
    story.staff("GET /api/whm/customers/{id}", &[became], NONE, 200).await;
    story.staff("POST /api/whm/take-over/{id}/discard", &id, NONE, 409).await;
    story.staff("GET /api/whm/take-over/{id}/preview", &id, NONE, 409).await;
    story.staff("GET /api/whm/take-over", &[], NONE, 200).await;
}

/// What the program does by itself, and where it asks for help.
pub async fn background(story: &mut Story) {
    let jobs = story.staff("GET /api/whm/jobs", &[], NONE, 200).await;
    story.staff("POST /api/whm/jobs/{id}/retry", &[&text(&jobs["data"][0]["id"])], NONE, 409).await;
    let ctx = story.house.world.system();
    let tx = ctx.begin().await.unwrap();
    let what = Alert {
        code: "gateway_silent",
        args: args([("gateway", "midtrans".into()), ("what", "No word".into())]),
        key: "story",
    };
    raise(&tx, ctx.now(), "test", what).await.unwrap();
    tx.commit().await.unwrap();
    let alerts = story.staff("GET /api/whm/alerts", &[], NONE, 200).await;
    let alert = alerts["data"].as_array().unwrap().iter().find(|row| row["code"] == "gateway_silent").unwrap();
    let alert = text(&alert["id"]);
    for _ in 0..2 {
        story.staff("POST /api/whm/alerts/{id}/resolve", &[&alert], NONE, 204).await;
    }
    let mails = story.staff("GET /api/whm/mail", &[], NONE, 200).await;
    // No mail server stands behind this house: its mails wait.
    let mail = text(&mails["data"][0]["id"]);
    let shown = story.staff("GET /api/whm/mail/{id}", &[&mail], NONE, 200).await;
    assert!(shown["text"].as_str().is_some_and(|text| !text.is_empty()), "{shown}");
    story.staff("POST /api/whm/mail/{id}/retry", &[&mail], NONE, 409).await;
    story.staff("POST /api/whm/mail/retry-failed", &[], json!({ "days": 0 }), 422).await;
    story.staff("POST /api/whm/mail/retry-failed", &[], json!({ "days": 3 }), 200).await;
    let away = json!({ "address": "keluar@example.test", "reason": "Minta berhenti" });
    story.staff("POST /api/whm/suppressions", &[], json!({ "address": "x", "reason": "" }), 422).await;
    story.staff("POST /api/whm/suppressions", &[], away, 204).await;
    let list = story.staff("GET /api/whm/suppressions", &[], NONE, 200).await;
    assert_eq!(list["data"][0]["address"], "keluar@example.test");
    let back = json!({ "address": "keluar@example.test" });
    story.staff("POST /api/whm/suppressions/remove", &[], back, 204).await;
}

/// Notes on a customer, colleagues, and the checklist of the shop, which closes in the end.
pub async fn house_of_staff(story: &mut Story) {
    let customer = story.house.customer_id().0.clone();
    let note = "POST /api/whm/customers/{id}/notes";
    story.staff(note, &[&customer], json!({ "body": " " }), 422).await;
    let written = story.staff(note, &[&customer], json!({ "body": "Telepon pagi\nhari" }), 201).await;
    assert_eq!((&written["note"]["author"], &written["note"]["body"]), (&json!("Sari"), &json!("Telepon pagi\nhari")));
    let notes = story.staff("GET /api/whm/customers/{id}/notes", &[&customer], NONE, 200).await;
    assert_eq!(notes["data"][0], written["note"]);

    let invite = "POST /api/whm/staff";
    let new = |roles: &[&str]| json!({ "email": "rini@example.test", "name": "Rini", "roles": roles });
    let refused = story.staff(invite, &[], new(&["king"]), 422).await;
    assert_eq!(refused["errors"][0]["field"], "roles");
    let made = story.staff(invite, &[], new(&["support"]), 201).await;
    let id = text(&made["colleague"]["id"]);
    story.staff(invite, &[], new(&["support"]), 409).await;
    let roles = "POST /api/whm/staff/{id}/roles";
    story.staff(roles, &[&id], json!({ "roles": [] }), 422).await;
    let changed = story.staff(roles, &[&id], json!({ "roles": ["billing"] }), 200).await;
    assert_eq!(changed["roles"], json!(["billing"]));
    let shown = story.staff("GET /api/whm/staff/{id}", &[&id], NONE, 200).await;
    assert_eq!(shown, changed);
    story.staff("POST /api/whm/staff/{id}/revoke", &[&id], NONE, 204).await;
    story.staff("POST /api/whm/staff/{id}/revoke", &[&id], NONE, 404).await;
    let left = story.staff("GET /api/whm/staff", &[], NONE, 200).await;
    assert!(left["data"].as_array().unwrap().iter().all(|one| one["id"] != id.as_str()), "{left}");

    let setup = story.staff("GET /api/whm/setup", &[], NONE, 200).await;
    assert_eq!(setup["is_selling"], true);
    let confirmed = story.staff("POST /api/whm/setup/numbering", &[], NONE, 200).await;
    let numbering = confirmed["steps"].as_array().unwrap().iter().find(|step| step["code"] == "numbering").unwrap();
    assert_eq!((&numbering["done"], &numbering["why"]), (&json!(true), &NONE));
    story.staff("POST /api/whm/setup/mail", &[], NONE, 200).await;
    let closed = story.staff("POST /api/whm/setup/selling", &[], json!({ "is_selling": false }), 200).await;
    assert_eq!(closed["is_selling"], false);
}
