//! Machines of clusters as they were last seen: how they feel, what they carry, and how they are closed and emptied; how
//! much of a cluster is sold; and what gives Yumna its rights there.
use super::{
    ConfirmForm, EmptyForm, done, instances, not_confirmed, refuse,
    view::{Action, Cell, DetailPage, Field, FormPage, ListPage, Part, Table},
};
use crate::{
    domain::{
        customers,
        provisioning::{
            capacity::{self, Measured, NewCapacity, Rules},
            clusters, drains,
            nodes::{self, NodeView},
        },
    },
    integrations::drivers::Power,
    kernel::{fault::CommonFault, format, permission::can},
    web::{
        WebError,
        form_errors::FormErrors,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{
    provisioning::{cluster, cluster_node, node_drain},
    value::{ClusterId, ClusterNodeId, DrainStatus},
};
use std::{collections::BTreeMap, time::Duration};

const HOME: &str = "/whm/nodes";
const CLUSTERS: &str = "/whm/clusters";
/// How long a page waits for a cluster to say what it lets us do.
const PATIENCE: Duration = Duration::from_secs(3);
/// What gives the rights for everything but machines.
const ACCOUNT: &str = "driver-rbac.yaml";
/// What gives the rights for machines.
const MANIFEST: &str = "driver-nodes-rbac.yaml";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/clusters/{id}/nodes", web::get().to(list))
        .route("/clusters/{id}/capacity", web::get().to(capacity_form))
        .route("/clusters/{id}/capacity", web::post().to(change_capacity))
        .route("/clusters/{id}/manifests/{file}", web::get().to(manifest))
        .route("/nodes/{id}", web::get().to(show))
        .route("/nodes/{id}/cordon", web::post().to(cordon))
        .route("/nodes/{id}/uncordon", web::post().to(uncordon))
        .route("/nodes/{id}/drain", web::post().to(drain))
        .route("/nodes/{id}/stop-drain", web::post().to(stop_drain));
}

/// `GET /whm/clusters/{id}/nodes`
pub async fn list(staff: Staff<can::ReadClusters>, id: Path<ClusterId>) -> Result<HttpResponse, WebError> {
    let row = clusters::get(&staff.ctx.db, &id).await?;
    let rows = nodes::list(&staff.ctx.db, &id).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &row, &rows))
}

pub(super) fn list_page(frame: Frame, row: &cluster::Model, rows: &[cluster_node::Model]) -> ListPage {
    let home = format!("{CLUSTERS}/{}/nodes", row.id);
    ListPage {
        title: frame.t("whm-nodes"),
        subtitle: row.name.clone(),
        actions: vec![
            Action::link(frame.t("whm-cluster"), format!("{CLUSTERS}/{}", row.id), "arrow-left"),
            Action::link(frame.t("whm-cluster-manifest"), manifest_of(&row.id, ACCOUNT), "file-download"),
            Action::link(frame.t("whm-node-manifest"), manifest_of(&row.id, MANIFEST), "file-download"),
        ],
        search: Default::default(),
        chips: Vec::new(),
        table: table(&frame, rows),
        is_filtered: false,
        home,
        is_later: false,
        next: String::new(),
        frame,
    }
}

fn manifest_of(id: &ClusterId, file: &str) -> String {
    format!("{CLUSTERS}/{id}/manifests/{file}")
}

/// Machines as rows.
pub(super) fn table(frame: &Frame, rows: &[cluster_node::Model]) -> Table {
    let columns = [
        (frame.t("whm-name"), "cell-main"),
        (frame.t("whm-health"), "cell-side"),
        (frame.t("whm-node-work"), "cell-sub"),
        (frame.t("whm-node-has"), ""),
        (frame.t("whm-node-requested"), "cell-sub"),
        (frame.t("whm-node-used"), ""),
        (frame.t("nav-instances"), "num"),
        (frame.t("whm-node-version"), ""),
        (frame.t("whm-node-age"), ""),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            Cell::link(&row.name, format!("{HOME}/{}", row.id)),
            health(frame, row),
            work(frame, row),
            Cell::resources(frame, row.cpu_milli, row.memory_mb, None),
            Cell::resources(frame, row.requested_cpu_milli, row.requested_memory_mb, None),
            used(frame, row),
            Cell::text(nodes::instance_ids(row).len().to_string()),
            Cell::text(&row.version),
            row.born_at.map_or(Cell::Nothing, Cell::Ago),
        ]
    });
    Table::new(frame.t("whm-nodes"), columns).with(cells)
}

