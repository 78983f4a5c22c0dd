//! Answers that are files.
use crate::domain::documents::PdfFile;
use actix_web::{HttpResponse, body::MessageBody, http::header};
use entity::platform::file as stored;

/// A document of ours.
pub fn pdf(file: PdfFile) -> HttpResponse {
    sent(&file.name, "application/pdf", file.body)
}

/// A table for spreadsheets.
pub fn csv(name: &str, text: String) -> HttpResponse {
    sent(name, "text/csv; charset=utf-8", text)
}

/// A document of XML.
pub fn xml(name: &str, text: String) -> HttpResponse {
    sent(name, "application/xml; charset=utf-8", text)
}

/// A file as a stranger sent it: its name says what it was called to be, and nothing here vouches for that.
pub fn foreign(file: stored::Model) -> HttpResponse {
    sent(&file.name, "application/octet-stream", file.body)
}

fn sent(name: &str, kind: &str, body: impl MessageBody + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(body)
}
