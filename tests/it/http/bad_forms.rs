//! Whatever is sent in a form or asked for in an address, the answer is a page that says what is wrong, never a failure
//! of ours, and nothing is half done.
use super::{
    forms,
    routes::{self, Route},
};
use crate::support::{
    db::postgres_url,
    people::PASSWORD,
    site::{Answer, Browser},
    snapshot::{Snapshot, changed, left_behind, overfull},
    town::Town,
};
use std::collections::BTreeSet;
use yumna::web::page_checks;

/// Largest form.
const LIMIT_BYTES: usize = 256 * 1024;
const SCRIPT: &str = "<script>alert(1)</script>";

/// What is put into every field, as it is sent.
fn bad_values() -> Vec<String> {
    let mut values: Vec<String> = [
        "",
        "+",
        "0",
        "-1",
        "0.5",
        "1e400",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "NaN",
        "%00",
        "a%00b",
        "%FF%FE",
        "%ED%A0%80",
        "a%0D%0ABcc%3A+b%40example.test",
        "%07",
        "%E2%80%AEgnitirw",
        "%F0%9F%98%80+%C3%9Cn%C3%AFc%C3%B6d%C3%A9+%D7%A2",
        "'%3B+DROP+TABLE+users%3B+--",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E",
        "%",
        "%zz",
        "%2F%2Fevil.test",
        "javascript%3Aalert(1)",
    ]
    .map(str::to_owned)
    .into();
    values.extend([5_000, 200_000].map(|length| "x".repeat(length)));
    values
}

/// Of the bad values of the field at `at`, those that this database is tried with: each takes every second one, in turns
/// over the fields, so that both together try every value in every field. What databases read differently both take.
pub(super) fn share(at: usize, bad: Vec<String>) -> Vec<String> {
    let turn = usize::from(postgres_url().is_some());
    let is_delicate =
        |value: &str| value.contains("%00") || value.contains("\\u0000") || value.contains("922337203685477");
    let mine = |(place, value): &(usize, String)| (at + place) % 2 == turn || is_delicate(value);
    bad.into_iter().enumerate().filter(mine).map(|(_, value)| value).collect()
}

fn encoded(fields: &[(&str, String)]) -> Vec<String> {
    fields.iter().map(|(name, value)| serde_urlencoded::to_string([(name, value)]).unwrap()).collect()
}

/// The good form with every value replaced by every bad one, twice there, and without it.
fn mutations(good: &[(&'static str, String)]) -> Vec<String> {
    let parts = encoded(good);
    let mut bodies = vec![parts.join("&"), String::new(), "&&=&".to_owned(), "surprise=1".to_owned()];
    for (at, (name, _)) in good.iter().enumerate() {
        let with = |part: Option<String>| {
            let mut parts = parts.clone();
            match part {
                Some(part) => parts[at] = part,
                None => drop(parts.remove(at)),
            }
            parts.join("&")
        };
        bodies.extend(share(at, bad_values()).iter().map(|bad| with(Some(format!("{name}={bad}")))));
        bodies.push(with(Some(format!("{}&{}", parts[at], parts[at]))));
        bodies.push(with(None));
    }
    bodies
}

/// Every page shows problems as a page, every part of a page as a part.
fn is_clear(answer: &Answer, is_partial: bool, what: &str) {
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.body);
    if answer.status >= 400 || (answer.status == 200 && answer.header("content-type").starts_with("text/html")) {
        let problems = page_checks::problems(&answer.body);
        assert!(problems.is_empty(), "{what}: {problems:?}");
        assert!(!answer.body.contains(SCRIPT), "{what}: {}", answer.body);
    }
    if answer.status >= 400 {
        assert!(answer.header("content-type").starts_with("text/html"), "{what}");
        let is_page = answer.body.to_lowercase().contains("<!doctype html>");
        let is_alert = answer.header("hx-retarget") == "#toasts" && !is_page;
        // A form that is shown again with what is wrong in it is a page for htmx too, which takes its part out of it.
        assert!(is_page != (is_partial && is_alert), "{what}: {}", answer.body);
    }
}

async fn browser_for<'a>(town: &'a Town, route: &Route) -> Browser<'a> {
    if route.pattern.starts_with("/whm") {
        let mut admin = town.browser_of("admin", "id").await;
        if route.pattern != "/whm/step-up" {
            assert_eq!(admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await.status, 303);
        }
        admin
    } else if route.pattern.starts_with("/panel") || route.pattern == "/checkout" {
        town.owner_browser("id").await
    } else {
        town.site.browser(None, "en").await
    }
}

