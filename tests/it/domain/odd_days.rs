//! Days that some months do not have, and a clock that is set back: each period is asked for once, and none is left out.
use super::renewals::{Story, wib};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    subscriptions::dunning_step,
    value::{InvoiceStatus, SubscriptionCycleStatus, SubscriptionStatus as Status, day_start},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use yumna::{
    domain::subscriptions::{advance, renew},
    jobs::{Clockwork, reactions, registry},
};

/// The clock shows this instant, later or earlier than it did.
fn shows(story: &Story, at: DateTime<Utc>) {
    story.world.advance(at - story.world.services.clock.now());
}

/// The next renewals, each asked for and paid on its day: all periods of the contract so far.
async fn renews(story: &Story, times: usize) -> Vec<String> {
    for time in 1..=times {
        let before = story.now().await;
        let (asks_at, end) = (before.next_invoice_at.unwrap(), before.period_end.unwrap());
        shows(story, asks_at + Duration::minutes(1));
        story.tick().await;
        let bills = story.renewals().await;
        assert_eq!(bills.len(), time, "each period is asked for once");
        let bill = bills.last().unwrap();
        assert_eq!(bill.due_at, Some(day_start(end)), "on the day its period begins");
        story.world.gives(&story.budi, bill.total_minor).await;
        shows(story, day_start(end) + Duration::minutes(1));
        story.tick().await;
        let after = story.now().await;
        assert_eq!((after.status, after.period_start), (Status::Active, Some(end)), "no day is left out or sold twice");
    }
    assert!(story.renewals().await.iter().all(|bill| bill.status == InvoiceStatus::Paid));
    assert_eq!((story.world.balance_of(&story.budi).await, story.count("renewal_overdue").await), (0, 0));
    story.world.books_are_right().await;
    let day = |day: Option<NaiveDate>| day.unwrap().to_string();
    let cycles = story.cycles().await;
    cycles.iter().rev().map(|one| format!("{}..{}", day(one.period_start), day(one.period_end))).collect()
}

#[tokio::test]
async fn a_contract_of_the_31st_renews_on_the_last_of_february_and_on_the_31st_again() {
    let normal = Story::begin_at(wib("2027-01-31T10:00:00"), "monthly").await;
    let periods =
        ["2027-01-31..2027-02-28", "2027-02-28..2027-03-31", "2027-03-31..2027-04-30", "2027-04-30..2027-05-31"];
    assert_eq!(renews(&normal, 3).await, periods);

    let leap = Story::begin_at(wib("2028-01-31T10:00:00"), "monthly").await;
    assert_eq!(renews(&leap, 2).await, ["2028-01-31..2028-02-29", "2028-02-29..2028-03-31", "2028-03-31..2028-04-30"]);
}

#[tokio::test]
async fn a_contract_of_the_29th_of_february_renews_on_the_28th_and_on_the_29th_where_there_is_one() {
    let monthly = Story::begin_at(wib("2028-02-29T10:00:00"), "monthly").await;
    assert_eq!(renews(&monthly, 1).await, ["2028-02-29..2028-03-29", "2028-03-29..2028-04-29"]);

    let mut yearly = Story::begin_at(wib("2028-02-29T10:00:00"), "annually").await;
    // Four years of a timetable that is told of every day would take longer than the rest of the story.
    yearly.world.clockwork = Arc::new(Clockwork::of(registry::all(), reactions::all(), Vec::new()));
    let periods =
        ["2028-02-29..2029-02-28", "2029-02-28..2030-02-28", "2030-02-28..2031-02-28", "2031-02-28..2032-02-29"];
    assert_eq!(renews(&yearly, 3).await, periods);
}

/// What a story has come to.
#[derive(Debug, PartialEq)]
struct End {
    status: Status,
    period_end: Option<NaiveDate>,
    cycles: Vec<(i32, Option<NaiveDate>, SubscriptionCycleStatus)>,
    bills: Vec<(Option<DateTime<Utc>>, i64, InvoiceStatus)>,
    /// Steps of the timetable, and whether each was skipped.
    steps: Vec<(i32, String, bool)>,
    mails: Vec<String>,
    balance: i64,
}

