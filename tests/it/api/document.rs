//! The document is complete and true: it names every route and no other, and what handlers really answer is what it
//! says. One story makes every call.
use super::{
    house::{Answer, House, request},
    schema::misfits,
};
use crate::{
    support::{gateway, people::token_in},
    tidy::rust_files,
};
use actix_web::test::TestRequest;
use entity::{
    catalog::{plan, product},
    payments::{gateway_difference, payment_account},
    provisioning::instance,
    value::{InstanceId, InstanceStatus, SubscriptionId},
};
use regex::Regex;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use yumna::{
    domain::{
        catalog::quota,
        customers,
        payments::{attempt, gateway_event, settlement},
    },
    web::page_checks,
};

fn document() -> Value {
    serde_json::from_str(yumna::api::document_json()).unwrap()
}

/// Every documented operation: `GET /api/auth/me`.
fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    operations.collect()
}

fn operation<'a>(document: &'a Value, name: &str) -> &'a Value {
    let (method, path) = name.split_once(' ').unwrap();
    &document["paths"][path][method.to_lowercase()]
}

#[test]
fn every_route_of_the_sources_is_documented_and_no_other() {
    let attribute = Regex::new(r#"#\[(get|post|put|patch|delete)\("([^"]+)"\)\]"#).unwrap();
    let plain = Regex::new(r#"(?:(?:route|resource)\(|_DOOR: &str = )"(/api[^"]*)""#).unwrap();
    let (mut routes, mut others) = (BTreeSet::new(), BTreeSet::new());
    // The demo's own doors lie below /demo and are no part of the product's API.
    for (_, text) in rust_files("src").into_iter().filter(|(path, _)| !path.starts_with("src/app/demo")) {
        for hit in attribute.captures_iter(&text) {
            routes.insert(format!("{} {}", hit[1].to_uppercase(), &hit[2]));
        }
        others.extend(plain.captures_iter(&text).map(|hit| hit[1].to_owned()));
    }
    assert_eq!(routes, operations(&document()));
    let known = ["/api/docs", "/api/payments/{gateway}/webhook"].map(str::to_owned);
    assert_eq!(others, BTreeSet::from(known), "a page and an older name of a path; everything else is documented");
}

#[test]
fn no_two_shapes_share_a_name() {
    let shape = Regex::new(r"ToSchema[^\n]*\)\]\s*(?:#\[[^\n]*\]\s*)*(?:pub )?struct (\w+)").unwrap();
    let mut names = BTreeSet::new();
    for (path, text) in rust_files("src/api") {
        for hit in shape.captures_iter(&text) {
            assert!(names.insert(hit[1].to_owned()), "{} is named twice, also in {}", &hit[1], path.display());
        }
    }
    assert!(names.len() > 40, "{names:?}");
}

#[actix_web::test]
async fn the_reference_page_shows_every_operation_in_both_languages() {
    let house = House::new().await;
    for lang in ["id", "en"] {
        let open = TestRequest::get().uri("/api/docs").insert_header(("cookie", format!("lang={lang}")));
        let page = house.send(open).await;
        assert_eq!(page.status, 200);
        let html = String::from_utf8(page.bytes).unwrap();
        assert!(html.contains(&format!("<html lang=\"{lang}\"")), "{lang}");
        assert_eq!(page_checks::problems(&html), Vec::<String>::new(), "{lang}");
        for name in operations(&document()) {
            let path = name.split_once(' ').unwrap().1;
            assert!(html.contains(&format!("<code class=\"operation-path\">{path}</code>")), "{name}");
        }
    }
}

#[actix_web::test]
async fn every_documented_path_is_served_under_its_own_name_and_asks_for_a_token_where_it_says_so() {
    let house = House::new().await;
    let document = document();
    let parameter = Regex::new(r"\{[^}]+\}").unwrap();
    for name in operations(&document) {
        let (method, path) = name.split_once(' ').unwrap();
        let concrete = parameter.replace_all(path, "nobody").into_owned();
        let answer = house.call("", method, &concrete, json!(null)).await;
        assert_eq!(answer.pattern.as_deref(), Some(path), "{name}");
        let is_closed = !operation(&document, &name)["security"].as_array().unwrap().is_empty();
        assert_eq!(answer.code() == "UNAUTHENTICATED", is_closed, "{name}: {}", answer.status);
        if answer.status.is_client_error() {
            fits(&document, &name, &answer);
        }
    }
}

#[test]
fn every_operation_says_what_it_does_who_may_call_it_and_how_it_refuses() {
    let document = document();
    let mut ids = BTreeSet::new();
    let part = Regex::new(r"\{([^}]+)\}").unwrap();
    for name in operations(&document) {
        let operation = operation(&document, &name);
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(summary.len() > 8 && summary.ends_with('.'), "{name}: {summary:?}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name}: its id is another's");
        assert!(operation["security"].is_array(), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for (status, response) in responses {
            assert!(!response["description"].as_str().unwrap().is_empty(), "{name} {status}");
            let content = &response["content"];
            match status.as_str() {
                "204" => assert!(content.is_null(), "{name} {status}"),
                _ if status.starts_with('2') => assert!(content.is_object(), "{name} {status} has no schema"),
                _ => assert!(content["application/problem+json"]["schema"]["$ref"].is_string(), "{name} {status}"),
            }
        }
        let path = name.split_once(' ').unwrap().1;
        for hit in part.captures_iter(path) {
            let parameters = operation["parameters"].as_array().unwrap();
            assert!(parameters.iter().any(|one| one["name"] == hit[1] && one["in"] == "path"), "{name}: {}", &hit[1]);
        }
    }
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for name in operations(&document) {
        assert!(tags.contains(&&operation(&document, &name)["tags"][0]), "{name}: its group has no heading");
    }
}

/// The answer is one the document names, in the shape it names.
fn fits(document: &Value, name: &str, answer: &Answer) {
    let response = &operation(document, name)["responses"][answer.status.as_str()];
    assert!(response.is_object(), "{name}: {} is not documented: {}", answer.status, answer.json());
    let content = response["content"].as_object();
    let Some((kind, body)) = content.and_then(|content| content.iter().next()) else {
        return assert!(answer.bytes.is_empty(), "{name}: {} has no body", answer.status);
    };
    let sent = answer.header("content-type");
    assert!(sent.starts_with(kind.as_str()), "{name}: {sent} instead of {kind}");
    if kind.ends_with("json") {
        let mut wrong = misfits(document, &body["schema"], &answer.json());
        if answer.status.is_client_error() {
            // Some codes bring members of their own.
            wrong.retain(|word| !word.ends_with("is not in the document"));
        }
        assert!(wrong.is_empty(), "{name} {}: {}\n{}", answer.status, wrong.join("\n"), answer.json());
    }
}

/// Makes calls and remembers which of the document were answered as it promises.
struct Story {
    house: House,
    document: Value,
    made: BTreeSet<String>,
}

impl Story {
    async fn call(&mut self, token: &str, name: &str, ids: &[&str], body: Value, status: u16) -> Value {
        let (method, path) = name.split_once(' ').unwrap();
        let mut ids = ids.iter();
        let concrete = Regex::new(r"\{[^}]+\}").unwrap();
        let path = concrete.replace_all(path, |_: &regex::Captures<'_>| ids.next().expect("an id").to_string());
        let mut sent = request(token, method, &path, body);
        if name == "POST /api/panel/orders" {
            sent = sent.insert_header(("idempotency-key", entity::value::next_ulid().to_string()));
        }
        if path.starts_with("/api/webhooks/") {
            sent = sent.insert_header(("x-signature", "good"));
        }
        let answer = self.house.send(sent).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.json());
        fits(&self.document, name, &answer);
        self.made.insert(name.to_owned());
        answer.json()
    }

    async fn open(&mut self, name: &str, ids: &[&str], body: Value, status: u16) -> Value {
        self.call("", name, ids, body, status).await
    }

    async fn customer(&mut self, name: &str, ids: &[&str], body: Value, status: u16) -> Value {
        let token = self.house.token.clone();
        self.call(&token, name, ids, body, status).await
    }

    async fn staff(&mut self, name: &str, ids: &[&str], body: Value, status: u16) -> Value {
        let token = self.house.staff.clone();
        self.call(&token, name, ids, body, status).await
    }

    async fn fails(&self, id: &str) {
        instance::Entity::update_many()
            .col_expr(instance::Column::Status, Expr::value(InstanceStatus::Error))
            .filter(instance::Column::Id.eq(InstanceId::from(id)))
            .exec(&self.house.world.services.db)
            .await
            .unwrap();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

const NONE: Value = Value::Null;

#[actix_web::test]
async fn what_handlers_answer_is_what_the_document_says() {
    let house = House::new().await;
    let mut story = Story { house, document: document(), made: BTreeSet::new() };

    catalogue_and_accounts(&mut story).await;
    let bought = buying(&mut story).await;
    running(&mut story, &bought).await;
    watching(&mut story, &bought).await;
    automation_of_staff(&mut story).await;
    money_of_staff(&mut story).await;
    books_of_staff(&mut story).await;
    transfers(&mut story).await;
    quotes(&mut story).await;
    unallocated(&mut story).await;
    closing(&mut story).await;
    merging(&mut story).await;
    Box::pin(payouts_and_disputes(&mut story)).await;
    Box::pin(withheld_tax(&mut story)).await;
    Box::pin(rules_of_staff(&mut story)).await;
    changing_the_plan(&mut story, &bought).await;
    waiting_for_room(&mut story).await;
    contracts_of_staff(&mut story, &bought).await;
    story.customer("POST /api/auth/logout", &[], NONE, 204).await;

    let missed: Vec<String> = operations(&story.document).difference(&story.made).cloned().collect();
    assert!(missed.is_empty(), "never called: {missed:#?}");
}

async fn catalogue_and_accounts(story: &mut Story) {
    story.open("GET /api/openapi.json", &[], NONE, 200).await;
    let services = story.open("GET /api/catalog/services", &[], NONE, 200).await;
    let slug = text(&services["data"][0]["slug"]);
    story.open("GET /api/catalog/services/{slug}", &[&slug], NONE, 200).await;
    story.open("GET /api/catalog/services/{slug}/plans", &[&slug], NONE, 200).await;
    story.open("GET /api/catalog/categories", &[], NONE, 200).await;
    story.open("GET /api/catalog/categories/{slug}/services", &["apps"], NONE, 200).await;
    story.open("GET /api/catalog/search", &[], NONE, 200).await;
    story.open("GET /api/catalog/featured", &[], NONE, 200).await;

    let password = "Kuat-sekali-2026!";
    let new = json!({ "name": "Citra", "email": "citra@example.test", "password": password });
    story.open("POST /api/auth/register", &[], new, 201).await;
    let address = json!({ "email": "citra@example.test" });
    story.open("POST /api/auth/verification/resend", &[], address.clone(), 202).await;
    let login = json!({ "email": "citra@example.test", "password": password });
    let tokens = story.open("POST /api/auth/login", &[], login, 200).await;
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    story.open("POST /api/auth/refresh", &[], refresh, 200).await;
    story.open("POST /api/auth/password/forgot", &[], address, 202).await;
    story.house.world.settle_down().await;
    let mails = story.house.world.mails_to("citra@example.test").await;
    let link = mails.iter().find(|mail| mail.text.contains("/reset")).expect("a mail with a link");
    let token = match link.text.contains("token=") {
        true => token_in(link),
        false => {
            let link = yumna::integrations::notifiers::links_of(&link.text).remove(0);
            link.rsplit('/').next().unwrap().to_owned()
        }
    };
    let reset = json!({ "token": token, "password": "Lebih-kuat-2027!" });
    story.open("POST /api/auth/password/reset", &[], reset, 204).await;

    story.customer("GET /api/auth/me", &[], NONE, 200).await;
    let proof = json!({ "password": super::house::STAFF_PASSWORD });
    story.staff("POST /api/auth/step-up", &[], proof, 204).await;
    story.customer("GET /api/panel/profile", &[], NONE, 200).await;
    let change = json!({ "company": "PT Maju", "address": { "city": "Bandung" } });
    story.customer("PATCH /api/panel/profile", &[], change, 200).await;
}

/// What the customer bought.
struct Bought {
    subscription: String,
    instance: String,
}

async fn buying(story: &mut Story) -> Bought {
    let by_qris = json!({ "gateway": gateway::CODE, "method": "qris" });
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let (order, invoice) = (text(&placed["order"]["id"]), text(&placed["invoice"]["id"]));
    story.customer("GET /api/panel/orders", &[], NONE, 200).await;
    story.customer("GET /api/panel/orders/{id}", &[&order], NONE, 200).await;
    let started = story.customer("POST /api/panel/invoices/{id}/payments", &[&invoice], by_qris, 201).await;
    let payment = text(&started["payment"]["id"]);
    let reference = text(&started["payment"]["reference"]);
    story.customer("GET /api/panel/payments/{id}", &[&payment], NONE, 200).await;
    story.customer("GET /api/panel/invoices", &[], NONE, 200).await;
    let told = story.customer("GET /api/panel/statement", &[], NONE, 200).await;
    story.customer("GET /api/panel/statement/pdf", &[], NONE, 200).await;
    assert_eq!(told["closing"], told["lines"].as_array().unwrap().last().unwrap()["balance"]);
    story.customer("GET /api/panel/invoices/{id}", &[&invoice], NONE, 200).await;
    story.customer("GET /api/panel/invoices/{id}/pdf", &[&invoice], NONE, 200).await;
    let by = started["payment"]["id"].as_str().unwrap();
    story.customer("GET /api/panel/payments/{id}/receipt", &[by], NONE, 404).await;
    let news: Value = serde_json::from_slice(&story.house.gateway.notification(&reference)).unwrap();
    story.open("POST /api/webhooks/{gateway}/notification", &[gateway::CODE], news.clone(), 200).await;
    let accounts = entity::payments::payment_account::Entity::find().all(&story.house.world.services.db).await.unwrap();
    let door = [gateway::CODE, accounts[0].token.as_str()];
    story.open("POST /api/webhooks/{gateway}/{account}/notification", &door, news, 200).await;
    story.customer("POST /api/panel/payments/{id}/cancel", &[&payment], NONE, 202).await;

    let several = json!({ "gateway": gateway::CODE, "method": "qris", "invoices": [invoice] });
    let together = story.customer("POST /api/panel/invoices/pay-together", &[], several, 201).await;
    assert_eq!(together["together"]["total"], together["together"]["payment"]["amount"]);

    let top_up = json!({ "gateway": gateway::CODE, "method": "qris", "amount": 50_000 });
    story.customer("POST /api/panel/wallet/topups", &[], top_up, 201).await;
    let running = story.house.running().await;
    story.customer("GET /api/panel/wallet", &[], NONE, 200).await;
    let moved = story.customer("GET /api/panel/wallet/transactions", &[], NONE, 200).await;
    assert!(moved["data"].as_array().is_some_and(|data| !data.is_empty()), "an empty list proves no shape");
    Bought { subscription: running.subscription_id.0, instance: running.id.0 }
}

async fn running(story: &mut Story, bought: &Bought) {
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
    let renewal = json!({ "auto_renew": false });
    story.customer("PATCH /api/panel/subscriptions/{id}", &subscription, renewal, 200).await;
    let services = story.customer("GET /api/panel/services", &[], NONE, 200).await;
    assert_eq!(services["data"][0]["plan"]["code"], "ghost-1");
    story.customer("GET /api/panel/instances/{id}", &instance, NONE, 200).await;
    story.customer("GET /api/panel/instances/{id}/credentials", &instance, NONE, 200).await;
    story.customer("GET /api/panel/instances/{id}/metrics", &instance, NONE, 200).await;
    story.customer("GET /api/panel/instances/{id}/logs", &instance, NONE, 200).await;
    story.customer("GET /api/panel/usage", &[], NONE, 200).await;
}

async fn watching(story: &mut Story, bought: &Bought) {
    let customer = story.house.customer_id().0.clone();
    story.staff("GET /api/whm/customers", &[], NONE, 200).await;
    story.staff("GET /api/whm/customers/{id}", &[&customer], NONE, 200).await;
    for noun in ["orders", "invoices", "payments", "subscriptions", "instances", "tasks", "audit"] {
        let list = story.staff(&format!("GET /api/whm/{noun}"), &[], NONE, 200).await;
        let id = text(&list["data"][0]["id"]);
        story.staff(&format!("GET /api/whm/{noun}/{{id}}"), &[&id], NONE, 200).await;
    }
    for report in ["tax", "revenue", "ageing", "gateways", "mrr", "wallets", "journal"] {
        story.staff(&format!("GET /api/whm/reports/{report}"), &[], NONE, 200).await;
    }
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

async fn automation_of_staff(story: &mut Story) {
    story.staff("GET /api/whm/billing-day", &[], NONE, 200).await;
    story.staff("POST /api/whm/billing-day/release", &[], NONE, 204).await;
    let ends_at = story.house.world.services.clock.now() + chrono::Duration::days(3);
    let new = json!({ "scope": "everything", "ends_at": ends_at, "reason": "Flood" });
    let placed = story.staff("POST /api/whm/pauses", &[], new, 201).await;
    story.staff("POST /api/whm/pauses", &[], json!({ "scope": "moon", "ends_at": ends_at, "reason": "x" }), 422).await;
    story.staff("GET /api/whm/pauses", &[], NONE, 200).await;
    story.staff("POST /api/whm/pauses/{id}/lift", &[&text(&placed["pause"]["id"])], NONE, 204).await;
    story.staff("GET /api/whm/books", &[], NONE, 200).await;
    story.staff("POST /api/whm/books/check", &[], NONE, 204).await;
}

async fn money_of_staff(story: &mut Story) {
    let customer = story.house.customer_id().0.clone();
    let adjust = "POST /api/whm/customers/{id}/wallet/adjust";
    story.staff(adjust, &[&customer], json!({ "amount": 10_000, "reason": "Sorry" }), 200).await;
    let large = json!({ "amount": 900_000_000, "reason": "Very sorry" });
    let first = story.staff(adjust, &[&customer], large.clone(), 202).await;
    let second = story.staff(adjust, &[&customer], large, 202).await;
    let (first, second) = (text(&first["approval"]["id"]), text(&second["approval"]["id"]));
    story.staff("GET /api/whm/approvals", &[], NONE, 200).await;
    story.staff("GET /api/whm/approvals/{id}", &[&first], NONE, 200).await;
    story.staff("POST /api/whm/approvals/{id}/approve", &[&first], NONE, 403).await;
    let other = story.house.second_admin().await;
    let proof = json!({ "password": super::house::STAFF_PASSWORD });
    story.call(&other, "POST /api/auth/step-up", &[], proof, 204).await;
    story.call(&other, "POST /api/whm/approvals/{id}/approve", &[&first], NONE, 200).await;
    story.call(&other, "POST /api/whm/approvals/{id}/reject", &[&second], NONE, 200).await;
    story.call(&other, "POST /api/whm/approvals/{id}/reject", &[&second], NONE, 409).await;

    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let invoice = text(&placed["invoice"]["id"]);
    let part = json!({ "amount": 1_000, "reason": "Agreed" });
    story.staff("POST /api/whm/invoices/{id}/credit-notes", &[&invoice], part, 201).await;
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let invoice = text(&placed["invoice"]["id"]);
    story.staff("POST /api/whm/invoices/{id}/void", &[&invoice], json!({ "reason": "Twice" }), 200).await;
    let customer = customers::get(&story.house.world.services.db, story.house.customer_id()).await.unwrap();
    let debt = story.house.world.debt(&customer, &[10_000]).await.id;
    let lost = json!({ "reason": "Bankrupt" });
    story.staff("POST /api/whm/invoices/{id}/write-off", &[debt.as_str()], lost.clone(), 200).await;
    story.staff("POST /api/whm/invoices/{id}/write-off", &[debt.as_str()], lost, 409).await;
    let paid = entity::payments::payment::Entity::find()
        .filter(entity::payments::payment::Column::Status.eq(entity::value::PaymentStatus::Succeeded))
        .one(&story.house.world.services.db)
        .await
        .unwrap()
        .unwrap();
    let back = json!({ "amount": 1_000, "reason": "Agreed", "to": "bank" });
    story.staff("POST /api/whm/payments/{id}/refund", &[paid.id.as_str()], back, 202).await;
    story.house.world.books_are_right().await;
}

/// Months are closed, and what accounts held at the beginning is entered.
async fn books_of_staff(story: &mut Story) {
    let held = json!({ "account": "bank", "day": "2026-09-01", "amount": 25_000_000 });
    let entered = story.staff("POST /api/whm/books/openings", &[], held.clone(), 201).await;
    let opening = text(&entered["opening"]["id"]);
    story.staff("POST /api/whm/books/openings", &[], held, 409).await;
    story.staff("GET /api/whm/books/openings", &[], NONE, 200).await;
    story.staff("GET /api/whm/books/deferred", &[], NONE, 200).await;
    story.staff("POST /api/whm/books/openings/{id}/reverse", &[&opening], NONE, 200).await;
    story.staff("POST /api/whm/books/openings/{id}/reverse", &[&opening], NONE, 409).await;
    let month = json!({ "month": "2026-09" });
    story.staff("POST /api/whm/books/periods/close", &[], month.clone(), 200).await;
    story.staff("POST /api/whm/books/periods/close", &[], month, 409).await;
    let again = json!({ "month": "2026-09", "reason": "Booked wrongly" });
    story.staff("POST /api/whm/books/periods/reopen", &[], again, 200).await;
    story.staff("GET /api/whm/books/periods", &[], NONE, 200).await;
    story.house.world.books_are_right().await;
}

/// Somebody transfers to our bank account.
async fn transfers(story: &mut Story) {
    story.house.world.bank_accounts(&[]).await;
    let by_transfer = json!({ "gateway": "transfer", "method": "bank_transfer" });
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let invoice = text(&placed["invoice"]["id"]);
    let begun = story.customer("POST /api/panel/invoices/{id}/payments", &[&invoice], by_transfer, 201).await;
    let told = &begun["payment"]["instructions"];
    assert_eq!((told["bank"].as_str(), told["account_holder"].as_str()), (Some("Bank Contoh"), Some("PT Contoh")));
    assert_eq!((&told["account_number"], &told["amount"]), (&json!("0001234567"), &begun["payment"]["amount"]));
    let (id, amount) = (text(&begun["payment"]["id"]), begun["payment"]["amount"].clone());
    let prove = "POST /api/panel/payments/{id}/proof";
    story.customer(prove, &[&id], json!({ "file": "PGh0bWw+" }), 422).await;
    let file = json!({ "file": "iVBORw0KGgoAAAANSUhEUg==", "note": "Dari rekening istri" });
    let sent = story.customer(prove, &[&id], file, 200).await;
    assert_eq!(sent["payment"]["status"], "review");
    let waiting = story.staff("GET /api/whm/transfers", &[], NONE, 200).await;
    assert_eq!(waiting["data"][0]["proofs"][0]["note"], "Dari rekening istri");
    let refused = story.staff("POST /api/whm/payments/{id}/reject", &[&id], json!({ "reason": "Buram" }), 200).await;
    assert_eq!(refused["payment"]["status"], "pending");
    let seen = json!({ "amount": amount, "received_on": "2026-11-21" });
    for _ in 0..2 {
        let paid = story.staff("POST /api/whm/payments/{id}/approve", &[&id], seen.clone(), 200).await;
        assert_eq!((&paid["payment"]["status"], &paid["payment"]["received"]), (&json!("succeeded"), &amount));
    }
    story.house.world.books_are_right().await;
}

/// Staff make a quote, the customer takes it.
async fn quotes(story: &mut Story) {
    let customer = story.house.customer_id().0.clone();
    let plan = json!({ "plan": "ghost-1", "cycle": "monthly", "price": 40_000, "reason": "Kontrak setahun" });
    let lines = json!([plan, { "description": "Pelatihan", "quantity": 2, "price": 100_000 }]);
    let new = json!({ "customer_id": customer, "intro": "Halo", "lines": lines });
    story.staff("POST /api/whm/quotes", &[], json!({ "customer_id": "cus_nobody" }), 422).await;
    let made = story.staff("POST /api/whm/quotes", &[], new, 201).await;
    let id = text(&made["quote"]["id"]);
    assert_eq!((&made["quote"]["status"], &made["quote"]["subtotal"]), (&json!("draft"), &json!(240_000)));
    story.customer("GET /api/panel/quotes/{id}", &[&id], NONE, 404).await;
    let changed = story.staff("PATCH /api/whm/quotes/{id}", &[&id], json!({ "terms": "Tunai" }), 200).await;
    assert_eq!((&changed["terms"], &changed["intro"]), (&json!("Tunai"), &json!("Halo")));
    for _ in 0..2 {
        let sent = story.staff("POST /api/whm/quotes/{id}/send", &[&id], NONE, 200).await;
        assert_eq!(sent["quote"]["status"], "sent");
    }
    story.staff("PATCH /api/whm/quotes/{id}", &[&id], json!({ "terms": "" }), 409).await;
    let copy = story.staff("POST /api/whm/quotes/{id}/copy", &[&id], NONE, 201).await;
    let copied = text(&copy["quote"]["id"]);
    story.staff("POST /api/whm/quotes/{id}/send", &[&copied], NONE, 200).await;
    story.staff("GET /api/whm/quotes", &[], NONE, 200).await;
    let seen = story.staff("GET /api/whm/quotes/{id}", &[&id], NONE, 200).await;
    assert_eq!(seen["lines"][0]["price_reason"], "Kontrak setahun");

    let list = story.customer("GET /api/panel/quotes", &[], NONE, 200).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    let shown = story.customer("GET /api/panel/quotes/{id}", &[&id], NONE, 200).await;
    assert_eq!(shown["lines"][0]["price_reason"], NONE, "why is not the customer's business");
    let accept = "POST /api/panel/quotes/{id}/accept";
    story.customer(accept, &[&id], json!({ "config": { "1": { "title": "" } } }), 422).await;
    let answers = json!({ "config": { "1": { "title": "Toko" } } });
    let placed = story.customer(accept, &[&id], answers, 201).await;
    let again = story.customer(accept, &[&id], json!({}), 201).await;
    assert_eq!(placed["order"]["id"], again["order"]["id"], "accepted twice it is one order");
    assert_eq!((&placed["invoice"]["total"], &placed["order"]["quote_id"]), (&shown["total"], &json!(id)));
    story.staff("POST /api/whm/quotes/{id}/withdraw", &[&id], json!({ "reason": "x" }), 409).await;
    let why = json!({ "reason": "Terlalu mahal" });
    story.customer("POST /api/panel/quotes/{id}/decline", &[&id], why.clone(), 409).await;
    let declined = story.customer("POST /api/panel/quotes/{id}/decline", &[&copied], why, 200).await;
    assert_eq!(declined["quote"]["status"], "declined");
    let copy = story.staff("POST /api/whm/quotes/{id}/copy", &[&id], NONE, 201).await;
    let copied = text(&copy["quote"]["id"]);
    story.staff("POST /api/whm/quotes/{id}/withdraw", &[&copied], json!({ "reason": "Salah" }), 200).await;
    story.house.world.books_are_right().await;
}

/// Money comes that fits nothing.
async fn unallocated(story: &mut Story) {
    let world = &story.house.world;
    for reference in ["NOBODYS-1", "NOBODYS-2"] {
        story.house.gateway.pay(reference, 75_000);
        let body = story.house.gateway.notification(reference);
        let ctx = world.system();
        let event = gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
        gateway_event::process(&ctx, &event.event_id).await.unwrap();
    }
    let waiting = story.staff("GET /api/whm/unallocated", &[], NONE, 200).await;
    let ids: Vec<String> = waiting["data"].as_array().unwrap().iter().map(|row| text(&row["id"])).collect();
    assert_eq!((ids.len(), &waiting["data"][0]["why"]), (2, &json!("unknown_reference")));
    let shown = story.staff("GET /api/whm/unallocated/{id}", &[&ids[0]], NONE, 200).await;
    assert_eq!((&shown["status"], &shown["amount"]), (&json!("open"), &json!(75_000)));
    let customer = story.house.buyer.customer_id.0.clone();
    let his = json!({ "customer_id": customer, "reason": "Bukti dari pelanggan" });
    let allocate = "POST /api/whm/unallocated/{id}/allocate";
    story.staff(allocate, &[&ids[0]], json!({ "reason": "Bukti" }), 422).await;
    let assigned = story.staff(allocate, &[&ids[0]], his.clone(), 200).await;
    assert_eq!((&assigned["status"], &assigned["customer_id"]), (&json!("allocated"), &json!(customer)));
    let back = json!({ "bank_reference": "BCA-0001", "reason": "Salah kirim" });
    let give_back = "POST /api/whm/unallocated/{id}/return";
    let returned = story.staff(give_back, &[&ids[1]], back, 200).await;
    assert_eq!(returned["status"], "returned");
    story.staff(allocate, &[&ids[1]], his, 409).await;
    story.house.world.books_are_right().await;
}

/// An account is closed, its wallet paid out, and it is opened again.
async fn closing(story: &mut Story) {
    let leaver = story.house.world.buyer("lia").await;
    story.house.world.gives(&leaver, 150_000).await;
    let id = leaver.customer_id.0.clone();
    let looked = story.staff("GET /api/whm/customers/{id}/closing", &[&id], NONE, 200).await;
    assert_eq!((&looked["balance"], &looked["obstacles"]), (&json!(150_000), &json!([])));
    let leave = json!({
        "reason": "Pindah", "bank_name": "BCA", "account_holder": "Lia", "account_number": "1234567890",
    });
    let close = "POST /api/whm/customers/{id}/close";
    let busy = story.house.customer_id().0.clone();
    let refused = story.staff(close, &[&busy], leave.clone(), 409).await;
    assert_eq!(refused["obstacles"][0]["kind"], "contract");
    story.staff(close, &[&id], json!({ "reason": "Pindah" }), 422).await;
    let mut payout = String::new();
    for _ in 0..2 {
        let closed = story.staff(close, &[&id], leave.clone(), 200).await;
        assert_eq!((&closed["customer"]["status"], &closed["payout"]["amount"]), (&json!("closed"), &json!(150_000)));
        payout = text(&closed["payout"]["id"]);
    }
    let sent = json!({ "bank_reference": "BCA-0001" });
    let paid = story.staff("POST /api/whm/payouts/{id}/confirm", &[&payout], sent, 200).await;
    assert_eq!(paid["payout"]["status"], "paid");
    let why = json!({ "reason": "Rekening tidak ada" });
    story.staff("POST /api/whm/payouts/{id}/cancel", &[&payout], why.clone(), 409).await;
    story.staff("POST /api/whm/payouts/{id}/return", &[&payout], why.clone(), 200).await;
    let again = story.staff("POST /api/whm/customers/{id}/payout", &[&id], leave.clone(), 201).await;
    let second = text(&again["payout"]["id"]);
    story.staff("POST /api/whm/customers/{id}/payout", &[&id], leave, 409).await;
    story.staff("POST /api/whm/payouts/{id}/cancel", &[&second], why, 200).await;
    let list = story.staff("GET /api/whm/payouts", &[], NONE, 200).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    let shown = story.staff("GET /api/whm/payouts/{id}", &[&second], NONE, 200).await;
    assert_eq!(shown["status"], "cancelled");
    let open = json!({ "reason": "Kembali" });
    let reopened = story.staff("POST /api/whm/customers/{id}/reopen", &[&id], open, 200).await;
    assert_eq!(reopened["status"], "active");
    story.house.world.books_are_right().await;
}

/// Two accounts of one customer become one.
async fn merging(story: &mut Story) {
    let (old, new) = (story.house.world.buyer("tini").await, story.house.world.buyer("tini-baru").await);
    story.house.world.gives(&old, 40_000).await;
    let (old, new) = (old.customer_id.0, new.customer_id.0);
    let look = "GET /api/whm/customers/{id}/merge/{into}";
    let seen = story.staff(look, &[&old, &new], NONE, 200).await;
    assert_eq!((&seen["wallet"], &seen["obstacles"]), (&json!(40_000), &json!([])));
    assert_eq!(seen["people"][0]["grant"], "admin");
    story.staff(look, &[&old, &old], NONE, 422).await;
    story.staff(look, &[&old, "cus_nobody"], NONE, 404).await;
    let merge = "POST /api/whm/customers/{id}/merge";
    let input = json!({ "into": new, "reason": "Mendaftar dua kali" });
    let busy = story.house.customer_id().0.clone();
    story.staff(merge, &[&old], json!({ "into": new, "reason": "" }), 422).await;
    for _ in 0..2 {
        let done = story.staff(merge, &[&old], input.clone(), 200).await;
        assert_eq!((&done["now_id"], &done["wallet"]), (&json!(new), &json!(40_000)));
    }
    let elsewhere = json!({ "into": busy, "reason": "Salah" });
    let refused = story.staff(merge, &[&old], elsewhere, 409).await;
    assert_eq!((&refused["code"], &refused["customer_id"]), (&json!("CUSTOMER_MERGED"), &json!(new)));
    story.staff(look, &[&old, &busy], NONE, 409).await;
    let into_closed = json!({ "into": old, "reason": "Salah" });
    let refused = story.staff(merge, &[&new], into_closed, 409).await;
    assert_eq!(refused["obstacles"][0]["kind"], "closed");
    story.house.world.books_are_right().await;
}

/// Reports of payouts, what gateways say otherwise, and payments that banks took back.
async fn payouts_and_disputes(story: &mut Story) {
    let ctx = story.house.world.system();
    let account = payment_account::Entity::find().filter(payment_account::Column::Gateway.eq(gateway::CODE));
    let account = account.one(&ctx.db).await.unwrap().unwrap().id;
    let report =
        settlement::send_in(&ctx, &account, b"Order ID,Amount,Fee\nSTRANGE,50000,1000\n".to_vec()).await.unwrap();
    settlement::book(&ctx, &report.id).await.unwrap();
    story.staff("GET /api/whm/settlements", &[], NONE, 200).await;
    let id = [report.id.as_str()];
    let shown = story.staff("GET /api/whm/settlements/{id}", &id, NONE, 200).await;
    assert_eq!(shown["status"], "booked");
    let lines = story.staff("GET /api/whm/settlements/{id}/lines", &id, NONE, 200).await;
    assert_eq!((&lines["data"][0]["reference"], &lines["data"][0]["status"]), (&json!("STRANGE"), &json!("waiting")));

    let customer = story.house.buyer.customer_id.clone();
    let mut disputed = Vec::new();
    for _ in 0..2 {
        let way = crate::support::money::by("qris", None);
        let pay = attempt::start_top_up(&ctx, &customer, 60_000, &way).await.unwrap();
        story.house.gateway.pay(&pay.reference, 60_000);
        attempt::ask_now(&ctx, &pay.id).await.unwrap();
        story.house.gateway.set(&pay.reference, |report| report.status = entity::value::PaymentStatus::Chargeback);
        attempt::ask_now(&ctx, &pay.id).await.unwrap();
        disputed.push(pay);
    }
    let differs = gateway_difference::Model {
        id: entity::value::GatewayDifferenceId::generate(),
        payment_id: disputed[0].id.clone(),
        reference: disputed[0].reference.clone(),
        customer_id: customer,
        account_id: account,
        what: "fee".into(),
        ours: "0".into(),
        theirs: "4000".into(),
        status: entity::value::DifferenceStatus::Open,
        open_key: Some(format!("{}:fee", disputed[0].id)),
        note: None,
        closed_by: None,
        found_at: ctx.now(),
        closed_at: None,
    };
    let row = sea_orm::ActiveModelTrait::reset_all(sea_orm::IntoActiveModel::into_active_model(differs));
    gateway_difference::Entity::insert(row).exec_without_returning(&ctx.db).await.unwrap();
    let found = story.staff("GET /api/whm/differences", &[], NONE, 200).await;
    let difference = text(&found["data"][0]["id"]);
    let seen = json!({ "reason": "Sudah dicek" });
    let closed = story.staff("POST /api/whm/differences/{id}/close", &[&difference], seen, 200).await;
    assert_eq!(closed["status"], "closed");

    let open = story.staff("GET /api/whm/disputes", &[], NONE, 200).await;
    let ids: Vec<String> = open["data"].as_array().unwrap().iter().map(|row| text(&row["id"])).collect();
    assert_eq!(ids.len(), 2);
    let grounds = json!({ "note": "Bukti pemakaian" });
    let won = story.staff("POST /api/whm/disputes/{id}/won", &[&ids[0]], grounds.clone(), 200).await;
    assert_eq!(won["status"], "won");
    story.staff("POST /api/whm/disputes/{id}/won", &[&ids[0]], grounds.clone(), 200).await;
    story.staff("POST /api/whm/disputes/{id}/lost", &[&ids[0]], grounds.clone(), 409).await;
    story.staff("POST /api/whm/disputes/{id}/lost", &[&ids[1]], json!({ "note": " " }), 422).await;
    story.staff("POST /api/whm/disputes/{id}/lost", &[&ids[1]], grounds, 200).await;
    let shown = story.staff("GET /api/whm/disputes/{id}", &[&ids[1]], NONE, 200).await;
    assert_eq!(shown["status"], "lost");
    story.house.world.books_are_right().await;
}

/// Tax that a customer withholds, proven, taken back and not withheld after all.
async fn withheld_tax(story: &mut Story) {
    let customer = story.house.customer_id().clone();
    let db = story.house.world.services.db.clone();
    let duties = "POST /api/whm/customers/{id}/tax-duties";
    let wrong = json!({ "vat_collector": "king", "withholds_income_tax": true, "reason": "x" });
    story.staff(duties, &[customer.as_str()], wrong, 422).await;
    let row = customers::get(&db, &customer).await.unwrap();
    let bill = story.house.world.invoice(&row, &[100_000]).await.id;
    let declare = "POST /api/whm/invoices/{id}/withholding";
    story.staff(declare, &[bill.as_str()], NONE, 409).await;
    let right = json!({ "vat_collector": null, "withholds_income_tax": true, "reason": "PT" });
    story.staff(duties, &[customer.as_str()], right, 204).await;
    let row = story.staff(declare, &[bill.as_str()], NONE, 200).await;
    assert_eq!((&row["status"], &row["amount"]), (&json!("outstanding"), &json!(2_000)));
    let id = [text(&row["id"])];
    let id = [id[0].as_str()];
    story.staff("GET /api/whm/withholdings", &[], NONE, 200).await;
    let prove = "POST /api/whm/withholdings/{id}/prove";
    let proof = json!({ "number": "2500000123", "date": "2026-11-20" });
    story.staff(prove, &id, json!({ "number": "", "date": "2026-11-20" }), 422).await;
    let proven = story.staff(prove, &id, proof.clone(), 200).await;
    assert_eq!(proven["status"], "received");
    story.staff(prove, &id, proof, 200).await;
    let why = json!({ "reason": "Atas nama perusahaan lain" });
    let back = story.staff("POST /api/whm/withholdings/{id}/revert", &id, why, 200).await;
    assert_eq!(back["status"], "reverted");
    let again = story.staff(declare, &[bill.as_str()], NONE, 200).await;
    let again = text(&again["id"]);
    let gone = story.staff("POST /api/whm/withholdings/{id}/withdraw", &[&again], NONE, 200).await;
    assert_eq!(gone["status"], "withdrawn");
    story
        .staff(duties, &[customer.as_str()], json!({ "withholds_income_tax": false, "reason": "Tidak lagi" }), 204)
        .await;
    story.house.world.books_are_right().await;
}

/// Late fees, trials, debts that were given up.
async fn rules_of_staff(story: &mut Story) {
    let customer = story.house.customer_id().0.clone();
    let exemption = "GET /api/whm/customers/{id}/late-fee-exemption";
    assert_eq!(story.staff(exemption, &[&customer], NONE, 200).await["exemption"], NONE);
    let why = json!({ "reason": "Pelanggan lama" });
    let placed = story.staff("POST /api/whm/customers/{id}/late-fee-exemption", &[&customer], why, 200).await;
    assert_eq!(placed["exemption"]["reason"], "Pelanggan lama");
    story.staff("POST /api/whm/customers/{id}/late-fee-exemption/lift", &[&customer], NONE, 204).await;
    let product = product::Entity::find().one(&story.house.world.services.db).await.unwrap().unwrap();
    let trial = "POST /api/whm/products/{id}/trial";
    story.staff(trial, &[product.id.as_str()], json!({ "days": -1 }), 422).await;
    story.staff(trial, &[product.id.as_str()], json!({ "days": product.trial_days }), 204).await;
    let given_up = story.staff("GET /api/whm/write-offs", &[], NONE, 200).await;
    assert_eq!(given_up["data"][0]["reason"], "Bankrupt");
}

/// From the wallet, and where that is short from a gateway.
async fn changing_the_plan(story: &mut Story, bought: &Bought) {
    let id = [bought.subscription.as_str()];
    let ghost = product::Entity::find().one(&story.house.world.services.db).await.unwrap().unwrap();
    story.house.world.plan(&ghost, "ghost-larger", 2, 20).await;
    story.house.world.gives(&story.house.buyer, 500_000).await;
    let plan = json!({ "plan": "ghost-larger" });
    let quote = story.customer("POST /api/panel/subscriptions/{id}/change-quote", &id, plan.clone(), 200).await;
    let sum: i64 = quote["lines"].as_array().unwrap().iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    assert_eq!(quote["total"], sum);
    let agreed = json!({ "quote_id": quote["quote_id"] });
    story.customer("POST /api/panel/subscriptions/{id}/change", &id, agreed, 202).await;
    story.house.world.settle_down().await;
    let changed = story.customer("GET /api/panel/subscriptions/{id}", &id, NONE, 200).await;
    assert_eq!(changed["plan"]["code"], "ghost-larger");
    story.customer("POST /api/panel/subscriptions/{id}/change-quote", &id, json!({ "plan": "ghost-1" }), 422).await;
    let yearly = json!({ "plan": "ghost-larger", "cycle": "annually" });
    let renewed = json!({ "auto_renew": true });
    story.customer("PATCH /api/panel/subscriptions/{id}", &id, renewed, 200).await;
    let later = story.customer("POST /api/panel/subscriptions/{id}/change-at-renewal", &id, yearly, 200).await;
    assert_eq!(later["status"], "scheduled");
    let changed = story.customer("GET /api/panel/subscriptions/{id}", &id, NONE, 200).await;
    assert_eq!(changed["next_terms"]["cycle"], "annually");
    let ids = [bought.subscription.as_str(), later["id"].as_str().unwrap()];
    story.customer("POST /api/panel/subscriptions/{id}/changes/{change}/cancel", &ids, NONE, 200).await;
    let nothing = json!({ "plan": "ghost-larger", "cycle": "weekly" });
    story.customer("POST /api/panel/subscriptions/{id}/change-at-renewal", &id, nothing, 422).await;
    let unknown = json!({ "quote_id": "chg_0" });
    story.customer("POST /api/panel/subscriptions/{id}/change", &id, unknown, 404).await;
}

/// A contract that is paid after its slot fell back and the plan was sold out.
async fn waiting_for_room(story: &mut Story) {
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let waits = SubscriptionId(text(&placed["order"]["items"][0]["subscription_id"]));
    // Slots others gave back are taken first.
    story.house.world.settle_down().await;
    let ctx = story.house.world.system();
    let tx = ctx.begin().await.unwrap();
    quota::release(&ctx, &tx, &waits).await.unwrap();
    plan::Entity::update_many()
        .col_expr(plan::Column::QuotaUsed, Expr::col(plan::Column::QuotaTotal))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let invoice = text(&placed["invoice"]["id"]);
    let by_wallet = json!({ "gateway": "wallet" });
    story.customer("POST /api/panel/invoices/{id}/payments", &[&invoice], by_wallet, 201).await;
    story.house.world.settle_down().await;
    let ended = story.customer("POST /api/panel/subscriptions/{id}/refund", &[waits.as_str()], NONE, 200).await;
    assert_eq!(ended["end_reason"], "no_capacity");
    story.customer("POST /api/panel/subscriptions/{id}/refund", &[waits.as_str()], NONE, 409).await;
}

async fn contracts_of_staff(story: &mut Story, bought: &Bought) {
    let contract = json!({ "subscription_id": bought.subscription, "reason": "Abuse" });
    for act in ["provision", "suspend", "unsuspend"] {
        story.staff(&format!("POST /api/whm/services/{act}"), &[], contract.clone(), 202).await;
        story.house.world.settle_down().await;
    }
    // Nothing is asked for yet: there is no suspension to put off.
    let more = json!({ "days": 7, "reason": "Salary is late" });
    story.staff("POST /api/whm/subscriptions/{id}/grace", &[&bought.subscription], more, 409).await;
    let end = json!({ "when": "period_end", "reason": "Too dear" });
    story.customer("POST /api/panel/subscriptions/{id}/cancel", &[&bought.subscription], end, 200).await;
    story.staff("POST /api/whm/services/terminate", &[], contract, 202).await;
}
