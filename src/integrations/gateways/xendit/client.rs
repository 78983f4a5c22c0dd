//! Calls to Xendit: address, authentication, limits, and what a failure means for a retry. Source: payments sheet, B.1
//! to B.5.
use super::{
    VENDOR,
    settings::Account,
    wire::{self, Charge, Problem},
};
use crate::{
    integrations::{
        OutsideError,
        gateways::{
            call::{self, Effect},
            refusal,
        },
    },
    kernel::http,
};
use reqwest::{Method, RequestBuilder, header};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::OnceLock;

/// The version of the payments API we speak.
const API_VERSION: &str = "2024-11-11";
/// Longest id in a path.
const ID_LENGTH: usize = 80;

/// The client; connections are kept for as long as it lives.
#[derive(Default)]
pub(super) struct Client(OnceLock<reqwest::Client>);

impl Client {
    /// `POST /v3/payment_requests`. The key is sent, but no document says that it guards: nothing does.
    pub(super) async fn create_request(
        &self,
        account: &Account,
        body: &wire::NewRequest,
    ) -> Result<Charge, OutsideError> {
        let call = self.call(account, Method::POST, "/v3/payment_requests")?.json(body);
        exchange(call.header("idempotency-key", &body.reference_id), Effect::Possible).await
    }

    /// `POST /sessions`.
    pub(super) async fn create_session(
        &self,
        account: &Account,
        body: &wire::NewSession,
    ) -> Result<Charge, OutsideError> {
        let call = self.call(account, Method::POST, "/sessions")?.json(body);
        exchange(call.header("idempotency-key", &body.reference_id), Effect::Possible).await
    }

    /// `GET /v3/payment_requests/{id}`.
    pub(super) async fn request(&self, account: &Account, id: &str) -> Result<Option<Charge>, OutsideError> {
        self.read(account, "/v3/payment_requests", id).await
    }

    /// `GET /v3/payments/{id}`.
    pub(super) async fn payment(&self, account: &Account, id: &str) -> Result<Option<Charge>, OutsideError> {
        self.read(account, "/v3/payments", id).await
    }

    /// `GET /sessions/{id}`.
    pub(super) async fn session(&self, account: &Account, id: &str) -> Result<Option<Charge>, OutsideError> {
        self.read(account, "/sessions", id).await
    }

    /// `GET /v2/invoices/{id}`: of before, when charges were invoices.
    pub(super) async fn invoice(&self, account: &Account, id: &str) -> Result<Option<Charge>, OutsideError> {
        self.read(account, "/v2/invoices", id).await
    }

    /// Closes what is unpaid: a payment request, a session, or an invoice (whose path ends with an exclamation mark).
    pub(super) async fn close(&self, account: &Account, id: &str) -> Result<Charge, OutsideError> {
        check_id(id)?;
        let path = match id.get(..3) {
            Some("pr-") => format!("/v3/payment_requests/{id}/cancel"),
            Some("ps-") => format!("/sessions/{id}/cancel"),
            _ => format!("/invoices/{id}/expire!"),
        };
        exchange(self.call(account, Method::POST, &path)?, Effect::Possible).await
    }

    /// `POST /refunds`.
    pub(super) async fn refund(&self, account: &Account, body: &wire::NewRefund) -> Result<wire::Refund, OutsideError> {
        let call = self.call(account, Method::POST, "/refunds")?.json(body);
        exchange(call.header("idempotency-key", &body.reference_id), Effect::Possible).await
    }

    /// `GET /refunds` of a payment request.
    pub(super) async fn refunds(&self, account: &Account, id: &str) -> Result<Vec<wire::Refund>, OutsideError> {
        let filter = [("payment_request_id", id), ("limit", "100")];
        let call = self.call(account, Method::GET, "/refunds")?.query(&filter);
        let found: wire::Refunds = known(exchange(call, Effect::None).await)?.unwrap_or_default();
        // A filter that a vendor does not know is ignored, and a stranger's refund must not count.
        Ok(found.data.into_iter().filter(|one| one.payment_request_id.as_deref().is_none_or(|of| of == id)).collect())
    }

