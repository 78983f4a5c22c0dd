//! Proving again who one is, before money leaves.
use super::view::{Field, FormPage, Kind as FieldKind};
use crate::{
    domain::identity::step_up::{self, Proof},
    kernel::{
        fault::{Fault, Kind},
        permission::can,
    },
    web::{
        WebError, errors, flash,
        form_errors::FormErrors,
        forms::SafeForm,
        principal::Staff,
        public::{local_path, query_value},
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

/// `Some` answer that leads through the step-up page and back to `back`, unless identity was proven freshly.
pub async fn detour<P: crate::kernel::permission::Permission>(
    staff: &Staff<P>,
    back: &str,
) -> Result<Option<HttpResponse>, WebError> {
    match staff.require_fresh().await {
        Ok(()) => Ok(None),
        Err(WebError(fault)) if fault.kind() == Kind::Forbidden || fault.kind() == Kind::Unauthenticated => {
            Ok(Some(flash::redirect(&format!("/whm/step-up?next={}", query_value(back)))))
        }
        Err(error) => Err(error),
    }
}

fn page(staff: &Staff<can::SeeDashboard>, next: &str) -> FormPage {
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
pub async fn ask(staff: Staff<can::SeeDashboard>, query: Query<Next>) -> Result<HttpResponse, WebError> {
    respond::page(&page(&staff, local_path(query.next.as_deref(), "/whm")))
}

/// `POST /whm/step-up`
pub async fn prove(
    staff: Staff<can::SeeDashboard>,
    SafeForm(form): SafeForm<ProofForm>,
) -> Result<HttpResponse, WebError> {
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
