//! Leftovers: what is on clusters though nobody has it, as the last search found it. One of them is removed only after its
//! place was typed, and for a reason where it may belong to what came after an older dump.
use super::{
    EmptyForm, done,
    query::ListQuery,
    view::{Action, Cell, DetailPage, Field, ListPage, Table},
};
use crate::{
    domain::provisioning::orphans::{self, OrphanView},
    kernel::{fault::CommonFault, permission::can},
    web::{
        WebError, flash,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
        tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::value::OrphanId;
use serde::Deserialize;

const HOME: &str = "/whm/orphans";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/orphans", web::get().to(list))
        .route("/orphans/look", web::post().to(look))
        .route("/orphans/{id}", web::get().to(show))
        .route("/orphans/{id}/remove", web::post().to(remove));
}

/// `GET /whm/orphans`
pub async fn list(staff: Staff<can::ReadClusters>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let page = orphans::list(&staff.ctx.db, None, &query.page()).await.map_err(CommonFault::from)?;
    let may_look = staff.may::<can::ManageClusters>();
    respond::page(&list_page(staff.frame(), &query, &page.rows, may_look, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[OrphanView],
    may_look: bool,
    next: Option<&str>,
) -> ListPage {
    let look = Action::post(frame.t("whm-orphans-look"), format!("{HOME}/look"), "search");
    ListPage {
        title: frame.t("whm-orphans"),
        subtitle: frame.t("whm-orphans-text"),
        actions: if may_look { vec![look] } else { Vec::new() },
        search: Default::default(),
        chips: Vec::new(),
        table: table(&frame, rows),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// Leftovers as rows.
pub(super) fn table(frame: &Frame, rows: &[OrphanView]) -> Table {
    let columns = [
        (frame.t("whm-orphan-place"), "cell-main"),
        (frame.t("whm-cluster"), "cell-sub"),
        (frame.t("whm-orphan-why"), "cell-sub"),
        (frame.t("whm-orphan-what"), "cell-code"),
        (frame.t("whm-orphan-since"), "cell-side"),
        (frame.t("whm-orphan-asked"), ""),
    ];
    let cells = rows.iter().map(|OrphanView { row, cluster }| {
        vec![
            Cell::link(&row.place, format!("{HOME}/{}", row.id)),
            Cell::text(cluster),
            Cell::Text(frame.word("orphan-why", &row.why)),
            Cell::text(&row.what),
            row.since.map_or(Cell::Nothing, Cell::Ago),
            row.removal_asked_at.map_or(Cell::Nothing, Cell::Ago),
        ]
    });
    Table::new(frame.t("whm-orphans"), columns).with(cells)
}

/// `POST /whm/orphans/look`: every cluster is searched now, in the background.
pub async fn look(staff: Staff<can::ManageClusters>, _: SafeForm<EmptyForm>) -> Result<HttpResponse, WebError> {
    orphans::search_now(&staff.ctx).await?;
    Ok(done(HOME, "whm-orphans-looking"))
}

/// `GET /whm/orphans/{id}`
pub async fn show(staff: Staff<can::ReadClusters>, id: Path<OrphanId>) -> Result<HttpResponse, WebError> {
    let view = orphans::get(&staff.ctx.db, &id).await?;
    let mut page = detail_page(staff.frame(), &view);
    if staff.may::<can::ManageClusters>() {
        let action = removal(&page.frame, &view);
        page.actions.push(action);
    }
    respond::page(&page)
}

/// The question before a removal.
pub(super) fn removal(frame: &Frame, view: &OrphanView) -> Action {
    let text = frame.ta("whm-orphan-remove-text", [("cluster", view.cluster.as_str())]);
    let action = format!("{HOME}/{}/remove", view.row.id);
    let ask = Action::ask(frame.t("whm-orphan-remove"), text, "remove", action, "trash").danger();
    let ask = ask.type_this(&view.row.place);
    if view.row.why == orphans::UNKNOWN { ask.with(vec![Field::line("reason", frame.t("whm-reason"))]) } else { ask }
}

pub(super) fn detail_page(frame: Frame, view: &OrphanView) -> DetailPage {
    let row = &view.row;
    // An instance that has ended has a page; what nobody knows has none.
    let owner = match (row.kind.as_str(), row.why.as_str()) {
        ("instance", "ended") => Cell::link(&row.mark, format!("/whm/instances/{}", row.mark)),
        _ => Cell::Code(row.mark.clone()),
    };
    let facts = vec![
        (frame.t("whm-orphan-why"), Cell::Text(frame.word("orphan-why", &row.why))),
        (frame.t("whm-orphan-place"), Cell::Code(row.place.clone())),
        (frame.t("whm-cluster"), Cell::link(&view.cluster, format!("/whm/clusters/{}", row.cluster_id))),
        (frame.t("whm-orphan-what"), Cell::text(&row.what)),
        (frame.word("whm-orphan-mark", &row.kind), owner),
        (frame.t("whm-orphan-since"), Cell::maybe_time(row.since)),
        (frame.t("whm-orphan-found"), Cell::Time(row.found_at)),
        (frame.t("whm-last-seen"), Cell::Time(row.seen_at)),
        (frame.t("whm-orphan-asked"), Cell::maybe_time(row.removal_asked_at)),
    ];
    let notice = match row.removal_asked_at {
        Some(_) => ("info", frame.t("whm-orphan-going")),
        None if row.why == orphans::UNKNOWN => ("warn", frame.t("whm-orphan-note-unknown")),
        None => ("warn", frame.t("whm-orphan-note")),
    };
    DetailPage {
        title: row.place.clone(),
        subtitle: view.cluster.clone(),
        back: HOME.to_owned(),
        back_label: frame.t("whm-orphans"),
        notice,
        actions: Vec::new(),
        facts,
        parts: Vec::new(),
        frame,
    }
}

/// What was typed to confirm.
#[derive(Deserialize)]
pub struct ConfirmForm {
    confirm: String,
    /// Why, where it must be said.
    #[serde(default)]
    reason: String,
}

/// `POST /whm/orphans/{id}/remove`
pub async fn remove(
    staff: Fresh<can::ManageClusters>,
    id: Path<OrphanId>,
    SafeForm(form): SafeForm<ConfirmForm>,
) -> Result<HttpResponse, WebError> {
    let view = orphans::get(&staff.ctx.db, &id).await?;
    if form.confirm.trim() != view.row.place {
        return Ok(flash::see_other(&format!("{HOME}/{id}"), Tone::Bad, "whm-not-confirmed"));
    }
    orphans::remove(&staff.ctx, &id, &form.reason).await?;
    Ok(done(HOME, "whm-orphan-removal-asked"))
}
