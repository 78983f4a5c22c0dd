//! Taking customers over as staff do it on pages: a file is sent in, looked at, taken over and looked at again.
use crate::support::{people::PASSWORD, site::Answer, site::Browser, town::Town};
use entity::{
    customers::customer,
    provisioning::instance,
    subscriptions::subscription,
    takeover::import,
    value::{ImportId, ImportStatus, InstanceStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use yumna::{domain::takeover, web::page_checks};

const BOUNDARY: &str = "----yumna90a1";

async fn upload(browser: &mut Browser<'_>, source: &str, file: &[u8], token: &str) -> Answer {
    let mut body = Vec::new();
    for (field, value) in [("_csrf", token), ("kind", "customers"), ("source", source)] {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head =
        "Content-Disposition: form-data; name=\"table\"; filename=\"../x.csv\"\r\nContent-Type: text/csv\r\n\r\n";
    body.extend_from_slice(format!("--{BOUNDARY}\r\n{head}").as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    browser.send(browser.request("POST", "/whm/take-over").header("content-type", kind).body(body)).await
}

/// What the page of a dry run says was looked at.
fn seen(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"seen\" value=\"").expect("the form names what is looked at");
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn staff_send_a_file_in_look_at_it_and_take_it_over() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "id").await;
    let form = admin.get("/whm/take-over/new").await;
    assert_eq!(page_checks::problems(&form.body), Vec::<String>::new());
    let (token, db) = (admin.token.clone(), &town.world.services.db);
    let before = import::Entity::find().count(db).await.unwrap();

    assert_eq!(upload(&mut admin, "whmcs", b"id,name,email\n1,A,a@b.test\n", "wrong").await.status, 403);
    let odd = upload(&mut admin, "whmcs", b"nothing", &token).await;
    assert!(odd.status == 422 && odd.body.contains("bukan tabel"), "{}", odd.body);
    assert_eq!(page_checks::problems(&odd.body), Vec::<String>::new());
    let nameless = upload(&mut admin, "a b", b"id,name,email\n1,A,a@b.test\n", &token).await;
    assert_eq!((nameless.status, page_checks::problems(&nameless.body)), (422, vec![]));
    assert_eq!(import::Entity::find().count(db).await.unwrap(), before);

    let table = "id;name;email;credit\n70;<b>Gita;gita@pindah.test;Rp 50.000,00\n71;Salah;=cmd|x;1\n";
    let sent = upload(&mut admin, "spreadsheet", table.as_bytes(), &token).await;
    let path = sent.location().to_owned();
    assert!(sent.status == 303 && path.starts_with("/whm/take-over/imp_"), "{path}");
    let dry = admin.get(&path).await;
    assert_eq!(page_checks::problems(&dry.body), Vec::<String>::new());
    assert!(dry.body.contains("&#60;b&#62;Gita") && dry.body.contains("50.000</span>"), "{}", dry.body);
    let chosen = [("column_key", "id"), ("column_name", "name"), ("column_email", "email"), ("invite", "1")];
    assert_eq!(admin.post(&format!("{path}/columns"), &chosen).await.location(), path);

    let file = admin.get(&format!("{path}/faulty")).await;
    assert!(file.body.contains("71;Salah;\"'=cmd|x\";1;") && !file.body.contains("Gita"), "{}", file.body);
    let looked_at = seen(&admin.get(&path).await.body);
    let form = [("key", "frm_t"), ("seen", looked_at.as_str())];
    let early = admin.post(&format!("{path}/start"), &form).await;
    assert!(early.location().starts_with("/whm/step-up"), "{}", early.location());
    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await;
    for _ in 0..2 {
        assert_eq!(admin.post(&format!("{path}/start"), &form).await.location(), path);
    }
    let running = admin.get(&path).await;
    assert_eq!(page_checks::problems(&running.body), Vec::<String>::new());
    let stream = format!("{path}/live");
    assert!(running.body.contains("0 dari 2 baris"), "it is under way: {}", running.body);
    assert!(running.body.contains(&format!("hx-sse:connect=\"{stream}\"")), "{}", running.body);
    let live = admin.get(&stream).await;
    assert_eq!((live.status, live.header("content-type")), (200, "text/event-stream"));
    assert_eq!(admin.get("/whm/take-over/imp_nobody/live").await.status, 404);
    let mut calls = town.world.services.live.subscribe();
    town.world.settle_down().await;
    let id = ImportId(path.rsplit('/').next().unwrap().to_owned());
    let mut told = Vec::new();
    while let Ok(topic) = calls.try_recv() {
        told.push(topic);
    }
    assert!(told.contains(&takeover::topic(&id)), "who looks on is told: {told:?}");
    let done = admin.get(&path).await;
    assert!(!done.body.contains("hx-sse:connect"), "nothing more is to come");
    assert_eq!(page_checks::problems(&done.body), Vec::<String>::new());
    assert!(done.body.contains("Selesai") && done.body.contains("Unduh baris yang salah"), "{}", done.body);
    let only = admin.get(&format!("{path}?status=faulty")).await;
    assert!(only.body.contains("Salah") && !only.body.contains("Gita"), "{}", only.body);
    let gita = customer::Entity::find().filter(customer::Column::Email.eq("gita@pindah.test"));
    let id = gita.one(db).await.unwrap().unwrap().id;
    assert!(done.body.contains(&format!("/whm/customers/{id}")));
    assert_eq!(town.world.mails_to("gita@pindah.test").await.len(), 1);
    town.world.books_are_right().await;
}

#[tokio::test]
async fn what_a_colleague_changed_after_it_was_looked_at_is_not_begun() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "id").await;
    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await;
    let path = format!("/whm/take-over/{}", town.id("import"));
    let looked_at = seen(&admin.get(&path).await.body);
    let chosen = [("column_key", "id"), ("column_name", "name"), ("column_email", "email"), ("invite", "1")];
    assert_eq!(admin.post(&format!("{path}/columns"), &chosen).await.location(), path);

    let refused = admin.post(&format!("{path}/start"), &[("key", "frm_a"), ("seen", &looked_at)]).await;
    assert_eq!((refused.status, page_checks::problems(&refused.body)), (409, vec![]));
    assert!(refused.body.contains("diubah setelah Anda memeriksanya"), "{}", refused.body);
    let ctx = town.world.system();
    let id = ImportId(town.id("import").to_owned());
    assert_eq!(takeover::get(&ctx, &id).await.unwrap().status, ImportStatus::Draft);
    let anew = seen(&admin.get(&path).await.body);
    assert_eq!(admin.post(&format!("{path}/start"), &[("key", "frm_b"), ("seen", &anew)]).await.location(), path);
    assert_eq!(takeover::get(&ctx, &id).await.unwrap().status, ImportStatus::Running);
}