async fn end_of(story: &Story) -> End {
    let now = story.now().await;
    let steps = dunning_step::Entity::find().filter(dunning_step::Column::SubscriptionId.eq(&story.contract.id));
    let steps = steps.all(&story.world.services.db).await.unwrap();
    let mut steps: Vec<_> = steps.into_iter().map(|step| (step.cycle_number, step.step, step.is_skipped)).collect();
    let mut mails = story.mails().await;
    steps.sort();
    mails.sort();
    End {
        status: now.status,
        period_end: now.period_end,
        cycles: story.cycles().await.iter().rev().map(|one| (one.number, one.period_start, one.status)).collect(),
        bills: story.renewals().await.iter().map(|bill| (bill.due_at, bill.total_minor, bill.status)).collect(),
        steps,
        mails,
        balance: story.world.balance_of(&story.budi).await,
    }
}

/// The clock is set back by `back`, everything that is due then is done twice, and the clock is right again.
async fn jumps(story: &Story, back: Duration) {
    let now = story.world.services.clock.now();
    shows(story, now - back);
    for _ in 0..2 {
        story.tick().await;
    }
    shows(story, now);
}

#[tokio::test]
async fn a_clock_that_is_set_back_asks_for_nothing_twice_and_leaves_no_step_out() {
    let (steady, odd) = (Story::begin().await, Story::begin().await);
    for (moment, days, status) in [
        ("2026-12-14T01:00:00", 1, Status::Active),
        ("2026-12-18T10:30:00", 5, Status::Active),
        ("2026-12-21T00:30:00", 8, Status::PastDue),
        ("2026-12-24T10:30:00", 4, Status::PastDue),
        ("2026-12-28T12:00:00", 30, Status::Suspended),
        ("2026-12-30T12:00:00", 2, Status::Suspended),
    ] {
        steady.until(wib(moment)).await;
        odd.until(wib(moment)).await;
        jumps(&odd, Duration::days(days)).await;
        odd.tick().await;
        let end = end_of(&odd).await;
        assert_eq!(end, end_of(&steady).await, "{moment}");
        assert_eq!((end.status, end.bills.len(), end.cycles.len()), (status, 1, 2), "{moment}");
    }
    assert_eq!((odd.count("renewal_due").await, odd.count("renewal_overdue").await), (3, 3));
    odd.world.books_are_right().await;
}

#[tokio::test]
async fn a_renewal_that_is_paid_stays_so_when_the_clock_is_set_back() {
    let story = Story::begin().await;
    story.until(wib("2026-12-20T12:00:00")).await;
    story.world.gives(&story.budi, 200_000).await;
    story.until(wib("2026-12-21T00:30:00")).await;
    let paid = end_of(&story).await;
    assert_eq!((paid.status, paid.balance, paid.bills.len()), (Status::Active, 144_500, 1));
    assert_eq!(paid.period_end, "2027-01-21".parse().ok());

    for days in [1, 8, 25] {
        jumps(&story, Duration::days(days)).await;
        story.tick().await;
        assert_eq!(end_of(&story).await, paid, "{days} days");
    }
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_clock_that_jumps_while_a_month_of_downtime_is_caught_up_with_changes_nothing_of_it() {
    let (steady, odd) = (Story::begin().await, Story::begin().await);
    for story in [&steady, &odd] {
        let is_odd = std::ptr::eq(story, &odd);
        let ctx = story.world.system();
        shows(story, wib("2027-01-20T10:30:00"));
        assert_eq!(renew::issue_due(&ctx).await.unwrap().contracts, 1);
        if is_odd {
            jumps(story, Duration::days(40)).await;
        }
        assert_eq!(advance::queue_due(&ctx).await.unwrap(), 1);
        if is_odd {
            jumps(story, Duration::days(40)).await;
        }
        story.tick().await;
        story.until(wib("2027-01-28T12:00:00")).await;
    }
    let end = end_of(&odd).await;
    assert_eq!(end, end_of(&steady).await);
    let numbers: Vec<i32> = end.cycles.iter().map(|(number, ..)| *number).collect();
    assert_eq!(
        numbers,
        (1..=i32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>(),
        "each period once, none left out"
    );
    assert!(numbers.len() > 1, "{end:?}");
    odd.world.books_are_right().await;
}
