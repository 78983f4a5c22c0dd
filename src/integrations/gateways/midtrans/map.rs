//! Between Midtrans' words and ours. Total: every status of the vendor is named, an unknown one is `Unknown` with a
//! warning, never success. Source: payments sheet, A.3, A.4 and A.8.
use super::{
    VENDOR,
    settings::{self, Way},
    wire,
};
use crate::integrations::{
    OutsideError,
    gateways::{ChargeOutcome, ChargeRequest, Instructions, PaymentReport, RefundRequest, call},
};
use chrono::{DateTime, FixedOffset, NaiveDateTime, SubsecRound, Utc};
use entity::value::{IDR, Money, PaymentStatus};
use secrecy::ExposeSecret;

/// Midtrans speaks Western Indonesian time, mostly without saying so.
const WIB_SECONDS_EAST: i32 = 7 * 3600;
/// Shortest time a charge may wait (sheet A.3, "20 s").
const MIN_LIFETIME_SECONDS: i64 = 20;
/// BCA refuses longer names.
const NAME_LENGTH: usize = 30;
/// Permata shows no more.
const RECIPIENT_LENGTH: usize = 20;
/// Length of an item's name that every method takes.
const ITEM_LENGTH: usize = 50;
/// Longest reason of a refund.
const REASON_LENGTH: usize = 255;
/// Mandiri cuts the second line of a bill.
const BILL_LENGTH: usize = 30;
/// Longest line on the slip of a store.
const STORE_LENGTH: usize = 40;
/// Longest token of a card that is passed on; theirs have 50 characters.
const TOKEN_LENGTH: usize = 100;
/// An order id may have this many characters.
const ORDER_ID_LENGTH: usize = 50;

/// Why an answer cannot be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MapError {
    #[error("the answer has no {0}")]
    Missing(&'static str),
    #[error("the amount {0:?} cannot be read")]
    Amount(String),
    #[error("the currency {0:?} is not ours")]
    Currency(String),
}

/// The zone of Midtrans' times.
pub(super) fn wib() -> FixedOffset {
    FixedOffset::east_opt(WIB_SECONDS_EAST).expect("seven hours are a valid offset")
}

/// Whole rupiah of `"150000.00"`. A fraction other than zeros, a sign, an exponent or more digits than 64 bits hold
/// are refused.
pub(super) fn amount(text: &str) -> Result<i64, MapError> {
    call::rupiah(text).ok_or_else(|| MapError::Amount(text.chars().take(40).collect()))
}

/// The decimal text of whole rupiah.
pub(super) fn decimal(minor: i64) -> String {
    format!("{minor}.00")
}

/// The instant of `2026-11-21 10:00:01`.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S").ok()?;
    local.and_local_timezone(wib()).single().map(|time| time.to_utc())
}

/// An instant as Midtrans writes it.
pub(super) fn local_text(at: DateTime<Utc>) -> String {
    at.with_timezone(&wib()).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// An id that is safe in a path and that the vendor takes: letters, digits and `-_~.`, at most 50 characters.
pub(super) fn check_reference(reference: &str) -> Result<(), OutsideError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_~.".contains(c);
    if reference.len() <= ORDER_ID_LENGTH
        && reference.chars().all(fits)
        && reference.chars().any(|c| c.is_ascii_alphanumeric())
    {
        return Ok(());
    }
    Err(OutsideError::rejected("reference_invalid", "Midtrans takes 1 to 50 letters, digits and -_~. as order id"))
}

/// The way of a request, where the vendor would take it.
pub(super) fn way(request: &ChargeRequest) -> Result<&'static Way, OutsideError> {
    check_reference(&request.reference)?;
    let way = settings::way(&request.method, request.option.as_deref())
        .ok_or_else(|| OutsideError::rejected("method_unknown", "Midtrans has no such way to pay"))?;
    let (offer, amount) = (&way.offer, &request.amount);
    if amount.currency != IDR {
        return Err(OutsideError::rejected("currency_unsupported", "Midtrans takes rupiah only"));
    }
    if !(offer.min_minor..=offer.max_minor).contains(&amount.minor) {
        return Err(OutsideError::rejected("amount_out_of_range", format!("{} does not take this amount", offer.name)));
    }
    if seconds(request) < MIN_LIFETIME_SECONDS {
        return Err(OutsideError::rejected("expiry_too_near", "A charge must wait for at least 20 seconds"));
    }
    Ok(way)
}

