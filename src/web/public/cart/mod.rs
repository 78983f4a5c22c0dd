//! The cart of a browser.
use crate::web::principal::Visitor;

/// Name of the cookie that names the cart.
const COOKIE: &str = "cart";

/// The cart this browser has filled, if any.
pub fn key_of(visitor: &Visitor) -> Option<String> {
    visitor.request().cookie(COOKIE).map(|cookie| cookie.value().to_owned()).filter(|key| !key.is_empty())
}
