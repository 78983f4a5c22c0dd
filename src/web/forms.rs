//! Forms: the token is checked before anything of the form is believed.
use super::{
    WebError,
    csrf::{self, CsrfFault},
};
use crate::{
    domain::Services,
    kernel::fault::{Fault, Kind},
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, de::DeserializeOwned};

/// Largest form that is read.
const LIMIT_BYTES: usize = 256 * 1024;

/// A form of one of our pages, its token checked.
pub struct SafeForm<T>(pub T);

/// A form that only carries its token.
#[derive(Debug, Deserialize)]
pub struct NoFields {}

/// The form cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FormFault {
    /// Not a form, or fields of the wrong kind.
    #[error("the form could not be read: {0}")]
    Unreadable(String),
    /// Too long.
    #[error("the form is too large")]
    TooLarge,
    /// Not sent as a form.
    #[error("the body is not a form")]
    WrongType,
}

impl Fault for FormFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Unreadable(_) => Kind::Invalid,
            Self::TooLarge => Kind::TooLarge,
            Self::WrongType => Kind::WrongType,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "FORM_UNREADABLE",
            Self::TooLarge => "BODY_TOO_LARGE",
            Self::WrongType => "UNSUPPORTED_MEDIA_TYPE",
        }
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for SafeForm<T> {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = web::Bytes::from_request(&request, payload);
        Box::pin(async move {
            let body = body.await.map_err(|_| FormFault::TooLarge)?;
            if body.len() > LIMIT_BYTES {
                return Err(FormFault::TooLarge.into());
            }
            let services = super::services(&request);
            check_token(&services, &request, &body)?;
            if request.content_type() != "application/x-www-form-urlencoded" {
                return Err(FormFault::WrongType.into());
            }
            // No text of a person holds it, and a database may not be able to keep it.
            if body.contains(&0) || body.windows(3).any(|bytes| bytes == b"%00") {
                return Err(FormFault::Unreadable("it contains a NUL character".to_owned()).into());
            }
            let form = serde_urlencoded::from_bytes(&body).map_err(|error| FormFault::Unreadable(error.to_string()))?;
            Ok(Self(form))
        })
    }
}

fn check_token(services: &Services, request: &HttpRequest, body: &[u8]) -> Result<(), WebError> {
    let in_header = request.headers().get(csrf::HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let sent = match in_header {
        Some(token) => token,
        None => {
            let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).unwrap_or_default();
            fields.into_iter().find(|(name, _)| name == csrf::FIELD).map(|(_, value)| value).unwrap_or_default()
        }
    };
    if csrf::is_valid(services, request, &sent) { Ok(()) } else { Err(CsrfFault.into()) }
}
