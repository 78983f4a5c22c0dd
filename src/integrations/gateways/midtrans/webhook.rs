//! Notifications: proof of origin, reading, and the key that recognises a duplicate. Source: payments sheet, A.6.
//!
//! The signature covers order id, code and amount only. Somebody who saw one notification can send it again with
//! another status, so that the domain asks for the state before it believes money.
use super::{map, settings, wire};
use crate::integrations::gateways::{Instructions, PaymentReport, WebhookError, WebhookEvent};
use entity::value::Money;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// What is told of an oddity, in characters.
const DOUBT_LENGTH: usize = 300;

/// Proves and reads a notification.
///
/// # Errors
/// `Unparsable` for what is no JSON object; `Forged` for a missing or wrong signature, for signed fields that are no
/// text, and for a merchant that is not ours. What is signed is never refused: what is odd about it is its doubt.
pub(super) fn parse(account: &settings::Account, body: &[u8]) -> Result<WebhookEvent, WebhookError> {
    let unparsable = |error: serde_json::Error| WebhookError::Unparsable(error.to_string());
    let raw: serde_json::Value = serde_json::from_slice(body).map_err(unparsable)?;
    let object = raw.as_object().ok_or_else(|| WebhookError::Unparsable("no JSON object".into()))?;
    // The texts as they stand in this body: a reformatted amount would make another signature.
    let text = |name: &str| object.get(name).and_then(serde_json::Value::as_str).ok_or(WebhookError::Forged);
    let signed = [text("order_id")?, text("status_code")?, text("gross_amount")?];
    if !is_signed(account, signed, text("signature_key")?) {
        return Err(WebhookError::Forged);
    }
    let merchant = object.get("merchant_id").and_then(serde_json::Value::as_str).unwrap_or_default();
    if !account.merchant_id.is_empty() && !merchant.is_empty() && merchant != account.merchant_id {
        tracing::warn!("A Midtrans notification names another merchant");
        return Err(WebhookError::Forged);
    }
    let reference = signed[0].to_owned();
    let (notification, doubt) = match serde_json::from_value::<wire::Transaction>(raw) {
        Ok(notification) => match map::report(&notification) {
            Ok(report) => {
                return Ok(WebhookEvent { deduplication_key: deduplication_key(&notification), report, doubt: None });
            }
            Err(error) => (notification, error.to_string()),
        },
        Err(error) => (wire::Transaction::default(), error.to_string()),
    };
    let report = PaymentReport {
        reference,
        external_id: notification.transaction_id.clone().unwrap_or_default(),
        status: map::status(&notification),
        amount: Money::idr(0),
        refunded_minor: 0,
        settled_at: None,
        fee_minor: 0,
        instructions: Instructions::default(),
    };
    // Odd news has no reliable key in its fields: the same bytes are the same news.
    let key = hex::encode(Sha256::digest(body));
    Ok(WebhookEvent { deduplication_key: key, report, doubt: Some(doubt.chars().take(DOUBT_LENGTH).collect()) })
}

/// `SHA512(order_id + status_code + gross_amount + server_key)`, lower-case hex.
pub(super) fn signature(signed: [&str; 3], server_key: &SecretString) -> String {
    let mut hash = Sha512::new();
    for part in signed {
        hash.update(part);
    }
    hash.update(server_key.expose_secret());
    hex::encode(hash.finalize())
}

/// The present key or the one of before a rotation. An account without a key believes nobody.
fn is_signed(account: &settings::Account, signed: [&str; 3], given: &str) -> bool {
    let given = given.to_ascii_lowercase();
    let mut fits = false;
    for key in [&account.server_key, &account.server_key_previous] {
        let is_set = !key.expose_secret().is_empty();
        fits |= is_set & bool::from(signature(signed, key).as_bytes().ct_eq(given.as_bytes()));
    }
    fits
}

/// Same news, same key (sheet E.3). The second notification of a refund, when the bank confirms it, is news.
fn deduplication_key(notification: &wire::Transaction) -> String {
    let text = |field: &Option<String>| field.as_deref().unwrap_or_default().to_ascii_lowercase();
    let confirmed = notification.refunds.iter().filter(|refund| refund.bank_confirmed_at.is_some()).count();
    let news = [
        text(&notification.transaction_id),
        text(&notification.transaction_status),
        text(&notification.fraud_status),
        text(&notification.refund_amount),
        confirmed.to_string(),
    ];
    hex::encode(Sha256::digest(news.join("|")))
}
