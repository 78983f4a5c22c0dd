//! What handlers ask for: who calls, the body, the page of a list, the idempotency key. A handler's signature is its
//! access rule.
use super::problem::{ApiError, ApiResult, RequestFault};
use crate::kernel::{
    fault::{CommonFault, FieldFault},
    page::PageRequest,
};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderValue},
    web,
};
use entity::value::CustomerId;
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use std::{
    future::{Ready, ready},
    time::Duration,
};

/// Longest part of a parser's sentence that is repeated to the caller: it may quote what was sent.
const LONGEST_REASON: usize = 300;
/// Largest body of a request.
const BODY_LIMIT_BYTES: usize = 1024 * 1024;
/// Largest body that holds a file as text: 5 MiB take a third more in base64.
const UPLOAD_LIMIT_BYTES: usize = 7 * 1024 * 1024;
/// Largest notification of a gateway.
const NOTIFICATION_LIMIT_BYTES: usize = 256 * 1024;
/// How long a gateway may take to send one.
const NOTIFICATION_PATIENCE: Duration = Duration::from_secs(10);

/// A body that is read but not yet understood: a handler looks up its row first, so that somebody else's id is 404
/// whatever the body says.
pub struct Body {
    bytes: web::Bytes,
    /// Whether the caller says that it is JSON, or nothing at all.
    is_json: bool,
}

impl Body {
    /// Understands the body. Unknown fields are tolerated; an empty body counts as `{}`.
    pub fn parse<T: DeserializeOwned>(&self) -> ApiResult<T> {
        let bytes: &[u8] = if self.bytes.is_empty() { b"{}" } else { &self.bytes };
        if !self.is_json && !self.bytes.is_empty() {
            return Err(RequestFault::WrongType.into());
        }
        if bytes.windows(6).any(|escape| escape == br"\u0000") && has_nul(bytes) {
            return Err(RequestFault::WrongShape("a text contains a NUL character".to_owned()).into());
        }
        serde_json::from_slice(bytes).map_err(|error| {
            let text: String = error.to_string().chars().take(LONGEST_REASON).collect();
            let fault = if error.is_data() { RequestFault::WrongShape(text) } else { RequestFault::NotJson(text) };
            fault.into()
        })
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Whether a text of the document holds the character that no text of a person holds and not every database can keep.
fn has_nul(document: &[u8]) -> bool {
    fn inside(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(inside),
            Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || inside(value)),
            _ => false,
        }
    }
    serde_json::from_slice(document).is_ok_and(|value| inside(&value))
}

impl FromRequest for Body {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (is_json, bytes) = (says_json(request), read::<BODY_LIMIT_BYTES>(payload.take()));
        Box::pin(async move { Ok(Self { bytes: bytes.await?, is_json }) })
    }
}

/// Whether the caller says that the body is JSON, or nothing at all.
fn says_json(request: &HttpRequest) -> bool {
    let kind = request.content_type();
    !request.headers().contains_key(header::CONTENT_TYPE)
        || kind.eq_ignore_ascii_case("application/json")
        || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// A body that holds a file: larger than others may be.
pub struct Upload(pub Body);

impl FromRequest for Upload {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (is_json, bytes) = (says_json(request), read::<UPLOAD_LIMIT_BYTES>(payload.take()));
        Box::pin(async move { Ok(Self(Body { bytes: bytes.await?, is_json })) })
    }
}

/// A notification of a gateway: smaller than other bodies may be.
pub struct Notification(pub web::Bytes);

impl FromRequest for Notification {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = read::<NOTIFICATION_LIMIT_BYTES>(payload.take());
        Box::pin(async move {
            let in_time = tokio::time::timeout(NOTIFICATION_PATIENCE, bytes).await;
            let slow = || RequestFault::Query("the body took too long".to_owned());
            in_time.map_err(|_| slow())?.map(Self)
        })
    }
}

async fn read<const LIMIT: usize>(mut payload: Payload) -> ApiResult<web::Bytes> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| RequestFault::Query(format!("the body ended early: {error}")))?;
        if bytes.len() + chunk.len() > LIMIT {
            return Err(RequestFault::TooLarge.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Which page of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct PageQuery {
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Rows wanted; 50 where nobody says, 200 at most.
    pub limit: Option<u64>,
}

impl PageQuery {
    /// The page wanted; a cursor that is not ours is a malformed request.
    pub fn request(&self) -> ApiResult<PageRequest> {
        PageRequest::parse(self.cursor.as_deref(), self.limit)
            .ok_or_else(|| RequestFault::Query("the cursor is not valid".to_owned()).into())
    }
}

/// Which rows of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct StateQuery {
    /// Only rows in this state; all where nobody says.
    pub status: Option<String>,
}

impl StateQuery {
    /// The state wanted; a word nobody knows is wrong input.
    pub fn state<T>(&self, parse: impl Fn(&str) -> Option<T>) -> ApiResult<Option<T>> {
        named("status", self.status.as_deref(), parse)
    }
}

/// Whose rows of a list of everybody's.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct CustomerQuery {
    /// Only rows of this customer.
    pub customer_id: Option<String>,
}

impl CustomerQuery {
    /// The customer wanted.
    pub fn customer(&self) -> Option<CustomerId> {
        self.customer_id.as_deref().map(CustomerId::from)
    }
}

/// What the word a caller wrote for `field` names, where he wrote one; a word nobody knows is wrong input.
pub fn named<T>(field: &str, word: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> ApiResult<Option<T>> {
    let unknown = || CommonFault::Invalid(vec![FieldFault::new(field, "unknown")]);
    Ok(word.map(|word| parse(word).ok_or_else(unknown)).transpose()?)
}

/// A field that may be named as null: `Some(None)` then, and with `#[serde(default)]` `None` where it is not named.
pub fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// A header that says one thing: sent twice, nobody knows which of them counts.
pub fn single_header<'a>(request: &'a HttpRequest, name: &str) -> Result<Option<&'a HeaderValue>, RequestFault> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(RequestFault::Query(format!("the header {name} must be sent once"))),
    }
}

/// The header `Idempotency-Key`, where it was sent, with the route it was sent to.
pub struct IdempotencyKey {
    /// The key.
    pub key: Option<String>,
    /// Method and path: the same key on another route is another key.
    pub route: String,
}

impl IdempotencyKey {
    /// The same, where a key must be given.
    pub fn required(self) -> ApiResult<Self> {
        if self.key.is_some() { Ok(self) } else { Err(RequestFault::IdempotencyKey.into()) }
    }
}

impl FromRequest for IdempotencyKey {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = match single_header(request, "idempotency-key") {
            Ok(None) => None,
            Ok(Some(value)) => match value.to_str() {
                Ok(key) if (1..=200).contains(&key.trim().len()) => Some(key.trim().to_owned()),
                _ => return ready(Err(RequestFault::IdempotencyKey.into())),
            },
            Err(fault) => return ready(Err(fault.into())),
        };
        ready(Ok(Self { key, route: format!("{} {}", request.method(), request.path()) }))
    }
}
