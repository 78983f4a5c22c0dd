//! The log of a service: its last lines, the lines as they are written, and a file to take away.
use super::{
    show::{self, Loaded, rights_of},
    view::{LinesFragment, LogRow, LogView, LogsPage},
};
use crate::{
    domain::provisioning::{self, ProvisioningError, logs},
    integrations::drivers::{LogLine, LogQuery},
    kernel::{format, page::PageRequest, permission::may},
    web::{WebError, frame::Frame, principal::Member, public::query_value, respond, sse},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Path, Query},
};
use askama::Template;
use chrono::{DateTime, SecondsFormat, Utc};
use entity::value::{InstanceId, InstanceStatus, in_wib};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use std::time::Duration;

/// A silent log sends a comment so often, so that proxies keep the stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Lines shown.
const SHOWN: i64 = 200;
/// Lines searched.
const SEARCHED: i64 = 2_000;
/// Lines in the file.
const FILE: i64 = 5_000;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub struct LogsQuery {
    q: Option<String>,
    since: Option<DateTime<Utc>>,
}

/// `GET /panel/services/{id}/logs`
pub async fn page(
    member: Member<may::Read>,
    id: Path<InstanceId>,
    query: Query<LogsQuery>,
) -> Result<HttpResponse, WebError> {
    let works = PageRequest { after: None, limit: 1 };
    let loaded = show::load(&member.ctx, &member.customer_id, &id, &works).await?;
    let frame = member.frame();
    let wanted = query.q.as_deref().unwrap_or_default().trim().chars().take(80).collect::<String>();
    let logs = match &loaded.instance {
        Some(row) => {
            let read = logs::tail(&member.ctx, row, if wanted.is_empty() { SHOWN } else { SEARCHED }).await;
            shown(&frame, &loaded, wanted, read)
        }
        None => LogView::default(),
    };
    respond::page(&LogsPage { service: loaded.card(&frame, "logs", rights_of(&member)), logs, frame })
}

fn shown(frame: &Frame, loaded: &Loaded, wanted: String, read: Result<Vec<LogLine>, ProvisioningError>) -> LogView {
    let id = loaded.instance.as_ref().map(|row| row.id.to_string()).unwrap_or_default();
    let url = format!("/panel/services/{id}/logs");
    let mut view = LogView { download_url: format!("{url}.txt"), url, query: wanted, ..LogView::default() };
    let read = match read {
        Ok(lines) => lines,
        Err(ProvisioningError::InvalidState { .. }) => {
            view.trouble = Some(frame.t("panel-logs-none-yet"));
            return view;
        }
        Err(error) => {
            tracing::warn!(instance.id = %id, error = %error, "A log could not be read");
            view.trouble = Some(frame.t("panel-logs-unavailable"));
            return view;
        }
    };
    let is_running = loaded.instance.as_ref().is_some_and(|row| row.status == InstanceStatus::Running);
    let all = read.len();
    let since = read.last().map(|line| line.time);
    let needle = view.query.to_lowercase();
    let kept = read.into_iter().filter(|line| needle.is_empty() || line.text.to_lowercase().contains(&needle));
    view.lines = kept.map(|line| row_of(frame, line)).collect();
    view.follows = is_running && needle.is_empty();
    view.follow_url = match since {
        Some(at) => format!("{}/live?since={}", view.url, query_value(&at.to_rfc3339_opts(SecondsFormat::Nanos, true))),
        None => format!("{}/live", view.url),
    };
    let n = view.lines.len();
    view.note = match (needle.is_empty(), view.follows) {
        (false, _) => frame.ta("panel-logs-note-found", [("n", n), ("of", all)]),
        (true, true) => frame.ta("panel-logs-note-tail", [("n", n)]),
        (true, false) => frame.ta("panel-logs-note-still", [("n", n)]),
    };
    view.empty = frame.t(if needle.is_empty() { "panel-logs-empty" } else { "panel-logs-no-match" });
    view
}

fn row_of(frame: &Frame, line: LogLine) -> LogRow {
    let seconds = in_wib(line.time).format("%S");
    let mark = if frame.lang == crate::kernel::locale::Lang::Id { '.' } else { ':' };
    LogRow {
        at: line.time,
        clock: format!("{}{mark}{seconds}", format::time_of_day(line.time, frame.lang)),
        container: line.container,
        text: line.text,
    }
}

/// `GET /panel/services/{id}/logs/live`: lines as they are written, after those the page shows or, when the browser
/// connects again, after the last one it received.
pub async fn follow(
    member: Member<may::Read>,
    id: Path<InstanceId>,
    query: Query<LogsQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    let header = request.headers().get("last-event-id").and_then(|value| value.to_str().ok());
    let last = header.and_then(|value| value.parse::<DateTime<Utc>>().ok()).or(query.since);
    let wanted = LogQuery { since: last, follow: true, tail: last.is_none().then_some(SHOWN), previous: false };
    let lines = logs::open_for(&member.ctx, &member.customer_id, &id, wanted).await?;
    let frame = member.frame();
    let events = stream::unfold((lines, frame), move |(mut lines, frame)| async move {
        loop {
            match tokio::time::timeout(KEEP_ALIVE, lines.next()).await {
                Err(_) => return Some((":\n\n".to_owned(), (lines, frame))),
                Ok(Some(Ok(line))) if last.is_some_and(|last| line.time <= last) => {}
                Ok(Some(Ok(line))) => return event_of(&frame, line).map(|event| (event, (lines, frame))),
                // The browser connects again by itself and goes on after the last line it has.
                Ok(None | Some(Err(_))) => return None,
            }
        }
    });
    Ok(sse::respond(events, member.ctx.stop.clone()))
}

fn event_of(frame: &Frame, line: LogLine) -> Option<String> {
    let id = line.time.to_rfc3339_opts(SecondsFormat::Nanos, true);
    let logs = LogView { lines: vec![row_of(frame, line)], ..LogView::default() };
    let data = LinesFragment { frame: frame.clone(), logs }.render().ok()?;
    Some(format!("id: {id}\n{}", sse::encode(&sse::Event { name: None, data })))
}

/// `GET /panel/services/{id}/logs.txt`
pub async fn download(member: Member<may::Read>, id: Path<InstanceId>) -> Result<HttpResponse, WebError> {
    let row = provisioning::find::get_for(&member.ctx.db, &member.customer_id, &id).await?;
    let mut text = String::new();
    for line in logs::tail(&member.ctx, &row, FILE).await? {
        let time = line.time.to_rfc3339_opts(SecondsFormat::Millis, true);
        text.push_str(&format!("{time} {} {}\n", line.container, line.text));
    }
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.log\"", row.name)))
        .body(text))
}