#[tokio::test]
async fn a_file_whose_content_is_deleted_offers_no_rows_to_be_repaired() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "id").await;
    let path = format!("/whm/take-over/{}", town.id("done_import"));
    assert!(admin.get(&path).await.body.contains(&format!("{path}/faulty")));
    town.world.advance(chrono::Duration::days(91));
    takeover::forget_files(&town.world.system()).await.unwrap();
    let mut admin = town.browser_of("admin", "id").await;
    let page = admin.get(&path).await;
    assert_eq!((page.status, page_checks::problems(&page.body)), (200, vec![]));
    assert!(
        !page.body.contains(&format!("{path}/faulty")) && page.body.contains("Isi berkas dihapus"),
        "{}",
        page.body
    );
    assert_eq!(admin.get(&format!("{path}/faulty")).await.status, 404);
}

/// The machine that runs for the contract of the town whose machine was elsewhere.
async fn machine_of_the_moved(town: &Town) -> Option<instance::Model> {
    let id = town.id("elsewhere_subscription");
    town.world.settle_down().await;
    let found = instance::Entity::find().filter(instance::Column::SubscriptionId.eq(id));
    found.one(&town.world.services.db).await.unwrap()
}

#[tokio::test]
async fn staff_move_a_machine_here_from_the_page_of_its_contract() {
    let town = Town::new().await;
    let mut support = town.browser_of("support", "id").await;
    let path = format!("/whm/subscriptions/{}", town.id("elsewhere_subscription"));
    let offer = format!("action=\"{path}/move-here\"");
    let page = support.get(&path).await;
    assert!(page.body.contains(&offer) && page.body.contains("Data di mesin lama tidak ikut"), "{}", page.body);
    assert_eq!(page_checks::problems(&page.body), Vec::<String>::new());
    let mut billing = town.browser_of("billing", "id").await;
    assert!(!billing.get(&path).await.body.contains(&offer), "billing does not operate machines");
    assert_eq!(billing.post(&format!("{path}/move-here"), &[]).await.status, 403);
    assert_eq!(machine_of_the_moved(&town).await, None);

    for _ in 0..2 {
        assert_eq!(support.post(&format!("{path}/move-here"), &[]).await.location(), path);
    }

    let made = machine_of_the_moved(&town).await.unwrap();
    assert_eq!(made.status, InstanceStatus::Running);
    let page = support.get(&path).await;
    assert!(!page.body.contains(&offer) && page.body.contains(&made.name), "{}", page.body);
    let here = format!("/whm/subscriptions/{}", town.id("subscription"));
    assert!(!support.get(&here).await.body.contains("move-here"), "what runs here is here");
}

#[tokio::test]
async fn provisioning_by_the_api_moves_a_machine_here() {
    let town = Town::new().await;
    let admin = town.program_of("admin").await;
    let body = json!({ "subscription_id": town.id("elsewhere_subscription") });
    for _ in 0..2 {
        let answer = admin.call("POST", "/api/whm/services/provision", &body).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
    }
    assert_eq!(machine_of_the_moved(&town).await.unwrap().status, InstanceStatus::Running);
    let row = subscription::Entity::find_by_id(town.id("elsewhere_subscription")).one(&town.world.services.db).await;
    assert_eq!(row.unwrap().unwrap().elsewhere, None);
}

#[tokio::test]
async fn a_contract_that_runs_elsewhere_says_so_to_staff() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "id").await;
    let page = admin.get(&format!("/whm/subscriptions/{}", town.id("elsewhere_subscription"))).await;
    assert!(page.body.contains("Mesin di tempat lain") && page.body.contains("&#60;b&#62;x"), "{}", page.body);
    let mut support = town.browser_of("support", "id").await;
    assert_eq!(support.get("/whm/take-over").await.status, 403);
}
