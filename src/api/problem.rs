//! Errors of the API: RFC 9457 problem documents with a stable `code`.
use crate::kernel::fault::{Fault, FieldFault, Kind};
use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt;
use utoipa::ToSchema;

/// Any fault on its way to an answer.
#[derive(Debug)]
pub struct ApiError(pub Box<dyn Fault>);

impl<F: Fault> From<F> for ApiError {
    fn from(fault: F) -> Self {
        Self(Box::new(fault))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What every handler of the API answers.
pub type ApiResult<T> = Result<T, ApiError>;

/// Shape of a problem document.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable word, listed in docs/API.md.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
    /// Id of the incident: name it to support.
    pub instance: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<ProblemField>>,
}

/// What is wrong with one field.
#[derive(Serialize, ToSchema)]
pub struct ProblemField {
    /// Name of the field.
    pub field: String,
    /// Stable word.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// The status a kind of trouble has.
pub fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Kind::Upstream => StatusCode::BAD_GATEWAY,
        Kind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        status_of(self.0.kind())
    }

    fn error_response(&self) -> HttpResponse {
        let fault = &*self.0;
        let incident = entity::value::next_ulid().to_string();
        if fault.kind() == Kind::Internal {
            tracing::error!(incident = %incident, error = %fault, chain = ?fault, "A request failed");
        }
        let mut body = Map::new();
        let status = self.status_code();
        body.insert("type".into(), json!("about:blank"));
        body.insert("title".into(), json!(status.canonical_reason().unwrap_or("Error")));
        body.insert("status".into(), json!(status.as_u16()));
        body.insert("code".into(), json!(fault.code()));
        body.insert("detail".into(), Value::String(detail_of(fault)));
        body.insert("instance".into(), json!(format!("urn:incident:{incident}")));
        let fields = fault.fields();
        if !fields.is_empty() {
            body.insert("errors".into(), fields.iter().map(field_of).collect());
        }
        body.extend(fault.extra());
        let mut answer = HttpResponse::build(status);
        match fault.kind() {
            Kind::TooMany { retry_after } | Kind::Unavailable { retry_after } => {
                answer.insert_header(("Retry-After", retry_after.to_string()));
            }
            Kind::Unauthenticated => {
                answer.insert_header(("WWW-Authenticate", "Bearer"));
            }
            _ => {}
        }
        answer.content_type("application/problem+json").json(Value::Object(body))
    }
}

/// Own mistakes are never explained to the caller: the incident id finds them in the log.
fn detail_of(fault: &dyn Fault) -> String {
    match fault.kind() {
        Kind::Internal => {
            "Something went wrong on our side. Before you try again, look at what became of the order or payment."
                .to_owned()
        }
        Kind::Unavailable { .. } => "The service is briefly unavailable. Try again shortly.".to_owned(),
        _ => fault.to_string(),
    }
}

fn field_of(fault: &FieldFault) -> Value {
    let args: Vec<String> = fault.args.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let mut message = fault.code.replace('_', " ");
    if !args.is_empty() {
        message = format!("{message} ({})", args.join(", "));
    }
    json!({ "field": fault.field, "code": fault.code, "message": message })
}

/// The body or query cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RequestFault {
    /// Not JSON at all.
    #[error("the body is not valid JSON: {0}")]
    NotJson(String),
    /// JSON of the wrong shape.
    #[error("the body does not have the expected shape: {0}")]
    WrongShape(String),
    /// Too long.
    #[error("the body is too large")]
    TooLarge,
    /// Not sent as JSON.
    #[error("the body must be sent as application/json")]
    WrongType,
    /// A part of the path or query is wrong.
    #[error("{0}")]
    Query(String),
    /// `Idempotency-Key` is missing or unusable.
    #[error("the header Idempotency-Key must be given: 1 to 200 visible characters")]
    IdempotencyKey,
    /// The path is known, the method is not.
    #[error("this path does not know the method")]
    Method,
    /// There is no such path.
    #[error("there is no such path")]
    NoRoute,
}

impl Fault for RequestFault {
    fn kind(&self) -> Kind {
        match self {
            Self::NotJson(_) | Self::Query(_) | Self::IdempotencyKey => Kind::Malformed,
            Self::WrongShape(_) => Kind::Invalid,
            Self::TooLarge => Kind::TooLarge,
            Self::WrongType => Kind::WrongType,
            Self::Method => Kind::MethodNotAllowed,
            Self::NoRoute => Kind::NotFound,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "MALFORMED_JSON",
            Self::WrongShape(_) => "VALIDATION_FAILED",
            Self::TooLarge => "BODY_TOO_LARGE",
            Self::WrongType => "UNSUPPORTED_MEDIA_TYPE",
            Self::Query(_) => "MALFORMED_REQUEST",
            Self::IdempotencyKey => "IDEMPOTENCY_KEY_REQUIRED",
            Self::Method => "METHOD_NOT_ALLOWED",
            Self::NoRoute => "NOT_FOUND",
        }
    }
}
