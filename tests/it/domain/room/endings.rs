//! How waiting for room ends where no room comes: reminded of, by itself, one by one.
use super::*;
use entity::value::{PauseHolds, PauseScope};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use yumna::{
    domain::subscriptions::automation::{self, NewPause},
    jobs::messaging::service_notices,
};

#[tokio::test]
async fn who_waits_is_reminded_twice_before_his_data_goes_and_not_once_there_is_room() {
    let (story, _, taken) = Story::waiting().await;
    let ctx = story.world.system();
    let reminded = async |at: &str| {
        story.world.advance(wib(at) - story.world.system().now());
        for _ in 0..2 {
            service_notices::remind_waiting(ctx.clone(), service_notices::RemindWaiting {}).await.unwrap();
        }
        story.mails("service_waiting_near").await
    };
    // He waits since the 5th of January, until the 12th.
    assert_eq!(reminded("2027-01-09T10:00:00").await, 0);
    assert_eq!(reminded("2027-01-10T10:00:00").await, 1);
    assert_eq!(reminded("2027-01-10T18:00:00").await, 1);
    assert_eq!(reminded("2027-01-11T10:00:00").await, 2);
    let mails = story.world.mails_to(&story.budi.email).await;
    let mail = mails.iter().find(|mail| mail.template == "service_waiting_near").unwrap();
    assert!(mail.text.contains("12 Jan 2027") && mail.text.contains("datanya dihapus"), "{}", mail.text);

    story.ends(&taken).await;
    ordering::admit_waiting(&ctx, &story.plan.id).await.unwrap();
    assert_eq!(story.now().await.status, Status::Active);
    assert_eq!(reminded("2027-01-12T10:00:00").await, 2, "he waits no longer");
}

