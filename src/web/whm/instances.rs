//! Instances: what runs, where, and how it feels.
use super::{
    EmptyForm, done, environment as settings,
    query::ListQuery,
    tasks,
    view::{Action, Cell, DetailPage, ListPage, Part, Table},
};
use crate::{
    domain::{
        customers,
        provisioning::{
            backups, clusters, custom_domains,
            environment::{self, Editor},
            find, place,
            tasks::request_by_staff,
            troubles,
            uptime::{self, Uptime},
        },
    },
    kernel::{
        fault::CommonFault,
        format,
        page::{Page, PageRequest},
        permission::can,
    },
    web::{WebError, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    provisioning::{custom_domain, instance, trouble},
    value::{CustomerId, InstanceId, InstanceStatus, TaskAction},
};
use std::collections::HashMap;

const HOME: &str = "/whm/instances";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/instances", web::get().to(list))
        .route("/instances/{id}", web::get().to(show))
        .route("/instances/{id}/start", web::post().to(start))
        .route("/instances/{id}/stop", web::post().to(stop))
        .route("/instances/{id}/restart", web::post().to(restart));
}

/// `GET /whm/instances`
pub async fn list(staff: Staff<can::ReadInstances>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let found: Result<Page<instance::Model>, _> = match query.of_customer() {
        Some(id) => find::list_for(db, &CustomerId::from(id), &query.page()).await,
        None => find::list(db, InstanceStatus::parse(query.state()), &query.page()).await,
    };
    let page = found.map_err(CommonFault::from)?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(db, ids).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[instance::Model],
    names: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    const STATES: &[&str] =
        &["running", "provisioning", "stopped", "suspended", "error", "needs_review", "terminating", "terminated"];
    ListPage {
        title: frame.t("nav-instances"),
        subtitle: String::new(),
        actions: Vec::new(),
        search: Default::default(),
        chips: query.chips(&frame, HOME, "instance-status", STATES),
        table: table(&frame, rows, names),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// Instances as rows.
pub(super) fn table(frame: &Frame, rows: &[instance::Model], names: &HashMap<CustomerId, String>) -> Table {
    let columns = [
        (frame.t("whm-name"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-host"), ""),
        (frame.t("whm-status"), "cell-side"),
        (frame.t("whm-health"), ""),
        (frame.t("whm-since"), ""),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            Cell::link(&row.name, format!("{HOME}/{}", row.id)),
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::maybe(row.host.clone()),
            Cell::Status("instance-status", row.status.as_str()),
            row.health.map_or(Cell::Nothing, |health| Cell::Status("health", health.as_str())),
            Cell::Ago(row.status_since),
        ]
    });
    Table::new(frame.t("nav-instances"), columns).with(cells)
}

/// `GET /whm/instances/{id}`
pub async fn show(staff: Staff<can::ReadInstances>, id: Path<InstanceId>) -> Result<HttpResponse, WebError> {
    let (db, id) = (&staff.ctx.db, id.into_inner());
    let row = find::get(db, &id).await?;
    let customer = customers::get(db, &row.customer_id).await?;
    let cluster = match &row.cluster_id {
        Some(id) => Some(clusters::get(db, id).await?.name),
        None => None,
    };
    let work = find::tasks_of(db, &id, &PageRequest::default()).await.map_err(CommonFault::from)?;
    let known = troubles::list(db, &id).await.map_err(CommonFault::from)?;
    let frame = staff.frame();
    let names = HashMap::from([(id.clone(), row.name.clone())]);
    let table =
        tasks::table(&frame, &work.rows, &names, &HashMap::from([(customer.id.clone(), customer.name.clone())]));
    let mut page = detail_page(frame, &row, &customer.name, cluster, table);
    if !known.is_empty() {
        let table = troubles_table(&page.frame, &known);
        page.parts.insert(0, Part::Rows(page.frame.t("whm-troubles"), table));
    }
    if let Some(why) = place::of(db, &id, page.frame.lang).await.map_err(CommonFault::from)? {
        page.parts.push(Part::Raw(page.frame.t("whm-placement"), why));
    }
    let names = custom_domains::find::list(db, &id).await.map_err(CommonFault::from)?;
    if !names.is_empty() {
        let table = domains_table(&page.frame, &names);
        page.parts.push(Part::Rows(page.frame.t("whm-domains-title"), table));
    }
    let answered = uptime::of(&staff.ctx, &id).await?;
    page.facts.push((page.frame.t("uptime-title"), uptime_fact(&page.frame, &answered)));
    if !answered.outages.is_empty() {
        let table = outages_table(&page.frame, &answered);
        page.parts.push(Part::Rows(page.frame.t("uptime-outages"), table));
    }
    let kept = backups::last_of(db, &id).await.map_err(CommonFault::from)?;
    let fact = match kept {
        Some(kept) => {
            let word = page.frame.word("backup-status", kept.status.as_str());
            Some(kept.place.map_or(Cell::Text(word.clone()), |place| Cell::Noted(word, place)))
        }
        None if !backups::are_made(&staff.ctx, &row.driver) => Some(Cell::Text(page.frame.t("whm-final-backup-none"))),
        None => None,
    };
    page.facts.extend(fact.map(|cell| (page.frame.t("whm-final-backup"), cell)));
    let environment = environment::read(&staff.ctx, &row, Editor::Staff).await?;
    if !environment.settings.is_empty() {
        let table = settings::table(&page.frame, &environment);
        page.parts.push(Part::Rows(page.frame.t("whm-environment"), table));
    }
    if staff.may::<can::OperateInstances>() {
        let actions = verbs(&page.frame, &row);
        page.actions.extend(actions);
        let action = settings::action(&page.frame, &row.id, &environment);
        page.actions.extend(action);
    }
    respond::page(&page)
}

fn verbs(frame: &Frame, row: &instance::Model) -> Vec<Action> {
    let verb = |label, verb: &str, icon| Action::post(label, format!("{HOME}/{}/{verb}", row.id), icon);
    match row.status {
        InstanceStatus::Running => vec![
            verb(frame.t("action-restart"), "restart", "refresh"),
            verb(frame.t("action-stop"), "stop", "player-stop"),
        ],
        InstanceStatus::Stopped => vec![verb(frame.t("action-start"), "start", "player-play")],
        InstanceStatus::Error => vec![
            verb(frame.t("action-restart"), "restart", "refresh"),
            verb(frame.t("action-start"), "start", "player-play"),
        ],
        _ => Vec::new(),
    }
}

/// What its cluster told of it lately, newest first: our sentence, and beside it the cluster's own word and message.
pub(super) fn troubles_table(frame: &Frame, known: &[trouble::Model]) -> Table {
    let columns = [
        (frame.t("whm-trouble"), "cell-main cell-wrap"),
        (frame.t("whm-detail"), "cell-sub cell-error"),
        (frame.t("whm-about"), "cell-code"),
        (frame.t("whm-times"), "num"),
        (frame.t("whm-last-seen"), "cell-side"),
    ];
    let cells = known.iter().map(|known| {
        vec![
            Cell::Text(reason(frame, &known.code)),
            Cell::Noted(known.word.clone(), known.detail.clone()),
            Cell::text(&known.about),
            Cell::text(known.times.to_string()),
            Cell::Ago(known.last_at),
        ]
    });
    Table::new(frame.t("whm-troubles"), columns).with(cells)
}

/// Names of the customer before it, and what the last look found wrong.
pub(super) fn domains_table(frame: &Frame, names: &[custom_domain::Model]) -> Table {
    let columns = [
        (frame.t("whm-domains-host"), "cell-main"),
        (frame.t("whm-domains-status"), "cell-side"),
        (frame.t("whm-detail"), "cell-sub cell-wrap"),
        (frame.t("whm-domains-checked"), ""),
    ];
    let cells = names.iter().map(|name| {
        let trouble = name.failure.map(|failure| frame.word("panel-domain-trouble", failure.as_str()));
        vec![
            Cell::text(&name.host),
            Cell::Status("custom-domain-status", name.status.as_str()),
            Cell::maybe(trouble),
            name.checked_at.map_or(Cell::Nothing, Cell::Ago),
        ]
    });
    Table::new(frame.t("whm-domains-title"), columns).with(cells)
}

/// How much of the last days it answered, and beneath it how it is now and what is promised.
pub(super) fn uptime_fact(frame: &Frame, known: &Uptime) -> Cell {
    let Some(share) = known.share_bp() else { return Cell::Text(frame.t("uptime-empty")) };
    let state = known.state.map(|state| frame.word("uptime-state", state.as_str()));
    let promised = known
        .promised_bp
        .map(|promised| format!("{}: {}", frame.t("uptime-promised"), format::percent(promised, frame.lang)));
    let note: Vec<String> = state.into_iter().chain(promised).collect();
    Cell::Noted(format::percent(share, frame.lang), note.join(" · "))
}

/// Its outages, newest first.
pub(super) fn outages_table(frame: &Frame, known: &Uptime) -> Table {
    let columns = [
        (frame.t("uptime-began"), "cell-main"),
        (frame.t("uptime-ended"), "cell-sub"),
        (frame.t("uptime-length"), "cell-side num"),
    ];
    let cells = known.outages.iter().map(|outage| {
        vec![
            Cell::Time(outage.began_at),
            outage.ended_at.map_or_else(|| Cell::Text(frame.t("uptime-lasts")), Cell::Time),
            Cell::Text(format::duration(outage.seconds(frame.now), frame.lang)),
        ]
    });
    Table::new(frame.t("uptime-outages"), columns).with(cells)
}

/// The sentence of a reason's word, or the word where it has none.
fn reason(frame: &Frame, code: &str) -> String {
    frame.known(&format!("reason-{code}")).unwrap_or_else(|| code.to_owned())
}

pub(super) fn detail_page(
    frame: Frame,
    row: &instance::Model,
    customer: &str,
    cluster: Option<String>,
    work: Table,
) -> DetailPage {
    let word = |key: &str| row.reason.as_ref().and_then(|reason| reason[key].as_str()).map(str::to_owned);
    let reason = word("code").map(|code| reason(&frame, &code));
    let place = row.cluster_id.as_ref().zip(cluster);
    let limits = Cell::resources(&frame, row.cpu_milli, row.memory_mb, Some(row.storage_gb));
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("instance-status", row.status.as_str())),
        (frame.t("whm-health"), row.health.map_or(Cell::Nothing, |health| Cell::Status("health", health.as_str()))),
        (frame.t("whm-reason"), Cell::maybe(reason)),
        (frame.t("whm-detail"), Cell::maybe(word("detail"))),
        (frame.t("whm-customer"), Cell::link(customer, format!("/whm/customers/{}", row.customer_id))),
        (
            frame.t("whm-subscription"),
            Cell::link(frame.t("action-open"), format!("/whm/subscriptions/{}", row.subscription_id)),
        ),
        (frame.t("whm-host"), row.host.clone().map_or(Cell::Nothing, Cell::Code)),
        (frame.t("whm-url"), row.url.clone().map_or(Cell::Nothing, |url| Cell::Link(url.clone(), url))),
        (
            frame.t("whm-cluster"),
            place.map_or(Cell::Nothing, |(id, name)| Cell::link(name, format!("/whm/clusters/{id}"))),
        ),
        (frame.t("whm-driver"), Cell::text(&row.driver)),
        (frame.t("whm-resources"), limits),
        (frame.t("whm-status-since"), Cell::Time(row.status_since)),
        (frame.t("whm-observed"), Cell::maybe_time(row.observed_at)),
        (frame.t("whm-created"), Cell::Time(row.created_at)),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ];
    DetailPage {
        title: row.name.clone(),
        subtitle: customer.to_owned(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-instances"),
        notice: ("info", String::new()),
        actions: Vec::new(),
        facts,
        parts: vec![Part::Rows(frame.t("nav-tasks"), work)],
        frame,
    }
}

async fn request(
    staff: &Staff<can::OperateInstances>,
    id: &InstanceId,
    action: TaskAction,
) -> Result<HttpResponse, WebError> {
    request_by_staff(&staff.ctx, id, action).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-requested"))
}

/// `POST /whm/instances/{id}/start`
pub async fn start(
    staff: Staff<can::OperateInstances>,
    id: Path<InstanceId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    request(&staff, &id, TaskAction::Start).await
}

/// `POST /whm/instances/{id}/stop`
pub async fn stop(
    staff: Staff<can::OperateInstances>,
    id: Path<InstanceId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    request(&staff, &id, TaskAction::Stop).await
}

/// `POST /whm/instances/{id}/restart`
pub async fn restart(
    staff: Staff<can::OperateInstances>,
    id: Path<InstanceId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    request(&staff, &id, TaskAction::Restart).await
}
