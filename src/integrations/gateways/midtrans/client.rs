//! Calls to Midtrans: address, authentication, limits, and what a failure means for a retry. Source: payments sheet,
//! A.1, A.2 and A.9.
use super::{VENDOR, map, settings::Account, wire};
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
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, RequestBuilder, header};
use secrecy::ExposeSecret;
use std::sync::OnceLock;

/// Longer idempotency keys are ignored without a word.
const IDEMPOTENCY_KEY_LENGTH: usize = 46;

/// An answer that could be read, whatever it says.
pub(super) struct Answer {
    /// The body's `status_code`; the HTTP status where the body has none.
    pub code: u16,
    pub transaction: wire::Transaction,
}

impl Answer {
    /// The answer as a refusal.
    pub(super) fn refusal(&self) -> OutsideError {
        let code = match self.code {
            400 => "invalid",
            402 => refusal::METHOD,
            404 => "not_found",
            406 => "duplicate",
            410 => refusal::ACCOUNT_CLOSED,
            412 => "wrong_state",
            414 => "refund_refused",
            _ => "refused",
        };
        let details = self.transaction.validation_messages.join("; ");
        let words = self.transaction.status_message.as_deref().unwrap_or("no reason given");
        let message: String =
            format!("Midtrans {}: {words} {details}", self.code).trim_end().chars().take(500).collect();
        OutsideError::rejected(code, message)
    }
}

/// The client; connections are kept for as long as it lives.
#[derive(Default)]
pub(super) struct Client(OnceLock<reqwest::Client>);

impl Client {
    /// `POST /v2/charge`. The idempotency key makes a retry within five minutes return the same answer, QR code
    /// included, for most methods; what really guards is the order id.
    pub(super) async fn charge(
        &self,
        account: &Account,
        body: &wire::Charge,
        notification_url: &str,
    ) -> Result<Answer, OutsideError> {
        let mut call = self.call(account, Method::POST, "/v2/charge")?.json(body);
        call = with_idempotency(call, &body.transaction_details.order_id, "charge");
        if !notification_url.is_empty() {
            call = call.header("X-Override-Notification", notification_url);
        }
        exchange(call, Effect::Possible).await
    }

    /// `GET /v2/{id}/status`.
    pub(super) async fn status(&self, account: &Account, reference: &str) -> Result<Answer, OutsideError> {
        map::check_reference(reference)?;
        exchange(self.call(account, Method::GET, &format!("/v2/{reference}/status"))?, Effect::None).await
    }

    /// `POST /v2/{id}/cancel` or `/expire`.
    pub(super) async fn close(&self, account: &Account, reference: &str, verb: &str) -> Result<Answer, OutsideError> {
        map::check_reference(reference)?;
        exchange(self.call(account, Method::POST, &format!("/v2/{reference}/{verb}"))?, Effect::Possible).await
    }

    /// `POST /v2/{id}/refund`.
    pub(super) async fn refund(
        &self,
        account: &Account,
        reference: &str,
        body: &wire::Refund,
    ) -> Result<Answer, OutsideError> {
        map::check_reference(reference)?;
        let call = self.call(account, Method::POST, &format!("/v2/{reference}/refund"))?.json(body);
        exchange(with_idempotency(call, &body.refund_key, "refund"), Effect::Possible).await
    }

    fn call(&self, account: &Account, method: Method, path: &str) -> Result<RequestBuilder, OutsideError> {
        let key = account.server_key.expose_secret();
        if key.is_empty() {
            return Err(OutsideError::rejected("not_configured", "The Midtrans server key is missing"));
        }
        let client = self.0.get_or_init(http::client);
        Ok(client
            .request(method, format!("{}{path}", account.base_url))
            .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{key}:"))))
            .header(header::ACCEPT, "application/json"))
    }
}

fn with_idempotency(call: RequestBuilder, id: &str, verb: &str) -> RequestBuilder {
    let key = format!("{id}-{verb}");
    if key.len() <= IDEMPOTENCY_KEY_LENGTH { call.header("Idempotency-Key", key) } else { call }
}

async fn exchange(call: RequestBuilder, effect: Effect) -> Result<Answer, OutsideError> {
    let raw = call::send(VENDOR, call, effect).await?;
    let read = serde_json::from_slice::<wire::Transaction>(&raw.body);
    let code = read.as_ref().ok().and_then(|answer| answer.status_code.as_deref()?.parse().ok()).unwrap_or(raw.status);
    match (code, read) {
        (401, _) => Err(OutsideError::rejected(refusal::KEY, "Midtrans refuses the server key")),
        (429, _) => Err(call::slow_down(VENDOR, raw.retry_after)),
        (500.., _) => Err(effect.lost(format!("Midtrans answered {code}"))),
        (300..=399, _) => Err(OutsideError::rejected("moved", format!("Midtrans answered {code}: check the address"))),
        (_, Ok(transaction)) => Ok(Answer { code, transaction }),
        // A proxy's own page: the call never reached Midtrans.
        (400..=499, Err(_)) => Err(OutsideError::rejected("refused", format!("HTTP {code} without a readable answer"))),
        (_, Err(_)) => Err(effect.lost(format!("Midtrans answered {code} with something unreadable"))),
    }
}
