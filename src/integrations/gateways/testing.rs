//! What the tests of all adapters share.
use super::ChargeRequest;
use entity::value::Money;
use serde_json::Value;

/// An invoice of Rp 150.000 that is to be paid within a day, through `gateway`.
pub(super) fn request(gateway: &str, reference: &str, method: &str, option: Option<&str>) -> ChargeRequest {
    ChargeRequest {
        reference: reference.into(),
        amount: Money::idr(150_000),
        method: method.into(),
        option: option.map(str::to_owned),
        expires_at: "2026-11-22T03:00:00Z".parse().unwrap(),
        now: "2026-11-21T03:00:00Z".parse().unwrap(),
        description: "INV-2026-000123 | n8n".into(),
        payer_name: "Budi Santoso".into(),
        payer_email: "budi@example.test".into(),
        payer_phone: None,
        card_token: None,
        notification_url: format!("https://panel.example.test/api/webhooks/{gateway}/notification"),
        return_url: "https://panel.example.test/panel/payments/pay_1".into(),
    }
}

/// Puts `changes` into an answer; null takes a field away.
pub(super) fn merge(body: &mut Value, changes: Value) {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
            value => body[name] = value.clone(),
        }
    }
}
