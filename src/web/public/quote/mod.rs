//! A price quote behind the link of its mail: read and kept by whoever holds the link, answered only by its customer,
//! signed in (docs/adr/0045-quotes.md).
#[cfg(test)]
mod samples;
pub mod view;

use crate::{
    domain::ordering::quote::{self, find},
    web::{WebError, principal::Visitor, respond},
};
use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Path, ServiceConfig},
};
use view::{PublicPage, QuoteCard};

/// The addresses of quotes behind links.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/quote/{token}", web::get().to(show)).route("/quote/{token}/pdf", web::get().to(pdf));
}

async fn show(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, WebError> {
    let full = find::by_public_token(&visitor.ctx.db, &token).await?;
    let frame = visitor.frame();
    let card = QuoteCard::build(&frame, &full, format!("/quote/{}/pdf", *token));
    let answer_url = card.is_open.then(|| format!("/panel/quotes/{}", full.quote.id));
    respond::page(&PublicPage { quote: card, answer_url, frame })
}

/// `GET /quote/{token}/pdf`
async fn pdf(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, WebError> {
    let full = find::by_public_token(&visitor.ctx.db, &token).await?;
    Ok(sent(quote::pdf(&visitor.ctx, &full).await?))
}

/// A quote as a file to be kept.
pub fn sent(file: crate::domain::documents::PdfFile) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name)))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(file.body)
}
