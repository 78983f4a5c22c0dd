//! The timetable of a contract: what is to be done with it next by itself, and when. Pure.
//!
//! It looks at facts, not at what was planned: whatever was missed, done twice or changed by people in between, the
//! next step follows from how things stand (DECISIONS 9, 10, 15, 16).
use super::skipped::Reason;
use crate::domain::settings::Billing;
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use entity::value::{Period, SubscriptionStatus, business_day, day_start};
use std::collections::BTreeMap;

/// Hour of the business day at which people are written to.
const MAIL_HOUR: i64 = 9;
/// Days between the issue of an invoice and a suspension for it, at least.
const LEAST_DAYS_TO_SUSPEND: i64 = 7;
/// The same for the first invoice after a trial.
const LEAST_DAYS_AFTER_TRIAL: i64 = 1;
/// Days before removal of which a warning must have gone out that far ahead.
const BINDING_WARNINGS: [i64; 2] = [7, 1];

/// The cycle that waits to begin or to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCycle {
    /// 2, 3, …
    pub number: i32,
    /// Its days.
    pub period: Period,
    /// Whether it is noted as paid.
    pub is_settled: bool,
    /// Whether its invoice is paid.
    pub is_paid: bool,
    /// When its invoice is due.
    pub due_at: DateTime<Utc>,
    /// When its invoice was issued.
    pub issued_at: DateTime<Utc>,
    /// Whether at least one notice of it has reached the customer's mail server.
    pub is_told: bool,
    /// Whether one of them was a reminder.
    pub is_reminded: bool,
    /// Whether it is the first that is paid for, after a trial.
    pub is_after_trial: bool,
    /// Until which day people gave more time than the settings do.
    pub grace_until: Option<NaiveDate>,
}

/// How a contract stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its state.
    pub status: SubscriptionStatus,
    /// The day after the last day of its present period.
    pub period_end: Option<NaiveDate>,
    /// Since when it is held for money that did not come.
    pub unpaid_hold_since: Option<DateTime<Utc>>,
    /// Whether it is paid again and waits for room.
    pub waits_for_room: bool,
    /// Until when reminders and warnings rest, because people said so.
    pub mails_rest_until: Option<DateTime<Utc>>,
    /// The oldest cycle that has not begun or is not settled.
    pub cycle: Option<OpenCycle>,
    /// Steps taken of that cycle, and when.
    pub done: BTreeMap<String, DateTime<Utc>>,
}

/// One thing to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The invoice was paid: the cycle is settled and a hold for money that did not come is lifted.
    Settle,
    /// The day has come: the period moves on, past due where it is not paid.
    Begin,
    /// Try to take the money from the wallet, so many days after the due date.
    Debit(i64),
    /// Remind the customer, so many days after the due date (below zero: before it).
    Remind(i64),
    /// Suspend it.
    Suspend,
    /// Warn that its data will be removed in so many days.
    Warn(i64),
    /// End it and remove what runs.
    Terminate,
}

impl Step {
    /// What it is, in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::Begin => "begin",
            Self::Debit(_) => "debit",
            Self::Remind(_) => "remind",
            Self::Suspend => "suspend",
            Self::Warn(_) => "warn",
            Self::Terminate => "terminate",
        }
    }

    /// Its name in `dunning_steps`; steps that show in the contract itself have none.
    pub fn code(self) -> Option<String> {
        match self {
            Self::Settle | Self::Begin | Self::Suspend | Self::Terminate => None,
            Self::Debit(day) => Some(format!("debit_{day}")),
            Self::Remind(day) => Some(format!("remind_{day}")),
            Self::Warn(day) => Some(format!("warn_{day}")),
        }
    }
}

/// What to do now, or when to look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Take this step; the codes are those it makes superfluous.
    Take(Step, Vec<String>),
    /// Nothing to do until then; `None`: not until something else happens to the contract.
    Wait(Option<DateTime<Utc>>),
}

