//! Notifications: proof of origin, reading, and the key that recognises a duplicate. Source: payments sheet, B.2, B.4
//! and B.5.
//!
//! Nothing of the body is signed: a token that leaks lets anybody write anything, so that the domain asks for the state
//! before it believes money.
use super::{map, settings, wire};
use crate::integrations::gateways::{Instructions, PaymentReport, WebhookError, WebhookEvent};
use entity::value::{Money, PaymentStatus};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Carries the token.
pub(super) const TOKEN_HEADER: &str = "x-callback-token";
/// Names the notification: the same again is a duplicate.
pub(super) const ID_HEADER: &str = "webhook-id";
/// What is told of an oddity, in characters.
const DOUBT_LENGTH: usize = 300;

/// Proves and reads a notification.
///
/// # Errors
/// `Forged` for a missing, doubled or wrong token and for a business that is not ours; `Unparsable` for what is no JSON
/// object. What carries the token is never refused otherwise: what is odd about it is its doubt.
pub(super) fn parse(
    account: &settings::Account,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<WebhookEvent, WebhookError> {
    if !only(headers, TOKEN_HEADER).is_some_and(|token| is_ours(account, token)) {
        return Err(WebhookError::Forged);
    }
    let raw: Value = serde_json::from_slice(body).map_err(|error| WebhookError::Unparsable(error.to_string()))?;
    if !raw.is_object() {
        return Err(WebhookError::Unparsable("no JSON object".into()));
    }
    let business = text(&raw, "business_id");
    if !account.business_id.is_empty() && !business.is_empty() && business != account.business_id {
        tracing::warn!("A Xendit notification names another business");
        return Err(WebhookError::Forged);
    }
    // Without an id of its own, the same bytes are the same news.
    let deduplication_key = match only(headers, ID_HEADER) {
        Some(id) if !id.is_empty() => hex::encode(Sha256::digest(format!("id|{id}"))),
        _ => hex::encode(Sha256::digest(body)),
    };
    let event = text(&raw, "event");
    // Refunds come with the envelope inside the envelope.
    let data = match (&raw["data"], &raw["data"]["data"]) {
        (_, inner @ Value::Object(_)) => inner,
        (data @ Value::Object(_), _) => data,
        _ => &raw,
    };
    let (report, doubt) = read(&event, data);
    let doubt = doubt.map(|doubt| doubt.chars().take(DOUBT_LENGTH).collect());
    Ok(WebhookEvent { deduplication_key, report, doubt })
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The value of a header that comes once.
fn only<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// What a notification says, and what is odd about it.
fn read(event: &str, data: &Value) -> (PaymentReport, Option<String>) {
    if event.starts_with("refund.") {
        return (of_refund(data), None);
    }
    let told: wire::Charge = match serde_json::from_value(data.clone()) {
        Ok(told) => told,
        Err(error) => {
            return (bare(text(data, "reference_id"), String::new(), PaymentStatus::Unknown), Some(error.to_string()));
        }
    };
    match map::report(&told, None, &[]) {
        Ok(report) => (PaymentReport { instructions: Instructions::default(), ..report }, None),
        Err(error) => {
            let reference = told.reference_id.clone().or(told.external_id.clone()).unwrap_or_default();
            let id = map::id_of(&told).unwrap_or_default().to_owned();
            let status = told.status.as_deref().map_or(PaymentStatus::Unknown, |word| map::status(Some(word)));
            (bare(reference, id, status), Some(error.to_string()))
        }
    }
}

/// News of a refund names its payment only as we told it to: how much has gone back the domain asks for.
fn of_refund(data: &Value) -> PaymentReport {
    let reference = text(&data["metadata"], "payment");
    bare(reference, text(data, "payment_request_id"), PaymentStatus::Unknown)
}

fn bare(reference: String, external_id: String, status: PaymentStatus) -> PaymentReport {
    PaymentReport {
        reference,
        external_id,
        status,
        amount: Money::idr(0),
        refunded_minor: 0,
        settled_at: None,
        fee_minor: 0,
        instructions: Instructions::default(),
    }
}

/// The present token or the one of before a rotation, in constant time. An account without one believes nobody.
fn is_ours(account: &settings::Account, given: &str) -> bool {
    let mut fits = false;
    for token in [&account.callback_token, &account.callback_token_previous] {
        let is_set = !token.expose_secret().is_empty();
        // Hashed, so that not even the length shows in the time it takes.
        let hash = |text: &str| hex::encode(Sha256::digest(text));
        fits |= is_set & bool::from(hash(token.expose_secret()).as_bytes().ct_eq(hash(given).as_bytes()));
    }
    fits
}
