//! Midtrans, Core API v2 (payments sheet, part A; docs.midtrans.com as of 2026).
//!
//! Ways to pay: virtual accounts, Mandiri bill payment, QRIS, e-wallets, cards, stores and lenders through the Core
//! API; what the Core API cannot charge through a page of the vendor's (Snap) that offers one way. Quirks that shaped
//! the code: the verdict is in the body's `status_code`, not in the HTTP status; an order id is unique for ever, which
//! is the guard against charging twice; 407 is the normal answer for "expired"; Permata has a field of its own for its
//! number; times are Western Indonesian without a zone; the signature of a notification covers neither status nor
//! fraud verdict; the content of a QR code cannot be read back; money does not go back to bank accounts and stores; a
//! page's order is unknown until the payer has chosen there, and some of its orders are known by the vendor's id only;
//! a card's money can be given back from the day after its capture on.
use super::{
    AccountSettings, CardEntry, ChargeName, ChargeOutcome, ChargeRequest, Entry, GatewayDescription, Inquiry,
    MethodOffer, PaymentGateway, PaymentReport, RefundRequest, WebhookError, WebhookEvent, call,
};
use crate::{
    integrations::{Acceptance, OutsideError, SettingField, sim::Simulator},
    kernel::said::Said,
};
use async_trait::async_trait;
use client::{Answer, Name};
use secrecy::ExposeSecret;
use settings::{Account, Door};
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
/// Payment types whose money goes back as a whole or not at all.
const WHOLE_ONLY: &[&str] = &["ovo", "shopeepay"];

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
    /// Where a charge stands and what it is called over there: by our order id, otherwise by the vendor's.
    async fn read<'a>(
        &self,
        account: &Account,
        charge: ChargeName<'a>,
    ) -> Result<Option<(Answer, Name<'a>)>, OutsideError> {
        let own = charge.external_id.filter(|id| !id.is_empty() && *id != charge.reference).map(Name::Page);
        for name in [Some(Name::Order(charge.reference)), own].into_iter().flatten() {
            let answer = self.client.status(account, name).await?;
            match answer.code {
                404 => {}
                _ if answer.transaction.transaction_status.is_none() => return Err(answer.refusal()),
                _ => return Ok(Some((answer, name))),
            }
        }
        Ok(None)
    }

    async fn read_known<'a>(
        &self,
        account: &Account,
        charge: ChargeName<'a>,
    ) -> Result<(Answer, Name<'a>), OutsideError> {
        let known = self.read(account, charge).await?;
        known.ok_or_else(|| OutsideError::rejected("not_found", "Midtrans knows no such transaction"))
    }

    /// Reads what a call has just done or found done: whatever fails here, something exists over there, so that
    /// "nothing happened" would be a lie.
    async fn read_after(&self, account: &Account, charge: ChargeName<'_>) -> Result<Answer, OutsideError> {
        let known = self.read_known(account, charge).await;
        let unknown =
            |error: OutsideError| OutsideError::unknown(format!("done, but not readable yet: {}", error.message()));
        Ok(known.map_err(unknown)?.0)
    }

    /// Tells the vendor what is to become of a charge. One that is known by the vendor's id only is named by that.
    async fn steer(
        &self,
        account: &AccountSettings,
        charge: ChargeName<'_>,
        verb: &str,
    ) -> Result<PaymentReport, OutsideError> {
        let account = Account::read(account);
        let mut answer = self.client.manage_state(&account, Name::Order(charge.reference), verb).await?;
        if answer.code == 404
            && let Some((_, name @ Name::Page(_))) = self.read(&account, charge).await?
        {
            answer = self.client.manage_state(&account, name, verb).await?;
        }
        self.steered(&account, charge, answer).await
    }

    /// What a charge became. 407 is how Midtrans says "expired".
    async fn steered(
        &self,
        account: &Account,
        charge: ChargeName<'_>,
        answer: Answer,
    ) -> Result<PaymentReport, OutsideError> {
        match answer.code {
            200..=299 | 407 if answer.transaction.transaction_status.is_some() => believed(&answer, charge.reference),
            200..=299 => Err(OutsideError::unknown("Midtrans does not say what became of the charge")),
            // Paid, expired or cancelled before: the state decides, not our wish.
            407 | 412 => believed(&self.read_known(account, charge).await?.0, charge.reference),
            _ => Err(answer.refusal()),
        }
    }

    /// A page of the vendor's. One whose answer was lost cannot be found again: it was shown to nobody, and its order
    /// stays unknown, so that it ends like a charge that was never made.
    async fn page(
        &self,
        account: &Account,
        request: &ChargeRequest,
        name: &str,
    ) -> Result<ChargeOutcome, OutsideError> {
        let made = self.client.page(account, &map::page(request, name), &request.notification_url).await?;
        map::page_outcome(&made, request)
    }
}

