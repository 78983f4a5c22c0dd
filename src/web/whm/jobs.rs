//! Background work and alerts: what the program does by itself, and where it asks for help.
use super::{
    EmptyForm, done,
    query::ListQuery,
    view::{Cell, Chip, ListPage, Table},
};
use crate::{
    domain::reports::alerts,
    jobs::queue,
    kernel::{alert as kernel_alert, fault::CommonFault, permission::can},
    web::{WebError, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    platform::{alert, job},
    value::{AlertId, JobId, JobStatus},
};

const HOME: &str = "/whm/jobs";
const ALERTS: &str = "/whm/alerts";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/jobs", web::get().to(list))
        .route("/jobs/{id}/retry", web::post().to(retry))
        .route("/alerts", web::get().to(show_alerts))
        .route("/alerts/{id}/resolve", web::post().to(resolve));
}

/// `GET /whm/jobs`
pub async fn list(staff: Staff<can::ReadJobs>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let status = JobStatus::parse(query.state());
    let page = queue::list(&staff.ctx, status, &query.page()).await.map_err(CommonFault::from)?;
    let may_retry = staff.may::<can::ManageJobs>();
    respond::page(&list_page(staff.frame(), &query, &page.rows, may_retry, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[job::Model],
    may_retry: bool,
    next: Option<&str>,
) -> ListPage {
    let columns = [
        (frame.t("whm-job"), "cell-main cell-wrap"),
        (frame.t("whm-about"), "cell-code"),
        (frame.t("whm-status"), "cell-side"),
        (frame.t("whm-attempts"), "num"),
        (frame.t("whm-runs-at"), ""),
        (frame.t("whm-last-error"), "cell-sub cell-error"),
        (frame.t("whm-act"), "cell-sub"),
    ];
    let cells = rows.iter().map(|row| {
        let retry = (frame.t("action-retry"), format!("{HOME}/{}/retry", row.id), "secondary");
        let can_retry = may_retry && row.status == JobStatus::Dead;
        vec![
            words(&frame, &row.name),
            Cell::maybe(row.target_key.clone()),
            Cell::Status("job-status", row.status.as_str()),
            Cell::text(format!("{}/{}", row.attempts, row.max_attempts)),
            Cell::Time(row.finished_at.unwrap_or(row.run_at)),
            Cell::maybe(row.last_error.clone()),
            if can_retry { Cell::Posts(vec![retry]) } else { Cell::Nothing },
        ]
    });
    let mut chips: Vec<Chip> = query.chips(&frame, HOME, "job-status", &["queued", "running", "dead", "done"]);
    chips.push(Chip { label: frame.t("whm-open-alerts"), href: ALERTS.to_owned(), active: false });
    ListPage {
        title: frame.t("nav-jobs"),
        subtitle: String::new(),
        actions: Vec::new(),
        search: Default::default(),
        chips,
        table: Table::new(frame.t("nav-jobs"), columns).with(cells),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// What a job does, in words, with the name it has in logs and metrics.
fn words(frame: &Frame, name: &str) -> Cell {
    match frame.known(&format!("job-{}", name.replace(['.', '_'], "-"))) {
        Some(words) => Cell::Noted(words, name.to_owned()),
        None => Cell::text(name),
    }
}

/// `POST /whm/jobs/{id}/retry`
pub async fn retry(
    staff: Staff<can::ManageJobs>,
    id: Path<JobId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    queue::retry(&staff.ctx, &id).await?;
    Ok(done("/whm/jobs?status=queued", "whm-job-retried"))
}

/// `GET /whm/alerts`
pub async fn show_alerts(staff: Staff<can::ReadJobs>) -> Result<HttpResponse, WebError> {
    let rows = alerts::open_alerts(&staff.ctx).await.map_err(CommonFault::from)?;
    let may_resolve = staff.may::<can::ManageJobs>();
    respond::page(&alerts_page(staff.frame(), &rows, may_resolve))
}

pub(super) fn alerts_page(frame: Frame, rows: &[alert::Model], may_resolve: bool) -> ListPage {
    let columns = [
        (frame.t("whm-subject"), "cell-main"),
        (frame.t("whm-detail-text"), "cell-sub"),
        (frame.t("whm-code"), ""),
        (frame.t("whm-times"), "num"),
        (frame.t("whm-last-seen"), "cell-side"),
        (frame.t("whm-act"), "cell-sub"),
    ];
    let cells = rows.iter().map(|row| {
        let resolve = (frame.t("whm-resolve"), format!("{ALERTS}/{}/resolve", row.id), "secondary");
        let kernel_alert::Words { subject, detail } = kernel_alert::words(row, frame.lang);
        vec![
            Cell::Text(subject),
            Cell::Text(detail),
            Cell::text(&row.code),
            Cell::text(row.occurrences.to_string()),
            Cell::Ago(row.last_at),
            if may_resolve { Cell::Posts(vec![resolve]) } else { Cell::Nothing },
        ]
    });
    ListPage {
        title: frame.t("nav-alerts"),
        subtitle: frame.t("whm-alerts-text"),
        actions: Vec::new(),
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-alerts"), columns).with(cells),
        is_filtered: false,
        home: ALERTS.to_owned(),
        is_later: false,
        next: String::new(),
        frame,
    }
}

/// `POST /whm/alerts/{id}/resolve`
pub async fn resolve(
    staff: Staff<can::ManageJobs>,
    id: Path<AlertId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    alerts::resolve(&staff.ctx, &id).await?;
    Ok(done(ALERTS, "whm-resolved"))
}
