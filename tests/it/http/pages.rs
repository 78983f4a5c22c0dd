//! Every page, with real things on it, in both languages: well made, and every link and form on it leads somewhere.
use super::routes::{self, Route};
use crate::support::{site::Browser, town::Town};
use scraper::{Html, Selector};
use std::collections::{BTreeMap, BTreeSet};
use yumna::web::page_checks;

/// Pages that lead on instead of showing something.
const LEAD_ON: &[&str] = &[
    "/preferences",
    "/plans/{slug}",
    "/reset",
    "/panel/subscriptions/{id}",
    "/panel/invoices/{id}/pay/entry",
    "/pay/{token}/entry",
    "/whm/second-factor",
];

/// Pages of things in other states than those the town's usual ones are in.
pub const OTHER_STATES: &[(&str, &str)] = &[
    ("/panel/subscriptions/", "open_subscription"),
    ("/panel/services/", "broken_instance"),
    ("/panel/invoices/", "paid_invoice"),
    ("/panel/invoices/", "transfer_invoice"),
    ("/panel/invoices/", "credited_invoice"),
    ("/panel/payments/", "payment"),
    ("/panel/quotes/", "accepted_quote"),
    ("/whm/quotes/", "quote"),
    ("/whm/quotes/", "accepted_quote"),
    ("/whm/subscriptions/", "broken_subscription"),
    ("/whm/instances/", "broken_instance"),
    ("/whm/invoices/", "paid_invoice"),
    ("/whm/drafts/", "empty_draft"),
    ("/whm/invoices/", "credited_invoice"),
    ("/whm/payments/", "paid_payment"),
    ("/whm/payments/", "top_up"),
    ("/whm/payments/", "transfer"),
    ("/whm/customers/", "closed_customer"),
    ("/whm/customers/", "leaver"),
    ("/whm/customers/", "merged_customer"),
    ("/whm/payouts/", "paid_payout"),
    ("/whm/payouts/", "waiting_payout"),
    ("/whm/payouts/", "refund_payout"),
    ("/whm/settlements/", "booked_settlement"),
    ("/whm/take-over/", "done_import"),
    ("/whm/take-over/", "contracts_import"),
    ("/whm/subscriptions/", "elsewhere_subscription"),
    ("/whm/unallocated/", "unallocated"),
    ("/whm/tasks/", "task"),
    ("/whm/nodes/", "closed_node"),
];

/// Attributes that name an address.
const LINKS: &[&str] =
    &["href", "src", "action", "hx-get", "hx-post", "hx-sse:connect", "data-live", "data-href", "formaction"];

/// What a page refers to: address and method, with the page that does.
type Links = BTreeMap<(String, String), String>;

fn collect(page: &str, path: &str, links: &mut Links) {
    let document = Html::parse_document(page);
    let all = Selector::parse("*").unwrap();
    for element in document.select(&all) {
        let value = element.value();
        for name in LINKS {
            let Some(address) = value.attr(name) else { continue };
            let address = if address.starts_with('/') { address.split('#').next().unwrap() } else { address };
            let is_form =
                value.name() == "form" && value.attr("method").is_some_and(|way| way.eq_ignore_ascii_case("post"));
            let method = if *name == "hx-post" || (*name == "action" && is_form) { "POST" } else { "GET" };
            if address.starts_with('/') {
                links.entry((address.to_owned(), method.to_owned())).or_insert_with(|| path.to_owned());
            } else {
                let is_elsewhere = ["https://", "http://", "mailto:", "data:", "#", "?"]
                    .iter()
                    .any(|start| address.starts_with(start));
                assert!(is_elsewhere, "{path}: {name}=\"{address}\"");
            }
        }
    }
    let named = Selector::parse("title").unwrap();
    let title: String = document.select(&named).flat_map(|title| title.text()).collect();
    assert!(!title.trim().is_empty(), "{path} has a title");
}

/// Whether a path is one of the house's, its places filled in.
fn is_route(method: &str, path: &str, known: &[Route]) -> bool {
    let path = path.split(['?', '#']).next().unwrap();
    known.iter().any(|route| {
        let pattern = regex::escape(&route.pattern);
        let places = regex::Regex::new(r"\\\{[a-z]+(:[^}]*)?\\\}").unwrap().replace_all(&pattern, "[^/]+").into_owned();
        route.method == method && regex::Regex::new(&format!("^{places}$")).unwrap().is_match(path)
    })
}