/// What is next for a contract that stands so.
pub fn decide(facts: &Facts, rules: &Billing, now: DateTime<Utc>) -> Decision {
    if matches!(facts.status, SubscriptionStatus::Pending | SubscriptionStatus::Terminated) {
        return Decision::Wait(None);
    }
    let Some(cycle) = &facts.cycle else { return Decision::Wait(None) };
    if cycle.is_paid && !cycle.is_settled {
        return take(Step::Settle);
    }
    let begins_at = cycle.period.start_at();
    let has_begun = facts.period_end.is_some_and(|end| end >= cycle.period.end);
    if cycle.is_paid {
        return match has_begun {
            true => Decision::Wait(None),
            false if begins_at <= now => take(Step::Begin),
            false => Decision::Wait(Some(begins_at)),
        };
    }
    // Nobody is asked for more while there is no room for what he has paid for.
    if facts.waits_for_room {
        return Decision::Wait(None);
    }
    match facts.unpaid_hold_since {
        Some(since) => removal(facts, since, rules, now),
        None => dunning(facts, cycle, has_begun, rules, now),
    }
}

/// What would be due by the days of the settings and is not taken, and what of ours it waits for.
pub fn waits_for(facts: &Facts, rules: &Billing, now: DateTime<Utc>) -> Option<(Step, Reason)> {
    let is_over = matches!(facts.status, SubscriptionStatus::Pending | SubscriptionStatus::Terminated);
    if is_over || facts.waits_for_room {
        return None;
    }
    let cycle = facts.cycle.as_ref().filter(|cycle| !cycle.is_paid)?;
    let Some(since) = facts.unpaid_hold_since else {
        let has_begun = facts.period_end.is_some_and(|end| end >= cycle.period.end);
        let is_due = has_begun && suspends_at(cycle, rules) <= now;
        // Who was told waits for no letter: reminders rest because people said so, and that is told where it is asked.
        return (is_due && !cycle.is_told).then_some((Step::Suspend, Reason::NotTold));
    };
    if mails_rest(facts, now) {
        return None;
    }
    let is_due = since + Duration::days(retention_days(facts, rules)) <= now;
    (is_due && removes_at(facts, since, rules, now) > now).then_some((Step::Terminate, Reason::NotWarned))
}

/// When an unpaid cycle leads to suspension: after the days of grace, never within seven days of its issue, and not
/// before the day until which people gave more time.
pub fn suspends_at(cycle: &OpenCycle, rules: &Billing) -> DateTime<Utc> {
    let by_rules = suspends_by_rules(cycle, rules);
    cycle.grace_until.map_or(by_rules, |day| by_rules.max(day_start(day)))
}

fn suspends_by_rules(cycle: &OpenCycle, rules: &Billing) -> DateTime<Utc> {
    if cycle.is_after_trial {
        // Nobody owes for what he only tried: it ends with the trial, unless its invoice came out so late that nobody
        // could have paid it.
        let over = day_start(business_day(cycle.due_at) + Days::new(rules.trial_grace_days.unsigned_abs()));
        return over.max(cycle.issued_at + Duration::days(LEAST_DAYS_AFTER_TRIAL));
    }
    let after_grace = day_start(business_day(cycle.due_at) + Days::new(rules.grace_days.unsigned_abs()));
    after_grace.max(cycle.issued_at + Duration::days(LEAST_DAYS_TO_SUSPEND))
}

/// When what is suspended since `since` is removed: after the days of retention, and never before the binding
/// warnings have had their time (those that have not gone out could go out `now` at best).
pub fn removes_at(facts: &Facts, since: DateTime<Utc>, rules: &Billing, now: DateTime<Utc>) -> DateTime<Utc> {
    BINDING_WARNINGS.iter().fold(since + Duration::days(retention_days(facts, rules)), |at, day| {
        let told = Step::Warn(*day).code().and_then(|code| facts.done.get(&code)).copied();
        at.max(told.unwrap_or(now) + Duration::days(*day))
    })
}

/// Days for which what is suspended is kept: less for what was only tried.
pub fn retention_days(facts: &Facts, rules: &Billing) -> i64 {
    let is_tried = facts.cycle.as_ref().is_some_and(|cycle| cycle.is_after_trial);
    if is_tried { rules.trial_retention_days } else { rules.retention_days }
}

