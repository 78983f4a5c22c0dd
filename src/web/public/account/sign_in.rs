//! Signing in and out. The second factor is a step of its own: what the first step proved travels sealed, for minutes.
use super::{
    register::Next,
    view::{CodePage, LoginPage, Notice},
};
use crate::{
    domain::identity::{self, Credentials, IdentityError, session},
    kernel::fault::{CommonFault, Fault, Kind},
    web::{
        WebError, errors, flash,
        forms::SafeForm,
        principal::{Visitor, session_cookie, session_key},
        public::{cart, local_path, query_value},
        respond,
        tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Query,
};
use chrono::{DateTime, Duration, Utc};
use entity::identity::user;
use serde::{Deserialize, Serialize};

/// What a sealed first step belongs to.
const TICKET: &str = "sign-in-ticket";
/// Minutes somebody has to type the code.
const TICKET_MINUTES: i64 = 5;

/// `GET /login`
pub async fn form(visitor: Visitor, query: Query<Next>) -> Result<HttpResponse, WebError> {
    let next = local_path(query.next.as_deref(), "");
    if let Some(signed_in) = &visitor.signed_in {
        let home = home_of(signed_in.user.is_staff);
        return Ok(flash::redirect(if next.is_empty() { home } else { next }));
    }
    let page = LoginPage { frame: visitor.frame(), notice: None, email: String::new(), next: next.to_owned() };
    respond::page(&page)
}

/// What was typed.
#[derive(Deserialize)]
pub struct LoginForm {
    email: String,
    password: String,
    next: Option<String>,
}

/// `POST /login`
pub async fn sign_in(visitor: Visitor, SafeForm(form): SafeForm<LoginForm>) -> Result<HttpResponse, WebError> {
    let next = local_path(form.next.as_deref(), "").to_owned();
    let credentials = Credentials { email: &form.email, password: &form.password, otp: None };
    match identity::sign_in(&visitor.ctx, credentials).await {
        Ok(user) => enter(&visitor, &user, &next).await,
        Err(IdentityError::OtpRequired) => {
            let ticket = Ticket::of(&visitor, &form).seal(&visitor)?;
            respond::page(&CodePage { frame: visitor.frame(), notice: None, ticket, next })
        }
        Err(fault) if is_for_the_form(&fault) => {
            let text = errors::sentence(&visitor.frame(), &fault);
            let notice = Some(Notice { tone: Tone::Bad, text });
            refuse(&fault, &LoginPage { frame: visitor.frame(), notice, email: form.email, next })
        }
        Err(fault) => Err(fault.into()),
    }
}

/// The code of the second factor.
#[derive(Deserialize)]
pub struct CodeForm {
    ticket: String,
    otp: String,
    next: Option<String>,
}

/// `POST /login/code`
pub async fn second_step(visitor: Visitor, SafeForm(form): SafeForm<CodeForm>) -> Result<HttpResponse, WebError> {
    let next = local_path(form.next.as_deref(), "").to_owned();
    let Some(ticket) = Ticket::open(&visitor, &form.ticket) else {
        let login = format!("/login?next={}", query_value(&next));
        return Ok(flash::see_other(&login, Tone::Warn, "login-code-late"));
    };
    let otp = Some(form.otp.as_str());
    let credentials = Credentials { email: &ticket.email, password: &ticket.password, otp };
    match identity::sign_in(&visitor.ctx, credentials).await {
        Ok(user) => enter(&visitor, &user, &next).await,
        Err(fault) if is_for_the_form(&fault) => {
            let frame = visitor.frame();
            let is_wrong_code = fault.kind() == Kind::Unauthenticated;
            let text = if is_wrong_code { frame.t("field-wrong-code") } else { errors::sentence(&frame, &fault) };
            let notice = Some(Notice { tone: Tone::Bad, text });
            refuse(&fault, &CodePage { frame, notice, ticket: form.ticket, next })
        }
        Err(fault) => Err(fault.into()),
    }
}

/// What the first step proved; only this server can read it.
#[derive(Serialize, Deserialize)]
struct Ticket {
    email: String,
    password: String,
    until: DateTime<Utc>,
}

impl Ticket {
    fn of(visitor: &Visitor, form: &LoginForm) -> Self {
        let until = visitor.ctx.now() + Duration::minutes(TICKET_MINUTES);
        Self { email: form.email.clone(), password: form.password.clone(), until }
    }

    fn seal(&self, visitor: &Visitor) -> Result<String, WebError> {
        let plain = serde_json::to_vec(self).map_err(|error| CommonFault::Internal(error.to_string()))?;
        Ok(visitor.ctx.secrets.seal(TICKET, &plain))
    }

    fn open(visitor: &Visitor, sealed: &str) -> Option<Self> {
        let plain = visitor.ctx.secrets.open(TICKET, sealed).ok()?;
        serde_json::from_slice(&plain).ok().filter(|ticket: &Self| ticket.until > visitor.ctx.now())
    }
}

/// Where somebody works.
fn home_of(is_staff: bool) -> &'static str {
    if is_staff { "/whm" } else { "/panel" }
}