/// Whether a machine is well, and what it runs short of.
fn health(frame: &Frame, row: &cluster_node::Model) -> Cell {
    let word = frame.t(if row.is_ready { "whm-node-ready" } else { "whm-node-unready" });
    let short: Vec<String> = row.pressures.split_whitespace().map(|of| frame.word("whm-node-short", of)).collect();
    if short.is_empty() { Cell::Text(word) } else { Cell::Noted(word, short.join(", ")) }
}

fn work(frame: &Frame, row: &cluster_node::Model) -> Cell {
    let word = match (row.is_open, row.is_reserved) {
        (false, _) => "whm-node-closed",
        (true, true) => "whm-node-reserved",
        (true, false) => "whm-node-open",
    };
    Cell::Text(frame.t(word))
}

fn used(frame: &Frame, row: &cluster_node::Model) -> Cell {
    match row.used_cpu_milli.zip(row.used_memory_mb) {
        Some((cpu, memory)) => Cell::resources(frame, cpu, memory, None),
        None => Cell::Nothing,
    }
}

/// `GET /whm/nodes/{id}`
pub async fn show(staff: Staff<can::ReadClusters>, id: Path<ClusterNodeId>) -> Result<HttpResponse, WebError> {
    let (ctx, db) = (&staff.ctx, &staff.ctx.db);
    let view = nodes::get(db, &id).await?;
    let here = nodes::instances_on(db, &view.row).await.map_err(CommonFault::from)?;
    let ids = here.iter().map(|row| row.customer_id.clone());
    let names = customers::names_of(db, ids).await.map_err(CommonFault::from)?;
    let mut page = detail_page(staff.frame(), &view);
    let services = instances::table(&page.frame, &here, &names);
    page.parts.push(Part::Rows(page.frame.t("nav-instances"), services));
    if staff.may::<can::ManageClusters>() {
        let lacks = nodes::lacking(ctx, &view.row.cluster_id, PATIENCE).await;
        offer(&mut page, &view, lacks.as_deref());
    }
    respond::page(&page)
}

/// What may be done to a machine; where rights for it are missing, which, and how they are given.
pub(super) fn offer(page: &mut DetailPage, view: &NodeView, lacks: Option<&[String]>) {
    if let Some(missing) = lacks.filter(|missing| !missing.is_empty()) {
        let file = manifest_of(&view.row.cluster_id, MANIFEST);
        page.notice = ("warn", page.frame.ta("whm-node-rights", [("rights", missing.join(", "))]));
        page.actions.push(Action::link(page.frame.t("whm-node-manifest"), file, "file-download"));
        return;
    }
    let actions = acts(&page.frame, view);
    page.actions.extend(actions);
}

fn acts(frame: &Frame, view: &NodeView) -> Vec<Action> {
    let here = format!("{HOME}/{}", view.row.id);
    if view.drain.as_ref().is_some_and(|drain| drain.status == DrainStatus::Running) {
        return vec![Action::post(frame.t("whm-node-stop-drain"), format!("{here}/stop-drain"), "player-stop")];
    }
    let mut acts = vec![match view.row.is_open {
        true => {
            let text = frame.t("whm-node-close-text");
            Action::ask(frame.t("whm-node-close"), text, "cordon", format!("{here}/cordon"), "lock")
        }
        false => Action::post(frame.t("whm-node-reopen"), format!("{here}/uncordon"), "lock-open"),
    }];
    let text = frame.t(if view.others > 0 { "whm-node-drain-text" } else { "whm-node-drain-alone" });
    let drain = Action::ask(frame.t("whm-node-drain"), text, "drain", format!("{here}/drain"), "transfer");
    acts.push(drain.danger().type_this(&view.row.name));
    acts
}

