//! A browser of a member of staff: keeps cookies, sends the token of the last page it saw.
use crate::support::World;
use actix_web::{
    App,
    body::to_bytes,
    cookie::Cookie,
    http::{StatusCode, header},
    test, web,
};
use chrono::Duration;
use entity::value::UserId;
use std::collections::BTreeMap;
use yumna::{
    domain::identity::session::{self, NewSession},
    web as pages,
    web::principal,
};

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub body: String,
}

/// Somebody's browser.
pub struct Browser<'a> {
    world: &'a World,
    cookies: BTreeMap<String, String>,
    token: String,
}

impl<'a> Browser<'a> {
    /// Signed in as `user_id`, reading `lang`.
    pub async fn of(world: &'a World, user_id: &UserId, lang: &str) -> Self {
        let new = NewSession { user_id: Some(user_id.clone()), ..NewSession::default() };
        let key = session::create(&world.services, new, Duration::days(1)).await.unwrap();
        let name = principal::session_cookie_name(&world.services).to_owned();
        let cookies = BTreeMap::from([(name, key), ("lang".to_owned(), lang.to_owned())]);
        Self { world, cookies, token: String::new() }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(test::TestRequest::get().uri(path)).await
    }

    /// Sends a form of the last page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        let token = self.token.clone();
        fields.push(("_csrf", &token));
        self.send(test::TestRequest::post().uri(path).insert_header(("sec-fetch-site", "same-origin")).set_form(fields))
            .await
    }

    async fn send(&mut self, mut request: test::TestRequest) -> Answer {
        for (name, value) in &self.cookies {
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        let app = App::new().app_data(web::Data::from(self.world.services.clone())).configure(pages::routes);
        let app = test::init_service(app).await;
        let response = test::call_service(&app, request.to_request()).await;
        for cookie in response.response().cookies() {
            self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
        }
        let location = response.headers().get(header::LOCATION);
        let location = location.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status();
        let body = to_bytes(response.into_body()).await.unwrap_or_default();
        let body = String::from_utf8(body.to_vec()).unwrap();
        if let Some((_, rest)) = body.split_once("name=\"_csrf\" value=\"") {
            self.token = rest.split('"').next().unwrap().to_owned();
        }
        Answer { status, location, body }
    }
}
