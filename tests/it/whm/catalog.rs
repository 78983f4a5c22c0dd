//! The catalog is kept on pages: added from nothing, refused where it is wrong, changed and retired.
use crate::support::{shop, town::Town};
use entity::{
    catalog::{plan, price, product},
    value::Cycle,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

const SERVICE: [(&str, &str); 10] = [
    ("name", "n8n"),
    ("tagline_id", "Otomasi kerja"),
    ("tagline_en", "Automate work"),
    ("description_id", ""),
    ("description_en", ""),
    ("kind", "paas_service"),
    ("driver", "kubernetes"),
    ("purchase_policy", "multiple"),
    ("is_featured", "1"),
    ("position", "3"),
];

#[tokio::test]
async fn staff_open_a_shelf_with_a_service_a_plan_and_a_price_of_ten_days() {
    let town = Town::new().await;
    let db = &town.world.services.db;
    let mut admin = town.browser_of("admin", "en").await;

    let shelf = [("slug", "otomasi"), ("name_id", "Otomasi"), ("name_en", "Automation"), ("position", "9")];
    assert_eq!(admin.post("/whm/categories/new", &shelf).await.location(), "/whm/categories");
    let again = admin.post("/whm/categories/new", &shelf).await;
    assert!(again.status == 422 && again.body.contains("This is taken."), "{}", again.body);

    let choices = [("template_id", town.id("unsold_template")), ("category_id", town.id("category"))];
    let service: Vec<_> = SERVICE.into_iter().chain(choices).collect();
    let blank: Vec<_> =
        service.iter().map(|(name, value)| (*name, if *name == "name" { " " } else { *value })).collect();
    let refused = admin.post("/whm/products/new", &blank).await;
    assert!(refused.status == 422 && refused.body.contains("Automate work"), "what was typed is kept");
    let made = admin.post("/whm/products/new", &service).await;
    let here = made.location().to_owned();
    let row = product::Entity::find().filter(product::Column::Slug.eq("n8n")).one(db).await.unwrap().unwrap();
    assert_eq!(here, format!("/whm/products/{}", row.id));
    assert!(row.is_hidden && row.is_featured, "it is shown when it is ready");

    let mut fields = vec![("code", "n8n-basic"), ("name", "Basic"), ("tier", "1"), ("quota_total", "10")];
    fields.extend([("cpu_milli", "500"), ("memory_mb", "1.024"), ("storage_gb", "5")]);
    fields.extend([("cycle", "days"), ("amount", "12.000"), ("setup_fee", "")]);
    let without_days = admin.post(&format!("{here}/plans/new"), &fields).await;
    assert!(without_days.status == 422 && without_days.body.contains("between 1 and 1095"), "{}", without_days.body);
    fields.push(("days", "10"));
    let made = admin.post(&format!("{here}/plans/new"), &fields).await;
    let plan_page = made.location().to_owned();
    let row = plan::Entity::find().filter(plan::Column::Code.eq("n8n-basic")).one(db).await.unwrap().unwrap();
    assert_eq!((row.memory_mb, row.quota_total), (1_024, 10));
    let sold = price::Entity::find().filter(price::Column::PlanId.eq(&row.id)).one(db).await.unwrap().unwrap();
    assert_eq!((Some(sold.cycle), sold.amount_minor), (Cycle::of_days(10), 12_000));

    let rows = "Pengguna | Users | 5 | 5\nDukungan | Support | Surel | Email";
    let short = admin.post(&format!("{plan_page}/features"), &[("features", "Pengguna | Users")]).await;
    assert!(short.status == 422 && short.body.contains("Line 1 needs four parts"), "{}", short.body);
    assert_eq!(admin.post(&format!("{plan_page}/features"), &[("features", rows)]).await.location(), plan_page);
    let page = admin.get(&plan_page).await;
    assert!(page.body.contains("Every 10 days") && page.body.contains("Support"), "{}", page.body);

    let note = [("note", "n8n Embed, contract 2026/17")];
    admin.post(&format!("/whm/templates/{}/agreement", town.id("unsold_template")), &note).await;
    admin.post(&format!("{here}/visibility"), &[("is_hidden", "0")]).await;
    let shop = town.site.stranger().get("/catalog/n8n").await;
    assert!(shop.status == 200 && shop.body.contains("n8n-basic"), "{}", shop.body);
}

#[tokio::test]
async fn what_was_sold_is_told_to_stay_and_what_is_retired_leaves_the_shop() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let here = format!("/whm/plans/{}", town.id("plan"));

    let mut fields = vec![("name", "Basic"), ("tier", "1"), ("cpu_milli", "500"), ("memory_mb", "8192")];
    fields.push(("storage_gb", "5"));
    let refused = admin.post(&format!("{here}/edit"), &fields).await;
    assert!(refused.status == 422 && refused.body.contains("has been sold"), "{}", refused.body);

    let copied = admin.post(&format!("{here}/copy"), &[("code", "ghost-basic-2"), ("name", "Basic 2")]).await;
    let copy = copied.location().to_owned();
    assert_eq!(admin.post(&format!("{copy}/edit"), &fields).await.location(), copy, "the copy was sold to nobody");

    admin.post(&format!("{here}/retire"), &[("confirm", "another")]).await;
    assert!(!admin.get(&here).await.body.contains("Retired since"), "only what was typed in full is retired");
    let code = [("confirm", "ghost-basic")];
    assert_eq!(admin.post(&format!("{here}/retire"), &code).await.location(), here);
    let page = admin.get(&here).await;
    assert!(page.body.contains("Retired since"), "{}", page.body);
    assert_eq!(admin.post(&format!("{here}/visibility"), &[("is_hidden", "0")]).await.status, 409);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_template_is_told_at_once_and_its_text_is_kept() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let wrong = shop::N8N.replacen("schema = 1", "schema = 2", 1).replacen("https://n8n.io", "n8n.io", 1).replacen(
        "cpu = { request_milli = 25",
        "cpu = { request_milli = 0",
        1,
    );

    let refused = admin.post("/whm/templates/new", &[("source", &wrong)]).await;

    assert_eq!(refused.status, 422);
    let places = ["schema: must be 1", "homepage: must start with https://", "component.runners: cpu must be above 0"];
    for told in places.into_iter().chain(["N8N_RUNNERS_MAX_CONCURRENCY"]) {
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
}