/// How long a charge may wait, whole seconds.
fn seconds(request: &ChargeRequest) -> i64 {
    (request.expires_at.trunc_subsecs(0) - request.now.trunc_subsecs(0)).num_seconds()
}

fn details(request: &ChargeRequest) -> wire::TransactionDetails {
    wire::TransactionDetails { order_id: request.reference.clone(), gross_amount: request.amount.minor }
}

fn items(request: &ChargeRequest) -> Vec<wire::Item> {
    let name = call::plain(&request.description, ITEM_LENGTH);
    vec![wire::Item { id: "payment".into(), price: request.amount.minor, quantity: 1, name }]
}

/// Who pays. Stores and lenders want a second name and a telephone number; the others only print the first.
fn payer(request: &ChargeRequest) -> wire::CustomerDetails {
    let name = call::plain(&request.payer_name, NAME_LENGTH);
    let email = request.payer_email.clone();
    if !matches!(request.method.as_str(), "cstore" | "akulaku" | "kredivo") {
        return wire::CustomerDetails { first_name: name, last_name: String::new(), email, phone: None };
    }
    let (first, last) = name.rsplit_once(' ').unwrap_or((&name, &name));
    let (first_name, last_name) = (first.to_owned(), last.to_owned());
    wire::CustomerDetails { first_name, last_name, email, phone: request.payer_phone.clone() }
}

/// What we send to charge.
pub(super) fn charge(request: &ChargeRequest) -> Result<wire::Charge, OutsideError> {
    way(request)?;
    let method = request.method.as_str();
    let words = call::plain(&request.description, ITEM_LENGTH);
    let back = request.return_url.clone();
    let option = request.option.as_deref();
    // A card's end is the bank's, and OVO's its own: both refuse another one.
    let has_own_end = matches!(method, "credit_card" | "ovo");
    Ok(wire::Charge {
        payment_type: request.method.clone(),
        transaction_details: details(request),
        item_details: items(request),
        customer_details: Some(payer(request)),
        custom_expiry: (!has_own_end).then(|| wire::CustomExpiry {
            order_time: Some(format!("{} +0700", local_text(request.now.trunc_subsecs(0)))),
            expiry_duration: seconds(request),
            unit: Some("second".into()),
        }),
        custom_field1: Some(words),
        bank_transfer: option.filter(|_| method == "bank_transfer").map(|bank| wire::BankTransfer {
            bank: bank.to_owned(),
            permata: (bank == "permata")
                .then(|| wire::PermataRecipient { recipient_name: call::plain(&request.payer_name, RECIPIENT_LENGTH) }),
        }),
        echannel: (method == "echannel").then(|| wire::Echannel {
            bill_info1: "Payment:".into(),
            bill_info2: call::plain(&request.description, BILL_LENGTH),
        }),
        qris: (method == "qris").then(|| wire::QrisObject { acquirer: "gopay".into() }),
        gopay: (method == "gopay").then(|| wire::GopayObject { enable_callback: true, callback_url: back.clone() }),
        shopeepay: (method == "shopeepay").then_some(wire::ReturnObject { callback_url: back }),
        ovo: match method {
            "ovo" => Some(wire::OvoObject { payer_phone_number: phone(request)? }),
            _ => None,
        },
        cstore: option.filter(|_| method == "cstore").map(|store| store_object(store, request)),
        credit_card: match method {
            "credit_card" => Some(wire::CardObject { token_id: card_token(request)?, authentication: true }),
            _ => None,
        },
    })
}

fn phone(request: &ChargeRequest) -> Result<String, OutsideError> {
    let missing = || OutsideError::rejected("phone_required", "OVO asks the payer on his phone: its number is missing");
    request.payer_phone.clone().ok_or_else(missing)
}

fn card_token(request: &ChargeRequest) -> Result<String, OutsideError> {
    let token = request.card_token.as_ref().map(ExposeSecret::expose_secret).filter(|token| is_token(token));
    let missing = || OutsideError::rejected("card_required", "The card has not been read by the vendor's script");
    token.map(str::to_owned).ok_or_else(missing)
}

