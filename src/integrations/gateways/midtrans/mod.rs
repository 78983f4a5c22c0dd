//! Midtrans, Core API v2 (payments sheet, part A; docs.midtrans.com as of 2026).
//!
//! Ways to pay: virtual accounts of BCA, BNI, BRI, CIMB and Permata, Mandiri bill payment, QRIS. Quirks that shaped
//! the code: the verdict is in the body's `status_code`, not in the HTTP status; an order id is unique for ever, which
//! is the guard against charging twice; 407 is the normal answer for "expired"; Permata has a field of its own for its
//! number; times are Western Indonesian without a zone; the signature of a notification covers neither status nor
//! fraud verdict; the content of a QR code cannot be read back; money goes back only the way of QRIS.
use super::{
    AccountSettings, ChargeName, ChargeOutcome, ChargeRequest, GatewayDescription, Inquiry, MethodOffer,
    PaymentGateway, PaymentReport, RefundRequest, WebhookError, WebhookEvent, call,
};
use crate::integrations::{Acceptance, OutsideError, SettingField, sim::Simulator};
use async_trait::async_trait;
use client::Answer;
use secrecy::ExposeSecret;
use settings::Account;
use std::sync::Arc;

mod client;
mod map;
mod settings;
mod sim;
#[cfg(test)]
mod tests;
mod webhook;
mod wire;

/// The adapter's code.
const CODE: &str = "midtrans";
/// An order id nobody charges: the answer to it tells whether the key is good.
const PROBE: &str = "yumna-connection-test";
/// Payment types whose money Midtrans gives back; bank accounts and bills are not among them.
const REFUNDABLE: &[&str] = &["qris", "gopay", "shopeepay", "credit_card", "dana", "ovo", "kredivo", "akulaku"];

/// What people call it.
const VENDOR: &str = "Midtrans";

/// The gateway.
pub(super) fn gateway() -> Arc<dyn PaymentGateway> {
    Arc::new(Midtrans::default())
}

#[derive(Default)]
struct Midtrans {
    client: client::Client,
}

impl Midtrans {
    async fn read(&self, account: &Account, reference: &str) -> Result<Option<Answer>, OutsideError> {
        let answer = self.client.status(account, reference).await?;
        match answer.code {
            404 => Ok(None),
            _ if answer.transaction.transaction_status.is_none() => Err(answer.refusal()),
            _ => Ok(Some(answer)),
        }
    }

    async fn read_known(&self, account: &Account, reference: &str) -> Result<Answer, OutsideError> {
        let known = self.read(account, reference).await?;
        known.ok_or_else(|| OutsideError::rejected("not_found", "Midtrans knows no such transaction"))
    }

    /// Reads what a call has just done or found done: whatever fails here, something exists over there, so that
    /// "nothing happened" would be a lie.
    async fn read_after(&self, account: &Account, reference: &str) -> Result<Answer, OutsideError> {
        let known = self.read_known(account, reference).await;
        known.map_err(|error| OutsideError::unknown(format!("done, but not readable yet: {}", error.message())))
    }

    /// What a charge became that was to be closed. 407 is how Midtrans says "expired".
    async fn closed(&self, account: &Account, reference: &str, answer: Answer) -> Result<PaymentReport, OutsideError> {
        match answer.code {
            200..=299 | 407 if answer.transaction.transaction_status.is_some() => believed(&answer, reference),
            200..=299 => Err(OutsideError::unknown("Midtrans does not say what became of the charge")),
            // Paid, expired or cancelled before: the state decides, not our wish.
            407 | 412 => believed(&self.read_known(account, reference).await?, reference),
            _ => Err(answer.refusal()),
        }
    }
}

