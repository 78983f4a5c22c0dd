//! `/api/whm/billing-day`, `/api/whm/pauses` and `/api/whm/books`: what automation did and would do next, the means to
//! hold it back, and the proof of the books.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        idempotent::{self, Answer},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx, ledger, settings,
        subscriptions::{
            self, Forecast,
            automation::{self, Difference, NewPause, Trip},
            find, grace,
        },
    },
    jobs::books::CheckBooks,
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Days, Utc};
use entity::{
    ledger::check,
    subscriptions::automation_pause,
    value::{PauseHolds, PauseScope, SubscriptionId, business_day, day_start},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What automation did or would do.
#[derive(Serialize, ToSchema)]
pub struct DayOut {
    /// Contracts invoiced for their next cycle.
    renewals: u64,
    /// What these ask for by currency, net, minor units.
    net: BTreeMap<String, i64>,
    /// How often each step was or would be taken: `debit`, `remind`, `suspend`, `warn`, `terminate`, `late_fee`.
    steps: BTreeMap<String, u64>,
    /// What late fees come to by currency, net, minor units.
    late_fees: BTreeMap<String, i64>,
    /// Contracts that would be suspended or removed, the first of them.
    affected: Vec<AffectedOut>,
}

#[derive(Serialize, ToSchema)]
struct AffectedOut {
    subscription_id: String,
    /// `suspend` or `terminate`.
    step: &'static str,
}

/// Why nobody is suspended at present.
#[derive(Serialize, ToSchema)]
pub struct BreakerOut {
    /// `suspensions`: more than usual; `silence`: customers pay and no gateway is heard of.
    why: &'static str,
    /// Suspensions of today; null for `silence`.
    today: Option<u64>,
    /// From how many on it trips; null for `silence`.
    limit: Option<u64>,
    /// Hours of silence; null for `suspensions`.
    hours: Option<i64>,
}

#[derive(Serialize, ToSchema)]
struct BillingDayOut {
    /// The business day, in Jakarta.
    day: chrono::NaiveDate,
    yesterday: DayOut,
    /// Done today.
    today: DayOut,
    /// Still to be done today.
    rest: DayOut,
    /// To be done by the end of tomorrow.
    tomorrow: DayOut,
    /// Today, done and still to be done, less yesterday: more is above zero.
    against_yesterday: AgainstOut,
    /// Null while the circuit breaker lets suspensions happen.
    breaker: Option<BreakerOut>,
}

/// A day less the one before.
#[derive(Serialize, ToSchema)]
struct AgainstOut {
    renewals: i64,
    /// By currency, net, minor units.
    net: BTreeMap<String, i64>,
    steps: BTreeMap<String, i64>,
    /// By currency, net, minor units.
    late_fees: BTreeMap<String, i64>,
}

impl From<Difference> for AgainstOut {
    fn from(difference: Difference) -> Self {
        Self {
            renewals: difference.renewals,
            net: difference.net,
            steps: difference.steps.into_iter().map(|(step, count)| (step.to_owned(), count)).collect(),
            late_fees: difference.late_fees,
        }
    }
}

impl From<Forecast> for DayOut {
    fn from(forecast: Forecast) -> Self {
        Self {
            renewals: forecast.renewals,
            net: forecast.net,
            steps: forecast.steps.into_iter().map(|(step, count)| (step.to_owned(), count)).collect(),
            late_fees: forecast.late_fees,
            affected: forecast.hit.into_iter().map(|(id, step)| AffectedOut { subscription_id: id.0, step }).collect(),
        }
    }
}

impl From<Trip> for BreakerOut {
    fn from(trip: Trip) -> Self {
        match trip {
            Trip::Suspensions { today, limit } => {
                Self { why: "suspensions", today: Some(today), limit: Some(limit), hours: None }
            }
            Trip::Silence { hours } => Self { why: "silence", today: None, limit: None, hours: Some(hours) },
        }
    }
}

/// A pause of automation.
#[derive(Serialize, ToSchema)]
pub struct PauseOut {
    id: String,
    /// `everything`, `cluster`, `product`, `customer` or `subscription`.
    scope: &'static str,
    /// Which cluster, product, customer or subscription; null for `everything`.
    target_id: Option<String>,
    /// `everything`, or `mails`: reminders and warnings alone.
    holds: &'static str,
    reason: String,
    ends_at: DateTime<Utc>,
    placed_by: String,
    placed_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct PauseList {
    data: Vec<PauseOut>,
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct PauseAnswer {
    pause: PauseOut,
}

impl From<automation_pause::Model> for PauseOut {
    fn from(row: automation_pause::Model) -> Self {
        Self {
            id: row.id,
            scope: row.scope.as_str(),
            target_id: row.target_id,
            holds: row.holds.as_str(),
            reason: row.reason,
            ends_at: row.ends_at,
            placed_by: row.placed_by,
            placed_at: row.placed_at,
        }
    }
}

/// A pause to be placed.
#[derive(Deserialize, ToSchema)]
pub struct PauseIn {
    /// `everything`, `cluster`, `product`, `customer` or `subscription`.
    scope: String,
    /// Which cluster, product, customer or subscription; not needed for `everything`.
    target_id: Option<String>,
    /// `everything` (left out, too), or `mails`: reminders and warnings alone, and what must not come without them.
    #[serde(default)]
    holds: Option<String>,
    /// When it ends by itself, at most 366 days from now.
    ends_at: DateTime<Utc>,
    /// Why, at most 255 characters.
    reason: String,
}

/// What automation did yesterday and today, what it would do until tomorrow night, and whether it is held back.
#[utoipa::path(tag = "whm-automation", responses((status = 200, body = BillingDayOut)))]
#[get("/api/whm/billing-day")]
pub async fn show_billing_day(staff: Staff<can::ReadSubscriptions>) -> ApiResult<HttpResponse> {
    let (ctx, now) = (&staff.ctx, staff.ctx.now());
    let today = business_day(now);
    let morning = day_start(today);
    let start_of = |days| today.checked_add_days(Days::new(days)).map_or(morning, day_start);
    let before = today.checked_sub_days(Days::new(1)).map_or(morning, day_start);
    let last_moment = chrono::Duration::seconds(1);
    let rules = settings::current(ctx).await.map_err(CommonFault::from)?;
    let tripped = automation::tripped(&ctx.db, &rules.automation, now).await.map_err(CommonFault::from)?;
    let done = async |from, to| automation::done_between(&ctx.db, from, to).await.map_err(CommonFault::from);
    let (yesterday, done_today) = (done(before, morning).await?, done(morning, start_of(1)).await?);
    let rest = subscriptions::forecast(ctx, start_of(1) - last_moment).await?;
    Ok(HttpResponse::Ok().json(BillingDayOut {
        day: today,
        against_yesterday: automation::against(&yesterday, &done_today, &rest).into(),
        yesterday: yesterday.into(),
        today: done_today.into(),
        rest: rest.into(),
        tomorrow: subscriptions::forecast(ctx, start_of(2) - last_moment).await?.into(),
        breaker: tripped.map(BreakerOut::from),
    }))
}

/// Lets suspensions and removals go on for the rest of the business day.
#[utoipa::path(tag = "whm-automation", responses((status = 204)))]
#[post("/api/whm/billing-day/release")]
pub async fn release_breaker(staff: Staff<can::ControlAutomation>, _body: Body) -> ApiResult<HttpResponse> {
    automation::release(&staff.ctx).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Pauses of automation that hold, newest first.
#[utoipa::path(tag = "whm-automation", params(PageQuery), responses((status = 200, body = PauseList)))]
#[get("/api/whm/pauses")]
pub async fn list_pauses(staff: Staff<can::ReadSubscriptions>, page: web::Query<PageQuery>) -> ApiResult<HttpResponse> {
    let (ctx, request) = (&staff.ctx, page.request()?);
    let page = automation::open_pauses(&ctx.db, ctx.now(), &request).await.map_err(CommonFault::from)?;
    let data = page.rows.into_iter().map(PauseOut::from).collect();
    Ok(HttpResponse::Ok().json(PauseList { data, next_cursor: page.next_cursor }))
}

/// Pauses automation for everything, a cluster, a product, a customer or a subscription. One that holds the same back for
/// the same is replaced.
#[utoipa::path(
    tag = "whm-automation",
    request_body = PauseIn,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = PauseAnswer), (status = 422))
)]
#[post("/api/whm/pauses")]
pub async fn place_pause(
    staff: Staff<can::ControlAutomation>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    let work = async |ctx: &Ctx| {
        let new: PauseIn = body.parse()?;
        let unknown = || CommonFault::Invalid(vec![FieldFault::new("scope", "unknown")]);
        let scope = PauseScope::parse(&new.scope).ok_or_else(unknown)?;
        let target_id = new.target_id.as_deref().unwrap_or_default();
        let holds = match new.holds.as_deref() {
            None => PauseHolds::Everything,
            Some(word) => PauseHolds::parse(word)
                .ok_or_else(|| CommonFault::Invalid(vec![FieldFault::new("holds", "unknown")]))?,
        };
        let new = NewPause { scope, holds, target_id, ends_at: new.ends_at, reason: &new.reason };
        Ok(automation::pause(ctx, new).await?.id)
    };
    let tell = async |id: &str| {
        let row = automation::find_pause(&staff.ctx.db, id).await?;
        Answer::created(&PauseAnswer { pause: row.into() })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// Lifts a pause before its end: what waited is due at once. Twice is once.
#[utoipa::path(tag = "whm-automation", responses((status = 204)))]
#[post("/api/whm/pauses/{id}/lift")]
pub async fn lift_pause(
    staff: Staff<can::ControlAutomation>,
    id: web::Path<String>,
    _body: Body,
) -> ApiResult<HttpResponse> {
    automation::lift(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct GraceIn {
    /// How many days more, 1 to 60.
    days: i64,
    /// Why, at most 255 characters.
    reason: String,
}

#[derive(Serialize, ToSchema)]
struct GraceOut {
    subscription_id: String,
    /// The day on which it is suspended unless its invoice is paid; null: nothing is asked for any more.
    suspends_on: Option<chrono::NaiveDate>,
}

/// Gives more time to pay: the suspension of a contract whose invoice is open is put off.
///
/// Reminders, debits and late fees go on; a pause holds those back too. Sent again with another key, it adds up.
#[utoipa::path(tag = "whm-automation", request_body = GraceIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = GraceOut), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/subscriptions/{id}/grace")]
pub async fn extend_grace(
    staff: Staff<can::ControlAutomation>,
    id: web::Path<SubscriptionId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: GraceIn = body.parse()?;
        grace::extend(ctx, &id, input.days, &input.reason).await?;
        Ok(id.as_str().to_owned())
    };
    let tell = async |id: &str| {
        let suspends_on = grace::suspends_on(&staff.ctx, &SubscriptionId::from(id)).await?;
        Answer::ok(&GraceOut { subscription_id: id.to_owned(), suspends_on })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}

/// One thing that does not fit.
#[derive(Serialize, ToSchema)]
pub struct FindingOut {
    /// The rule that is broken.
    rule: String,
    /// The row that breaks it.
    row: String,
    detail: String,
}

#[derive(Serialize, ToSchema)]
struct BooksOut {
    /// When the books were last proven; null: never.
    proven_at: Option<DateTime<Utc>>,
    /// How many things do not fit.
    found: i64,
    /// The first 200 of them.
    findings: Vec<FindingOut>,
    /// Every rule that is proven.
    rules: Vec<String>,
}

fn findings_of(last: &check::Model) -> Vec<FindingOut> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = last.findings.as_array().into_iter().flatten();
    found
        .map(|one| FindingOut { rule: text(&one["invariant"]), row: text(&one["row"]), detail: text(&one["detail"]) })
        .collect()
}

/// The last proof of the books.
#[utoipa::path(tag = "whm-automation", responses((status = 200, body = BooksOut)))]
#[get("/api/whm/books")]
pub async fn show_books(staff: Staff<can::ReadBooks>) -> ApiResult<HttpResponse> {
    let last = ledger::last_check(&staff.ctx).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(BooksOut {
        proven_at: last.as_ref().map(|last| last.finished_at),
        found: last.as_ref().map_or(0, |last| last.found),
        findings: last.as_ref().map(findings_of).unwrap_or_default(),
        rules: ledger::invariants(),
    }))
}

/// Has the books proven in the background.
#[utoipa::path(tag = "whm-automation", responses((status = 204)))]
#[post("/api/whm/books/check")]
pub async fn prove_books(staff: Staff<can::ReadBooks>, _body: Body) -> ApiResult<HttpResponse> {
    let tx = staff.ctx.begin().await.map_err(CommonFault::from)?;
    staff.ctx.enqueue(&tx, &CheckBooks {}).await.map_err(CommonFault::from)?;
    tx.commit().await.map_err(CommonFault::from)?;
    Ok(HttpResponse::NoContent().finish())
}