#[tokio::test]
async fn the_money_of_who_waits_goes_back_by_itself_after_a_week() {
    let (story, ..) = Story::waiting().await;
    let ctx = story.world.system();
    story.world.advance(Duration::days(7) - Duration::hours(1));
    assert_eq!(ordering::refund_overdue_waiting(&ctx).await.unwrap(), 0);
    story.world.advance(Duration::hours(1));
    assert_eq!(ordering::refund_overdue_waiting(&ctx).await.unwrap(), 1);
    assert_eq!(ordering::refund_overdue_waiting(&ctx).await.unwrap(), 0);
    story.world.settle_down().await;
    assert_eq!(story.world.balance_of(&story.budi).await, 55_500);
    assert_eq!(story.now().await.status, Status::Terminated);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn one_whose_money_cannot_go_back_by_itself_keeps_nobody_elses() {
    let (story, ..) = Story::waiting().await;
    let ctx = story.world.system();
    let own = story.in_queue().await.remove(0);
    let broken = waitlist_entry::Model { id: "a".into(), subscription_id: Some("sub_nobody".into()), ..own };
    waitlist_entry::Entity::insert(broken.into_active_model().reset_all())
        .exec_without_returning(&ctx.db)
        .await
        .unwrap();
    story.world.advance(Duration::days(7));
    for _ in 0..2 {
        assert_eq!(ordering::refund_overdue_waiting(&ctx).await.unwrap_err().code(), "NOT_FOUND", "it is not hidden");
        assert_eq!(story.world.balance_of(&story.budi).await, 55_500);
    }
}

#[tokio::test]
async fn one_who_cannot_be_let_in_keeps_nobody_else_outside() {
    let (story, ..) = Story::waiting().await;
    let ctx = story.world.system();
    let own = story.in_queue().await.remove(0);
    let paid_at = own.paid_at.map(|at| at - Duration::hours(1));
    let broken = waitlist_entry::Model { id: "a".into(), subscription_id: Some("sub_nobody".into()), paid_at, ..own };
    waitlist_entry::Entity::insert(broken.into_active_model().reset_all())
        .exec_without_returning(&ctx.db)
        .await
        .unwrap();
    // A slot for each of the three: that of who cannot be let in is kept for him.
    write::set_quota_total(&ctx, &story.plan.id, 3).await.unwrap();
    for _ in 0..2 {
        let failed = ordering::admit_waiting(&ctx, &story.plan.id).await.unwrap_err();
        assert_eq!(failed.code(), "NOT_FOUND", "it is not hidden");
        assert_eq!((story.now().await.status, story.used().await), (Status::Active, 2));
    }
    assert_eq!(story.in_queue().await.len(), 1);
}

#[tokio::test]
async fn who_took_his_money_back_lets_those_who_paid_go_first_until_he_pays_again() {
    let (story, _, taken) = Story::waiting().await;
    let (world, ctx, id) = (&story.world, story.world.system(), &story.contract.id);
    let tono = world.buyer("tono").await;
    let late = joins_the_queue(&story, &tono).await;
    hold::place(&ctx, id, HoldReason::Chargeback, None).await.unwrap();
    story.ends(&taken).await;
    world.settle_down().await;
    assert_eq!(world.contract(&late).await.status, Status::Active, "he paid");
    assert_eq!((story.now().await.status, story.in_queue().await.len()), (Status::Suspended, 1), "in his place");

    // A slot that nobody else waits for is not his either, and not kept from others.
    story.ends(&world.contract(&late).await).await;
    world.settle_down().await;
    assert_eq!((story.now().await.status, story.used().await), (Status::Suspended, 0));
    let rina = world.buyer("rina").await;
    world.orders(&rina, "ghost-basic").await.unwrap();
    write::set_quota_total(&ctx, &story.plan.id, 2).await.unwrap();
    world.settle_down().await;
    assert_eq!(story.used().await, 1, "rina's alone");

    // He is looked at as soon as nothing is held against him, without any other news.
    assert!(hold::lift(&ctx, id, HoldReason::Chargeback).await.unwrap());
    assert!(!hold::lift(&ctx, id, HoldReason::Chargeback).await.unwrap());
    world.settle_down().await;
    assert_eq!((story.now().await.status, story.used().await), (Status::Active, 2));
    assert_eq!(story.in_queue().await.len(), 0);
    world.books_are_right().await;
}

#[tokio::test]
async fn what_is_kept_for_who_takes_his_money_back_goes_to_the_next() {
    let (story, _, taken) = Story::waiting().await;
    let (world, ctx) = (&story.world, story.world.system());
    let tono = world.buyer("tono").await;
    let late = joins_the_queue(&story, &tono).await;
    world.settle_down().await;
    // His slot falls free, and before anybody has heard of it his bank takes the money back.
    story.ends(&taken).await;
    hold::place(&ctx, &story.contract.id, HoldReason::Chargeback, None).await.unwrap();
    ordering::admit_waiting(&ctx, &story.plan.id).await.unwrap();
    assert_eq!((world.contract(&late).await.status, story.used().await), (Status::Active, 1));
}

#[tokio::test]
async fn nothing_is_removed_while_automation_is_paused_and_the_money_is_there_at_one_click() {
    let (story, ..) = Story::waiting().await;
    let ctx = story.world.system();
    let tono = story.world.buyer("tono").await;
    let late = joins_the_queue(&story, &tono).await;
    let new = NewPause {
        scope: PauseScope::Everything,
        holds: PauseHolds::Everything,
        target_id: "",
        ends_at: ctx.now() + Duration::days(20),
        reason: "Banjir",
    };
    let pause = automation::pause(&story.world.staff("ana"), new).await.unwrap();
    story.world.advance(Duration::days(8));
    assert_eq!(ordering::refund_overdue_waiting(&ctx).await.unwrap(), 1, "of what never ran there is nothing to keep");
    assert_eq!(story.world.contract(&late).await.status, Status::Terminated);
    assert_eq!((story.now().await.status, story.in_queue().await.len()), (Status::Suspended, 1));

    automation::lift(&ctx, &pause.id).await.unwrap();
    assert_eq!(ordering::refund_overdue_waiting(&ctx).await.unwrap(), 1);
    story.world.settle_down().await;
    assert_eq!((story.now().await.status, story.world.balance_of(&story.budi).await), (Status::Terminated, 55_500));
    story.world.books_are_right().await;
}
