//! Which fee is due for an invoice that is late, and which comes next. Pure.
use crate::domain::settings::{LateFeeKind, LateFees};
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::value::{MoneyError, Ratio, business_day, day_start};

/// How an invoice stands, minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// When it was due.
    pub due_at: DateTime<Utc>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// What it asked for.
    pub total_minor: i64,
    /// What is open of it.
    pub open_minor: i64,
    /// The fees so far: for which period, and how much.
    pub fees: Vec<(i32, i64)>,
}

/// A fee to be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// For which period since the invoice was late.
    pub period: i32,
    /// From when on.
    pub at: DateTime<Utc>,
    /// How much of what is open now, net, minor units.
    pub amount_minor: i64,
}

/// The fee that is due at `now`, or else the next to come; `None`: none any more. Periods that were missed collapse into
/// the latest, so that a rest of the machine, or a pause, costs nobody several fees at once.
///
/// # Errors
/// `Overflow`.
pub fn next(late: &Late, rules: &LateFees, now: DateTime<Utc>) -> Result<Option<Fee>, MoneyError> {
    let counts = rules.issued_since.is_some_and(|since| business_day(late.issued_at) >= since);
    if !rules.is_on || !counts || late.open_minor <= 0 {
        return Ok(None);
    }
    let last = late.fees.iter().map(|(period, _)| *period).max();
    let begun = begun(late, rules, now);
    let Some(period) = begun.filter(|period| Some(*period) > last).or_else(|| following(last, rules)) else {
        return Ok(None);
    };
    let amount_minor = amount(late, rules)?;
    Ok((amount_minor > 0).then(|| Fee { period, at: day_start(day_of(late, rules, period)), amount_minor }))
}

/// The period that `now` lies in.
fn begun(late: &Late, rules: &LateFees, now: DateTime<Utc>) -> Option<i32> {
    let days = (business_day(now) - day_of(late, rules, 0)).num_days();
    match (days, rules.every_days) {
        (..0, _) => None,
        (_, ..=0) => Some(0),
        (days, every) => i32::try_from(days / every).ok(),
    }
}

/// The period after the last one that was charged.
fn following(last: Option<i32>, rules: &LateFees) -> Option<i32> {
    match last {
        None => Some(0),
        Some(last) => last.checked_add(1).filter(|_| rules.every_days > 0),
    }
}

fn day_of(late: &Late, rules: &LateFees, period: i32) -> NaiveDate {
    let days = rules.every_days.max(0).saturating_mul(i64::from(period)).saturating_add(rules.days_after);
    let due = business_day(late.due_at);
    due.checked_add_days(Days::new(days.unsigned_abs())).unwrap_or(due)
}

