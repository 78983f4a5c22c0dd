//! The account's details and members; a person's password, second factor and sessions.
#[cfg(test)]
pub mod samples;
mod security;
pub mod view;

use crate::{
    domain::customers::{self, ProfileChange},
    kernel::{
        fault::{CommonFault, Fault, Kind},
        permission::may,
    },
    web::{WebError, flash, form_errors::FormErrors, forms::SafeForm, principal::Member, respond, tone::Tone},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, ServiceConfig},
};
use serde::Deserialize;
use view::{ProfileFields, ProfilePage};

/// The addresses of the profile.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/panel/profile", web::get().to(show))
        .route("/panel/profile", web::post().to(save))
        .route("/panel/profile/security", web::get().to(security::show))
        .route("/panel/profile/password", web::post().to(security::change_password))
        .route("/panel/profile/second-factor", web::post().to(security::enrol))
        .route("/panel/profile/second-factor/confirm", web::post().to(security::confirm))
        .route("/panel/profile/second-factor/recovery-codes", web::post().to(security::renew_codes))
        .route("/panel/profile/second-factor/remove", web::post().to(security::remove))
        .route("/panel/profile/sessions/end-all", web::post().to(security::end_sessions));
}

async fn show(member: Member<may::Read>) -> Result<HttpResponse, WebError> {
    let customer = customers::get(&member.ctx.db, &member.customer_id).await?;
    page(&member, ProfileFields::of(&customer), FormErrors::none(), StatusCode::OK).await
}

async fn page(
    member: &Member<may::Read>,
    profile: ProfileFields,
    errors: FormErrors,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    let members = customers::members_of(&member.ctx.db, &member.customer_id).await.map_err(CommonFault::from)?;
    let may_change = member.may::<may::ManageProfile>();
    respond::page_with(status, &ProfilePage::build(member.frame(), profile, errors, may_change, &members))
}

/// Everything the form sends; a field that is not sent stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ProfileForm {
    name: Option<String>,
    company: Option<String>,
    street_1: Option<String>,
    street_2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country_code: Option<String>,
    phone: Option<String>,
    npwp: Option<String>,
    nitku: Option<String>,
    locale: Option<String>,
}

impl From<ProfileForm> for ProfileChange {
    fn from(form: ProfileForm) -> Self {
        Self {
            name: form.name,
            company: form.company,
            street_1: form.street_1,
            street_2: form.street_2,
            city: form.city,
            state: form.state,
            postal_code: form.postal_code,
            country_code: form.country_code,
            phone: form.phone,
            npwp: form.npwp,
            nitku: form.nitku,
            locale: form.locale,
        }
    }
}

/// `POST /panel/profile`
async fn save(
    manager: Member<may::ManageProfile>,
    reader: Member<may::Read>,
    SafeForm(form): SafeForm<ProfileForm>,
) -> Result<HttpResponse, WebError> {
    match customers::update_profile(&manager.ctx, &manager.customer_id, form.clone().into()).await {
        Ok(_) => Ok(flash::see_other("/panel/profile", Tone::Good, "panel-profile-saved")),
        Err(fault) if fault.kind() == Kind::Invalid => {
            let errors = FormErrors::of_fault(&reader.frame(), &fault);
            page(&reader, ProfileFields::typed(form), errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(fault) => Err(fault.into()),
    }
}
