//! From faults to what people see. Handlers use `?`; one middleware finds the fault in the response and draws it: a
//! page for browsers, an alert for htmx, the sign-in page for those who are not signed in.
use super::{
    error_pages::{AlertFragment, ErrorPage},
    frame::{Door, Frame},
    hx, preferences,
    tone::Tone,
};
use crate::{
    domain::Services,
    kernel::{
        fault::{Fault, Kind},
        locale,
    },
};
use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, Uri, header},
    middleware::Next,
    web,
};
use askama::Template;
use std::fmt;

/// Any fault on its way to a page.
#[derive(Debug)]
pub struct WebError(pub Box<dyn Fault>);

impl<F: Fault> From<F> for WebError {
    fn from(fault: F) -> Self {
        Self(Box::new(fault))
    }
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        status_of(self.0.kind())
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Kind::Upstream => StatusCode::BAD_GATEWAY,
        Kind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The word of a kind in translation keys.
fn word_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid | Kind::Malformed | Kind::MethodNotAllowed | Kind::TooLarge | Kind::WrongType => "invalid",
        Kind::Unauthenticated => "unauthenticated",
        Kind::Forbidden => "forbidden",
        Kind::NotFound => "not-found",
        Kind::Conflict => "conflict",
        Kind::TooMany { .. } => "too-many",
        Kind::Upstream => "upstream",
        Kind::Unavailable { .. } => "unavailable",
        Kind::Internal => "internal",
    }
}

/// The sentence a person reads of a fault: what happened, whether money moved, what to do.
pub fn sentence(frame: &Frame, fault: &dyn Fault) -> String {
    let key = format!("error-{}", fault.code().to_lowercase().replace('_', "-"));
    if fault.kind() != Kind::Internal && locale::exists(frame.lang, &key) {
        return frame.ta(&key, fault.args());
    }
    frame.t(&format!("error-{}-text", word_of(fault.kind())))
}

/// Draws every fault that comes out of a page's handler.
pub async fn render_errors(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // The request must not be cloned before it is routed: routing writes into it and wants it alone.
    let response = next.call(request).await?.map_into_boxed_body();
    let drawn = response.response().error().map(|error| {
        let status = error.as_response_error().status_code();
        match error.as_error::<WebError>() {
            Some(WebError(fault)) => draw(&services, response.request(), &**fault),
            None => draw(&services, response.request(), &Foreign(status)),
        }
    });
    match drawn {
        None => Ok(response),
        Some(mut page) => {
            let (request, old) = response.into_parts();
            for cookie in old.cookies() {
                // The cookie was valid in the first answer, so it is in the second.
                let _ = page.add_cookie(&cookie);
            }
            Ok(ServiceResponse::new(request, page))
        }
    }
}

/// An error of the framework itself: a path that cannot be read, a body that is too long.
#[derive(Debug, thiserror::Error)]
#[error("the request was refused with {0}")]
struct Foreign(StatusCode);

impl Fault for Foreign {
    fn kind(&self) -> Kind {
        match self.0 {
            StatusCode::NOT_FOUND => Kind::NotFound,
            StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::WrongType,
            status if status.is_client_error() => Kind::Malformed,
            _ => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        "REQUEST_REFUSED"
    }
}

fn draw(services: &Services, request: &HttpRequest, fault: &dyn Fault) -> HttpResponse {
    let kind = fault.kind();
    let is_partial = hx::is_partial(request);
    if kind == Kind::Unauthenticated {
        return to_sign_in(request, is_partial);
    }
    if let Some(target) = detour(request, fault.code()) {
        return lead_to(target, is_partial);
    }
    let incident = (kind == Kind::Internal).then(|| {
        let incident = entity::value::next_ulid().to_string();
        // The route, not the path: that of a one-time link is a secret.
        let route = request.match_pattern().unwrap_or_default();
        tracing::error!(incident = %incident, error = %fault, chain = ?fault, route, "A page failed");
        incident
    });
    let frame = frame_of(services, request);
    let status = status_of(kind);
    let text = sentence(&frame, fault);
    let mut response = HttpResponse::build(status);
    if let Kind::TooMany { retry_after } | Kind::Unavailable { retry_after } = kind {
        response.insert_header((header::RETRY_AFTER, retry_after.to_string()));
    }
    response.content_type("text/html; charset=utf-8").insert_header((header::VARY, "HX-Request-Type"));
    let body = if is_partial {
        response.insert_header(("HX-Retarget", "#toasts")).insert_header(("HX-Reswap", "beforeend"));
        AlertFragment { frame, tone: Tone::Bad, text, incident }.render()
    } else {
        let mut page = ErrorPage::of_kind(frame, status.as_u16(), word_of(kind));
        page.text = text;
        page.incident = incident;
        page.render()
    };
    response.body(body.unwrap_or_else(|_| status.to_string()))
}

/// Signing in leads back to the page that was asked for.
fn to_sign_in(request: &HttpRequest, is_partial: bool) -> HttpResponse {
    let asked = request.uri().path_and_query().map_or("/panel", |path| path.as_str());
    let back = if *request.method() == Method::GET { asked } else { "/panel" };
    lead_to(format!("/login?next={}", percent(back)), is_partial)
}

fn lead_to(target: String, is_partial: bool) -> HttpResponse {
    if is_partial {
        HttpResponse::Ok().insert_header(("HX-Redirect", target)).finish()
    } else {
        HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish()
    }
}

/// Where staff prove what is missing before they go on: a fresh proof leads back to the page they came from.
fn detour(request: &HttpRequest, code: &str) -> Option<String> {
    let path = request.uri().path_and_query().map_or("/whm", |path| path.as_str());
    if !path.starts_with("/whm") {
        return None;
    }
    match code {
        "STEP_UP_REQUIRED" => {
            let back = if *request.method() == Method::GET { path.to_owned() } else { form_page(request) };
            Some(format!("/whm/step-up?next={}", percent(&back)))
        }
        "SECOND_FACTOR_REQUIRED" => Some("/whm/second-factor".to_owned()),
        _ => None,
    }
}

/// The page of WHM whose form was sent, as the browser names it. Only its path is believed.
fn form_page(request: &HttpRequest) -> String {
    let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let uri = referer.and_then(|referer| referer.parse::<Uri>().ok());
    let path = uri.as_ref().and_then(|uri| uri.path_and_query()).map(|path| path.as_str());
    path.filter(|path| path.starts_with("/whm") && preferences::is_local(path)).unwrap_or("/whm").to_owned()
}

fn percent(text: &str) -> String {
    serde_urlencoded::to_string([("", text)]).unwrap_or_default().trim_start_matches('=').to_owned()
}

fn frame_of(services: &Services, request: &HttpRequest) -> Frame {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let door = if path.starts_with("/whm") {
        Door::Whm
    } else if path.starts_with("/panel") {
        Door::Panel
    } else {
        Door::Public
    };
    let (lang, theme) = preferences::of(request);
    let mut frame = Frame::new(door, lang, theme, path, services.clock.now());
    frame.csrf = super::csrf::token_of(services, request);
    frame.is_demo = services.is_demo;
    frame
}
