//! What every gateway's client does the same way: send, read a bounded answer, and say what a failure on the way means
//! for a retry.
use super::{Inquiry, PaymentReport, qris};
use crate::{integrations::OutsideError, kernel::said::Arg};
use reqwest::{RequestBuilder, Response, header};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use std::{fmt::Display, time::Duration};

/// Largest answer that is read.
const ANSWER_LIMIT_BYTES: usize = 1024 * 1024;
/// When to come back where a 429 does not say.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(30);

/// Whether a call that failed on the way may have changed something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It only reads: asking again is always safe.
    None,
    /// It may have been done although no answer came.
    Possible,
}

impl Effect {
    /// The answer is lost.
    pub(super) fn lost(self, message: String) -> OutsideError {
        match self {
            Self::None => OutsideError::Unavailable { retry_after: None, message },
            Self::Possible => OutsideError::Unknown { message },
        }
    }
}

/// An answer as it came.
pub(super) struct Raw {
    /// The HTTP status.
    pub status: u16,
    /// When to come back, where it says.
    pub retry_after: Option<Duration>,
    /// At most a megabyte.
    pub body: Vec<u8>,
}

/// Sends a call and reads its answer, whatever it says.
///
/// # Errors
/// `Rejected` for an address that cannot be used, `Unavailable` where nobody was reached, and what `effect` makes of an
/// answer that broke off.
pub(super) async fn send(vendor: &str, call: RequestBuilder, effect: Effect) -> Result<Raw, OutsideError> {
    let response = call.send().await.map_err(|error| {
        let error = error.without_url();
        if error.is_builder() {
            OutsideError::rejected("address_invalid", format!("The address of {vendor} cannot be used: {error}"))
        } else if error.is_connect() {
            OutsideError::unavailable(format!("{vendor} cannot be reached: {error}"))
        } else {
            effect.lost(format!("{vendor} did not answer: {error}"))
        }
    })?;
    let (status, retry_after) = (response.status().as_u16(), retry_after(&response));
    let body = read(vendor, response).await.map_err(|message| effect.lost(message))?;
    Ok(Raw { status, retry_after, body })
}

/// They ask us to slow down.
pub(super) fn slow_down(vendor: &str, retry_after: Option<Duration>) -> OutsideError {
    OutsideError::Unavailable {
        retry_after: Some(retry_after.unwrap_or(DEFAULT_RETRY_AFTER)),
        message: format!("{vendor} asks us to slow down"),
    }
}

/// What an answer says, of a vendor whose verdict is the HTTP status: the status and the body read as `T`.
///
/// # Errors
/// `Unavailable` for 429; what `effect` makes of 5xx and of success that cannot be read; `Rejected` for a redirect and
/// for a refusal that cannot be read.
pub(super) fn read_verdict<T: DeserializeOwned>(
    vendor: &str,
    raw: &Raw,
    effect: Effect,
) -> Result<(u16, T), OutsideError> {
    match (raw.status, serde_json::from_slice(&raw.body)) {
        (429, _) => Err(slow_down(vendor, raw.retry_after)),
        (code @ 500.., _) => Err(effect.lost(format!("{vendor} answered {code}"))),
        (code @ 300..=399, _) => {
            Err(OutsideError::rejected("moved", format!("{vendor} answered {code}: check the address")))
        }
        (code, Ok(body)) => Ok((code, body)),
        // A proxy's own page: the call never reached the vendor.
        (code @ 400..=499, Err(_)) => {
            Err(OutsideError::rejected("refused", format!("{vendor}: HTTP {code} without a readable answer")))
        }
        (code, Err(_)) => Err(effect.lost(format!("{vendor} answered {code} with something unreadable"))),
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

async fn read(vendor: &str, mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_LIMIT_BYTES => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(format!("{vendor}'s answer is larger than 1 MiB")),
            Ok(None) => return Ok(body),
            Err(error) => return Err(format!("{vendor}'s answer broke off: {}", error.without_url())),
        }
    }
}

