//! Somebody else's things look like things that are not there: the same answer, before anything else is looked at,
//! and nothing changes.
use super::{
    bad_json, forms,
    routes::{self, Route, nobodys},
};
use crate::support::{
    money::by,
    site::{Answer, Browser, Program},
    snapshot::changed,
    town::Town,
};
use entity::value::next_ulid;
use regex::Regex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use yumna::domain::payments::attempt;

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
fn plain(answer: &Answer) -> Value {
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

/// What the stranger has himself, by the word it stands behind in addresses.
type Own = BTreeMap<&'static str, String>;

/// The stranger buys something, owes for something and fills his wallet, too.
async fn has_things_himself(town: &Town) -> Own {
    let (world, stranger) = (&town.world, &town.stranger);
    world.gives(stranger, 900_000).await;
    let bought = world.orders(stranger, "ghost-basic").await.unwrap();
    world.pays(&bought).await;
    let owed = world.orders(stranger, "ghost-basic").await.unwrap();
    let top_up = attempt::start_top_up(&world.system(), &stranger.customer_id, 50_000, &by("qris", None)).await;
    world.settle_down().await;
    BTreeMap::from([
        ("subscriptions", world.contract(&bought).await.id.0),
        ("invoices", owed.invoice.id.0),
        ("payments", top_up.unwrap().id.0),
    ])
}

/// The own thing an address begins with: `/panel/invoices/{id}/…`.
fn begins_with<'a>(route: &Route, own: &'a Own) -> &'a str {
    let (_, rest) = route.pattern.split_once("/panel/").unwrap();
    let noun = rest.split('/').next().unwrap();
    own.get(noun).unwrap_or_else(|| panic!("the stranger needs something of his own for {}", route.name()))
}

/// Ids that stand in a text.
fn ids_in(text: &str) -> Vec<String> {
    let id = Regex::new(r"\b[a-z]{2,6}_[0-9A-HJKMNP-TV-Z]{26}\b").unwrap();
    id.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// A page or form, as the whole of it is answered.
async fn open(who: &mut Browser<'_>, route: &Route, path: &str, form: &[(&'static str, String)]) -> Answer {
    let mut request = who.request(&route.method, path).header("x-csrf-token", &who.token);
    if route.is_post() {
        request = request.form(form);
    }
    who.send(request).await
}

#[tokio::test]
async fn below_what_is_ones_own_there_is_nothing_of_others() {
    let town = Town::new().await;
    let own = has_things_himself(&town).await;
    let (program, mut browser) = (town.stranger_program().await, town.stranger_browser().await);
    let before = town.world.snapshot().await;

    let mut walked = 0;
    for route in owned_api().into_iter().chain(owned_pages()) {
        let places = route.places();
        let [first, second] = &places[..] else {
            assert_eq!(places.len(), 1, "{}", route.name());
            continue;
        };
        let mine = begins_with(&route, &own);
        let theirs = town.id(route.thing_at(second)).to_owned();
        let mut answers = Vec::new();
        for id in [theirs.clone(), nobodys(&theirs)] {
            let path = route.here_with(&town, &[(first.as_str(), mine), (second.as_str(), id.as_str())]);
            let answer = if route.pattern.starts_with("/api/") {
                let answer = call(&program, &route, &path, BODIES[0]).await;
                assert_eq!(answer.code(), "NOT_FOUND", "{path}");
                (answer.status, plain(&answer).to_string())
            } else {
                let form = if route.is_post() { forms::of(&route, &town) } else { Vec::new() };
                let answer = open(&mut browser, &route, &path, &form).await;
                (answer.status, answer.body.replace(&id, "ID"))
            };
            assert_eq!(answer.0, 404, "{} {path}", route.name());
            answers.push(answer.1);
        }
        assert_eq!(answers[0], answers[1], "{}", route.name());
        walked += 1;
    }

    assert!(walked >= 7, "{walked} addresses have two places");
    assert_eq!(changed(&before, &town.world.snapshot().await), Vec::<String>::new());
    // What he has himself is there for him: it was the second place that was not found.
    for noun in ["invoices", "subscriptions", "payments"] {
        assert_eq!(program.get(&format!("/api/panel/{noun}/{}", own[noun])).await.status, 200, "{noun}");
    }
}