/// Who opens a page.
pub enum Reader {
    Staff,
    Owner,
    Visitor,
}

/// Who opens the page of this address.
pub fn reader_of(path: &str) -> Reader {
    if path.starts_with("/whm") {
        Reader::Staff
    } else if path.starts_with("/panel") || path.starts_with("/checkout") || path.starts_with("/cart") {
        Reader::Owner
    } else {
        Reader::Visitor
    }
}

async fn reader<'a>(town: &'a Town, path: &str, lang: &str) -> Browser<'a> {
    match reader_of(path) {
        Reader::Staff => town.browser_of("admin", lang).await,
        Reader::Owner => town.owner_browser(lang).await,
        Reader::Visitor => town.site.browser(None, lang).await,
    }
}

#[tokio::test]
async fn every_page_is_well_made_in_both_languages() {
    let town = Town::new().await;
    let known = routes::pages();
    for lang in ["id", "en"] {
        let mut links = Links::new();
        for route in known.iter().filter(|route| !route.is_post() && !route.is_stream()) {
            let mut browser = reader(&town, &route.pattern, lang).await;
            let order =
                if route.pattern.starts_with("/catalog/{slug}/order") { "?plan=ghost-basic&cycle=monthly" } else { "" };
            let path = format!("{}{order}", route.here(&town));
            let page = browser.get(&path).await;
            if LEAD_ON.contains(&route.pattern.as_str()) && page.status / 100 == 3 {
                continue;
            }
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            if !page.header("content-type").starts_with("text/html") {
                continue;
            }
            assert_eq!(page_checks::problems(&page.body), Vec::<String>::new(), "{path} in {lang}");
            if page.body.to_lowercase().contains("<!doctype html>") {
                assert!(page.body.contains(&format!("<html lang=\"{lang}\"")), "{path} says it is in {lang}");
                collect(&page.body, &path, &mut links);
            }
        }
        for (start, name) in OTHER_STATES {
            let path = format!("{start}{}", town.id(name));
            let mut browser = reader(&town, start, lang).await;
            let mut page = browser.get(&path).await;
            if page.status == 303 {
                let led = page.location().to_owned();
                page = browser.get(&led).await;
            }
            assert_eq!((page.status, page_checks::problems(&page.body)), (200, Vec::new()), "{path} in {lang}");
            collect(&page.body, &path, &mut links);
        }
        assert!(links.len() > 100, "{}", links.len());
        follow(&town, &known, lang, links).await;
    }
}

async fn follow(town: &Town, known: &[Route], lang: &str, links: Links) {
    let mut owner = town.owner_browser(lang).await;
    let mut admin = town.browser_of("admin", lang).await;
    let mut visitor = town.site.browser(None, lang).await;
    let mut lost = BTreeSet::new();
    for ((address, method), from) in links {
        if method == "POST" {
            if !is_route("POST", &address, known) {
                lost.insert(format!("a form on {from} goes to {address}"));
            }
            continue;
        }
        let browser = if address.starts_with("/whm") {
            &mut admin
        } else if address.starts_with("/panel") {
            &mut owner
        } else {
            &mut visitor
        };
        let answer = browser.get(&address).await;
        if answer.status >= 400 {
            lost.insert(format!("a link on {from} leads to {address}: {}", answer.status));
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// What is not there, not allowed and not answered is told by whole pages too, in both languages.
#[tokio::test]
async fn refusals_are_well_made_pages() {
    let town = Town::new().await;
    for lang in ["id", "en"] {
        let mut owner = town.owner_browser(lang).await;
        for (path, status) in [
            ("/nothing", 404),
            ("/whm", 403),
            ("/panel/nothing", 404),
            ("/panel/invoices/inv_x", 404),
            ("/static/x/y.css", 404),
        ] {
            let page = owner.get(path).await;
            assert_eq!(page.status, status, "{path}");
            if path.starts_with("/static") {
                continue;
            }
            assert_eq!(page_checks::problems(&page.body), Vec::<String>::new(), "{path} in {lang}");
            assert!(page.body.contains(&format!("<html lang=\"{lang}\"")), "{path}");
        }
    }
}
