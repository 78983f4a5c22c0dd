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
    let own = format!("/panel/quotes/{}", full.quote.id);
    let (answer_url, order_url) = (card.is_open.then(|| own.clone()), full.quote.order_id.map(|_| own));
    respond::page(&PublicPage { quote: card, answer_url, order_url, frame })
}

/// `GET /quote/{token}/pdf`
async fn pdf(visitor: Visitor, token: Path<String>) -> Result<HttpResponse, WebError> {
    let full = find::by_public_token(&visitor.ctx.db, &token).await?;
    Ok(respond::pdf(quote::pdf(&visitor.ctx, &full).await?))
}
