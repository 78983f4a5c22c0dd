//! Proving again who one is, before money leaves, roles change or secrets are stored.
use super::view::{Field, FormPage, Kind as FieldKind};
use crate::{
    domain::identity::step_up::{self, Proof},
    kernel::fault::{Fault, Kind},
    web::{
        WebError, errors, flash, form_errors::FormErrors, forms::SafeForm, principal::Enrolling, public::local_path,
        respond,
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Query, ServiceConfig},
};
use serde::Deserialize;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/step-up", web::get().to(ask)).route("/step-up", web::post().to(prove));
}

/// Where to go on.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    next: Option<String>,
}

/// What was typed.
#[derive(Deserialize)]
pub struct ProofForm {
    proof: String,
    next: Option<String>,
}

fn page(staff: &Enrolling, next: &str) -> FormPage {
    let frame = staff.frame();
    let has_code = staff.signed_in.has_second_factor;
    let field = if has_code {
        Field::line("proof", frame.t("whm-step-up-code"))
    } else {
        Field::new("proof", frame.t("whm-step-up-password"), FieldKind::Password)
    };
    FormPage {
        title: frame.t("whm-step-up"),
        subtitle: frame.t("whm-step-up-why"),
        back: next.to_owned(),
        back_label: frame.t("action-back"),
        action: "/whm/step-up".to_owned(),
        submit: frame.t("action-continue"),
        errors: FormErrors::none(),
        fields: vec![field, Field::hidden("next", next)],
        actions: Vec::new(),
        frame,
    }
}

/// `GET /whm/step-up`
pub async fn ask(staff: Enrolling, query: Query<Next>) -> Result<HttpResponse, WebError> {
    respond::page(&page(&staff, local_path(query.next.as_deref(), "/whm")))
}

/// `POST /whm/step-up`
pub async fn prove(staff: Enrolling, SafeForm(form): SafeForm<ProofForm>) -> Result<HttpResponse, WebError> {
    let next = local_path(form.next.as_deref(), "/whm");
    let is_code = staff.signed_in.has_second_factor;
    let proof = if is_code { Proof::Otp(&form.proof) } else { Proof::Password(&form.proof) };
    match step_up::prove(&staff.ctx, &staff.user_id, &staff.signed_in.holder, proof).await {
        Ok(()) => Ok(flash::redirect(next)),
        Err(fault) if matches!(fault.kind(), Kind::Unauthenticated | Kind::Invalid | Kind::TooMany { .. }) => {
            let page = page(&staff, next);
            let mut errors = FormErrors::none();
            errors.add("proof", errors::sentence(&page.frame, &fault));
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page.refused(errors))
        }
        Err(fault) => Err(fault.into()),
    }
}
