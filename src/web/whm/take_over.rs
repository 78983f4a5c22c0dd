//! Taking customers and contracts over from another system: a file is sent in, looked at, taken over, and can be looked
//! at later with what became of each row.
use super::{EmptyForm, done, form_key, once, query::ListQuery, sent_key, take_over_view as view};
use crate::{
    domain::{
        Ctx,
        reports::csv::{self, Value as Csv},
        takeover::{self, Columns, Options, Role, TakeoverError},
    },
    kernel::{
        fault::{Fault, FieldFault, Kind},
        permission::can,
    },
    web::{
        WebError, errors, flash,
        form_errors::FormErrors,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond, sse,
        tone::Tone,
        upload::UploadForm,
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Path, Query, ServiceConfig},
};
use entity::value::{ImportId, ImportKind, ImportStatus, ImportVerdict};
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) const HOME: &str = "/whm/take-over";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/take-over", web::get().to(list))
        .route("/take-over", web::post().to(send_in))
        .route("/take-over/new", web::get().to(new))
        .route("/take-over/{id}", web::get().to(show))
        .route("/take-over/{id}/live", web::get().to(live))
        .route("/take-over/{id}/faulty", web::get().to(faulty))
        .route("/take-over/{id}/columns", web::post().to(remap))
        .route("/take-over/{id}/start", web::post().to(start))
        .route("/take-over/{id}/go-on", web::post().to(go_on))
        .route("/take-over/{id}/discard", web::post().to(discard));
}

/// `GET /whm/take-over`
pub async fn list(staff: Staff<can::TakeOver>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let page = takeover::list(&staff.ctx, &query.page()).await?;
    respond::page(&view::list_page(staff.frame(), &query, &page.rows, page.next_cursor.as_deref()))
}

/// `GET /whm/take-over/new`
pub async fn new(staff: Staff<can::TakeOver>) -> Result<HttpResponse, WebError> {
    respond::page(&view::NewPage::of(staff.frame(), ImportKind::Customers.as_str(), ""))
}

