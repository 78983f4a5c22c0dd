//! Checkout: what is ordered, for which account, for how much; then the order, once. The cart decides that it is once:
//! the order empties it in its own transaction, so that a twin of the same click finds nothing left to order.
use super::view::{CheckoutPage, Refusal};
use crate::{
    domain::{
        identity::IdentityError,
        ordering::{self, Checkout, OrderingError, cart},
    },
    kernel::{
        fault::{CommonFault, Fault, Kind},
        page::PageRequest,
        permission::may,
    },
    web::{
        WebError, errors, flash,
        forms::SafeForm,
        frame::Frame,
        principal::{Member, Visitor},
        respond,
        tone::Tone,
    },
};
use actix_web::{HttpResponse, http::StatusCode};
use chrono::Duration;
use entity::value::InvoiceId;
use serde::Deserialize;

/// An order placed so recently is the twin of this click.
const TWIN: Duration = Duration::minutes(10);

/// `GET /checkout`
pub async fn show(member: Member<may::Pay>, visitor: Visitor) -> Result<HttpResponse, WebError> {
    let cart = own_cart(&member).await?;
    if cart.lines.is_empty() {
        return Ok(flash::redirect("/cart"));
    }
    let page = page(&member, &visitor, &cart, None).await?;
    respond::page(&page)
}

async fn own_cart(member: &Member<may::Pay>) -> Result<cart::CartView, WebError> {
    Ok(cart::view(&member.ctx, &cart::Owner::Customer(member.customer_id.clone())).await?)
}

async fn page(
    member: &Member<may::Pay>,
    visitor: &Visitor,
    cart: &cart::CartView,
    refusal: Option<Refusal>,
) -> Result<CheckoutPage, WebError> {
    let tax = ordering::pricing::buyer_tax(&member.ctx, Some(&member.customer_id)).await?;
    let is_verified = member.signed_in.user.email_verified_at.is_some();
    CheckoutPage::build(visitor.frame(), cart, &tax, is_verified, refusal)
}

/// What must be agreed to.
#[derive(Debug, Deserialize)]
pub struct PlaceForm {
    /// What the page showed: `CartView::fingerprint`.
    #[serde(default)]
    shown: String,
    accepted_terms: Option<String>,
}

/// `POST /checkout`
pub async fn place(
    member: Member<may::Pay>,
    visitor: Visitor,
    SafeForm(form): SafeForm<PlaceForm>,
) -> Result<HttpResponse, WebError> {
    let cart = own_cart(&member).await?;
    if cart.lines.is_empty() {
        return after_twin(&member).await;
    }
    if cart.fingerprint() != form.shown {
        return changed(&member, &visitor, &cart).await;
    }
    let frame = visitor.frame();
    if form.accepted_terms.is_none() {
        let refusal = Refusal::plain(Tone::Warn, frame.t("checkout-accept"));
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, &page(&member, &visitor, &cart, Some(refusal)).await?);
    }
    let checkout = Checkout {
        customer_id: member.customer_id.clone(),
        user_id: member.user_id.clone(),
        items: cart.checkout_items(),
        coupon: cart.coupon_code(),
        cart: cart.ordered(),
    };
    match ordering::place(&member.ctx, checkout).await {
        Ok(placed) => Ok(flash::redirect(&pay_url(&placed.invoice.id))),
        Err(fault) if is_empty_by_now(&fault) => after_twin(&member).await,
        // A coupon that takes nothing off any more changes the total; the page of today says why.
        Err(OrderingError::CouponRefused(_) | OrderingError::CartChanged) => {
            changed(&member, &visitor, &own_cart(&member).await?).await
        }
        Err(fault) => match refusal_of(&frame, &fault, &cart) {
            Some(refusal) => {
                let status = if fault.kind() == Kind::Forbidden { StatusCode::FORBIDDEN } else { StatusCode::CONFLICT };
                refuse(status, &page(&member, &visitor, &cart, Some(refusal)).await?)
            }
            None => Err(fault.into()),
        },
    }
}

/// What was agreed to is not what would be ordered now: the page of today, with its total in words.
async fn changed(
    member: &Member<may::Pay>,
    visitor: &Visitor,
    cart: &cart::CartView,
) -> Result<HttpResponse, WebError> {
    let mut page = page(member, visitor, cart, None).await?;
    let total = page.frame.money(&page.sum.total);
    page.refusal = Some(Refusal::plain(Tone::Warn, page.frame.ta("checkout-changed", [("total", total.as_str())])));
    refuse(StatusCode::CONFLICT, &page)
}

fn refuse(status: StatusCode, page: &CheckoutPage) -> Result<HttpResponse, WebError> {
    respond::page_with(status, page)
}

fn pay_url(invoice_id: &InvoiceId) -> String {
    format!("/panel/invoices/{invoice_id}/pay")
}

fn is_empty_by_now(fault: &OrderingError) -> bool {
    fault.fields().iter().any(|field| field.field == "items" && field.code == "required")
}

/// The cart was ordered by a twin of this click: on to what the twin has ordered.
async fn after_twin(member: &Member<may::Pay>) -> Result<HttpResponse, WebError> {
    let request = PageRequest { after: None, limit: 1 };
    let newest = ordering::find::list_owned(&member.ctx.db, &member.customer_id, &request).await;
    let newest = newest.map_err(CommonFault::from)?.rows.into_iter().next();
    let twin = newest.filter(|view| view.order.created_at + TWIN > member.ctx.now()).and_then(|view| view.invoice);
    Ok(flash::redirect(&twin.map_or("/cart".to_owned(), |invoice| pay_url(&invoice.id))))
}

/// What the person can do about it; none for what is not his to mend.
fn refusal_of(frame: &Frame, fault: &OrderingError, cart: &cart::CartView) -> Option<Refusal> {
    let sentence = errors::sentence(frame, fault);
    let with = |label: &str, href: String| Refusal {
        tone: Tone::Warn,
        text: sentence.clone(),
        link: Some((frame.t(label), href)),
        wait: None,
    };
    match fault {
        OrderingError::QuotaExceeded(plan) => {
            let line = cart.lines.iter().find(|line| {
                let found = &line.choice.offer.plan;
                found.code == *plan || found.id.as_str() == plan
            })?;
            let (slug, code) = (&line.choice.offer.product.slug, &line.choice.offer.plan.code);
            Some(Refusal {
                tone: Tone::Warn,
                text: frame.t("shop-full-text"),
                link: Some((frame.t("checkout-other-plan"), format!("/catalog/{slug}"))),
                wait: Some((format!("/catalog/{slug}/waitlist"), code.clone())),
            })
        }
        OrderingError::UpgradeRequired(id) => Some(with("checkout-to-service", format!("/panel/subscriptions/{id}"))),
        OrderingError::DuplicateSubscription(id) => Some(with("action-pay-now", pay_url(id))),
        OrderingError::Identity(IdentityError::EmailNotVerified) => Some(with("verify-action", "/verify".to_owned())),
        OrderingError::ShopClosed | OrderingError::AccountNotServed => Some(Refusal::plain(Tone::Warn, sentence)),
        OrderingError::Invalid(_) => Some(with("checkout-to-cart", "/cart".to_owned())),
        _ => None,
    }
}
