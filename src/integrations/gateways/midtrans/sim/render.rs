//! The simulated Midtrans' answers and notifications.
use super::{
    super::{map, webhook},
    state::{Refusal, State, Status, Transaction},
};
use secrecy::SecretString;
use serde_json::{Value, json};

/// The company whose bills Mandiri collects.
const BILLER_CODE: &str = "70012";

/// Answer to a charge: the one place that tells the content of a QR code.
pub(super) fn charge(one: &Transaction, state: &State) -> Value {
    let words = match (one.payment_type.as_str(), one.bank.as_deref()) {
        ("bank_transfer", Some("permata")) => "Success, PERMATA VA transaction is successful",
        ("bank_transfer", _) => "Success, Bank Transfer transaction is created",
        ("echannel", _) => "OK, Mandiri Bill transaction is successful",
        ("cstore", _) => "Success, cstore transaction is successful",
        ("credit_card", _) => "Success, Credit Card transaction is successful",
        ("gopay", _) => "GoPay transaction is created",
        ("shopeepay", _) => "ShopeePay transaction is created",
        ("ovo", _) => "OVO transaction is created",
        ("akulaku" | "kredivo", _) => "Success, transaction is created",
        _ => "QRIS transaction is created",
    };
    let mut body = base(one, state, status_code(one.status), words);
    if one.payment_type == "qris" {
        body["acquirer"] = json!("gopay");
        body["qr_string"] = json!(one.payment_code);
    }
    let page = format!("{}/simulator/{}", one.own_url, one.transaction_id);
    let action = |name: &str, url: String| json!({"name": name, "method": "GET", "url": url});
    match one.payment_type.as_str() {
        "gopay" => {
            let picture = format!("{}/v2/gopay/{}/qr-code", one.own_url, one.transaction_id);
            body["actions"] = json!([action("generate-qr-code", picture), action("deeplink-redirect", page)]);
        }
        "shopeepay" => {
            body["channel_response_code"] = json!("0");
            body["actions"] = json!([action("deeplink-redirect", page)]);
        }
        "credit_card" | "akulaku" | "kredivo" => body["redirect_url"] = json!(page),
        _ => {}
    }
    body
}

/// Answer to a question about the status, to a cancellation and the like.
pub(super) fn status(one: &Transaction, state: &State) -> Value {
    let code = status_code(one.status);
    let mut body = base(one, state, code, "Success, transaction is found");
    body["signature_key"] = json!(sign(one, code, state));
    body
}

/// Answer to a refund.
pub(super) fn refund(one: &Transaction, state: &State, refund_key: &str) -> Value {
    let mut body = base(one, state, "200", "Success, refund request is approved");
    if let Some(refund) = one.refunds.iter().find(|refund| refund.refund_key == refund_key) {
        body["refund_key"] = json!(refund.refund_key);
        body["refund_amount"] = json!(map::decimal(refund.amount));
        body["refund_chargeback_id"] = json!(refund.number);
    }
    body
}

/// A report of the vendor's own accord.
pub(super) fn notification(one: &Transaction, state: &State) -> Value {
    let code = match one.status {
        Status::Pending => "201",
        Status::Capture | Status::Settlement | Status::Refund | Status::PartialRefund => "200",
        Status::Deny | Status::Cancel | Status::Expire => "202",
    };
    let mut body = base(one, state, code, "midtrans payment notification");
    body["signature_key"] = json!(sign(one, code, state));
    if one.payment_type == "qris" && one.settled_at.is_some() {
        body["transaction_type"] = json!("off-us");
        body["issuer"] = json!("Bank Simulasi");
        body["acquirer"] = json!("gopay");
    }
    body
}

/// A refusal.
pub(super) fn refusal(refusal: &Refusal) -> Value {
    let id = entity::value::next_ulid();
    let mut body =
        json!({"status_code": refusal.code.to_string(), "status_message": refusal.message, "id": uuid(id.0)});
    if !refusal.validation.is_empty() {
        body["validation_messages"] = json!(refusal.validation);
    }
    body
}

/// 128 bits in the vendor's notation of ids.
pub(super) fn uuid(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn status_code(status: Status) -> &'static str {
    match status {
        Status::Pending => "201",
        Status::Capture | Status::Settlement | Status::Cancel | Status::Refund | Status::PartialRefund => "200",
        Status::Deny => "202",
        Status::Expire => "407",
    }
}

fn sign(one: &Transaction, code: &str, state: &State) -> String {
    let key = SecretString::from(state.server_key.clone());
    webhook::signature([&one.order_id, code, &map::decimal(one.gross_amount)], &key)
}

fn base(one: &Transaction, state: &State, code: &str, words: &str) -> Value {
    let mut body = json!({
        "status_code": code,
        "status_message": words,
        "transaction_id": one.transaction_id,
        "order_id": one.order_id,
        "merchant_id": state.merchant_id,
        "gross_amount": map::decimal(one.gross_amount),
        "currency": "IDR",
        "payment_type": one.payment_type,
        "transaction_time": map::local_text(one.created_at),
        "transaction_status": one.status.as_str(),
        "fraud_status": one.doubt.as_deref().unwrap_or("accept"),
        "expiry_time": map::local_text(one.expires_at),
    });
    match (one.payment_type.as_str(), one.bank.as_deref()) {
        ("bank_transfer", Some("permata")) => body["permata_va_number"] = json!(one.payment_code),
        ("bank_transfer", bank) => {
            body["va_numbers"] = json!([{"bank": bank, "va_number": one.payment_code}]);
            body["payment_amounts"] = json!(one.paid);
        }
        ("echannel", _) => {
            body["biller_code"] = json!(BILLER_CODE);
            body["bill_key"] = json!(one.payment_code);
        }
        ("cstore", store) => {
            body["store"] = json!(store);
            body["payment_code"] = json!(one.payment_code);
            // Stores are not looked at by the fraud detection.
            body.as_object_mut().map(|fields| fields.remove("fraud_status"));
        }
        ("ovo", _) => body["payer_phone_number"] = json!(one.payer),
        ("credit_card", _) => {
            body["masked_card"] = json!(one.payer);
            body["bank"] = json!("bni");
            body["card_type"] = json!("credit");
        }
        // One page of the vendor's shows its states in capitals.
        ("dana", _) if one.status == Status::Pending => body["transaction_status"] = json!("PENDING"),
        _ => {}
    }
    if !one.paid.is_empty() {
        body["payment_amounts"] = json!(one.paid);
    }
    if let Some(at) = one.settled_at.filter(|_| one.status != Status::Capture) {
        body["settlement_time"] = json!(map::local_text(at));
    }
    if let Some(text) = &one.custom_field1 {
        body["custom_field1"] = json!(text);
    }
    if !one.refunds.is_empty() {
        body["refund_amount"] = json!(map::decimal(one.refunded()));
        body["refunds"] = refunds(one);
    }
    body
}

fn refunds(one: &Transaction) -> Value {
    let entries = one.refunds.iter().map(|refund| {
        let mut entry = json!({
            "refund_chargeback_id": refund.number,
            "refund_amount": map::decimal(refund.amount),
            "created_at": map::local_text(refund.created_at),
            "reason": refund.reason,
            "refund_key": refund.refund_key,
            "refund_method": "online",
        });
        if let Some(at) = refund.confirmed_at {
            entry["bank_confirmed_at"] = json!(map::local_text(at));
        }
        entry
    });
    Value::Array(entries.collect())
}
