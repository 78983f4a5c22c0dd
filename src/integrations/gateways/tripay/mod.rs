//! Tripay, closed payments (payments sheet, part C; tripay.co.id/developer as of 2026).
//!
//! Ways to pay: virtual accounts, QRIS, stores, and e-wallets behind a page of theirs. Quirks that shaped the code: the
//! verdict is the body's `success`; our reference is not unique over there, so that a charge whose answer was lost is
//! looked for before another is made; a code can neither be closed nor refunded; the answer's amount carries the fee
//! where the customer bears it; the signature covers the whole notification, but nothing in it is a moment, so that the
//! state is read again all the same; notifications are sent four times within minutes and then never more.
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
use settings::Account;
use std::{collections::BTreeSet, sync::Arc};

mod client;
mod map;
mod settings;
mod sim;
#[cfg(test)]
mod tests;
mod webhook;
mod wire;

/// The adapter's code.
const CODE: &str = "tripay";

/// What people call it.
const VENDOR: &str = "Tripay";

/// The gateway.
pub(super) fn gateway() -> Arc<dyn PaymentGateway> {
    Arc::new(Tripay::default())
}

#[derive(Default)]
struct Tripay {
    client: client::Client,
}

impl Tripay {
    /// The transaction of a charge: by Tripay's own reference where it is known, else the one of ours that was paid, else
    /// the newest: our reference is not unique over there.
    async fn read(&self, account: &Account, charge: ChargeName<'_>) -> Result<Option<wire::Transaction>, OutsideError> {
        if let Some(id) = charge.external_id {
            return self.client.detail(account, id).await;
        }
        let mut found = self.client.find(account, charge.reference).await?;
        found.retain(|one| one.merchant_ref.as_deref() == Some(charge.reference));
        let is_paid = |one: &wire::Transaction| map::status(one.status.as_deref()) == PaymentStatus::Succeeded;
        // The newest stand first.
        let chosen = found.iter().find(|one| is_paid(one)).or(found.first());
        match chosen.and_then(|one| one.reference.as_deref()) {
            Some(id) => self.client.detail(account, id).await,
            None => Ok(None),
        }
    }

    /// What a charge is that cannot be closed: `over` where it is unpaid, because it is over for us.
    async fn given_up(
        &self,
        account: &AccountSettings,
        charge: ChargeName<'_>,
        over: PaymentStatus,
    ) -> Result<PaymentReport, OutsideError> {
        let known = self.read(&Account::read(account), charge).await?;
        let known = known.ok_or_else(|| OutsideError::rejected("not_found", "Tripay knows no such transaction"))?;
        let report = call::believed(VENDOR, map::report(&known), charge.reference)?;
        Ok(match report.status {
            PaymentStatus::Pending => PaymentReport { status: over, ..report },
            _ => report,
        })
    }
}

#[async_trait]
impl PaymentGateway for Tripay {
    fn code(&self) -> &'static str {
        CODE
    }

    fn describe(&self) -> GatewayDescription {
        GatewayDescription {
            name: VENDOR,
            refunds: false,
            closes: false,
            adds_fees: true,
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
        let channels = self.client.channels(&account).await?;
        let world = || call::world(account.is_production);
        let active: BTreeSet<&str> =
            channels.iter().filter(|one| one.active).filter_map(|one| one.code.as_deref()).collect();
        let mut accepted = Acceptance {
            facts: vec![Said::new("found-gateway-key", [("gateway", "Tripay".into()), ("world", world())])],
            warnings: Vec::new(),
        };
        let closed: Vec<&str> =
            settings::CHANNELS.iter().filter(|one| !active.contains(one.code)).map(|one| one.name).collect();
        if !closed.is_empty() {
            accepted.warnings.push(Said::new("found-tripay-closed", [("channels", closed.join(", ").into())]));
        }
        if account.is_sandbox_key() == account.is_production {
            accepted.warnings.push(Said::new("found-gateway-odd-key", [("world", world())]));
        }
        Ok(accepted)
    }

    async fn charge(&self, account: &AccountSettings, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
        let account = Account::read(account);
        let body = map::create(&account, request)?;
        // Their answer to a first try may be lost: a second code for the same money must not be made.
        if let Some(existing) = self.read(&account, request.reference.as_str().into()).await? {
            return map::outcome(&existing, request);
        }
        let made = self.client.create(&account, &body).await?;
        map::outcome(&made, request)
    }

    async fn inquire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<Inquiry, OutsideError> {
        let Some(known) = self.read(&Account::read(account), charge).await? else {
            return Ok(Inquiry::NeverHeard);
        };
        call::known(VENDOR, map::report(&known), charge.reference)
    }

    async fn cancel(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        self.given_up(account, charge, PaymentStatus::Cancelled).await
    }

    async fn expire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        self.given_up(account, charge, PaymentStatus::Expired).await
    }

    async fn refund(&self, _: &AccountSettings, _: &RefundRequest) -> Result<PaymentReport, OutsideError> {
        Err(OutsideError::rejected("refund_not_supported", "Tripay gives no money back; use the wallet or a transfer"))
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
        Some(Box::new(sim::TripaySimulator))
    }
}
