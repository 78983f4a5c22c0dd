//! The simulated Xendit's answers and notifications.
use super::{
    super::{
        map,
        settings::{self, Kind},
    },
    state::{Charge, Refund, Status},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// A payment request.
pub(super) fn request(one: &Charge) -> Value {
    let channel = settings::by_code(&one.channel_code);
    let descriptor = match channel.map(|channel| (channel.kind, channel.method)) {
        Some((Kind::Redirect, _)) => "WEB_URL",
        Some((_, "qris")) => "QR_STRING",
        Some((_, "cstore")) => "PAYMENT_CODE",
        _ => "VIRTUAL_ACCOUNT_NUMBER",
    };
    let is_redirect = descriptor == "WEB_URL";
    let kind = if is_redirect { "REDIRECT_CUSTOMER" } else { "PRESENT_TO_CUSTOMER" };
    let actions = match one.status {
        Status::Open => json!([{"type": kind, "descriptor": descriptor, "value": one.value}]),
        _ => json!([]),
    };
    json!({
        "payment_request_id": one.id,
        "reference_id": one.reference,
        "type": "PAY",
        "country": "ID",
        "currency": "IDR",
        "request_amount": one.amount,
        "capture_method": "AUTOMATIC",
        "channel_code": one.channel_code,
        "channel_properties": {"expires_at": map::time_text(one.expires_at)},
        "actions": actions,
        "status": one.status.as_str(),
        "latest_payment_id": one.payment_id,
        "created": map::time_text(one.created_at),
        "updated": map::time_text(one.paid_at.unwrap_or(one.created_at)),
    })
}

/// The payment behind a charge.
pub(super) fn payment(one: &Charge) -> Value {
    let at = map::time_text(one.paid_at.unwrap_or(one.created_at));
    json!({
        "payment_id": one.payment_id,
        "payment_request_id": one.payment_request_id,
        "reference_id": one.reference,
        "type": "PAY",
        "country": "ID",
        "currency": "IDR",
        "request_amount": one.amount,
        "capture_method": "AUTOMATIC",
        "channel_code": one.channel_code,
        "status": "SUCCEEDED",
        // With a fraction of zeros, as JSON libraries of other languages write it.
        "captures": [{"capture_id": "cap-1", "capture_amount": rupiah(one.paid), "capture_timestamp": at}],
        "payment_details": {"issuer_name": "Bank Simulasi"},
        "created": at,
        "updated": at,
    })
}

fn rupiah(amount: i64) -> Value {
    serde_json::from_str(&format!("{amount}.0")).unwrap_or_default()
}

/// A session.
pub(super) fn session(one: &Charge) -> Value {
    let status = match one.status {
        Status::Open => "ACTIVE",
        Status::Succeeded => "COMPLETED",
        Status::Expired | Status::Failed => "EXPIRED",
        Status::Canceled => "CANCELED",
    };
    json!({
        "payment_session_id": one.id,
        "reference_id": one.reference,
        "session_type": "PAY",
        "mode": "PAYMENT_LINK",
        "amount": one.amount,
        "currency": "IDR",
        "country": "ID",
        "payment_link_url": one.value,
        "status": status,
        "expires_at": map::time_text(one.expires_at),
        "payment_request_id": one.payment_request_id,
        "payment_id": one.payment_id,
        "created": map::time_text(one.created_at),
        "updated": map::time_text(one.paid_at.unwrap_or(one.created_at)),
    })
}

/// An invoice, and its notification: both are flat.
pub(super) fn invoice(one: &Charge) -> Value {
    let status = match one.status {
        Status::Succeeded => "PAID",
        Status::Open => "PENDING",
        _ => "EXPIRED",
    };
    json!({
        "id": one.id,
        "external_id": one.reference,
        "user_id": "5f27a14a9bf05c73dd040bc8",
        "status": status,
        "merchant_name": "Yumna Simulasi",
        "amount": one.amount,
        "paid_amount": one.paid_at.map(|_| one.paid),
        "paid_at": one.paid_at.map(map::time_text),
        "currency": "IDR",
        "expiry_date": map::time_text(one.expires_at),
        "invoice_url": one.value,
        "created": map::time_text(one.created_at),
        "updated": map::time_text(one.paid_at.unwrap_or(one.created_at)),
    })
}

/// A refund.
pub(super) fn refund(one: &Refund) -> Value {
    json!({
        "id": one.id,
        "payment_request_id": one.payment_request_id,
        "reference_id": one.reference,
        "currency": "IDR",
        "amount": one.amount,
        "status": if one.is_done { "SUCCEEDED" } else { "PENDING" },
        "reason": "REQUESTED_BY_CUSTOMER",
        "failure_code": null,
        "metadata": one.metadata,
        "created": map::time_text(one.created_at),
    })
}

/// Around every notification but those of invoices.
pub(super) fn envelope(event: &str, business_id: &str, data: Value, now: DateTime<Utc>) -> Value {
    json!({"event": event, "business_id": business_id, "created": map::time_text(now), "data": data})
}

/// 128 bits in the vendor's notation of ids.
pub(super) fn uuid(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
