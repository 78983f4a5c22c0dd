//! Settings of a service: what they are, and changing them for a customer.
use super::{
    done,
    view::{Action, Cell, DetailPage, Field, FormPage, Kind, Table},
};
use crate::{
    domain::provisioning::{
        ProvisioningError,
        environment::{self, Editor, Environment, Setting},
        find,
    },
    integrations::drivers::service_template::ParameterKind,
    kernel::permission::can,
    web::{
        WebError,
        environment::{errors_of, field_of, label, rule, told, wish_of},
        flash,
        form_errors::FormErrors,
        forms::SafeForm,
        frame::Frame,
        principal::Staff,
        respond,
        tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Path, ServiceConfig},
};
use entity::{provisioning::instance, value::InstanceId};
use std::collections::BTreeMap;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/instances/{id}/settings", web::get().to(form))
        .route("/instances/{id}/settings", web::post().to(save));
}

fn home(id: &InstanceId) -> String {
    format!("/whm/instances/{id}")
}

/// The settings as rows: value, and who may change it. Nothing is told of secrets.
pub(super) fn table(frame: &Frame, environment: &Environment) -> Table {
    let columns = [
        (frame.t("whm-environment-setting"), "cell-main cell-wrap"),
        (frame.t("whm-environment-value"), "cell-side cell-wrap"),
        (frame.t("whm-environment-edit"), "cell-sub"),
    ];
    let cells = environment.settings.iter().map(|setting| {
        vec![
            Cell::Text(label(frame, &setting.parameter)),
            Cell::Text(told(frame, setting)),
            Cell::Text(frame.word("whm-environment-edit", setting.parameter.edit.as_str())),
        ]
    });
    Table::new(frame.t("whm-environment"), columns).with(cells)
}

/// What staff can do about them on the page of the instance.
pub(super) fn action(frame: &Frame, id: &InstanceId, environment: &Environment) -> Option<Action> {
    let href = format!("{}/settings", home(id));
    environment.is_open().then(|| Action::link(frame.t("whm-environment-change"), href, "settings"))
}

/// `GET /whm/instances/{id}/settings`
pub async fn form(staff: Staff<can::OperateInstances>, id: Path<InstanceId>) -> Result<HttpResponse, WebError> {
    let row = find::get(&staff.ctx.db, &id).await?;
    let environment = environment::read(&staff.ctx, &row, Editor::Staff).await?;
    if environment.is_open() {
        respond::page(&form_page(staff.frame(), &row, &environment, &BTreeMap::new()))
    } else {
        respond::page(&closed_page(staff.frame(), &row, &environment))
    }
}

pub(super) fn form_page(
    frame: Frame,
    row: &instance::Model,
    environment: &Environment,
    typed: &BTreeMap<String, String>,
) -> FormPage {
    let open = environment.settings.iter().filter(|setting| setting.may_change);
    let mut fields = vec![Field::hidden("revision", environment.revision.to_string())];
    fields.extend(open.map(|setting| field(&frame, setting, typed)));
    FormPage {
        title: frame.t("whm-environment-change"),
        subtitle: frame.t("whm-environment-help"),
        back: home(&row.id),
        back_label: row.name.clone(),
        action: format!("{}/settings", home(&row.id)),
        submit: frame.t("whm-environment-change"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

fn field(frame: &Frame, setting: &Setting, typed: &BTreeMap<String, String>) -> Field {
    let parameter = &setting.parameter;
    let same = |word: &str| (word.to_owned(), word.to_owned());
    let kind = match parameter.kind {
        ParameterKind::String | ParameterKind::Hostname => Kind::Line("text"),
        ParameterKind::Int => Kind::Line("number"),
        ParameterKind::Email => Kind::Line("email"),
        ParameterKind::Password => Kind::Line("password"),
        ParameterKind::Text => Kind::Long,
        ParameterKind::Bool => {
            Kind::Choice(vec![("true".to_owned(), frame.t("order-yes")), ("false".to_owned(), frame.t("order-no"))])
        }
        ParameterKind::Enum => Kind::Choice(parameter.options.iter().map(|word| same(word)).collect()),
    };
    let value = match &setting.value {
        Some(present) => typed.get(&parameter.key).unwrap_or(present).clone(),
        None => String::new(),
    };
    let field =
        Field::new(&field_of(parameter), label(frame, parameter), kind).value(value).help(rule(frame, parameter));
    let may_be_empty = parameter.is_secret() || parameter.check("").is_ok();
    if may_be_empty { field.optional() } else { field }
}

/// What is there, where nothing can be changed.
pub(super) fn closed_page(frame: Frame, row: &instance::Model, environment: &Environment) -> DetailPage {
    let facts = environment.settings.iter();
    DetailPage {
        title: frame.t("whm-environment"),
        subtitle: row.name.clone(),
        back: home(&row.id),
        back_label: row.name.clone(),
        notice: ("info", frame.t("whm-environment-closed")),
        actions: Vec::new(),
        facts: facts.map(|one| (label(&frame, &one.parameter), Cell::Text(told(&frame, one)))).collect(),
        parts: Vec::new(),
        frame,
    }
}

/// `POST /whm/instances/{id}/settings`: sent twice, it is done once.
pub async fn save(
    staff: Staff<can::OperateInstances>,
    id: Path<InstanceId>,
    SafeForm(form): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let row = find::get(&staff.ctx.db, &id).await?;
    let environment = environment::read(&staff.ctx, &row, Editor::Staff).await?;
    let wish = wish_of(&form, &environment);
    match environment::change_by_staff(&staff.ctx, &id, &wish).await {
        Ok(Some(_)) => Ok(done(&home(&id), "whm-environment-asked")),
        Ok(None) => Ok(flash::see_other(&home(&id), Tone::Info, "whm-environment-same")),
        Err(ProvisioningError::SettingsChanged) => {
            Ok(flash::see_other(&format!("{}/settings", home(&id)), Tone::Warn, "whm-environment-stale"))
        }
        Err(fault) => {
            let frame = staff.frame();
            let Some(errors) = errors_of(&frame, &fault, &environment) else { return Err(fault.into()) };
            let page = form_page(frame, &row, &environment, &wish.values).refused(errors);
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
