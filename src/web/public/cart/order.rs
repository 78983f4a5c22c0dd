//! The questions of a service before it goes into the cart.
use super::{
    questions::Question,
    view::{FirstFragment, OrderPage},
};
use crate::{
    domain::{
        catalog::{Offer, find},
        ordering::{self, CheckoutItem, OrderingError, options},
    },
    kernel::fault::{CommonFault, Fault},
    web::{WebError, flash, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Visitor, respond},
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Path, Query},
};
use entity::{catalog::price, value::Cycle};
use serde::Deserialize;
use serde_json::{Map, Value};
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
    let (offer, price) = find_offer(visitor, slug, plan, cycle).await?;
    let tax = ordering::pricing::buyer_tax(&visitor.ctx, visitor.customer_id.as_ref()).await?;
    let frame = visitor.frame();
    let questions = Question::all(frame.lang, &offer, answers);
    let options = Question::options(&frame, &offer, &price, &tax, answers)?;
    let errors = errors(&frame);
    let choice = options::estimate(&offer, &price, &chosen(answers));
    OrderPage::build(frame, &choice, &tax, (questions, options), errors)
}

/// The answers to options among those of the form.
fn chosen(answers: &BTreeMap<String, String>) -> Value {
    let option = |(name, value): (&String, &String)| {
        let code = name.strip_prefix(options::FIELD)?.strip_prefix('.')?;
        Some((code.to_owned(), Value::String(value.clone())))
    };
    Value::Object(answers.iter().filter_map(option).collect())
}

/// All answers of the form, those to options by themselves.
fn config_of(answers: &BTreeMap<String, String>) -> Value {
    let is_option = |name: &str| name.strip_prefix(options::FIELD).is_some_and(|rest| rest.starts_with('.'));
    let plain = answers.iter().filter(|(name, _)| !is_option(name));
    let mut config: Map<String, Value> = plain.map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let chosen = chosen(answers);
    if chosen.as_object().is_some_and(|chosen| !chosen.is_empty()) {
        config.insert(options::FIELD.to_owned(), chosen);
    }
    Value::Object(config)
}

/// The answers of a form, by what they answer.
fn answers_of(form: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    form.iter().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value.clone()))).collect()
}

/// `GET /catalog/{slug}/order/first`: what the first payment comes to with the options as they stand. What is wrong with
/// them is said when the form is sent.
pub async fn first(
    visitor: Visitor,
    slug: Path<String>,
    query: Query<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let field = |name: &str| query.get(name).map_or("", String::as_str);
    let (offer, price) = find_offer(&visitor, &slug, field("plan"), field("cycle")).await?;
    let tax = ordering::pricing::buyer_tax(&visitor.ctx, visitor.customer_id.as_ref()).await?;
    let choice = options::estimate(&offer, &price, &chosen(&answers_of(&query)));
    respond::page(&FirstFragment::build(visitor.frame(), &choice, &tax)?)
}

async fn find_offer(visitor: &Visitor, slug: &str, plan: &str, cycle: &str) -> Result<(Offer, price::Model), WebError> {
    let db = &visitor.ctx.db;
    let offers = find::offers_by_code(db, &[plan.to_owned()]).await.map_err(CommonFault::from)?;
    let offer = offers.into_iter().find(|offer| offer.product.slug == slug).ok_or(CommonFault::NotFound)?;
    let wanted = Cycle::parse(cycle);
    let price = offer.prices.iter().find(|price| Some(price.cycle) == wanted).cloned();
    Ok((offer, price.ok_or(CommonFault::NotFound)?))
}

/// `POST /catalog/{slug}/order`
pub async fn add(
    visitor: Visitor,
    slug: Path<String>,
    SafeForm(form): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let (plan, cycle) = (field("plan"), field("cycle"));
    let answers = answers_of(&form);
    let item = CheckoutItem { plan: plan.clone(), cycle: cycle.clone(), config: config_of(&answers) };
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
