//! What documents are printed from: name, address, tax number.
use super::{CustomerError, find};
use crate::{
    domain::{Ctx, identity},
    kernel::{actor::Actor, audit::Change, fault::FieldFault},
};
use entity::{
    customers::customer,
    value::{CustomerId, contact},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::{Value, json};

/// Country in which we are taxed, and every buyer who has not proven to be somewhere else.
pub const HOME_COUNTRY: &str = "ID";

/// Longest reason of staff, characters.
const LONGEST_REASON: usize = 200;

/// A change of a profile: what is `None` stays, an empty text clears (name, country and language cannot be cleared).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// Name of the person or contact.
    pub name: Option<String>,
    /// Name of the company.
    pub company: Option<String>,
    /// Street and number.
    pub street_1: Option<String>,
    /// Further line.
    pub street_2: Option<String>,
    /// City or regency.
    pub city: Option<String>,
    /// Province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2.
    pub country_code: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Tax number.
    pub npwp: Option<String>,
    /// Number of the place of business.
    pub nitku: Option<String>,
    /// `id` or `en`; also becomes the acting user's language.
    pub locale: Option<String>,
}

/// Changes a customer's profile with its audit row. Documents issued before keep what they were printed with. Twice
/// changes nothing.
///
/// # Errors
/// `Invalid` by field; `NotFound`; the database.
pub async fn update_profile(
    ctx: &Ctx,
    customer_id: &CustomerId,
    change: ProfileChange,
) -> Result<customer::Model, CustomerError> {
    let tx = ctx.begin().await?;
    // The whole row is written: what others say of it meanwhile, that it is closed or whose tax it collects, is waited for.
    let before = find::lock(&tx, customer_id).await?;
    let after = apply(before.clone(), change).map_err(CustomerError::Invalid)?;
    if let (Actor::User { user_id, .. }, true) = (&ctx.actor, after.locale != before.locale) {
        identity::set_locale(ctx, &tx, user_id, &after.locale).await?;
    }
    if after == before {
        return Ok(before);
    }
    let after = customer::Model { updated_at: ctx.now(), ..after };
    let row = customer::ActiveModel { id: Set(after.id.clone()), ..after.clone().into_active_model().reset_all() };
    row.update(&tx).await?;
    let entry = Change {
        action: "customers.profile.update",
        target_type: "customer",
        target_id: customer_id.as_str(),
        customer_id: Some(customer_id),
        before: Some(buyer_snapshot(&before)),
        after: Some(buyer_snapshot(&after)),
        ..Change::default()
    };
    ctx.audit(&tx, entry).await?;
    tx.wake_after_commit(format!("customer:{customer_id}"));
    tx.commit().await?;
    Ok(after)
}

/// Says in which country a customer is taxed, on evidence that staff have seen. His address is his own to change and
/// changes no tax (ADR 0031). Twice is once.
///
/// # Errors
/// `Invalid` with `country_code` or `reason`; `NotFound`; the database.
pub async fn set_tax_country(
    ctx: &Ctx,
    customer_id: &CustomerId,
    country_code: &str,
    reason: &str,
) -> Result<(), CustomerError> {
    let mut faults = Vec::new();
    let mut take = |field: &str, parsed: Parsed<String>| {
        parsed.unwrap_or_else(|wrong| {
            faults.push(FieldFault::of(field, wrong));
            String::new()
        })
    };
    let country = take("country_code", contact::country(country_code));
    let reason = take("reason", contact::line(reason, LONGEST_REASON));
    if !faults.is_empty() {
        return Err(CustomerError::Invalid(faults));
    }
    let tx = ctx.begin().await?;
    let before = find::lock(&tx, customer_id).await?;
    if before.tax_country == country {
        return Ok(());
    }
    let row = customer::ActiveModel {
        id: Set(customer_id.clone()),
        tax_country: Set(country.clone()),
        updated_at: Set(ctx.now()),
        ..Default::default()
    };
    row.update(&tx).await?;
    let entry = Change {
        action: "customers.tax_country.set",
        target_type: "customer",
        target_id: customer_id.as_str(),
        customer_id: Some(customer_id),
        before: Some(json!({ "tax_country": before.tax_country })),
        after: Some(json!({ "tax_country": country })),
        reason: Some(&reason),
    };
    ctx.audit(&tx, entry).await?;
    tx.wake_after_commit(format!("customer:{customer_id}"));
    tx.commit().await?;
    Ok(())
}

