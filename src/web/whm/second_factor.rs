//! Staff set up their second factor here, before anything else of WHM opens.
use crate::{
    domain::{
        documents,
        identity::{IdentityError, totp},
    },
    kernel::fault::{CommonFault, Fault, Kind},
    web::{
        WebError, filters, flash, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Enrolling, respond,
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, ServiceConfig},
};
use serde::Deserialize;

const HOME: &str = "/whm/second-factor";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/second-factor", web::get().to(show))
        .route("/second-factor", web::post().to(begin))
        .route("/second-factor/confirm", web::post().to(confirm));
}

/// What is scanned or typed into an authenticator.
pub struct Secret {
    pub qr: String,
    pub text: String,
}

/// The page: how to begin, what to scan, or the recovery codes.
#[derive(askama::Template)]
#[template(path = "whm/second_factor.html")]
pub struct SecondFactorPage {
    pub frame: Frame,
    pub secret: Option<Secret>,
    pub recovery_codes: Vec<String>,
    pub recovery_text: String,
    pub errors: FormErrors,
}

async fn page(staff: &Enrolling, errors: FormErrors) -> Result<HttpResponse, WebError> {
    let pending = totp::pending(&staff.ctx, &staff.user_id).await?;
    let too_long = || CommonFault::Internal("the address of a second factor does not fit a QR code".to_owned());
    let secret = match pending {
        None => None,
        Some(begun) => Some(Secret { qr: documents::qr_svg(&begun.url).ok_or_else(too_long)?, text: begun.secret }),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (recovery_codes, recovery_text) = (Vec::new(), String::new());
    let page = SecondFactorPage { frame: staff.frame(), secret, recovery_codes, recovery_text, errors };
    respond::page_with(status, &page)
}

/// `GET /whm/second-factor`
pub async fn show(staff: Enrolling) -> Result<HttpResponse, WebError> {
    if staff.signed_in.has_second_factor {
        return Ok(flash::redirect("/whm"));
    }
    staff.require_fresh().await?;
    page(&staff, FormErrors::none()).await
}

/// `POST /whm/second-factor`: makes a fresh secret.
pub async fn begin(staff: Enrolling, _: SafeForm<super::EmptyForm>) -> Result<HttpResponse, WebError> {
    staff.require_fresh().await?;
    totp::enrol(&staff.ctx, &staff.user_id).await?;
    Ok(flash::redirect(HOME))
}

/// The first code of an authenticator.
#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

/// `POST /whm/second-factor/confirm`: shows the recovery codes, once.
pub async fn confirm(staff: Enrolling, SafeForm(form): SafeForm<CodeForm>) -> Result<HttpResponse, WebError> {
    staff.require_fresh().await?;
    match totp::confirm(&staff.ctx, &staff.user_id, &form.code).await {
        Ok(recovery_codes) => respond::page(&SecondFactorPage {
            frame: staff.frame(),
            secret: None,
            recovery_text: recovery_codes.join(" "),
            recovery_codes,
            errors: FormErrors::none(),
        }),
        Err(fault) if fault.kind() == Kind::Invalid => {
            let errors = FormErrors::of_fault(&staff.frame(), &fault);
            page(&staff, errors).await
        }
        // Confirmed in another window, or not begun: the page knows how to go on.
        Err(IdentityError::TotpActive | IdentityError::NotFound) => Ok(flash::redirect(HOME)),
        Err(fault) => Err(fault.into()),
    }
}
