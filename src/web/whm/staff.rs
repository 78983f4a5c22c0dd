//! Who works here, in which roles.
use super::{
    EmptyForm, done, refuse,
    view::{Action, Cell, Field, FormPage, Kind, ListPage, Table},
};
use crate::{
    domain::identity::staff::{self, Colleague},
    kernel::{
        fault::CommonFault,
        permission::{BUILTIN_ROLES, can},
    },
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
use entity::value::UserId;
use std::collections::BTreeMap;

const HOME: &str = "/whm/staff";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/staff", web::get().to(list))
        .route("/staff/new", web::get().to(form))
        .route("/staff/new", web::post().to(add))
        .route("/staff/{id}", web::get().to(edit))
        .route("/staff/{id}", web::post().to(save))
        .route("/staff/{id}/revoke", web::post().to(revoke));
}

/// `GET /whm/staff`
pub async fn list(staff: Staff<can::ReadStaff>) -> Result<HttpResponse, WebError> {
    let rows = staff::list(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let may_manage = staff.may::<can::ManageStaff>();
    respond::page(&list_page(staff.frame(), &rows, may_manage))
}

pub(super) fn list_page(frame: Frame, rows: &[Colleague], may_manage: bool) -> ListPage {
    let columns = [
        (frame.t("whm-name"), "cell-main"),
        (frame.t("whm-email"), "cell-sub"),
        (frame.t("whm-roles"), "cell-side"),
        (frame.t("panel-totp-title"), ""),
        (frame.t("whm-since"), ""),
    ];
    let cells = rows.iter().map(|row| {
        let name = &row.user.name;
        let place = format!("{HOME}/{}", row.user.id);
        let roles: Vec<String> = row.roles.iter().map(|code| role(&frame, code)).collect();
        let factor = if row.has_second_factor { "panel-totp-on" } else { "panel-totp-off" };
        vec![
            if may_manage { Cell::link(name, place) } else { Cell::text(name) },
            Cell::text(&row.user.email),
            Cell::text(roles.join(", ")),
            Cell::text(frame.t(factor)),
            Cell::Day(row.user.created_at.date_naive()),
        ]
    });
    let add = Action::primary(frame.t("whm-staff-add"), format!("{HOME}/new"), "user-plus");
    ListPage {
        title: frame.t("nav-staff"),
        subtitle: frame.t("whm-staff-text"),
        actions: if may_manage { vec![add] } else { Vec::new() },
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-staff"), columns).with(cells),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: false,
        next: String::new(),
        frame,
    }
}

/// The word for a role; a role of the operator's own has only its code.
fn role(frame: &Frame, code: &str) -> String {
    frame.known(&format!("staff-role-{code}")).unwrap_or_else(|| code.to_owned())
}

fn role_fields(frame: &Frame, held: &[String]) -> Vec<Field> {
    let field = |code: &&str| {
        let is_held = held.iter().any(|held| held == code);
        let help = frame.t(&format!("staff-role-{code}-text"));
        let made = Field::new(&format!("role_{code}"), role(frame, code), Kind::Switch).help(help);
        made.value(if is_held { "1" } else { "" })
    };
    BUILTIN_ROLES.iter().map(field).collect()
}

/// The roles that are switched on in a form.
fn sent_roles(sent: &BTreeMap<String, String>) -> Vec<String> {
    let is_on = |code: &&&str| sent.get(&format!("role_{code}")).is_some_and(|value| value == "1");
    BUILTIN_ROLES.iter().filter(is_on).map(|code| (*code).to_owned()).collect()
}

pub(super) fn form_page(frame: Frame, sent: &BTreeMap<String, String>) -> FormPage {
    let value = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let mut fields = vec![
        Field::new("email", frame.t("whm-email"), Kind::Line("email")).value(value("email")),
        Field::line("name", frame.t("whm-name")).value(value("name")),
    ];
    fields.extend(role_fields(&frame, &sent_roles(sent)));
    FormPage {
        title: frame.t("whm-staff-add"),
        subtitle: frame.t("whm-staff-add-text"),
        back: HOME.to_owned(),
        back_label: frame.t("nav-staff"),
        action: format!("{HOME}/new"),
        submit: frame.t("whm-staff-invite"),
        errors: FormErrors::none(),
        fields,
        actions: Vec::new(),
        frame,
    }
}

/// `GET /whm/staff/new`
pub async fn form(staff: Staff<can::ManageStaff>) -> Result<HttpResponse, WebError> {
    respond::page(&form_page(staff.frame(), &BTreeMap::new()))
}

/// `POST /whm/staff/new`
pub async fn add(
    staff: Fresh<can::ManageStaff>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let text = |name: &str| sent.get(name).map(String::as_str).unwrap_or_default();
    match staff::invite(&staff.ctx, text("email"), text("name"), &sent_roles(&sent)).await {
        Ok(_) => Ok(done(HOME, "whm-staff-invited")),
        Err(fault) => refuse(fault, form_page(staff.frame(), &sent)),
    }
}

pub(super) fn edit_page(frame: Frame, row: &Colleague, held: &[String]) -> FormPage {
    let here = format!("{HOME}/{}", row.user.id);
    let text = frame.ta("whm-staff-revoke-text", [("name", row.user.name.as_str())]);
    let revoke = Action::ask(frame.t("whm-staff-revoke"), text, "revoke", format!("{here}/revoke"), "ban").danger();
    FormPage {
        title: row.user.name.clone(),
        subtitle: row.user.email.clone(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-staff"),
        action: here,
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: role_fields(&frame, held),
        actions: vec![revoke],
        frame,
    }
}

/// `GET /whm/staff/{id}`
pub async fn edit(staff: Staff<can::ManageStaff>, id: Path<UserId>) -> Result<HttpResponse, WebError> {
    let row = staff::get(&staff.ctx.db, &id).await?;
    respond::page(&edit_page(staff.frame(), &row, &row.roles))
}

/// `POST /whm/staff/{id}`
pub async fn save(
    staff: Fresh<can::ManageStaff>,
    id: Path<UserId>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let row = staff::get(&staff.ctx.db, &id).await?;
    let roles = sent_roles(&sent);
    match staff::set_roles(&staff.ctx, &id, &roles).await {
        Ok(()) => Ok(done(HOME, "whm-saved")),
        Err(fault) => refuse(fault, edit_page(staff.frame(), &row, &roles)),
    }
}

/// `POST /whm/staff/{id}/revoke`
pub async fn revoke(
    staff: Fresh<can::ManageStaff>,
    id: Path<UserId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    staff::revoke(&staff.ctx, &id).await?;
    Ok(done(HOME, "whm-staff-revoked"))
}
