//! Whether htmx asks for a part of a page.
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::{
    convert::Infallible,
    future::{Ready, ready},
};

/// The request asks for a fragment, not for a whole page. Answers that differ by it send `Vary: HX-Request-Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hx(pub bool);

/// Whether `request` asks for a fragment.
pub fn is_partial(request: &HttpRequest) -> bool {
    request.headers().get("HX-Request-Type").is_some_and(|value| value == "partial")
}

impl FromRequest for Hx {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(is_partial(request))))
    }
}
