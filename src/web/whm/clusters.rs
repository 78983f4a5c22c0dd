//! Clusters: where services run.
use super::{
    EmptyForm, billing_day, done, nodes as machines, orphans as leftovers, refuse,
    view::{Action, Cell, DetailPage, Field, FormPage, Kind, ListPage, Part, Table},
};
use crate::{
    domain::provisioning::{
        capacity::{self, Rules},
        cluster_settings,
        clusters::{self, Load, NewCluster},
        nodes, orphans,
    },
    integrations::{
        SettingKind,
        drivers::{Node, Provisioner},
    },
    kernel::{fault::CommonFault, format, locale::Lang, page::PageRequest, permission::can},
    web::{
        WebError, flash,
        form_errors::FormErrors,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
        tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{
    provisioning::cluster,
    value::{ClusterId, TargetStatus},
};
use secrecy::SecretString;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const HOME: &str = "/whm/clusters";
/// How long the page waits for the machines of a cluster.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/clusters", web::get().to(list))
        .route("/clusters/new", web::get().to(form))
        .route("/clusters/new", web::post().to(add))
        .route("/clusters/{id}", web::get().to(show))
        .route("/clusters/{id}/test", web::post().to(test))
        .route("/clusters/{id}/settings", web::get().to(settings_form))
        .route("/clusters/{id}/settings", web::post().to(replace_settings))
        .route("/clusters/{id}/status", web::post().to(set_status));
}

/// `GET /whm/clusters`
pub async fn list(staff: Staff<can::ReadClusters>) -> Result<HttpResponse, WebError> {
    let rows = clusters::list(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let may_add = staff.may::<can::ManageClusters>();
    respond::page(&list_page(staff.frame(), &rows, may_add))
}

pub(super) fn list_page(frame: Frame, rows: &[(cluster::Model, Load)], may_add: bool) -> ListPage {
    let columns = [
        (frame.t("whm-name"), "cell-main"),
        (frame.t("whm-region"), ""),
        (frame.t("whm-status"), "cell-side"),
        (frame.t("nav-instances"), "num"),
        (frame.t("whm-sold-cpu"), "cell-sub num"),
        (frame.t("whm-sold-memory"), "num"),
        (frame.t("whm-tested"), ""),
    ];
    let cells = rows.iter().map(|(row, load)| {
        vec![
            Cell::link(&row.name, format!("{HOME}/{}", row.id)),
            Cell::text(&row.region),
            Cell::Status("target-status", row.status.as_str()),
            Cell::text(load.instances.to_string()),
            sold(&frame, format::cpu, load.cpu_milli, row.capacity_cpu_milli),
            sold(&frame, format::memory, load.memory_mb, row.capacity_memory_mb),
            row.checked_at.map_or(Cell::Nothing, Cell::Ago),
        ]
    });
    let add = Action::primary(frame.t("whm-cluster-add"), format!("{HOME}/new"), "plus");
    let leftovers = Action::link(frame.t("whm-orphans"), "/whm/orphans", "archive");
    ListPage {
        title: frame.t("nav-clusters"),
        subtitle: String::new(),
        actions: if may_add { vec![leftovers, add] } else { vec![leftovers] },
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-clusters"), columns).with(cells),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: false,
        next: String::new(),
        frame,
    }
}

/// How much of what may be sold is sold: `17 vCPU / 4.000 vCPU`.
fn sold(frame: &Frame, words: fn(i64, Lang) -> String, used: i64, most: i64) -> Cell {
    Cell::Text(format!("{} / {}", words(used, frame.lang), words(most, frame.lang)))
}

/// `GET /whm/clusters/{id}`
pub async fn show(staff: Staff<can::ReadClusters>, id: Path<ClusterId>) -> Result<HttpResponse, WebError> {
    let ctx = &staff.ctx;
    let row = clusters::get(&ctx.db, &id).await?;
    let all = clusters::list(&ctx.db).await.map_err(CommonFault::from)?;
    let load = all.into_iter().find(|(found, _)| found.id == *id).map(|(_, load)| load).unwrap_or_default();
    let known = nodes::list(&ctx.db, &row.id).await.map_err(CommonFault::from)?;
    let found = match clusters::find_target(ctx, &row).await {
        Ok((driver, target)) => tokio::time::timeout(PATIENCE, driver.nodes(&target)).await.ok().and_then(Result::ok),
        Err(_) => None,
    };
    let left = orphans::list(&ctx.db, Some(&row.id), &PageRequest::default()).await.map_err(CommonFault::from)?;
    let mut page = detail_page(staff.frame(), &row, load, found);
    let measured = capacity::measure(&known, Rules::of(&row));
    let facts = machines::facts(&page.frame, &row, measured.as_ref());
    page.facts.extend(facts);
    page.actions.push(Action::link(page.frame.t("whm-nodes"), format!("{HOME}/{}/nodes", row.id), "server"));
    if !left.rows.is_empty() {
        let table = leftovers::table(&page.frame, &left.rows);
        page.parts.push(Part::Rows(page.frame.t("whm-orphans"), table));
    }
    if staff.may::<can::ManageClusters>() {
        let actions = acts(&page.frame, &row);
        page.actions.extend(actions);
    }
    // Work on machines is a reason to be asked, and none to stop invoices by itself.
    if row.status == TargetStatus::Maintenance && staff.may::<can::ControlAutomation>() {
        let action = billing_day::ask_to_pause(&page.frame, Field::hidden("target", format!("cluster:{id}")));
        page.actions.push(action);
        if page.notice.1.is_empty() {
            page.notice = ("info", page.frame.t("whm-cluster-maintained"));
        }
    }
    respond::page(&page)
}

fn acts(frame: &Frame, row: &cluster::Model) -> Vec<Action> {
    let test = Action::post(frame.t("whm-test"), format!("{HOME}/{}/test", row.id), "plug-connected");
    let others = TargetStatus::ALL.iter().filter(|status| **status != row.status);
    let choice = others.map(|status| (status.as_str().to_owned(), frame.word("target-status", status.as_str())));
    let change = Action::ask(
        frame.t("whm-cluster-status"),
        frame.t("whm-cluster-status-text"),
        "status",
        format!("{HOME}/{}/status", row.id),
        "adjustments",
    );
    let settings = Action::link(frame.t("whm-cluster-settings"), settings_of(&row.id), "key");
    let sold = Action::link(frame.t("whm-cluster-capacity"), format!("{HOME}/{}/capacity", row.id), "percentage");
    vec![
        settings,
        sold,
        change.with(vec![Field::new("status", frame.t("whm-status"), Kind::Choice(choice.collect()))]),
        test,
    ]
}

pub(super) fn detail_page(frame: Frame, row: &cluster::Model, load: Load, nodes: Option<Vec<Node>>) -> DetailPage {
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("target-status", row.status.as_str())),
        (frame.t("whm-driver"), Cell::text(&row.driver)),
        (frame.t("whm-region"), Cell::text(&row.region)),
        (frame.t("whm-domain"), Cell::text(&row.ingress_domain)),
        (frame.t("nav-instances"), Cell::text(load.instances.to_string())),
        (frame.t("whm-sold-cpu"), sold(&frame, format::cpu, load.cpu_milli, row.capacity_cpu_milli)),
        (frame.t("whm-sold-memory"), sold(&frame, format::memory, load.memory_mb, row.capacity_memory_mb)),
        (frame.t("whm-tested"), Cell::maybe_time(row.checked_at)),
        (frame.t("whm-created"), Cell::Time(row.created_at)),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ];
    let heads = [
        (frame.t("whm-name"), "cell-main"),
        (frame.t("whm-ready"), "cell-side"),
        (frame.t("whm-resources"), "cell-sub"),
    ];
    let is_silent = nodes.is_none();
    let machines = nodes.unwrap_or_default().into_iter().map(|node| {
        let ready = frame.t(if node.is_ready { "whm-yes" } else { "whm-no" });
        let gives = Cell::resources(&frame, node.allocatable.cpu_milli, node.allocatable.memory_mb, None);
        vec![Cell::Text(node.name), Cell::Text(ready), gives]
    });
    let machines = Table::new(frame.t("whm-nodes"), heads).with(machines);
    let notice = match row.check_ok {
        _ if is_silent => ("bad", frame.t("whm-cluster-silent")),
        Some(false) => ("bad", frame.t("whm-cluster-fails")),
        None => ("warn", frame.t("whm-cluster-untested")),
        Some(true) => ("info", String::new()),
    };
    let mut parts = vec![Part::Rows(frame.t("whm-nodes"), machines)];
    let found = clusters::found(row, frame.lang);
    if !found.is_empty() {
        parts.push(Part::Raw(frame.t("whm-test-result"), found));
    }
    DetailPage {
        title: row.name.clone(),
        subtitle: row.region.clone(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-clusters"),
        notice,
        actions: Vec::new(),
        facts,
        parts,
        frame,
    }
}

/// The driver new clusters have.
fn driver_of(staff: &Staff<can::ManageClusters>) -> Result<Arc<dyn Provisioner>, WebError> {
    Ok(staff.ctx.drivers.first().cloned().ok_or(CommonFault::NotFound)?)
}

pub(super) fn form_page(frame: Frame, driver: &dyn Provisioner, sent: &BTreeMap<String, String>) -> FormPage {
    let value = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let mut fields = vec![
        Field::line("name", frame.t("whm-name")).value(value("name")),
        Field::line("region", frame.t("whm-region")).value(value("region")),
        Field::number("capacity_cpu_milli", frame.t("whm-capacity-cpu"))
            .value(value("capacity_cpu_milli"))
            .unit("m")
            .help(frame.t("whm-milli-help")),
        Field::number("capacity_memory_mb", frame.t("whm-capacity-memory"))
            .value(value("capacity_memory_mb"))
            .unit("MiB")
            .help(frame.t("whm-mib-help")),
    ];
    fields.extend(setting_fields(&frame, driver, sent, true));
    FormPage {
        title: frame.t("whm-cluster-add"),
        subtitle: driver.name().to_owned(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-clusters"),
        action: format!("{HOME}/new"),
        submit: frame.t("whm-cluster-add-and-test"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

/// The settings of a driver as fields, named `settings.<name>`. What is secret is never shown; of a cluster that is
/// there it stays as it is where nothing is typed.
fn setting_fields(
    frame: &Frame,
    driver: &dyn Provisioner,
    sent: &BTreeMap<String, String>,
    is_new: bool,
) -> Vec<Field> {
    let fields = driver.settings().into_iter().map(|field| {
        let kind = match field.kind {
            SettingKind::Secret => Kind::Secret,
            SettingKind::LongText => Kind::Long,
            SettingKind::Switch => Kind::Switch,
            SettingKind::Number => Kind::Line("number"),
            SettingKind::Text => Kind::Line("text"),
        };
        let name = format!("settings.{}", field.name);
        let is_secret = field.kind == SettingKind::Secret;
        let shown = if is_secret { String::new() } else { sent.get(&name).cloned().unwrap_or_default() };
        let help = if is_secret && !is_new { "whm-secret-stays" } else { field.help_key };
        let made = Field::new(&name, frame.t(field.label_key), kind).help(frame.t(help)).value(shown);
        Field { required: field.required && (is_new || !is_secret), ..made }
    });
    fields.collect()
}

fn settings_of(id: &ClusterId) -> String {
    format!("{HOME}/{id}/settings")
}

pub(super) fn settings_page(
    frame: Frame,
    row: &cluster::Model,
    driver: &dyn Provisioner,
    sent: &BTreeMap<String, String>,
) -> FormPage {
    FormPage {
        title: frame.t("whm-cluster-settings"),
        subtitle: row.name.clone(),
        back: format!("{HOME}/{}", row.id),
        back_label: row.name.clone(),
        action: settings_of(&row.id),
        submit: frame.t("whm-cluster-test-and-save"),
        errors: FormErrors::none(),
        fields: setting_fields(&frame, driver, sent, false),
        actions: Vec::new(),
        frame,
    }
}

fn driver_named(staff: &Staff<can::ManageClusters>, row: &cluster::Model) -> Result<Arc<dyn Provisioner>, WebError> {
    Ok(staff.ctx.driver(&row.driver).cloned().ok_or(CommonFault::NotFound)?)
}

/// `GET /whm/clusters/{id}/settings`
pub async fn settings_form(staff: Staff<can::ManageClusters>, id: Path<ClusterId>) -> Result<HttpResponse, WebError> {
    let row = clusters::get(&staff.ctx.db, &id).await?;
    let driver = driver_named(&staff, &row)?;
    let known = cluster_settings::shown(&staff.ctx, &row)?;
    let known = known.into_iter().map(|(name, value)| (format!("settings.{name}"), value)).collect();
    respond::page(&settings_page(staff.frame(), &row, driver.as_ref(), &known))
}

/// `POST /whm/clusters/{id}/settings`: saved only where the cluster passes its test with them.
pub async fn replace_settings(
    staff: Fresh<can::ManageClusters>,
    id: Path<ClusterId>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let row = clusters::get(&staff.ctx.db, &id).await?;
    let driver = driver_named(&staff, &row)?;
    let is_secret =
        |name: &str| driver.settings().iter().any(|field| field.name == name && field.kind == SettingKind::Secret);
    // An empty field takes a setting away; an empty secret was only not shown.
    let changes = sent.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("settings.")?;
        (!value.trim().is_empty() || !is_secret(name)).then(|| (name.to_owned(), SecretString::from(value.trim())))
    });
    match cluster_settings::replace(&staff.ctx, &id, changes.collect()).await {
        Ok(_) => Ok(done(&format!("{HOME}/{id}"), "whm-cluster-settings-saved")),
        Err(fault) => refuse(fault, settings_page(staff.frame(), &row, driver.as_ref(), &sent)),
    }
}

/// `GET /whm/clusters/new`
pub async fn form(staff: Staff<can::ManageClusters>) -> Result<HttpResponse, WebError> {
    let driver = driver_of(&staff)?;
    respond::page(&form_page(staff.frame(), driver.as_ref(), &BTreeMap::new()))
}

/// `POST /whm/clusters/new`
pub async fn add(
    staff: Fresh<can::ManageClusters>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let driver = driver_of(&staff)?;
    let text = |name: &str| sent.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
    let number = |name: &str| text(name).parse().unwrap_or(0);
    let settings = sent.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("settings.")?;
        (!value.trim().is_empty()).then(|| (name.to_owned(), SecretString::from(value.trim())))
    });
    let new = NewCluster {
        name: text("name"),
        driver: driver.code().to_owned(),
        region: text("region"),
        settings: settings.collect(),
        capacity_cpu_milli: number("capacity_cpu_milli"),
        capacity_memory_mb: number("capacity_memory_mb"),
    };
    match clusters::add(&staff.ctx, new).await {
        Ok(row) => tested(&staff, &row.id).await,
        Err(fault) => refuse(fault, form_page(staff.frame(), driver.as_ref(), &sent)),
    }
}

/// Tests the cluster; what was found is on its page.
async fn tested(staff: &Staff<can::ManageClusters>, id: &ClusterId) -> Result<HttpResponse, WebError> {
    let here = format!("{HOME}/{id}");
    Ok(match clusters::check(&staff.ctx, id).await {
        Ok(_) => done(&here, "whm-test-passed"),
        Err(_) => flash::see_other(&here, Tone::Bad, "whm-test-failed"),
    })
}

/// `POST /whm/clusters/{id}/test`
pub async fn test(
    staff: Staff<can::ManageClusters>,
    id: Path<ClusterId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    clusters::get(&staff.ctx.db, &id).await?;
    tested(&staff, &id).await
}

/// The state it shall have.
#[derive(Deserialize)]
pub struct StatusForm {
    status: String,
}

/// `POST /whm/clusters/{id}/status`
pub async fn set_status(
    staff: Staff<can::ManageClusters>,
    id: Path<ClusterId>,
    SafeForm(form): SafeForm<StatusForm>,
) -> Result<HttpResponse, WebError> {
    let status = TargetStatus::parse(&form.status).ok_or(CommonFault::NotFound)?;
    clusters::set_status(&staff.ctx, &id, status).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-saved"))
}
