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

/// What a transaction is called in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    /// By our order id.
    Order(&'a str),
    /// By the vendor's id, as one that was born on a page of theirs: some of those know no order id (sheet A.7).
    Page(&'a str),
}

impl Name<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Order(id) | Self::Page(id) => id,
        }
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

    /// `POST /snap/v1/transactions`: a page of the vendor's.
    pub(super) async fn page(
        &self,
        account: &Account,
        body: &wire::SnapRequest,
        notification_url: &str,
    ) -> Result<wire::SnapAnswer, OutsideError> {
        let url = format!("{}/snap/v1/transactions", account.snap_url);
        let mut call = self.request(account, Method::POST, url)?.json(body);
        if !notification_url.is_empty() {
            call = call.header("X-Override-Notification", notification_url);
        }
        let raw = call::send(VENDOR, call, Effect::Possible).await?;
        let read = serde_json::from_slice::<wire::SnapAnswer>(&raw.body);
        match (raw.status, read) {
            (401, _) => Err(OutsideError::rejected(refusal::KEY, "Midtrans refuses the server key")),
            (429, _) => Err(call::slow_down(VENDOR, raw.retry_after)),
            (200..=299, Ok(page)) => Ok(page),
            (400..=499, Ok(page)) => Err(snap_refusal(raw.status, &page)),
            (400..=499, Err(_)) => {
                Err(OutsideError::rejected("refused", format!("HTTP {} without a readable answer", raw.status)))
            }
            (status, _) => Err(Effect::Possible.lost(format!("Midtrans answered {status}"))),
        }
    }

    /// `GET /v2/{id}/status`.
    pub(super) async fn status(&self, account: &Account, name: Name<'_>) -> Result<Answer, OutsideError> {
        exchange(self.manage(account, Method::GET, name, "status")?, Effect::None).await
    }

    /// `POST /v2/{id}/cancel`, `/expire`, `/approve` or `/deny`.
    pub(super) async fn manage_state(
        &self,
        account: &Account,
        name: Name<'_>,
        verb: &str,
    ) -> Result<Answer, OutsideError> {
        exchange(self.manage(account, Method::POST, name, verb)?, Effect::Possible).await
    }

    /// `POST /v2/{id}/refund`.
    pub(super) async fn refund(
        &self,
        account: &Account,
        name: Name<'_>,
        body: &wire::Refund,
    ) -> Result<Answer, OutsideError> {
        let call = self.manage(account, Method::POST, name, "refund")?.json(body);
        exchange(with_idempotency(call, &body.refund_key, "refund"), Effect::Possible).await
    }

    fn manage(
        &self,
        account: &Account,
        method: Method,
        name: Name<'_>,
        verb: &str,
    ) -> Result<RequestBuilder, OutsideError> {
        map::check_reference(name.id())?;
        let call = self.call(account, method, &format!("/v2/{}/{verb}", name.id()))?;
        Ok(match name {
            Name::Order(_) => call,
            Name::Page(_) => call.header("transaction-source", "SNAP_API"),
        })
    }

    fn call(&self, account: &Account, method: Method, path: &str) -> Result<RequestBuilder, OutsideError> {
        self.request(account, method, format!("{}{path}", account.base_url))
    }

    fn request(&self, account: &Account, method: Method, url: String) -> Result<RequestBuilder, OutsideError> {
        let key = account.server_key.expose_secret();
        if key.is_empty() {
            return Err(OutsideError::rejected("not_configured", "The Midtrans server key is missing"));
        }
        let client = self.0.get_or_init(http::client);
        Ok(client
            .request(method, url)
            .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{key}:"))))
            .header(header::ACCEPT, "application/json"))
    }
}

/// Why no page was made. An order id that is taken was used by a page whose answer was lost.
fn snap_refusal(status: u16, answer: &wire::SnapAnswer) -> OutsideError {
    let words = answer.error_messages.join("; ");
    let is_taken = words.contains("already been taken");
    let is_off = status == 402 || words.contains("not enabled") || words.contains("not activated");
    let code = if is_taken {
        "duplicate"
    } else if is_off {
        refusal::METHOD
    } else {
        "invalid"
    };
    OutsideError::rejected(code, format!("Midtrans {status}: {words}").chars().take(500).collect::<String>())
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
