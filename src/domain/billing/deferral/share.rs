//! How much of a line is earned on a day, and what of it a document takes. Pure.
use chrono::NaiveDate;
use entity::{
    billing::revenue_schedule,
    value::{MoneyError, Period, Ratio},
};

/// What of a schedule is earned before `day` begins; nothing new where its service has not begun. The same however many
/// steps led there: rounded once, and the whole from its last day on.
///
/// # Errors
/// `Overflow`.
pub(super) fn earned(row: &revenue_schedule::Model, day: NaiveDate) -> Result<i64, MoneyError> {
    let (Some(from), Some(until)) = (row.even_from, row.ends_on) else { return Ok(row.recognised_minor) };
    Ok(row.even_minor + evenly(row.whole_minor - row.even_minor, from, until, day)?)
}

/// What of `amount_minor`, which is earned evenly from `from` until `until`, is earned before `day` begins.
fn evenly(amount_minor: i64, from: NaiveDate, until: NaiveDate, day: NaiveDate) -> Result<i64, MoneyError> {
    if day >= until {
        return Ok(amount_minor);
    }
    if day <= from {
        return Ok(0);
    }
    Ratio::new((day - from).num_days(), (until - from).num_days()).of(amount_minor)
}

/// What of a schedule is not earned.
pub(super) fn rest(row: &revenue_schedule::Model) -> i64 {
    row.whole_minor - row.recognised_minor
}

/// Days of a schedule before this one are over on `today`; from the end of its contract on none is earned.
pub(super) fn over_by(row: &revenue_schedule::Model, today: NaiveDate) -> NaiveDate {
    row.ends_on.into_iter().chain(row.ended_on).chain([today]).min().unwrap_or(today)
}

/// When the next day of a schedule is over.
pub(super) fn next_look(row: &revenue_schedule::Model) -> Option<NaiveDate> {
    row.earned_to.filter(|_| rest(row) != 0).and_then(|day| day.succ_opt())
}

/// Takes `part` of what is left of a line back: what is not earned first, then what is. How much of it was not earned.
pub(super) fn take(row: &mut revenue_schedule::Model, part: i64) -> i64 {
    let unearned = unearned_of(row, part);
    row.whole_minor -= part;
    row.recognised_minor -= part - unearned;
    spread(row);
    unearned
}

/// Gives `part` of a line up: what is not earned of it leaves the schedule, what is earned stays revenue. How much of it
/// was not earned.
pub(super) fn give_up(row: &mut revenue_schedule::Model, part: i64) -> i64 {
    let unearned = unearned_of(row, part);
    row.whole_minor -= unearned;
    spread(row);
    unearned
}

/// What had been given up unearned on the day `since` is to be earned after all, as if it never had been: the days since
/// then count as well. How much of it is earned by `today`, up to which the schedule was counted.
///
/// # Errors
/// `Overflow`.
pub(super) fn put_back(
    row: &mut revenue_schedule::Model,
    unearned: i64,
    since: NaiveDate,
    today: NaiveDate,
) -> Result<i64, MoneyError> {
    let days = row.starts_on.zip(row.ends_on);
    let earned = match days {
        Some((start, end)) => evenly(unearned, since.max(start), end, over_by(row, today))?,
        // Its service has not begun.
        None => 0,
    };
    row.whole_minor += unearned;
    row.recognised_minor += earned;
    spread(row);
    row.next_on = match row.ended_on {
        Some(_) => Some(today).filter(|_| rest(row) != 0),
        None => next_look(row),
    };
    Ok(earned)
}

/// Its service is given over the days of `period` instead: what was earned stays, what is left is earned evenly from their
/// beginning, or from the day up to which it was counted.
pub(super) fn move_to(row: &mut revenue_schedule::Model, period: Period) {
    if rest(row) == 0 {
        return;
    }
    let from = row.earned_to.map_or(period.start, |day| day.max(period.start)).min(period.end);
    row.ends_on = Some(period.end);
    row.even_minor = row.recognised_minor;
    row.even_from = Some(from);
    row.earned_to = Some(from);
    row.next_on = from.succ_opt();
}

/// How much of `part` is taken from what is not earned. A line that takes something back counts the other way round.
fn unearned_of(row: &revenue_schedule::Model, part: i64) -> i64 {
    if part < 0 { part.max(rest(row).min(0)) } else { part.min(rest(row).max(0)) }
}