async fn send(browser: &mut Browser<'_>, path: &str, kind: &str, is_partial: bool, body: Vec<u8>) -> Answer {
    let request = browser.request("POST", path).header("content-type", kind).header("x-csrf-token", &browser.token);
    let request = match is_partial {
        true => request.header("hx-request", "true").header("hx-request-type", "partial"),
        false => request,
    };
    browser.send(request.body(body)).await
}

const FORM: &str = "application/x-www-form-urlencoded";

async fn try_everything(town: &Town, route: &Route, before: &mut Snapshot) {
    let mut browser = browser_for(town, route).await;
    let (path, good) = (route.here(town), forms::of(route, town));
    *before = town.world.row_counts().await;
    for body in mutations(&good) {
        let is_partial = body.len() % 2 == 1;
        let answer = send(&mut browser, &path, FORM, is_partial, body.clone().into_bytes()).await;
        let what = format!("{} {}", route.name(), &body[..body.len().min(400)]);
        is_clear(&answer, is_partial, &what);
        if body.contains("%00") {
            assert_eq!(answer.status, 422, "{what}");
        }
        let after = town.world.row_counts().await;
        if answer.status >= 400 {
            assert_eq!(changed(before, &after), Vec::<String>::new(), "{what}");
        }
        *before = after;
        if answer.location().starts_with("/login") {
            browser = browser_for(town, route).await;
            *before = town.world.row_counts().await;
        }
    }
}

async fn try_all(is_mine: impl Fn(&str) -> bool) {
    let town = Town::new().await;
    let mut before = town.world.row_counts().await;
    let mut tried = 0;
    let mut routes: Vec<Route> = routes::pages().into_iter().filter(|route| route.is_post()).collect();
    // Wrong proofs lock the door for a while.
    routes.sort_by_key(|route| route.pattern == "/whm/step-up");
    for route in routes.into_iter().filter(|route| is_mine(&route.pattern)) {
        try_everything(&town, &route, &mut before).await;
        let overfull = overfull(&town.world.snapshot().await);
        assert!(overfull.is_empty(), "{} lets {overfull:?} keep a text without end", route.name());
        tried += 1;
    }
    assert!(tried > 10, "{tried}");
    town.world.books_are_right().await;
}

#[tokio::test]
async fn bad_forms_are_refused_in_the_shop() {
    try_all(|pattern| !pattern.starts_with("/panel") && !pattern.starts_with("/whm")).await;
}

#[tokio::test]
async fn bad_forms_are_refused_in_the_panel() {
    try_all(|pattern| pattern.starts_with("/panel")).await;
}

#[tokio::test]
async fn bad_forms_are_refused_in_whm() {
    try_all(|pattern| pattern.starts_with("/whm")).await;
}

#[tokio::test]
async fn what_is_no_form_or_too_much_is_refused() {
    let town = Town::new().await;
    let before = town.world.row_counts().await;
    for route in routes::pages().into_iter().filter(Route::is_post) {
        let mut browser = browser_for(&town, &route).await;
        let path = route.here(&town);
        let good = encoded(&forms::of(&route, &town)).join("&").into_bytes();
        for is_partial in [false, true] {
            for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
                let answer = send(&mut browser, &path, kind, is_partial, good.clone()).await;
                is_clear(&answer, is_partial, &route.name());
                assert_eq!(answer.status, 415, "{} as {kind:?}", route.name());
            }
            for body in [vec![b'x'; LIMIT_BYTES + 1], vec![b'x'; 3 * 1024 * 1024]] {
                let answer = send(&mut browser, &path, FORM, is_partial, body).await;
                is_clear(&answer, is_partial, &route.name());
                assert_eq!(answer.status, 413, "{}", route.name());
            }
        }
    }
    assert_eq!(left_behind(&before, &town.world.row_counts().await), Vec::<String>::new());
}

