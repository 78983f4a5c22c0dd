//! Checkout orders what its page showed, at the price it showed, or nothing.
use crate::support::{
    site::{Answer, Browser},
    town::Town,
};
use entity::{
    ordering::order,
    value::{Cycle, PlanId},
};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::json;
use yumna::domain::{
    catalog::write::{self, NewPrice},
    ordering::{
        CheckoutItem,
        cart::{self, Owner},
    },
};

fn shown_on(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"shown\" value=\"").expect("the page says what it shows");
    rest.split('"').next().unwrap().to_owned()
}

async fn clicks_order(browser: &mut Browser<'_>, shown: &str) -> Answer {
    browser.post("/checkout", &[("shown", shown), ("accepted_terms", "1")]).await
}

async fn orders_of(town: &Town) -> u64 {
    order::Entity::find().count(&town.world.services.db).await.unwrap()
}

async fn adds_one_more(town: &Town) {
    let item = CheckoutItem { plan: "ghost-basic".into(), cycle: "monthly".into(), config: json!({}) };
    let owner = Owner::Customer(town.owner.customer_id.clone());
    cart::add(&town.world.system(), &owner, item).await.unwrap();
}

#[tokio::test]
async fn a_price_that_rose_after_the_page_was_opened_is_shown_before_it_is_charged() {
    let town = Town::new().await;
    let mut browser = town.owner_browser("id").await;
    let page = browser.get("/checkout").await;
    let before = orders_of(&town).await;
    let plan = PlanId::from(town.id("plan"));
    let dearer = NewPrice { cycle: Cycle::Monthly, amount_minor: 60_000, setup_fee_minor: 0, tax_included: None };
    write::set_price(&town.world.system(), &plan, dearer).await.unwrap();

    let answer = clicks_order(&mut browser, &shown_on(&page)).await;

    assert_eq!((answer.status, orders_of(&town).await), (409, before), "nothing is ordered");
    assert!(answer.body.contains("Totalnya sekarang Rp\u{a0}66.600"), "the new total is said");
    let ordered = clicks_order(&mut browser, &shown_on(&answer)).await;
    assert_eq!((ordered.status, orders_of(&town).await), (303, before + 1), "the page of today can be ordered from");
    let bill = browser.get(ordered.location()).await;
    assert!(bill.body.contains("66.600"));
}

#[tokio::test]
async fn a_price_with_tax_is_the_one_number_from_the_shop_to_the_invoice() {
    let town = Town::new().await;
    let mut browser = town.owner_browser("id").await;
    let mut staff = town.browser_of("admin", "id").await;
    let plan = town.id("plan");
    let written = [("cycle", "monthly"), ("amount", "55500"), ("setup_fee", "0"), ("tax_included", "1")];
    assert_eq!(staff.post(&format!("/whm/plans/{plan}/price"), &written).await.status, 303);
    let told = staff.get(&format!("/whm/plans/{plan}")).await;
    assert!(told.body.contains("Rp\u{a0}55.500 termasuk PPN"), "{}", told.body);

    let service = browser.get(&format!("/catalog/{}?cycle=monthly", town.id("slug"))).await;
    assert!(service.body.contains("termasuk PPN <span class=\"money\">Rp 5.500"), "{}", service.body);
    let page = browser.get("/checkout").await;
    assert!(
        page.body.contains("55.500") && page.body.contains("50.000") && page.body.contains("5.500"),
        "{}",
        page.body
    );
    let ordered = clicks_order(&mut browser, &shown_on(&page)).await;
    assert_eq!(ordered.status, 303);
    let newest = order::Entity::find().order_by_desc(order::Column::Id).one(&town.world.services.db).await.unwrap();
    let order = newest.unwrap();
    assert_eq!((order.subtotal_minor, order.tax_minor, order.total_minor), (50_000, 5_500, 55_500));
    let shown = browser.get(&format!("/panel/orders/{}", order.id)).await;
    assert!(shown.body.contains("Rp\u{a0}55.500 termasuk PPN"), "{}", shown.body);
}

#[tokio::test]
async fn what_another_tab_put_into_the_cart_is_shown_before_it_is_ordered() {
    let town = Town::new().await;
    let mut browser = town.owner_browser("en").await;
    let page = browser.get("/checkout").await;
    let before = orders_of(&town).await;
    adds_one_more(&town).await;

    let answer = clicks_order(&mut browser, &shown_on(&page)).await;

    assert_eq!((answer.status, orders_of(&town).await), (409, before));
    assert!(answer.body.contains("The total is now IDR\u{a0}111,000"), "{}", answer.body);
}

#[tokio::test]
async fn a_code_is_refused_with_a_reason_and_an_accepted_one_is_off_the_price() {
    let town = Town::new().await;
    let mut browser = town.owner_browser("id").await;
    let refused = browser.post("/cart/coupon", &[("coupon", "salah\"><b>")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Kode ini tidak kami kenali"), "{}", refused.body);
    assert_eq!(browser.post("/cart/coupon", &[("coupon", "hemat10")]).await.location(), "/cart");
    let cart = browser.get("/cart").await;
    assert!(cart.body.contains("Promo HEMAT10") && cart.body.contains("5.000"), "{}", cart.body);
    let page = browser.get("/checkout").await;
    assert!(page.body.contains("49.950"), "net 45.000 and PPN 4.950: {}", page.body);
    let before = orders_of(&town).await;
    let ordered = clicks_order(&mut browser, &shown_on(&page)).await;
    assert_eq!((ordered.status, orders_of(&town).await), (303, before + 1));
    assert!(browser.get(ordered.location()).await.body.contains("49.950"));

    adds_one_more(&town).await;
    browser.post("/cart/coupon", &[("coupon", "HEMAT10")]).await;
    assert_eq!(browser.post("/cart/coupon/remove", &[]).await.location(), "/cart");
    assert!(browser.get("/checkout").await.body.contains("55.500"));
}

#[tokio::test]
async fn a_code_that_ended_while_the_page_was_open_is_told_before_anything_is_ordered() {
    let town = Town::new().await;
    let mut browser = town.owner_browser("id").await;
    browser.post("/cart/coupon", &[("coupon", "HEMAT10")]).await;
    let page = browser.get("/checkout").await;
    let before = orders_of(&town).await;
    let coupon = town.id("coupon").into();
    yumna::domain::catalog::coupon::end(&town.world.system(), &coupon).await.unwrap();

    let answer = clicks_order(&mut browser, &shown_on(&page)).await;

    assert_eq!((answer.status, orders_of(&town).await), (409, before), "nothing is ordered");
    assert!(answer.body.contains("Masa berlaku kode ini sudah lewat"), "{}", answer.body);
    assert!(answer.body.contains("Rp\u{a0}55.500"));
}
