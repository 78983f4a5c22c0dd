//! A quote from the first word of staff to the pay page of its customer, on pages.
use crate::support::{site::Answer, town::Town};
use entity::{
    catalog::{plan, price},
    ordering::{order, quote},
    value::{Cycle, PlanId, PriceId, ProductId, QuoteId, QuoteStatus},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};
use yumna::{domain::catalog::write, kernel::live::EVERYTHING, web::page_checks};

async fn orders_of(town: &Town) -> u64 {
    order::Entity::find().count(&town.world.services.db).await.unwrap()
}

async fn newest(town: &Town) -> quote::Model {
    let newest = quote::Entity::find().order_by_desc(quote::Column::Id);
    newest.one(&town.world.services.db).await.unwrap().unwrap()
}

/// What the forms of a quote's page say that was seen.
fn seen_on(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"seen\" value=\"").expect("a form says what was seen");
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn staff_make_a_quote_and_its_customer_orders_what_it_says() {
    let town = Town::new().await;
    let mut staff = town.browser_of("billing", "id").await;
    let page = staff.get(&format!("/whm/customers/{}", town.id("customer"))).await;
    assert!(page.body.contains(&format!("/whm/quotes/new?customer={}", town.id("customer"))));

    let form = [("customer", "andi@example.test"), ("valid_until", ""), ("intro", "Halo"), ("key", "frm_a")];
    let made = staff.post("/whm/quotes/new", &form).await;
    let here = made.location().to_owned();
    assert_eq!((made.status, here.starts_with("/whm/quotes/quo_")), (303, true), "{here}");
    assert_eq!(staff.post("/whm/quotes/new", &form).await.status, 303, "twice is once");
    assert_eq!(newest(&town).await.id.to_string(), here.rsplit('/').next().unwrap());
    let plan =
        [("plan", "ghost-basic:monthly"), ("quantity", "2"), ("price", "40.000"), ("reason", ""), ("key", "frm_b")];
    let refused = staff.post(&format!("{here}/plan-line"), &plan).await;
    assert_eq!((refused.status, page_checks::problems(&refused.body)), (422, Vec::new()));
    assert!(refused.body.contains("id=\"f-reason-error\"") || refused.body.contains("Wajib diisi"), "at its field");
    let plan = [
        ("plan", "ghost-basic:monthly"),
        ("quantity", "2"),
        ("price", "40.000"),
        ("reason", "Setahun"),
        ("key", "frm_c"),
    ];
    for _ in 0..2 {
        assert_eq!(staff.post(&format!("{here}/plan-line"), &plan).await.status, 303);
    }
    let words = [("description", "Pelatihan"), ("quantity", "1"), ("price", "250.000"), ("key", "frm_d")];
    assert_eq!(staff.post(&format!("{here}/words-line"), &words).await.status, 303);
    assert_eq!(newest(&town).await.subtotal_minor, 330_000, "each form added its line once");
    let seen = seen_on(&staff.get(&here).await);
    for _ in 0..2 {
        assert_eq!(staff.post(&format!("{here}/send"), &[("seen", &seen)]).await.status, 303, "twice is once");
    }
    let sent = newest(&town).await;
    let page = staff.get(&here).await;
    assert!(
        page.body.contains(sent.number.as_deref().unwrap()) && page.body.contains("Mengirim penawaran"),
        "its history"
    );
    let found = staff.get(&format!("/whm/search?q={}", sent.number.as_deref().unwrap())).await;
    assert_eq!(found.location(), here, "the search leads to the only hit");

    let link = format!("/quote/{}", sent.public_token);
    let mut visitor = town.site.browser(None, "id").await;
    let read = visitor.get(&link).await;
    assert_eq!((read.status, page_checks::problems(&read.body)), (200, Vec::new()));
    assert!(read.body.contains("366.300") && read.body.contains("Pelatihan") && !read.body.contains("Setahun"));
    assert_eq!(visitor.get(&format!("{link}/pdf")).await.header("content-type"), "application/pdf");
    let own = format!("/panel/quotes/{}", sent.id);
    let before = orders_of(&town).await;
    let accept = [("accepted_terms", "1"), ("config.1.title", "Toko Andi")];
    assert!(
        visitor.post(&format!("{own}/accept"), &accept).await.location().starts_with("/login"),
        "a link only shows"
    );

    let mut owner = town.owner_browser("id").await;
    assert!(owner.get("/panel/quotes").await.body.contains(sent.number.as_deref().unwrap()));
    let shown = owner.get(&own).await;
    assert!(shown.body.contains("config.1.title") && shown.body.contains("366.300"), "{}", shown.body);
    let unticked = owner.post(&format!("{own}/accept"), &[("config.1.title", "Toko Andi")]).await;
    assert_eq!((unticked.status, orders_of(&town).await), (422, before), "the terms come first");
    let long = "x".repeat(400);
    let wrong = [("accepted_terms", "1"), ("config.1.title", long.as_str())];
    let wrong = owner.post(&format!("{own}/accept"), &wrong).await;
    assert_eq!((wrong.status, page_checks::problems(&wrong.body), orders_of(&town).await), (422, Vec::new(), before));
    let accepted = owner.post(&format!("{own}/accept"), &accept).await;
    let again = owner.post(&format!("{own}/accept"), &accept).await;
    assert_eq!((accepted.status, accepted.location()), (303, again.location()), "both lead to the one invoice");
    assert_eq!(orders_of(&town).await, before + 1);
    let pay = owner.get(accepted.location()).await;
    assert!(pay.body.contains("366.300"), "{}", accepted.location());
    let done = owner.get(&own).await;
    assert!(done.body.contains("/panel/orders/ord_") && !done.body.contains("/accept\""), "it is answered");
    let late = owner.post(&format!("{own}/decline"), &[("reason", "Berubah pikiran")]).await;
    assert_eq!((late.status, newest(&town).await.status), (409, QuoteStatus::Accepted));
    town.world.books_are_right().await;
}

