//! Idempotency keys, alerts, the audit seal, cleaning.
use super::*;
use crate::support::{World, shop};
use chrono::Duration;
use entity::{
    catalog::waitlist_entry,
    platform::{alert as alert_row, audit_log, idempotency_key, outbox_event},
    value::PurchasePolicy,
};
use sea_orm::{PaginatorTrait, QueryOrder};
use yumna::{
    domain::catalog::waitlist,
    jobs::platform,
    kernel::{
        alert::{self, Alert},
        audit::Change,
        idempotency::{self, Begin, Then},
        locale::Lang,
        said::{Arg, args},
        seal,
    },
};

fn trouble(key: &str) -> Alert<'_> {
    Alert { code: "mail_delayed", args: args([("error", "no line".into())]), key }
}

async fn begin(ctx: &Ctx, key: &str, hash: &str) -> Begin {
    idempotency::begin(&ctx.db, &ctx.live, ctx.now(), "cus_1 POST /orders", key, hash).await.unwrap()
}

#[tokio::test]
async fn the_same_request_twice_is_answered_twice_and_done_once() {
    let world = World::new().await;
    let ctx = world.system();
    let Begin::Fresh(key) = begin(&ctx, "k", "h").await else { panic!("first") };
    assert_eq!(begin(&ctx, "k", "h").await, Begin::InFlight);
    assert_eq!(begin(&ctx, "k", "other").await, Begin::Mismatch);

    let tx = ctx.begin().await.unwrap();
    idempotency::complete(&tx, &key, 201, "{}").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(begin(&ctx, "k", "h").await, Begin::Replay { status: 201, body: "{}".into() });

    world.advance(Duration::hours(25));
    assert!(matches!(begin(&ctx, "k", "other").await, Begin::Fresh(_)), "forgotten after a day");
}

#[tokio::test]
async fn a_request_that_came_to_nothing_or_whose_process_died_may_be_sent_again() {
    let world = World::new().await;
    let ctx = world.system();
    let Begin::Fresh(key) = begin(&ctx, "k", "h").await else { panic!("first") };
    let tx = ctx.begin().await.unwrap();
    assert!(idempotency::release(&tx, &key, false).await.unwrap());
    tx.commit().await.unwrap();
    assert!(matches!(begin(&ctx, "k", "h").await, Begin::Fresh(_)));

    let long_ago: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
    let stale = Expr::value(long_ago);
    let column = idempotency_key::Column::LockedUntil;
    idempotency_key::Entity::update_many().col_expr(column, stale).exec(&ctx.db).await.unwrap();
    assert!(matches!(begin(&ctx, "k", "h").await, Begin::Fresh(_)));
    assert_eq!(begin(&ctx, "k", "h").await, Begin::InFlight);
}

#[tokio::test]
async fn what_was_made_is_found_although_the_process_died_before_it_answered() {
    let world = World::new().await;
    let ctx = world.system();
    let Begin::Fresh(key) = begin(&ctx, "k", "h").await else { panic!("first") };
    let tx = ctx.begin().await.unwrap();
    idempotency::bind(&tx, &key, "ord_1", Then::Answer).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(begin(&ctx, "k", "other").await, Begin::Mismatch);
    let Begin::Made { key, made } = begin(&ctx, "k", "h").await else { panic!("it was made") };
    assert_eq!((made.as_str(), begin(&ctx, "k", "h").await), ("ord_1", Begin::InFlight), "one answers at a time");
    let tx = ctx.begin().await.unwrap();
    assert!(idempotency::release(&tx, &key, false).await.unwrap());
    tx.commit().await.unwrap();
    let Begin::Made { key, .. } = begin(&ctx, "k", "h").await else { panic!("only its answer failed") };

    let tx = ctx.begin().await.unwrap();
    idempotency::complete(&tx, &key, 201, "{}").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(begin(&ctx, "k", "h").await, Begin::Replay { status: 201, body: "{}".into() });
}

