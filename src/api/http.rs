//! What every answer of the API has in common: how long it may be kept, whether it changed since, and how often one
//! network address may ask.
use super::{ApiError, is_door_of_gateways, openapi, problem::RequestFault};
use crate::{
    domain::Services,
    kernel::{
        rate_limit::{Act, Allowance},
        request::visitor,
        token,
    },
};
use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody, to_bytes},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode, header,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};

/// What a request costs us, where that is limited.
pub(super) fn act_of(method: &Method, path: &str) -> Option<Act> {
    if *method != Method::POST {
        return None;
    }
    match path {
        "/api/auth/login" | "/api/auth/refresh" | "/api/auth/step-up" | "/api/auth/password/reset" => Some(Act::SignIn),
        "/api/auth/register" => Some(Act::Register),
        "/api/auth/verification/resend" | "/api/auth/password/forgot" | "/api/panel/waitlist" => Some(Act::Mail),
        "/api/panel/orders" => Some(Act::Order),
        _ if path.starts_with("/api/panel/quotes/") && path.ends_with("/accept") => Some(Act::Order),
        "/api/panel/wallet/topups" | "/api/panel/invoices/pay-together" => Some(Act::Pay),
        _ if path.starts_with("/api/panel/invoices/") && path.ends_with("/payments") => Some(Act::Pay),
        _ if path.starts_with("/api/panel/payments/") && path.ends_with("/proof") => Some(Act::Pay),
        _ if path.starts_with("/api/panel/withholdings/") && path.ends_with("/prove") => Some(Act::Pay),
        _ if is_door_of_gateways(path) => Some(Act::Webhook),
        _ => None,
    }
}

/// How long an answer to a read may be kept, where it gets a tag to be compared by. What is one caller's business gets
/// one for programs that remember it themselves, but no cache may store it; credentials get none at all.
fn kept(path: &str) -> Option<&'static str> {
    if path.starts_with("/api/catalog/") || path == "/api/openapi.json" {
        return Some("public, no-cache");
    }
    let is_private = path.starts_with("/api/panel/") || path.starts_with("/api/whm/");
    (is_private && !path.ends_with("/credentials")).then_some("no-store")
}

/// Wraps the whole application; paths outside `/api` pass untouched.
pub async fn manners(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !request.path().starts_with("/api/") {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let mut left = None;
    if let Some(act) = act_of(request.method(), request.path()) {
        match services.limits.check(act, visitor(request.request(), &services.config.server.trusted_proxies)) {
            Ok(allowance) => left = allowance,
            Err(refused) => {
                let left = Allowance::from(&refused);
                return Ok(counted(private(request.error_response(ApiError::from(refused))), Some(left)));
            }
        }
    }
    let asked = kept(request.path()).filter(|_| *request.method() == Method::GET).map(|kept| {
        let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        (kept, known.unwrap_or_default().to_owned())
    });
    let response = next.call(request).await?.map_into_boxed_body();
    match asked {
        Some((kept, known)) if is_document(&response) => compared(response, kept, &known).await,
        _ => Ok(counted(private(response), left)),
    }
}

/// Whether it is JSON as a whole: files are named by their content already, and a stream has no end to wait for.
fn is_document(response: &ServiceResponse<BoxBody>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    response.status() == StatusCode::OK && kind.is_some_and(|kind| kind.starts_with("application/json"))
}

/// Says how many requests are left, after draft-ietf-httpapi-ratelimit-headers-03.
fn counted(mut response: ServiceResponse<BoxBody>, left: Option<Allowance>) -> ServiceResponse<BoxBody> {
    if let Some(Allowance { limit, remaining, reset_secs }) = left {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("ratelimit-limit"), HeaderValue::from(limit));
        headers.insert(HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(remaining));
        headers.insert(HeaderName::from_static("ratelimit-reset"), HeaderValue::from(reset_secs));
    }
    response
}

/// What is one caller's business is kept by nobody on the way.
fn private(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let headers = response.headers_mut();
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Gives the answer its tag, or says that nothing changed. The tag is weak: compression changes bytes, not meaning.
async fn compared(
    response: ServiceResponse<BoxBody>,
    kept: &'static str,
    known: &str,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let body = to_bytes(body).await?;
    let hash = token::sha256_hex(&body);
    let tag = format!("W/\"{}\"", &hash[..32]);
    let is_same = known.split(',').any(|one| one.trim() == "*" || one.trim() == tag);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).expect("a tag is made of letters and digits"));
    let response = if is_same {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.set_body(BoxBody::new(()))
    } else {
        response.set_body(BoxBody::new(body))
    };
    Ok(ServiceResponse::new(request, response))
}

/// A path below `/api` that no handler took: unknown, or known with other methods.
pub async fn no_route(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let Some(methods) = openapi::methods_of(request.path()) else { return Err(RequestFault::NoRoute.into()) };
    let allow = methods.join(", ");
    if *request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish());
    }
    let mut answer = actix_web::ResponseError::error_response(&ApiError::from(RequestFault::Method));
    let value = HeaderValue::from_str(&allow).expect("methods are words");
    answer.headers_mut().insert(header::ALLOW, value);
    Ok(answer)
}
