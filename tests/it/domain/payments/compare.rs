//! Gateways are asked once more about the payments of the last days.
use super::*;
use entity::{payments::gateway_difference, platform::alert, value::DifferenceStatus};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use yumna::{
    domain::payments::{
        ComparePayments,
        attempt::{Choice, Compared},
    },
    jobs::worker,
    kernel::page::PageRequest,
};

async fn listed(world: &World) -> Vec<(String, String, String, DifferenceStatus)> {
    let rows = gateway_difference::Entity::find()
        .order_by_asc(gateway_difference::Column::Id)
        .all(&world.services.db)
        .await
        .unwrap();
    rows.into_iter().map(|row| (row.what, row.ours, row.theirs, row.status)).collect()
}

async fn compare(world: &World) -> Compared {
    attempt::compare(&world.system(), &ComparePayments::default()).await.unwrap()
}

fn told(what: &str, ours: &str, theirs: &str, status: DifferenceStatus) -> (String, String, String, DifferenceStatus) {
    (what.to_owned(), ours.to_owned(), theirs.to_owned(), status)
}

#[tokio::test]
async fn money_nobody_told_of_is_found_and_booked_by_night() {
    let (world, gateway, _, bill, pay) = waiting(50_000).await;
    world.advance(Duration::hours(30));
    attempt::expire(&world.system(), &pay.id).await.unwrap();
    assert_eq!(compare(&world).await, Compared { asked: 1, next: None });
    assert!(listed(&world).await.is_empty());

    gateway.pay(&pay.reference, 50_000);
    for _ in 0..2 {
        compare(&world).await;
    }
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    assert_eq!(listed(&world).await, [told("status", "expired", "succeeded", DifferenceStatus::Repaired)]);
    assert!(!world.alerts().await.contains(&"gateway_differences".to_owned()));
    world.books_are_right().await;
}

#[tokio::test]
async fn fees_refunds_and_chargebacks_nobody_told_of_are_repaired() {
    let (world, gateway, _, _, pay) = waiting(50_000).await;
    gateway.pay(&pay.reference, 50_000);
    notified(&world, &gateway, &pay.reference).await;
    gateway.set(&pay.reference, |report| report.fee_minor = 4_000);
    compare(&world).await;
    assert_eq!(world.payment(&pay).await.fee_minor, 4_000);

    gateway.set(&pay.reference, |report| {
        (report.status, report.refunded_minor) = (PaymentStatus::PartiallyRefunded, 20_000);
    });
    compare(&world).await;
    assert_eq!(world.payment(&pay).await.refunded_minor, 20_000);

    gateway.set(&pay.reference, |report| report.status = PaymentStatus::Chargeback);
    for _ in 0..2 {
        compare(&world).await;
    }
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Chargeback);
    let repaired = DifferenceStatus::Repaired;
    assert_eq!(
        listed(&world).await,
        [
            told("fee", "0", "4000", repaired),
            told("status", "succeeded", "partially_refunded", repaired),
            told("status", "partially_refunded", "chargeback", repaired),
        ]
    );
    assert_eq!(compare(&world).await.asked, 0, "what was taken back for good is not asked about again");
    world.books_are_right().await;
}

#[tokio::test]
async fn what_cannot_be_repaired_is_listed_until_it_agrees_or_staff_clear_it_up() {
    let (world, gateway, _, _, pay) = waiting(50_000).await;
    gateway.pay(&pay.reference, 50_000);
    notified(&world, &gateway, &pay.reference).await;
    gateway.set(&pay.reference, |report| report.amount = Money::idr(49_000));
    for _ in 0..2 {
        compare(&world).await;
    }
    assert_eq!(listed(&world).await, [told("amount", "50000", "49000", DifferenceStatus::Open)]);
    assert!(world.alerts().await.contains(&"gateway_differences".to_owned()));

    gateway.set(&pay.reference, |report| report.amount = Money::idr(50_000));
    compare(&world).await;
    assert_eq!(listed(&world).await, [told("amount", "50000", "49000", DifferenceStatus::Repaired)]);

    gateway.set(&pay.reference, |report| report.status = PaymentStatus::Pending);
    compare(&world).await;
    let (ana, open) = (world.staff("ana"), Some(DifferenceStatus::Open));
    let found = attempt::list_differences(&ana, open, &PageRequest::default()).await.unwrap().rows.remove(0);
    assert_eq!((found.what.as_str(), found.theirs.as_str()), ("status", "pending"));
    let nothing = attempt::close_difference(&ana, &found.id, " ").await;
    assert!(matches!(nothing, Err(PaymentError::ReasonRequired)));
    for _ in 0..2 {
        let closed = attempt::close_difference(&ana, &found.id, "Dasbor menunjukkan lunas").await.unwrap();
        assert_eq!(
            (closed.status, closed.note.as_deref()),
            (DifferenceStatus::Closed, Some("Dasbor menunjukkan lunas"))
        );
    }
    compare(&world).await;
    assert!(attempt::list_differences(&ana, open, &PageRequest::default()).await.unwrap().rows.is_empty());
    world.books_are_right().await;
}

