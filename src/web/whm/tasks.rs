//! Provisioning: the work on instances, step by step.
use super::{
    EmptyForm, ReasonForm, done,
    query::ListQuery,
    view::{Action, Cell, DetailPage, Field, ListPage, Part, Step, Table},
};
use crate::{
    domain::{
        customers,
        provisioning::{StepView, TaskView, backups, find, tasks},
        reports::audit,
    },
    kernel::{fault::CommonFault, format, locale, permission::can},
    web::{
        WebError,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    provisioning::task,
    value::{CustomerId, InstanceId, ProvisionTaskId, TaskStatus},
};
use std::collections::HashMap;

const HOME: &str = "/whm/tasks";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/tasks", web::get().to(list))
        .route("/tasks/{id}", web::get().to(show))
        .route("/tasks/{id}/retry", web::post().to(retry))
        .route("/tasks/{id}/solved", web::post().to(solved))
        .route("/tasks/{id}/without-backup", web::post().to(without_backup))
        .route("/tasks/{id}/turn-back", web::post().to(turn_back));
}

/// `GET /whm/tasks`
pub async fn list(staff: Staff<can::ReadTasks>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let status = TaskStatus::parse(query.state());
    let page = find::tasks(db, status, &query.page()).await.map_err(CommonFault::from)?;
    let ids = page.rows.iter().map(|row| row.customer_id.clone());
    let customers = customers::names_of(db, ids).await.map_err(CommonFault::from)?;
    let ids = page.rows.iter().map(|row| row.instance_id.clone());
    let instances = find::names_of(db, ids).await.map_err(CommonFault::from)?;
    let frame = staff.frame();
    let table = table(&frame, &page.rows, &instances, &customers);
    respond::page(&list_page(frame, &query, table, page.next_cursor.as_deref()))
}

