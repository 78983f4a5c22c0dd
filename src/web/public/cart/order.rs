//! The questions of a service before it goes into the cart.
use super::view::{OrderPage, Question};
use crate::{
    domain::{
        catalog::find,
        ordering::{self, CheckoutItem, OrderingError},
    },
    kernel::fault::{CommonFault, Fault},
    web::{WebError, flash, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Visitor, respond},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Path, Query},
};
use entity::value::Cycle;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Before the names of answers in the form.
pub const PREFIX: &str = "config.";

/// What is ordered.
#[derive(Debug, Deserialize)]
pub struct OrderQuery {
    #[serde(default)]
    plan: String,
    #[serde(default)]
    cycle: String,
}

/// `GET /catalog/{slug}/order`
pub async fn form(visitor: Visitor, slug: Path<String>, query: Query<OrderQuery>) -> Result<HttpResponse, WebError> {
    // Nothing chosen yet: the plans are where to choose.
    let is_plain = slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_plain && (query.plan.is_empty() || query.cycle.is_empty()) {
        return Ok(flash::redirect(&format!("/catalog/{slug}")));
    }
    let nothing = BTreeMap::new();
    let page = page(&visitor, &slug, &query.plan, &query.cycle, &nothing, |_| FormErrors::none()).await?;
    respond::page(&page)
}

async fn page(
    visitor: &Visitor,
    slug: &str,
    plan: &str,
    cycle: &str,
    answers: &BTreeMap<String, String>,
    errors: impl FnOnce(&Frame) -> FormErrors,
) -> Result<OrderPage, WebError> {
    let db = &visitor.ctx.db;
    let offers = find::offers_by_code(db, &[plan.to_owned()]).await.map_err(CommonFault::from)?;
    let offer = offers.into_iter().find(|offer| offer.product.slug == slug).ok_or(CommonFault::NotFound)?;
    let wanted = Cycle::parse(cycle);
    let price = offer.prices.iter().find(|price| Some(price.cycle) == wanted).ok_or(CommonFault::NotFound)?;
    let tax = ordering::pricing::buyer_tax(&visitor.ctx, visitor.customer_id.as_ref()).await?;
    let frame = visitor.frame();
    let questions = Question::all(frame.lang, &offer, answers);
    let errors = errors(&frame);
    OrderPage::build(frame, &offer, price, &tax, questions, errors)
}

/// `POST /catalog/{slug}/order`
pub async fn add(
    visitor: Visitor,
    slug: Path<String>,
    SafeForm(form): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let (plan, cycle) = (field("plan"), field("cycle"));
    let answers: BTreeMap<String, String> =
        form.iter().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value.clone()))).collect();
    let item = CheckoutItem { plan: plan.clone(), cycle: cycle.clone(), config: serde_json::json!(answers) };
    match super::put(&visitor, item).await {
        Ok(response) => Ok(response),
        Err(OrderingError::Invalid(faults)) => {
            let fault = OrderingError::Invalid(faults);
            let page = page(&visitor, &slug, &plan, &cycle, &answers, |frame| errors_of(frame, &fault)).await?;
            respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Answers have their own sentences: `parameter-error-<code>`.
fn errors_of(frame: &Frame, fault: &dyn Fault) -> FormErrors {
    let mut errors = FormErrors::none();
    for field in fault.fields() {
        let key = match field.field.starts_with(PREFIX) {
            true => format!("parameter-error-{}", field.code),
            false => format!("field-{}", field.code.replace('_', "-")),
        };
        let known = crate::kernel::locale::exists(frame.lang, &key);
        let sentence = if known { frame.ta(&key, field.args) } else { frame.t("field-invalid") };
        // A message stands at its field; one about the whole order stands at the button.
        let at = if field.field.starts_with(PREFIX) { field.field.as_str() } else { "order" };
        errors.add(at, sentence);
    }
    errors
}
