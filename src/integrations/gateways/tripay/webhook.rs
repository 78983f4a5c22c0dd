//! Notifications: proof of origin, reading, and the key that recognises a duplicate. Source: payments sheet, C.6.
//!
//! The signature covers every byte of the body, but nothing in it is a moment: an old notification can be sent again,
//! so that the domain asks for the state before it believes money.
use super::{map, settings, wire};
use crate::integrations::gateways::{Instructions, PaymentReport, WebhookError, WebhookEvent};
use entity::value::{Money, PaymentStatus};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Carries the signature.
pub(super) const SIGNATURE_HEADER: &str = "x-callback-signature";
/// What is told of an oddity, in characters.
const DOUBT_LENGTH: usize = 300;

/// Proves and reads a notification.
///
/// # Errors
/// `Forged` for a missing, doubled or wrong signature; `Unparsable` for what is signed and no JSON object. Other signed
/// news is never refused: what is odd about it is its doubt.
pub(super) fn parse(
    account: &settings::Account,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<WebhookEvent, WebhookError> {
    let mut given = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(SIGNATURE_HEADER));
    let (Some((_, signature)), None) = (given.next(), given.next()) else { return Err(WebhookError::Forged) };
    if !is_signed(account, signature, body) {
        return Err(WebhookError::Forged);
    }
    let raw: serde_json::Value =
        serde_json::from_slice(body).map_err(|error| WebhookError::Unparsable(error.to_string()))?;
    if !raw.is_object() {
        return Err(WebhookError::Unparsable("no JSON object".into()));
    }
    let text = |name: &str| raw.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let (reference, external_id, word) = (text("merchant_ref"), text("reference"), text("status"));
    let doubt = match read(&raw) {
        Ok(report) => {
            let news = format!("{}|{}", report.external_id, word.to_ascii_uppercase());
            return Ok(WebhookEvent { deduplication_key: hex::encode(Sha256::digest(news)), report, doubt: None });
        }
        Err(why) => why.chars().take(DOUBT_LENGTH).collect(),
    };
    let status = if word.is_empty() { PaymentStatus::Unknown } else { map::status(Some(&word)) };
    let report = PaymentReport {
        reference,
        external_id,
        status,
        amount: Money::idr(0),
        refunded_minor: 0,
        settled_at: None,
        fee_minor: 0,
        instructions: Instructions::default(),
    };
    // Odd news has no reliable key in its fields: the same bytes are the same news.
    Ok(WebhookEvent { deduplication_key: hex::encode(Sha256::digest(body)), report, doubt: Some(doubt) })
}

fn read(raw: &serde_json::Value) -> Result<PaymentReport, String> {
    let told: wire::Transaction = serde_json::from_value(raw.clone()).map_err(|error| error.to_string())?;
    if told.is_closed_payment.as_deref() == Some("0") {
        return Err("it is about an open payment, which we never make".into());
    }
    let report = map::report(&told).map_err(|error| error.to_string())?;
    // Here the method is a name for people: what it tells to do is not ours to show.
    Ok(PaymentReport { instructions: Instructions::default(), ..report })
}

/// The present key or the one of before a rotation. An account without a key believes nobody.
fn is_signed(account: &settings::Account, given: &str, body: &[u8]) -> bool {
    let given = given.to_ascii_lowercase();
    let mut fits = false;
    for key in [&account.private_key, &account.private_key_previous] {
        let is_set = !key.expose_secret().is_empty();
        fits |= is_set & bool::from(map::sign(key, body).as_bytes().ct_eq(given.as_bytes()));
    }
    fits
}
