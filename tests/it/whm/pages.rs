//! Every page opens in both languages; acts of staff change what they say.
use crate::support::{
    World,
    money::{by, with_gateway},
    shop::GHOST,
    site::Site,
};
use entity::{
    customers::customer,
    value::{InvoiceStatus, PurchasePolicy, UserId},
};
use yumna::{
    domain::{
        customers, identity,
        payments::attempt,
        reports::{timeline, whm::whm_dashboard},
    },
    web::page_checks,
};

const PASSWORD: &str = "Panel-kuat-2026!";

async fn admin(world: &World) -> UserId {
    identity::roles::seed(&world.system()).await.unwrap();
    identity::create_admin(&world.system(), "sari@example.test", "Sari", Some(PASSWORD)).await.unwrap();
    world.user("sari@example.test").await.id
}

async fn payment(world: &World, customer: &customer::Model) -> entity::payments::payment::Model {
    let invoice = world.invoice(customer, &[50_000]).await;
    attempt::start(&world.system(), &customer.id, &invoice.id, &by("qris", None)).await.unwrap()
}

#[tokio::test]
async fn every_page_opens_without_problems_in_both_languages() {
    let (world, _) = with_gateway().await;
    let site = Site::of(&world);
    let staff = admin(&world).await;
    let customer = world.customer().await;
    world.gift(&customer, 75_000).await;
    let payment = payment(&world, &customer).await;
    let product = world.service(GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&product, "ghost-1", 1, 3).await;
    world.settle_down().await;

    for lang in ["id", "en"] {
        let mut browser = site.browser(Some(&staff), lang).await;
        let invoice_id = payment.invoice_id.as_ref().unwrap();
        for path in [
            "/whm".to_owned(),
            "/whm/customers?q=budi".to_owned(),
            format!("/whm/customers/{}", customer.id),
            "/whm/approvals".to_owned(),
            "/whm/payments".to_owned(),
            format!("/whm/payments/{}", payment.id),
            "/whm/invoices?status=overdue".to_owned(),
            "/whm/invoices".to_owned(),
            format!("/whm/invoices/{invoice_id}"),
            "/whm/orders".to_owned(),
            "/whm/plans".to_owned(),
            format!("/whm/plans/{}", plan.id),
            "/whm/subscriptions".to_owned(),
            "/whm/instances".to_owned(),
            "/whm/tasks?status=needs_review".to_owned(),
            "/whm/clusters".to_owned(),
            "/whm/clusters/new".to_owned(),
            "/whm/jobs".to_owned(),
            "/whm/alerts".to_owned(),
            "/whm/audit".to_owned(),
            format!("/whm/audit?customer={}", customer.id),
            "/whm/search".to_owned(),
            "/whm/search?q=zzzz".to_owned(),
            "/whm/setup".to_owned(),
            "/whm/settings".to_owned(),
            "/whm/settings/company".to_owned(),
            "/whm/settings/tax".to_owned(),
            "/whm/step-up?next=/whm/payments".to_owned(),
        ] {
            let page = browser.get(&path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            assert_eq!(page_checks::problems(&page.body), Vec::<String>::new(), "{path} in {lang}");
        }
        assert_eq!(browser.get("/whm/invoices/inv_unknown").await.status, 404);
    }
}

#[tokio::test]
async fn one_search_finds_people_numbers_references_and_ids() {
    let (world, _) = with_gateway().await;
    let staff = admin(&world).await;
    let customer = world.customer().await;
    let first = world.invoice(&customer, &[50_000]).await;
    let second = world.invoice(&customer, &[70_000]).await;
    let payment = payment(&world, &customer).await;
    let site = Site::of(&world);
    let mut browser = site.browser(Some(&staff), "en").await;
    let number = |invoice: &entity::billing::invoice::Model| invoice.number.clone().unwrap();

    let both = browser.get("/whm/search?q=inv/").await;
    assert!(both.body.contains(&number(&first)) && both.body.contains(&number(&second)), "{}", both.body);
    assert_eq!(page_checks::problems(&both.body), Vec::<String>::new());
    for (words, place) in [
        (number(&first), format!("/whm/invoices/{}", first.id)),
        (payment.reference.to_lowercase(), format!("/whm/payments/{}", payment.id)),
        (customer.email.to_uppercase(), format!("/whm/customers/{}", customer.id)),
        (second.id.to_string(), format!("/whm/invoices/{}", second.id)),
    ] {
        let query = serde_urlencoded::to_string([("q", &words)]).unwrap();
        let answer = browser.get(&format!("/whm/search?{query}")).await;
        assert_eq!((answer.status, answer.location()), (303, place.as_str()), "{words}");
    }
    // What looks like a pattern of the database is only a word.
    assert!(browser.get("/whm/search?q=%25").await.body.contains("Nothing matches"));
}

#[tokio::test]
async fn staff_see_and_open_only_what_their_role_allows() {
    let (world, _) = with_gateway().await;
    let site = Site::of(&world);
    admin(&world).await;
    world.register("Rina", "rina@example.test").await;
    let user = world.user("rina@example.test").await.id;
    let mut customer = site.browser(Some(&user), "id").await;
    assert_eq!(customer.get("/whm").await.status, 403);

    identity::roles::assign(&world.system(), &user, "support").await.unwrap();
    let mut support = site.browser(Some(&user), "id").await;
    let page = support.get("/whm").await;

    assert_eq!(page.status, 200);
    assert!(page.body.contains("/whm/customers") && !page.body.contains("href=\"/whm/settings\""));
    assert_eq!(support.get("/whm/settings").await.status, 403);
    assert_eq!(support.post("/whm/setup/numbering", &[]).await.status, 403);
}

#[tokio::test]
async fn an_invoice_is_voided_with_a_reason_and_the_history_tells() {
    let (world, _) = with_gateway().await;
    let site = Site::of(&world);
    let staff = admin(&world).await;
    let customer = world.customer().await;
    let invoice = world.invoice(&customer, &[50_000]).await;
    let mut browser = site.browser(Some(&staff), "id").await;
    let here = format!("/whm/invoices/{}", invoice.id);
    browser.get(&here).await;

    let mut forger = site.browser(Some(&staff), "id").await;
    forger.token = "invented".to_owned();
    let forged = forger.post(&format!("{here}/void"), &[("reason", "x")]).await;
    let refused = browser.post(&format!("{here}/void"), &[("reason", " ")]).await;
    let voided = browser.post(&format!("{here}/void"), &[("reason", "Salah paket")]).await;

    assert_eq!(forged.status, 403);
    assert_eq!(refused.status, 422);
    assert_eq!((voided.status, voided.location()), (303, here.as_str()));
    assert_eq!(world.reload(&invoice).await.status, InvoiceStatus::Void);
    let lines = timeline::of_customer(&world.system(), &customer.id).await.unwrap();
    assert!(lines.iter().any(|line| matches!(&line.what, timeline::Happened::Change(row)
        if row.action == "billing.invoice.void" && row.reason.as_deref() == Some("Salah paket"))));
}

#[tokio::test]
async fn money_moves_by_hand_only_after_a_fresh_proof_and_only_once() {
    let (world, _) = with_gateway().await;
    let site = Site::of(&world);
    let staff = admin(&world).await;
    let customer = world.customer().await;
    let mut browser = site.browser(Some(&staff), "id").await;
    let here = format!("/whm/customers/{}", customer.id);
    browser.get(&here).await;
    let form = [("direction", "in"), ("amount", "25000"), ("reason", "Maaf atas gangguan"), ("key", "frm_1")];

    let detour = browser.post(&format!("{here}/wallet"), &form).await;
    assert!(detour.location().starts_with("/whm/step-up?next="), "{}", detour.location());
    assert_eq!(world.balance(&customer).await, 0);
    let wrong = browser.post("/whm/step-up", &[("proof", "salah"), ("next", &here)]).await;
    assert_eq!(wrong.status, 422);
    let proven = browser.post("/whm/step-up", &[("proof", PASSWORD), ("next", &here)]).await;
    assert_eq!((proven.status, proven.location()), (303, here.as_str()));
    for _ in 0..2 {
        assert_eq!(browser.post(&format!("{here}/wallet"), &form).await.location(), here);
    }

    assert_eq!(world.balance(&customer).await, 25_000);
}

#[tokio::test]
async fn a_note_stays_with_the_customer() {
    let (world, _) = with_gateway().await;
    let site = Site::of(&world);
    let staff = admin(&world).await;
    let customer = world.customer().await;
    let mut browser = site.browser(Some(&staff), "en").await;
    let here = format!("/whm/customers/{}", customer.id);
    browser.get(&here).await;

    browser.post(&format!("{here}/notes"), &[("body", "Prefers calls in the morning <b>")]).await;

    let page = browser.get(&here).await;
    assert!(page.body.contains("Prefers calls in the morning &#60;b&#62;") && page.body.contains("The note is saved."));
    let names = customers::names_of(&world.services.db, [customer.id.clone()]).await.unwrap();
    assert_eq!(names[&customer.id], "Budi Santoso");
}

#[tokio::test]
async fn the_dashboard_counts_what_is_owed_and_what_came() {
    let (world, _) = with_gateway().await;
    let customer = world.customer().await;
    world.invoice(&customer, &[50_000]).await;
    world.invoice(&customer, &[70_000]).await;

    let fresh = whm_dashboard(&world.system()).await.unwrap();
    world.advance(chrono::Duration::days(40));
    let late = whm_dashboard(&world.system()).await.unwrap();

    assert_eq!((fresh.open_minor, fresh.open_count, fresh.overdue_count), (120_000, 2, 0));
    assert_eq!((late.overdue_minor, late.overdue_count), (120_000, 2));
    assert_eq!((fresh.received.len(), fresh.received_today()), (14, 0));
}

#[tokio::test]
async fn first_numbers_are_set_on_the_page_of_numbering_until_they_are_used() {
    let world = World::new().await;
    let site = Site::of(&world);
    let staff = admin(&world).await;
    let budi = world.customer().await;
    let mut browser = site.browser(Some(&staff), "id").await;
    let form = |first: &'static str| {
        [
            ("invoice", "INV/{year}/{number:06}"),
            ("credit_note", "CN/{year}/{number:06}"),
            ("order", "ORD/{year}/{number:06}"),
            ("quote", "QUO/{year}/{number:06}"),
            ("wallet", "TXMP-{year}{number:08}"),
            ("invoice_first", first),
            ("credit_note_first", "1"),
            ("order_first", "1"),
            ("quote_first", "1"),
            ("wallet_first", "1"),
        ]
    };

    assert_eq!(browser.post("/whm/settings/numbering", &form("417")).await.status, 303);
    assert_eq!(world.invoice(&budi, &[50_000]).await.number.as_deref(), Some("INV/2026/000417"));
    let page = browser.get("/whm/settings/numbering").await;
    assert!(page.body.contains("value=\"417\""), "the page shows it");
    let refused = browser.post("/whm/settings/numbering", &form("500")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Deret tahun 2026 sudah dipakai"), "{}", refused.body);
}

#[tokio::test]
async fn staff_say_where_a_customer_is_taxed() {
    let world = World::new().await;
    let site = Site::of(&world);
    let staff = admin(&world).await;
    let budi = world.customer().await;
    let mut browser = site.browser(Some(&staff), "en").await;
    let page = format!("/whm/customers/{}", budi.id);

    let form = [("country_code", "sg"), ("reason", "ACRA 201912345K")];
    assert_eq!(browser.post(&format!("{page}/tax-country"), &form).await.status, 303);

    let customer = customers::get(&world.services.db, &budi.id).await.unwrap();
    assert_eq!((customer.tax_country.as_str(), customer.country_code.as_str()), ("SG", "ID"));
    assert!(browser.get(&page).await.body.contains("in another country than the one that taxes the account"));
}

#[tokio::test]
async fn staff_complete_what_the_tax_office_asks_of_a_customer() {
    let world = World::new().await;
    let site = Site::of(&world);
    let staff = admin(&world).await;
    let budi = world.customer().await;
    let mut browser = site.browser(Some(&staff), "en").await;
    let page = format!("/whm/customers/{}", budi.id);
    let form = format!("{page}/edit");

    let wrong = [("company", "CV Budi"), ("npwp", "0018550814412000"), ("nitku", "000003")];
    let refused = browser.post(&form, &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("A NITKU has 22 digits"), "{}", refused.body);

    let right = [("company", "CV Budi"), ("npwp", "0018550814412000"), ("nitku", "0018550814412000000003")];
    assert_eq!(browser.post(&form, &right).await.status, 303);
    let customer = customers::get(&world.services.db, &budi.id).await.unwrap();
    assert_eq!(customer.nitku.as_deref(), Some("0018550814412000000003"));
    assert_eq!((customer.name, customer.street_1), (budi.name, budi.street_1), "what is not sent stays");
    assert!(browser.get(&page).await.body.contains("0018550814412000000003"));

    let exempt = [("reason", "SKB PPN KET-12/2026")];
    assert_eq!(browser.post(&format!("{page}/tax-exemption"), &exempt).await.status, 303);
    assert!(browser.get(&page).await.body.contains("SKB PPN KET-12/2026"));
    assert_eq!(browser.post(&format!("{page}/tax-exemption/lift"), &[]).await.status, 303);
    assert!(!browser.get(&page).await.body.contains(&format!("{page}/tax-exemption/lift")));
}
