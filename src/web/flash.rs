//! A sentence carried over a redirect. The cookie holds a translation key, never free text: nothing a stranger plants
//! there can speak in our name.
use super::{frame::Flash, tone::Tone};
use crate::kernel::locale::{self, Lang};
use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    http::header,
};

/// Name of the cookie.
pub const COOKIE: &str = "flash";
/// A redirect is followed within seconds.
const KEPT: Duration = Duration::seconds(60);

/// Sends the browser to `location`, where it reads the sentence behind `key`.
pub fn see_other(location: &str, tone: Tone, key: &str) -> HttpResponse {
    let cookie = Cookie::build(COOKIE, format!("{}|{key}", tone.as_str()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(KEPT)
        .finish();
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).cookie(cookie).finish()
}

/// Sends the browser to `location`.
pub fn redirect(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

/// What the page before left.
pub fn of(request: &HttpRequest, lang: Lang) -> Vec<Flash> {
    let Some(cookie) = request.cookie(COOKIE) else { return Vec::new() };
    let Some((tone, key)) = cookie.value().split_once('|') else { return Vec::new() };
    match Tone::parse(tone) {
        Some(tone) if locale::exists(lang, key) => vec![Flash { tone, text: locale::t(lang, key) }],
        _ => Vec::new(),
    }
}

/// The cookie that removes what was read.
pub fn removal() -> Cookie<'static> {
    Cookie::build(COOKIE, "").path("/").http_only(true).same_site(SameSite::Lax).max_age(Duration::ZERO).finish()
}
