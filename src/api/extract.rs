//! What handlers ask for: who calls, the body, the page of a list, the idempotency key. A handler's signature is its
//! access rule.
use super::problem::{ApiError, ApiResult, RequestFault};
use crate::kernel::page::PageRequest;
use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, de::DeserializeOwned};
use std::future::{Ready, ready};

/// A body that is read but not yet understood: a handler looks up its row first, so that somebody else's id is 404
/// whatever the body says.
pub struct Body(web::Bytes);

impl Body {
    /// Understands the body. Unknown fields are tolerated; an empty body counts as `{}`.
    pub fn parse<T: DeserializeOwned>(&self) -> ApiResult<T> {
        let bytes: &[u8] = if self.0.is_empty() { b"{}" } else { &self.0 };
        serde_json::from_slice(bytes).map_err(|error| {
            let fault = if error.is_data() {
                RequestFault::WrongShape(error.to_string())
            } else {
                RequestFault::NotJson(error.to_string())
            };
            fault.into()
        })
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromRequest for Body {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = web::Bytes::from_request(request, payload);
        Box::pin(async move { bytes.await.map(Self).map_err(|_| RequestFault::TooLarge.into()) })
    }
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

/// The header `Idempotency-Key`, where it was sent.
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// The key, where one must be given.
    pub fn required(&self) -> ApiResult<&str> {
        self.0.as_deref().ok_or_else(|| RequestFault::IdempotencyKey.into())
    }
}

impl FromRequest for IdempotencyKey {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.headers().get("idempotency-key") {
            None => Ok(Self(None)),
            Some(value) => match value.to_str() {
                Ok(key) if (1..=200).contains(&key.trim().len()) => Ok(Self(Some(key.trim().to_owned()))),
                _ => Err(RequestFault::IdempotencyKey.into()),
            },
        })
    }
}