type Parsed<T> = Result<T, contact::Wrong>;

pub(super) fn apply(mut customer: customer::Model, change: ProfileChange) -> Result<customer::Model, Vec<FieldFault>> {
    let known = (customer.npwp.clone(), customer.nitku.clone(), customer.country_code.clone());
    let mut faults = Vec::new();
    let mut note = |field: &str, wrong: contact::Wrong| faults.push(FieldFault::of(field, wrong));
    let mut required =
        |field: &str, typed: Option<String>, to: &mut String, parse: &dyn Fn(&str) -> Parsed<String>| match typed
            .as_deref()
            .map(parse)
        {
            Some(Ok(text)) => *to = text,
            Some(Err(wrong)) => note(field, wrong),
            None => {}
        };
    required("name", change.name, &mut customer.name, &|text| contact::name(text, 120));
    required("country_code", change.country_code, &mut customer.country_code, &contact::country);
    required("locale", change.locale, &mut customer.locale, &|text| match text {
        "id" | "en" => Ok(text.to_owned()),
        _ => Err(contact::Wrong::new("unknown")),
    });
    let country = customer.country_code.clone();
    if country == HOME_COUNTRY && known.2 != country {
        // Coming home needs no proof: more tax is charged, not less. Whoever is at home and taxed elsewhere, as staff have
        // seen evidence of, stays so when his telephone number changes.
        customer.tax_country = country.clone();
    }
    let mut optional =
        |field: &str, typed: Option<String>, to: &mut Option<String>, parse: &dyn Fn(&str) -> Parsed<String>| {
            match typed.as_deref().map(|text| if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }) {
                Some(Ok(text)) => *to = text,
                Some(Err(wrong)) => note(field, wrong),
                None => {}
            }
        };
    optional("company", change.company, &mut customer.company, &|text| contact::name(text, 160));
    optional("street_1", change.street_1, &mut customer.street_1, &|text| contact::line(text, 160));
    optional("street_2", change.street_2, &mut customer.street_2, &|text| contact::line(text, 160));
    optional("city", change.city, &mut customer.city, &|text| contact::line(text, 80));
    optional("state", change.state, &mut customer.state, &|text| contact::line(text, 80));
    // Also checked where only the country changed: code and country belong together.
    let postal_code = change.postal_code.or_else(|| customer.postal_code.clone());
    optional("postal_code", postal_code, &mut customer.postal_code, &|text| contact::postal_code(text, &country));
    optional("phone", change.phone, &mut customer.phone, &contact::phone);
    optional("npwp", change.npwp, &mut customer.npwp, &contact::npwp);
    optional("nitku", change.nitku, &mut customer.nitku, &contact::nitku);
    if let (Some(npwp), Some(nitku)) = (&customer.npwp, &customer.nitku) {
        let is_new = known.0.as_ref() != Some(npwp) || known.1.as_ref() != Some(nitku);
        if is_new && !contact::is_nitku_of(nitku, npwp) {
            note("nitku", contact::Wrong::new("nitku_differs"));
        }
    }
    if faults.is_empty() { Ok(customer) } else { Err(faults) }
}

/// The buyer as documents keep him: without our id of him.
pub fn buyer_snapshot(customer: &customer::Model) -> Value {
    json!({
        "name": customer.name,
        "company": customer.company,
        "email": customer.email,
        "phone": customer.phone,
        "street_1": customer.street_1,
        "street_2": customer.street_2,
        "city": customer.city,
        "state": customer.state,
        "postal_code": customer.postal_code,
        "country_code": customer.country_code,
        "tax_country": customer.tax_country,
        "npwp": customer.npwp,
        "nitku": customer.nitku,
        "tax_exempt_reason": customer.tax_exempt_reason,
    })
}
