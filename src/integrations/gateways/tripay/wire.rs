//! Tripay's JSON exactly as on the wire. Everything of an answer is optional and unknown fields are tolerated; numbers
//! come as numbers or as texts.
use crate::integrations::gateways::call::{list, text};
use serde::{Deserialize, Deserializer, Serialize};

/// Every answer: the verdict is `success`, whatever the HTTP status says.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Answer<T> {
    #[serde(default)]
    pub success: bool,
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default = "nothing")]
    pub data: Option<T>,
}

fn nothing<T>() -> Option<T> {
    None
}

/// `POST /transaction/create`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Create {
    pub method: String,
    pub merchant_ref: String,
    /// Whole rupiah.
    pub amount: i64,
    pub customer_name: String,
    pub customer_email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_phone: Option<String>,
    pub order_items: Vec<Item>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    /// Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired_time: Option<i64>,
    pub signature: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    pub name: String,
    pub price: i64,
    pub quantity: i64,
}

/// A transaction: answer to a creation, a question, an entry of the list, and, with names of its own, a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Transaction {
    pub reference: Option<String>,
    pub merchant_ref: Option<String>,
    /// The code of the channel (`BRIVA`).
    pub payment_method: Option<String>,
    pub payment_name: Option<String>,
    /// What the payer hands over; `total_amount` in a notification.
    #[serde(deserialize_with = "text", alias = "total_amount")]
    pub amount: Option<String>,
    #[serde(deserialize_with = "text")]
    pub fee_merchant: Option<String>,
    #[serde(deserialize_with = "text")]
    pub fee_customer: Option<String>,
    #[serde(deserialize_with = "text")]
    pub pay_code: Option<String>,
    pub pay_url: Option<String>,
    pub checkout_url: Option<String>,
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub expired_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub paid_at: Option<String>,
    pub qr_string: Option<String>,
    /// What we asked for, echoed; not in a notification.
    #[serde(deserialize_with = "list")]
    pub order_items: Vec<OrderedItem>,
    /// 1 for a closed payment, 0 for an open one; only in a notification.
    #[serde(deserialize_with = "text")]
    pub is_closed_payment: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct OrderedItem {
    #[serde(deserialize_with = "text")]
    pub price: Option<String>,
    #[serde(deserialize_with = "text")]
    pub quantity: Option<String>,
}

/// `GET /merchant/payment-channel`, one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Channel {
    pub code: Option<String>,
    #[serde(deserialize_with = "switch")]
    pub active: bool,
}

/// A list that is missing where there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(super) struct Found(#[serde(deserialize_with = "list")] pub Vec<Transaction>);

fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Option::<serde_json::Value>::deserialize(deserializer)? {
        Some(serde_json::Value::Bool(is_on)) => is_on,
        Some(serde_json::Value::Number(number)) => number.as_i64() == Some(1),
        Some(serde_json::Value::String(text)) => matches!(text.as_str(), "1" | "true"),
        _ => false,
    })
}