/// When the first reminder of an invoice issued on `issued_day` goes out.
pub fn first_reminder(due_day: NaiveDate, issued_day: NaiveDate, rules: &Billing) -> Option<DateTime<Utc>> {
    reminders_after(issued_day, due_day, rules).next().map(|day| reminds_at(due_day, day))
}

fn reminders_after(issued_day: NaiveDate, due_day: NaiveDate, rules: &Billing) -> impl Iterator<Item = i64> {
    rules.reminders().into_iter().filter(move |day| shifted(due_day, *day) > issued_day)
}

fn reminds_at(due_day: NaiveDate, day: i64) -> DateTime<Utc> {
    day_start(shifted(due_day, day)) + Duration::hours(MAIL_HOUR)
}

fn take(step: Step) -> Decision {
    Decision::Take(step, Vec::new())
}

fn dunning(facts: &Facts, cycle: &OpenCycle, has_begun: bool, rules: &Billing, now: DateTime<Utc>) -> Decision {
    let due_day = business_day(cycle.due_at);
    let suspends_at = suspends_at(cycle, rules);
    let mut later: Vec<DateTime<Utc>> = Vec::new();

    // Money first: whoever has it in the wallet is neither past due nor reminded.
    let today = (business_day(now) - due_day).num_days();
    if cycle.due_at <= now {
        // What was only tried is not taken from anybody's wallet by itself.
        if !cycle.is_after_trial {
            let debit = Step::Debit(today);
            if !is_done(facts, debit) {
                return take(debit);
            }
            later.push(day_start(business_day(now) + Days::new(1)));
        }
    } else {
        later.push(cycle.due_at);
    }
    if !has_begun {
        if cycle.period.start_at() <= now {
            return take(Step::Begin);
        }
        later.push(cycle.period.start_at());
    }
    // Missed reminders collapse into the latest; those of days before the invoice existed are not missed.
    let issued_day = business_day(cycle.issued_at);
    let at = |day: i64| reminds_at(due_day, day);
    let open: Vec<i64> =
        reminders_after(issued_day, due_day, rules).filter(|day| !is_done(facts, Step::Remind(*day))).collect();
    let rests = mails_rest(facts, now);
    let due: Vec<i64> = open.iter().copied().filter(|day| !rests && at(*day) <= now).collect();
    if let Some((latest, missed)) = due.split_last() {
        let missed = missed.iter().filter_map(|day| Step::Remind(*day).code()).collect();
        return Decision::Take(Step::Remind(*latest), missed);
    }
    later.extend(open.iter().map(|day| at(*day)));
    later.extend(rests.then(|| next_mail_hour(now)));
    if suspends_at <= now && has_begun && is_told(facts, cycle, now) {
        return take(Step::Suspend);
    }
    later.push(suspends_at);
    Decision::Wait(next_of(later, now))
}

fn removal(facts: &Facts, since: DateTime<Utc>, rules: &Billing, now: DateTime<Utc>) -> Decision {
    let removes_at = removes_at(facts, since, rules, now);
    if removes_at <= now {
        return take(Step::Terminate);
    }
    let at = |day: i64| removes_at - Duration::days(day);
    let open: Vec<i64> = rules.warnings().into_iter().filter(|day| !is_done(facts, Step::Warn(*day))).collect();
    let rests = mails_rest(facts, now);
    let due: Vec<i64> = open.iter().copied().filter(|day| !rests && at(*day) <= now).collect();
    // Missed warnings collapse into the latest; none is missed that removal depends on, see `removes_at`.
    if let Some((latest, missed)) = due.split_last() {
        let missed = missed.iter().filter_map(|day| Step::Warn(*day).code()).collect();
        return Decision::Take(Step::Warn(*latest), missed);
    }
    let later = open.into_iter().map(at).chain([removes_at]).chain(rests.then(|| next_mail_hour(now))).collect();
    Decision::Wait(next_of(later, now))
}

/// Whether reminders and warnings rest.
fn mails_rest(facts: &Facts, now: DateTime<Utc>) -> bool {
    facts.mails_rest_until.is_some_and(|end| now < end)
}

