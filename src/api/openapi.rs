//! The document that describes the API, collected from the handlers themselves, and the page that shows it.
use super::handlers;
use actix_web::{App, HttpResponse, web};
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

#[derive(OpenApi)]
#[openapi(info(
    title = "Yumna API",
    description = "Everything the panel and WHM can do. Money is whole minor units with its currency, times are RFC 3339 in UTC, lists are keyset pages, errors are problem documents with a stable code.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Document;

static JSON: LazyLock<String> = LazyLock::new(|| {
    let (_, document) = App::new().into_utoipa_app().openapi(Document::openapi()).configure(handlers).split_for_parts();
    document.to_pretty_json().expect("a document of plain values is valid JSON")
});

/// The OpenAPI document.
pub fn document_json() -> &'static str {
    &JSON
}

/// `/api/openapi.json`.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/api/openapi.json", web::get().to(document));
}

async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document_json())
}