pub(super) fn detail_page(frame: Frame, view: &NodeView) -> DetailPage {
    let row = &view.row;
    let mut facts = vec![
        (frame.t("whm-cluster"), Cell::link(&view.cluster, format!("{CLUSTERS}/{}", row.cluster_id))),
        (frame.t("whm-health"), health(&frame, row)),
        (frame.t("whm-node-unready-since"), Cell::maybe_time(row.unready_since)),
        (frame.t("whm-node-work"), work(&frame, row)),
        (frame.t("whm-node-has"), Cell::resources(&frame, row.cpu_milli, row.memory_mb, None)),
        (
            frame.t("whm-node-requested"),
            Cell::resources(&frame, row.requested_cpu_milli, row.requested_memory_mb, None),
        ),
        (frame.t("whm-node-used"), used(&frame, row)),
        (frame.t("whm-node-pods"), Cell::text(format::number(row.pods, frame.lang))),
        (frame.t("whm-node-version"), Cell::text(&row.version)),
        (frame.t("whm-node-age"), row.born_at.map_or(Cell::Nothing, Cell::Ago)),
        (frame.t("whm-last-seen"), Cell::Ago(row.seen_at)),
    ];
    if let Some(drain) = &view.drain {
        facts.extend(of_drain(&frame, drain));
    }
    let is_going_on = view.drain.as_ref().is_some_and(|drain| drain.status == DrainStatus::Running);
    let notice = match (row.is_ready, is_going_on) {
        (_, true) => ("info", frame.t("whm-node-draining")),
        (false, _) => ("bad", frame.t("whm-node-unready-text")),
        (true, _) => ("info", String::new()),
    };
    DetailPage {
        title: row.name.clone(),
        subtitle: view.cluster.clone(),
        back: format!("{CLUSTERS}/{}/nodes", row.cluster_id),
        back_label: frame.t("whm-nodes"),
        notice,
        actions: Vec::new(),
        facts,
        parts: Vec::new(),
        frame,
    }
}

/// How far the emptying of a machine got.
fn of_drain(frame: &Frame, drain: &node_drain::Model) -> Vec<(String, Cell)> {
    let number = |value: i64| Cell::text(format::number(value, frame.lang));
    vec![
        (frame.t("whm-drain"), Cell::Status("drain-status", drain.status.as_str())),
        (frame.t("whm-drain-moved"), number(drain.moved)),
        (frame.t("whm-drain-left"), number(drain.remaining)),
        (frame.t("whm-drain-why"), Cell::maybe(drain.waits_for.clone())),
        (frame.t("whm-drain-begun"), Cell::Time(drain.created_at)),
        (
            frame.t("whm-drain-deadline"),
            if drain.ended_at.is_some() { Cell::Nothing } else { Cell::Time(drain.deadline_at) },
        ),
        (frame.t("whm-drain-ended"), Cell::maybe_time(drain.ended_at)),
    ]
}

fn page_of(id: &ClusterNodeId) -> String {
    format!("{HOME}/{id}")
}

/// `POST /whm/nodes/{id}/cordon`: no new work comes to it.
pub async fn cordon(
    staff: Staff<can::ManageClusters>,
    id: Path<ClusterNodeId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    nodes::set_open(&staff.ctx, &id, false).await?;
    Ok(done(&page_of(&id), "whm-node-is-closed"))
}

/// `POST /whm/nodes/{id}/uncordon`
pub async fn uncordon(
    staff: Staff<can::ManageClusters>,
    id: Path<ClusterNodeId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    nodes::set_open(&staff.ctx, &id, true).await?;
    Ok(done(&page_of(&id), "whm-node-is-open"))
}

/// `POST /whm/nodes/{id}/drain`: after its name was typed; services stop for a moment while they move.
pub async fn drain(
    staff: Fresh<can::ManageClusters>,
    id: Path<ClusterNodeId>,
    SafeForm(form): SafeForm<ConfirmForm>,
) -> Result<HttpResponse, WebError> {
    let view = nodes::get(&staff.ctx.db, &id).await?;
    if !form.says(&view.row.name) {
        return Ok(not_confirmed(&page_of(&id)));
    }
    drains::start(&staff.ctx, &id).await?;
    Ok(done(&page_of(&id), "whm-node-drain-begun"))
}

/// `POST /whm/nodes/{id}/stop-drain`
pub async fn stop_drain(
    staff: Staff<can::ManageClusters>,
    id: Path<ClusterNodeId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    drains::stop(&staff.ctx, &id).await?;
    Ok(done(&page_of(&id), "whm-node-drain-stopped"))
}