#[tokio::test]
async fn a_comparison_is_bounded_and_goes_on_where_it_was() {
    let (world, gateway, budi, _, first) = waiting(50_000).await;
    let mut last = first.id.clone();
    for _ in 0..24 {
        let bill = world.invoice(&budi, &[10_000]).await;
        last = start(&world, &bill, "qris", None).await.unwrap().id;
    }
    let before = gateway.calls("inquire");
    let ctx = world.system();
    let Compared { asked, next } = compare(&world).await;
    assert_eq!((asked, gateway.calls("inquire") - before), (20, 20));
    let rest = attempt::compare(&ctx, &next.unwrap()).await.unwrap();
    assert_eq!(rest, Compared { asked: 5, next: None });

    gateway.spoil(Trouble::Unavailable);
    assert_eq!(compare(&world).await.asked, 20, "one without an answer keeps no other back");
    // As the timetable has it: one go after the other, with a pause between.
    let tx = ctx.begin().await.unwrap();
    ctx.enqueue(&tx, &ComparePayments::default()).await.unwrap();
    tx.commit().await.unwrap();
    worker::run_due(&world.services).await.unwrap();
    assert_eq!(world.waiting("payments.compare").await, 1);
    world.advance(Duration::seconds(61));
    worker::run_due(&world.services).await.unwrap();
    assert_eq!(world.waiting("payments.compare").await, 0);

    world.advance(Duration::days(8));
    assert_eq!(compare(&world).await.asked, 0, "older ones are left alone");
    let end = ComparePayments { after: Some(last), silent: Vec::new() };
    assert_eq!(attempt::compare(&ctx, &end).await.unwrap().asked, 0);
}

// 73
#[tokio::test]
async fn a_gateway_that_is_dead_keeps_no_other_from_being_compared_and_staff_are_told() {
    let (dead, alive) = (ScriptedGateway::default(), ScriptedGateway::called("second"));
    let (one, other) = (dead.clone(), alive.clone());
    let world = World::with(|services| services.gateways = vec![Arc::new(one), Arc::new(other)]).await;
    world.account().await;
    world.account_at("second").await;
    let (ctx, budi) = (world.system(), world.customer().await);
    // More of the first than are asked about in one go.
    for _ in 0..24 {
        let bill = world.invoice(&budi, &[10_000]).await;
        start(&world, &bill, "qris", None).await.unwrap();
    }
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&ctx, &budi.id, &bill.id, &Choice::of("second", "qris", None)).await.unwrap();
    alive.pay(&pay.reference, 50_000);
    (0..24).for_each(|_| dead.spoil(Trouble::Unavailable));
    let is_told = async || {
        let open = alert::Column::OpenKey.eq(format!("gateway_silent:{CODE}"));
        alert::Entity::find().filter(open).count(&ctx.db).await.unwrap() == 1
    };

    let first = compare(&world).await;
    let rest = attempt::compare(&ctx, first.next.as_ref().unwrap()).await.unwrap();

    assert_eq!((first.asked, dead.calls("inquire"), is_told().await), (3, 3, true));
    assert_eq!(rest, Compared { asked: 1, next: None });
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);

    dead.recovers();
    assert_eq!((compare(&world).await.asked, is_told().await), (20, false), "the next night it is asked again");
    world.books_are_right().await;
}
