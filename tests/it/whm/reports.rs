//! Reports as staff read, download and fetch them.
use crate::support::{
    World, gateway,
    money::{by, with_gateway},
    site::Site,
    town::Town,
};
use entity::value::{PaymentStatus, UserId};
use yumna::{
    domain::{
        identity,
        ledger::{Account, Posting, post_all},
        payments::attempt,
    },
    web::page_checks,
};

const PASSWORD: &str = "Panel-kuat-2026!";
const REPORTS: [&str; 10] =
    ["tax", "coretax", "revenue", "ageing", "gateways", "mrr", "products", "quota", "wallets", "journal"];

async fn admin(world: &World) -> UserId {
    identity::roles::seed(&world.system()).await.unwrap();
    identity::create_admin(&world.system(), "sari@example.test", "Sari", Some(PASSWORD)).await.unwrap();
    world.user("sari@example.test").await.id
}

/// A shop with one customer whose name is a formula, one invoice paid and one open.
async fn shop() -> (World, UserId) {
    let (world, _) = with_gateway().await;
    let staff = admin(&world).await;
    world.charges_ppn().await;
    let mut customer = world.customer().await;
    customer.name = "=1+1;\"Budi\"".to_owned();
    let bill = world.invoice(&customer, &[50_000]).await;
    world.invoice(&customer, &[20_000]).await;
    let ctx = world.system();
    let pay = attempt::start(&ctx, &customer.id, &bill.id, &by("qris", None)).await.unwrap();
    let mut report = gateway::report(&pay.reference, bill.total_minor);
    report.status = PaymentStatus::Succeeded;
    attempt::apply_report(&ctx, &pay.id, &report).await.unwrap();
    (world, staff)
}

