//! However a service is looked at, each second counts once at most.
use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::value::{UptimeState, business_day};
use proptest::prelude::*;
use std::collections::BTreeMap;
use yumna::domain::provisioning::uptime::{Kind, Known, LONGEST_GAP, Verdict, by_day, first, share_bp, step};

const VERDICTS: [Verdict; 4] = [Verdict::Up, Verdict::Down, Verdict::Unknown, Verdict::Idle];

fn at(seconds: i64) -> DateTime<Utc> {
    "2026-11-21T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::seconds(seconds)
}

proptest! {
    #[test]
    fn the_seconds_of_a_span_are_those_of_its_days(start in 0_i64..200_000, length in 0_i64..400_000) {
        let (from, until) = (at(start), at(start + length));
        let parts = by_day(from, until);
        prop_assert_eq!(parts.iter().map(|(_, seconds)| seconds).sum::<i64>(), length);
        prop_assert!(parts.iter().all(|(_, seconds)| (1..=86_400).contains(seconds)));
        prop_assert!(parts.windows(2).all(|pair| pair[0].0.succ_opt() == Some(pair[1].0)));
        if let Some((day, _)) = parts.first() {
            prop_assert_eq!(*day, business_day(from));
        }
    }

    #[test]
    fn each_second_counts_once_at_most_and_outages_are_what_was_down(
        start in 0_i64..172_800,
        opening in 0_usize..4,
        looks in proptest::collection::vec((1_i64..400, 0_usize..4, 0_u8..10), 1..120),
    ) {
        let mut known: Known = first(VERDICTS[opening], at(start));
        let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
        let (mut watched, mut down, mut outages, mut now) = (0_i64, 0_i64, 0_i64, start);
        for (gap, verdict, chance) in looks {
            let (before, from) = (known, at(now));
            now += gap;
            let made = step(&before, VERDICTS[verdict], chance == 0, at(now));
            prop_assert_eq!(made.next.counted_until, at(now));
            prop_assert_eq!(made.next.down_since.is_some(), made.next.state == UptimeState::Down);
            let is_late = Duration::seconds(gap) > LONGEST_GAP;
            if is_late && before.state != UptimeState::Idle {
                prop_assert_eq!(made.counted, Some(Kind::Unknown), "nobody looked");
            }
            if made.counted.is_some() {
                watched += gap;
                for (day, seconds) in by_day(from, at(now)) {
                    *days.entry(day).or_default() += seconds;
                }
            }
            if made.counted == Some(Kind::Down) {
                down += gap;
            }
            if let Some((began, ended)) = made.ended {
                prop_assert!(began < ended && ended <= at(now));
                outages += (ended - began).num_seconds();
            }
            known = made.next;
        }
        let lasting = known.down_since.map_or(0, |since| (known.counted_until - since).num_seconds());
        prop_assert_eq!(down, outages + lasting);
        prop_assert_eq!(days.values().sum::<i64>(), watched);
        prop_assert!(days.values().all(|seconds| *seconds <= 86_400));
    }

    #[test]
    fn a_share_never_hides_a_second_that_was_missed(up in 0_i64..40_000_000, down in 0_i64..40_000_000) {
        match share_bp(up, down) {
            None => prop_assert_eq!(up + down, 0),
            Some(share) => {
                prop_assert!((0..=10_000).contains(&share));
                prop_assert_eq!(share == 10_000, down == 0);
            }
        }
    }
}
