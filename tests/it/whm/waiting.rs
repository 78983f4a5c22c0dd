//! Staff see who waits for room, who has paid first, and give money back that waits.
use crate::support::{people::PASSWORD, town::Town};
use entity::{
    catalog::{plan, waitlist_entry},
    value::SubscriptionId,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use yumna::domain::{catalog::quota, subscriptions::find};

/// The town's contract is suspended, its slot is somebody else's, and it is paid again.
async fn waits(town: &Town) -> SubscriptionId {
    let id = SubscriptionId::from(town.id("subscription"));
    let ctx = town.world.system();
    let contract = find::get(&ctx.db, &id).await.unwrap();
    let tx = ctx.begin().await.unwrap();
    quota::release(&ctx, &tx, &id).await.unwrap();
    plan::Entity::update_many()
        .col_expr(plan::Column::QuotaTotal, Expr::col(plan::Column::QuotaUsed))
        .filter(plan::Column::Id.eq(&contract.plan_id))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let staff = town.world.staff("ana");
    yumna::domain::subscriptions::hold::place(&staff, &id, entity::value::HoldReason::Capacity, None).await.unwrap();
    let tx = ctx.begin().await.unwrap();
    let paid = yumna::domain::catalog::waitlist::Paid {
        subscription_id: &id,
        customer_id: &contract.customer_id,
        plan_id: &contract.plan_id,
        cycle_number: 2,
        paid_at: ctx.now(),
    };
    yumna::domain::catalog::waitlist::join_paid(&ctx, &tx, paid).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn who_has_paid_stands_first_and_a_plan_a_kind_and_a_page_can_be_asked_for() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let id = waits(&town).await;

    let page = admin.get("/whm/waiting").await;
    assert_eq!(page.status, 200);
    let (paid, interested) = (page.body.find("Paid again, was suspended"), page.body.rfind("Wants to buy"));
    assert!(paid.is_some() && paid < interested, "{}", page.body);
    assert!(page.body.contains(&format!("/whm/subscriptions/{id}")), "{}", page.body);

    let of_kind = admin.get("/whm/waiting?status=interested").await;
    assert!(!of_kind.body.contains("Paid again, was suspended") && of_kind.body.contains("/whm/customers/"));
    let of_plan = admin.get("/whm/waiting?q=ghost-pro").await;
    assert!(!of_plan.body.contains(&format!("/whm/subscriptions/{id}")), "{}", of_plan.body);
    let nobody = admin.get("/whm/waiting?q=nothing").await;
    assert!(nobody.body.contains("href=\"/whm/waiting\"") && !nobody.body.contains("<tbody>"), "{}", nobody.body);

    let program = town.program_of("admin").await;
    let first = program.get("/api/whm/waitlist?limit=1").await.json();
    assert_eq!(first["data"][0]["subscription_id"], id.as_str());
    assert_eq!(first["data"][0]["cycle"], 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = program.get(&format!("/api/whm/waitlist?limit=1&cursor={cursor}")).await.json();
    assert_eq!(
        (&second["data"][0]["id"], &second["next_cursor"]),
        (&town.id("waiting").into(), &serde_json::Value::Null)
    );
}

#[tokio::test]
async fn the_page_of_a_contract_that_waits_says_so_and_gives_its_money_back_with_a_reason() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let id = waits(&town).await;
    let (page, refund) = (format!("/whm/subscriptions/{id}"), format!("/whm/subscriptions/{id}/refund"));
    let shown = admin.get(&page).await;
    assert!(shown.body.contains(&refund) && shown.body.contains("Paid again, waiting for a slot"), "{}", shown.body);
    assert!(shown.body.contains("Waits for room"), "{}", shown.body);

    // There is no room for it, and staff are told so.
    let lifted = admin.post(&format!("{page}/unsuspend"), &[("hold", "capacity")]).await;
    assert_eq!(lifted.status, 409);
    assert!(lifted.body.contains("This plan is full"), "{}", lifted.body);

    assert!(admin.post(&refund, &[("reason", "x")]).await.location().starts_with("/whm/step-up"));
    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await;
    assert_eq!(admin.post(&refund, &[("reason", " ")]).await.status, 422);
    assert_eq!(admin.post(&refund, &[("reason", "Tidak ingin menunggu")]).await.status, 303);
    assert_eq!(admin.post(&refund, &[("reason", "Lagi")]).await.status, 409);
    let contract = find::get(&town.world.services.db, &id).await.unwrap();
    assert_eq!(contract.end_reason.as_deref(), Some("no_capacity"));
    let waits = waitlist_entry::Column::SubscriptionId.eq(id.as_str());
    assert!(waitlist_entry::Entity::find().filter(waits).one(&town.world.services.db).await.unwrap().is_none());
    assert!(!admin.get(&page).await.body.contains(&refund));
}

#[tokio::test]
async fn its_owner_reads_that_his_money_is_safe_and_types_the_name_before_he_takes_it() {
    let town = Town::new().await;
    let mut owner = town.owner_browser("en").await;
    let id = waits(&town).await;
    town.world.settle_down().await;
    let page = owner.get(&format!("/panel/services/{}", town.id("instance"))).await;
    assert!(!page.body.contains(&format!("/panel/subscriptions/{id}/cancel")), "one way out, with the money");
    for told in
        ["your money and your data are safe", "The service comes back as soon as there is room", "Get the money back"]
    {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    let refund = format!("/panel/subscriptions/{id}/refund");
    assert_eq!(owner.post(&refund, &[("confirm", "")]).await.status, 303);
    let ctx = town.world.system();
    assert!(find::view(&ctx, &id).await.unwrap().is_waiting, "nothing was typed");
    let name = entity::provisioning::instance::Entity::find_by_id(town.id("instance").to_owned());
    let name = name.one(&ctx.db).await.unwrap().unwrap().name;
    assert_eq!(owner.post(&refund, &[("confirm", &name)]).await.status, 303);
    assert_eq!(find::get(&ctx.db, &id).await.unwrap().end_reason.as_deref(), Some("no_capacity"));
}
