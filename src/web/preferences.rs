//! Language and theme of a browser: cookies, changed by plain links, so that they work without JavaScript too.
use super::frame::Theme;
use crate::kernel::locale::Lang;
use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    http::header,
    web,
};
use serde::Deserialize;

/// Where the links lead: `/preferences?lang=en&back=/panel`.
pub const PATH: &str = "/preferences";
const LANG_COOKIE: &str = "lang";
const THEME_COOKIE: &str = "theme";
const KEPT: Duration = Duration::days(365);

/// What the browser chose; the language falls back to `Accept-Language`, then Indonesian.
pub fn of(request: &HttpRequest) -> (Lang, Theme) {
    let chosen = |name| request.cookie(name).map(|cookie| cookie.value().to_owned());
    let asked =
        || Lang::accepted(request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok())?);
    let lang = chosen(LANG_COOKIE).and_then(|code| Lang::parse(&code)).or_else(asked).unwrap_or_default();
    let theme = chosen(THEME_COOKIE).and_then(|word| Theme::parse(&word)).unwrap_or_default();
    (lang, theme)
}

/// A choice, and the page to return to.
#[derive(Debug, Deserialize)]
pub struct Choice {
    lang: Option<String>,
    theme: Option<String>,
    back: Option<String>,
}

/// `GET /preferences`: remembers language and theme in cookies. A GET, because nothing but the look changes.
pub async fn choose(choice: web::Query<Choice>) -> HttpResponse {
    let back = choice.back.as_deref().filter(|path| is_local(path)).unwrap_or("/");
    let mut response = HttpResponse::SeeOther();
    response.insert_header((header::LOCATION, back));
    if let Some(lang) = choice.lang.as_deref().and_then(Lang::parse) {
        response.cookie(cookie(LANG_COOKIE, lang.code()));
    }
    if let Some(theme) = choice.theme.as_deref().and_then(Theme::parse) {
        response.cookie(cookie(THEME_COOKIE, theme.as_str()));
    }
    response.finish()
}

/// Readable by scripts: the theme switch sets it without a round trip. It holds no secret.
fn cookie(name: &'static str, value: &'static str) -> Cookie<'static> {
    Cookie::build(name, value).path("/").max_age(KEPT).same_site(SameSite::Lax).finish()
}

/// A path of this site: `//host` and `/\host` would lead elsewhere, control characters into the header.
pub(super) fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| (0x21..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, test};

    #[actix_web::test]
    async fn a_choice_is_kept_and_leads_back() {
        let app = test::init_service(App::new().route(PATH, web::get().to(choose))).await;
        let request = test::TestRequest::get().uri("/preferences?lang=en&theme=dark&back=/panel?x=1").to_request();
        let response = test::call_service(&app, request).await;
        assert_eq!(response.headers().get(header::LOCATION).unwrap(), "/panel?x=1");
        let cookies: Vec<_> = response.response().cookies().map(|c| format!("{}={}", c.name(), c.value())).collect();
        assert_eq!(cookies, ["lang=en", "theme=dark"]);
    }

    #[test]
    async fn nobody_is_led_to_another_site() {
        for path in ["https://evil.test", "//evil.test", "/\\evil.test", "evil", "/a\r\nSet-Cookie: x=1", ""] {
            assert!(!is_local(path), "{path}");
        }
        assert!(is_local("/whm/customers?q=a%20b"));
    }

    #[test]
    async fn a_cookie_wins_over_the_browser_and_the_browser_over_the_default() {
        let request = test::TestRequest::default().insert_header((header::ACCEPT_LANGUAGE, "en-GB,en;q=0.9"));
        assert_eq!(of(&request.to_http_request()), (Lang::En, Theme::System));
        let request = test::TestRequest::default()
            .insert_header((header::ACCEPT_LANGUAGE, "en"))
            .cookie(Cookie::new("lang", "id"))
            .cookie(Cookie::new("theme", "dark"));
        assert_eq!(of(&request.to_http_request()), (Lang::Id, Theme::Dark));
        assert_eq!(of(&test::TestRequest::default().to_http_request()), (Lang::Id, Theme::System));
    }
}
