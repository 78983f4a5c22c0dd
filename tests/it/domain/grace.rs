//! Staff give one customer more time to pay, and everything but the suspension goes on.
use super::renewals::{Story, wib};
use chrono::NaiveDate;
use entity::{
    platform::audit_log,
    value::{InvoiceStatus, SubscriptionStatus as Status},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use yumna::{
    domain::subscriptions::{SubscriptionError, grace},
    kernel::fault::Fault,
};

const WHY: &str = "Gaji terlambat";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_suspension_is_put_off_by_so_many_days_and_the_reminders_say_so() {
    let story = Story::begin().await;
    story.until(wib("2026-12-22T08:00:00")).await;
    let (ana, id) = (story.world.staff("ana"), &story.contract.id);
    assert_eq!(grace::suspends_on(&ana, id).await.unwrap(), Some(day("2026-12-28")));

    assert_eq!(grace::extend(&ana, id, 5, WHY).await.unwrap(), day("2027-01-02"));
    story.until(wib("2026-12-27T12:00:00")).await;
    let mails = story.world.mails_to(&story.budi.email).await;
    let overdue: Vec<_> = mails.iter().filter(|mail| mail.template.starts_with("renewal_overdue")).collect();
    assert!(!overdue.is_empty() && overdue.iter().all(|mail| mail.text.contains("2 Jan 2027")), "{overdue:#?}");
    // Given again, it adds up.
    assert_eq!(grace::extend(&ana, id, 1, WHY).await.unwrap(), day("2027-01-03"));
    story.until(wib("2027-01-02T23:00:00")).await;
    assert_eq!(story.now().await.status, Status::PastDue);
    story.until(wib("2027-01-03T01:00:00")).await;
    assert_eq!(story.now().await.status, Status::Suspended);

    let trail = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq("subscriptions.subscription.extend_grace"))
        .order_by_asc(audit_log::Column::Id)
        .all(&ana.db)
        .await
        .unwrap();
    assert_eq!((trail.len(), trail[0].reason.as_deref()), (2, Some(WHY)));
    assert_eq!(trail[0].before, Some(json!({ "suspends_on": "2026-12-28" })));
    assert_eq!(trail[0].after, Some(json!({ "suspends_on": "2027-01-02", "days": 5 })));
}

#[tokio::test]
async fn money_that_comes_in_the_days_given_is_taken_as_always() {
    let story = Story::begin().await;
    story.until(wib("2026-12-22T08:00:00")).await;
    grace::extend(&story.world.staff("ana"), &story.contract.id, 10, WHY).await.unwrap();
    story.until(wib("2027-01-03T12:00:00")).await;
    story.world.gives(&story.budi, 55_500).await;
    story.until(wib("2027-01-04T12:00:00")).await;
    assert_eq!(story.renewals().await[0].status, InvoiceStatus::Paid);
    assert_eq!(story.now().await.status, Status::Active);
    assert_eq!(grace::suspends_on(&story.world.system(), &story.contract.id).await.unwrap(), None);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn time_is_given_only_where_something_is_owed_and_only_so_much_of_it() {
    let story = Story::begin().await;
    let (ana, id) = (story.world.staff("ana"), &story.contract.id);
    let early = grace::extend(&ana, id, 5, WHY).await.unwrap_err();
    assert!(matches!(early, SubscriptionError::InvalidState(Status::Active)), "nothing is asked for: {early:?}");
    story.until(wib("2026-12-22T08:00:00")).await;
    for days in [0, -1, 61, i64::MAX] {
        let refused = grace::extend(&ana, id, days, " ").await.unwrap_err();
        let fields: Vec<String> = refused.fields().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["days", "reason"], "{days}");
    }
    story.until(wib("2026-12-28T12:00:00")).await;
    let late = grace::extend(&ana, id, 5, WHY).await.unwrap_err();
    assert!(matches!(late, SubscriptionError::InvalidState(Status::Suspended)), "{late:?}");
}
