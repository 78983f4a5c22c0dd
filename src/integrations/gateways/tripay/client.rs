//! Calls to Tripay: address, authentication, limits, and what a failure means for a retry. Source: payments sheet, C.1
//! and C.2.
use super::{
    VENDOR,
    settings::Account,
    wire::{self, Answer},
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
use std::sync::OnceLock;

/// So many of one reference are looked at; more would be a fault of ours.
const PER_PAGE: &str = "50";

/// The client; connections are kept for as long as it lives.
#[derive(Default)]
pub(super) struct Client(OnceLock<reqwest::Client>);

impl Client {
    /// `POST /transaction/create`. Nothing over there guards against a second one with the same reference.
    pub(super) async fn create(
        &self,
        account: &Account,
        body: &wire::Create,
    ) -> Result<wire::Transaction, OutsideError> {
        let call = self.call(account, Method::POST, "/transaction/create")?.json(body);
        let answer: Answer<wire::Transaction> = exchange(call, Effect::Possible).await?;
        match answer {
            Answer { success: true, data: Some(made), .. } => Ok(made),
            Answer { success: true, .. } => Err(OutsideError::unknown("Tripay does not say what it has made")),
            refused => Err(refusal_of(&refused)),
        }
    }

    /// `GET /transaction/detail`; nothing where Tripay knows no such reference of its own.
    pub(super) async fn detail(&self, account: &Account, id: &str) -> Result<Option<wire::Transaction>, OutsideError> {
        let call = self.call(account, Method::GET, "/transaction/detail")?.query(&[("reference", id)]);
        let answer: Answer<wire::Transaction> = exchange(call, Effect::None).await?;
        match answer {
            Answer { success: true, data, .. } => Ok(data),
            refused if is_not_found(&refused) => Ok(None),
            refused => Err(refusal_of(&refused)),
        }
    }

    /// `GET /merchant/transactions` with our reference, the newest first.
    pub(super) async fn find(
        &self,
        account: &Account,
        reference: &str,
    ) -> Result<Vec<wire::Transaction>, OutsideError> {
        let filter = [("merchant_ref", reference), ("sort", "desc"), ("page", "1"), ("per_page", PER_PAGE)];
        let call = self.call(account, Method::GET, "/merchant/transactions")?.query(&filter);
        let answer: Answer<wire::Found> = exchange(call, Effect::None).await?;
        match answer {
            Answer { success: true, data, .. } => Ok(data.unwrap_or_default().0),
            refused if is_not_found(&refused) => Ok(Vec::new()),
            refused => Err(refusal_of(&refused)),
        }
    }

    /// `GET /merchant/payment-channel`.
    pub(super) async fn channels(&self, account: &Account) -> Result<Vec<wire::Channel>, OutsideError> {
        let call = self.call(account, Method::GET, "/merchant/payment-channel")?;
        let answer: Answer<Vec<wire::Channel>> = exchange(call, Effect::None).await?;
        match answer {
            Answer { success: true, data, .. } => Ok(data.unwrap_or_default()),
            refused => Err(refusal_of(&refused)),
        }
    }

    fn call(&self, account: &Account, method: Method, path: &str) -> Result<RequestBuilder, OutsideError> {
        let key = account.api_key.expose_secret();
        if key.is_empty() || account.private_key.expose_secret().is_empty() || account.merchant_code.is_empty() {
            return Err(OutsideError::rejected(
                "not_configured",
                "Tripay's API key, private key or merchant code is missing",
            ));
        }
        let client = self.0.get_or_init(http::client);
        Ok(client
            .request(method, format!("{}{path}", account.base_url))
            .bearer_auth(key)
            .header(header::ACCEPT, "application/json"))
    }
}

async fn exchange<T: DeserializeOwned>(call: RequestBuilder, effect: Effect) -> Result<Answer<T>, OutsideError> {
    let raw = call::send(VENDOR, call, effect).await?;
    if matches!(raw.status, 401 | 403) {
        return Err(OutsideError::rejected(refusal::KEY, format!("Tripay refuses the key (HTTP {})", raw.status)));
    }
    let (status, answer) = call::read_verdict::<Answer<T>>(VENDOR, &raw, effect)?;
    match answer.success {
        // Which of the two to believe nobody knows.
        true if status >= 400 => Err(effect.lost(format!("Tripay answered {status} and calls it a success"))),
        _ => Ok(answer),
    }
}

/// The vendor lists no codes of refusals, only sentences, mostly Indonesian.
fn has_words<T>(answer: &Answer<T>, words: &[&str]) -> bool {
    let message = answer.message.as_deref().unwrap_or_default().to_lowercase();
    words.iter().any(|word| message.contains(word))
}

fn is_not_found<T>(answer: &Answer<T>) -> bool {
    has_words(answer, &["not found", "tidak ditemukan"])
}

fn refusal_of<T>(answer: &Answer<T>) -> OutsideError {
    let code = if has_words(answer, &["api key", "signature", "private key", "unauthorized"]) {
        refusal::KEY
    } else if has_words(answer, &["channel", "metode"]) {
        refusal::METHOD
    } else if has_words(answer, &["merchant"]) {
        refusal::ACCOUNT_CLOSED
    } else if is_not_found(answer) {
        "not_found"
    } else {
        "refused"
    };
    let words = answer.message.as_deref().unwrap_or("no reason given");
    OutsideError::rejected(code, format!("Tripay: {words}").chars().take(500).collect::<String>())
}
