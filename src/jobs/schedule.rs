//! The timetable, on one page. Times are those of Jakarta. Every tick fires through a row of its own, so that two
//! nodes cannot fire it twice; the job is queued in the same transaction.
use super::{
    Clockwork, books, contracts,
    messaging::{deliver, money_notices, service_notices},
    platform, reports, sales, watch,
};
use crate::{
    domain::{
        Services,
        billing::deferral::EarnRevenue,
        payments::ComparePayments,
        provisioning::{clusters, custom_domains, nodes, observe, orphans, uptime},
    },
    kernel::{
        db::{self, WriteTx},
        job::{self, Job},
    },
};
use chrono::{DateTime, Duration, FixedOffset, Utc};
use croner::Cron;
use entity::platform::schedule;
use futures_util::future::BoxFuture;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};

/// Ticks of one entry that are fired in one go after product time was moved or the program was down.
const CATCH_UP: usize = 400;
/// A tick that has not fired so long after it was due says that nobody minds the timetable.
const LATE: Duration = Duration::minutes(15);

/// What becomes of ticks that were jumped over (docs/adr/0030-missed-ticks.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Each fires once, oldest first, with its own due time: everything daily or rarer.
    Each,
    /// They fire together, once: sweeps that run many times a day and look at everything anyway.
    Latest,
}

type Enqueue =
    Box<dyn for<'a> Fn(&'a WriteTx, DateTime<Utc>, DateTime<Utc>) -> BoxFuture<'a, Result<bool, DbErr>> + Send + Sync>;

/// One line of the timetable.
pub struct Entry {
    /// Stable name, stored with each tick.
    pub name: &'static str,
    cron: Cron,
    missed: Missed,
    enqueue: Enqueue,
}

impl Entry {
    /// Whether every tick counts, also one that was jumped over.
    pub fn is_daily(&self) -> bool {
        self.missed == Missed::Each
    }
}

/// The job that `make` makes for a tick (given its due time) is queued at every tick of `cron`, five fields in
/// Jakarta time.
pub fn at<J: Job>(
    name: &'static str,
    cron: &'static str,
    missed: Missed,
    make: impl Fn(DateTime<Utc>) -> J + Send + Sync + 'static,
) -> Entry {
    let cron = cron.parse().expect("the timetable is constant and tested");
    let enqueue: Enqueue = Box::new(move |tx, now, due_at| {
        let work = make(due_at);
        Box::pin(async move { job::enqueue_at(tx, now, &format!("schedule:{name}"), &work, due_at).await })
    });
    Entry { name, cron, missed, enqueue }
}

