//! `/api/panel/instances/{id}/uptime`: how long what runs answered.
use crate::{
    api::{ApiResult, principal::Member, problem::Problem},
    domain::{
        Ctx,
        provisioning::{
            find,
            uptime::{self, DayView, OutageView, Uptime},
        },
    },
    kernel::permission::may,
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{provisioning::instance, value::InstanceId};
use serde::Serialize;
use utoipa::ToSchema;

/// A day of Jakarta. Seconds that were not watched are in none of the three.
#[derive(Serialize, ToSchema)]
pub struct UptimeDayOut {
    day: NaiveDate,
    /// Hundredths of a percent, rounded down; null where nothing is known.
    uptime_bp: Option<i64>,
    up_seconds: i64,
    down_seconds: i64,
    /// Seconds in which nobody could tell.
    unknown_seconds: i64,
    /// The longest outage, as far as it lies within the day.
    longest_outage_seconds: i64,
}

/// A time without answers.
#[derive(Serialize, ToSchema)]
pub struct OutageOut {
    began_at: DateTime<Utc>,
    /// Null while it lasts.
    ended_at: Option<DateTime<Utc>>,
    seconds: i64,
}

/// How long an instance answered during the last 30 days.
#[derive(Serialize, ToSchema)]
pub struct UptimeOut {
    instance_id: String,
    /// `up`, `down`, `unknown` or `idle` (not watched); null where it was never watched.
    state: Option<&'static str>,
    /// First day of which anything is known or was asked.
    since: Option<NaiveDate>,
    /// Of all these days: hundredths of a percent of the known time, rounded down; null where nothing is known.
    uptime_bp: Option<i64>,
    /// What is promised, hundredths of a percent; null where nothing is.
    promised_bp: Option<i64>,
    /// Every day, oldest first.
    days: Vec<UptimeDayOut>,
    /// The newest 50 outages, newest first.
    outages: Vec<OutageOut>,
}

fn day(row: &DayView) -> UptimeDayOut {
    UptimeDayOut {
        day: row.day,
        uptime_bp: row.share_bp(),
        up_seconds: row.up_seconds,
        down_seconds: row.down_seconds,
        unknown_seconds: row.unknown_seconds,
        longest_outage_seconds: row.longest_seconds,
    }
}

fn outage(row: &OutageView, now: DateTime<Utc>) -> OutageOut {
    OutageOut { began_at: row.began_at, ended_at: row.ended_at, seconds: row.seconds(now) }
}

/// The uptime of `instance`.
pub async fn uptime_of(ctx: &Ctx, instance: &instance::Model) -> ApiResult<UptimeOut> {
    let known: Uptime = uptime::of(ctx, &instance.id).await?;
    Ok(UptimeOut {
        instance_id: instance.id.0.clone(),
        state: known.state.map(|state| state.as_str()),
        since: known.since,
        uptime_bp: known.share_bp(),
        promised_bp: known.promised_bp,
        days: known.days.iter().map(day).collect(),
        outages: known.outages.iter().map(|row| outage(row, ctx.now())).collect(),
    })
}

/// How long an instance answered during the last 30 days: each day, and its outages.
#[utoipa::path(tag = "services", responses((status = 200, body = UptimeOut), (status = 404, body = Problem)))]
#[get("/api/panel/instances/{id}/uptime")]
pub async fn show_uptime(me: Member<may::Read>, id: web::Path<InstanceId>) -> ApiResult<HttpResponse> {
    let row = find::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    Ok(HttpResponse::Ok().json(uptime_of(&me.ctx, &row).await?))
}