#[async_trait]
impl PaymentGateway for Midtrans {
    fn code(&self) -> &'static str {
        CODE
    }

    fn describe(&self) -> GatewayDescription {
        GatewayDescription { name: VENDOR, refunds: true, closes: true, adds_fees: false, currencies: &["IDR"] }
    }

    fn settings(&self) -> Vec<SettingField> {
        settings::fields()
    }

    fn methods(&self) -> Vec<MethodOffer> {
        settings::methods()
    }

    async fn check(&self, account: &AccountSettings) -> Result<Acceptance, OutsideError> {
        let account = Account::read(account);
        self.read(&account, PROBE).await?;
        let world = if account.is_production { "production" } else { "sandbox" };
        let mut accepted =
            Acceptance { facts: vec![format!("Midtrans accepts the server key ({world}).")], warnings: Vec::new() };
        // Newer sandbox accounts may have keys without the prefix, so that it is a warning only.
        if account.server_key.expose_secret().starts_with("SB-") == account.is_production {
            accepted.warnings.push(format!("The server key does not look like a {world} key."));
        }
        Ok(accepted)
    }

    async fn charge(&self, account: &AccountSettings, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
        let account = Account::read(account);
        let body = map::charge(request)?;
        let answer = self.client.charge(&account, &body, &request.notification_url).await?;
        match (answer.code, &answer.transaction.transaction_status) {
            (406, _) => {
                let existing = self.read_after(&account, &request.reference).await?;
                map::outcome(&existing.transaction, request)
            }
            (200..=299 | 407, Some(_)) => map::outcome(&answer.transaction, request),
            // The first try with the same idempotency key still runs over there.
            (200..=299, None) => Err(OutsideError::unknown("Midtrans is still working on this charge")),
            _ => Err(answer.refusal()),
        }
    }

    async fn inquire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<Inquiry, OutsideError> {
        let reference = charge.reference;
        let Some(answer) = self.read(&Account::read(account), reference).await? else {
            return Ok(Inquiry::NeverHeard);
        };
        call::known(VENDOR, map::report(&answer.transaction), reference)
    }

    async fn cancel(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        let reference = charge.reference;
        let account = Account::read(account);
        let answer = self.client.close(&account, reference, "cancel").await?;
        self.closed(&account, reference, answer).await
    }

    async fn expire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        let reference = charge.reference;
        let account = Account::read(account);
        let answer = self.client.close(&account, reference, "expire").await?;
        self.closed(&account, reference, answer).await
    }

    async fn refund(&self, account: &AccountSettings, request: &RefundRequest) -> Result<PaymentReport, OutsideError> {
        let account = Account::read(account);
        let payment = self.read_known(&account, &request.reference).await?;
        if has_refund(&payment, &request.refund_key) {
            return believed(&payment, &request.reference);
        }
        let payment_type = payment.transaction.payment_type.as_deref().unwrap_or_default();
        if !REFUNDABLE.contains(&payment_type) {
            let message = format!("Midtrans gives no money back for {payment_type}");
            return Err(OutsideError::rejected("refund_not_supported", message));
        }
        let body = map::refund(request)?;
        let answer = self.client.refund(&account, &request.reference, &body).await?;
        match (answer.code, answer.transaction.transaction_status.as_deref()) {
            (200, Some("refund" | "partial_refund")) => {
                // The answer tells of this refund only; the sum of all is what we report.
                believed(&self.read_after(&account, &request.reference).await?, &request.reference)
            }
            (202, Some(_)) => Err(OutsideError::rejected("refund_denied", "The payer's bank denied the refund")),
            (406, _) => {
                let known = self.read_after(&account, &request.reference).await?;
                if has_refund(&known, &request.refund_key) {
                    return believed(&known, &request.reference);
                }
                Err(OutsideError::unknown("Midtrans knows this refund key, but does not list it for this payment"))
            }
            (200..=299, _) => Err(OutsideError::unknown("Midtrans does not say what became of the refund")),
            _ => Err(answer.refusal()),
        }
    }

    fn parse_webhook(
        &self,
        account: &AccountSettings,
        _headers: &[(String, String)],
        body: &[u8],
    ) -> Result<WebhookEvent, WebhookError> {
        webhook::parse(&Account::read(account), body)
    }

    fn simulator(&self) -> Option<Box<dyn Simulator>> {
        Some(Box::new(sim::MidtransSimulator))
    }
}

fn has_refund(answer: &Answer, refund_key: &str) -> bool {
    answer.transaction.refunds.iter().any(|refund| refund.refund_key.as_deref() == Some(refund_key))
}

/// The report of an answer that speaks of `reference`.
fn believed(answer: &Answer, reference: &str) -> Result<PaymentReport, OutsideError> {
    call::believed(VENDOR, map::report(&answer.transaction), reference)
}