#[tokio::test]
async fn who_was_overtaken_binds_nothing_and_who_asks_outside_is_waited_for() {
    let world = World::new().await;
    let ctx = world.system();
    let Begin::Fresh(slow) = begin(&ctx, "k", "h").await else { panic!("first") };
    let long_ago: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
    let column = idempotency_key::Column::LockedUntil;
    idempotency_key::Entity::update_many().col_expr(column, Expr::value(long_ago)).exec(&ctx.db).await.unwrap();
    let Begin::Fresh(quick) = begin(&ctx, "k", "h").await else { panic!("the way is free") };

    let tx = ctx.begin().await.unwrap();
    idempotency::bind(&tx, &slow, "pay_1", Then::GoOn).await.unwrap_err();
    assert!(!idempotency::release(&tx, &slow, true).await.unwrap(), "somebody else holds it");
    idempotency::bind(&tx, &quick, "pay_2", Then::GoOn).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(begin(&ctx, "k", "h").await, Begin::InFlight, "the gateway is being asked");
}

#[tokio::test]
async fn the_same_trouble_is_one_alert_while_it_is_open() {
    let world = World::new().await;
    let ctx = world.system();
    let trouble = || trouble("test:1");
    for is_new in [true, false] {
        let tx = ctx.begin().await.unwrap();
        assert_eq!(alert::raise(&tx, ctx.now(), "test", trouble()).await.unwrap(), is_new);
        tx.commit().await.unwrap();
    }
    let open = alert_row::Entity::find().one(&ctx.db).await.unwrap().unwrap();
    assert_eq!((open.occurrences, outbox_event::Entity::find().count(&ctx.db).await.unwrap()), (2, 1));

    let tx = ctx.begin().await.unwrap();
    assert!(alert::resolve(&tx, ctx.now(), "test:1").await.unwrap());
    assert!(alert::raise(&tx, ctx.now(), "test", trouble()).await.unwrap(), "new trouble, new alert");
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn everybody_reads_an_alert_in_his_language_and_old_rows_as_they_were_written() {
    let world = World::new().await;
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    let named = args([("payment", "YM-1".into()), ("amount", Arg::money(55_500, "IDR"))]);
    let trouble = Alert { code: "transfers_to_check", args: named, key: "k" };
    alert::raise(&tx, ctx.now(), "test", trouble).await.unwrap();
    tx.commit().await.unwrap();
    let mut row = alert_row::Entity::find().one(&ctx.db).await.unwrap().unwrap();

    let (id, en) = (alert::words(&row, Lang::Id), alert::words(&row, Lang::En));
    assert_eq!(
        (id.subject.as_str(), en.subject.as_str()),
        ("Transfer menunggu diperiksa", "Transfers wait to be checked")
    );
    assert!(id.detail.contains("YM-1 (Rp 55.500)") && id.detail.ends_with("Cek transfer."), "{}", id.detail);
    assert!(en.detail.contains("YM-1 (IDR 55,500)"), "{}", en.detail);
    assert_eq!((&row.subject, &row.detail), (&en.subject, &en.detail), "what a program without the sentence shows");

    let old = alert::Words { subject: "Transfers wait".into(), detail: "A customer sent a proof.".into() };
    (row.subject, row.detail, row.args) = (old.subject.clone(), old.detail.clone(), None);
    assert_eq!(alert::words(&row, Lang::Id), old);
}

#[tokio::test]
async fn the_audit_trail_is_a_chain_in_which_every_row_vouches_for_the_one_before() {
    let world = World::new().await;
    let ctx = world.system();
    for number in 0..5 {
        let tx = ctx.begin().await.unwrap();
        let after = Some(serde_json::json!({"z": number, "a": [1, {"y": 1, "b": null}]}));
        let change = Change { action: "test.act", target_type: "test", target_id: "t", after, ..Change::default() };
        ctx.audit(&tx, change).await.unwrap();
        tx.commit().await.unwrap();
    }

    assert_eq!(seal::seal(&ctx.db, &ctx.live).await.unwrap(), 5);
    assert_eq!(seal::seal(&ctx.db, &ctx.live).await.unwrap(), 0);

    let rows = audit_log::Entity::find().order_by_asc(audit_log::Column::Sequence).all(&ctx.db).await.unwrap();
    let mut previous = String::new();
    for (row, expected) in rows.iter().zip(1..) {
        assert_eq!(row.sequence, Some(expected));
        assert_eq!(row.hash.as_deref(), Some(seal::hash_of(row, expected, &previous).as_str()));
        previous = row.hash.clone().unwrap();
    }
    let mut forged = rows[2].clone();
    forged.after = Some(serde_json::json!({"z": 99}));
    assert_ne!(rows[2].hash.as_deref(), Some(seal::hash_of(&forged, 3, rows[1].hash.as_deref().unwrap()).as_str()));
}

#[tokio::test]
async fn news_everybody_heard_and_alerts_dealt_with_are_forgotten_in_time() {
    let world = World::new().await;
    let ctx = world.system();
    for key in ["test:open", "test:closed"] {
        let tx = ctx.begin().await.unwrap();
        alert::raise(&tx, ctx.now(), "test", trouble(key)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let tx = ctx.begin().await.unwrap();
    alert::resolve(&tx, ctx.now(), "test:closed").await.unwrap();
    tx.commit().await.unwrap();
    yumna::jobs::worker::run_due(&world.services).await.unwrap();
    assert_eq!(outbox_event::Entity::find().count(&ctx.db).await.unwrap(), 2);

    world.advance(Duration::days(31));
    platform::clean_up(ctx.clone(), platform::CleanUp {}).await.unwrap();
    assert_eq!(outbox_event::Entity::find().count(&ctx.db).await.unwrap(), 0);
    assert_eq!(alert_row::Entity::find().count(&ctx.db).await.unwrap(), 2);

    world.advance(Duration::days(335));
    platform::clean_up(ctx.clone(), platform::CleanUp {}).await.unwrap();
    let left = alert_row::Entity::find().all(&ctx.db).await.unwrap();
    assert_eq!(left.into_iter().map(|row| row.open_key).collect::<Vec<_>>(), [Some("test:open".to_owned())]);
}

#[tokio::test]
async fn who_was_told_of_room_long_ago_is_forgotten_and_who_waits_is_not() {
    let world = World::new().await;
    let ctx = world.system();
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, 1).await;
    let (budi, sari) = (world.buyer("budi").await, world.buyer("sari").await);
    for buyer in [&budi, &sari] {
        waitlist::join(&ctx, &buyer.customer_id, "ghost-basic").await.unwrap();
        world.advance(Duration::minutes(1));
    }
    assert_eq!(waitlist::offer_room(&ctx, &plan.id).await.unwrap(), 1, "there is one slot");
    let left = async || waitlist_entry::Entity::find().all(&ctx.db).await.unwrap();
    for (days, count) in [(89, 2), (2, 1), (90, 1)] {
        world.advance(Duration::days(days));
        for _ in 0..2 {
            platform::clean_up(ctx.clone(), platform::CleanUp {}).await.unwrap();
        }
        assert_eq!(left().await.len(), count, "{days}");
    }
    assert_eq!(left().await[0].customer_id, sari.customer_id);
}

#[tokio::test]
async fn cleaning_up_forgets_finished_work_but_never_where_the_timetable_stands() {
    let world = World::new().await;
    let ctx = world.system();
    let journal = Journal::default();
    queue(&ctx, note("a")).await;
    let work = Clockwork::of(vec![notes(&journal)], Vec::new(), yumna::jobs::schedule::timetable());
    yumna::jobs::worker::run_due_with(&world.services, &work).await.unwrap();
    let ticks = entity::platform::schedule::Entity::find().count(&ctx.db).await.unwrap();
    assert!(ticks > 0);
    world.advance(Duration::days(20));

    for _ in 0..2 {
        platform::clean_up(ctx.clone(), platform::CleanUp {}).await.unwrap();
    }

    assert_eq!(job::Entity::find().count(&ctx.db).await.unwrap(), 0);
    assert_eq!(entity::platform::schedule::Entity::find().count(&ctx.db).await.unwrap(), ticks);
}
