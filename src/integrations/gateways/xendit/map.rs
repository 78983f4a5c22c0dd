//! Between Xendit's words and ours. Total: every status of the vendor is named, an unknown one is `Unknown` with a
//! warning, never success. Source: payments sheet, B.2 to B.6.
use super::{
    VENDOR,
    settings::{self, Kind},
    wire,
};
use crate::integrations::{
    OutsideError,
    gateways::{ChargeOutcome, ChargeRequest, Instructions, PaymentReport, RefundRequest, call},
};
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use entity::value::{IDR, Money, PaymentStatus};

/// Longest name a payer sees.
const NAME_LENGTH: usize = 40;
/// Longest description and reason.
const WORDS_LENGTH: usize = 200;
/// A session takes no longer reference.
const REFERENCE_LENGTH: usize = 64;

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

/// An instant as Xendit writes it.
pub(super) fn time_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn instant(text: &Option<String>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.as_deref()?).ok().map(|at| at.to_utc())
}

/// Whole rupiah of a number with or without a fraction of zeros.
fn amount(text: &str) -> Result<i64, MapError> {
    call::rupiah(text).ok_or_else(|| MapError::Amount(text.chars().take(40).collect()))
}

/// What we send to charge.
pub(super) enum Body {
    Request(Box<wire::NewRequest>),
    Session(Box<wire::NewSession>),
}

/// What we send to charge.
pub(super) fn charge(request: &ChargeRequest) -> Result<Body, OutsideError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let reference = &request.reference;
    if reference.is_empty() || reference.len() > REFERENCE_LENGTH || !reference.chars().all(fits) {
        return Err(OutsideError::rejected("reference_invalid", "Xendit gets 1 to 64 letters, digits and -_"));
    }
    let channel = settings::channel(&request.method, request.option.as_deref())
        .ok_or_else(|| OutsideError::rejected("method_unknown", "Xendit has no such way to pay"))?;
    let total = &request.amount;
    if total.currency != IDR {
        return Err(OutsideError::rejected("currency_unsupported", "Xendit gets rupiah from us"));
    }
    if !(channel.min_minor..=channel.max_minor).contains(&total.minor) {
        let words = format!("{} does not take this amount", channel.name);
        return Err(OutsideError::rejected("amount_out_of_range", words));
    }
    if request.expires_at <= request.now {
        return Err(OutsideError::rejected("expiry_too_near", "The charge would be over before it begins"));
    }
    let expires_at = time_text(request.expires_at.trunc_subsecs(0));
    let page = || Some(request.return_url.clone()).filter(|url| !url.is_empty());
    let description = call::plain(&request.description, WORDS_LENGTH);
    if channel.kind == Kind::Session {
        return Ok(Body::Session(Box::new(wire::NewSession {
            reference_id: reference.clone(),
            session_type: "PAY".into(),
            mode: "PAYMENT_LINK".into(),
            amount: total.minor,
            currency: IDR.into(),
            country: "ID".into(),
            capture_method: "AUTOMATIC".into(),
            description,
            customer: Some(wire::Customer {
                reference_id: format!("C-{reference}"),
                r#type: "INDIVIDUAL".into(),
                email: request.payer_email.clone(),
                individual_detail: wire::Individual { given_names: call::plain(&request.payer_name, NAME_LENGTH) },
            }),
            allowed_payment_channels: Some(vec![channel.code.to_owned()]),
            success_return_url: page(),
            cancel_return_url: page(),
            expires_at,
        })));
    }
    let properties = match channel.kind {
        Kind::Code => wire::ChannelProperties {
            display_name: Some(call::plain(&request.payer_name, NAME_LENGTH)),
            expires_at: Some(expires_at),
            ..wire::ChannelProperties::default()
        },
        Kind::Redirect => wire::ChannelProperties {
            success_return_url: page(),
            failure_return_url: page(),
            ..wire::ChannelProperties::default()
        },
        Kind::FixedCode | Kind::Session => wire::ChannelProperties::default(),
    };
    Ok(Body::Request(Box::new(wire::NewRequest {
        reference_id: reference.clone(),
        r#type: "PAY".into(),
        country: "ID".into(),
        currency: IDR.into(),
        request_amount: total.minor,
        capture_method: "AUTOMATIC".into(),
        channel_code: channel.code.to_owned(),
        channel_properties: properties,
        description,
    })))
}

