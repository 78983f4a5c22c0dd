//! Settings of a service on its page and in WHM: shown as a difference first, and no page ever holds a secret.
use crate::support::town::Town;
use entity::{
    customers::member,
    provisioning::instance,
    value::{Grant, InstanceId, InstanceStatus},
};
use regex::Regex;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use yumna::{domain::provisioning::environment::MASK, web::page_checks};

const SECRET: &str = "s3cret-of-andi";

impl Town {
    /// The settings of the owner's service may be changed; the address of their page.
    async fn settable(&self) -> String {
        self.world.lets_settings_change().await;
        format!("/panel/services/{}/settings", self.id("instance"))
    }

    async fn service(&self) -> instance::Model {
        let id = InstanceId::from(self.id("instance"));
        instance::Entity::find_by_id(id).one(&self.world.services.db).await.unwrap().unwrap()
    }
}

/// What the page that asks carries along.
fn sealed(page: &str) -> String {
    let field = Regex::new(r#"name="sealed" value="([^"]+)""#).unwrap();
    field.captures(page).unwrap_or_else(|| panic!("nothing to agree to: {page}"))[1].to_owned()
}

#[tokio::test]
async fn a_customer_sees_what_changes_before_it_does_and_no_page_holds_his_secret() {
    let town = Town::new().await;
    let home = town.settable().await;
    let mut owner = town.owner_browser("en").await;
    let page = owner.get(&home).await;
    assert!(
        page.body.contains("name=\"values.title\"") && page.body.contains("name=\"values.token\""),
        "{}",
        page.body
    );

    let wish = [("revision", "0"), ("values.title", "Toko Andi"), ("values.token", SECRET)];
    let review = owner.post(&home, &wish).await;

    assert_eq!((review.status, page_checks::problems(&review.body)), (200, Vec::new()), "{}", review.body);
    for words in ["Situs saya", "Toko Andi", MASK, "cannot be opened for about a minute"] {
        assert!(review.body.contains(words), "{words}: {}", review.body);
    }
    assert_eq!(town.service().await.parameters_revision, 0, "looking changes nothing");

    let agreed = sealed(&review.body);
    for _ in 0..2 {
        let applied = owner.post(&format!("{home}/apply"), &[("sealed", &agreed)]).await;
        assert_eq!((applied.status, applied.location()), (303, home.trim_end_matches("/settings")));
    }

    let row = town.service().await;
    assert_eq!((row.parameters_revision, row.status), (1, InstanceStatus::Changing), "agreed twice is agreed once");
    assert_eq!(row.parameters["title"], "Toko Andi");
    assert_eq!(row.parameters["token"], SECRET);
    let after = owner.get(&home).await;
    assert!(after.body.contains(MASK) && after.body.contains("Settings can be changed while"), "{}", after.body);
    for page in [&page, &review, &after] {
        assert!(!page.body.contains(SECRET), "{}", page.body);
    }
}

#[tokio::test]
async fn what_breaks_a_rule_is_told_at_its_field_and_an_empty_secret_stays() {
    let town = Town::new().await;
    let home = town.settable().await;
    let mut owner = town.owner_browser("en").await;
    owner.get(&home).await;

    let refused = owner.post(&home, &[("revision", "0"), ("values.title", ""), ("values.token", SECRET)]).await;
    assert_eq!((refused.status, page_checks::problems(&refused.body)), (422, Vec::new()), "{}", refused.body);
    assert!(refused.body.contains("This is too short.") && !refused.body.contains(SECRET), "{}", refused.body);
    let unknown = owner.post(&home, &[("revision", "0"), ("values.colour", "red")]).await;
    assert_eq!(unknown.status, 422, "{}", unknown.body);

    let same = owner.post(&home, &[("revision", "0"), ("values.title", "Situs saya"), ("values.token", "")]).await;
    assert_eq!((same.status, same.location()), (303, home.as_str()));
    assert!(owner.get(&home).await.body.contains("These settings are in force already."));
    let stale = owner.post(&home, &[("revision", "7"), ("values.title", "Lain")]).await;
    assert_eq!((stale.status, stale.location()), (303, home.as_str()));
    assert!(owner.get(&home).await.body.contains("The settings were changed meanwhile."));
    let forged = owner.post(&format!("{home}/apply"), &[("sealed", "k1.AAAA")]).await;
    assert_eq!((forged.status, forged.location()), (303, home.as_str()));
    assert_eq!(town.service().await.parameters_revision, 0);
}

#[tokio::test]
async fn what_was_agreed_to_for_one_service_opens_for_no_other() {
    let town = Town::new().await;
    let home = town.settable().await;
    let mut owner = town.owner_browser("en").await;
    owner.get(&home).await;
    let review = owner.post(&home, &[("revision", "0"), ("values.title", "Toko Andi")]).await;
    let other = format!("/panel/services/{}/settings", town.id("broken_instance"));

    let applied = owner.post(&format!("{other}/apply"), &[("sealed", &sealed(&review.body))]).await;

    assert_eq!((applied.status, applied.location()), (303, other.as_str()));
    assert_eq!(town.service().await.parameters_revision, 0);
}

#[tokio::test]
async fn a_member_who_may_only_look_is_shown_the_settings_and_no_form() {
    let town = Town::new().await;
    let home = town.settable().await;
    member::Entity::update_many()
        .col_expr(member::Column::Grant, Expr::value(Grant::ReadOnly))
        .filter(member::Column::UserId.eq(&town.owner.user_id))
        .exec(&town.world.services.db)
        .await
        .unwrap();
    let mut reader = town.owner_browser("en").await;

    let page = reader.get(&home).await;

    assert!(page.body.contains("Situs saya") && page.body.contains("You may look at these settings."), "{}", page.body);
    assert!(!page.body.contains("name=\"values.title\""), "{}", page.body);
    let wish = [("revision", "0"), ("values.title", "Toko Andi")];
    assert_eq!(reader.post(&home, &wish).await.status, 403);
    assert_eq!(reader.post(&format!("{home}/apply"), &[("sealed", "x")]).await.status, 403);
}

#[tokio::test]
async fn staff_see_settings_masked_and_change_them_for_a_customer() {
    let town = Town::new().await;
    town.settable().await;
    let mut admin = town.browser_of("admin", "en").await;
    let home = format!("/whm/instances/{}", town.id("instance"));
    let form = format!("{home}/settings");
    admin.get(&form).await;
    let wish = [("revision", "0"), ("values.title", "Toko Andi"), ("values.token", SECRET)];

    let refused = admin.post(&form, &[("revision", "0"), ("values.title", "")]).await;
    assert_eq!((refused.status, page_checks::problems(&refused.body)), (422, Vec::new()), "{}", refused.body);
    for _ in 0..2 {
        let saved = admin.post(&form, &wish).await;
        assert_eq!((saved.status, saved.location()), (303, home.as_str()), "{}", saved.body);
    }

    let row = town.service().await;
    assert_eq!((row.parameters_revision, row.status), (1, InstanceStatus::Changing));
    let page = admin.get(&home).await.body;
    assert!(page.contains("Settings of the service") && page.contains("Toko Andi") && page.contains(MASK), "{page}");
    assert!(!page.contains(SECRET), "{page}");
    let trail = admin.get("/whm/audit").await.body;
    assert!(trail.contains("Changed the settings of a service") && !trail.contains(SECRET), "{trail}");
}
