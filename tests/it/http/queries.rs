//! A page asks the database the same number of questions however much there is to show.
mod growth;

use super::{
    pages::{OTHER_STATES, Reader, reader_of},
    routes::{self, Route},
};
use crate::support::{site::Browser, town::Town};
use growth::{Large, THICK, grows, thickens};
use std::collections::BTreeMap;
use yumna::kernel::live::EVERYTHING;

const OWNER: &[&str] = &[
    "/panel",
    "/panel/services",
    "/panel/invoices",
    "/panel/invoices/pay-together",
    "/panel/statement",
    "/panel/orders",
    "/panel/quotes",
    "/panel/wallet",
    "/api/panel/services",
    "/api/panel/invoices",
    "/api/panel/orders",
    "/api/panel/quotes",
    "/api/panel/subscriptions",
    "/api/panel/wallet/transactions",
    "/api/panel/waitlist",
    "/api/panel/withholdings",
];

const STAFF: &[&str] = &[
    "/whm",
    "/whm/customers",
    "/whm/orders",
    "/whm/quotes",
    "/whm/invoices",
    "/whm/payments",
    "/whm/receipts",
    "/whm/transfers",
    "/whm/unallocated",
    "/whm/settlements",
    "/whm/take-over",
    "/whm/settlement-lines",
    "/whm/not-paid-out",
    "/whm/disputes",
    "/whm/differences",
    "/whm/subscriptions",
    "/whm/instances",
    "/whm/tasks",
    "/whm/jobs",
    "/whm/alerts",
    "/whm/audit",
    "/whm/plans",
    "/whm/waiting",
    "/whm/products",
    "/whm/categories",
    "/whm/coupons",
    "/whm/clusters",
    "/whm/orphans",
    "/whm/approvals",
    "/whm/payouts",
    "/whm/reports/tax",
    "/whm/report-mails",
    "/whm/reports/coretax",
    "/whm/reports/revenue",
    "/whm/reports/ageing",
    "/whm/reports/gateways",
    "/whm/reports/mrr",
    "/whm/reports/products",
    "/whm/reports/quota",
    "/whm/reports/wallets",
    "/whm/reports/journal",
    "/whm/reports/withheld",
    "/whm/books/periods",
    "/whm/books/openings",
    "/whm/books/deferred",
    "/whm/settings/tax-rules",
    "/api/whm/tax-rules",
    "/api/whm/customers",
    "/api/whm/orders",
    "/api/whm/quotes",
    "/api/whm/coupons",
    "/api/whm/invoices",
    "/api/whm/payments",
    "/api/whm/transfers",
    "/api/whm/payouts",
    "/api/whm/unallocated",
    "/api/whm/settlements",
    "/api/whm/plans",
    "/api/whm/products",
    "/api/whm/categories",
    "/api/whm/templates",
    "/api/whm/waitlist",
    "/api/whm/differences",
    "/api/whm/disputes",
    "/api/whm/withholdings",
    "/api/whm/subscriptions",
    "/api/whm/instances",
    "/api/whm/tasks",
    "/api/whm/audit",
    "/api/whm/reports/journal",
    "/api/whm/reports/withheld",
    "/api/whm/receipts",
    "/api/whm/settlement-lines",
    "/api/whm/payment-accounts",
    "/api/whm/take-over",
    "/api/whm/orphans",
    "/api/whm/jobs",
    "/api/whm/alerts",
    "/api/whm/mail",
    "/api/whm/staff",
];

/// Pages of one thing each that has more and more to tell; what the town calls the thing.
const OF_ONE: &[(&str, &str, &str)] = &[("/whm/customers/", "customer", "/history"), ("/whm/nodes/", "node", "")];

async fn count(town: &Town, browser: &mut Browser<'_>, path: &str) -> usize {
    // With nothing kept in memory. The worker may ask in between: the least of a few is what the page asks.
    let mut statements = usize::MAX;
    for _ in 0..3 {
        town.world.services.live.wake(EVERYTHING);
        let (asked, page) = town.statements_of(browser.get(path)).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        statements = statements.min(asked);
    }
    assert!(statements > 0, "{path} asks the database");
    statements
}

async fn counts(town: &Town) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut owner = town.owner_browser("id").await;
    let mut admin = town.browser_of("admin", "id").await;
    let (owner_program, admin_program) = (town.owner_program().await, town.program_of("admin").await);
    for path in OWNER.iter().chain(STAFF) {
        let is_staff = STAFF.contains(path);
        let statements = if path.starts_with("/api/") {
            let program = if is_staff { &admin_program } else { &owner_program };
            town.world.services.live.wake(EVERYTHING);
            let (statements, answer) = town.statements_of(program.get(&format!("{path}?limit=200"))).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.json()["data"].as_array().is_some_and(|rows| !rows.is_empty()), "{path}: {}", answer.body);
            statements
        } else {
            count(town, if is_staff { &mut admin } else { &mut owner }, path).await
        };
        found.insert((*path).to_owned(), statements);
    }
    for (start, name, end) in OF_ONE {
        let path = format!("{start}{}{end}", town.id(name));
        found.insert(path.clone(), count(town, &mut admin, &path).await);
    }
    found
}