/// A fee on what is open, rounded half up once, and never more than what the caps leave.
fn amount(late: &Late, rules: &LateFees) -> Result<i64, MoneyError> {
    let part = |basis_points: i64, of: i64| Ratio::new(basis_points, 10_000).of(of);
    let mut fee = match rules.kind {
        LateFeeKind::Fixed => rules.amount_minor,
        LateFeeKind::Percent => part(rules.percent_bp, late.open_minor)?,
    };
    let charged =
        late.fees.iter().try_fold(0_i64, |sum, (_, fee)| sum.checked_add(*fee)).ok_or(MoneyError::Overflow)?;
    if rules.cap_minor > 0 {
        fee = fee.min(rules.cap_minor - charged);
    }
    if rules.cap_percent_bp > 0 {
        fee = fee.min(part(rules.cap_percent_bp, late.total_minor)? - charged);
    }
    Ok(fee)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    fn at(day: i64) -> DateTime<Utc> {
        "2026-12-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() - Duration::hours(7) + Duration::days(day)
    }

    /// Due on the first of December, of Rp 100.000 of which Rp 60.010 is open.
    fn late(fees: &[(i32, i64)]) -> Late {
        Late { due_at: at(0), issued_at: at(-7), total_minor: 100_000, open_minor: 60_010, fees: fees.to_vec() }
    }

    fn rules(change: impl FnOnce(&mut LateFees)) -> LateFees {
        let mut rules = LateFees {
            is_on: true,
            amount_minor: 10_000,
            percent_bp: 250,
            issued_since: "2026-01-01".parse().ok(),
            ..LateFees::default()
        };
        change(&mut rules);
        rules
    }

    fn fee(period: i32, day: i64, amount_minor: i64) -> Option<Fee> {
        Some(Fee { period, at: at(day), amount_minor })
    }

    #[test]
    fn a_fee_comes_once_so_many_days_after_the_due_date() {
        let once = rules(|rules| rules.days_after = 3);
        assert_eq!(next(&late(&[]), &once, at(0)), Ok(fee(0, 3, 10_000)), "told before");
        assert_eq!(next(&late(&[]), &once, at(40)), Ok(fee(0, 3, 10_000)), "due, however late");
        assert_eq!(next(&late(&[(0, 10_000)]), &once, at(40)), Ok(None), "once");
    }

    #[test]
    fn periods_count_from_the_first_and_missed_ones_collapse_into_the_latest() {
        let weekly = rules(|rules| {
            rules.days_after = 3;
            rules.every_days = 7;
        });
        assert_eq!(next(&late(&[(0, 1)]), &weekly, at(9)), Ok(fee(1, 10, 10_000)), "the next one");
        assert_eq!(next(&late(&[(0, 1)]), &weekly, at(10)), Ok(fee(1, 10, 10_000)));
        assert_eq!(next(&late(&[(0, 1)]), &weekly, at(33)), Ok(fee(4, 31, 10_000)), "one for four weeks");
        assert_eq!(next(&late(&[(4, 1)]), &weekly, at(33)), Ok(fee(5, 38, 10_000)));
    }

    #[test]
    fn a_percentage_is_of_what_is_open_rounded_half_up_once() {
        let percent = rules(|rules| rules.kind = LateFeeKind::Percent);
        assert_eq!(
            next(&late(&[]), &percent, at(9)).unwrap().unwrap().amount_minor,
            1_500,
            "2,5 % of 60.010: 1.500,25"
        );
        let half = Late { open_minor: 60_020, ..late(&[]) };
        assert_eq!(next(&half, &percent, at(9)).unwrap().unwrap().amount_minor, 1_501, "1.500,5");
    }

    #[test]
    fn caps_end_the_fees() {
        let of = |rules: &LateFees, fees: &[(i32, i64)]| {
            next(&late(fees), rules, at(90)).unwrap().map(|fee| fee.amount_minor)
        };
        let total = rules(|rules| {
            rules.every_days = 7;
            rules.cap_minor = 25_000;
        });
        assert_eq!(of(&total, &[(0, 10_000)]), Some(10_000));
        assert_eq!(of(&total, &[(0, 10_000), (1, 10_000)]), Some(5_000), "what is left");
        assert_eq!(of(&total, &[(0, 10_000), (1, 15_000)]), None);
        let percent = rules(|rules| rules.cap_percent_bp = 500);
        assert_eq!(of(&percent, &[]), Some(5_000), "5 % of the invoice");
    }

    #[test]
    fn none_where_it_is_off_paid_or_the_invoice_is_older_than_the_rule() {
        let now = at(90);
        assert_eq!(next(&late(&[]), &rules(|rules| rules.is_on = false), now), Ok(None));
        assert_eq!(next(&late(&[]), &rules(|rules| rules.issued_since = None), now), Ok(None));
        assert_eq!(next(&late(&[]), &rules(|rules| rules.issued_since = "2026-11-25".parse().ok()), now), Ok(None));
        assert!(
            next(&late(&[]), &rules(|rules| rules.issued_since = "2026-11-24".parse().ok()), now).unwrap().is_some()
        );
        assert_eq!(next(&Late { open_minor: 0, ..late(&[]) }, &rules(|_| {}), now), Ok(None));
    }
}