/// Where a charge stands, by any of the vendor's words.
pub(super) fn status(word: Option<&str>) -> PaymentStatus {
    match word.unwrap_or_default().to_ascii_uppercase().as_str() {
        "REQUIRES_ACTION" | "ACCEPTING_PAYMENTS" | "PENDING" | "ACTIVE" => PaymentStatus::Pending,
        "AUTHORIZED" => PaymentStatus::Authorized,
        "SUCCEEDED" | "PAID" | "SETTLED" | "COMPLETED" => PaymentStatus::Succeeded,
        "FAILED" => PaymentStatus::Failed,
        "EXPIRED" => PaymentStatus::Expired,
        "CANCELED" | "CANCELLED" => PaymentStatus::Cancelled,
        unknown => {
            let word: String = unknown.chars().take(40).collect();
            tracing::warn!(status = word, "Xendit reports a status we do not know");
            PaymentStatus::Unknown
        }
    }
}

/// Xendit's own id of a charge: what we ask about it by.
pub(super) fn id_of(charge: &wire::Charge) -> Option<&str> {
    let ids = [&charge.payment_session_id, &charge.payment_request_id, &charge.id];
    ids.into_iter().flatten().map(String::as_str).find(|id| !id.is_empty())
}

/// What came, by its captures; the amount asked for where they are not told.
fn came(charge: &wire::Charge) -> Result<i64, MapError> {
    if !charge.captures.is_empty() {
        let mut total: i64 = 0;
        for capture in &charge.captures {
            let part = amount(capture.capture_amount.as_deref().ok_or(MapError::Missing("capture_amount"))?)?;
            total = total.checked_add(part).ok_or_else(|| MapError::Amount("a sum of captures".into()))?;
        }
        return Ok(total);
    }
    let told = [&charge.paid_amount, &charge.request_amount, &charge.amount];
    amount(told.into_iter().flatten().next().ok_or(MapError::Missing("amount"))?)
}

fn settled_at(charge: &wire::Charge) -> Option<DateTime<Utc>> {
    let captured = charge.captures.iter().filter_map(|capture| instant(&capture.capture_timestamp)).max();
    captured.or_else(|| instant(&charge.paid_at)).or_else(|| instant(&charge.updated))
}

/// What a charge tells of a payment. `payment` is the payment behind a payment request, where there is one: money may
/// come after the request is over, and the request then stays over.
pub(super) fn report(
    charge: &wire::Charge,
    payment: Option<&wire::Charge>,
    refunds: &[wire::Refund],
) -> Result<PaymentReport, MapError> {
    let paid = payment.filter(|payment| status(payment.status.as_deref()) == PaymentStatus::Succeeded);
    let source = paid.unwrap_or(charge);
    for told in [charge, source] {
        if let Some(currency) = told.currency.as_deref().filter(|currency| *currency != IDR) {
            return Err(MapError::Currency(currency.to_owned()));
        }
    }
    let (total, standing) = (came(source)?, status(source.status.as_deref()));
    let refunded = refunded(refunds)?;
    let standing = match standing {
        PaymentStatus::Succeeded if refunded >= total => PaymentStatus::Refunded,
        PaymentStatus::Succeeded if refunded > 0 => PaymentStatus::PartiallyRefunded,
        standing => standing,
    };
    let has_come = standing.rank() >= PaymentStatus::Succeeded.rank();
    let reference = [&charge.reference_id, &charge.external_id].into_iter().flatten().next();
    Ok(PaymentReport {
        reference: reference.ok_or(MapError::Missing("reference_id"))?.clone(),
        external_id: id_of(charge).ok_or(MapError::Missing("payment_request_id"))?.to_owned(),
        status: standing,
        amount: Money::idr(total),
        refunded_minor: refunded,
        settled_at: settled_at(source).filter(|_| has_come),
        // The fee is in the reports of the dashboard only.
        fee_minor: 0,
        instructions: instructions(charge),
    })
}