/// The timetable of the house.
pub fn timetable() -> Vec<Entry> {
    vec![
        at("provisioning.sync", "*/5 * * * *", Missed::Latest, |_| observe::Sync {}),
        // A cluster that stops working must not take orders for long.
        at("provisioning.check_clusters", "*/10 * * * *", Missed::Latest, |_| clusters::CheckClusters {}),
        // A machine that fails is told after a minute.
        at("provisioning.survey_clusters", "* * * * *", Missed::Latest, |_| nodes::SurveyClusters {}),
        // The first look at a new name is due after a minute.
        at("provisioning.check_domains", "* * * * *", Missed::Latest, |_| custom_domains::CheckDomains {}),
        // What is down is down from the second visit on; three minutes without one count as not known.
        at("provisioning.check_uptime", "* * * * *", Missed::Latest, |_| uptime::CheckUptime {}),
        at("provisioning.find_orphans", "41 * * * *", Missed::Latest, |_| orphans::FindOrphans {}),
        // At night: large deletes while few people are about.
        at("platform.clean_up", "17 3 * * *", Missed::Each, |_| platform::CleanUp {}),
        // Finds nothing but after a change of keys, whose maker waits for it.
        at("platform.reseal", "34 * * * *", Missed::Latest, |_| platform::Reseal {}),
        // The day that is over is booked soon after midnight, before its month can be closed; what fails is tried again.
        at("billing.earn_revenue", "4 * * * *", Missed::Latest, |_| EarnRevenue {}),
        at("ledger.check_books", "23 2 * * *", Missed::Each, |_| books::CheckBooks {}),
        // At night: gateways have settled the day by then, and few customers wait for their answers.
        at("payments.compare", "37 1 * * *", Missed::Each, |_| ComparePayments::default()),
        at("catalog.expire_reservations", "* * * * *", Missed::Latest, |_| sales::ExpireReservations {}),
        at("ordering.cancel_overdue", "7 * * * *", Missed::Latest, |_| sales::CancelOverdueOrders {}),
        at("ordering.refund_waiting", "12 * * * *", Missed::Latest, |_| sales::RefundWaiting {}),
        at("ordering.forget_carts", "47 3 * * *", Missed::Each, |_| sales::ForgetCarts {}),
        // Their last day ends at midnight; accepting looks at the day itself.
        at("ordering.tend_quotes", "3 * * * *", Missed::Latest, |_| sales::TendQuotes {}),
        at("ordering.tidy_changes", "52 * * * *", Missed::Latest, |_| contracts::TidyChanges {}),
        // Periods end at midnight; a customer who gave notice is not kept longer than a few minutes.
        at("subscriptions.end_due", "*/5 * * * *", Missed::Latest, |_| sales::EndContracts {}),
        // Most is due at midnight; what is missed is taken by the next look, in blocks.
        at("subscriptions.issue_renewals", "*/5 * * * *", Missed::Latest, |_| contracts::IssueRenewals {}),
        at("subscriptions.queue_due", "* * * * *", Missed::Latest, |_| contracts::QueueDue {}),
        // Fees count in days; within the hour is soon enough.
        at("subscriptions.charge_late_fees", "27 * * * *", Missed::Latest, |_| contracts::ChargeLateFees {}),
        at("platform.ping", "*/5 * * * *", Missed::Latest, |_| watch::Ping {}),
        at("messaging.tell_delays", "* * * * *", Missed::Latest, |_| service_notices::TellDelays {}),
        // When people are at their desks.
        at("messaging.remind_of_proofs", "10 9 * * *", Missed::Each, |_| money_notices::RemindOfProofs {}),
        at("messaging.remind_waiting", "20 9 * * *", Missed::Each, |_| service_notices::RemindWaiting {}),
        // Before people come to their desks; what failed is tried again.
        at("reports.mail", "10 6 * * *", Missed::Each, |_| reports::MailReports {}),
        // Messages written while no mail server was configured.
        at("messaging.queue_waiting", "*/10 * * * *", Missed::Latest, |_| deliver::QueueWaiting {}),
    ]
}

fn jakarta() -> FixedOffset {
    FixedOffset::east_opt(7 * 3600).expect("seven hours are a valid offset")
}

impl Entry {
    /// The first tick after `at`.
    fn next_after(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cron.find_next_occurrence(&at.with_timezone(&jakarta()), false).ok().map(|tick| tick.with_timezone(&Utc))
    }

    /// Ticks after `last` up to `now`, oldest first: at most `CATCH_UP`, or just the latest.
    fn ticks(&self, last: DateTime<Utc>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let local = |at: DateTime<Utc>| at.with_timezone(&jakarta());
        match self.missed {
            Missed::Latest => {
                let latest = self.cron.find_previous_occurrence(&local(now), true).ok();
                latest.map(|tick| tick.with_timezone(&Utc)).filter(|tick| *tick > last).into_iter().collect()
            }
            Missed::Each => {
                let following = |tick: &DateTime<Utc>| self.next_after(*tick).filter(|tick| *tick <= now);
                std::iter::successors(following(&last), following).take(CATCH_UP).collect()
            }
        }
    }
}

