//! Options on pages: staff add and price them, customers see what each costs before they order.
use crate::support::town::Town;
use entity::{catalog::product_option, ordering::order, value::ProductOptionId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

#[tokio::test]
async fn staff_add_an_option_price_it_and_the_shop_offers_it() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let product = format!("/whm/products/{}", town.id("product"));
    let mut fields =
        vec![("code", "hours"), ("kind", "quantity"), ("name_id", "Konsultasi"), ("name_en", "Consulting")];
    fields.extend([("min", "1"), ("max", "99999"), ("position", "2")]);
    let refused = admin.post(&format!("{product}/options/new"), &fields).await;
    assert!(refused.status == 422 && refused.body.contains("Consulting"), "what was typed is kept");
    assert!(refused.body.contains("f-unit_id-error") && refused.body.contains("f-max-error"), "{}", refused.body);
    fields.retain(|(name, _)| *name != "max");
    fields.extend([("max", "5"), ("unit_id", "jam"), ("unit_en", "hour")]);
    let here = admin.post(&format!("{product}/options/new"), &fields).await.location().to_owned();
    assert!(admin.get(&here).await.body.contains("no price yet"));
    let twice = admin.post(&format!("{product}/options/new"), &fields).await;
    assert!(twice.status == 422 && twice.body.contains("This is taken."), "{}", twice.body);
    let service = format!("/catalog/{}", town.id("slug"));
    assert!(!town.site.stranger().get(&service).await.body.contains("Konsultasi"), "without a price it is not offered");

    let price = [("value", "unit"), ("cycle", "monthly"), ("amount", "15000"), ("tax_included", "")];
    assert_eq!(admin.post(&format!("{here}/price"), &price).await.location(), here);
    assert!(admin.get(&product).await.body.contains("Consulting"));
    let shop = town.site.stranger().get(&service).await;
    assert!(shop.body.contains("Konsultasi") && shop.body.contains("16.650"), "{}", shop.body);
    assert_eq!(admin.post(&format!("{here}/price/remove"), &price[..2]).await.location(), here);
    assert_eq!(admin.post(&format!("{here}/price/remove"), &price[..2]).await.status, 422);
    admin.post(&format!("{here}/retire"), &[("confirm", "hours")]).await;
    assert!(admin.get(&here).await.body.contains("This option is retired."));
    let all = product_option::Entity::find().filter(product_option::Column::RetiredAt.is_not_null());
    assert_eq!(all.all(&town.world.services.db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_saves_an_old_form_of_an_option_is_told_that_it_changed_meanwhile() {
    let town = Town::new().await;
    let db = &town.world.services.db;
    let (mut admin, mut colleague) = (town.browser_of("admin", "en").await, town.browser_of("admin", "en").await);
    let here = format!("/whm/options/{}", town.id("option"));
    let edit = format!("{here}/edit");
    let seen = town.id("option_seen");
    for browser in [&mut admin, &mut colleague] {
        assert!(browser.get(&edit).await.body.contains(seen), "both look at it as it is");
    }
    let form = |name: &'static str| {
        let values = "fast | Cepat | Fast\nnight | Malam | Night";
        [("name_id", name), ("name_en", name), ("values", values), ("position", "2"), ("seen", seen)]
    };
    let name = async || {
        let id = ProductOptionId::from(town.id("option"));
        product_option::Entity::find_by_id(id).one(db).await.unwrap().unwrap().name_en
    };
    // The same form twice is saved once, and no news to its sender.
    for _ in 0..2 {
        assert_eq!(admin.post(&edit, &form("Help")).await.location(), here);
    }
    assert_eq!(colleague.post(&edit, &form("Support")).await.location(), edit);
    assert_eq!(name().await, "Help", "nothing of hers is lost");
    let told = colleague.get(&edit).await;
    assert!(told.body.contains("has changed this option") && !told.body.contains(seen), "{}", told.body);
}

#[tokio::test]
async fn the_price_follows_the_choice_and_the_order_holds_it() {
    let town = Town::new().await;
    let mut browser = town.owner_browser("id").await;
    let form = format!("/catalog/{}/order", town.id("slug"));
    let page = browser.get(&format!("{form}?plan=ghost-basic&cycle=monthly")).await;
    assert!(page.body.contains("fast (+ Rp\u{a0}22.200 per bulan)"), "{}", page.body);
    assert!(page.body.contains("<strong class=\"money\">Rp 55.500") || page.body.contains("55.500"));
    let first = format!("{form}/first?plan=ghost-basic&cycle=monthly&config.options.support=");
    for (answer, total) in [("fast", "77.700"), ("night", "94.350"), ("", "55.500"), ("%3Cb%3E", "55.500")] {
        let sum = browser.get(&format!("{first}{answer}")).await;
        assert!(sum.status == 200 && sum.body.contains(total), "{answer}: {}", sum.body);
        assert!(!sum.body.contains("<html"), "a part of the page");
    }
    let answers =
        |support: &'static str| [("plan", "ghost-basic"), ("cycle", "monthly"), ("config.options.support", support)];
    let refused = browser.post(&form, &answers("wild")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("f-config.options.support-error"), "{}", refused.body);
    assert_eq!(browser.post(&form, &answers("fast")).await.location(), "/cart");
    let cart = browser.get("/cart").await;
    assert!(cart.body.contains("support: fast") && cart.body.contains("22.200"), "{}", cart.body);

    let page = browser.get("/checkout").await;
    let shown = page.body.split("name=\"shown\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let ordered = browser.post("/checkout", &[("shown", shown.as_str()), ("accepted_terms", "1")]).await;
    assert_eq!(ordered.status, 303, "{}", ordered.body);
    let newest = order::Entity::find().order_by_desc(order::Column::Id).one(&town.world.services.db).await.unwrap();
    let order = newest.unwrap();
    let own = browser.get(&format!("/panel/orders/{}", order.id)).await;
    assert!(own.body.contains("support: fast"), "{}", own.body);
    let mut admin = town.browser_of("admin", "en").await;
    let seen = admin.get(&format!("/whm/orders/{}", order.id)).await;
    assert!(seen.body.contains("support: fast"), "{}", seen.body);
}
