//! The simulated Tripay's answers and notifications.
use super::{super::settings, state::Transaction};
use serde_json::{Value, json};

/// Answer to a creation and to a question.
pub(super) fn detail(one: &Transaction, base_url: &str) -> Value {
    let channel = settings::by_code(&one.method);
    let is_qr = channel.is_some_and(|channel| channel.method == "qris");
    let (code, qr) = if is_qr { (&None, &one.pay_code) } else { (&one.pay_code, &None) };
    let page = format!("{base_url}/checkout/{}", one.reference);
    let pay_url = (one.pay_code.is_none()).then(|| format!("{base_url}/pay/{}", one.reference));
    json!({
        "reference": one.reference,
        "merchant_ref": one.merchant_ref,
        "payment_selection_type": "static",
        "payment_method": one.method,
        "payment_name": channel.map(|channel| channel.name),
        "customer_name": one.customer_name,
        "customer_email": one.customer_email,
        "customer_phone": null,
        "callback_url": one.callback_url,
        "return_url": null,
        "amount": one.amount + one.fee_customer,
        "fee_merchant": one.fee_merchant,
        "fee_customer": one.fee_customer,
        "total_fee": one.fee_merchant + one.fee_customer,
        "amount_received": one.amount - one.fee_merchant,
        "pay_code": code,
        "pay_url": pay_url,
        "checkout_url": page,
        "status": one.status.as_str(),
        // A text here, a number in a notification: the vendor does both.
        "paid_at": one.paid_at.map(|at| at.timestamp().to_string()),
        "expired_time": one.expires_at.timestamp(),
        "order_items": [{
            "sku": null, "name": one.item_name, "price": one.amount, "quantity": 1, "subtotal": one.amount,
        }],
        "instructions": [{"title": "Internet Banking", "steps": ["Login ke <b>internet banking</b> Anda"]}],
        "qr_string": qr,
        "qr_url": qr.as_ref().map(|_| format!("{base_url}/qr/{}", one.reference)),
    })
}

/// An entry of the list, which tells less.
pub(super) fn entry(one: &Transaction) -> Value {
    json!({
        "reference": one.reference,
        "merchant_ref": one.merchant_ref,
        "payment_selection_type": "static",
        "payment_method": one.method,
        "customer_name": one.customer_name,
        "amount": one.amount + one.fee_customer,
        "fee_merchant": one.fee_merchant,
        "fee_customer": one.fee_customer,
        "total_fee": one.fee_merchant + one.fee_customer,
        "amount_received": one.amount - one.fee_merchant,
        "status": one.status.as_str(),
        "expired_at": one.expires_at.timestamp(),
        "paid_at": one.paid_at.map(|at| at.timestamp()),
    })
}

/// A report of the vendor's own accord, byte for byte: slashes are escaped as PHP does it.
pub(super) fn notification(one: &Transaction) -> String {
    let name = settings::by_code(&one.method).map(|channel| channel.name);
    let body = json!({
        "reference": one.reference,
        "merchant_ref": one.merchant_ref,
        "payment_method": name,
        "payment_method_code": one.method,
        "total_amount": one.amount + one.fee_customer,
        "fee_merchant": one.fee_merchant,
        "fee_customer": one.fee_customer,
        "total_fee": one.fee_merchant + one.fee_customer,
        "amount_received": one.amount - one.fee_merchant,
        "is_closed_payment": 1,
        "status": one.status.as_str(),
        "paid_at": one.paid_at.map(|at| at.timestamp()),
        "note": "Simulasi / sandbox",
    });
    body.to_string().replace('/', "\\/")
}
