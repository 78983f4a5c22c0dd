//! The pages: HTTP in, HTML out. This floor holds no rules of business.
//!
//! Rendering tools: [`frame::Frame`] (what surrounds every page), [`filters`] (askama filters), [`assets`] (embedded
//! static files), [`form_errors`], [`error_pages`], [`page_checks`] (what tests ask of every rendered page).
//! How to add a page: `docs/howto/add-a-page.md`.
pub mod assets;
pub mod content_policy;
pub mod csrf;
pub mod environment;
pub mod error_pages;
pub mod errors;
pub mod filters;
pub mod flash;
pub mod form_errors;
pub mod forms;
pub mod frame;
pub mod hx;
pub mod navigation;
pub mod page_checks;
pub mod panel;
pub mod preferences;
pub mod principal;
pub mod public;
pub mod respond;
pub mod sse;
pub mod throttle;
pub mod tone;
pub mod upload;
pub mod whm;

pub use errors::WebError;

use crate::{domain::Services, kernel::fault::CommonFault};
use actix_web::{HttpRequest, HttpResponse, http::Uri, middleware::from_fn, web};
use std::sync::Arc;

#[cfg(test)]
mod kit;
#[cfg(test)]
mod template_checks;

/// The services of the house, from any request.
pub fn services(request: &HttpRequest) -> Arc<Services> {
    request
        .app_data::<web::Data<Services>>()
        .expect("the server puts the services into every application")
        .clone()
        .into_inner()
}

/// Every page. The last `wrap` runs first: faults are drawn outermost, so that a refused forgery is a page too. This
/// scope catches every path not matched before it, so it is registered last.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/static/{hash}/{name:.*}", web::get().to(assets::serve));
    config.service(
        web::scope("")
            .route(preferences::PATH, web::get().to(preferences::choose))
            .configure(public::routes)
            .configure(panel::routes)
            .service(web::scope("/whm").configure(whm::routes).default_service(web::to(no_page)))
            .default_service(web::to(no_page))
            .wrap(from_fn(throttle::guard))
            .wrap(from_fn(csrf::guard))
            .wrap(from_fn(errors::render_errors)),
    );
}

/// Whether an address holds the character that no text of a person holds and not every database can keep.
pub fn holds_nul(address: &Uri) -> bool {
    address.path_and_query().is_some_and(|text| text.as_str().contains("%00"))
}

async fn no_page() -> Result<HttpResponse, WebError> {
    Err(CommonFault::NotFound.into())
}