/// Whether a customer knows enough to be suspended: while reminders rest only who got one before.
fn is_told(facts: &Facts, cycle: &OpenCycle, now: DateTime<Utc>) -> bool {
    if mails_rest(facts, now) { cycle.is_reminded } else { cycle.is_told }
}

/// When people are written to next: what rests is looked at then, whether its rest was ended early or not.
fn next_mail_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    let hour = |day: NaiveDate| day_start(day) + Duration::hours(MAIL_HOUR);
    let (today, tomorrow) = (business_day(now), business_day(now) + Days::new(1));
    if hour(today) > now { hour(today) } else { hour(tomorrow) }
}

fn is_done(facts: &Facts, step: Step) -> bool {
    step.code().is_some_and(|code| facts.done.contains_key(&code))
}

fn shifted(day: NaiveDate, by: i64) -> NaiveDate {
    day.checked_add_signed(Duration::days(by)).unwrap_or(day)
}

fn next_of(times: Vec<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    times.into_iter().filter(|at| *at > now).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        // Written on the wall clock of Jakarta.
        text.parse::<chrono::NaiveDateTime>().unwrap().and_utc() - Duration::hours(7)
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A monthly contract whose second cycle begins on the 21st of December and was invoiced a week before.
    fn facts() -> Facts {
        Facts {
            status: SubscriptionStatus::Active,
            period_end: Some(day("2026-12-21")),
            unpaid_hold_since: None,
            waits_for_room: false,
            mails_rest_until: None,
            cycle: Some(OpenCycle {
                number: 2,
                period: Period { start: day("2026-12-21"), end: day("2027-01-21") },
                is_settled: false,
                is_paid: false,
                due_at: at("2026-12-21T00:00:00"),
                issued_at: at("2026-12-14T00:05:00"),
                is_told: true,
                is_reminded: true,
                is_after_trial: false,
                grace_until: None,
            }),
            done: BTreeMap::new(),
        }
    }

    /// Lives through the days until `until`, taking every step when its time comes; what happened when.
    fn live(facts: &mut Facts, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(String, Step)> {
        let rules = Billing::default();
        let (mut now, mut log) = (from, Vec::new());
        for _ in 0..500 {
            match decide(facts, &rules, now) {
                Decision::Take(step, skipped) => {
                    log.push((
                        now.checked_add_signed(Duration::hours(7)).unwrap().format("%d/%m %H").to_string(),
                        step,
                    ));
                    facts.done.extend(skipped.into_iter().chain(step.code()).map(|code| (code, now)));
                    match step {
                        Step::Begin => facts.period_end = facts.cycle.as_ref().map(|cycle| cycle.period.end),
                        Step::Suspend => facts.unpaid_hold_since = Some(now),
                        Step::Terminate => facts.status = SubscriptionStatus::Terminated,
                        _ => {}
                    }
                }
                Decision::Wait(Some(at)) if at <= until => now = at,
                Decision::Wait(_) => return log,
            }
        }
        panic!("it never rests: {log:?}");
    }

    fn without_debits(log: Vec<(String, Step)>) -> Vec<(String, Step)> {
        log.into_iter().filter(|(_, step)| !matches!(step, Step::Debit(_))).collect()
    }

    #[test]
    fn who_never_pays_is_reminded_suspended_warned_and_removed_on_the_days_of_the_settings() {
        let mut facts = facts();
        let log = live(&mut facts, at("2026-12-14T00:05:00"), at("2027-12-31T00:00:00"));
        let expected = [
            ("18/12 09", Step::Remind(-3)),
            ("20/12 09", Step::Remind(-1)),
            ("21/12 00", Step::Begin),
            ("21/12 09", Step::Remind(0)),
            ("22/12 09", Step::Remind(1)),
            ("24/12 09", Step::Remind(3)),
            ("27/12 09", Step::Remind(6)),
            ("28/12 00", Step::Suspend),
            ("13/01 00", Step::Warn(14)),
            ("20/01 00", Step::Warn(7)),
            ("24/01 00", Step::Warn(3)),
            ("26/01 00", Step::Warn(1)),
            ("27/01 00", Step::Terminate),
        ];
        let debits = log.iter().filter(|(_, step)| matches!(step, Step::Debit(_))).count();
        assert_eq!(debits, 8, "on the due date and on each day of grace: {log:?}");
        let expected: Vec<_> = expected.iter().map(|(when, step)| ((*when).to_owned(), *step)).collect();
        assert_eq!(without_debits(log), expected);
    }

    #[test]
    fn a_paid_cycle_begins_on_its_day_and_nobody_is_reminded() {
        let mut facts = facts();
        facts.cycle.as_mut().unwrap().is_paid = true;
        facts.cycle.as_mut().unwrap().is_settled = true;
        let log = live(&mut facts, at("2026-12-15T00:00:00"), at("2027-12-31T00:00:00"));
        assert_eq!(log, [("21/12 00".to_owned(), Step::Begin)]);
    }

    #[test]
    fn after_a_month_of_downtime_one_reminder_goes_out_and_nobody_is_suspended_within_a_week_of_the_issue() {
        let mut facts = facts();
        let back = at("2027-01-20T10:00:00");
        let cycle = facts.cycle.as_mut().unwrap();
        (cycle.issued_at, cycle.due_at) = (back, back);
        let log = without_debits(live(&mut facts, back, at("2027-01-28T00:00:00")));
        let expected = [
            ("20/01 10", Step::Begin),
            ("21/01 09", Step::Remind(1)),
            ("23/01 09", Step::Remind(3)),
            ("26/01 09", Step::Remind(6)),
            ("27/01 10", Step::Suspend),
        ];
        let expected: Vec<_> = expected.iter().map(|(when, step)| ((*when).to_owned(), *step)).collect();
        assert_eq!(log, expected);
    }

    #[test]
    fn missed_reminders_collapse_into_the_latest() {
        let mut facts = facts();
        facts.period_end = Some(day("2027-01-21"));
        facts.done.insert("debit_4".to_owned(), at("2026-12-25T09:30:00"));
        let missed = ["remind_-3", "remind_-1", "remind_0", "remind_1"].map(str::to_owned).to_vec();
        let decision = decide(&facts, &Billing::default(), at("2026-12-25T09:30:00"));
        assert_eq!(decision, Decision::Take(Step::Remind(3), missed));
    }

    #[test]
    fn nobody_is_suspended_who_was_never_told() {
        let mut facts = facts();
        facts.cycle.as_mut().unwrap().is_told = false;
        let log = live(&mut facts, at("2026-12-14T00:05:00"), at("2027-01-05T00:00:00"));
        assert!(!log.iter().any(|(_, step)| *step == Step::Suspend), "{log:?}");
        let waits = |day: &str| waits_for(&facts, &Billing::default(), at(day));
        assert_eq!(waits("2026-12-27T23:59:59"), None);
        assert_eq!(waits("2026-12-28T00:00:00"), Some((Step::Suspend, Reason::NotTold)));
    }

    #[test]
    fn while_reminders_rest_nobody_is_suspended_who_got_none_before_and_then_they_go_on() {
        let rest_until = Some(at("2027-01-10T00:00:00"));
        let steps = |is_reminded: bool| {
            let mut facts = facts();
            facts.mails_rest_until = rest_until;
            facts.cycle.as_mut().unwrap().is_reminded = is_reminded;
            let log = live(&mut facts, at("2026-12-14T00:05:00"), at("2027-01-12T00:00:00"));
            log.into_iter().filter(|(_, step)| matches!(step, Step::Remind(_) | Step::Suspend)).collect::<Vec<_>>()
        };
        let told = [("10/01 00".to_owned(), Step::Remind(6)), ("10/01 00".to_owned(), Step::Suspend)];
        assert_eq!(steps(false), told, "the latest reminder first, then what waited for it");
        assert_eq!(steps(true)[0], ("28/12 00".to_owned(), Step::Suspend));
    }

    #[test]
    fn while_warnings_rest_nothing_is_removed_that_was_not_warned_of() {
        let mut facts = facts();
        facts.period_end = Some(day("2027-01-21"));
        facts.unpaid_hold_since = Some(at("2026-12-28T00:00:00"));
        facts.mails_rest_until = Some(at("2027-03-01T00:00:00"));
        let log = live(&mut facts, at("2027-01-05T00:00:00"), at("2027-03-12T00:00:00"));
        let words: Vec<_> = log.iter().map(|(when, step)| (when.as_str(), *step)).collect();
        assert_eq!(words[0], ("01/03 09", Step::Warn(7)), "{words:?}");
        assert_eq!(*words.last().unwrap(), ("08/03 09", Step::Terminate), "{words:?}");
    }

    #[test]
    fn who_was_given_more_time_is_suspended_when_it_is_over_and_never_sooner_than_by_the_rules() {
        for (until, expected) in [("2027-01-05", "05/01 00"), ("2026-12-22", "28/12 00")] {
            let mut facts = facts();
            facts.cycle.as_mut().unwrap().grace_until = Some(day(until));
            let log = live(&mut facts, at("2026-12-14T00:05:00"), at("2027-01-06T00:00:00"));
            let suspended = log.iter().find(|(_, step)| *step == Step::Suspend).unwrap();
            assert_eq!(suspended.0, expected, "{until}");
        }
    }

    #[test]
    fn what_was_tried_and_is_not_paid_is_suspended_when_the_trial_ends_and_takes_nothing_from_the_wallet() {
        let mut facts = facts();
        facts.status = SubscriptionStatus::Trialing;
        facts.cycle.as_mut().unwrap().is_after_trial = true;
        let log = live(&mut facts, at("2026-12-14T00:05:00"), at("2027-12-31T00:00:00"));
        let expected = [
            ("18/12 09", Step::Remind(-3)),
            ("20/12 09", Step::Remind(-1)),
            ("21/12 00", Step::Begin),
            ("21/12 00", Step::Suspend),
            ("21/12 00", Step::Warn(7)),
            ("25/12 00", Step::Warn(3)),
            ("27/12 00", Step::Warn(1)),
            ("28/12 00", Step::Terminate),
        ];
        let expected: Vec<_> = expected.iter().map(|(when, step)| ((*when).to_owned(), *step)).collect();
        assert_eq!(log, expected);
    }

    #[test]
    fn data_are_removed_a_week_after_the_first_binding_warning_at_the_earliest() {
        let mut facts = facts();
        facts.period_end = Some(day("2027-01-21"));
        facts.unpaid_hold_since = Some(at("2026-12-28T00:00:00"));
        // The program was down for two months.
        let log = live(&mut facts, at("2027-03-01T08:00:00"), at("2027-12-31T00:00:00"));
        let expected = [
            ("01/03 08", Step::Warn(7)),
            ("05/03 08", Step::Warn(3)),
            ("07/03 08", Step::Warn(1)),
            ("08/03 08", Step::Terminate),
        ];
        let expected: Vec<_> = expected.iter().map(|(when, step)| ((*when).to_owned(), *step)).collect();
        assert_eq!(log, expected);
    }

    #[test]
    fn who_waits_for_room_is_asked_for_nothing_and_what_he_pays_counts() {
        let mut facts = facts();
        facts.status = SubscriptionStatus::Suspended;
        facts.waits_for_room = true;
        let late = at("2027-03-01T08:00:00");
        assert_eq!(decide(&facts, &Billing::default(), late), Decision::Wait(None));
        assert_eq!(waits_for(&facts, &Billing::default(), late), None);
        facts.cycle.as_mut().unwrap().is_paid = true;
        assert_eq!(decide(&facts, &Billing::default(), late), take(Step::Settle));
        facts.cycle.as_mut().unwrap().is_settled = true;
        assert_eq!(decide(&facts, &Billing::default(), late), take(Step::Begin));
    }

    #[test]
    fn money_that_comes_late_settles_the_cycle_whatever_holds() {
        let mut facts = facts();
        facts.status = SubscriptionStatus::Suspended;
        facts.period_end = Some(day("2027-01-21"));
        facts.unpaid_hold_since = Some(at("2026-12-28T00:00:00"));
        facts.cycle.as_mut().unwrap().is_paid = true;
        assert_eq!(decide(&facts, &Billing::default(), at("2027-01-02T08:00:00")), take(Step::Settle));
    }
}