    async fn read(&self, account: &Account, path: &str, id: &str) -> Result<Option<Charge>, OutsideError> {
        // What is no id of theirs they have never heard of.
        if check_id(id).is_err() {
            return Ok(None);
        }
        known(exchange(self.call(account, Method::GET, &format!("{path}/{id}"))?, Effect::None).await)
    }

    fn call(&self, account: &Account, method: Method, path: &str) -> Result<RequestBuilder, OutsideError> {
        let key = account.secret_key.expose_secret();
        if key.is_empty() {
            return Err(OutsideError::rejected("not_configured", "The Xendit secret key is missing"));
        }
        let client = self.0.get_or_init(http::client);
        Ok(client
            .request(method, format!("{}{path}", account.base_url))
            .basic_auth(key, Some(""))
            .header("api-version", API_VERSION)
            .header(header::ACCEPT, "application/json"))
    }
}

/// Ids come from answers and notifications: only what is safe in a path goes into one.
fn check_id(id: &str) -> Result<(), OutsideError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !id.is_empty() && id.len() <= ID_LENGTH && id.chars().all(fits) {
        return Ok(());
    }
    Err(OutsideError::rejected("reference_invalid", "Xendit has no such id"))
}

/// What there is not is nothing.
fn known<T>(answer: Result<T, OutsideError>) -> Result<Option<T>, OutsideError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(OutsideError::Rejected { code, .. }) if code == "not_found" => Ok(None),
        Err(error) => Err(error),
    }
}

async fn exchange<T: DeserializeOwned>(call: RequestBuilder, effect: Effect) -> Result<T, OutsideError> {
    let raw = call::send(VENDOR, call, effect).await?;
    if raw.status == 401 {
        return Err(OutsideError::rejected(refusal::KEY, "Xendit refuses the secret key"));
    }
    let (status, body) = call::read_verdict::<Value>(VENDOR, &raw, effect)?;
    if status >= 400 {
        return Err(refusal_of(status, serde_json::from_value(body).unwrap_or_default()));
    }
    serde_json::from_value(body).map_err(|error| effect.lost(format!("Xendit's answer cannot be read: {error}")))
}

fn refusal_of(status: u16, problem: Problem) -> OutsideError {
    let word = problem.error_code.unwrap_or_default();
    // They do one after the other.
    if word == "REFUND_IN_PROGRESS" {
        return OutsideError::unavailable("Xendit is still busy with another refund of this payment");
    }
    let code = match (status, word.as_str()) {
        (_, "INVALID_API_KEY" | "REQUEST_FORBIDDEN_ERROR") => refusal::KEY,
        (_, "ACCOUNT_ACCESS_BLOCKED") => refusal::ACCOUNT_CLOSED,
        (_, "INVALID_MERCHANT_SETTINGS" | "UNAVAILABLE_PAYMENT_METHOD_ERROR" | "NO_COLLECTION_METHODS_ERROR") => {
            refusal::METHOD
        }
        (404, _) | (_, "DATA_NOT_FOUND" | "INVOICE_NOT_FOUND_ERROR") => "not_found",
        (_, "INACTIVE_PAYMENT_REQUEST" | "INELIGIBLE_TRANSACTION_STATUS") => "wrong_state",
        (_, "REFUND_NOT_SUPPORTED" | "PARTIAL_REFUND_NOT_SUPPORTED") => "refund_not_supported",
        (_, "REFUND_AMOUNT_EXCEEDED" | "PARTIAL_REFUND_COUNTS_EXCEEDED" | "INSUFFICIENT_BALANCE") => "refund_refused",
        (409, _) => "duplicate",
        (400, _) => "invalid",
        _ => "refused",
    };
    let words = problem.message.unwrap_or_else(|| "no reason given".to_owned());
    OutsideError::rejected(code, format!("Xendit {status} {word}: {words}").chars().take(500).collect::<String>())
}
