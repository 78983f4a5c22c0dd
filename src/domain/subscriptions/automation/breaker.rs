//! The circuit breaker: where something is wrong with us rather than with our customers, nobody is suspended or removed
//! until a person has looked. It judges by facts, so that it closes by itself when they change.
use crate::{
    domain::{Ctx, billing::withholding, settings},
    kernel::{
        alert::{self, Alert},
        db::{self, WriteTx},
        said::{Arg, Said, args},
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    payments::{gateway_event, payment},
    subscriptions::hold,
    value::{HoldReason, PaymentId, business_day, day_start},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

/// Days whose suspensions are the usual ones.
const USUAL_DAYS: i64 = 30;
/// So many payments in a row of which the gateway says nothing mean that it does not reach us.
const UNHEARD: usize = 3;
/// A payment is that old before silence about it means something.
const PATIENCE: Duration = Duration::hours(1);

/// Why nobody is suspended at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trip {
    /// More suspensions than usual.
    Suspensions {
        /// Today.
        today: u64,
        /// From how many on it trips.
        limit: u64,
    },
    /// Customers pay, and no gateway has sent a notification.
    Silence {
        /// For how many hours at least.
        hours: i64,
    },
}

/// Whether and why automation holds back suspensions and removals at `now`.
///
/// # Errors
/// The database.
pub async fn tripped(
    db: &impl ConnectionTrait,
    rules: &settings::Automation,
    now: DateTime<Utc>,
) -> Result<Option<Trip>, DbErr> {
    if rules.released_on == Some(business_day(now)) {
        return Ok(None);
    }
    match too_many(db, rules, now).await? {
        Some(trip) => Ok(Some(trip)),
        None => silent(db, rules, now).await,
    }
}

async fn too_many(
    db: &impl ConnectionTrait,
    rules: &settings::Automation,
    now: DateTime<Utc>,
) -> Result<Option<Trip>, DbErr> {
    if rules.suspension_multiple == 0 {
        return Ok(None);
    }
    let placed = |from: DateTime<Utc>, to: DateTime<Utc>| {
        hold::Entity::find()
            .filter(hold::Column::Reason.eq(HoldReason::NonPayment))
            .filter(hold::Column::PlacedAt.gte(from))
            .filter(hold::Column::PlacedAt.lt(to))
    };
    let today = day_start(business_day(now));
    let count = placed(today, now + Duration::seconds(1)).count(db).await?;
    let least = u64::try_from(rules.suspension_floor).unwrap_or_default();
    if count < least {
        return Ok(None);
    }
    let before = placed(today - Duration::days(USUAL_DAYS), today).count(db).await?;
    let multiple = u64::try_from(rules.suspension_multiple).unwrap_or_default();
    let usual = before.saturating_mul(multiple).div_ceil(USUAL_DAYS.unsigned_abs());
    let limit = usual.max(least);
    Ok((count >= limit).then_some(Trip::Suspensions { today: count, limit }))
}

async fn silent(
    db: &impl ConnectionTrait,
    rules: &settings::Automation,
    now: DateTime<Utc>,
) -> Result<Option<Trip>, DbErr> {
    if rules.silent_hours == 0 {
        return Ok(None);
    }
    let since = now - Duration::hours(rules.silent_hours);
    let newest: Vec<DateTime<Utc>> = payment::Entity::find()
        .select_only()
        .column(payment::Column::CreatedAt)
        .filter(payment::Column::Id.gte(PaymentId::floor(since).as_str()))
        .filter(payment::Column::Gateway.is_not_in(["wallet", withholding::GATEWAY]))
        // Of bank transfers nobody notifies: silence about them means nothing.
        .filter(Expr::cust("NOT EXISTS (SELECT 1 FROM payment_transfers mine WHERE mine.payment_id = payments.id)"))
        .order_by_desc(payment::Column::Id)
        .limit(UNHEARD as u64)
        .into_tuple()
        .all(db)
        .await?;
    let is_recent = newest.len() == UNHEARD && newest.iter().all(|at| *at >= since && *at <= now - PATIENCE);
    let Some(oldest) = newest.last().filter(|_| is_recent) else { return Ok(None) };
    let heard: Option<DateTime<Utc>> = gateway_event::Entity::find()
        .select_only()
        .column(gateway_event::Column::ReceivedAt)
        .order_by_desc(gateway_event::Column::Id)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    let is_heard = heard.is_some_and(|at| at >= *oldest);
    Ok((!is_heard).then_some(Trip::Silence { hours: rules.silent_hours }))
}

/// Tells staff that suspensions are held back, once a day.
async fn tell(ctx: &Ctx, tx: &WriteTx, trip: Trip) -> Result<(), DbErr> {
    let what = match trip {
        Trip::Suspensions { today, limit } => {
            Said::new("alert-billing-breaker-many", [("n", today.into()), ("limit", limit.into())])
        }
        Trip::Silence { hours } => Said::new("alert-billing-breaker-silence", [("n", hours.into())]),
    };
    let key = key_of(ctx.now());
    let alert = Alert { code: "billing_breaker", args: args([("what", Arg::Lines(vec![what]))]), key: &key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await.map(drop)
}

/// Whether a step of suspension or removal is held back; staff are told. Such steps take turns until their transactions
/// end, or several at once would each see room for one more.
pub async fn held_back(ctx: &Ctx, tx: &WriteTx, rules: &settings::Automation) -> Result<bool, DbErr> {
    db::exclusively(tx, "yumna.subscriptions.breaker").await?;
    let Some(trip) = tripped(tx, rules, ctx.now()).await? else { return Ok(false) };
    tell(ctx, tx, trip).await?;
    Ok(true)
}

/// Lets suspensions and removals go on for the rest of the business day.
///
/// # Errors
/// The database.
pub async fn release(ctx: &Ctx) -> Result<(), settings::SettingsError> {
    settings::release_breaker(ctx, business_day(ctx.now())).await?;
    let tx = ctx.begin().await?;
    alert::resolve(&tx, ctx.now(), &key_of(ctx.now())).await?;
    tx.commit().await?;
    Ok(())
}

fn key_of(now: DateTime<Utc>) -> String {
    format!("billing_breaker:{}", business_day(now))
}
