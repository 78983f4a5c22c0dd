//! `/api/whm`: what the program does by itself (jobs, mail), and where it asks for help (alerts).
use crate::{
    api::{
        ApiResult,
        extract::{Body, PageQuery, named},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        messaging::{self, Retried, Shown},
        reports::alerts,
    },
    jobs::queue,
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::{
    messaging::{message, suppression},
    platform::{alert, job},
    value::{AlertId, JobId, JobStatus, MessageId, MessageStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which rows.
#[derive(Deserialize, IntoParams)]
pub struct StatusQuery {
    /// Only in this state; all where nobody says.
    status: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    limit: Option<u64>,
}

/// A piece of background work.
#[derive(Serialize, ToSchema)]
struct JobOut {
    id: String,
    /// Its name in logs and metrics.
    name: String,
    /// What it is about.
    about: Option<String>,
    /// `queued`, `running`, `done` or `dead` (given up).
    status: &'static str,
    attempts: i32,
    max_attempts: i32,
    /// Not before.
    run_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    /// Why it failed last.
    last_error: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<job::Model> for JobOut {
    fn from(row: job::Model) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            about: row.target_key,
            status: row.status.as_str(),
            attempts: row.attempts,
            max_attempts: row.max_attempts,
            run_at: row.run_at,
            finished_at: row.finished_at,
            last_error: row.last_error,
            created_at: row.created_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct JobList {
    data: Vec<JobOut>,
    next_cursor: Option<String>,
}

/// Background work, newest first.
#[utoipa::path(tag = "whm-operations", params(StatusQuery), responses((status = 200, body = JobList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/jobs")]
pub async fn list_jobs(staff: Staff<can::ReadJobs>, query: web::Query<StatusQuery>) -> ApiResult<HttpResponse> {
    let StatusQuery { status, cursor, limit } = query.into_inner();
    let status = named("status", status.as_deref(), JobStatus::parse)?;
    let request = PageQuery { cursor, limit }.request()?;
    let page = queue::list(&staff.ctx, status, &request).await.map_err(CommonFault::from)?.map(JobOut::from);
    Ok(HttpResponse::Ok().json(JobList { data: page.rows, next_cursor: page.next_cursor }))
}

/// Queues work that was given up again, with all its attempts. Anything else is 409 `INVALID_STATE`.
#[utoipa::path(tag = "whm-operations", responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/jobs/{id}/retry")]
pub async fn retry_job(staff: Staff<can::ManageJobs>, id: web::Path<JobId>) -> ApiResult<HttpResponse> {
    queue::retry(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Something that staff should look at.
#[derive(Serialize, ToSchema)]
struct AlertOut {
    id: String,
    /// What kind: `saga_stuck`, `gateway_silent`, …
    code: String,
    subject: String,
    /// What happened and what to do.
    detail: String,
    /// How often it was seen.
    occurrences: i32,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

impl From<alert::Model> for AlertOut {
    fn from(row: alert::Model) -> Self {
        Self {
            id: row.id.0,
            code: row.code,
            subject: row.subject,
            detail: row.detail,
            occurrences: row.occurrences,
            first_at: row.first_at,
            last_at: row.last_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct AlertList {
    data: Vec<AlertOut>,
}

/// Alerts that are open, the latest first, at most 200.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = AlertList), (status = 403, body = Problem)))]
#[get("/api/whm/alerts")]
pub async fn list_alerts(staff: Staff<can::ReadJobs>) -> ApiResult<HttpResponse> {
    let rows = alerts::open_alerts(&staff.ctx).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(AlertList { data: rows.into_iter().map(AlertOut::from).collect() }))
}

/// Says that an alert is dealt with. Twice is once; the same trouble again is a new alert.
#[utoipa::path(tag = "whm-operations", responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
#[post("/api/whm/alerts/{id}/resolve")]
pub async fn resolve_alert(staff: Staff<can::ManageJobs>, id: web::Path<AlertId>) -> ApiResult<HttpResponse> {
    alerts::resolve(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// An outgoing mail.
#[derive(Serialize, ToSchema)]
struct MessageOut {
    id: String,
    customer_id: Option<String>,
    to: String,
    /// Which notice.
    template: String,
    subject: String,
    /// `queued`, `sent`, `failed` or `suppressed`.
    status: &'static str,
    attempts: i32,
    /// Why it did not go.
    error: Option<String>,
    queued_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
}

impl From<message::Model> for MessageOut {
    fn from(row: message::Model) -> Self {
        Self {
            id: row.id.0,
            customer_id: row.customer_id,
            to: row.to_address,
            template: row.template,
            subject: row.subject,
            status: row.status.as_str(),
            attempts: row.attempts,
            error: row.error,
            queued_at: row.queued_at,
            sent_at: row.sent_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct MessageList {
    data: Vec<MessageOut>,
    next_cursor: Option<String>,
}

/// Outgoing mail, newest first.
#[utoipa::path(tag = "whm-operations", params(StatusQuery), responses((status = 200, body = MessageList), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[get("/api/whm/mail")]
pub async fn list_mail(staff: Staff<can::ReadMail>, query: web::Query<StatusQuery>) -> ApiResult<HttpResponse> {
    let StatusQuery { status, cursor, limit } = query.into_inner();
    let status = named("status", status.as_deref(), MessageStatus::parse)?;
    let request = PageQuery { cursor, limit }.request()?;
    let page = messaging::list(&staff.ctx.db, status, &request).await.map_err(CommonFault::from)?;
    let page = page.map(MessageOut::from);
    Ok(HttpResponse::Ok().json(MessageList { data: page.rows, next_cursor: page.next_cursor }))
}

/// A mail with its words.
#[derive(Serialize, ToSchema)]
struct MessageDetail {
    message: MessageOut,
    /// Plain text, with one-time links struck out.
    text: String,
    /// Whether it can be sent again.
    can_retry: bool,
    /// Whether it held a one-time link.
    has_one_time_link: bool,
}

impl From<Shown> for MessageDetail {
    fn from(shown: Shown) -> Self {
        Self {
            text: shown.message.text.clone(),
            message: shown.message.into(),
            can_retry: shown.can_retry,
            has_one_time_link: shown.has_one_time_link,
        }
    }
}

/// One mail.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = MessageDetail), (status = 404, body = Problem)))]
#[get("/api/whm/mail/{id}")]
pub async fn show_mail(staff: Staff<can::ReadMail>, id: web::Path<MessageId>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(MessageDetail::from(messaging::get_shown(&staff.ctx.db, &id).await?)))
}

/// Sends a mail again that was given up or suppressed.
#[utoipa::path(tag = "whm-operations", responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/mail/{id}/retry")]
pub async fn retry_mail(staff: Staff<can::ManageMail>, id: web::Path<MessageId>) -> ApiResult<HttpResponse> {
    messaging::retry(&staff.ctx, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct RetryMailIn {
    /// How many days back, 1 to 30.
    days: i64,
}

#[derive(Serialize, ToSchema)]
struct RetriedOut {
    /// How many wait to go again.
    queued: usize,
    /// How many held a one-time link and stay: the people ask for a new one.
    expired: usize,
}

impl From<Retried> for RetriedOut {
    fn from(retried: Retried) -> Self {
        Self { queued: retried.queued, expired: retried.expired }
    }
}

/// Sends again what was given up within the last days, newest first, at most 500 at once.
#[utoipa::path(tag = "whm-operations", request_body = RetryMailIn, responses((status = 200, body = RetriedOut), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/mail/retry-failed")]
pub async fn retry_failed_mail(staff: Staff<can::ManageMail>, body: Body) -> ApiResult<HttpResponse> {
    let retried = messaging::retry_failed(&staff.ctx, body.parse::<RetryMailIn>()?.days).await?;
    Ok(HttpResponse::Ok().json(RetriedOut::from(retried)))
}

/// An address that is not written to.
#[derive(Serialize, ToSchema)]
struct SuppressionOut {
    address: String,
    reason: String,
    since: DateTime<Utc>,
}

impl From<suppression::Model> for SuppressionOut {
    fn from(row: suppression::Model) -> Self {
        Self { address: row.address, reason: row.reason, since: row.created_at }
    }
}

#[derive(Serialize, ToSchema)]
struct SuppressionList {
    data: Vec<SuppressionOut>,
}

/// Addresses that are not written to, the newest 500.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = SuppressionList), (status = 403, body = Problem)))]
#[get("/api/whm/suppressions")]
pub async fn list_suppressions(staff: Staff<can::ReadMail>) -> ApiResult<HttpResponse> {
    let rows = messaging::suppressions(&staff.ctx.db).await.map_err(CommonFault::from)?;
    Ok(HttpResponse::Ok().json(SuppressionList { data: rows.into_iter().map(SuppressionOut::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
struct SuppressIn {
    address: String,
    /// Why.
    reason: String,
}

/// Stops writing to an address. Twice keeps the first reason.
#[utoipa::path(tag = "whm-operations", request_body = SuppressIn, responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/suppressions")]
pub async fn suppress_address(staff: Staff<can::ManageMail>, body: Body) -> ApiResult<HttpResponse> {
    let input: SuppressIn = body.parse()?;
    messaging::suppress(&staff.ctx, &input.address, &input.reason).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct UnsuppressIn {
    address: String,
}

/// Writes to an address again. Twice is once.
#[utoipa::path(tag = "whm-operations", request_body = UnsuppressIn, responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/suppressions/remove")]
pub async fn unsuppress_address(staff: Staff<can::ManageMail>, body: Body) -> ApiResult<HttpResponse> {
    messaging::unsuppress(&staff.ctx, &body.parse::<UnsuppressIn>()?.address).await?;
    Ok(HttpResponse::NoContent().finish())
}
