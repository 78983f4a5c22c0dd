//! The settings of a service: looked at, filled in, shown as a difference, and changed once that is agreed to.
use super::{
    settings_view::{ReviewPage, SettingsPage},
    show::{load, rights_of},
};
use crate::{
    domain::{
        Ctx,
        provisioning::{
            ProvisioningError,
            environment::{self, Editor, Environment, Wish},
            find,
        },
    },
    kernel::{
        fault::CommonFault,
        page::PageRequest,
        permission::{MemberRight, may},
    },
    web::{
        WebError, environment as forms_of, flash, form_errors::FormErrors, forms::SafeForm, principal::Member, respond,
        tone::Tone,
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use entity::{
    provisioning::instance,
    value::{InstanceId, InstanceStatus},
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `GET /panel/services/{id}/settings`
pub async fn page(member: Member<may::Read>, id: Path<InstanceId>) -> Result<HttpResponse, WebError> {
    respond::page(&settings_page(&member, &id, &BTreeMap::new(), FormErrors::none()).await?)
}

/// The page, with what was typed into its form and what is wrong with that.
async fn settings_page<R: MemberRight>(
    member: &Member<R>,
    id: &InstanceId,
    typed: &BTreeMap<String, String>,
    errors: FormErrors,
) -> Result<SettingsPage, WebError> {
    let works = PageRequest { after: None, limit: 1 };
    let loaded = load(&member.ctx, &member.customer_id, id, &works).await?;
    let row = loaded.instance.as_ref().ok_or(CommonFault::NotFound)?;
    let environment = environment::read(&member.ctx, row, Editor::Customer).await?;
    let (frame, rights) = (member.frame(), rights_of(member));
    let service = loaded.card(&frame, "settings", rights);
    Ok(SettingsPage::build(frame, service, &environment, rights.operate, typed, errors))
}

fn home(id: &InstanceId) -> String {
    format!("/panel/services/{id}/settings")
}

fn stale(id: &InstanceId) -> HttpResponse {
    flash::see_other(&home(id), Tone::Warn, "panel-settings-stale")
}

/// Who alone a wish that waits to be agreed to opens for: no other secret of the house is sealed for that.
fn owner_of(id: &InstanceId) -> String {
    format!("wish:{id}")
}

/// What was typed goes into the page that asks, and comes back with the answer, sealed: a secret is never sent to a page.
fn sealed(ctx: &Ctx, id: &InstanceId, wish: &Wish) -> Result<String, WebError> {
    let plain = serde_json::to_vec(wish).map_err(|error| CommonFault::Internal(error.to_string()))?;
    Ok(ctx.secrets.seal(&owner_of(id), &plain))
}

fn opened(ctx: &Ctx, id: &InstanceId, sealed: &str) -> Option<Wish> {
    let plain = ctx.secrets.open(&owner_of(id), sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// `POST /panel/services/{id}/settings`: what would change, and what that means.
pub async fn review(
    member: Member<may::Operate>,
    id: Path<InstanceId>,
    SafeForm(form): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let ctx = &member.ctx;
    let row = find::get_for(&ctx.db, &member.customer_id, &id).await?;
    let environment = environment::read(ctx, &row, Editor::Customer).await?;
    let wish = forms_of::wish_of(&form, &environment);
    match environment::preview(ctx, &row, Editor::Customer, &wish).await {
        Ok(differences) if differences.is_empty() => {
            Ok(flash::see_other(&home(&id), Tone::Info, "panel-settings-same"))
        }
        Ok(differences) => {
            let sealed = sealed(ctx, &id, &wish)?;
            respond::page(&ReviewPage::build(member.frame(), &row, &differences, sealed))
        }
        Err(ProvisioningError::SettingsChanged) => Ok(stale(&id)),
        Err(fault) => refused(&member, &row, &environment, &wish, fault).await,
    }
}

/// The form again with what is wrong at its fields; what is about anything else is a page of its own.
async fn refused(
    member: &Member<may::Operate>,
    row: &instance::Model,
    environment: &Environment,
    wish: &Wish,
    fault: ProvisioningError,
) -> Result<HttpResponse, WebError> {
    let Some(errors) = forms_of::errors_of(&member.frame(), &fault, environment) else {
        return Err(fault.into());
    };
    let page = settings_page(member, &row.id, &wish.values, errors).await?;
    respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// What was agreed to.
#[derive(Deserialize)]
pub struct ApplyForm {
    #[serde(default)]
    sealed: String,
}

/// `POST /panel/services/{id}/settings/apply`: agreed. Sent twice, it is done once.
pub async fn apply(
    member: Member<may::Operate>,
    id: Path<InstanceId>,
    SafeForm(form): SafeForm<ApplyForm>,
) -> Result<HttpResponse, WebError> {
    let ctx = &member.ctx;
    let row = find::get_for(&ctx.db, &member.customer_id, &id).await?;
    // Sealed under a key that is gone by now, or not by us.
    let Some(wish) = opened(ctx, &id, &form.sealed) else { return Ok(stale(&id)) };
    let service = format!("/panel/services/{id}");
    match environment::change_by_customer(ctx, &member.customer_id, &id, &wish).await {
        Ok(Some(_)) => {
            let is_stopped = row.status == InstanceStatus::Stopped;
            let key = if is_stopped { "panel-settings-asked-stopped" } else { "panel-settings-asked" };
            Ok(flash::see_other(&service, Tone::Info, key))
        }
        Ok(None) => Ok(flash::see_other(&service, Tone::Info, "panel-settings-same")),
        Err(ProvisioningError::SettingsChanged) => Ok(stale(&id)),
        Err(fault) => Err(fault.into()),
    }
}