/// `POST /whm/take-over`
pub async fn send_in(staff: Staff<can::TakeOver>, form: UploadForm) -> Result<HttpResponse, WebError> {
    let ctx = &staff.ctx;
    let unknown = || TakeoverError::Invalid(vec![FieldFault::new("kind", "unknown")]);
    let sent = match (form.is_too_large, ImportKind::parse(form.field("kind"))) {
        (true, _) => Err(TakeoverError::TooLarge),
        (false, None) => Err(unknown()),
        (false, Some(kind)) => {
            takeover::send_in(ctx, kind, form.field("source"), Options::default(), form.file.clone()).await
        }
    };
    match sent {
        Ok(import) => Ok(flash::see_other(&format!("{HOME}/{}", import.id), Tone::Good, "takeover-sent")),
        Err(fault) if fault.kind() == Kind::Invalid => {
            let mut page = view::NewPage::of(staff.frame(), form.field("kind"), form.field("source"));
            page.errors = FormErrors::of_fault(&page.frame, &fault);
            if page.errors.is_empty() {
                page.errors.add("table", errors::sentence(&page.frame, &fault));
            }
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /whm/take-over/{id}`
pub async fn show(
    staff: Staff<can::TakeOver>,
    id: Path<ImportId>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, WebError> {
    let ctx = &staff.ctx;
    let import = takeover::get(ctx, &id).await?;
    if import.status == ImportStatus::Draft {
        let preview = takeover::preview(ctx, &id).await?;
        return respond::page(&view::draft_page(staff.frame(), &preview));
    }
    let outcome = takeover::outcome(ctx, &id).await?;
    let verdict = ImportVerdict::parse(query.state());
    let rows = takeover::row_list(ctx, &id, verdict, &query.page()).await?;
    respond::page(&view::run_page(staff.frame(), &query, &import, &outcome, &rows.rows, rows.next_cursor.as_deref()))
}

/// `GET /whm/take-over/{id}/live`: how far it is, told again as it goes on.
pub async fn live(staff: Staff<can::TakeOver>, id: Path<ImportId>) -> Result<HttpResponse, WebError> {
    // What is not there is 404 before any stream begins.
    takeover::get(&staff.ctx, &id).await?;
    let (ctx, frame, id) = (staff.ctx.clone(), staff.frame(), id.into_inner());
    let topics = vec![takeover::topic(&id)];
    let render: sse::Render = Box::new(move || {
        let (ctx, id) = (ctx.clone(), id.clone());
        let frame = Frame { now: ctx.now(), ..frame.clone() };
        Box::pin(async move {
            match (takeover::get(&ctx, &id).await, takeover::outcome(&ctx, &id).await) {
                (Ok(import), Ok(outcome)) => sse::drawn(&view::live(frame, &import, &outcome)),
                _ => Vec::new(),
            }
        })
    });
    Ok(sse::stream(&staff.ctx.services, topics, render))
}

/// `GET /whm/take-over/{id}/faulty`: the faulty rows as they stand in the file, to be repaired and sent in again.
pub async fn faulty(staff: Staff<can::TakeOver>, id: Path<ImportId>) -> Result<HttpResponse, WebError> {
    let (mut headings, rows) = takeover::faulty(&staff.ctx, &id).await?;
    let frame = staff.frame();
    headings.push(frame.t("takeover-why"));
    let rows = rows.into_iter().map(|(cells, reasons)| {
        let why = view::sentences(&frame, &reasons);
        cells.into_iter().chain([why]).map(Csv::from).collect()
    });
    let file = csv::file(&headings, rows);
    Ok(respond::file(&format!("faulty-{}.csv", id.as_str()), "text/csv; charset=utf-8", file))
}

/// What the form of columns and decisions says, by name.
#[derive(Deserialize)]
pub struct ColumnsForm {
    #[serde(flatten)]
    chosen: BTreeMap<String, String>,
}

/// `POST /whm/take-over/{id}/columns`
pub async fn remap(
    staff: Staff<can::TakeOver>,
    id: Path<ImportId>,
    SafeForm(form): SafeForm<ColumnsForm>,
) -> Result<HttpResponse, WebError> {
    let import = takeover::get(&staff.ctx, &id).await?;
    let chosen = Role::of(import.kind).iter().filter_map(|role| {
        let heading = form.chosen.get(&format!("column_{}", role.as_str()))?.trim();
        (!heading.is_empty()).then(|| (*role, heading.to_owned()))
    });
    let is_on = |name: &str| form.chosen.get(name).is_some_and(|value| value == "1");
    let options = Options {
        link_known_mail: is_on("link_known_mail"),
        invite: is_on("invite"),
        allow_over_quota: is_on("allow_over_quota"),
        bill_overdue: is_on("bill_overdue"),
        prices_include_tax: is_on("prices_include_tax"),
    };
    takeover::remap(&staff.ctx, &id, Columns(chosen.collect()), options).await?;
    Ok(done(&format!("{HOME}/{id}"), "takeover-remapped"))
}

/// A form that begins what was looked at.
#[derive(Deserialize)]
pub struct StartForm {
    key: String,
    seen: String,
}

/// The key of the form that begins.
pub(super) fn start_key() -> String {
    form_key()
}

/// `POST /whm/take-over/{id}/start`
pub async fn start(
    staff: Fresh<can::TakeOver>,
    id: Path<ImportId>,
    SafeForm(form): SafeForm<StartForm>,
) -> Result<HttpResponse, WebError> {
    let act = async |ctx: &Ctx| Ok(takeover::start(ctx, &id, &form.seen).await?);
    once(&staff.ctx, "take-over", sent_key(&form.key)?, act).await?;
    Ok(done(&format!("{HOME}/{id}"), "takeover-started"))
}

/// `POST /whm/take-over/{id}/go-on`
pub async fn go_on(
    staff: Fresh<can::TakeOver>,
    id: Path<ImportId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    takeover::go_on(&staff.ctx, &id).await?;
    Ok(done(&format!("{HOME}/{id}"), "takeover-started"))
}

/// `POST /whm/take-over/{id}/discard`
pub async fn discard(
    staff: Staff<can::TakeOver>,
    id: Path<ImportId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    takeover::discard(&staff.ctx, &id).await?;
    Ok(done(HOME, "takeover-discarded"))
}
