//! Answers of handlers: a rendered template with its status.
use super::WebError;
use crate::{domain::documents::PdfFile, kernel::fault::CommonFault};
use actix_web::{
    HttpResponse,
    body::MessageBody,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use askama::Template;
use entity::platform::file as stored;

/// A page or fragment with status 200.
///
/// # Errors
/// `Internal` where the template cannot be rendered.
pub fn page(template: &impl Template) -> Result<HttpResponse, WebError> {
    page_with(StatusCode::OK, template)
}

/// A page or fragment with another status, for example 422 for a form that is shown again.
///
/// # Errors
/// `Internal` where the template cannot be rendered.
pub fn page_with(status: StatusCode, template: &impl Template) -> Result<HttpResponse, WebError> {
    let body = template.render().map_err(|error| CommonFault::Internal(error.to_string()))?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::VARY, "HX-Request-Type"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body))
}

/// A document to be kept.
pub fn pdf(document: PdfFile) -> HttpResponse {
    file(&document.name, "application/pdf", document.body)
}

/// A document to be looked at.
pub fn open_pdf(document: PdfFile) -> HttpResponse {
    sent("inline", &document.name, "application/pdf", document.body)
}

/// A file to be kept.
pub fn file(name: &str, kind: &str, body: impl MessageBody + 'static) -> HttpResponse {
    sent("attachment", name, kind, body)
}

/// A file as a stranger sent it: kept, never opened here.
pub fn foreign_file(file: stored::Model) -> HttpResponse {
    let mut answer = self::file(&file.name, &file.content_type, file.body);
    let sandbox = HeaderValue::from_static("default-src 'none'; sandbox");
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, sandbox);
    answer.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn sent(manner: &str, name: &str, kind: &str, body: impl MessageBody + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CONTENT_DISPOSITION, format!("{manner}; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(body)
}
