//! What a visitor sees, and the way to a paid order: the shop, accounts, the cart, the pay page, terms.
pub mod account;
pub mod cart;
pub mod legal;
mod older;
pub mod pay;
pub mod quote;
pub mod reference;
#[cfg(test)]
mod samples;
pub mod shop;

use actix_web::web::ServiceConfig;

/// The addresses of this door.
pub fn routes(config: &mut ServiceConfig) {
    shop::routes(config);
    cart::routes(config);
    account::routes(config);
    legal::routes(config);
    older::routes(config);
    pay::routes(config);
    quote::routes(config);
}

/// A path of this site to go on to; anything else leads to `otherwise`.
pub fn local_path<'a>(path: Option<&'a str>, otherwise: &'a str) -> &'a str {
    path.filter(|path| super::preferences::is_local(path)).unwrap_or(otherwise)
}

/// `text` as one value of a query.
pub fn query_value(text: &str) -> String {
    serde_urlencoded::to_string([("", text)]).unwrap_or_default().trim_start_matches('=').to_owned()
}
