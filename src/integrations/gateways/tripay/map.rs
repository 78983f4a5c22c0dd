//! Between Tripay's words and ours. Total: every status of the vendor is named, an unknown one is `Unknown` with a
//! warning, never success. Source: payments sheet, C.3.
use super::{
    VENDOR,
    settings::{self, Account},
    wire,
};
use crate::integrations::{
    OutsideError,
    gateways::{ChargeOutcome, ChargeRequest, Instructions, PaymentReport, call},
};
use chrono::{DateTime, Duration, Utc};
use entity::value::{IDR, Money, PaymentStatus};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Longest name and line of an order.
const WORDS_LENGTH: usize = 60;
/// Longest reference we send.
const REFERENCE_LENGTH: usize = 60;

/// Why an answer cannot be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MapError {
    #[error("the answer has no {0}")]
    Missing(&'static str),
    #[error("the amount {0:?} cannot be read")]
    Amount(String),
    #[error("the fee is larger than the amount")]
    Fee,
}

/// Hexadecimal HMAC-SHA256.
pub(super) fn sign(key: &SecretString, message: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

/// What signs a creation.
pub(super) fn signature(key: &SecretString, merchant_code: &str, reference: &str, amount_minor: i64) -> String {
    sign(key, format!("{merchant_code}{reference}{amount_minor}").as_bytes())
}

/// What we send to charge.
pub(super) fn create(account: &Account, request: &ChargeRequest) -> Result<wire::Create, OutsideError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if request.reference.is_empty()
        || request.reference.len() > REFERENCE_LENGTH
        || !request.reference.chars().all(fits)
    {
        return Err(OutsideError::rejected("reference_invalid", "Tripay gets 1 to 60 letters, digits and -_"));
    }
    let channel = settings::channel(&request.method, request.option.as_deref())
        .ok_or_else(|| OutsideError::rejected("method_unknown", "Tripay has no such way to pay"))?;
    let amount = &request.amount;
    if amount.currency != IDR {
        return Err(OutsideError::rejected("currency_unsupported", "Tripay takes rupiah only"));
    }
    if !(channel.min_minor..=channel.max_minor).contains(&amount.minor) {
        let words = format!("{} does not take this amount", channel.name);
        return Err(OutsideError::rejected("amount_out_of_range", words));
    }
    if request.expires_at <= request.now {
        return Err(OutsideError::rejected("expiry_too_near", "The charge would be over before it begins"));
    }
    // Out of these bounds the vendor refuses or changes the time, nobody knows which.
    let shortest = request.now + Duration::minutes(channel.min_minutes);
    let longest = request.now + Duration::minutes(channel.max_minutes);
    let expires_at = request.expires_at.clamp(shortest, longest);
    Ok(wire::Create {
        method: channel.code.to_owned(),
        merchant_ref: request.reference.clone(),
        amount: amount.minor,
        customer_name: call::plain(&request.payer_name, WORDS_LENGTH),
        customer_email: request.payer_email.clone(),
        customer_phone: None,
        order_items: vec![wire::Item {
            name: call::plain(&request.description, WORDS_LENGTH),
            price: amount.minor,
            quantity: 1,
        }],
        callback_url: Some(request.notification_url.clone()).filter(|url| !url.is_empty()),
        return_url: Some(request.return_url.clone()).filter(|url| !url.is_empty()),
        expired_time: Some(expires_at.timestamp()),
        signature: signature(&account.private_key, &account.merchant_code, &request.reference, amount.minor),
    })
}

/// Where a transaction stands.
pub(super) fn status(word: Option<&str>) -> PaymentStatus {
    match word.unwrap_or_default().to_ascii_uppercase().as_str() {
        "UNPAID" => PaymentStatus::Pending,
        "PAID" => PaymentStatus::Succeeded,
        "FAILED" => PaymentStatus::Failed,
        "EXPIRED" => PaymentStatus::Expired,
        // Tripay gives money back by itself where a payment failed behind it.
        "REFUND" => PaymentStatus::Refunded,
        unknown => {
            let word: String = unknown.chars().take(40).collect();
            tracing::warn!(status = word, "Tripay reports a status we do not know");
            PaymentStatus::Unknown
        }
    }
}

