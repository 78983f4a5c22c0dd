//! Who works here.
use crate::support::{
    World,
    people::{PASSWORD, token_in},
    site::{Browser, Site},
};
use entity::value::UserId;
use yumna::{
    domain::identity::{
        self, IdentityError,
        staff::{self, NewStaff},
    },
    kernel::fault::Fault,
    web::page_checks,
};

async fn boss(world: &World) -> UserId {
    identity::create_admin(&world.system(), "boss@example.test", "Boss", Some(PASSWORD)).await.unwrap().user_id
}

async fn proven<'a>(site: &'a Site, who: &UserId) -> Browser<'a> {
    let mut browser = site.browser(Some(who), "en").await;
    browser.get("/whm/step-up").await;
    assert_eq!(browser.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await.status, 303);
    browser
}

#[tokio::test]
async fn somebody_taken_on_by_mail_sets_a_password_and_works_until_access_is_closed() {
    let world = World::new().await;
    let boss = boss(&world).await;
    let site = Site::of(&world);
    let mut browser = proven(&site, &boss).await;

    let wrong = browser.post("/whm/staff/new", &[("email", "ana@example.test"), ("name", "Ana")]).await;
    assert_eq!(wrong.status, 422, "somebody without a role");
    let form = [("email", "ana@example.test"), ("name", "Ana"), ("role_support", "1")];
    assert_eq!(browser.post("/whm/staff/new", &form).await.location(), "/whm/staff");
    assert_eq!(browser.post("/whm/staff/new", &form).await.status, 409, "she is staff already");
    world.settle_down().await;
    let mails = world.mails_to("ana@example.test").await;
    assert_eq!(mails.iter().map(|mail| mail.template.as_str()).collect::<Vec<_>>(), ["staff_invited"]);
    world.advance(chrono::Duration::hours(50));
    identity::reset_password(&world.system(), &token_in(&mails[0]), PASSWORD).await.unwrap();
    let ana = world.sign_in("ana@example.test", PASSWORD).await.unwrap();
    let mut hers = site.browser(Some(&ana), "en").await;
    assert_eq!(hers.get("/whm/mail").await.status, 200);
    assert_eq!(hers.get("/whm/staff").await.status, 403);

    let mut browser = proven(&site, &boss).await;
    for path in ["/whm/staff".to_owned(), "/whm/staff/new".to_owned(), format!("/whm/staff/{ana}")] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page_checks::problems(&page.body), Vec::<String>::new(), "{path}");
    }
    browser.post(&format!("/whm/staff/{ana}"), &[("role_network", "1")]).await;
    assert_eq!(staff::get(&world.services.db, &ana).await.unwrap().roles, ["network"]);
    browser.post(&format!("/whm/staff/{ana}/revoke"), &[]).await;
    assert!(hers.get("/whm").await.location().starts_with("/login"), "her session has ended");
    assert_eq!(staff::get(&world.services.db, &ana).await.unwrap_err().code(), "NOT_FOUND");
}

#[tokio::test]
async fn somebody_always_stays_administrator() {
    let world = World::new().await;
    let boss = boss(&world).await;
    let ctx = world.system();
    let roles = ["support".to_owned()];

    assert!(matches!(staff::set_roles(&ctx, &boss, &roles).await, Err(IdentityError::LastAdmin)));
    assert!(matches!(staff::revoke(&ctx, &boss).await, Err(IdentityError::LastAdmin)));

    identity::create_admin(&ctx, "second@example.test", "Second", None).await.unwrap();
    staff::set_roles(&ctx, &boss, &roles).await.unwrap();
    assert_eq!(staff::get(&ctx.db, &boss).await.unwrap().roles, roles);
}

#[tokio::test]
async fn a_customer_becomes_staff_and_keeps_his_password() {
    let world = World::new().await;
    world.register("Rina", "rina@example.test").await;
    let ctx = world.system();
    let new = NewStaff { email: "rina@example.test", name: "Other", role: "billing", password: None };

    let made = staff::create(&ctx, new).await.unwrap();

    assert!(made.was_known && made.generated_password.is_none());
    assert_eq!(world.sign_in("rina@example.test", PASSWORD).await.unwrap(), made.user_id);
    let rina = staff::get(&ctx.db, &made.user_id).await.unwrap();
    assert_eq!((rina.user.name.as_str(), rina.roles), ("Rina", vec!["billing".to_owned()]));
    assert!(matches!(staff::create(&ctx, new).await, Err(IdentityError::EmailTaken)));
    let unknown = NewStaff { role: "boss", ..new };
    assert!(matches!(staff::create(&ctx, unknown).await, Err(IdentityError::Invalid(_))));
}
