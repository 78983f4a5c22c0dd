//! Proving an address by the link of a mail, and asking for the mail again.
use super::view::{AskMailPage, MailSentPage, Notice, VerifiedPage};
use crate::{
    domain::identity::{self, IdentityError},
    kernel::fault::{Fault, Kind},
    web::{WebError, errors, form_errors::FormErrors, forms::SafeForm, principal::Visitor, respond, tone::Tone},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Path, Query},
};
use serde::Deserialize;

/// A link may carry its token in the query.
#[derive(Debug, Default, Deserialize)]
pub struct LinkQuery {
    token: Option<String>,
}

impl LinkQuery {
    /// The token, where there is one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

/// `GET /verify`
pub async fn form(visitor: Visitor, query: Query<LinkQuery>) -> Result<HttpResponse, WebError> {
    if let Some(token) = query.token() {
        return prove(visitor, token).await;
    }
    respond::page(&ask_page(&visitor, None))
}

/// `GET /verify/{token}`: a one-time link of a mail, therefore a GET that changes something.
pub async fn verify(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, WebError> {
    prove(visitor, &token).await
}

async fn prove(visitor: Visitor, token: &str) -> Result<HttpResponse, WebError> {
    match identity::verify_email(&visitor.ctx, token).await {
        Ok(_) => {
            let on = if crate::web::public::cart::key_of(&visitor).is_some() { "/checkout" } else { "/panel" };
            let next_url = match visitor.signed_in {
                Some(_) => on.to_owned(),
                None => format!("/login?next={on}"),
            };
            respond::page(&VerifiedPage { frame: visitor.frame(), next_url })
        }
        Err(fault @ IdentityError::LinkInvalid) => {
            let text = errors::sentence(&visitor.frame(), &fault);
            let page = ask_page(&visitor, Some(Notice { tone: Tone::Warn, text }));
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}

fn ask_page(visitor: &Visitor, notice: Option<Notice>) -> AskMailPage {
    AskMailPage {
        frame: visitor.frame(),
        errors: FormErrors::none(),
        family: "verify",
        action: "/verify/resend",
        notice,
        email: visitor.signed_in.as_ref().map(|person| person.user.email.clone()).unwrap_or_default(),
    }
}

/// The address a mail should go to.
#[derive(Deserialize)]
pub struct AddressForm {
    pub(super) email: String,
}

/// `POST /verify/resend`
pub async fn resend(visitor: Visitor, SafeForm(form): SafeForm<AddressForm>) -> Result<HttpResponse, WebError> {
    let frame = visitor.frame();
    match identity::request_verification(&visitor.ctx, &form.email).await {
        Ok(()) => respond::page(&MailSentPage { frame, family: "verify", email: form.email, again: "/verify/resend" }),
        Err(fault) if fault.kind() == Kind::Invalid => {
            let errors = FormErrors::of_fault(&frame, &fault);
            let page = AskMailPage { errors, email: form.email, ..ask_page(&visitor, None) };
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}
