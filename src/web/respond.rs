//! Answers of handlers: a rendered template with its status.
use super::WebError;
use crate::{domain::documents::PdfFile, kernel::fault::CommonFault};
use actix_web::{HttpResponse, body::MessageBody, http::StatusCode, http::header};
use askama::Template;

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

/// A file to be kept.
pub fn file(name: &str, kind: &str, body: impl MessageBody + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(body)
}