#[tokio::test]
async fn a_full_plan_is_said_on_the_page_of_the_quote() {
    let town = Town::new().await;
    let plan = entity::value::PlanId::from(town.id("plan"));
    let used = town
        .world
        .slots_used(
            &entity::catalog::plan::Entity::find_by_id(plan.clone())
                .one(&town.world.services.db)
                .await
                .unwrap()
                .unwrap(),
        )
        .await;
    write::set_quota_total(&town.world.system(), &plan, used).await.unwrap();
    let mut owner = town.owner_browser("en").await;
    let own = format!("/panel/quotes/{}", town.id("quote"));
    let before = orders_of(&town).await;
    let answer = owner.post(&format!("{own}/accept"), &[("accepted_terms", "1")]).await;
    assert_eq!((answer.status, page_checks::problems(&answer.body)), (409, Vec::new()));
    assert!(answer.body.contains("This quote stays open"), "{}", answer.body);
    assert_eq!(orders_of(&town).await, before);
    assert_eq!(owner.get(&own).await.status, 200);
    let declined = owner.post(&format!("{own}/decline"), &[("reason", "Too late")]).await;
    assert_eq!((declined.status, declined.location()), (303, own.as_str()));
    let link = owner.get(&format!("/quote/{}", town.id("quote_token"))).await;
    assert!(link.body.contains("Declined") && !link.body.contains("Accept or decline"), "the link says so too");
}

#[tokio::test]
async fn a_stranger_and_a_wrong_link_find_no_quote() {
    let town = Town::new().await;
    let mut stranger = town.stranger_browser().await;
    for path in [
        format!("/panel/quotes/{}", town.id("quote")),
        format!("/panel/quotes/{}/pdf", town.id("quote")),
        format!("/panel/quotes/{}", town.id("draft_quote")),
        format!("/quote/{}", town.id("draft_quote")),
        "/quote/nobody".to_owned(),
    ] {
        assert_eq!(stranger.get(&path).await.status, 404, "{path}");
    }
    let own = town.owner_browser("id").await.get(&format!("/panel/quotes/{}", town.id("draft_quote"))).await;
    assert_eq!(own.status, 404, "what was never sent is not there for its customer either");
}