#[tokio::test]
async fn every_report_opens_in_both_languages_with_something_and_with_nothing_in_it() {
    let (world, staff) = shop().await;
    let site = Site::of(&world);
    for lang in ["id", "en"] {
        let mut browser = site.browser(Some(&staff), lang).await;
        for report in REPORTS {
            for query in ["", "?from=2020-01-01&to=2020-01-31", "?from=never&to=2026-02-30", "?list=returns"] {
                let path = format!("/whm/reports/{report}{query}");
                let page = browser.get(&path).await;
                assert_eq!(page.status, 200, "{path}: {}", page.body);
                assert_eq!(page_checks::problems(&page.body), Vec::<String>::new(), "{path} in {lang}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_chart_shows_stands_in_a_table_beside_it() {
    let (world, staff) = shop().await;
    let site = Site::of(&world);
    let mut browser = site.browser(Some(&staff), "en").await;
    let charts = [
        ("ageing", "Owed by age", "1–30 days", "IDR 22,200"),
        ("tax?from=2026-11-01&to=2026-11-30", "Tax to be declared by month", "Nov 2026", "IDR 5,500"),
        ("gateways", "Received by account", "Scripted", "IDR 55,500"),
    ];
    for (report, title, bar, amount) in charts {
        let page = browser.get(&format!("/whm/reports/{report}")).await.body;
        let chart = page.split("class=\"chart\"").nth(1).unwrap_or_else(|| panic!("{report} has no chart"));
        let (drawing, rest) = chart.split_once("</svg>").unwrap();
        let table = rest.split_once("</table>").unwrap().0;
        assert!(drawing.contains(&format!("aria-label=\"{title}\"")), "{drawing}");
        assert!(table.contains(bar) && table.contains(amount), "{report}: {table}");
    }
}

#[tokio::test]
async fn a_download_is_a_spreadsheet_that_runs_nothing() {
    let (world, staff) = shop().await;
    let site = Site::of(&world);
    let mut browser = site.browser(Some(&staff), "id").await;
    let file = browser.get("/whm/reports/tax/csv?from=2026-11-01&to=2026-11-30").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"tax-2026-11-01-2026-11-30.csv\"");
    let lines: Vec<&str> = file.body.lines().collect();
    assert!(lines[0].starts_with("\u{feff}Jenis;Nomor;"), "{}", lines[0]);
    assert!(lines[1].contains(";\"'=1+1;\"\"Budi\"\"\";"), "{}", lines[1]);
    assert!(lines[1].contains(";50000;45833;5500;55500;"), "{}", lines[1]);
    assert_eq!(lines.len(), 2, "the open invoice is not in it");
    for report in ["revenue", "ageing", "gateways", "mrr", "products", "quota", "wallets"] {
        let file = browser.get(&format!("/whm/reports/{report}/csv")).await;
        assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"), "{report}");
    }
}

#[tokio::test]
async fn the_journal_is_downloaded_piece_by_piece_and_both_sides_are_equal() {
    let (world, staff) = shop().await;
    let ctx = world.system();
    let postings: Vec<Posting> = (0..2_100)
        .map(|number| Posting {
            idempotency_key: format!("by_hand:{number}"),
            kind: "wallet_adjusted",
            source_type: "wallet_transaction",
            source_id: format!("wtx_{number}"),
            description: "=HYPERLINK(\"x\")".to_owned(),
            currency: "IDR".to_owned(),
            entries: vec![(Account::Bank, 7), (Account::Goodwill, -7)],
            wallet: None,
        })
        .collect();
    let tx = ctx.begin().await.unwrap();
    post_all(&ctx, &tx, &postings).await.unwrap();
    tx.commit().await.unwrap();
    let site = Site::of(&world);
    let mut browser = site.browser(Some(&staff), "en").await;

    let file = browser.get("/whm/reports/journal/csv?from=2026-11-01&to=2026-11-30").await;

    assert_eq!(file.header("content-disposition"), "attachment; filename=\"journal-2026-11-01-2026-11-30.csv\"");
    let lines: Vec<&str> = file.body.lines().collect();
    assert!(lines[0].starts_with("\u{feff}Booked;Posting;Kind;Document;"), "{}", lines[0]);
    // Two invoices with three lines each, a payment with two, what was written by hand, the heading and the sums.
    assert_eq!(lines.len(), 1 + 3 + 3 + 2 + 2 * 2_100 + 1);
    assert!(
        lines
            .iter()
            .filter(|line| line.contains("by_hand") || line.contains("HYPERLINK"))
            .all(|line| line.contains(";\"'=HYPERLINK"))
    );
    assert!(lines[1].starts_with("2026-11-21 10:00:00;ltx_"), "{}", lines[1]);
    let both = 55_500 + 22_200 + 55_500 + 7 * 2_100;
    assert_eq!(lines.last().unwrap(), &format!("Total;;;;;;;;IDR;{both};{both};"));
    let empty = browser.get("/whm/reports/journal/csv?from=2020-01-01&to=2020-01-31").await;
    assert_eq!((empty.status, empty.body.lines().count()), (200, 1));

    let program = site.program(&world, &staff).await;
    let (mut seen, mut path) = (0, "/api/whm/reports/journal?limit=200".to_owned());
    loop {
        let page = program.get(&path).await.json();
        assert_eq!((&page["totals"][0]["debit"], &page["totals"][0]["credit"]), (&both.into(), &both.into()));
        seen += page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|posting| posting["lines"].as_array().unwrap().len())
            .sum::<usize>();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/whm/reports/journal?limit=200&cursor={cursor}");
    }
    assert_eq!(seen, lines.len() - 2);
}

#[tokio::test]
async fn programs_read_the_same_figures_and_are_told_what_they_asked_wrongly() {
    let (world, staff) = shop().await;
    let site = Site::of(&world);
    let program = site.program(&world, &staff).await;
    let tax = program.get("/api/whm/reports/tax?from=2026-11-01&to=2026-11-30").await.json();
    assert_eq!((&tax["declared"]["net"], &tax["declared"]["tax"]), (&50_000.into(), &5_500.into()));
    assert_eq!((&tax["tie"]["holds"], &tax["data"][0]["other_base"]), (&true.into(), &45_833.into()));
    let revenue = program.get("/api/whm/reports/revenue?from=2026-11-01&to=2026-11-30").await.json();
    assert_eq!((&revenue["months"][0]["issued"], &revenue["ties"]), (&70_000.into(), &true.into()));
    let ageing = program.get("/api/whm/reports/ageing").await.json();
    assert_eq!((&ageing["open"]["total"], &ageing["ties"]), (&22_200.into(), &true.into()));
    assert_eq!(ageing["data"][0]["open"]["not_due"], 22_200);
    let gateways = program.get("/api/whm/reports/gateways").await.json();
    assert_eq!((&gateways["lines"][0]["received"], &gateways["ties"]), (&55_500.into(), &true.into()));
    assert_eq!(program.get("/api/whm/reports/wallets").await.json()["closing"], 0);
    let products = program.get("/api/whm/reports/products?from=2026-11-01&to=2026-11-30").await.json();
    assert_eq!((&products["ledger"], &products["ties"]), (&70_000.into(), &true.into()));
    assert_eq!(
        (&products["plans"][0]["plan"], &products["plans"][0]["share_bp"]),
        (&serde_json::Value::Null, &10_000.into()),
        "nothing was for a contract"
    );
    assert_eq!(program.get("/api/whm/reports/quota").await.json()["plans"], serde_json::json!([]));
    assert_eq!(program.get("/api/whm/reports/mrr").await.json()["months"].as_array().unwrap().len(), 12);

    let months = program.get("/api/whm/reports/tax?from=2026-11-01&to=2026-11-30").await.json()["months"].clone();
    assert_eq!((months.as_array().unwrap().len(), &months[11]["amount"]), (12, &5_500.into()));

    let wrong = program.get("/api/whm/reports/tax?from=2026-12-01&to=2026-11-01").await;
    assert_eq!((wrong.status, wrong.json()["errors"][0]["field"].as_str().unwrap()), (422, "to"));
}

#[tokio::test]
async fn support_sees_no_reports() {
    let (world, _) = shop().await;
    let site = Site::of(&world);
    world.register("Rina", "rina@example.test").await;
    let rina = world.user("rina@example.test").await.id;
    identity::roles::assign(&world.system(), &rina, "support").await.unwrap();
    let mut support = site.browser(Some(&rina), "id").await;
    assert!(!support.get("/whm").await.body.contains("/whm/reports/"));
    for path in ["/whm/reports/tax", "/whm/reports/tax/csv", "/whm/reports/coretax/xml"] {
        assert_eq!(support.get(path).await.status, 403, "{path}");
    }
    identity::roles::assign(&world.system(), &rina, "billing").await.unwrap();
    let mut billing = site.browser(Some(&rina), "id").await;
    assert!(billing.get("/whm").await.body.contains("/whm/reports/revenue"));
    assert_eq!(billing.get("/whm/reports/revenue").await.status, 200);
}

#[tokio::test]
async fn staff_read_the_statement_of_a_customer_with_the_figures_he_sees_himself() {
    let town = Town::new().await;
    let (mut owner, mut admin) = (town.owner_browser("id").await, town.browser_of("admin", "id").await);
    let (span, home) = ("?from=2026-11-01&to=2026-11-30", format!("/whm/customers/{}", town.id("customer")));
    assert!(
        admin.get(&home).await.body.contains(&format!("href=\"{home}/statement\"")),
        "the customer's page leads there"
    );

    let own = owner.get(&format!("/panel/statement/csv{span}")).await;
    let read = admin.get(&format!("{home}/statement/csv{span}")).await;
    assert_eq!((read.status, &read.body), (200, &own.body));
    assert!(own.body.lines().count() > 5, "{}", own.body);
    for query in [span, "", "?from=2020-01-01&to=2020-01-31", "?from=never"] {
        let page = admin.get(&format!("{home}/statement{query}")).await;
        assert_eq!((page.status, page_checks::problems(&page.body)), (200, Vec::new()), "{query}");
    }
    let paper = admin.get(&format!("{home}/statement/pdf{span}")).await;
    assert_eq!((paper.status, paper.header("content-type")), (200, "application/pdf"));

    assert_eq!(admin.get("/whm/customers/cus_nobody/statement").await.status, 404);
    let mut network = town.browser_of("network", "id").await;
    assert_eq!(network.get(&format!("{home}/statement")).await.status, 403);
}