/// What is left is earned evenly over the days that are left.
fn spread(row: &mut revenue_schedule::Model) {
    row.even_minor = row.recognised_minor;
    row.even_from = row.earned_to.or(row.even_from);
    if rest(row) == 0 {
        row.next_on = None;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use chrono::Days;
    use entity::value::{InvoiceId, InvoiceItemId, ProductKind, RevenueScheduleId};
    use proptest::prelude::*;

    pub fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A schedule that nothing was earned of.
    pub fn fresh(whole_minor: i64, from: NaiveDate, until: NaiveDate) -> revenue_schedule::Model {
        revenue_schedule::Model {
            id: RevenueScheduleId::generate(),
            invoice_item_id: InvoiceItemId::generate(),
            invoice_id: InvoiceId::generate(),
            subscription_id: None,
            product_kind: ProductKind::PaasService,
            currency: "IDR".to_owned(),
            whole_minor,
            recognised_minor: 0,
            starts_on: Some(from),
            ends_on: Some(until),
            even_from: Some(from),
            even_minor: 0,
            earned_to: Some(from),
            next_on: from.succ_opt(),
            ended_on: None,
            turns: 0,
            created_at: "2026-11-21T03:00:00Z".parse().unwrap(),
        }
    }

    fn earn(row: &mut revenue_schedule::Model, to: NaiveDate) {
        row.recognised_minor = earned(row, to).unwrap();
        row.earned_to = Some(to);
    }

    #[test]
    fn a_year_is_earned_by_its_days_and_a_leap_day_is_one_of_them() {
        let row = fresh(365_000, day("2026-11-21"), day("2027-11-21"));
        for (on, amount) in [
            ("2026-11-20", 0),
            ("2026-11-21", 0),
            ("2026-11-22", 1_000),
            ("2026-12-01", 10_000),
            ("2027-11-20", 364_000),
            ("2027-11-21", 365_000),
            ("2030-01-01", 365_000),
        ] {
            assert_eq!(earned(&row, day(on)), Ok(amount), "{on}");
        }
        let leap = fresh(366_000, day("2027-03-01"), day("2028-03-01"));
        assert_eq!((day("2028-03-01") - day("2027-03-01")).num_days(), 366);
        assert_eq!(earned(&leap, day("2028-02-29")), Ok(365_000));
        assert_eq!(earned(&leap, day("2028-03-01")), Ok(366_000));
    }

    #[test]
    fn what_takes_something_back_is_the_opposite_of_what_gives_it() {
        let (plus, minus) = (
            fresh(1_000_003, day("2026-11-21"), day("2027-11-21")),
            fresh(-1_000_003, day("2026-11-21"), day("2027-11-21")),
        );
        for days in 0..370 {
            let on = day("2026-11-21") + Days::new(days);
            assert_eq!(earned(&plus, on).unwrap(), -earned(&minus, on).unwrap());
        }
    }

    #[test]
    fn a_credit_takes_the_unearned_part_first_and_the_rest_is_spread_anew() {
        let mut row = fresh(365_000, day("2026-11-21"), day("2027-11-21"));
        earn(&mut row, day("2026-12-01"));
        assert_eq!(take(&mut row, 177_500), 177_500);
        assert_eq!((row.whole_minor, row.recognised_minor), (187_500, 10_000));
        assert_eq!(earned(&row, day("2026-12-03")), Ok(11_000), "half as much a day");
        assert_eq!(take(&mut row, 180_000), 177_500, "the rest was earned");
        assert_eq!((row.whole_minor, row.recognised_minor, row.next_on), (7_500, 7_500, None));
        assert_eq!(take(&mut row, 7_500), 0);
        assert_eq!((row.whole_minor, row.recognised_minor), (0, 0));
    }

    #[test]
    fn what_is_given_up_leaves_what_is_earned_and_comes_back_with_the_money() {
        let mut row = fresh(365_000, day("2026-11-21"), day("2027-11-21"));
        earn(&mut row, day("2026-12-01"));
        assert_eq!(give_up(&mut row, 365_000), 355_000);
        assert_eq!((row.whole_minor, row.recognised_minor, row.next_on), (10_000, 10_000, None));
        earn(&mut row, day("2027-01-01"));
        assert_eq!(row.recognised_minor, 10_000, "nothing is earned of what was given up");

        assert_eq!(put_back(&mut row, 355_000, day("2026-12-01"), day("2027-01-01")), Ok(31_000));

        assert_eq!((row.whole_minor, row.recognised_minor), (365_000, 41_000), "the days since count as well");
        assert_eq!((row.next_on, earned(&row, day("2027-01-02"))), (Some(day("2027-01-02")), Ok(42_000)));
    }

    #[test]
    fn what_comes_back_counts_its_days_until_the_contract_or_the_service_ended_and_none_before_it_began() {
        let over = |change: fn(&mut revenue_schedule::Model)| {
            let mut row = fresh(365_000, day("2026-11-21"), day("2027-11-21"));
            change(&mut row);
            assert_eq!(give_up(&mut row, 365_000), 365_000);
            let earned = put_back(&mut row, 365_000, day("2026-11-21"), day("2028-01-01"));
            (earned.unwrap(), row.next_on)
        };
        assert_eq!(over(|_| {}), (365_000, None));
        let ended = over(|row| row.ended_on = Some(day("2026-12-01")));
        assert_eq!(ended, (10_000, Some(day("2028-01-01"))), "the rest hangs on its invoice");
        let waiting = over(|row| (row.starts_on, row.ends_on, row.even_from, row.earned_to) = (None, None, None, None));
        assert_eq!(waiting, (0, None));
    }

    #[test]
    fn what_begins_anew_keeps_what_was_earned_and_earns_the_rest_over_its_new_days() {
        let mut row = fresh(365_000, day("2026-11-21"), day("2027-11-21"));
        earn(&mut row, day("2026-12-01"));
        assert_eq!(row.recognised_minor, 10_000);
        let period = Period { start: day("2026-12-11"), end: day("2027-12-11") };

        move_to(&mut row, period);

        assert_eq!(earned(&row, day("2026-12-11")), Ok(10_000), "nothing of the days in which it did not run");
        assert_eq!(earned(&row, day("2027-12-11")), Ok(365_000));
        assert_eq!(row.next_on, Some(day("2026-12-12")));
        let moved = row.clone();
        move_to(&mut row, period);
        assert_eq!(row, moved, "twice is once");

        let mut over = fresh(1_000, day("2026-11-21"), day("2026-12-21"));
        earn(&mut over, day("2026-12-21"));
        let before = over.clone();
        move_to(&mut over, period);
        assert_eq!(over, before, "what is earned stays earned");
    }

    #[derive(Clone, Debug)]
    enum Act {
        Days(u64),
        Credit(u8),
        GiveUp(u8),
        PutBack,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            4 => (0u64..90).prop_map(Act::Days),
            1 => (0u8..=100).prop_map(Act::Credit),
            1 => (0u8..=100).prop_map(Act::GiveUp),
            1 => Just(Act::PutBack),
        ];
        proptest::collection::vec(act, 0..14)
    }

    proptest! {
        #[test]
        fn earned_credited_given_up_and_rest_are_the_whole_and_nothing_goes_backwards(
            whole in -3_000_000_000_i64..3_000_000_000,
            length in 1u64..1_100,
            acts in acts(),
        ) {
            let from = day("2027-12-15");
            let until = from + Days::new(length);
            let mut row = fresh(whole, from, until);
            // What is left of the line, and where what left it went.
            let (mut left, mut credited, mut bad, mut lost, mut at) = (whole, 0, 0, 0, from);
            let mut given_up: Vec<(i64, i64, NaiveDate)> = Vec::new();
            for act in acts {
                let before = row.clone();
                match act {
                    Act::Days(days) => {
                        at = at + Days::new(days);
                        // Day by day or in one go is the same.
                        let mut slowly = row.clone();
                        let mut on = slowly.earned_to.unwrap();
                        while on < at {
                            on = on + Days::new(1);
                            earn(&mut slowly, on);
                        }
                        earn(&mut row, at);
                        prop_assert_eq!(row.recognised_minor, slowly.recognised_minor);
                        prop_assert!((row.recognised_minor - before.recognised_minor) * whole.signum() >= 0);
                    }
                    Act::Credit(percent) => {
                        let part = left * i64::from(percent) / 100;
                        let unearned = take(&mut row, part);
                        prop_assert!(unearned.abs() <= rest(&before).abs() && unearned.abs() <= part.abs());
                        prop_assert!(part == unearned || rest(&row) == 0);
                        left -= part;
                        credited += part;
                    }
                    Act::GiveUp(percent) => {
                        let part = left * i64::from(percent) / 100;
                        let unearned = give_up(&mut row, part);
                        prop_assert_eq!(row.recognised_minor, before.recognised_minor);
                        left -= part;
                        lost += unearned;
                        bad += part - unearned;
                        given_up.push((part, unearned, at));
                    }
                    Act::PutBack => {
                        let Some((part, unearned, since)) = given_up.pop() else { continue };
                        let earned = put_back(&mut row, unearned, since, at).unwrap();
                        prop_assert!(earned.abs() <= unearned.abs());
                        prop_assert_eq!(row.recognised_minor, before.recognised_minor + earned);
                        left += part;
                        lost -= unearned;
                        bad -= part - unearned;
                    }
                }
                prop_assert!(row.recognised_minor.abs() <= row.whole_minor.abs());
                prop_assert!(row.recognised_minor * whole.signum() >= 0 && rest(&row) * whole.signum() >= 0);
                prop_assert_eq!(row.recognised_minor + rest(&row) + credited + lost, whole);
                prop_assert!((row.whole_minor - bad - left) == 0);
            }
            earn(&mut row, until.max(at));
            prop_assert_eq!(rest(&row), 0);
        }
    }
}
