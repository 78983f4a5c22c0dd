//! Bank transfer to our own account, confirmed by staff (payments sheet, part D).
//!
//! No vendor and no wire: there is nobody to ask. The adapter knows our bank accounts and the terms; that money came is
//! said by a person who saw it on the statement (`ConfirmedByPeople`). The verbs of a remote are refused, and the domain
//! never calls them.
use super::{
    AccountSettings, ChargeName, ChargeOutcome, ChargeRequest, ConfirmedByPeople, GatewayDescription, Inquiry,
    Instructions, MethodOffer, PaymentGateway, PaymentReport, RefundRequest, SettingFault, Terms, WebhookError,
    WebhookEvent,
};
use crate::{
    integrations::{Acceptance, OutsideError, SettingField, sim::Simulator},
    kernel::said::Said,
};
use async_trait::async_trait;
use entity::value::PaymentStatus;
use std::sync::Arc;

mod settings;

/// The adapter's code.
const CODE: &str = "transfer";

/// The gateway.
pub(super) fn gateway() -> Arc<dyn PaymentGateway> {
    Arc::new(Transfer)
}

struct Transfer;

impl ConfirmedByPeople for Transfer {
    fn terms(&self, account: &AccountSettings) -> Result<Terms, SettingFault> {
        settings::terms(account)
    }

    fn instructions(&self, terms: &Terms, exact_minor: i64, unique_code: i64) -> Instructions {
        let first = terms.accounts.first();
        Instructions {
            bank: first.map(|account| account.bank.clone()),
            account_number: first.map(|account| account.account_number.clone()),
            account_holder: first.map(|account| account.account_holder.clone()),
            amount: Some(exact_minor),
            unique_code: Some(unique_code),
            accounts: terms.accounts.clone(),
            ..Instructions::default()
        }
    }
}

/// The answer to everything that would need somebody on the other side.
fn nobody_there<T>() -> Result<T, OutsideError> {
    Err(OutsideError::rejected(
        "confirmed_by_people",
        "Staff see this money on the bank statement; nobody can be asked",
    ))
}

fn unusable(fault: SettingFault) -> OutsideError {
    OutsideError::rejected("settings", format!("The setting {} cannot be used ({})", fault.field, fault.code))
}

#[async_trait]
impl PaymentGateway for Transfer {
    fn code(&self) -> &'static str {
        CODE
    }

    fn describe(&self) -> GatewayDescription {
        GatewayDescription {
            name: "Transfer bank",
            refunds: false,
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

    fn by_people(&self) -> Option<&dyn ConfirmedByPeople> {
        Some(self)
    }

    async fn check(&self, account: &AccountSettings) -> Result<Acceptance, OutsideError> {
        let terms = settings::terms(account).map_err(unusable)?;
        let banks: Vec<&str> = terms.accounts.iter().map(|account| account.bank.as_str()).collect();
        let facts = vec![Said::new("found-transfer-banks", [("banks", banks.join(", ").into())])];
        let warnings = match terms.codes {
            Some(_) => Vec::new(),
            None => vec![Said::plain("found-transfer-no-code")],
        };
        Ok(Acceptance { facts, warnings })
    }

    async fn charge(&self, account: &AccountSettings, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
        let terms = settings::terms(account).map_err(unusable)?;
        Ok(ChargeOutcome {
            external_id: String::new(),
            status: PaymentStatus::Pending,
            instructions: self.instructions(&terms, request.amount.minor, 0),
            expires_at: Some(request.expires_at),
        })
    }

    async fn inquire(&self, _: &AccountSettings, _: ChargeName<'_>) -> Result<Inquiry, OutsideError> {
        nobody_there()
    }

    async fn cancel(&self, _: &AccountSettings, _: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        nobody_there()
    }

    async fn expire(&self, _: &AccountSettings, _: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        nobody_there()
    }

    async fn refund(&self, _: &AccountSettings, _: &RefundRequest) -> Result<PaymentReport, OutsideError> {
        nobody_there()
    }

    fn parse_webhook(
        &self,
        _: &AccountSettings,
        _: &[(String, String)],
        _: &[u8],
    ) -> Result<WebhookEvent, WebhookError> {
        // Nobody may tell us of money: whoever tries is not ours.
        Err(WebhookError::Forged)
    }

    fn simulator(&self) -> Option<Box<dyn Simulator>> {
        None
    }
}
