//! The house as a server on loopback, and those who call it: programs with tokens, browsers with cookies. What is sent
//! goes through everything a real request goes through.
use super::World;
use chrono::Duration;
use entity::value::UserId;
use reqwest::{
    Method, RequestBuilder,
    header::{CONTENT_TYPE, HeaderMap, LOCATION, SET_COOKIE},
};
use std::{collections::BTreeMap, net::TcpListener, sync::Arc};
use yumna::{
    app::{logs, server},
    domain::{
        Services,
        identity::{
            session::{self, NewSession},
            tokens,
        },
    },
    kernel::http,
    web::principal,
};

/// A running server.
pub struct Site {
    pub url: String,
    services: Arc<Services>,
    client: reqwest::Client,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.services.stop.cancel();
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header as text, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The body as JSON, null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The stable word of a problem document.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    fn is_stream(&self) -> bool {
        self.header(CONTENT_TYPE.as_str()).starts_with("text/event-stream")
    }
}

impl Site {
    /// Serves `world`.
    pub fn of(world: &World) -> Self {
        Self::on(world, TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// Serves `world` where others have been told that it is.
    pub fn on(world: &World, listener: TcpListener) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(logs::metrics());
        let services = world.services.clone();
        let running = server::serve(&services, listener, Arc::new(|_| {})).unwrap();
        tokio::spawn(running);
        Self { url, services, client: http::client() }
    }

    /// A request to `path`.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        // A connection of its own each: one kept alive may be closed by the server in the moment it is used again.
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{}{path}", self.url)).header("connection", "close")
    }

    /// Sends it. Of a stream of events only the head is read.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut answer = Answer { status, headers, body: String::new() };
        if !answer.is_stream() {
            answer.body = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
        }
        answer
    }

    /// A program that acts as `user_id`.
    pub async fn program(&self, world: &World, user_id: &UserId) -> Program<'_> {
        let pair = tokens::issue(&world.system(), user_id).await.unwrap();
        self.bearer(&pair.access_token)
    }

    /// A program that holds this token.
    pub fn bearer(&self, token: &str) -> Program<'_> {
        Program { site: self, token: Some(token.to_owned()) }
    }

    /// A program without a token.
    pub fn stranger(&self) -> Program<'_> {
        Program { site: self, token: None }
    }

    /// A browser in which `user_id` (or nobody) is signed in, reading `lang`; it has seen a page and holds its token.
    pub async fn browser(&self, user_id: Option<&UserId>, lang: &str) -> Browser<'_> {
        let mut cookies = BTreeMap::from([("lang".to_owned(), lang.to_owned())]);
        if let Some(user_id) = user_id {
            let new = NewSession { user_id: Some(user_id.clone()), ..NewSession::default() };
            let key = session::create(&self.services, new, Duration::days(1)).await.unwrap();
            cookies.insert(principal::session_cookie_name(&self.services).to_owned(), key);
        }
        let mut browser = Browser { site: self, cookies, token: String::new() };
        browser.get(if user_id.is_some() { "/" } else { "/login" }).await;
        assert!(!browser.token.is_empty(), "a page with a form was seen");
        browser
    }
}

/// A program that calls the API.
pub struct Program<'a> {
    site: &'a Site,
    token: Option<String>,
}

impl Program<'_> {
    /// A request with the token.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let request = self.site.request(method, path);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.site.send(request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    /// Sends `body` as JSON.
    pub async fn call(&self, method: &str, path: &str, body: &serde_json::Value) -> Answer {
        self.send(self.request(method, path).json(body)).await
    }
}

/// Somebody's browser: keeps cookies, sends the token of the last page it saw.
pub struct Browser<'a> {
    site: &'a Site,
    cookies: BTreeMap<String, String>,
    /// The token of the last form seen.
    pub token: String,
}

impl Browser<'_> {
    /// The cookies as they are sent.
    pub fn cookie_line(&self) -> String {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// A request of our own pages with the cookies.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.site.request(method, path).header("cookie", self.cookie_line()).header("sec-fetch-site", "same-origin")
    }

    /// Sends it and remembers what the answer says.
    pub async fn send(&mut self, request: RequestBuilder) -> Answer {
        let answer = self.site.send(request).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        if let Some((_, rest)) = answer.body.split_once("name=\"_csrf\" value=\"") {
            self.token = rest.split('"').next().unwrap().to_owned();
        }
        answer
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    /// Sends a form with the token of the last page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        let token = self.token.clone();
        fields.push(("_csrf", &token));
        self.send(self.request("POST", path).form(&fields)).await
    }
}
