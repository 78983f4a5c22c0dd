//! Xendit: the payments API v3, sessions for cards, and notifications of invoices of before (payments sheet, part B;
//! docs.xendit.co as of 2026).
//!
//! Quirks that shaped the code: a charge can only be asked about by Xendit's own id, so that one whose answer was lost
//! is unheard of until it reports itself (its code was shown to nobody); a reference guards against nothing; money may
//! come after a payment request is over, which then stays over while the payment behind it succeeded; a notification is
//! proven by a token alone, so that everything in it is asked for again; refunds take their time; cards go through a
//! page of theirs, so that no card number reaches us.
use super::{
    AccountSettings, ChargeName, ChargeOutcome, ChargeRequest, GatewayDescription, Inquiry, MethodOffer,
    PaymentGateway, PaymentReport, RefundRequest, WebhookError, WebhookEvent, call,
};
use crate::{
    integrations::{Acceptance, OutsideError, SettingField, sim::Simulator},
    kernel::said::Said,
};
use async_trait::async_trait;
use entity::value::PaymentStatus;
use map::MapError;
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
const CODE: &str = "xendit";
/// An id nobody has: the answer to it tells whether the key is good.
const PROBE: &str = "pr-00000000-0000-4000-8000-000000000000";

/// What people call it.
const VENDOR: &str = "Xendit";

/// The gateway.
pub(super) fn gateway() -> Arc<dyn PaymentGateway> {
    Arc::new(Xendit::default())
}

#[derive(Default)]
struct Xendit {
    client: client::Client,
}

/// A charge with what hangs on it.
struct Known {
    charge: wire::Charge,
    payment: Option<wire::Charge>,
    refunds: Vec<wire::Refund>,
}

impl Known {
    fn report(&self) -> Result<PaymentReport, MapError> {
        map::report(&self.charge, self.payment.as_ref(), &self.refunds)
    }

    /// The payment request behind it, by which money goes back.
    fn payment_request_id(&self) -> Option<&str> {
        let payment = self.payment.as_ref().and_then(|payment| payment.payment_request_id.as_deref());
        self.charge.payment_request_id.as_deref().or(payment)
    }
}

impl Xendit {
    async fn read(&self, account: &Account, charge: ChargeName<'_>) -> Result<Option<Known>, OutsideError> {
        let Some(id) = charge.external_id else { return Ok(None) };
        let found = match id.get(..3) {
            Some("pr-") => self.client.request(account, id).await?,
            Some("ps-") => self.client.session(account, id).await?,
            _ => self.client.invoice(account, id).await?,
        };
        let Some(charge) = found else { return Ok(None) };
        let payment = self.payment_of(account, &charge).await?;
        let mut known = Known { charge, payment, refunds: Vec::new() };
        let has_come = known.report().is_ok_and(|report| report.status == PaymentStatus::Succeeded);
        if let (true, Some(id)) = (has_come, known.payment_request_id()) {
            known.refunds = self.client.refunds(account, id).await?;
        }
        Ok(Some(known))
    }

    /// The payment behind a charge: it tells what came, and when.
    async fn payment_of(&self, account: &Account, charge: &wire::Charge) -> Result<Option<wire::Charge>, OutsideError> {
        let own = charge.latest_payment_id.as_deref().or(charge.payment_id.as_deref());
        let is_invoice = charge.payment_request_id.is_none() && charge.payment_session_id.is_none();
        match own {
            Some(id) if !is_invoice => self.client.payment(account, id).await,
            _ => Ok(None),
        }
    }

    async fn read_known(&self, account: &Account, charge: ChargeName<'_>) -> Result<Known, OutsideError> {
        let known = self.read(account, charge).await?;
        known.ok_or_else(|| OutsideError::rejected("not_found", "Xendit knows no such charge"))
    }

    /// Closes what is unpaid; what it became decides, not our wish.
    async fn close(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        let account = Account::read(account);
        let id = charge.external_id.ok_or_else(|| OutsideError::rejected("not_found", "Xendit told no id of it"))?;
        match self.client.close(&account, id).await {
            Ok(_) => {}
            // Paid, expired or closed before.
            Err(OutsideError::Rejected { code, .. }) if matches!(code.as_str(), "wrong_state" | "invalid") => {}
            Err(error) => return Err(error),
        }
        let known = self.read_known(&account, charge).await;
        let known = known.map_err(|error| OutsideError::unknown(format!("closed, but not readable: {error}")))?;
        call::believed(VENDOR, known.report(), charge.reference)
    }
}

