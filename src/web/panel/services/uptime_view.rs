//! What the page of a service's uptime shows.
use super::view::ServiceCard;
use crate::{
    domain::provisioning::uptime::{DayView, OutageView, Uptime},
    kernel::format,
    web::{filters, frame::Frame},
};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

/// A day of the strip and its row of the table.
pub struct DayLine {
    pub day: NaiveDate,
    /// How it looks: `good`, `fair`, `bad`, `unknown` or `none`.
    pub look: &'static str,
    /// All of it in words.
    pub words: String,
    pub share: Option<String>,
    pub down: Option<String>,
    pub unknown: Option<String>,
    pub longest: Option<String>,
}

/// Below this share of a day, hundredths of a percent, it was a bad one: about an hour and a quarter.
const BAD_BELOW: i64 = 9_500;

impl DayLine {
    fn build(frame: &Frame, row: &DayView) -> Self {
        let long = |seconds: i64| (seconds > 0).then(|| format::duration(seconds, frame.lang));
        let day = format::day(row.day, frame.lang);
        let share = row.share_bp().map(|share| format::percent(share, frame.lang));
        let (look, words) = match (row.share_bp(), &share) {
            (Some(bp), Some(share)) if row.down_seconds > 0 => {
                let down = format::duration(row.down_seconds, frame.lang);
                let words = [("day", day), ("share", share.clone()), ("down", down)];
                (if bp < BAD_BELOW { "bad" } else { "fair" }, frame.ta("uptime-day-bad", words))
            }
            (Some(_), Some(share)) => ("good", frame.ta("uptime-day-good", [("day", day), ("share", share.clone())])),
            _ if row.unknown_seconds > 0 => ("unknown", frame.ta("uptime-day-unknown", [("day", day)])),
            _ => ("none", frame.ta("uptime-day-none", [("day", day)])),
        };
        Self {
            day: row.day,
            look,
            words,
            share,
            down: long(row.down_seconds),
            unknown: long(row.unknown_seconds),
            longest: long(row.longest_seconds),
        }
    }
}

/// An outage.
pub struct OutageLine {
    pub began_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub length: String,
}

impl OutageLine {
    fn build(frame: &Frame, row: &OutageView) -> Self {
        Self {
            began_at: row.began_at,
            ended_at: row.ended_at,
            length: format::duration(row.seconds(frame.now), frame.lang),
        }
    }
}

#[derive(Template)]
#[template(path = "panel/services/uptime.html")]
pub struct UptimePage {
    pub frame: Frame,
    pub service: ServiceCard,
    /// Whether there is an address that can be visited.
    pub has_address: bool,
    /// How much of the time it answered; nothing where nothing was measured.
    pub share: Option<String>,
    /// Since when, where it is younger than the days that are shown.
    pub since: String,
    pub promised: Option<String>,
    pub state: Option<String>,
    pub days: Vec<DayLine>,
    pub outages: Vec<OutageLine>,
}

impl UptimePage {
    /// The page of what is known.
    pub fn build(frame: Frame, service: ServiceCard, known: &Uptime, has_address: bool) -> Self {
        let is_younger = |day: &NaiveDate| known.days.first().is_some_and(|first| first.day < *day);
        let since = known.since.filter(is_younger).map(|day| format::day(day, frame.lang));
        Self {
            service,
            has_address,
            share: known.share_bp().map(|share| format::percent(share, frame.lang)),
            since: since.map(|day| frame.ta("uptime-since", [("day", day)])).unwrap_or_default(),
            promised: known.promised_bp.map(|promised| format::percent(promised, frame.lang)),
            state: known.state.map(|state| frame.word("uptime-state", state.as_str())),
            days: known.days.iter().map(|day| DayLine::build(&frame, day)).collect(),
            outages: known.outages.iter().map(|outage| OutageLine::build(&frame, outage)).collect(),
            frame,
        }
    }
}
