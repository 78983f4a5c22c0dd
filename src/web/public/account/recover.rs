//! Forgotten passwords.
use super::{
    verify::{AddressForm, LinkQuery},
    view::{AskMailPage, MailSentPage, Notice, ResetPage},
};
use crate::{
    domain::identity::{self, IdentityError},
    kernel::fault::{Fault, Kind},
    web::{
        WebError, errors, flash, form_errors::FormErrors, forms::SafeForm, principal::Visitor, public::query_value,
        respond, tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Path, Query},
};
use serde::Deserialize;

fn ask_page(visitor: &Visitor, notice: Option<Notice>) -> AskMailPage {
    AskMailPage {
        frame: visitor.frame(),
        errors: FormErrors::none(),
        family: "forgot",
        action: "/forgot",
        notice,
        email: String::new(),
    }
}

/// `GET /forgot`
pub async fn form(visitor: Visitor) -> Result<HttpResponse, WebError> {
    respond::page(&ask_page(&visitor, None))
}

/// `POST /forgot`: the answer is the same for every address.
pub async fn ask(visitor: Visitor, SafeForm(form): SafeForm<AddressForm>) -> Result<HttpResponse, WebError> {
    let frame = visitor.frame();
    match identity::request_reset(&visitor.ctx, &form.email).await {
        Ok(()) => respond::page(&MailSentPage { frame, family: "forgot", email: form.email, again: "/forgot" }),
        Err(fault) if fault.kind() == Kind::Invalid => {
            let errors = FormErrors::of_fault(&frame, &fault);
            let page = AskMailPage { errors, email: form.email, ..ask_page(&visitor, None) };
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /reset`: a link may carry its token in the query; without one there is nothing to reset yet.
pub async fn old_form(query: Query<LinkQuery>) -> HttpResponse {
    match query.token() {
        Some(token) => flash::redirect(&format!("/reset/{}", query_value(token))),
        None => flash::redirect("/forgot"),
    }
}

/// `GET /reset/{token}`
pub async fn new_password(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, WebError> {
    respond::page(&ResetPage {
        frame: visitor.frame(),
        errors: FormErrors::none(),
        action: format!("/reset/{}", query_value(&token)),
    })
}

/// The new password.
#[derive(Deserialize)]
pub struct ResetForm {
    password: String,
}

/// `POST /reset/{token}`
pub async fn reset(
    visitor: Visitor,
    token: Path<String>,
    SafeForm(form): SafeForm<ResetForm>,
) -> Result<HttpResponse, WebError> {
    let frame = visitor.frame();
    match identity::reset_password(&visitor.ctx, &token, &form.password).await {
        Ok(()) => Ok(flash::see_other("/login", Tone::Good, "reset-done")),
        Err(fault @ IdentityError::LinkInvalid) => {
            let text = errors::sentence(&frame, &fault);
            let page = ask_page(&visitor, Some(Notice { tone: Tone::Warn, text }));
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) if fault.kind() == Kind::Invalid => {
            let errors = FormErrors::of_fault(&frame, &fault);
            let page = ResetPage { frame, errors, action: format!("/reset/{}", query_value(&token)) };
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}
