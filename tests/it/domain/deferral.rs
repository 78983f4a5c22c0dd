//! What is sold for longer than a month at a time becomes revenue day by day of its service, to the rupiah.
use super::renewals::{Story, wib};
use crate::support::{
    World,
    driver::Scripted,
    gateway,
    money::{by, line, with_gateway},
    shop::{self, Buyer},
};
use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveDate, Utc};
use entity::{
    billing::{invoice, revenue_schedule},
    customers::customer,
    ledger::{account, entry, transaction},
    platform::alert,
    value::{
        Cycle, InvoiceKind, InvoiceStatus, Money, PaymentStatus, Period, PurchasePolicy, SubscriptionId,
        SubscriptionStatus, business_day, day_start,
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::{collections::BTreeMap, sync::Arc};
use yumna::domain::{
    billing::{
        NewLine,
        credit_note::{self, Against, Credit, NewCreditNote},
        deferral,
        invoice::{self as invoices, NewInvoice},
        write_off,
    },
    ledger,
    ordering::{self, Placed, change},
    payments::attempt,
    reports::{ageing, closing, deferred, range::Range, revenue},
    settings,
    subscriptions::cancel::{self, When},
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn month(text: &str) -> Range {
    Range::month_of(day(&format!("{text}-01")))
}

/// The world's clock stands at this instant.
fn moves_to(world: &World, at: DateTime<Utc>) {
    world.advance(at - world.services.clock.now());
}

async fn defers(world: &World, is_on: bool) {
    settings::save_section(&world.system(), settings::Books { defers_revenue: is_on }).await.unwrap();
}

/// What accounts of this kind hold, credit above zero.
async fn held(world: &World, kind: &str) -> i64 {
    let rows = account::Entity::find().all(&world.services.db).await.unwrap();
    -rows.iter().filter(|row| row.kind.as_str() == kind).map(|row| row.balance_minor).sum::<i64>()
}

/// What is deferred, and what is revenue.
async fn books(world: &World) -> (i64, i64) {
    (held(world, "deferred_revenue").await, held(world, "revenue").await)
}

async fn earns(world: &World) -> u64 {
    deferral::earn_due(&world.system()).await.unwrap()
}

async fn earned_in(world: &World, range: Range) -> i64 {
    let report = revenue::report(&world.system(), range).await.unwrap();
    assert!(report.ties(), "{report:?}");
    report.total().earned_minor
}

async fn schedules(world: &World) -> Vec<revenue_schedule::Model> {
    revenue_schedule::Entity::find().order_by_asc(revenue_schedule::Column::Id).all(&world.services.db).await.unwrap()
}

/// The account of what is deferred was at no moment below nothing, as its postings are dated.
async fn was_never_below_nothing(world: &World) {
    let rows = account::Entity::find().all(&world.services.db).await.unwrap();
    let deferred: Vec<_> =
        rows.into_iter().filter(|row| row.kind.as_str() == "deferred_revenue").map(|row| row.id).collect();
    let mut moved: BTreeMap<DateTime<Utc>, i64> = BTreeMap::new();
    for entry in entry::Entity::find().all(&world.services.db).await.unwrap() {
        if deferred.contains(&entry.account_id) {
            *moved.entry(entry.created_at).or_default() -= entry.amount_minor;
        }
    }
    let mut held = 0;
    for (at, minor) in moved {
        held += minor;
        assert!(held >= 0, "{held} at {at}");
    }
}

/// A contract ends now.
async fn ends(world: &World, id: &SubscriptionId) {
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    deferral::end(&ctx, &tx, id).await.unwrap();
    tx.commit().await.unwrap();
}

/// The part of `whole` that so many days of so many are, rounded half up.
fn part(whole: i64, days: i64, all: i64) -> i64 {
    (whole * days * 2 + all) / (all * 2)
}

/// A line for this cycle from `start` on.
fn sold(net: i64, cycle: Cycle, start: NaiveDate) -> NewLine {
    NewLine { sold_for: Some(cycle), period: Some(Period::starting(start, cycle, start.day())), ..line(net) }
}

async fn bills(world: &World, customer: &customer::Model, lines: Vec<NewLine>) -> invoice::Model {
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    let due_at = ctx.now();
    let new = NewInvoice { customer, kind: InvoiceKind::Manual, lines, due_at, notes: None };
    let bill = invoices::issue(&ctx, &tx, new).await.unwrap();
    tx.commit().await.unwrap();
    bill
}

/// Books in which a year of Rp 365.000 began today, and an invoice of it.
async fn a_year() -> (World, invoice::Model) {
    let (world, _) = with_gateway().await;
    defers(&world, true).await;
    let budi = world.customer().await;
    let bill = bills(&world, &budi, vec![sold(365_000, Cycle::Annually, day("2026-11-21"))]).await;
    (world, bill)
}

async fn credits(world: &World, bill: &invoice::Model, credit: Credit, key: &str) {
    let new = NewCreditNote { invoice_id: &bill.id, credit, against: Against::Open, reason: "Maaf", key };
    credit_note::issue_now(&world.staff("ana"), new).await.unwrap();
}

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

#[tokio::test]
async fn a_credit_note_takes_what_is_not_earned_first() {
    let (world, bill) = a_year().await;
    moves_to(&world, wib("2026-12-01T00:04:00"));
    earns(&world).await;

    credits(&world, &bill, Credit::Gross(177_500), "half").await;
    assert_eq!(books(&world).await, (177_500, 10_000));
    world.books_are_right().await;
    moves_to(&world, wib("2026-12-11T00:04:00"));
    earns(&world).await;
    assert_eq!(books(&world).await, (172_500, 15_000), "half as much a day");

    credits(&world, &bill, Credit::Gross(180_000), "more").await;
    assert_eq!(books(&world).await, (0, 7_500), "the rest of it was earned");
    credits(&world, &bill, Credit::Rest, "all").await;
    assert_eq!(books(&world).await, (0, 0));
    moves_to(&world, wib("2028-01-01T00:04:00"));
    assert_eq!(earns(&world).await, 0);
    let report = revenue::report(&world.system(), Range::year_of(day("2026-12-11"))).await.unwrap();
    assert!(report.ties() && report.total().earned_minor == 0, "{report:?}");
    world.books_are_right().await;
}

#[tokio::test]
async fn a_void_invoice_leaves_neither_revenue_nor_anything_deferred() {
    for days in [0, 100, 400] {
        let (world, bill) = a_year().await;
        world.advance(Duration::days(days));
        earns(&world).await;
        invoices::void_now(&world.staff("ana"), &bill.id, "Salah").await.unwrap();
        assert_eq!(books(&world).await, (0, 0));
        world.advance(Duration::days(400));
        assert_eq!(earns(&world).await, 0);
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn of_a_debt_that_is_given_up_only_what_was_earned_is_a_bad_debt_and_money_brings_the_rest_back() {
    let (world, bill) = a_year().await;
    let ctx = world.system();
    let pay = attempt::start(&ctx, &bill.customer_id, &bill.id, &by("qris", None)).await.unwrap();
    moves_to(&world, wib("2026-12-01T00:04:00"));
    earns(&world).await;

    let row = write_off::write_off(&world.staff("ana"), &bill.id, "Pailit").await.unwrap();

    assert_eq!((row.total_minor, row.deferred_minor), (365_000, 355_000));
    assert_eq!((books(&world).await, held(&world, "bad_debts").await), ((0, 10_000), -10_000));
    moves_to(&world, wib("2027-01-01T00:04:00"));
    assert_eq!(earns(&world).await, 0, "service that nobody pays for is no revenue");
    let report = revenue::report(&ctx, Range::year_of(day("2026-12-11"))).await.unwrap();
    let total = report.total();
    assert!(report.ties(), "{report:?}");
    assert_eq!((total.issued_minor(), total.earned_minor, total.deferred_minor), (365_000, 10_000, 0));
    assert_eq!(total.written_off_minor, 365_000);
    let aged = ageing::report(&ctx, ageing::end_of(&ctx, day("2027-01-01"))).await.unwrap();
    assert_eq!((aged.written_off_minor, aged.ties()), (365_000, true));
    world.books_are_right().await;

    let mut told = gateway::report(&pay.reference, 365_000);
    told.status = PaymentStatus::Succeeded;
    told.amount = Money::idr(365_000);
    attempt::apply_report(&ctx, &pay.id, &told).await.unwrap();
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    let since = ((324_000, 41_000), 0);
    assert_eq!((books(&world).await, held(&world, "bad_debts").await), since, "the days since count as well");
    assert_eq!(earns(&world).await, 0);
    assert_eq!(earned_in(&world, month("2026-12")).await, 0, "nothing was deferred then");
    assert_eq!(earned_in(&world, month("2027-01")).await, 31_000);
    moves_to(&world, wib("2027-01-02T00:04:00"));
    earns(&world).await;
    assert_eq!(books(&world).await, (323_000, 42_000), "and it goes on as if nothing had been");
    was_never_below_nothing(&world).await;
    world.books_are_right().await;
}

#[tokio::test]
async fn money_for_a_debt_that_comes_after_the_service_is_revenue_once() {
    let (world, bill) = a_year().await;
    let ctx = world.system();
    let pay = attempt::start(&ctx, &bill.customer_id, &bill.id, &by("qris", None)).await.unwrap();
    moves_to(&world, wib("2026-12-01T00:04:00"));
    earns(&world).await;
    write_off::write_off(&world.staff("ana"), &bill.id, "Pailit").await.unwrap();
    moves_to(&world, wib("2028-02-01T00:04:00"));
    earns(&world).await;

    let mut told = gateway::report(&pay.reference, 365_000);
    told.status = PaymentStatus::Succeeded;
    told.amount = Money::idr(365_000);
    attempt::apply_report(&ctx, &pay.id, &told).await.unwrap();

    assert_eq!(books(&world).await, (0, 365_000));
    assert_eq!(earned_in(&world, month("2028-02")).await, 355_000, "of the month in which it came");
    assert_eq!(earns(&world).await, 0, "nothing is looked at for ever");
    was_never_below_nothing(&world).await;
    world.books_are_right().await;
}

/// What becomes of an invoice.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Credited,
    GivenUp,
    Voided,
    Ended,
}

#[tokio::test]
async fn what_is_taken_hangs_on_the_day_and_not_on_when_the_days_before_it_were_booked() {
    for fate in [Fate::Credited, Fate::GivenUp, Fate::Voided, Fate::Ended] {
        let mut told = Vec::new();
        for is_asleep in [false, true] {
            let world = World::new().await;
            defers(&world, true).await;
            let (ana, budi, contract) = (world.staff("ana"), world.customer().await, SubscriptionId::from("sub_1"));
            let year = sold(365_000, Cycle::Annually, day("2026-11-21"));
            let bill = bills(&world, &budi, vec![NewLine { subscription_id: Some(contract.clone()), ..year }]).await;
            for midnight in ["2026-12-01T00:04:00", "2026-12-11T00:04:00"] {
                moves_to(&world, wib(midnight));
                if !is_asleep {
                    earns(&world).await;
                }
            }

            match fate {
                Fate::Credited => credits(&world, &bill, Credit::Gross(177_500), "half").await,
                Fate::GivenUp => drop(write_off::write_off(&ana, &bill.id, "Pailit").await.unwrap()),
                Fate::Voided => drop(invoices::void_now(&ana, &bill.id, "Salah").await.unwrap()),
                Fate::Ended => ends(&world, &contract).await,
            }

            earns(&world).await;
            let then = books(&world).await;
            moves_to(&world, wib("2027-01-11T00:04:00"));
            earns(&world).await;
            let mut months = Vec::new();
            for name in ["2026-11", "2026-12", "2027-01"] {
                months.push(earned_in(&world, month(name)).await);
            }
            let row = schedules(&world).await.remove(0);
            let days = (row.even_from, row.earned_to, row.next_on, row.ended_on);
            told.push((then, books(&world).await, months, (row.whole_minor, row.recognised_minor, days)));
            was_never_below_nothing(&world).await;
            world.books_are_right().await;
        }
        assert_eq!(told[0], told[1], "{fate:?}");
    }
}

#[tokio::test]
async fn the_end_of_a_contract_makes_revenue_of_what_is_paid_and_waits_with_what_is_not() {
    for is_paid in [true, false] {
        let world = World::new().await;
        defers(&world, true).await;
        let (ctx, budi) = (world.system(), world.customer().await);
        world.gift(&budi, 365_000).await;
        let contract = SubscriptionId::from("sub_1");
        let year = sold(365_000, Cycle::Annually, day("2026-11-21"));
        let bill = bills(&world, &budi, vec![NewLine { subscription_id: Some(contract.clone()), ..year }]).await;
        if is_paid {
            let tx = ctx.begin().await.unwrap();
            attempt::pay_from_wallet(&ctx, &tx, &bill.id).await.unwrap();
            tx.commit().await.unwrap();
        }
        moves_to(&world, wib("2026-12-11T09:00:00"));
        for _ in 0..2 {
            ends(&world, &contract).await;
            earns(&world).await;
        }
        let report = deferred::report(&ctx).await.unwrap();
        assert!(report.ties(), "{report:?}");
        if is_paid {
            assert_eq!(books(&world).await, (0, 365_000));
            assert_eq!(earned_in(&world, month("2026-11")).await, 10_000, "its days stay its days");
        } else {
            assert_eq!((books(&world).await, report.stopped_minor), ((345_000, 20_000), 345_000));
            world.advance(Duration::days(30));
            earns(&world).await;
            assert_eq!(books(&world).await, (345_000, 20_000), "no service, no money, no revenue");
            let tx = ctx.begin().await.unwrap();
            attempt::pay_from_wallet(&ctx, &tx, &bill.id).await.unwrap();
            tx.commit().await.unwrap();
            world.advance(Duration::days(1));
            earns(&world).await;
            assert_eq!(books(&world).await, (0, 365_000), "paid after all");
        }
        world.books_are_right().await;
    }
}

/// Budi has ordered a year of Rp 500.000; revenue is deferred.
async fn ordered() -> (World, Buyer, Placed) {
    let world = World::with(|services| services.drivers = vec![Arc::new(Scripted::default())]).await;
    let world = world.tells_of_money();
    world.open_shop().await;
    defers(&world, true).await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    world.plan(&ghost, "ghost-pro", 2, 5).await;
    let budi = world.buyer("budi").await;
    world.gives(&budi, 555_000).await;
    let mut wanted = world.checkout(&budi, &["ghost-basic"]);
    wanted.items[0].cycle = "annually".to_owned();
    let placed = ordering::place(&world.system(), wanted).await.unwrap();
    world.settle_down().await;
    (world, budi, placed)
}

#[tokio::test]
async fn a_year_over_four_hundred_days_is_told_month_by_month() {
    let (world, budi, placed) = ordered().await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    let waiting = deferred::report(&ctx).await.unwrap();
    assert_eq!((waiting.waiting_minor, waiting.months.len(), waiting.ties()), (500_000, 0, true));
    // It is paid three days later: the service begins then.
    moves_to(&world, wib("2026-11-24T10:00:00"));
    world.settle_down().await;
    assert_eq!(books(&world).await, (500_000, 0), "nothing is earned of what has not begun");
    world.pays(&placed).await;
    world.settle_down().await;
    let foretold = deferred::report(&ctx).await.unwrap();
    assert_eq!((foretold.running_minor(), foretold.months.len(), foretold.ties()), (500_000, 13, true));

    let (start, mut at) = (day("2026-11-24"), day("2026-12-01"));
    let mut renewed = 0;
    while at <= day("2028-01-01") {
        // Its invoice, and the day on which it is taken from the wallet.
        if at == day("2027-12-01") {
            moves_to(&world, wib("2027-11-10T08:00:00"));
            world.settle_down().await;
            world.gives(&budi, 555_000).await;
            moves_to(&world, wib("2027-11-24T08:00:00"));
            world.settle_down().await;
            renewed = 500_000;
        }
        moves_to(&world, day_start(at) + Duration::minutes(70));
        Box::pin(world.settle_down()).await;
        let days = (at - start).num_days();
        // The second year has a leap day.
        let earned = part(500_000, days.min(365), 365) + part(renewed, (days - 365).max(0), 366);
        assert_eq!(books(&world).await, (500_000 + renewed - earned, earned), "{at}");
        let over = Range::month_of(at - Months::new(1));
        let items = closing::open_items(&ana, over).await.unwrap();
        assert_eq!((items.deferred_minor, items.unbooked_minor), (500_000 + renewed - earned, 0), "{at}");
        if at <= day("2027-11-01") {
            let name = over.from.format("%Y-%m").to_string();
            let told = foretold.months.iter().find(|month| month.month == name).unwrap();
            assert_eq!(earned_in(&world, over).await, told.amount_minor, "{name} is as it was foretold");
        }
        ledger::close_period(&ana, &over.from.format("%Y-%m").to_string()).await.unwrap();
        world.books_are_right().await;
        at = at + Months::new(1);
    }
    let contract = world.contract(&placed).await;
    assert_eq!((contract.status, contract.period_end), (SubscriptionStatus::Active, day("2028-11-24").into()));
    let all = revenue::report(&ctx, Range { from: day("2026-11-01"), until: day("2028-01-01") }).await.unwrap();
    assert!(all.ties(), "{all:?}");
    assert_eq!(all.total().issued_minor(), 1_000_000);
    assert_eq!(all.total().deferred_minor, deferred::report(&ctx).await.unwrap().ledger_minor);
}

#[tokio::test]
async fn who_leaves_without_a_refund_leaves_revenue_and_an_order_that_comes_to_nothing_leaves_none() {
    let (world, budi, placed) = ordered().await;
    let ctx = world.system();
    world.pays(&placed).await;
    world.settle_down().await;
    moves_to(&world, wib("2026-12-01T10:00:00"));
    world.settle_down().await;
    assert_eq!(books(&world).await.1, part(500_000, 10, 365));
    let contract = world.contract(&placed).await;
    cancel::cancel(&ctx, &budi.customer_id, &contract.id, When::Now, "").await.unwrap();
    world.settle_down().await;
    // Within the hour.
    moves_to(&world, wib("2026-12-01T10:59:00"));
    world.settle_down().await;
    assert_eq!(books(&world).await, (0, 500_000));
    world.books_are_right().await;

    let (world, _, placed) = ordered().await;
    ordering::cancel_unpaid(&world.system(), &placed.order.id, "customer").await.unwrap();
    world.settle_down().await;
    assert_eq!(books(&world).await, (0, 0));
    world.books_are_right().await;

    let (world, _, placed) = ordered().await;
    world.pays(&placed).await;
    let contract = world.contract(&placed).await;
    for _ in 0..2 {
        ordering::provision_failed(&world.system(), &contract.id).await.unwrap();
        world.settle_down().await;
    }
    world.advance(Duration::days(40));
    world.settle_down().await;
    assert_eq!(books(&world).await, (0, 0));
    world.books_are_right().await;
}

#[tokio::test]
async fn no_day_after_the_end_of_a_contract_is_earned_however_late_anybody_looks() {
    let (world, budi, placed) = ordered().await;
    let ctx = world.system();
    world.pays(&placed).await;
    world.settle_down().await;
    moves_to(&world, wib("2026-12-01T10:00:00"));
    let contract = world.contract(&placed).await;

    cancel::cancel(&ctx, &budi.customer_id, &contract.id, When::Now, "").await.unwrap();
    let row = schedules(&world).await.remove(0);
    assert_eq!((row.ended_on, contract.period_end), (Some(day("2026-12-01")), day("2027-11-21").into()));

    // Nothing ran since the first day.
    moves_to(&world, wib("2027-02-20T10:00:00"));
    world.settle_down().await;
    earns(&world).await;
    assert_eq!(books(&world).await, (0, 500_000));
    assert_eq!(earned_in(&world, month("2026-11")).await, part(500_000, 10, 365));
    for silent in ["2026-12", "2027-01"] {
        assert_eq!(earned_in(&world, month(silent)).await, 0, "{silent}");
    }
    world.books_are_right().await;
}

#[tokio::test]
async fn a_larger_plan_in_the_middle_of_a_year_is_earned_with_the_rest_of_it() {
    let (world, budi, placed) = ordered().await;
    let ctx = world.system();
    world.pays(&placed).await;
    world.settle_down().await;
    moves_to(&world, wib("2027-03-21T15:30:00"));
    world.settle_down().await;
    let (before, contract) = (books(&world).await, world.contract(&placed).await);
    assert_eq!(before.1, part(500_000, 120, 365));
    world.gives(&budi, 900_000).await;
    let quote = change::quote(&ctx, &budi.customer_id, &contract.id, "ghost-pro").await.unwrap();
    change::accept(&ctx, &budi.customer_id, &contract.id, &quote.change.id, None).await.unwrap();
    world.settle_down().await;

    let rows = schedules(&world).await;
    let (more, less) = (rows[1].whole_minor, rows[2].whole_minor);
    assert_eq!((rows.len(), more > 0, less < 0), (3, true, true));
    assert_eq!(books(&world).await, (before.0 + more + less, before.1), "nothing of the change is earned yet");
    moves_to(&world, wib("2027-04-01T00:10:00"));
    world.settle_down().await;
    let earned = part(500_000, 131, 365) + part(more, 11, 245) - part(-less, 11, 245);
    assert_eq!(books(&world).await.1, earned);
    assert!(deferred::report(&ctx).await.unwrap().ties());
    world.books_are_right().await;

    // He gives notice for the end of the year, and nothing is left then.
    cancel::set_auto_renew(&ctx, &budi.customer_id, &contract.id, false).await.unwrap();
    moves_to(&world, wib("2027-11-21T00:10:00"));
    world.settle_down().await;
    earns(&world).await;
    assert_eq!(books(&world).await, (0, 500_000 + more + less));
    assert_eq!(world.contract(&placed).await.status, SubscriptionStatus::Terminated);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_year_that_nobody_pays_for_is_no_revenue_in_the_end() {
    let (world, budi, placed) = ordered().await;
    world.pays(&placed).await;
    world.settle_down().await;
    let contract = world.contract(&placed).await;
    moves_to(&world, wib("2027-11-06T10:00:00"));
    Box::pin(world.settle_down()).await;
    let story = Story { world, budi, contract };
    Box::pin(story.until(wib("2027-12-20T10:00:00"))).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Suspended);
    let earned = 500_000 + part(500_000, 29, 366);
    assert_eq!(books(&story.world).await, (1_000_000 - earned, earned), "the days count until it is decided");
    story.world.books_are_right().await;

    Box::pin(story.until(wib("2027-12-29T10:00:00"))).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Terminated);
    assert_eq!(books(&story.world).await, (0, 500_000), "the second year was credited");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn the_proof_sees_revenue_that_was_earned_wrongly() {
    for (damage, invariant) in [
        ("UPDATE revenue_schedules SET recognised_minor = 5", "deferred revenue is what is not earned yet"),
        ("UPDATE revenue_schedules SET whole_minor = 364000", "a revenue schedule is what is left of its line"),
        ("UPDATE revenue_schedules SET recognised_minor = 365001", "nothing is earned beyond its line"),
        ("UPDATE revenue_schedules SET recognised_minor = -1", "nothing is earned beyond its line"),
        (
            "UPDATE ledger_transactions SET source_id = 'rvs_x' WHERE kind = 'revenue_earned'",
            "a posting has its source",
        ),
    ] {
        let (world, _) = a_year().await;
        world.advance(Duration::days(3));
        earns(&world).await;
        world.services.db.execute_unprepared(damage).await.unwrap();
        let found = ledger::verify(&world.services.db).await.unwrap().findings;
        assert!(found.iter().any(|finding| finding.invariant == invariant), "{damage}: {found:?}");
    }
}

/// Whatever happens to invoices in whatever order, the books are right and what was foretold comes true.
#[tokio::test]
async fn whatever_happens_every_rupiah_is_earned_credited_given_up_or_deferred() {
    let seed: u64 = rand::random_range(0..1_000_000);
    let mut random = StdRng::seed_from_u64(seed);
    let world = World::new().await;
    defers(&world, true).await;
    let (ctx, ana, budi) = (world.system(), world.staff("ana"), world.customer().await);
    let cycles = [Cycle::Quarterly, Cycle::Semiannually, Cycle::Annually, Cycle::Biennially, Cycle::Monthly];
    let mut open: Vec<invoice::Model> = Vec::new();
    for step in 0..70 {
        match random.random_range(0..9) {
            0..=1 => {
                let lines = (0..random.random_range(1..4)).map(|_| {
                    let start = business_day(ctx.now()) + Days::new(random.random_range(0..15));
                    let net = random.random_range(1..3_000_000);
                    let contract = SubscriptionId(format!("sub_{}", random.random_range(0..6)));
                    let cycle = cycles[random.random_range(0..cycles.len())];
                    NewLine { subscription_id: Some(contract), ..sold(net, cycle, start) }
                });
                let lines: Vec<_> = lines.collect();
                open.push(bills(&world, &budi, lines).await);
            }
            2..=4 => world.advance(Duration::hours(random.random_range(1..1_400))),
            5 if !open.is_empty() => {
                let bill = world.reload(&open[random.random_range(0..open.len())]).await;
                let left = invoices::open_minor(&bill);
                if bill.status == InvoiceStatus::Issued && left > 0 {
                    let amount = random.random_range(1..=left);
                    credits(&world, &bill, Credit::Gross(amount), &format!("{step}")).await;
                }
            }
            6 if !open.is_empty() => {
                let bill = open.swap_remove(random.random_range(0..open.len()));
                world.advance(Duration::seconds(1));
                // What cannot be given up or voided any more is left alone.
                if random.random_range(0..2) == 0 {
                    let _ = write_off::write_off(&ana, &bill.id, "Pailit").await;
                } else {
                    let _ = invoices::void_now(&ana, &bill.id, "Salah").await;
                }
            }
            7 => ends(&world, &SubscriptionId(format!("sub_{}", random.random_range(0..6)))).await,
            _ => {
                earns(&world).await;
                assert_eq!(earns(&world).await, 0, "seed {seed}");
            }
        }
        let report = deferred::report(&ctx).await.unwrap();
        assert!(report.ties(), "seed {seed}, step {step}: {report:?}");
        world.books_are_right().await;
    }
    earns(&world).await;
    let foretold = deferred::report(&ctx).await.unwrap();
    let (before, waits) = (held(&world, "revenue").await, foretold.waiting_minor + foretold.stopped_minor);
    world.advance(Duration::days(1_200));
    earns(&world).await;
    assert_eq!(books(&world).await, (waits, before + foretold.running_minor()), "seed {seed}");
    let far = Range { from: day("2026-01-01"), until: day("2031-01-01") };
    assert!(revenue::report(&ctx, far).await.unwrap().ties(), "seed {seed}");
    was_never_below_nothing(&world).await;
    world.books_are_right().await;
}