#[async_trait]
impl PaymentGateway for Midtrans {
    fn code(&self) -> &'static str {
        CODE
    }

    fn describe(&self) -> GatewayDescription {
        GatewayDescription {
            name: VENDOR,
            refunds: true,
            closes: true,
            adds_fees: false,
            reviews: true,
            currencies: &["IDR"],
        }
    }

    fn settings(&self) -> Vec<SettingField> {
        settings::fields()
    }

    fn methods(&self) -> Vec<MethodOffer> {
        settings::methods()
    }

    fn offers(&self, account: &AccountSettings) -> Vec<MethodOffer> {
        let has_card_entry = self.card_entry(account).is_some();
        self.methods().into_iter().filter(|offer| offer.needs != Some(Entry::Card) || has_card_entry).collect()
    }

    fn card_entry(&self, account: &AccountSettings) -> Option<CardEntry> {
        Account::read(account).card_entry()
    }

    async fn check(&self, account: &AccountSettings) -> Result<Acceptance, OutsideError> {
        let account = Account::read(account);
        self.read(&account, PROBE.into()).await?;
        let world = || call::world(account.is_production);
        let mut accepted = Acceptance {
            facts: vec![Said::new("found-gateway-key", [("gateway", "Midtrans".into()), ("world", world())])],
            warnings: Vec::new(),
        };
        // Newer sandbox accounts may have keys without the prefix, so that it is a warning only.
        if account.server_key.expose_secret().starts_with("SB-") == account.is_production {
            accepted.warnings.push(Said::new("found-gateway-odd-key", [("world", world())]));
        }
        Ok(accepted)
    }

    async fn charge(&self, account: &AccountSettings, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
        let account = Account::read(account);
        if let Door::Snap(name) = map::way(request)?.door {
            return self.page(&account, request, name).await;
        }
        let body = map::charge(request)?;
        let answer = self.client.charge(&account, &body, &request.notification_url).await?;
        match (answer.code, &answer.transaction.transaction_status) {
            (406, _) => {
                let existing = self.read_after(&account, request.reference.as_str().into()).await?;
                map::outcome(&existing.transaction, request)
            }
            (200..=299 | 407, Some(_)) => map::outcome(&answer.transaction, request),
            // The first try with the same idempotency key still runs over there.
            (200..=299, None) => Err(OutsideError::unknown("Midtrans is still working on this charge")),
            _ => Err(answer.refusal()),
        }
    }

    async fn inquire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<Inquiry, OutsideError> {
        let Some((answer, _)) = self.read(&Account::read(account), charge).await? else {
            return Ok(Inquiry::NeverHeard);
        };
        call::known(VENDOR, map::report(&answer.transaction), charge.reference)
    }

    async fn cancel(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        self.steer(account, charge, "cancel").await
    }

    async fn expire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        self.steer(account, charge, "expire").await
    }

    async fn decide(
        &self,
        account: &AccountSettings,
        charge: ChargeName<'_>,
        is_trusted: bool,
    ) -> Result<PaymentReport, OutsideError> {
        self.steer(account, charge, if is_trusted { "approve" } else { "deny" }).await
    }

    async fn refund(&self, account: &AccountSettings, request: &RefundRequest) -> Result<PaymentReport, OutsideError> {
        let account = Account::read(account);
        let charge = ChargeName { reference: &request.reference, external_id: Some(&request.external_id) };
        let (payment, name) = self.read_known(&account, charge).await?;
        if has_refund(&payment, &request.refund_key) {
            return believed(&payment, &request.reference);
        }
        let payment_type = payment.transaction.payment_type.as_deref().unwrap_or_default();
        if !REFUNDABLE.contains(&payment_type) {
            let message = format!("Midtrans gives no money back for {payment_type}");
            return Err(OutsideError::rejected("refund_not_supported", message));
        }
        if payment.transaction.transaction_status.as_deref() == Some("capture") {
            let message = "Midtrans settles a card the day after it was charged and gives its money back from then on";
            return Err(OutsideError::rejected("refund_too_early", message));
        }
        let charged = payment.transaction.gross_amount.as_deref().and_then(|text| map::amount(text).ok());
        if WHOLE_ONLY.contains(&payment_type) && charged != Some(request.amount.minor) {
            let message = format!("Midtrans gives money that came by {payment_type} back as a whole only");
            return Err(OutsideError::rejected("refund_whole_only", message));
        }
        let body = map::refund(request)?;
        let answer = self.client.refund(&account, name, &body).await?;
        match (answer.code, answer.transaction.transaction_status.as_deref()) {
            (200, Some("refund" | "partial_refund")) => {
                // The answer tells of this refund only; the sum of all is what we report.
                believed(&self.read_after(&account, charge).await?, &request.reference)
            }
            (202, Some(_)) => Err(OutsideError::rejected("refund_denied", "The payer's bank denied the refund")),
            (406, _) => {
                let known = self.read_after(&account, charge).await?;
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