/// Whether a text can be a token of the vendor's; its exact form is not promised.
fn is_token(text: &str) -> bool {
    (8..=TOKEN_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn store_object(store: &str, request: &ChargeRequest) -> wire::StoreObject {
    let words = Some(call::plain(&request.description, STORE_LENGTH));
    let (message, alfamart_free_text_1) = if store == "alfamart" { (None, words) } else { (words, None) };
    wire::StoreObject { store: store.to_owned(), message, alfamart_free_text_1 }
}

/// What we send to get a page of the vendor's that offers one way.
pub(super) fn page(request: &ChargeRequest, name: &str) -> wire::SnapRequest {
    let back = request.return_url.clone();
    wire::SnapRequest {
        transaction_details: details(request),
        item_details: items(request),
        customer_details: Some(payer(request)),
        enabled_payments: vec![name.to_owned()],
        callbacks: (!back.is_empty()).then_some(wire::SnapCallbacks { finish: back }),
        expiry: Some(wire::SnapExpiry {
            start_time: format!("{} +0700", local_text(request.now.trunc_subsecs(0))),
            unit: "minutes".into(),
            // A page takes whole minutes; it must not outlive the attempt.
            duration: (seconds(request) / 60).max(1),
        }),
        custom_field1: Some(call::plain(&request.description, ITEM_LENGTH)),
    }
}

/// What a page of the vendor's is to the payer. Nothing can be asked about it until he has chosen there: the vendor then
/// knows the order, and its id is learnt from the report.
pub(super) fn page_outcome(answer: &wire::SnapAnswer, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
    let url = call::web_address(answer.redirect_url.as_deref());
    let unknown = || OutsideError::unknown("Midtrans made a page without telling where it is");
    Ok(ChargeOutcome {
        external_id: String::new(),
        status: PaymentStatus::Pending,
        instructions: Instructions { redirect_url: Some(url.ok_or_else(unknown)?), ..Instructions::default() },
        expires_at: Some(request.expires_at),
    })
}

/// Where a transaction stands (sheet A.8). Money counts as come only with code 200, a status of success and no doubt
/// of the fraud detection: the signature covers the code, but neither status nor doubt.
pub(super) fn status(answer: &wire::Transaction) -> PaymentStatus {
    let lower = |word: &Option<String>| word.as_deref().map(str::to_ascii_lowercase).unwrap_or_default();
    let (word, doubt) = (lower(&answer.transaction_status), lower(&answer.fraud_status));
    match (word.as_str(), doubt.as_str()) {
        ("pending", _) => PaymentStatus::Pending,
        ("authorize", _) => PaymentStatus::Authorized,
        ("capture" | "settlement", "" | "accept") if answer.status_code.as_deref() == Some("200") => {
            PaymentStatus::Succeeded
        }
        ("capture" | "settlement", "" | "accept") => {
            tracing::warn!(payment.reference = ?answer.order_id, "Midtrans calls a payment settled without code 200");
            PaymentStatus::Unknown
        }
        ("capture", "deny") => PaymentStatus::Failed,
        ("capture" | "settlement", _) => PaymentStatus::Review,
        // Some banks take money back minutes after they reported it.
        ("deny", _) if answer.settlement_time.is_some() => PaymentStatus::Reversed,
        ("deny" | "failure", _) => PaymentStatus::Failed,
        ("cancel", _) => PaymentStatus::Cancelled,
        ("expire", _) => PaymentStatus::Expired,
        ("refund", _) => PaymentStatus::Refunded,
        ("partial_refund", _) => PaymentStatus::PartiallyRefunded,
        ("chargeback" | "partial_chargeback", _) => PaymentStatus::Chargeback,
        (unknown, _) => {
            tracing::warn!(
                payment.reference = ?answer.order_id,
                status = unknown.chars().take(40).collect::<String>(),
                "Midtrans reports a status we do not know"
            );
            PaymentStatus::Unknown
        }
    }
}

/// What the payer has to do, as far as the answer tells.
pub(super) fn instructions(answer: &wire::Transaction) -> Instructions {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let deeplink = answer.actions.iter().find(|action| action.name == "deeplink-redirect").map(|action| &action.url);
    let page = deeplink.or(answer.redirect_url.as_ref()).map(String::as_str);
    let is_push = answer.payment_type.as_deref() == Some("ovo");
    let mut instructions = Instructions {
        biller_code: filled(&answer.biller_code),
        bill_key: filled(&answer.bill_key),
        qr_string: filled(&answer.qr_string),
        payment_code: filled(&answer.payment_code),
        redirect_url: call::web_address(page),
        countdown_until: answer.expiry_time.as_deref().and_then(instant).filter(|_| is_push),
        ..Instructions::default()
    };
    if let Some(account) = answer.va_numbers.first() {
        instructions.bank = Some(account.bank.clone());
        instructions.va_number = Some(account.va_number.clone());
    } else if let Some(number) = filled(&answer.permata_va_number) {
        instructions.bank = Some("permata".to_owned());
        instructions.va_number = Some(number);
    }
    instructions
}

/// What a transaction tells of a payment.
pub(super) fn report(answer: &wire::Transaction) -> Result<PaymentReport, MapError> {
    let status = status(answer);
    let charged = amount(answer.gross_amount.as_deref().ok_or(MapError::Missing("gross_amount"))?)?;
    if let Some(currency) = answer.currency.as_deref().filter(|currency| *currency != IDR) {
        return Err(MapError::Currency(currency.to_owned()));
    }
    Ok(PaymentReport {
        reference: answer.order_id.clone().ok_or(MapError::Missing("order_id"))?,
        external_id: answer.transaction_id.clone().ok_or(MapError::Missing("transaction_id"))?,
        status,
        amount: Money::idr(paid(answer)?.unwrap_or(charged)),
        refunded_minor: refunded(answer, status, charged)?,
        settled_at: answer.settlement_time.as_deref().and_then(instant),
        // Midtrans does not tell its fee.
        fee_minor: 0,
        instructions: instructions(answer),
    })
}

/// What really came, where the bank tells: an account with an open amount takes any sum.
fn paid(answer: &wire::Transaction) -> Result<Option<i64>, MapError> {
    let mut total: i64 = 0;
    for part in &answer.payment_amounts {
        total = total.checked_add(amount(&part.amount)?).ok_or_else(|| MapError::Amount("a sum of payments".into()))?;
    }
    Ok((!answer.payment_amounts.is_empty()).then_some(total))
}

fn refunded(answer: &wire::Transaction, status: PaymentStatus, charged: i64) -> Result<i64, MapError> {
    if !matches!(status, PaymentStatus::Refunded | PaymentStatus::PartiallyRefunded) {
        return Ok(0);
    }
    match &answer.refund_amount {
        Some(text) => amount(text),
        None if status == PaymentStatus::Refunded => Ok(charged),
        None => Err(MapError::Missing("refund_amount")),
    }
}

/// What became of a charge, after a look whether the answer speaks of what we asked for.
///
/// # Errors
/// `Unknown` where something was charged, but not what we asked for: a person has to look before anything else
/// happens with this reference.
pub(super) fn outcome(answer: &wire::Transaction, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
    let report = report(answer).map_err(|error| OutsideError::unknown(format!("Midtrans' answer: {error}")))?;
    let charged = answer.gross_amount.as_deref().and_then(|text| amount(text).ok());
    if report.reference != request.reference || charged != Some(request.amount.minor) {
        tracing::error!(payment.reference = request.reference, "Midtrans charged something else than we asked for");
        return Err(OutsideError::unknown("Midtrans answered with another order id or amount than asked for"));
    }
    if let Some(code) = &report.instructions.qr_string {
        call::warn_of_doubts(VENDOR, code, request.amount.minor, &request.reference);
    }
    Ok(ChargeOutcome {
        external_id: report.external_id,
        status: report.status,
        instructions: report.instructions,
        expires_at: answer.expiry_time.as_deref().and_then(instant).or(Some(request.expires_at)),
    })
}

/// What we send to give money back.
pub(super) fn refund(request: &RefundRequest) -> Result<wire::Refund, OutsideError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if request.refund_key.is_empty() || !request.refund_key.chars().all(fits) {
        return Err(OutsideError::rejected(
            "refund_key_invalid",
            "Midtrans takes letters, digits and -_ as refund key",
        ));
    }
    if request.amount.currency != IDR || request.amount.minor <= 0 {
        return Err(OutsideError::rejected("amount_out_of_range", "A refund needs an amount in rupiah above zero"));
    }
    Ok(wire::Refund {
        refund_key: request.refund_key.clone(),
        amount: request.amount.minor,
        reason: call::plain(&request.reason, REASON_LENGTH),
    })
}
