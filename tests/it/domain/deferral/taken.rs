//! What is deferred is taken back: credited, voided, given up, and brought back by money.
use super::{
    a_year, bills, books, credits, day, defers, earned_in, earns, ends, held, month, moves_to, schedules, sold,
    was_never_below_nothing,
};
use crate::{
    domain::renewals::wib,
    support::{World, gateway, money::by},
};
use chrono::Duration;
use entity::value::{Cycle, InvoiceStatus, Money, PaymentStatus, SubscriptionId};
use yumna::domain::{
    billing::{NewLine, credit_note::Credit, invoice as invoices, write_off},
    payments::attempt,
    reports::{ageing, range::Range, revenue},
};

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