#[tokio::test]
async fn who_acts_on_a_quote_that_changed_meanwhile_is_shown_the_present_one() {
    let town = Town::new().await;
    let (mut ana, mut sari) = (town.browser_of("billing", "id").await, town.browser_of("admin", "en").await);
    let (here, id) = (format!("/whm/quotes/{}", town.id("draft_quote")), QuoteId::from(town.id("draft_quote")));
    let seen = seen_on(&ana.get(&here).await);
    let line = [("description", "Audit keamanan"), ("quantity", "1"), ("price", "900.000"), ("key", "frm_e")];
    assert_eq!(sari.post(&format!("{here}/words-line"), &line).await.status, 303);

    let send = ana.post(&format!("{here}/send"), &[("seen", &seen)]).await;
    let withdraw = ana.post(&format!("{here}/withdraw"), &[("seen", &seen), ("reason", "Tidak jadi")]).await;

    for answer in [&send, &withdraw] {
        assert_eq!((answer.status, page_checks::problems(&answer.body)), (409, Vec::new()));
        assert!(answer.body.contains("sudah diubah sejak halaman ini dibuka"), "{}", answer.body);
        assert!(answer.body.contains("Audit keamanan"), "the page shows what she had not seen");
    }
    assert_eq!(town.world.quote(&id).await.status, QuoteStatus::Draft);
    let blind = ana.post(&format!("{here}/send"), &[]).await;
    assert_eq!(
        (blind.status, town.world.quote(&id).await.status),
        (422, QuoteStatus::Draft),
        "not without having seen it"
    );
    let send = ana.post(&format!("{here}/send"), &[("seen", &seen_on(&send))]).await;
    assert_eq!((send.status, town.world.quote(&id).await.status), (303, QuoteStatus::Sent));
    let page = sari.get(&here).await;
    let silent = sari.post(&format!("{here}/withdraw"), &[("seen", &seen_on(&page)), ("reason", " ")]).await;
    assert_eq!((silent.status, page_checks::problems(&silent.body)), (422, Vec::new()));
    assert_eq!(town.world.quote(&id).await.status, QuoteStatus::Sent);
}

#[tokio::test]
async fn a_plan_that_is_not_sold_any_more_is_said_to_staff_and_to_the_customer() {
    let town = Town::new().await;
    town.world.stops_selling(&ProductId::from(town.id("product"))).await;
    let (mut staff, mut owner) = (town.browser_of("billing", "en").await, town.owner_browser("id").await);
    let here = format!("/whm/quotes/{}", town.id("draft_quote"));

    let send = staff.post(&format!("{here}/send"), &[("seen", town.id("draft_seen"))]).await;
    assert_eq!((send.status, page_checks::problems(&send.body)), (409, Vec::new()));
    assert!(send.body.contains("GHOST ghost-pro (Bulanan) is not sold any more"), "{}", send.body);

    let own = format!("/panel/quotes/{}", town.id("quote"));
    let accept = owner.post(&format!("{own}/accept"), &[("accepted_terms", "1")]).await;
    assert_eq!((accept.status, page_checks::problems(&accept.body)), (409, Vec::new()));
    assert!(accept.body.contains("GHOST ghost-basic (Bulanan) sudah tidak kami jual"), "{}", accept.body);
    let quote = town.world.quote(&QuoteId::from(town.id("quote"))).await;
    assert_eq!(quote.status, QuoteStatus::Sent, "it stays open");
}

