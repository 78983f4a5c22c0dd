//! Somebody else's things look like things that are not there: the same answer, before anything else is looked at,
//! and nothing changes.
use super::{
    forms,
    routes::{self, Route},
};
use crate::support::{
    site::{Answer, Program},
    snapshot::changed,
    town::Town,
};

/// Bodies from good to unreadable.
const BODIES: &[&str] = &[
    r#"{"gateway":"scripted","method":"qris","auto_renew":false,"when":"now","reason":"x"}"#,
    r#"{"gateway":1,"auto_renew":"yes","when":[]}"#,
    "{",
    "",
];

fn owned_api() -> Vec<Route> {
    let routes = routes::api().into_iter();
    let routes: Vec<Route> =
        routes.filter(|route| route.pattern.starts_with("/api/panel/") && route.pattern.contains('{')).collect();
    assert!(routes.len() > 15, "{routes:?}");
    routes
}

fn owned_pages() -> Vec<Route> {
    let routes = routes::pages().into_iter();
    let routes: Vec<Route> =
        routes.filter(|route| route.pattern.starts_with("/panel/") && route.pattern.contains('{')).collect();
    assert!(routes.len() > 20, "{routes:?}");
    routes
}

async fn call(who: &Program<'_>, route: &Route, path: &str, body: &'static str) -> Answer {
    let request = who.request(&route.method, path).header("content-type", "application/json");
    who.send(request.header("idempotency-key", "k1").body(body)).await
}

/// A problem document without what is different every time.
fn plain(answer: &Answer) -> serde_json::Value {
    let mut problem = answer.json();
    problem.as_object_mut().expect("a problem document").remove("instance");
    problem
}

#[tokio::test]
async fn a_stranger_finds_nothing_through_the_api() {
    let town = Town::new().await;
    let stranger = town.stranger_program().await;
    let before = town.world.snapshot().await;

    for route in owned_api() {
        for body in BODIES {
            let foreign = call(&stranger, &route, &route.here(&town), body).await;
            let missing = call(&stranger, &route, &route.nowhere(&town), body).await;
            assert_eq!((foreign.status, foreign.code().as_str()), (404, "NOT_FOUND"), "{} {body}", route.name());
            assert_eq!(plain(&foreign), plain(&missing), "{} {body}", route.name());
        }
    }

    assert_eq!(changed(&before, &town.world.snapshot().await), Vec::<String>::new());
    let owner = town.owner_program().await;
    for route in owned_api() {
        let own = call(&owner, &route, &route.here(&town), BODIES[0]).await;
        assert_ne!(own.status, 404, "{} is there for its owner", route.name());
    }
}

#[tokio::test]
async fn an_account_of_others_cannot_be_chosen() {
    let town = Town::new().await;
    let stranger = town.stranger_program().await;
    let before = town.world.snapshot().await;
    let foreign = town.owner.customer_id.as_str();

    for route in routes::api().into_iter().filter(|route| route.pattern.starts_with("/api/panel/")) {
        for account in [foreign, "cus_00000000000000000000000000"] {
            let request = stranger.request(&route.method, &route.here(&town)).header("yumna-customer", account);
            let answer = stranger.send(request.header("idempotency-key", "k1").body("{")).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "NOT_FOUND"), "{}", route.name());
        }
    }
    let mut browser = town.stranger_browser().await;
    assert_eq!(browser.post("/panel/account", &[("customer", foreign)]).await.status, 404);

    assert_eq!(changed(&before, &town.world.snapshot().await), Vec::<String>::new());
}

/// A page without what names the place asked for or the moment.
fn without(page: &str, path: &str) -> String {
    let (_, id) = path.split_at("/panel/".len());
    let id = id.split('/').nth(1).unwrap();
    page.replace(id, "ID")
}

#[tokio::test]
async fn a_stranger_finds_nothing_on_pages() {
    let town = Town::new().await;
    let mut stranger = town.stranger_browser().await;
    let before = town.world.snapshot().await;

    for route in owned_pages() {
        let form = if route.is_post() { forms::of(&route, &town) } else { Vec::new() };
        for is_partial in [false, true] {
            let (here, nowhere) = (route.here(&town), route.nowhere(&town));
            let mut answers = Vec::new();
            for path in [&here, &nowhere] {
                let mut request = stranger.request(&route.method, path).header("x-csrf-token", &stranger.token);
                if is_partial {
                    request = request.header("hx-request", "true").header("hx-request-type", "partial");
                }
                if route.is_post() {
                    request = request.form(&form);
                }
                let answer = stranger.send(request).await;
                assert_eq!(answer.status, 404, "{} {path}", route.name());
                answers.push(without(&answer.body, path));
            }
            assert_eq!(answers[0], answers[1], "{}", route.name());
            assert_eq!(answers[0].to_lowercase().contains("<!doctype html>"), !is_partial, "{}", answers[0]);
        }
    }

    assert_eq!(changed(&before, &town.world.snapshot().await), Vec::<String>::new());
    let mut owner = town.owner_browser("id").await;
    for route in owned_pages().into_iter().filter(|route| !route.is_post()) {
        let own = owner.get(&route.here(&town)).await;
        assert!(own.status < 400, "{} is there for its owner: {}", route.name(), own.status);
    }
}

#[tokio::test]
async fn the_link_of_one_invoice_opens_no_payment_of_another() {
    let town = Town::new().await;
    let mut visitor = town.site.browser(None, "id").await;
    let before = town.world.snapshot().await;

    for (foreign, address) in [("paid_payment", "pay_token"), ("top_up", "pay_token")] {
        for act in ["check", "cancel"] {
            let path = format!("/pay/{}/{act}", town.id(address));
            assert_eq!(visitor.post(&path, &[("payment", town.id(foreign))]).await.status, 404, "{path}");
        }
    }
    let mut stranger = town.stranger_browser().await;
    stranger.post("/cart/remove", &[("item", town.id("cart_item"))]).await;
    let paid = stranger.post("/checkout", &[("shown", town.id("cart")), ("accepted_terms", "1")]).await;
    assert_eq!((paid.status, paid.location()), (303, "/cart"));

    assert_eq!(changed(&before, &town.world.snapshot().await), Vec::<String>::new());
}
