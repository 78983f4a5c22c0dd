//! What pages and API tell of the uptime of an instance.
use super::{super::ProvisioningError, SHOWN_DAYS, judge::share_bp};
use crate::domain::{Ctx, settings};
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::{
    provisioning::{uptime_day, uptime_outage, uptime_watch},
    value::{InstanceId, UptimeState, business_day, day_start},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Outages that are shown.
const MOST: u64 = 50;

/// A day of Jakarta. What was not watched is in none of the seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayView {
    /// Which.
    pub day: NaiveDate,
    /// Seconds in which it answered.
    pub up_seconds: i64,
    /// Seconds in which it did not.
    pub down_seconds: i64,
    /// Seconds in which nobody could tell.
    pub unknown_seconds: i64,
    /// Seconds of the longest outage, as far as it lies within the day.
    pub longest_seconds: i64,
}

impl DayView {
    /// Hundredths of a percent in which it answered; nothing where nothing is known.
    pub fn share_bp(&self) -> Option<i64> {
        share_bp(self.up_seconds, self.down_seconds)
    }
}

/// A time in which it did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutageView {
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was over; nothing while it lasts.
    pub ended_at: Option<DateTime<Utc>>,
}

impl OutageView {
    /// How long it took, or lasts already, seconds.
    pub fn seconds(&self, now: DateTime<Utc>) -> i64 {
        (self.ended_at.unwrap_or(now) - self.began_at).num_seconds().max(0)
    }
}

/// The uptime of an instance during the last days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uptime {
    /// What it was last seen to be; nothing where it was never watched.
    pub state: Option<UptimeState>,
    /// Every day that is shown, oldest first, today last; days without anything have noughts.
    pub days: Vec<DayView>,
    /// First of them of which there is anything.
    pub since: Option<NaiveDate>,
    /// The newest outages within these days, newest first.
    pub outages: Vec<OutageView>,
    /// What is promised, hundredths of a percent; nothing where nothing is.
    pub promised_bp: Option<i64>,
}

impl Uptime {
    /// Hundredths of a percent in which it answered during all of the days; nothing where nothing is known.
    pub fn share_bp(&self) -> Option<i64> {
        let (up, down) =
            self.days.iter().fold((0, 0), |(up, down), day| (up + day.up_seconds, down + day.down_seconds));
        share_bp(up, down)
    }
}

/// The uptime of an instance, which the caller has found to be the reader's. Four questions at most.
///
/// # Errors
/// The database.
pub async fn of(ctx: &Ctx, id: &InstanceId) -> Result<Uptime, ProvisioningError> {
    let today = business_day(ctx.now());
    let first = today - Days::new(SHOWN_DAYS - 1);
    let watch = uptime_watch::Entity::find_by_id(id.clone()).one(&ctx.db).await?;
    let rows = uptime_day::Entity::find()
        .filter(uptime_day::Column::InstanceId.eq(id.as_str()))
        .filter(uptime_day::Column::Day.gte(first))
        .order_by_asc(uptime_day::Column::Day)
        .all(&ctx.db)
        .await?;
    let over = uptime_outage::Entity::find()
        .filter(uptime_outage::Column::InstanceId.eq(id.as_str()))
        .filter(uptime_outage::Column::EndedAt.gt(day_start(first)))
        .order_by_desc(uptime_outage::Column::BeganAt)
        .limit(MOST)
        .all(&ctx.db)
        .await?;
    let promised = settings::current(ctx).await?.automation.sla_bp;
    let since = rows.first().map(|row| row.day);
    let known: HashMap<NaiveDate, uptime_day::Model> = rows.into_iter().map(|row| (row.day, row)).collect();
    let days = (0..SHOWN_DAYS).map(|later| {
        let day = first + Days::new(later);
        let row = known.get(&day);
        DayView {
            day,
            up_seconds: row.map_or(0, |row| row.up_seconds),
            down_seconds: row.map_or(0, |row| row.down_seconds),
            unknown_seconds: row.map_or(0, |row| row.unknown_seconds),
            longest_seconds: row.map_or(0, |row| row.longest_seconds),
        }
    });
    let lasting = watch.as_ref().and_then(|watch| watch.down_since);
    let lasting = lasting.map(|began_at| OutageView { began_at, ended_at: None });
    let over = over.into_iter().map(|row| OutageView { began_at: row.began_at, ended_at: Some(row.ended_at) });
    Ok(Uptime {
        state: watch.map(|watch| watch.state),
        days: days.collect(),
        since,
        outages: lasting.into_iter().chain(over).collect(),
        promised_bp: (promised > 0).then_some(promised),
    })
}