/// Whether the person can do something about it on the form itself.
fn is_for_the_form(fault: &IdentityError) -> bool {
    matches!(fault.kind(), Kind::Unauthenticated | Kind::TooMany { .. })
}

fn refuse(fault: &IdentityError, page: &impl askama::Template) -> Result<HttpResponse, WebError> {
    let Kind::TooMany { retry_after } = fault.kind() else {
        return respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, page);
    };
    let mut response = respond::page_with(StatusCode::TOO_MANY_REQUESTS, page)?;
    response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(retry_after));
    Ok(response)
}

/// A new session for `user` (never an old one: session fixation), then on to where he wanted to go.
async fn enter(visitor: &Visitor, user: &user::Model, next: &str) -> Result<HttpResponse, WebError> {
    let (services, request) = (&visitor.ctx.services, visitor.request());
    if let Some(old) = session_key(services, request) {
        session::destroy(services, &old).await.map_err(CommonFault::from)?;
    }
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let new = session::NewSession {
        user_id: Some(user.id.clone()),
        state: serde_json::Value::Null,
        address: visitor.ctx.address.clone(),
        user_agent: agent.map(str::to_owned),
    };
    let lifetime = Duration::days(session::SIGNED_IN_DAYS);
    let key = session::create(services, new, lifetime).await.map_err(CommonFault::from)?;
    let old_cart = cart::take_over(visitor, user).await?;
    let home = home_of(user.is_staff);
    let mut response = flash::redirect(if next.is_empty() { home } else { next });
    // A key of letters and digits is always a valid cookie.
    let _ = response.add_cookie(&session_cookie(services, &key));
    if let Some(old_cart) = old_cart {
        let _ = response.add_cookie(&old_cart);
    }
    Ok(response)
}

/// `POST /logout`
pub async fn sign_out(visitor: Visitor, _: SafeForm<serde_json::Value>) -> Result<HttpResponse, WebError> {
    let services = &visitor.ctx.services;
    if let Some(key) = session_key(services, visitor.request()) {
        session::destroy(services, &key).await.map_err(CommonFault::from)?;
    }
    Ok(gone(&visitor, "login-signed-out"))
}

/// `POST /logout/everywhere`
pub async fn sign_out_everywhere(visitor: Visitor, _: SafeForm<serde_json::Value>) -> Result<HttpResponse, WebError> {
    if let Some(person) = &visitor.signed_in {
        session::destroy_all(&visitor.ctx.services, &person.user.id).await.map_err(CommonFault::from)?;
    }
    Ok(gone(&visitor, "login-signed-out-everywhere"))
}

fn gone(visitor: &Visitor, key: &'static str) -> HttpResponse {
    let mut response = flash::see_other("/login", Tone::Good, key);
    let _ = response.add_cookie(&session_cookie(&visitor.ctx.services, ""));
    response
}