/// The latest tick of `entry` that has fired. One that lies ahead was fired by a clock that went wrong and was set
/// back: it must not silence the timetable until that time comes.
async fn last_tick(services: &Services, entry: &Entry, now: DateTime<Utc>) -> Result<Option<schedule::Model>, DbErr> {
    schedule::Entity::find()
        .filter(schedule::Column::Name.eq(entry.name))
        .filter(schedule::Column::DueAt.lte(now))
        .order_by_desc(schedule::Column::DueAt)
        .limit(1)
        .one(&services.db)
        .await
}

/// Names of the entries of which a tick is overdue: nobody minds the timetable, or not all of it.
pub async fn late(services: &Services, clockwork: &Clockwork) -> Result<Vec<&'static str>, DbErr> {
    let now = services.clock.now();
    let mut late = Vec::new();
    for entry in &clockwork.timetable {
        let last = last_tick(services, entry, now).await?;
        if last.and_then(|last| entry.next_after(last.due_at)).is_some_and(|tick| tick < now - LATE) {
            late.push(entry.name);
        }
    }
    Ok(late)
}

/// Fires every tick that is due. Returns how many this call fired. An entry seen for the first time begins now: what
/// lay before was not jumped over.
pub async fn fire_due(services: &Services, clockwork: &Clockwork) -> Result<usize, DbErr> {
    let now = services.clock.now();
    let mut fired = 0;
    for entry in &clockwork.timetable {
        let last = last_tick(services, entry, now).await?;
        let ticks = match &last {
            None => vec![now],
            Some(last) => entry.ticks(last.due_at, now),
        };
        if ticks.is_empty() {
            continue;
        }
        let tx = db::begin_write(&services.db, &services.live).await?;
        for due_at in ticks {
            let row =
                schedule::ActiveModel { name: Set(entry.name.to_owned()), due_at: Set(due_at), fired_at: Set(now) };
            let once = OnConflict::columns([schedule::Column::Name, schedule::Column::DueAt]).do_nothing().to_owned();
            let is_ours = schedule::Entity::insert(row).on_conflict(once).exec_without_returning(&tx).await? == 1;
            if is_ours && last.is_some() {
                (entry.enqueue)(&tx, now, due_at).await?;
                fired += 1;
            }
        }
        tx.commit().await?;
    }
    Ok(fired)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(missed: Missed) -> Entry {
        at("test", "0 1 * * *", missed, |_| platform::CleanUp {})
    }

    #[test]
    fn the_timetable_can_be_read_and_names_are_unique() {
        let names: std::collections::BTreeSet<_> = timetable().iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), timetable().len());
    }

    #[test]
    fn each_day_counts_and_what_runs_many_times_a_day_catches_up_in_one_go() {
        let day = Duration::days(1);
        let noon: DateTime<Utc> = "2026-11-20T05:00:00Z".parse().unwrap();
        for entry in timetable() {
            let first = entry.next_after(noon).unwrap();
            let is_daily = entry.next_after(first).unwrap() - first >= day;
            assert_eq!(entry.is_daily(), is_daily, "{}", entry.name);
            let ticks = entry.ticks(noon, noon + day * 30).len();
            assert_eq!(ticks, if is_daily { 30 } else { 1 }, "{}", entry.name);
        }
    }

    #[test]
    fn one_in_the_morning_is_jakartas() {
        let last = "2026-11-20T18:00:00Z".parse().unwrap();
        let now = "2026-11-23T17:59:59Z".parse().unwrap();
        let ticks = entry(Missed::Each).ticks(last, now);
        let expected: Vec<DateTime<Utc>> =
            ["2026-11-21T18:00:00Z", "2026-11-22T18:00:00Z"].iter().map(|t| t.parse().unwrap()).collect();
        assert_eq!(ticks, expected);
        assert_eq!(entry(Missed::Latest).ticks(last, now), expected[1..]);
        assert!(entry(Missed::Latest).ticks(expected[1], now).is_empty());
    }
}
