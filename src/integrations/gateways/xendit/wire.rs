//! Xendit's JSON exactly as on the wire. Everything of an answer is optional and unknown fields are tolerated; numbers
//! come with and without a fraction.
use crate::integrations::gateways::call::{list, text};
use serde::{Deserialize, Serialize};

/// `POST /v3/payment_requests`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NewRequest {
    pub reference_id: String,
    pub r#type: String,
    pub country: String,
    pub currency: String,
    /// Whole rupiah.
    pub request_amount: i64,
    pub capture_method: String,
    pub channel_code: String,
    pub channel_properties: ChannelProperties,
    #[serde(default)]
    pub description: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ChannelProperties {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `2026-11-22T03:00:00Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_return_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_return_url: Option<String>,
}

/// `POST /sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NewSession {
    pub reference_id: String,
    pub session_type: String,
    pub mode: String,
    pub amount: i64,
    pub currency: String,
    pub country: String,
    pub capture_method: String,
    #[serde(default)]
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_payment_channels: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_return_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_return_url: Option<String>,
    pub expires_at: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Customer {
    pub reference_id: String,
    pub r#type: String,
    pub email: String,
    pub individual_detail: Individual,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Individual {
    pub given_names: String,
}

/// A payment request, a payment, a session or an invoice: they share most of their fields, and each has its own ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Charge {
    pub payment_request_id: Option<String>,
    pub payment_session_id: Option<String>,
    pub payment_id: Option<String>,
    pub latest_payment_id: Option<String>,
    /// Id of an invoice.
    pub id: Option<String>,
    pub reference_id: Option<String>,
    /// Our reference of an invoice.
    pub external_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub request_amount: Option<String>,
    /// Of a session and an invoice.
    #[serde(deserialize_with = "text")]
    pub amount: Option<String>,
    #[serde(deserialize_with = "text")]
    pub paid_amount: Option<String>,
    pub currency: Option<String>,
    pub channel_code: Option<String>,
    pub status: Option<String>,
    #[serde(deserialize_with = "list")]
    pub actions: Vec<Action>,
    #[serde(deserialize_with = "list")]
    pub captures: Vec<Capture>,
    pub channel_properties: Option<ChannelProperties>,
    pub payment_link_url: Option<String>,
    pub invoice_url: Option<String>,
    pub expires_at: Option<String>,
    pub expiry_date: Option<String>,
    pub paid_at: Option<String>,
    pub updated: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Action {
    pub descriptor: Option<String>,
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Capture {
    #[serde(deserialize_with = "text")]
    pub capture_amount: Option<String>,
    pub capture_timestamp: Option<String>,
}

/// `POST /refunds`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NewRefund {
    pub payment_request_id: String,
    pub reference_id: String,
    pub currency: String,
    pub amount: i64,
    pub reason: String,
    pub metadata: Metadata,
}

/// What we want to read again in a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    /// Our reference of the payment a refund is of.
    pub payment: Option<String>,
    /// Our reason, which is not one of the vendor's few words.
    pub note: Option<String>,
}

/// A refund.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Refund {
    pub id: Option<String>,
    pub payment_request_id: Option<String>,
    pub reference_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub amount: Option<String>,
    pub status: Option<String>,
    pub failure_code: Option<String>,
    pub metadata: Option<Metadata>,
}

/// `GET /refunds`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Refunds {
    #[serde(deserialize_with = "list")]
    pub data: Vec<Refund>,
}

/// A refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub error_code: Option<String>,
    pub message: Option<String>,
}
