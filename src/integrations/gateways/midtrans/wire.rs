//! Midtrans' JSON exactly as on the wire. Everything of an answer is optional and unknown fields are tolerated: the
//! vendor adds fields without notice, and `map` decides what may be missing.
use crate::integrations::gateways::call::{list, text};
use serde::{Deserialize, Serialize};

/// `POST /v2/charge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Charge {
    pub payment_type: String,
    pub transaction_details: TransactionDetails,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub item_details: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_details: Option<CustomerDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_expiry: Option<CustomExpiry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_field1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank_transfer: Option<BankTransfer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echannel: Option<Echannel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qris: Option<QrisObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gopay: Option<GopayObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shopeepay: Option<ReturnObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ovo: Option<OvoObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cstore: Option<StoreObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_card: Option<CardObject>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TransactionDetails {
    pub order_id: String,
    /// Whole rupiah; here an integer, in answers a decimal text.
    pub gross_amount: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    pub id: String,
    pub price: i64,
    pub quantity: i64,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CustomerDetails {
    #[serde(default)]
    pub first_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    #[serde(default)]
    pub email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CustomExpiry {
    /// `2026-11-21 10:00:00 +0700`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_time: Option<String>,
    pub expiry_duration: i64,
    /// `second`, `minute` (where missing), `hour`, `day`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BankTransfer {
    pub bank: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permata: Option<PermataRecipient>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PermataRecipient {
    pub recipient_name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Echannel {
    pub bill_info1: String,
    pub bill_info2: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct QrisObject {
    #[serde(default = "gopay")]
    pub acquirer: String,
}

fn gopay() -> String {
    "gopay".to_owned()
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GopayObject {
    #[serde(default)]
    pub enable_callback: bool,
    #[serde(default)]
    pub callback_url: String,
}

/// Where an app sends the payer back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReturnObject {
    pub callback_url: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OvoObject {
    pub payer_phone_number: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoreObject {
    /// `indomaret` or `alfamart`, in any case.
    pub store: String,
    /// What Indomaret's till shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What Alfamart's till shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alfamart_free_text_1: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CardObject {
    /// From the vendor's script; good once.
    pub token_id: String,
    /// 3-D Secure.
    #[serde(default)]
    pub authentication: bool,
}

/// `POST /snap/v1/transactions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SnapRequest {
    pub transaction_details: TransactionDetails,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub item_details: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_details: Option<CustomerDetails>,
    #[serde(default)]
    pub enabled_payments: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callbacks: Option<SnapCallbacks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<SnapExpiry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_field1: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SnapCallbacks {
    pub finish: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SnapExpiry {
    /// `2026-11-21 10:00:00 +0700`.
    pub start_time: String,
    /// `minutes`, `hours`, `days`.
    pub unit: String,
    pub duration: i64,
}

/// What Snap answers: a page, or what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct SnapAnswer {
    pub token: Option<String>,
    pub redirect_url: Option<String>,
    #[serde(deserialize_with = "list")]
    pub error_messages: Vec<String>,
}

/// `POST /v2/{id}/refund`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refund {
    pub refund_key: String,
    pub amount: i64,
    #[serde(default)]
    pub reason: String,
}

/// Any answer of the Core API, and a notification: they share their fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Transaction {
    #[serde(deserialize_with = "text")]
    pub status_code: Option<String>,
    pub status_message: Option<String>,
    #[serde(deserialize_with = "list")]
    pub validation_messages: Vec<String>,
    pub transaction_id: Option<String>,
    pub order_id: Option<String>,
    pub merchant_id: Option<String>,
    /// `"150000.00"`.
    #[serde(deserialize_with = "text")]
    pub gross_amount: Option<String>,
    pub currency: Option<String>,
    pub payment_type: Option<String>,
    pub transaction_status: Option<String>,
    pub fraud_status: Option<String>,
    /// Western Indonesian time without a zone; `expire_time` on one page of the vendor.
    #[serde(alias = "expire_time")]
    pub expiry_time: Option<String>,
    pub settlement_time: Option<String>,
    #[serde(deserialize_with = "list")]
    pub va_numbers: Vec<VaNumber>,
    pub permata_va_number: Option<String>,
    pub biller_code: Option<String>,
    pub bill_key: Option<String>,
    pub qr_string: Option<String>,
    /// Code for the till of a store.
    #[serde(deserialize_with = "text")]
    pub payment_code: Option<String>,
    /// Page of the bank that proves a card, or of a lender.
    pub redirect_url: Option<String>,
    #[serde(deserialize_with = "list")]
    pub actions: Vec<Action>,
    #[serde(deserialize_with = "list")]
    pub payment_amounts: Vec<PaidAmount>,
    #[serde(deserialize_with = "text")]
    pub refund_amount: Option<String>,
    #[serde(deserialize_with = "list")]
    pub refunds: Vec<RefundEntry>,
    pub signature_key: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct VaNumber {
    pub bank: String,
    pub va_number: String,
}

/// Something that can be opened or called; `deeplink-redirect` opens the payer's app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Action {
    pub name: String,
    pub method: String,
    pub url: String,
}

/// Money that came to a virtual account: BNI always tells, open-amount accounts need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PaidAmount {
    pub paid_at: String,
    pub amount: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct RefundEntry {
    pub refund_key: Option<String>,
    #[serde(deserialize_with = "text")]
    pub refund_amount: Option<String>,
    pub bank_confirmed_at: Option<String>,
}
