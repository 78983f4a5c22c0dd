//! Ordering: the questions of a service, the cart, checkout. A guest's cart is known by a token in a cookie; signing
//! in takes it over.
mod checkout;
mod order;
pub mod questions;
#[cfg(test)]
mod samples;
pub mod view;

use crate::{
    domain::{
        Services,
        ordering::{self, OrderingError, cart},
    },
    web::{
        WebError, flash,
        forms::{NoFields, SafeForm},
        principal::Visitor,
        respond,
    },
};
use actix_web::{
    HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    http::StatusCode,
    web::{self, ServiceConfig},
};
use entity::{
    identity::user,
    value::{CartItemId, CustomerId},
};
use serde::Deserialize;
use view::CartPage;

/// Name of the cookie that knows a guest's cart.
const COOKIE: &str = "cart";
/// As long as carts are kept.
const KEPT: Duration = Duration::days(30);

/// The addresses of ordering.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/catalog/{slug}/order", web::get().to(order::form))
        .route("/catalog/{slug}/order", web::post().to(order::add))
        .route("/catalog/{slug}/order/first", web::get().to(order::first))
        .route("/cart", web::get().to(show))
        .route("/cart/remove", web::post().to(remove))
        .route("/cart/coupon", web::post().to(apply_coupon))
        .route("/cart/coupon/remove", web::post().to(remove_coupon))
        .route("/checkout", web::get().to(checkout::show))
        .route("/checkout", web::post().to(checkout::place));
}

/// The token of the cart this browser has filled as a guest, if any.
pub fn key_of(visitor: &Visitor) -> Option<String> {
    visitor.request().cookie(COOKIE).map(|cookie| cookie.value().to_owned()).filter(|key| !key.is_empty())
}

/// Whose cart the visitor fills; none for a guest who has not begun one.
fn owner_of(visitor: &Visitor) -> Option<cart::Owner> {
    match &visitor.customer_id {
        Some(id) => Some(cart::Owner::Customer(id.clone())),
        None => key_of(visitor).map(cart::Owner::Guest),
    }
}

fn cookie(services: &Services, token: &str) -> Cookie<'static> {
    Cookie::build(COOKIE, token.to_owned())
        .path("/")
        .http_only(true)
        .secure(services.config.is_secure())
        .same_site(SameSite::Lax)
        .max_age(if token.is_empty() { Duration::ZERO } else { KEPT })
        .finish()
}

/// At sign-in: what the guest put into his cart becomes his account's. Gives the cookie to forget, if there was one.
///
/// # Errors
/// The database.
pub async fn take_over(visitor: &Visitor, user: &user::Model) -> Result<Option<Cookie<'static>>, WebError> {
    let Some(token) = key_of(visitor) else { return Ok(None) };
    let Some(customer_id) = user.last_customer_id.as_deref().map(CustomerId::from) else { return Ok(None) };
    cart::take_over(&visitor.ctx, &token, &customer_id).await?;
    Ok(Some(cookie(&visitor.ctx.services, "")))
}

async fn look(visitor: &Visitor) -> Result<cart::CartView, WebError> {
    Ok(match owner_of(visitor) {
        Some(owner) => cart::view(&visitor.ctx, &owner).await?,
        None => cart::CartView::default(),
    })
}

async fn show(visitor: Visitor) -> Result<HttpResponse, WebError> {
    respond::page(&page(&visitor).await?)
}

async fn page(visitor: &Visitor) -> Result<CartPage, WebError> {
    let cart = look(visitor).await?;
    let tax = ordering::pricing::buyer_tax(&visitor.ctx, visitor.customer_id.as_ref()).await?;
    CartPage::build(visitor.frame(), &cart, &tax)
}

#[derive(Debug, Deserialize)]
struct CouponForm {
    coupon: String,
}

async fn apply_coupon(visitor: Visitor, SafeForm(form): SafeForm<CouponForm>) -> Result<HttpResponse, WebError> {
    let Some(owner) = owner_of(&visitor) else { return Ok(flash::redirect("/cart")) };
    match cart::apply_coupon(&visitor.ctx, &owner, &form.coupon).await {
        // An empty cart says so itself.
        Ok(()) | Err(OrderingError::Invalid(_)) => Ok(flash::redirect("/cart")),
        Err(OrderingError::CouponRefused(refusal)) => {
            let mut page = page(&visitor).await?;
            let error = view::why(&page.frame, &refusal);
            page.coupon = page.coupon.refused(&form.coupon, error);
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn remove_coupon(visitor: Visitor, _: SafeForm<NoFields>) -> Result<HttpResponse, WebError> {
    if let Some(owner) = owner_of(&visitor) {
        cart::remove_coupon(&visitor.ctx, &owner).await?;
    }
    Ok(flash::redirect("/cart"))
}

#[derive(Debug, Deserialize)]
struct RemoveForm {
    item: String,
}

async fn remove(visitor: Visitor, SafeForm(form): SafeForm<RemoveForm>) -> Result<HttpResponse, WebError> {
    if let Some(owner) = owner_of(&visitor) {
        cart::remove(&visitor.ctx, &owner, &CartItemId::from(form.item)).await?;
    }
    Ok(flash::redirect("/cart"))
}

/// Puts something into the visitor's cart; a guest gets one with it.
async fn put(visitor: &Visitor, item: ordering::CheckoutItem) -> Result<HttpResponse, OrderingError> {
    let mut response = flash::redirect("/cart");
    let owner = owner_of(visitor).unwrap_or_else(|| {
        let token = cart::new_token();
        // A token of letters and digits is always a valid cookie.
        let _ = response.add_cookie(&cookie(&visitor.ctx.services, &token));
        cart::Owner::Guest(token)
    });
    cart::add(&visitor.ctx, &owner, item).await?;
    Ok(response)
}
