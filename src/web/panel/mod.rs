//! What customers see once they are signed in: services, invoices, wallet, orders, quotes, profile. The pay pages belong to
//! `web::public`.
pub mod account;
pub mod change;
pub mod home;
pub mod invoices;
pub mod orders;
pub mod profile;
pub mod quotes;
pub mod services;
pub mod statement;
pub mod wallet;

#[cfg(test)]
mod samples;

use crate::{
    kernel::{fault::CommonFault, page::PageRequest},
    web::WebError,
};
use actix_web::web::ServiceConfig;

/// The addresses of this door. No scope: other families have addresses below `/panel` too.
pub fn routes(config: &mut ServiceConfig) {
    home::routes(config);
    account::routes(config);
    services::routes(config);
    change::routes(config);
    invoices::routes(config);
    statement::routes(config);
    orders::routes(config);
    quotes::routes(config);
    wallet::routes(config);
    profile::routes(config);
}

/// The page of a list that a cursor names; a cursor that is not ours is an address that does not exist.
fn page_of(cursor: Option<&str>, limit: u64) -> Result<PageRequest, WebError> {
    PageRequest::parse(cursor, Some(limit)).ok_or_else(|| CommonFault::NotFound.into())
}

/// A form whose only content is its token.
#[derive(serde::Deserialize)]
pub struct Nothing {}
