//! The document is complete and true: it names every route and no other, and what handlers really answer is what it
//! says. One story makes every call.
mod books;
mod buying;
mod desk;
mod money;
mod papers;
mod running;
mod story;
mod workshop;

use self::{
    books::{books_of_staff, rules_of_staff, what_is_added, what_is_sold, withheld_tax},
    buying::{buying, catalogue_and_accounts, changing_the_plan, waiting_for_room},
    desk::{closing, coupons, drafts, merging, quotes, settings},
    money::{decisions, money_of_staff, payouts_and_disputes, reports_of_payouts, transfers, unallocated},
    papers::{accounts, papers, second_thoughts, withheld_by_the_customer},
    running::{automation_of_staff, contracts_of_staff, running, watching},
    story::{NONE, Story},
    workshop::{background, clusters_of_staff, house_of_staff, instances_of_staff, take_over},
};
use super::{
    house::{Answer, House},
    schema::misfits,
};
use crate::tidy::rust_files;
use actix_web::test::TestRequest;
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use yumna::web::page_checks;

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

#[actix_web::test]
async fn what_handlers_answer_is_what_the_document_says() {
    let house = House::new().await;
    let mut story = Story { house, document: document(), made: BTreeSet::new() };

    catalogue_and_accounts(&mut story).await;
    let bought = buying(&mut story).await;
    running(&mut story, &bought).await;
    watching(&mut story, &bought).await;
    Box::pin(instances_of_staff(&mut story, &bought)).await;
    Box::pin(clusters_of_staff(&mut story)).await;
    automation_of_staff(&mut story).await;
    money_of_staff(&mut story).await;
    books_of_staff(&mut story).await;
    Box::pin(decisions(&mut story)).await;
    Box::pin(second_thoughts(&mut story)).await;
    transfers(&mut story).await;
    Box::pin(coupons(&mut story)).await;
    quotes(&mut story).await;
    drafts(&mut story).await;
    unallocated(&mut story).await;
    closing(&mut story).await;
    merging(&mut story).await;
    Box::pin(payouts_and_disputes(&mut story)).await;
    Box::pin(reports_of_payouts(&mut story)).await;
    Box::pin(withheld_tax(&mut story)).await;
    Box::pin(withheld_by_the_customer(&mut story)).await;
    Box::pin(papers(&mut story)).await;
    Box::pin(accounts(&mut story)).await;
    Box::pin(take_over(&mut story)).await;
    Box::pin(rules_of_staff(&mut story)).await;
    Box::pin(what_is_sold(&mut story)).await;
    Box::pin(what_is_added(&mut story)).await;
    Box::pin(settings(&mut story)).await;
    changing_the_plan(&mut story, &bought).await;
    waiting_for_room(&mut story).await;
    contracts_of_staff(&mut story, &bought).await;
    Box::pin(background(&mut story)).await;
    Box::pin(house_of_staff(&mut story)).await;
    story.customer("POST /api/auth/logout", &[], NONE, 204).await;

    let missed: Vec<String> = operations(&story.document).difference(&story.made).cloned().collect();
    assert!(missed.is_empty(), "never called: {missed:#?}");
}
