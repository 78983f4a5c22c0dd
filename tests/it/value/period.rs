use chrono::{DateTime, NaiveDate, Utc};
use entity::value::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn a_contract_of_the_31st_keeps_its_anchor_through_february() {
    let january = Period::starting(day("2027-01-31"), Cycle::Monthly, 31);
    let february = january.next(Cycle::Monthly, 31);
    let march = february.next(Cycle::Monthly, 31);
    assert_eq!((january.end, february.end, march.end), (day("2027-02-28"), day("2027-03-31"), day("2027-04-30")));
}

#[test]
fn the_day_that_is_kept_is_that_of_a_month_too_short_for_the_anchor() {
    let kept = [("2027-02-28", 31), ("2027-03-05", 31), ("2027-03-31", 31)];
    assert_eq!(kept.map(|(start, anchor)| Period::kept_day(day(start), anchor)), [31, 5, 31]);
}

#[test]
fn a_leap_day_contract_renews_on_the_28th_and_comes_back_to_the_29th() {
    let first = Period::starting(day("2028-02-29"), Cycle::Annually, 29);
    assert_eq!(first.end, day("2029-02-28"));
    let fourth = first.next(Cycle::Annually, 29).next(Cycle::Annually, 29).next(Cycle::Annually, 29);
    assert_eq!(fourth.end, day("2032-02-29"));
}

#[test]
fn a_period_is_found_again_from_its_end() {
    for (end, cycle, anchor, start) in [
        ("2027-02-28", Cycle::Monthly, 31, "2027-01-31"),
        ("2027-03-31", Cycle::Monthly, 31, "2027-02-28"),
        ("2027-04-30", Cycle::Monthly, 30, "2027-03-30"),
        ("2027-04-30", Cycle::Monthly, 31, "2027-03-31"),
        ("2029-02-28", Cycle::Annually, 29, "2028-02-29"),
        ("2026-12-15", Cycle::Quarterly, 15, "2026-09-15"),
    ] {
        let period = Period::ending(day(end), cycle, anchor);
        assert_eq!(period.start, day(start), "{end} {anchor}");
        assert_eq!(Period::starting(period.start, cycle, anchor), period, "{end} {anchor}");
    }
}

#[test]
fn the_day_of_a_contract_is_that_of_its_beginning_where_a_month_was_only_too_short() {
    for (due, started, anchor) in [
        ("2027-02-28", Some("2026-10-31"), 31),
        ("2027-02-28", Some("2026-10-29"), 29),
        ("2027-02-28", Some("2026-10-15"), 28),
        ("2027-04-30", Some("2026-10-31"), 31),
        ("2027-03-15", Some("2026-10-31"), 15),
        ("2027-02-28", None, 28),
    ] {
        assert_eq!(Period::anchor_of(day(due), started.map(day)), anchor, "{due} {started:?}");
    }
}

#[test]
fn the_business_day_changes_at_five_in_the_afternoon_utc() {
    assert_eq!(business_day("2026-11-21T16:59:59Z".parse().unwrap()), day("2026-11-21"));
    assert_eq!(business_day("2026-11-21T17:00:00Z".parse().unwrap()), day("2026-11-22"));
    assert_eq!(day_start(day("2026-11-22")), "2026-11-21T17:00:00Z".parse::<DateTime<Utc>>().unwrap());
}

#[test]
fn every_cycle_has_a_word_and_the_word_finds_it_again() {
    let of_days = [1, 10, 365, DayCount::MAX].into_iter().filter_map(Cycle::of_days);
    for cycle in Cycle::NAMED.into_iter().chain(of_days) {
        assert_eq!(Cycle::parse(cycle.as_str()), Some(cycle));
        let stored = serde_json::to_string(&cycle).unwrap();
        assert_eq!(stored, format!("\"{}\"", cycle.as_str()));
        assert_eq!(serde_json::from_str::<Cycle>(&stored).unwrap(), cycle);
    }
    assert_eq!(Cycle::of_days(10).map(Cycle::as_str), Some("days_10"));
    for unknown in ["weekly", "days_", "days_0", "days_010", "days_+10", "days_1096", "days_10 ", "days_x", ""] {
        assert_eq!(Cycle::parse(unknown), None, "{unknown}");
    }
}

#[test]
fn a_cycle_of_days_has_as_many_days_whatever_the_month() {
    let ten = Cycle::of_days(10).unwrap();
    let first = Period::starting(day("2028-02-25"), ten, 25);
    let second = first.next(ten, 25);
    assert_eq!((first.end, second.end), (day("2028-03-06"), day("2028-03-16")));
    assert_eq!(Period::ending(day("2028-03-06"), ten, 31), first);
}

#[test]
fn months_that_follow_days_keep_the_day_on_which_they_begin() {
    let april = Period::starting(day("2027-03-10"), Cycle::Monthly, 31);
    assert_eq!(april.end, day("2027-04-10"), "and not the 30th, for the price of one month");
    assert_eq!(april.next(Cycle::Monthly, 31).end, day("2027-05-10"));
}

#[test]
fn a_price_by_the_month_is_rounded_once() {
    let cases = [
        (Cycle::Monthly, 50_000, 50_000),
        (Cycle::Quarterly, 100_000, 33_333),
        (Cycle::Semiannually, 100_001, 16_667),
        (Cycle::Annually, 500_000, 41_667),
        (Cycle::of_days(10).unwrap(), 12_000, 36_500),
        (Cycle::of_days(365).unwrap(), 120_000, 10_000),
        (Cycle::OneTime, 120_000, 0),
    ];
    for (cycle, price, monthly) in cases {
        assert_eq!(cycle.monthly_minor(price), monthly, "{cycle} {price}");
    }
    let lengths = [31, 32].map(|days| Cycle::of_days(days).unwrap().is_longer_than_a_month());
    assert_eq!(lengths, [false, true]);
    assert!(!Cycle::Monthly.is_longer_than_a_month() && Cycle::Quarterly.is_longer_than_a_month());
}