/// What pages that are opened with words on them are asked for.
const WORDS: &[(&str, &str)] = &[
    ("/catalog/{slug}/order", "?plan=ghost-basic&cycle=monthly"),
    ("/catalog/{slug}/order/first", "?plan=ghost-basic&cycle=monthly&config.options.support=fast"),
    ("/whm/search", "?q=example.test"),
];

/// The same address with the larger things there are.
fn address(route: &Route, town: &Town, large: &Large) -> String {
    let places = route.places();
    let larger = places.iter().filter_map(|place| Some((place.as_str(), large.get(route.thing_at(place))?.as_str())));
    let words = WORDS.iter().find(|(pattern, _)| *pattern == route.pattern).map_or("", |(_, words)| *words);
    format!("{}{words}", route.here_with(town, &larger.collect::<Vec<_>>()))
}

/// What every page and every address of the API that only shows something asks, by its name. A new one is among them.
/// Not counted are streams, files (read in portions or made once), and what leads on, which is counted where it leads.
async fn walk(town: &Town, large: &Large) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let (mut owner, mut admin) = (town.owner_browser("id").await, town.browser_of("admin", "id").await);
    let mut visitor = town.site.browser(None, "id").await;
    let pages = routes::pages().into_iter().map(|route| (route.name(), address(&route, town, large), route));
    let mut pages: Vec<(String, String)> = pages
        .filter(|(.., route)| !route.is_post() && !route.is_stream())
        .map(|(name, path, _)| (name, path))
        .collect();
    pages.extend(OTHER_STATES.iter().map(|(start, name)| {
        let id = large.get(name).map_or_else(|| town.id(name), String::as_str);
        (format!("GET {start} {name}"), format!("{start}{id}"))
    }));
    for (name, path) in pages {
        let browser = match reader_of(&path) {
            Reader::Staff => &mut admin,
            Reader::Owner => &mut owner,
            Reader::Visitor => &mut visitor,
        };
        town.world.services.live.wake(EVERYTHING);
        let (statements, page) = town.statements_of(browser.get(&path)).await;
        assert!(page.status < 400, "{path}: {} {}", page.status, page.body);
        if page.status == 200 && page.header("content-type").starts_with("text/html") {
            found.insert(name, statements);
        }
    }
    let (owner, admin) = (town.owner_program().await, town.program_of("admin").await);
    for route in routes::api().into_iter().filter(|route| route.method == "GET" && !route.is_stream()) {
        let program = if route.pattern.starts_with("/api/whm/") { &admin } else { &owner };
        town.world.services.live.wake(EVERYTHING);
        let path = address(&route, town, large);
        let (statements, answer) = town.statements_of(program.get(&path)).await;
        assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.body);
        if answer.status == 200 && answer.header("content-type").starts_with("application/json") {
            found.insert(route.name(), statements);
        }
    }
    assert!(found.len() > 180, "{} pages and addresses were counted: {found:?}", found.len());
    found
}

#[tokio::test]
async fn a_page_asks_as_much_for_many_rows_as_for_few() {
    let town = Town::new().await;
    let few = Box::pin(counts(&town)).await;
    let small = Box::pin(walk(&town, &Large::new())).await;
    Box::pin(grows(&town)).await;
    let many = Box::pin(counts(&town)).await;
    // A page may ask less: names nobody on it bears are not looked up.
    let more: Vec<_> = few.iter().filter(|(path, statements)| many[*path] > **statements).collect();
    assert!(more.is_empty(), "few: {more:?}, many: {many:?}");
    assert!(few.values().all(|statements| *statements <= 30), "{few:?}");

    let large = Box::pin(thickens(&town)).await;
    let mut more: BTreeMap<String, (usize, usize)> =
        small.into_iter().map(|(name, before)| (name, (before, before))).collect();
    // Looked at again only where it asked more: somebody else may have asked in that moment.
    for _ in 0..2 {
        let grown = Box::pin(walk(&town, &large)).await;
        let lost: Vec<_> = more.keys().filter(|name| !grown.contains_key(*name)).collect();
        assert!(lost.len() < 5, "shown no more: {lost:?}");
        more.retain(|name, (before, after)| {
            *after = grown.get(name).copied().unwrap_or_default();
            // A part of a page that was empty may ask a little of its own; a question for each row would be a lot.
            *after > *before + THICK / 2
        });
        if more.is_empty() {
            break;
        }
    }
    assert!(more.is_empty(), "page, before, after: {more:?}");
}