/// Text that some answers carry as a number. A number keeps its digits; it is never computed with as a fraction.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<serde_json::Value>::deserialize(deserializer)? {
        Some(serde_json::Value::String(text)) => Some(text),
        Some(serde_json::Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

/// A list that some answers carry as `null`.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whole rupiah of `"150000"` or `"150000.00"`. A fraction other than zeros, a sign, an exponent or more digits than 64
/// bits hold are nothing.
pub(super) fn rupiah(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    if !is_plain(whole) || !is_plain(fraction) || fraction.bytes().any(|digit| digit != b'0') {
        return None;
    }
    whole.parse().ok()
}

/// The report of an answer, as long as it speaks of `reference`.
///
/// # Errors
/// `Unknown` for an answer that cannot be read and for one about something else.
pub(super) fn believed<E: Display>(
    vendor: &str,
    report: Result<PaymentReport, E>,
    reference: &str,
) -> Result<PaymentReport, OutsideError> {
    let report =
        report.map_err(|error| OutsideError::unknown(format!("{vendor}'s answer about {reference}: {error}")))?;
    if report.reference != reference {
        tracing::error!(payment.reference = reference, vendor, "A gateway answered about another charge");
        return Err(OutsideError::unknown(format!("{vendor} answered about another charge")));
    }
    Ok(report)
}

/// What the vendor knows of `reference`, by the report of its answer: one that cannot be read is no news, but a reason
/// to look.
///
/// # Errors
/// `Unknown` for an answer about something else.
pub(super) fn known<E: Display>(
    vendor: &str,
    report: Result<PaymentReport, E>,
    reference: &str,
) -> Result<Inquiry, OutsideError> {
    match report {
        Ok(report) => Ok(Inquiry::Known(Box::new(believed(vendor, Ok::<_, E>(report), reference)?))),
        Err(error) => Ok(Inquiry::Unclear { why: error.to_string() }),
    }
}

/// Notes what is odd about a QR code. It is shown all the same: vendors print codes whose checksum is wrong and apps that
/// take them.
pub(super) fn warn_of_doubts(vendor: &str, code: &str, payable_minor: i64, reference: &str) {
    let doubts = match qris::parse(code) {
        Ok(code) => code.doubts(payable_minor).join(", "),
        Err(error) => error.to_string(),
    };
    if !doubts.is_empty() {
        tracing::warn!(payment.reference = reference, vendor, doubts, "A gateway sent a strange QR code");
    }
}

/// Which of a gateway's two worlds an account is of, in a word of ours.
pub(super) fn world(is_production: bool) -> Arg {
    Arg::word(if is_production { "found-gateway-production" } else { "found-gateway-sandbox" })
}

/// Words without control characters, cut to `length` characters.
pub(super) fn plain(words: &str, length: usize) -> String {
    words.chars().filter(|c| !c.is_control() && *c != '|').take(length).collect()
}

/// The address of a page, where it is one of the web: whatever else an answer carries is not linked to.
pub(super) fn web_address(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    let is_web = text.starts_with("https://") || text.starts_with("http://127.0.0.1:");
    (is_web && text.len() <= 2_000 && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_whole_rupiah_or_nothing() {
        assert_eq!(rupiah("150000"), Some(150_000));
        assert_eq!(rupiah("150000.00"), Some(150_000));
        assert_eq!(rupiah("150000.0"), Some(150_000));
        for odd in ["", "-1", "1e3", "150000.50", "1,000", "99999999999999999999", "1.", ".5", " 1"] {
            assert_eq!(rupiah(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn only_pages_of_the_web_are_linked_to() {
        assert!(web_address(Some("https://tripay.co.id/checkout/T1")).is_some());
        for odd in ["javascript:alert(1)", "data:text/html,x", "http://10.0.0.1/", "https://a b", ""] {
            assert_eq!(web_address(Some(odd)), None, "{odd:?}");
        }
    }
}