pub(super) fn list_page(frame: Frame, query: &ListQuery, table: Table, next: Option<&str>) -> ListPage {
    let states: Vec<&str> = TaskStatus::ALL.iter().map(|status| status.as_str()).collect();
    ListPage {
        title: frame.t("nav-tasks"),
        subtitle: String::new(),
        actions: Vec::new(),
        search: Default::default(),
        chips: query.chips(&frame, HOME, "task-status", &states),
        table,
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// Tasks as rows.
pub(super) fn table(
    frame: &Frame,
    rows: &[task::Model],
    instances: &HashMap<InstanceId, String>,
    customers: &HashMap<CustomerId, String>,
) -> Table {
    let columns = [
        (frame.t("whm-task"), "cell-main"),
        (frame.t("whm-instance"), "cell-sub"),
        (frame.t("whm-customer"), ""),
        (frame.t("whm-status"), "cell-side"),
        (frame.t("whm-attempts"), "num"),
        (frame.t("whm-failure"), ""),
        (frame.t("whm-created"), ""),
    ];
    let rows = rows.iter().map(|row| {
        let name = instances.get(&row.instance_id).unwrap_or(&row.instance_id.0);
        vec![
            Cell::link(frame.word("task-action", row.action.as_str()), format!("{HOME}/{}", row.id)),
            Cell::link(name, format!("/whm/instances/{}", row.instance_id)),
            Cell::customer(customers.get(&row.customer_id), row.customer_id.as_str()),
            Cell::Status("task-status", row.status.as_str()),
            Cell::text(row.attempts.to_string()),
            Cell::maybe(row.error_code.clone()),
            Cell::Time(row.created_at),
        ]
    });
    Table::new(frame.t("nav-tasks"), columns).with(rows)
}

/// `GET /whm/tasks/{id}`
pub async fn show(staff: Staff<can::ReadTasks>, id: Path<ProvisionTaskId>) -> Result<HttpResponse, WebError> {
    let (ctx, id) = (&staff.ctx, id.into_inner());
    let task = find::task(&ctx.db, &id).await?;
    let view = find::task_view(&ctx.db, &task).await.map_err(CommonFault::from)?;
    let instance = find::get(&ctx.db, &task.instance_id).await?;
    let customer = customers::get(&ctx.db, &task.customer_id).await?;
    let by = task.requested_by.split_once(':').map_or_else(String::new, |(_, id)| id.to_owned());
    let people = audit::names_of(ctx, [by]).await.map_err(CommonFault::from)?;
    let frame = staff.frame();
    let by = asked_by(&frame, &task.requested_by, &people);
    let mut page = detail_page(frame, &task, &view, &instance.name, &customer.name);
    page.facts.push((page.frame.t("whm-asked-by"), Cell::Text(by)));
    if staff.may::<can::RetryTasks>() {
        let may_turn_back = tasks::may_turn_back(&ctx.db, &task).await.map_err(CommonFault::from)?;
        let actions = acts(&page.frame, &task, may_turn_back, backups::is_missed(&view));
        page.actions.extend(actions);
    }
    respond::page(&page)
}

/// What staff can do about work that goes no further by itself.
fn acts(frame: &Frame, task: &task::Model, may_turn_back: bool, lacks_backup: bool) -> Vec<Action> {
    let here = format!("{HOME}/{}", task.id);
    let reason = || vec![Field::line("reason", frame.t("whm-reason"))];
    let mut acts = Vec::new();
    if matches!(task.status, TaskStatus::Failed | TaskStatus::NeedsReview) {
        acts.push(Action::post(frame.t("action-retry"), format!("{here}/retry"), "refresh"));
    }
    if may_turn_back {
        let (label, text) = (frame.t("whm-turn-back"), frame.t("whm-turn-back-text"));
        let ask = Action::ask(label, text, "turn-back", format!("{here}/turn-back"), "arrow-back-up");
        acts.push(ask.with(reason()).danger());
    }
    if task.status == TaskStatus::NeedsReview && lacks_backup {
        let (label, text) = (frame.t("whm-without-backup"), frame.t("whm-without-backup-text"));
        let ask = Action::ask(label, text, "without-backup", format!("{here}/without-backup"), "trash");
        acts.push(ask.with(reason()).danger());
    } else if task.status == TaskStatus::NeedsReview {
        let text = frame.t("whm-solved-text");
        let ask = Action::ask(frame.t("whm-solved"), text, "solved", format!("{here}/solved"), "check");
        acts.push(ask.with(reason()));
    }
    acts
}

/// Who asked for the work: a person's name, or the program itself.
fn asked_by(frame: &Frame, by: &str, people: &HashMap<String, String>) -> String {
    match by.split_once(':') {
        Some(("user" | "staff", id)) => people.get(id).cloned().unwrap_or_else(|| id.to_owned()),
        _ => frame.t("whm-by-system"),
    }
}

pub(super) fn detail_page(
    frame: Frame,
    task: &task::Model,
    view: &TaskView,
    instance: &str,
    customer: &str,
) -> DetailPage {
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("task-status", task.status.as_str())),
        (frame.t("whm-instance"), Cell::link(instance, format!("/whm/instances/{}", task.instance_id))),
        (frame.t("whm-customer"), Cell::link(customer, format!("/whm/customers/{}", task.customer_id))),
        (frame.t("whm-attempts"), Cell::text(task.attempts.to_string())),
        (frame.t("whm-failure"), Cell::maybe(task.error_code.clone())),
        (frame.t("whm-failure-text"), Cell::maybe(task.error_message.clone())),
        (frame.t("whm-created"), Cell::Time(task.created_at)),
        (frame.t("whm-started"), Cell::maybe_time(task.started_at)),
        (frame.t("whm-finished"), Cell::maybe_time(task.finished_at)),
        ("ID".to_owned(), Cell::Code(task.id.0.clone())),
    ];
    let steps = view.steps.iter().map(|step| shown(&frame, step)).collect();
    let needs_review = task.status == TaskStatus::NeedsReview;
    DetailPage {
        title: frame.word("task-action", task.action.as_str()),
        subtitle: instance.to_owned(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-tasks"),
        notice: if needs_review { ("warn", frame.t("whm-task-review")) } else { ("info", String::new()) },
        actions: Vec::new(),
        facts,
        parts: vec![Part::Steps(frame.t("whm-steps"), steps)],
        frame,
    }
}

/// A step with how long it took, what it waits for and what the outside system said.
fn shown(frame: &Frame, step: &StepView) -> Step {
    let label = format!("phase-{}", step.name);
    let took = step.started_at.zip(step.finished_at).map(|(from, to)| (to - from).num_seconds());
    let reason = step.reason.as_ref().map(|code| {
        let key = format!("reason-{code}");
        if locale::exists(frame.lang, &key) { frame.t(&key) } else { code.clone() }
    });
    let parts = [
        took.map(|seconds| format::duration(seconds, frame.lang)),
        reason,
        step.detail.clone(),
        step.note_in(frame.lang),
    ];
    Step {
        label: if locale::exists(frame.lang, &label) { frame.t(&label) } else { step.name.clone() },
        state: step.status.as_str(),
        note: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}

/// `POST /whm/tasks/{id}/retry`
pub async fn retry(
    staff: Staff<can::RetryTasks>,
    id: Path<ProvisionTaskId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    let task = tasks::retry_task(&staff.ctx, &id).await?;
    Ok(done(&format!("{HOME}/{}", task.id), "whm-task-retried"))
}

/// `POST /whm/tasks/{id}/solved`
pub async fn solved(
    staff: Staff<can::RetryTasks>,
    id: Path<ProvisionTaskId>,
    SafeForm(form): SafeForm<ReasonForm>,
) -> Result<HttpResponse, WebError> {
    tasks::mark_solved(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-task-solved"))
}

/// `POST /whm/tasks/{id}/without-backup`
pub async fn without_backup(
    staff: Fresh<can::RetryTasks>,
    id: Path<ProvisionTaskId>,
    SafeForm(form): SafeForm<ReasonForm>,
) -> Result<HttpResponse, WebError> {
    tasks::remove_without_backup(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-task-solved"))
}

/// `POST /whm/tasks/{id}/turn-back`
pub async fn turn_back(
    staff: Staff<can::RetryTasks>,
    id: Path<ProvisionTaskId>,
    SafeForm(form): SafeForm<ReasonForm>,
) -> Result<HttpResponse, WebError> {
    tasks::turn_back(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-task-turned-back"))
}