/// What has gone back. A refund that is under way or came to nothing is not among it.
fn refunded(refunds: &[wire::Refund]) -> Result<i64, MapError> {
    let mut total: i64 = 0;
    for refund in refunds.iter().filter(|one| status(one.status.as_deref()) == PaymentStatus::Succeeded) {
        let part = amount(refund.amount.as_deref().ok_or(MapError::Missing("amount of a refund"))?)?;
        total = total.checked_add(part).ok_or_else(|| MapError::Amount("a sum of refunds".into()))?;
    }
    Ok(total)
}

/// What the payer has to do, as far as the answer tells.
fn instructions(charge: &wire::Charge) -> Instructions {
    let mut told = Instructions::default();
    let channel = charge.channel_code.as_deref().and_then(settings::by_code);
    for action in &charge.actions {
        let Some(value) = action.value.clone().filter(|value| !value.is_empty()) else { continue };
        match action.descriptor.as_deref().unwrap_or_default() {
            "VIRTUAL_ACCOUNT_NUMBER" => {
                told.bank = channel.and_then(|channel| channel.option).map(str::to_owned);
                told.va_number = Some(value);
            }
            "QR_STRING" => told.qr_string = Some(value),
            "PAYMENT_CODE" => told.payment_code = Some(value),
            // A page works everywhere, a link into an app on phones only.
            "WEB_URL" => told.redirect_url = call::web_address(Some(&value)),
            "DEEPLINK_URL" if told.redirect_url.is_none() => told.redirect_url = call::web_address(Some(&value)),
            _ => {}
        }
    }
    let pages = [&charge.payment_link_url, &charge.invoice_url];
    if told == Instructions::default() {
        told.redirect_url = pages.into_iter().find_map(|url| call::web_address(url.as_deref()));
    }
    told
}

/// What became of a charge, after a look whether the answer speaks of what we asked for.
///
/// # Errors
/// `Unknown` where something was charged, but not what we asked for: a person has to look before anything else
/// happens with this reference.
pub(super) fn outcome(answer: &wire::Charge, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
    let report =
        report(answer, None, &[]).map_err(|error| OutsideError::unknown(format!("Xendit's answer: {error}")))?;
    if report.reference != request.reference || report.amount != request.amount {
        tracing::error!(payment.reference = request.reference, "Xendit charged something else than we asked for");
        return Err(OutsideError::unknown("Xendit answered with another reference or amount than asked for"));
    }
    if let Some(code) = &report.instructions.qr_string {
        call::warn_of_doubts(VENDOR, code, request.amount.minor, &request.reference);
    }
    let end = answer.channel_properties.as_ref().and_then(|properties| instant(&properties.expires_at));
    Ok(ChargeOutcome {
        external_id: report.external_id,
        status: report.status,
        instructions: report.instructions,
        expires_at: end.or_else(|| instant(&answer.expires_at)).or(Some(request.expires_at)),
    })
}

/// What we send to give money back.
pub(super) fn refund(request: &RefundRequest, payment_request_id: &str) -> Result<wire::NewRefund, OutsideError> {
    if request.refund_key.is_empty() {
        return Err(OutsideError::rejected("refund_key_invalid", "A refund needs a key"));
    }
    if request.amount.currency != IDR || request.amount.minor <= 0 {
        return Err(OutsideError::rejected("amount_out_of_range", "A refund needs an amount in rupiah above zero"));
    }
    Ok(wire::NewRefund {
        payment_request_id: payment_request_id.to_owned(),
        reference_id: request.refund_key.clone(),
        currency: IDR.into(),
        amount: request.amount.minor,
        reason: "REQUESTED_BY_CUSTOMER".into(),
        metadata: wire::Metadata {
            payment: Some(request.reference.clone()),
            note: Some(call::plain(&request.reason, WORDS_LENGTH)),
        },
    })
}
