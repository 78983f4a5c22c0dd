//! A person's own keys: password, second factor, sessions. Everything here asks for the password first or ends what it
//! touches.
use super::view::{Enrolment, SecurityPage, SessionRow};
use crate::{
    domain::{
        documents,
        identity::{self, IdentityError, session, step_up, step_up::Proof, totp},
    },
    kernel::{
        fault::{CommonFault, Fault, Kind},
        permission::may,
    },
    web::{
        WebError, errors, flash,
        form_errors::FormErrors,
        forms::SafeForm,
        panel::Nothing,
        principal::{Member, session_cookie},
        respond,
        tone::Tone,
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use serde::Deserialize;

/// What a page shows beside the facts.
#[derive(Default)]
struct Shown {
    password_errors: FormErrors,
    totp_errors: FormErrors,
    enrolment: Option<Enrolment>,
    recovery_codes: Vec<String>,
    has_second_factor: Option<bool>,
}

/// `GET /panel/profile/security`
pub async fn show(member: Member<may::Read>) -> Result<HttpResponse, WebError> {
    page(&member, Shown::default()).await
}

async fn page(member: &Member<may::Read>, shown: Shown) -> Result<HttpResponse, WebError> {
    let frame = member.frame();
    let ctx = &member.ctx;
    let found = session::list_of(&ctx.db, ctx.now(), &member.user_id).await.map_err(CommonFault::from)?;
    let this = member.signed_in.session_id.as_ref();
    let sessions = found.into_iter().map(|row| SessionRow::build(&frame, row, this)).collect();
    let is_refused = !(shown.password_errors.is_empty() && shown.totp_errors.is_empty());
    let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = SecurityPage {
        email: member.signed_in.user.email.clone(),
        has_second_factor: shown.has_second_factor.unwrap_or(member.signed_in.has_second_factor),
        password_errors: shown.password_errors,
        totp_errors: shown.totp_errors,
        enrolment: shown.enrolment,
        recovery_text: shown.recovery_codes.join(" "),
        recovery_codes: shown.recovery_codes,
        sessions,
        frame,
    };
    respond::page_with(status, &page)
}

/// The sentences of a fault at the fields of a form; faults that are not about what was typed go on.
fn at_fields(member: &Member<may::Read>, fault: IdentityError, secret: &str) -> Result<FormErrors, WebError> {
    let frame = member.frame();
    let mut found = FormErrors::of_fault(&frame, &fault);
    match (found.is_empty(), fault.kind()) {
        (false, _) => Ok(found),
        (true, Kind::Unauthenticated | Kind::TooMany { .. } | Kind::Conflict) => {
            found.add(secret, errors::sentence(&frame, &fault));
            Ok(found)
        }
        _ => Err(fault.into()),
    }
}

/// The present password and the new one.
#[derive(Deserialize)]
pub struct PasswordForm {
    current: String,
    password: String,
}

/// `POST /panel/profile/password`
pub async fn change_password(
    member: Member<may::Read>,
    SafeForm(form): SafeForm<PasswordForm>,
) -> Result<HttpResponse, WebError> {
    let keep = &member.signed_in.holder;
    match identity::change_password(&member.ctx, &member.user_id, &form.current, &form.password, keep).await {
        Ok(()) => Ok(flash::see_other("/panel/profile/security", Tone::Good, "panel-password-saved")),
        Err(fault) => {
            let password_errors = at_fields(&member, fault, "current")?;
            page(&member, Shown { password_errors, ..Shown::default() }).await
        }
    }
}

/// Fresh proof.
#[derive(Deserialize)]
pub struct ProofForm {
    password: String,
}

async fn prove(member: &Member<may::Read>, form: &ProofForm) -> Result<(), IdentityError> {
    step_up::prove(&member.ctx, &member.user_id, &member.signed_in.holder, Proof::Password(&form.password)).await
}

async fn not_proven(member: &Member<may::Read>, fault: IdentityError) -> Result<HttpResponse, WebError> {
    let totp_errors = at_fields(member, fault, "password")?;
    page(member, Shown { totp_errors, ..Shown::default() }).await
}

fn drawn(url: &str, secret: String) -> Result<Enrolment, WebError> {
    let too_long = || CommonFault::Internal("the address of a second factor does not fit a QR code".to_owned());
    Ok(Enrolment { qr: documents::qr_svg(url).ok_or_else(too_long)?, secret })
}

/// `POST /panel/profile/second-factor`: shows a fresh secret.
pub async fn enrol(member: Member<may::Read>, SafeForm(form): SafeForm<ProofForm>) -> Result<HttpResponse, WebError> {
    if let Err(fault) = prove(&member, &form).await {
        return not_proven(&member, fault).await;
    }
    let begun = totp::enrol(&member.ctx, &member.user_id).await?;
    let enrolment = Some(drawn(&begun.url, begun.secret)?);
    page(&member, Shown { enrolment, ..Shown::default() }).await
}

/// The first code of an authenticator.
#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

/// `POST /panel/profile/second-factor/confirm`
pub async fn confirm(member: Member<may::Read>, SafeForm(form): SafeForm<CodeForm>) -> Result<HttpResponse, WebError> {
    match totp::confirm(&member.ctx, &member.user_id, &form.code).await {
        Ok(recovery_codes) => {
            page(&member, Shown { recovery_codes, has_second_factor: Some(true), ..Shown::default() }).await
        }
        Err(fault) => {
            let totp_errors = at_fields(&member, fault, "code")?;
            let pending = totp::pending(&member.ctx, &member.user_id).await?;
            let enrolment = pending.map(|begun| drawn(&begun.url, begun.secret)).transpose()?;
            page(&member, Shown { totp_errors, enrolment, ..Shown::default() }).await
        }
    }
}

/// `POST /panel/profile/second-factor/recovery-codes`
pub async fn renew_codes(
    member: Member<may::Read>,
    SafeForm(form): SafeForm<ProofForm>,
) -> Result<HttpResponse, WebError> {
    if let Err(fault) = prove(&member, &form).await {
        return not_proven(&member, fault).await;
    }
    let recovery_codes = totp::renew_recovery_codes(&member.ctx, &member.user_id).await?;
    page(&member, Shown { recovery_codes, ..Shown::default() }).await
}

/// `POST /panel/profile/second-factor/remove`
pub async fn remove(member: Member<may::Read>, SafeForm(form): SafeForm<ProofForm>) -> Result<HttpResponse, WebError> {
    if let Err(fault) = prove(&member, &form).await {
        return not_proven(&member, fault).await;
    }
    totp::remove(&member.ctx, &member.user_id).await?;
    Ok(flash::see_other("/panel/profile/security", Tone::Warn, "panel-totp-removed"))
}

/// `POST /panel/profile/sessions/end-all`: this one too.
pub async fn end_sessions(member: Member<may::Read>, _: SafeForm<Nothing>) -> Result<HttpResponse, WebError> {
    session::destroy_all(&member.ctx.services, &member.user_id).await.map_err(CommonFault::from)?;
    let mut response = flash::redirect("/login");
    // A cookie without a value is always a valid header.
    let _ = response.add_cookie(&session_cookie(&member.ctx.services, ""));
    Ok(response)
}