#[tokio::test]
async fn every_plan_of_a_large_catalog_can_be_quoted_and_the_form_asks_the_database_no_more() {
    let town = Town::new().await;
    let db = &town.world.services.db;
    let mut staff = town.browser_of("billing", "id").await;
    let here = format!("/whm/quotes/{}", town.id("draft_quote"));
    let form = format!("{here}/plan-line");
    // The worker may ask in between: the least of a few is what the page asks.
    let mut asks = async || {
        let mut least = (usize::MAX, String::new());
        for _ in 0..3 {
            town.world.services.live.wake(EVERYTHING);
            let (asked, page) = town.statements_of(staff.get(&form)).await;
            assert_eq!(page.status, 200);
            least = Ord::min(least, (asked, page.body));
        }
        least
    };
    let (few, _) = asks().await;
    let like = plan::Entity::find_by_id(PlanId::from(town.id("plan"))).one(db).await.unwrap().unwrap();
    let monthly = price::Entity::find().filter(price::Column::PlanId.eq(&like.id));
    let monthly = monthly.filter(price::Column::Cycle.eq(Cycle::Monthly)).one(db).await.unwrap().unwrap();
    let plan_of = |number: usize| plan::Model {
        id: PlanId::generate(),
        code: format!("ghost-{number}"),
        name: format!("Nomor {number}"),
        tier: 10 + i32::try_from(number).unwrap(),
        quota_used: 0,
        ..like.clone()
    };
    let plans: Vec<plan::Model> = (1..=450).map(plan_of).collect();
    let prices: Vec<price::Model> = plans
        .iter()
        .map(|plan| price::Model { id: PriceId::generate(), plan_id: plan.id.clone(), ..monthly.clone() })
        .collect();
    let rows = plans.into_iter().map(|row| row.into_active_model().reset_all());
    plan::Entity::insert_many(rows).exec_without_returning(db).await.unwrap();
    let rows = prices.into_iter().map(|row| row.into_active_model().reset_all());
    price::Entity::insert_many(rows).exec_without_returning(db).await.unwrap();

    let (many, page) = asks().await;

    assert!(many <= few, "{many} statements for many, {few} for few");
    let missing: Vec<usize> =
        (1..=450).filter(|number| !page.contains(&format!("value=\"ghost-{number}:monthly\""))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let last = [("plan", "ghost-450:monthly"), ("quantity", "1"), ("price", ""), ("reason", ""), ("key", "frm_f")];
    assert_eq!(town.browser_of("billing", "id").await.post(&form, &last).await.location(), here);
}

#[tokio::test]
async fn how_many_of_a_free_line_were_ordered_stands_wherever_the_order_does() {
    let town = Town::new().await;
    let quote = town.world.quote(&QuoteId::from(town.id("accepted_quote"))).await;
    let order = quote.order_id.unwrap();
    let (mut owner, mut staff) = (town.owner_browser("id").await, town.browser_of("admin", "id").await);
    for page in [owner.get(&format!("/panel/orders/{order}")).await, staff.get(&format!("/whm/orders/{order}")).await] {
        assert!(page.body.contains("Pindahan situs") && page.body.contains("2 × Rp\u{a0}75.000"), "{}", page.body);
    }
    let mails = town.world.mails_to(&town.owner.email).await;
    for template in ["quote_sent", "invoice_issued"] {
        let told = mails.iter().any(|mail| mail.template == template && mail.text.contains("2 × Pindahan situs"));
        assert!(told, "{template}: {mails:?}");
    }
}

#[tokio::test]
async fn a_form_says_what_the_last_day_means_and_an_empty_one_keeps_it() {
    let town = Town::new().await;
    let mut staff = town.browser_of("billing", "id").await;
    let (here, id) = (format!("/whm/quotes/{}", town.id("draft_quote")), QuoteId::from(town.id("draft_quote")));
    let before = town.world.quote(&id).await;
    let (new, edit) = (staff.get("/whm/quotes/new").await, staff.get(&format!("{here}/edit")).await);
    assert!(new.body.contains("sampai pukul 24.00 WIB") && new.body.contains("jumlah hari di pengaturan"));
    assert!(edit.body.contains("sampai pukul 24.00 WIB") && edit.body.contains("harinya tetap seperti sekarang"));
    let form = [("valid_until", ""), ("intro", "Halo"), ("terms", "")];
    assert_eq!(staff.post(&format!("{here}/edit"), &form).await.status, 303);
    let after = town.world.quote(&id).await;
    assert_eq!((after.valid_until, after.intro.as_str()), (before.valid_until, "Halo"));
}