/// What is sold of a cluster and how its machines stand to that, as facts of its page.
pub(super) fn facts(frame: &Frame, row: &cluster::Model, measured: Option<&Measured>) -> Vec<(String, Cell)> {
    let rules = Rules::of(row);
    let of = |power: Power| Cell::resources(frame, power.cpu_milli, power.memory_mb, None);
    let words = [
        ("cpu", rules.cpu_ratio_percent.to_string()),
        ("memory", rules.memory_ratio_percent.to_string()),
        ("reserve", rules.reserve_percent.to_string()),
    ];
    let mut facts = vec![(frame.t("whm-cluster-rules"), Cell::Text(frame.ta("whm-cluster-rules-are", words)))];
    if let Some(measured) = measured {
        let takers = [("takers", measured.takers.to_string()), ("all", measured.machines.to_string())];
        facts.extend([
            (frame.t("whm-cluster-takers"), Cell::Text(frame.ta("whm-cluster-takers-are", takers))),
            (frame.t("whm-cluster-has"), of(measured.has)),
            (frame.t("whm-cluster-reserve"), of(measured.reserve)),
            (frame.t("whm-cluster-most"), of(capacity::most(row, Some(measured)))),
            (frame.t("whm-node-requested"), of(measured.requested)),
            (frame.t("whm-node-used"), measured.used.map_or(Cell::Nothing, of)),
        ]);
    }
    facts.push((frame.t("whm-cluster-surveyed"), row.surveyed_at.map_or(Cell::Nothing, Cell::Ago)));
    facts
}

pub(super) fn capacity_page(frame: Frame, row: &cluster::Model, sent: &BTreeMap<String, String>) -> FormPage {
    let field = |name: &str, label: &str, known: i64, unit: &str, help: &str| {
        let value = sent.get(name).cloned().unwrap_or_else(|| known.to_string());
        Field::number(name, frame.t(label)).value(value).unit(unit).help(frame.t(help))
    };
    let fields = vec![
        field("capacity_cpu_milli", "whm-capacity-cpu", row.capacity_cpu_milli, "m", "whm-milli-help"),
        field("capacity_memory_mb", "whm-capacity-memory", row.capacity_memory_mb, "MiB", "whm-mib-help"),
        field("cpu_ratio_percent", "whm-cpu-ratio", row.cpu_ratio_percent, "%", "whm-cpu-ratio-help"),
        field("memory_ratio_percent", "whm-memory-ratio", row.memory_ratio_percent, "%", "whm-memory-ratio-help"),
        field("reserve_percent", "whm-reserve", row.reserve_percent, "%", "whm-reserve-help"),
    ];
    FormPage {
        title: frame.t("whm-cluster-capacity"),
        subtitle: row.name.clone(),
        back: format!("{CLUSTERS}/{}", row.id),
        back_label: row.name.clone(),
        action: format!("{CLUSTERS}/{}/capacity", row.id),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

/// `GET /whm/clusters/{id}/capacity`
pub async fn capacity_form(staff: Staff<can::ManageClusters>, id: Path<ClusterId>) -> Result<HttpResponse, WebError> {
    let row = clusters::get(&staff.ctx.db, &id).await?;
    respond::page(&capacity_page(staff.frame(), &row, &BTreeMap::new()))
}

/// `POST /whm/clusters/{id}/capacity`
pub async fn change_capacity(
    staff: Staff<can::ManageClusters>,
    id: Path<ClusterId>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let row = clusters::get(&staff.ctx.db, &id).await?;
    // What is no number is out of every range.
    let number = |name: &str| sent.get(name).and_then(|value| value.trim().parse().ok()).unwrap_or(-1);
    let new = NewCapacity {
        allowed: Power { cpu_milli: number("capacity_cpu_milli"), memory_mb: number("capacity_memory_mb") },
        rules: Rules {
            cpu_ratio_percent: number("cpu_ratio_percent"),
            memory_ratio_percent: number("memory_ratio_percent"),
            reserve_percent: number("reserve_percent"),
        },
    };
    match capacity::change(&staff.ctx, &id, new).await {
        Ok(_) => Ok(done(&format!("{CLUSTERS}/{id}"), "whm-saved")),
        Err(fault) => refuse(fault, capacity_page(staff.frame(), &row, &sent)),
    }
}

/// `GET /whm/clusters/{id}/manifests/{file}`: what gives Yumna its rights on a cluster, to be applied there by whoever may.
pub async fn manifest(
    staff: Staff<can::ReadClusters>,
    path: Path<(ClusterId, String)>,
) -> Result<HttpResponse, WebError> {
    let (id, file) = path.into_inner();
    let row = clusters::get(&staff.ctx.db, &id).await?;
    let driver = staff.ctx.driver(&row.driver).ok_or(CommonFault::NotFound)?;
    let (name, text) =
        driver.manifests().iter().find(|(name, _)| *name == file).copied().ok_or(CommonFault::NotFound)?;
    Ok(respond::file(name, "application/yaml", text))
}
