//! Forged requests: unsafe methods must come from our own pages (Fetch metadata or Origin), and every form carries a
//! token bound to a cookie of the browser. The token needs no row in the database, so that a visitor costs nothing.
use super::{WebError, flash, holds_nul};
use crate::{
    domain::Services,
    kernel::{
        fault::{CommonFault, Fault, Kind, Maintenance},
        token,
    },
};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    cookie::{Cookie, SameSite, time::Duration},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Header in which htmx sends the token.
pub const HEADER: &str = "x-csrf-token";
/// Field in which plain forms send the token.
pub const FIELD: &str = "_csrf";

/// The request does not come from our page, or the page is older than the browser's cookie.
#[derive(Debug, thiserror::Error)]
#[error("the page has expired: reload it and try again")]
pub struct CsrfFault;

impl Fault for CsrfFault {
    fn kind(&self) -> Kind {
        Kind::Forbidden
    }

    fn code(&self) -> &'static str {
        "PAGE_EXPIRED"
    }
}

/// The browser's own random value, held in a cookie.
#[derive(Clone)]
pub struct BrowserKey(String);

fn cookie_name(services: &Services) -> &'static str {
    if services.config.is_secure() { "__Host-browser" } else { "browser" }
}

/// The token forms of this browser carry.
pub fn token_of(services: &Services, request: &HttpRequest) -> String {
    let key = request.extensions().get::<BrowserKey>().map(|key| key.0.clone()).unwrap_or_default();
    sign(&services.secrets.derive("csrf")[0], &key)
}

fn sign(secret: &[u8; 32], browser_key: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(browser_key.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Whether `sent` is this browser's token, under any key of this node: forms that are open while the key is changed stay
/// good, and so do those of another node that is not as far yet.
pub fn is_valid(services: &Services, request: &HttpRequest, sent: &str) -> bool {
    let extensions = request.extensions();
    let Some(BrowserKey(key)) = extensions.get::<BrowserKey>().filter(|key| !key.0.is_empty()) else { return false };
    let secrets = services.secrets.derive("csrf");
    secrets.iter().any(|secret| bool::from(sign(secret, key).as_bytes().ct_eq(sent.as_bytes())))
}

/// Gives every browser its key, and refuses unsafe requests that other sites caused.
pub async fn guard(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !is_same_origin(&request, &services.config.public_url()) {
        return Ok(request.error_response(WebError::from(CsrfFault)).map_into_right_body());
    }
    if holds_nul(request.uri()) {
        return Ok(request.error_response(WebError::from(CommonFault::NotFound)).map_into_right_body());
    }
    if services.config.server.maintenance && (changes || is_one_time_link(&request)) {
        return Ok(request.error_response(WebError::from(Maintenance)).map_into_right_body());
    }
    let name = cookie_name(&services);
    let known = request.cookie(name).map(|cookie| cookie.value().to_owned()).filter(|value| value.len() == 43);
    let key = known.clone().unwrap_or_else(token::random);
    request.extensions_mut().insert(BrowserKey(key.clone()));
    let had_flash = request.cookie(flash::COOKIE).is_some();
    let mut response = next.call(request).await?;
    if had_flash && !response.status().is_redirection() {
        // What was carried over the redirect has been read.
        let _ = response.response_mut().add_cookie(&flash::removal());
    }
    if known.is_none() {
        let cookie = Cookie::build(name, key)
            .path("/")
            .http_only(true)
            .secure(services.config.is_secure())
            .same_site(SameSite::Lax)
            .max_age(Duration::days(365))
            .finish();
        // A cookie of letters and digits is always a valid header.
        let _ = response.response_mut().add_cookie(&cookie);
    }
    Ok(response.map_into_left_body())
}

/// A link of a mail, which changes something although it is a GET: it is not used up by a house that cannot keep it.
fn is_one_time_link(request: &ServiceRequest) -> bool {
    let path = request.path();
    path.starts_with("/verify/") || (path == "/verify" && request.query_string().contains("token="))
}

/// Modern browsers say where a request comes from; for others the Origin must be ours.
fn is_same_origin(request: &ServiceRequest, public_url: &str) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match header("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match header(header::ORIGIN.as_str()) {
            // A proxy may not pass the host on: then the address people use decides.
            Some(origin) => {
                origin == public_url || origin.split("://").nth(1) == Some(request.connection_info().host())
            }
            None => false,
        },
    }
}
