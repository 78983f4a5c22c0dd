//! What is deferred is earned day by day: what is, when, once, and whoever looks when.
use super::{
    a_year, bills, books, day, defers, earned_in, earns, month, moves_to, part, schedules, sold,
    was_never_below_nothing,
};
use crate::{
    domain::renewals::wib,
    support::{World, money::line},
};
use chrono::Duration;
use entity::{
    ledger::transaction,
    platform::alert,
    value::{Cycle, business_day},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use yumna::domain::{billing::deferral, ledger, reports::closing};

#[tokio::test]
async fn only_what_is_sold_for_longer_than_a_month_is_deferred_and_only_where_the_books_are_kept_so() {
    let world = World::new().await;
    let budi = world.customer().await;
    let today = day("2026-11-21");
    let lines = || {
        vec![
            sold(1_200_000, Cycle::Annually, today),
            sold(300_000, Cycle::Quarterly, today),
            sold(50_000, Cycle::Monthly, today),
            sold(70_000, Cycle::OneTime, today),
            line(9_000),
            sold(0, Cycle::Annually, today),
        ]
    };
    bills(&world, &budi, lines()).await;
    assert_eq!((books(&world).await, schedules(&world).await.len()), ((0, 1_629_000), 0));

    defers(&world, true).await;
    bills(&world, &budi, lines()).await;
    assert_eq!(books(&world).await, (1_500_000, 1_629_000 + 129_000));
    assert_eq!(schedules(&world).await.len(), 2, "nothing was changed that was issued before");

    defers(&world, false).await;
    bills(&world, &budi, lines()).await;
    assert_eq!(schedules(&world).await.len(), 2);
    moves_to(&world, wib("2027-11-21T00:10:00"));
    earns(&world).await;
    assert_eq!(books(&world).await, (0, 3 * 1_629_000), "what was deferred is earned all the same");
    world.books_are_right().await;
}

#[tokio::test]
async fn each_day_is_earned_when_it_is_over_and_once() {
    let (world, _) = a_year().await;
    assert_eq!(earns(&world).await, 0, "the first day is not over");
    moves_to(&world, wib("2026-11-22T00:04:00"));
    assert_eq!((earns(&world).await, books(&world).await), (1, (364_000, 1_000)));
    assert_eq!((earns(&world).await, books(&world).await), (0, (364_000, 1_000)));
    let posted = transaction::Entity::find().filter(transaction::Column::Kind.eq("revenue_earned"));
    let posted = posted.one(&world.services.db).await.unwrap().unwrap();
    assert_eq!(business_day(posted.posted_at), day("2026-11-21"), "it belongs to the day that is over");
    moves_to(&world, wib("2026-12-01T00:04:00"));
    earns(&world).await;
    assert_eq!(books(&world).await, (355_000, 10_000));
    assert_eq!(earned_in(&world, month("2026-11")).await, 10_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_month_of_downtime_gives_what_day_by_day_gives() {
    let mut told = Vec::new();
    for step in [1, 40] {
        let world = World::new().await;
        defers(&world, true).await;
        let budi = world.customer().await;
        let start = day("2026-11-21");
        let nets = [999_999, 100, 3, 1_234_567];
        let lines = nets.iter().map(|net| sold(*net, Cycle::Annually, start));
        let lines = lines.chain(nets.iter().map(|net| sold(net * 7, Cycle::Quarterly, start)));
        bills(&world, &budi, lines.collect()).await;
        for _ in 0..(80 / step) {
            world.advance(Duration::days(step));
            earns(&world).await;
        }
        world.books_are_right().await;
        let mut months = vec![];
        for name in ["2026-11", "2026-12", "2027-01", "2027-02"] {
            months.push(earned_in(&world, month(name)).await);
        }
        let rows = schedules(&world).await.into_iter().map(|row| (row.recognised_minor, row.earned_to, row.next_on));
        told.push((books(&world).await, months, rows.collect::<Vec<_>>()));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn what_is_invoiced_late_is_earned_with_its_invoice_and_never_before() {
    for is_asleep in [false, true] {
        let world = World::new().await;
        defers(&world, true).await;
        let budi = world.customer().await;
        moves_to(&world, wib("2026-12-05T10:00:00"));
        bills(&world, &budi, vec![sold(365_000, Cycle::Annually, day("2026-11-21"))]).await;

        if !is_asleep {
            moves_to(&world, wib("2026-12-05T11:04:00"));
            earns(&world).await;
            assert_eq!(books(&world).await, (351_000, 14_000), "the days before count as well");
        }
        moves_to(&world, wib("2027-01-10T00:04:00"));
        earns(&world).await;

        assert_eq!(earned_in(&world, month("2026-11")).await, 0, "nothing was deferred yet");
        assert_eq!(earned_in(&world, month("2026-12")).await, 41_000);
        assert_eq!(earned_in(&world, month("2027-01")).await, 9_000);
        was_never_below_nothing(&world).await;
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn a_schedule_that_cannot_be_booked_keeps_no_other_from_being_and_is_told_once() {
    let world = World::new().await;
    defers(&world, true).await;
    let budi = world.customer().await;
    bills(&world, &budi, (0..40).map(|_| sold(365_000, Cycle::Annually, day("2026-11-21"))).collect()).await;
    moves_to(&world, wib("2026-11-22T00:04:00"));
    earns(&world).await;
    let sick = schedules(&world).await.remove(0).id;
    let looked_at = async |times: i32| {
        let damage = format!("UPDATE revenue_schedules SET turns = {times} WHERE id = '{sick}'");
        world.services.db.execute_unprepared(&damage).await.unwrap();
    };

    // Its next posting would have the name of the one it has.
    looked_at(0).await;
    for days in [2, 3] {
        moves_to(&world, wib(&format!("2026-11-{}T00:04:00", 21 + days)));
        assert_eq!((earns(&world).await, earns(&world).await), (39, 0));
        assert_eq!(books(&world).await.1, 39_000 * days + 1_000);
        assert_eq!(world.alerts().await, ["revenue_not_earned"]);
        world.books_are_right().await;
    }

    looked_at(7).await;
    moves_to(&world, wib("2026-11-25T00:04:00"));
    assert_eq!((earns(&world).await, books(&world).await.1), (40, 160_000), "what was put off is not lost");
    let open = alert::Entity::find().filter(alert::Column::OpenKey.is_not_null());
    assert_eq!(open.one(&world.services.db).await.unwrap(), None, "what is booked worries nobody");
    world.books_are_right().await;
}

#[tokio::test]
async fn what_belongs_to_a_closed_month_and_was_not_booked_counts_now() {
    let (world, _) = a_year().await;
    let ana = world.staff("ana");
    moves_to(&world, wib("2027-01-11T09:00:00"));
    let items = closing::open_items(&ana, month("2026-11")).await.unwrap();
    assert_eq!((items.deferred_minor, items.unbooked_minor, items.next_minor), (365_000, 10_000, 31_000));
    ledger::close_period(&ana, "2026-11").await.unwrap();

    earns(&world).await;

    assert_eq!(earned_in(&world, month("2026-11")).await, 0);
    assert_eq!(earned_in(&world, month("2026-12")).await, 31_000);
    assert_eq!(earned_in(&world, month("2027-01")).await, 10_000 + 10_000, "November's, and its own ten days");
    assert_eq!(books(&world).await, (314_000, 51_000));
    let items = closing::open_items(&ana, month("2026-12")).await.unwrap();
    assert_eq!((items.deferred_minor, items.unbooked_minor, items.next_minor), (334_000, 0, 21_000));
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_on_several_nodes_are_earned_once() {
    let world = Arc::new(World::new().await);
    defers(&world, true).await;
    let budi = world.customer().await;
    let lines: Vec<_> = (0..1_200).map(|place| sold(10_000 + place, Cycle::Annually, day("2026-11-21"))).collect();
    let whole: i64 = lines.iter().map(|line| line.unit_minor).sum();
    let expected: i64 = lines.iter().map(|line| part(line.unit_minor, 45, 365)).sum();
    bills(&world, &budi, lines).await;
    moves_to(&world, wib("2027-01-05T00:04:00"));

    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { deferral::earn_due(&world.system()).await })
        })
        .collect();
    let mut lines = 0;
    for node in nodes {
        lines += node.await.unwrap().unwrap();
    }
    // Who found others at work rests; the next hour finds nothing left.
    lines += earns(&world).await;

    assert_eq!((lines, books(&world).await), (1_200, (whole - expected, expected)));
    assert_eq!(earns(&world).await, 0);
    let postings = transaction::Entity::find().filter(transaction::Column::Kind.eq("revenue_earned"));
    let postings = postings.all(&world.services.db).await.unwrap().len();
    assert!((9..=12).contains(&postings), "{postings}: one for each block and month");
    world.books_are_right().await;
}