#[tokio::test]
async fn addresses_of_pages_may_be_anything() {
    let town = Town::new().await;
    let before = town.world.row_counts().await;
    let long = "x".repeat(1_500);
    let words = [
        "!",
        "-1",
        "0.5",
        "18446744073709551616",
        "%00",
        "%FF%FE",
        "%ED%A0%80",
        "%0D%0AX:%201",
        "%E2%80%AE",
        "%F0%9F%98%80",
        "'%3B%20DROP%20TABLE%20users%3B--",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "%2F..%2F",
        "%",
        "%zz",
        "bm90IGEgY3Vyc29y",
        "//evil.test",
        &long,
    ];
    let names = [
        "q", "status", "customer", "cursor", "actor", "kind", "target", "next", "lang", "theme", "back", "change",
        "category", "cycle", "plan", "tab", "since", "token",
    ];
    let words = words.map(str::to_owned).to_vec();
    let routes = routes::pages().into_iter().filter(|route| !route.is_post() && !route.is_stream());
    for (turn, route) in routes.enumerate() {
        let mut browser = browser_for(&town, &route).await;
        let here = route.here(&town);
        for word in share(turn, words.clone()) {
            if let Some(at) = route.pattern.find('{') {
                let tail = here[at..].find('/').map_or("", |length| &here[at + length..]);
                let answer = browser.get(&format!("{}{word}{tail}", &here[..at])).await;
                is_clear(&answer, false, &format!("{} {word}", route.name()));
            }
            // Opening these does what the address says: proves a mail address, keeps the drawn document.
            let drawn = ["/pdf", "/receipts/", "/credit-notes/"];
            let is_drawn = drawn.iter().any(|part| route.pattern.contains(part));
            if route.pattern == "/verify/{token}" || is_drawn {
                continue;
            }
            let query: Vec<String> = names.iter().map(|name| format!("{name}={word}")).collect();
            for query in [query.join("&"), format!("{0}={word}&{0}={word}", "cursor")] {
                let answer = browser.get(&format!("{here}?{query}")).await;
                is_clear(&answer, false, &format!("{} {query}", route.name()));
                assert!(!answer.location().starts_with("//"), "{}: {}", route.name(), answer.location());
            }
        }
    }
    assert_eq!(left_behind(&before, &town.world.row_counts().await), Vec::<String>::new());
}

#[tokio::test]
async fn cookies_may_be_anything() {
    let town = Town::new().await;
    for cookie in ["session", "cart", "browser", "flash", "lang", "theme"] {
        for value in ["%00", "%FF", "x", "bad|whm-saved", "good|no-such-key", "%3Cscript%3Ealert(1)%3C/script%3E"] {
            for path in ["/", "/cart", "/login"] {
                let request = town.site.request("GET", path).header("cookie", format!("{cookie}={value}"));
                let answer = town.site.send(request).await;
                assert_eq!(answer.status, 200, "{cookie}={value} {path}");
                is_clear(&answer, false, cookie);
            }
        }
    }
}

#[tokio::test]
async fn what_people_write_is_shown_as_text() {
    let town = Town::new().await;
    let mut owner = town.owner_browser("id").await;
    let profile: Vec<(&str, &str)> =
        ["name", "company", "street_1", "street_2", "city", "state"].map(|name| (name, SCRIPT)).into();
    assert_eq!(owner.post("/panel/profile", &profile).await.location(), "/panel/profile");
    let mut admin = town.browser_of("admin", "id").await;
    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await;
    let customer = town.id("customer");
    let acts: &[(String, &[(&str, &str)])] = &[
        (format!("/whm/customers/{customer}/notes"), &[("body", SCRIPT)]),
        (
            format!("/whm/customers/{customer}/wallet"),
            &[("direction", "in"), ("amount", "25000"), ("reason", SCRIPT), ("key", "frm_1")],
        ),
        (
            format!("/whm/invoices/{}/credit", town.id("paid_invoice")),
            &[("amount", "1000"), ("reason", SCRIPT), ("key", "frm_2")],
        ),
        (format!("/whm/invoices/{}/void", town.id("invoice")), &[("reason", SCRIPT)]),
        (format!("/whm/subscriptions/{}/suspend", town.id("subscription")), &[("hold", "abuse"), ("reason", SCRIPT)]),
        (format!("/whm/tasks/{}/solved", town.id("broken_task")), &[("reason", SCRIPT)]),
        (format!("/whm/templates/{}/agreement", town.id("template")), &[("note", SCRIPT)]),
        ("/whm/settings/company".to_owned(), &[("legal_name", SCRIPT), ("street", SCRIPT), ("email", "a@b.test")]),
    ];
    for (path, form) in acts {
        admin.post(path, form).await;
    }
    town.world.settle_down().await;

    let mut shown = BTreeSet::new();
    for route in routes::pages().into_iter().filter(|route| !route.is_post() && !route.is_stream()) {
        let browser = if route.pattern.starts_with("/whm") { &mut admin } else { &mut owner };
        let path = route.here(&town);
        for path in [path.clone(), format!("{path}?q=%3Cscript%3Ealert(1)%3C/script%3E&tab=timeline")] {
            let page = browser.get(&path).await;
            is_clear(&page, false, &route.name());
            if page.body.contains("&#60;script&#62;alert(1)") || page.body.contains("&lt;script&gt;alert(1)") {
                shown.insert(route.pattern.clone());
            }
        }
    }
    for pattern in ["/panel/profile", "/whm/customers", "/whm/customers/{id}", "/whm/audit"] {
        assert!(shown.contains(pattern), "{pattern} shows what was written: {shown:?}");
    }
}
