//! Opening an account.
use super::view::{MailSentPage, RegisterPage};
use crate::{
    domain::customers::{self, Registration},
    kernel::fault::{Fault, Kind},
    web::{WebError, flash, form_errors::FormErrors, forms::SafeForm, principal::Visitor, public::local_path, respond},
};
use actix_web::{HttpResponse, http::StatusCode, web::Query};
use serde::Deserialize;

/// Where to go on.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    pub(super) next: Option<String>,
}

/// `GET /register`
pub async fn form(visitor: Visitor, query: Query<Next>) -> Result<HttpResponse, WebError> {
    let next = local_path(query.next.as_deref(), "");
    if visitor.signed_in.is_some() {
        return Ok(flash::redirect(if next.is_empty() { "/panel" } else { next }));
    }
    respond::page(&RegisterPage {
        frame: visitor.frame(),
        errors: FormErrors::none(),
        typed_name: String::new(),
        email: String::new(),
        accepted: false,
        next: next.to_owned(),
    })
}

/// What was typed.
#[derive(Deserialize)]
pub struct RegisterForm {
    name: String,
    email: String,
    password: String,
    accepted_terms: Option<String>,
    next: Option<String>,
}

/// `POST /register`
pub async fn register(visitor: Visitor, SafeForm(form): SafeForm<RegisterForm>) -> Result<HttpResponse, WebError> {
    let frame = visitor.frame();
    let registration = Registration {
        name: &form.name,
        email: &form.email,
        password: &form.password,
        locale: frame.lang.code(),
        accepted_terms: form.accepted_terms.is_some(),
    };
    match customers::register(&visitor.ctx, registration).await {
        Ok(registered) => {
            respond::page(&MailSentPage { frame, family: "verify", email: registered.email, again: "/verify/resend" })
        }
        Err(fault) if fault.kind() == Kind::Invalid => {
            let mut errors = FormErrors::none();
            for (field, sentence) in FormErrors::of_fault(&frame, &fault).list() {
                let sentence = if field == "accepted_terms" { frame.t("field-must-accept") } else { sentence.clone() };
                errors.add(field, sentence);
            }
            let next = local_path(form.next.as_deref(), "").to_owned();
            let accepted = form.accepted_terms.is_some();
            let page = RegisterPage { frame, errors, typed_name: form.name, email: form.email, accepted, next };
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}