fn amount(field: &Option<String>, name: &'static str) -> Result<i64, MapError> {
    let text = field.as_deref().ok_or(MapError::Missing(name))?;
    call::rupiah(text).ok_or_else(|| MapError::Amount(text.chars().take(40).collect()))
}

/// A fee; none where the answer does not tell one.
fn fee(field: &Option<String>) -> Result<i64, MapError> {
    if field.is_none() { Ok(0) } else { amount(field, "fee") }
}

/// The instant of unix seconds.
fn instant(field: &Option<String>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(field.as_deref()?.parse().ok()?, 0)
}

/// What a transaction tells of a payment. The fee a customer bears is on top of what we asked for and is not ours.
pub(super) fn report(answer: &wire::Transaction) -> Result<PaymentReport, MapError> {
    let total = amount(&answer.amount, "amount")?;
    let without_fee = total.checked_sub(fee(&answer.fee_customer)?).filter(|ours| *ours >= 0).ok_or(MapError::Fee)?;
    // Whether the amount holds the customer's fee depends on the account. The items are what we asked for.
    let ours = ordered(answer).filter(|ours| *ours == total).unwrap_or(without_fee);
    let status = status(answer.status.as_deref());
    Ok(PaymentReport {
        reference: answer.merchant_ref.clone().ok_or(MapError::Missing("merchant_ref"))?,
        external_id: answer.reference.clone().ok_or(MapError::Missing("reference"))?,
        status,
        amount: Money::idr(ours),
        refunded_minor: if status == PaymentStatus::Refunded { ours } else { 0 },
        settled_at: instant(&answer.paid_at),
        fee_minor: fee(&answer.fee_merchant)?,
        instructions: instructions(answer, total, total - ours),
    })
}

/// The sum of the items, where all of them can be read.
fn ordered(answer: &wire::Transaction) -> Option<i64> {
    let number = |text: &Option<String>| call::rupiah(text.as_deref()?);
    let add = |sum: i64, item: &wire::OrderedItem| {
        sum.checked_add(number(&item.price)?.checked_mul(number(&item.quantity)?)?)
    };
    if answer.order_items.is_empty() { None } else { answer.order_items.iter().try_fold(0, add) }
}

/// What the payer has to do, as far as the answer tells.
fn instructions(answer: &wire::Transaction, total: i64, on_top: i64) -> Instructions {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let channel = answer.payment_method.as_deref().and_then(settings::by_code);
    let (code, qr) = (filled(&answer.pay_code), filled(&answer.qr_string));
    let page = || {
        let pages = [answer.pay_url.as_deref(), answer.checkout_url.as_deref()];
        pages.into_iter().find_map(call::web_address)
    };
    let mut told = Instructions::default();
    match (channel.map(|channel| channel.method), code, qr) {
        (_, _, Some(text)) => told.qr_string = Some(text),
        (Some("bank_transfer"), Some(number), _) => {
            told.bank = channel.and_then(|channel| channel.option).map(str::to_owned);
            told.va_number = Some(number);
        }
        (Some("cstore"), Some(code), _) => told.payment_code = Some(code),
        _ => told.redirect_url = page(),
    }
    if told != Instructions::default() && on_top > 0 {
        told.payable_minor = Some(total);
    }
    told
}

/// What became of a charge, after a look whether the answer speaks of what we asked for.
///
/// # Errors
/// `Unknown` where something was charged, but not what we asked for: a person has to look before anything else
/// happens with this reference.
pub(super) fn outcome(answer: &wire::Transaction, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
    let report = report(answer).map_err(|error| OutsideError::unknown(format!("Tripay's answer: {error}")))?;
    if report.reference != request.reference || report.amount != request.amount {
        tracing::error!(payment.reference = request.reference, "Tripay charged something else than we asked for");
        return Err(OutsideError::unknown("Tripay answered with another reference or amount than asked for"));
    }
    if let Some(code) = &report.instructions.qr_string {
        let payable_minor = report.instructions.payable_minor.unwrap_or(request.amount.minor);
        call::warn_of_doubts(VENDOR, code, payable_minor, &request.reference);
    }
    Ok(ChargeOutcome {
        external_id: report.external_id,
        status: report.status,
        instructions: report.instructions,
        expires_at: instant(&answer.expired_time).or(Some(request.expires_at)),
    })
}
