//! A page asks the database the same number of questions however much there is to show.
use crate::support::{quotes, shop::Buyer, site::Browser, town::Town};
use entity::customers::customer;
use sea_orm::{EntityTrait, IntoActiveModel};
use std::collections::BTreeMap;
use yumna::{
    domain::{
        customers::{self, ProfileChange},
        payments::attempt,
    },
    kernel::live::EVERYTHING,
};

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
    "/whm/coupons",
    "/whm/clusters",
    "/whm/orphans",
    "/whm/approvals",
    "/whm/payouts",
    "/whm/reports/tax",
    "/whm/reports/coretax",
    "/whm/reports/revenue",
    "/whm/reports/ageing",
    "/whm/reports/gateways",
    "/whm/reports/mrr",
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
const OF_ONE: &[(&str, &str)] = &[("/whm/customers/", "customer")];

/// How many there shall be in the end.
const MANY: usize = 60;

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
            let (statements, answer) = town.statements_of(program.get(&format!("{path}?limit=200"))).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.json()["data"].as_array().is_some_and(|rows| !rows.is_empty()), "{path}: {}", answer.body);
            statements
        } else {
            count(town, if is_staff { &mut admin } else { &mut owner }, path).await
        };
        found.insert((*path).to_owned(), statements);
    }
    for (start, name) in OF_ONE {
        let path = format!("{start}{}/history", town.id(name));
        found.insert(path.clone(), count(town, &mut admin, &path).await);
    }
    found
}

async fn grows(town: &Town) {
    let db = &town.world.services.db;
    for number in 0..MANY {
        town.world.gives(&town.owner, 900_000).await;
        town.buys().await;
        let Buyer { customer_id, .. } = &town.owner;
        let open = town.world.orders(&town.owner, "ghost-basic").await.unwrap();
        let lines = vec![quotes::plan("ghost-basic", 1), quotes::words("Pelatihan", 1, 100_000)];
        let quote = town.world.quotes(&town.owner, lines).await;
        if number % 10 == 0 {
            town.world.accepts(&town.owner, &quote.id).await.unwrap();
        }
        let way = crate::support::money::by("bank_transfer", Some("bca"));
        town.finds_money(&format!("NOBODYS-{number}")).await;
        town.leaves_behind(&format!("ins_left_{number}")).await;
        town.reads_payouts(&format!("STRANGE-{number}")).await;
        town.takes_over(&format!("LATER-{number}")).await;
        town.leaves(&format!("leaver-{number}"), 100_000).await;
        let change = ProfileChange { company: Some(format!("CV {number}")), ..ProfileChange::default() };
        customers::update_profile(&town.world.system(), customer_id, change).await.unwrap();
        attempt::start(&town.world.system(), customer_id, &open.invoice.id, &way).await.unwrap();
        town.withholds().await;
        let like = customer::Entity::find_by_id(customer_id.clone()).one(db).await.unwrap().unwrap();
        let row = customer::Model {
            id: entity::value::CustomerId::generate(),
            email: format!("c{number}@example.test"),
            ..like
        };
        customer::Entity::insert(row.into_active_model()).exec_without_returning(db).await.unwrap();
    }
}

#[tokio::test]
async fn a_page_asks_as_much_for_many_rows_as_for_few() {
    let town = Town::new().await;
    let few = counts(&town).await;
    grows(&town).await;
    let many = counts(&town).await;
    // A page may ask less: names nobody on it bears are not looked up.
    let more: Vec<_> = few.iter().filter(|(path, statements)| many[*path] > **statements).collect();
    assert!(more.is_empty(), "few: {more:?}, many: {many:?}");
    assert!(few.values().all(|statements| *statements <= 30), "{few:?}");
}