#[tokio::test]
async fn what_is_sent_along_names_nothing_of_others() {
    let town = Town::new().await;
    let own = has_things_himself(&town).await;
    let (program, mut browser) = (town.stranger_program().await, town.stranger_browser().await);
    let before = town.world.snapshot().await;

    let mut walked = Vec::new();
    for route in bad_json::with_body().into_iter().filter(|route| route.pattern.starts_with("/api/panel/")) {
        let theirs = bad_json::good_body(&route, &town).to_string();
        let Some(id) = ids_in(&theirs).pop() else { continue };
        let path = match route.places().first() {
            Some(first) => route.here_with(&town, &[(first.as_str(), begins_with(&route, &own))]),
            None => route.here(&town),
        };
        let mut answers = Vec::new();
        for body in [theirs.clone(), theirs.replace(&id, &nobodys(&id))] {
            let request = program.request(&route.method, &path).header("content-type", "application/json");
            let answer = program.send(request.header("idempotency-key", next_ulid().to_string()).body(body)).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "NOT_FOUND"), "{} {theirs}", route.name());
            answers.push(plain(&answer));
        }
        assert_eq!(answers[0], answers[1], "{}", route.name());
        walked.push(route.name());
    }
    let posts = routes::pages().into_iter().filter(|route| route.is_post() && route.pattern.starts_with("/panel/"));
    for route in posts {
        let form = forms::of(&route, &town);
        let Some(id) = form.iter().flat_map(|(_, value)| ids_in(value)).next() else { continue };
        let path = match route.places().first() {
            Some(first) => route.here_with(&town, &[(first.as_str(), begins_with(&route, &own))]),
            None => route.here(&town),
        };
        let nobody = nobodys(&id);
        let both = [form.clone(), form.iter().map(|(name, value)| (*name, value.replace(&id, &nobody))).collect()];
        let mut answers = Vec::new();
        for form in &both {
            let answer = open(&mut browser, &route, &path, form).await;
            assert_eq!(answer.status, 404, "{} {form:?}", route.name());
            answers.push(answer.body);
        }
        assert_eq!(answers[0], answers[1], "{}", route.name());
        walked.push(route.name());
    }
    for known in [
        "POST /api/panel/invoices/pay-together",
        "POST /api/panel/subscriptions/{id}/change",
        "POST /panel/account",
        "POST /panel/invoices/pay-together",
        "POST /panel/invoices/{id}/pay/check",
        "POST /panel/invoices/{id}/pay/cancel",
        "POST /panel/invoices/{id}/pay/proof",
        "POST /panel/payments/{id}/check",
        "POST /panel/payments/{id}/cancel",
        "POST /panel/payments/{id}/proof",
    ] {
        assert!(walked.iter().any(|name| name == known), "{known}: {walked:?}");
    }

    assert_eq!(changed(&before, &town.world.snapshot().await), Vec::<String>::new());
}

#[tokio::test]
async fn one_foreign_invoice_among_own_ones_is_paid_by_nobody() {
    let town = Town::new().await;
    let own = has_things_himself(&town).await;
    let (program, mut browser) = (town.stranger_program().await, town.stranger_browser().await);
    let before = town.world.snapshot().await;
    let (mine, theirs) = (own["invoices"].as_str(), town.id("invoice"));

    for chosen in [vec![mine, theirs], vec![theirs, mine], vec![theirs]] {
        for mut body in [json!({ "gateway": "wallet" }), json!({ "gateway": "scripted", "method": "qris" })] {
            body["invoices"] = json!(chosen);
            let request = program.request("POST", "/api/panel/invoices/pay-together").json(&body);
            let answer = program.send(request.header("idempotency-key", next_ulid().to_string())).await;
            assert_eq!((answer.status, answer.code().as_str()), (404, "NOT_FOUND"), "{body}");
        }
        for way in ["wallet", "scripted:qris"] {
            let form = [("invoices", chosen.join(",")), ("way", way.to_owned())];
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(browser.post("/panel/invoices/pay-together", &form).await.status, 404, "{form:?}");
        }
        let ticked: Vec<String> = chosen.iter().map(|id| format!("invoice={id}")).collect();
        let page = browser.get(&format!("/panel/invoices/pay-together?{}", ticked.join("&"))).await;
        let shown = page.body.split_once("name=\"invoices\" value=\"").map(|(_, rest)| rest.split('"').next().unwrap());
        assert_eq!(shown, chosen.contains(&mine).then_some(mine), "a foreign invoice that is ticked is left out");
    }

    assert_eq!(changed(&before, &town.world.snapshot().await), Vec::<String>::new());
    let only = json!({ "gateway": "wallet", "invoices": [mine] });
    assert_eq!(program.call("POST", "/api/panel/invoices/pay-together", &only).await.status, 201, "his own he may pay");
}

/// What names the rows of a list: their ids, or their numbers.
fn rows(answer: &Answer) -> BTreeSet<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let list = answer.json();
    let name = |row: &Value| row["id"].as_str().or(row["number"].as_str()).unwrap().to_owned();
    list["data"].as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn a_place_in_the_list_of_another_leads_to_nothing_of_his() {
    let town = Town::new().await;
    has_things_himself(&town).await;
    let (owner, stranger) = (town.owner_program().await, town.stranger_program().await);

    let mut walked = Vec::new();
    for route in routes::api() {
        let path = &route.pattern;
        if route.method != "GET" || !path.starts_with("/api/panel/") || path.contains('{') {
            continue;
        }
        let page = owner.get(&format!("{path}?limit=1")).await;
        let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else { continue };
        let theirs = rows(&owner.get(&format!("{path}?limit=200")).await);
        let place = serde_urlencoded::to_string([("limit", "200"), ("cursor", cursor.as_str())]).unwrap();
        let shown = rows(&stranger.get(&format!("{path}?{place}")).await);
        assert!(shown.is_disjoint(&theirs), "{path}: {shown:?}");
        walked.push(route.name());
    }
    assert!(walked.len() >= 5, "{walked:?}");
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