#[async_trait]
impl PaymentGateway for Xendit {
    fn code(&self) -> &'static str {
        CODE
    }

    fn describe(&self) -> GatewayDescription {
        GatewayDescription {
            name: VENDOR,
            refunds: true,
            closes: true,
            adds_fees: false,
            reviews: false,
            currencies: &["IDR"],
        }
    }

    fn settings(&self) -> Vec<SettingField> {
        settings::fields()
    }

    fn methods(&self) -> Vec<MethodOffer> {
        settings::methods()
    }

    async fn check(&self, account: &AccountSettings) -> Result<Acceptance, OutsideError> {
        let account = Account::read(account);
        self.client.request(&account, PROBE).await?;
        let world = || call::world(account.is_production());
        let mut accepted = Acceptance {
            facts: vec![Said::new("found-gateway-key", [("gateway", "Xendit".into()), ("world", world())])],
            warnings: Vec::new(),
        };
        if secrecy::ExposeSecret::expose_secret(&account.callback_token).is_empty() {
            accepted.warnings.push(Said::plain("found-xendit-no-token"));
        }
        Ok(accepted)
    }

    async fn charge(&self, account: &AccountSettings, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
        let account = Account::read(account);
        let answer = match map::charge(request)? {
            map::Body::Request(body) => self.client.create_request(&account, &body).await?,
            map::Body::Session(body) => self.client.create_session(&account, &body).await?,
        };
        map::outcome(&answer, request)
    }

    async fn inquire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<Inquiry, OutsideError> {
        let Some(known) = self.read(&Account::read(account), charge).await? else {
            return Ok(Inquiry::NeverHeard);
        };
        call::known(VENDOR, known.report(), charge.reference)
    }

    async fn cancel(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        self.close(account, charge).await
    }

    async fn expire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        let report = self.close(account, charge).await?;
        // Xendit has one word for closing: what was closed because its time was over has expired.
        Ok(match report.status {
            PaymentStatus::Cancelled => PaymentReport { status: PaymentStatus::Expired, ..report },
            _ => report,
        })
    }

    async fn refund(&self, account: &AccountSettings, request: &RefundRequest) -> Result<PaymentReport, OutsideError> {
        let account = Account::read(account);
        let id = Some(request.external_id.as_str()).filter(|id| !id.is_empty());
        let name = ChargeName { reference: &request.reference, external_id: id };
        let known = self.read_known(&account, name).await?;
        let payment_request_id = known.payment_request_id().ok_or_else(|| {
            OutsideError::rejected("refund_not_supported", "Xendit names no payment request money could go back by")
        })?;
        let body = map::refund(request, payment_request_id)?;
        let is_ours = |one: &&wire::Refund| one.reference_id.as_deref() == Some(request.refund_key.as_str());
        let made = match known.refunds.iter().find(is_ours) {
            Some(before) => before.clone(),
            None => self.client.refund(&account, &body).await?,
        };
        if matches!(map::status(made.status.as_deref()), PaymentStatus::Failed | PaymentStatus::Cancelled) {
            let why = made.failure_code.unwrap_or_default();
            return Err(OutsideError::rejected("refund_denied", format!("Xendit's refund came to nothing: {why}")));
        }
        // Refunds are done later: the sum of those that are done is what we report.
        let known = self.read_known(&account, name).await;
        let known = known.map_err(|error| OutsideError::unknown(format!("asked for, but not readable: {error}")))?;
        call::believed(VENDOR, known.report(), &request.reference)
    }

    fn parse_webhook(
        &self,
        account: &AccountSettings,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<WebhookEvent, WebhookError> {
        webhook::parse(&Account::read(account), headers, body)
    }

    fn simulator(&self) -> Option<Box<dyn Simulator>> {
        Some(Box::new(sim::XenditSimulator))
    }
}
