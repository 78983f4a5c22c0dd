//! Mail that did not go, through the pages.
use crate::support::{World, people::PASSWORD, site::Site};
use entity::{messaging::message, value::MessageStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use yumna::{domain::identity, web::page_checks};

async fn of(world: &World, template: &str) -> message::Model {
    let found = message::Entity::find().filter(message::Column::Template.eq(template));
    found.one(&world.services.db).await.unwrap().unwrap()
}

#[tokio::test]
async fn mail_given_up_is_sent_again_and_addresses_are_put_on_the_list_and_off() {
    let world = World::new().await;
    let staff = identity::create_admin(&world.system(), "sari@example.test", "Sari", Some(PASSWORD)).await.unwrap();
    world.register("Wati", "wati@example.test").await;
    let customer = world.customer().await;
    world.invoice(&customer, &[50_000]).await;
    world.settle_down().await;
    let (bill, link) = (of(&world, "invoice_issued").await, of(&world, "verify_email").await);
    let site = Site::of(&world);
    let mut browser = site.browser(Some(&staff.user_id), "en").await;
    browser.get("/whm/mail").await;

    let waiting = browser.get(&format!("/whm/mail/{}", link.id)).await;
    assert!(waiting.body.contains("token=…"), "no secret is shown while it waits");
    let failed = message::Entity::update_many().col_expr(message::Column::Status, Expr::value(MessageStatus::Failed));
    failed.exec(&world.services.db).await.unwrap();
    for path in ["/whm/mail".to_owned(), "/whm/mail?status=failed".into(), format!("/whm/mail/{}", bill.id)] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page_checks::problems(&page.body), Vec::<String>::new(), "{path}");
    }
    let gone = browser.post(&format!("/whm/mail/{}/retry", link.id), &[]).await;
    assert!(gone.status == 409 && gone.body.contains("one-time link"), "{}", gone.body);
    assert_eq!(browser.post(&format!("/whm/mail/{}/retry", bill.id), &[]).await.status, 303);
    assert_eq!(of(&world, "invoice_issued").await.status, MessageStatus::Queued);
    assert_eq!(browser.post("/whm/mail/retry-failed", &[("days", "0")]).await.status, 422);
    assert_eq!(browser.post("/whm/mail/retry-failed", &[("days", "3")]).await.status, 303);

    let form = [("address", "Gone@Example.test"), ("reason", "Bounced")];
    assert_eq!(browser.post("/whm/suppressions", &form).await.status, 303);
    let page = browser.get("/whm/suppressions").await;
    assert!(page.body.contains("gone@example.test"));
    assert_eq!(page_checks::problems(&page.body), Vec::<String>::new());
    browser.post("/whm/suppressions/remove", &[("address", "gone@example.test")]).await;
    assert!(!browser.get("/whm/suppressions").await.body.contains("gone@example.test"));
}
