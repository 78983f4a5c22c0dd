//! Payment gateways: one trait, one folder per gateway, one line in `registry()`.
//!
//! A charge is asked for only after its attempt is stored; its reference is ours and unique. A notification is a hint:
//! the domain re-reads the state through `inquire` before it believes money (payments, house rules 2 and 3).
use super::{Acceptance, OutsideError, SettingField, sim::Simulator};
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use entity::value::{Money, PaymentStatus};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::BTreeMap, sync::Arc};

mod call;
mod guides;
mod midtrans;
mod people;
pub mod qris;
#[cfg(test)]
mod testing;
mod transfer;
mod tripay;
mod xendit;

pub use people::{BankAccount, ConfirmedByPeople, SettingFault, Terms};

/// Every gateway this program knows.
pub fn registry() -> Vec<Arc<dyn PaymentGateway>> {
    vec![midtrans::gateway(), tripay::gateway(), xendit::gateway(), transfer::gateway()]
}

/// The gateway called `code`.
pub fn find(code: &str) -> Option<Arc<dyn PaymentGateway>> {
    registry().into_iter().find(|gateway| gateway.code() == code)
}

/// Settings of one payment account, decrypted for the length of a call.
#[derive(Clone, Debug, Default)]
pub struct AccountSettings {
    /// Where the gateway listens; a simulator's address in demo and tests. Empty: the vendor's own address.
    pub base_url: Option<String>,
    /// Values by setting name.
    pub values: BTreeMap<String, SecretString>,
}

impl AccountSettings {
    /// The value of a setting, empty where it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |value| value.expose_secret())
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), "true" | "1" | "on" | "yes")
    }
}

/// What a gateway is, for WHM and the documentation.
#[derive(Clone, Copy, Debug)]
pub struct GatewayDescription {
    /// The vendor's name.
    pub name: &'static str,
    /// Whether money can be returned through it for at least one method.
    pub refunds: bool,
    /// Whether an unpaid code can be closed before its end. Where it cannot, `cancel` and `expire` answer `Cancelled`
    /// and `Expired` for what is unpaid: it is over for us, and money that comes all the same is late money.
    pub closes: bool,
    /// Whether it may add a fee of its own to what the payer hands over.
    pub adds_fees: bool,
    /// Whether staff can decide about payments its fraud detection doubts.
    pub reviews: bool,
    /// Currencies it takes.
    pub currencies: &'static [&'static str],
}

/// One way to pay that a customer can choose.
#[derive(Clone, Copy, Debug)]
pub struct MethodOffer {
    /// `bank_transfer`, `echannel`, `qris`, …: `method` of the API.
    pub method: &'static str,
    /// Further choice inside the method: the bank for `bank_transfer`.
    pub option: Option<&'static str>,
    /// Name people know: "BCA Virtual Account".
    pub name: &'static str,
    /// Smallest amount it takes, minor units.
    pub min_minor: i64,
    /// Largest amount it takes, minor units.
    pub max_minor: i64,
    /// How long an unpaid charge stays payable.
    pub lifetime: Duration,
    /// Steps to pay for the most used apps: keys of the translations. The first line of such a text names the app,
    /// every further line is a step.
    pub guide_keys: &'static [&'static str],
    /// Whether money can go back the way it came.
    pub refunds: bool,
    /// What the payer has to enter before anything can be charged.
    pub needs: Option<Entry>,
}

impl MethodOffer {
    /// Its name among the ways of its gateway: `qris`, `bank_transfer:bca`.
    pub fn key(&self) -> String {
        self.option.map_or_else(|| self.method.to_owned(), |option| format!("{}:{option}", self.method))
    }
}

/// What a payer enters before a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The telephone number his e-wallet knows him by: the request appears on that phone.
    Phone,
    /// His card, which the gateway's own script turns into a token: the number never reaches us.
    Card,
}

/// What a page needs to let the gateway read a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardEntry {
    /// The gateway's script.
    pub script_url: String,
    /// Which of its worlds the script is to speak to: `sandbox` or `production`.
    pub environment: &'static str,
    /// Our public key.
    pub client_key: String,
    /// Where the script sends the card.
    pub api_origin: String,
}

/// What we ask a gateway to collect.
#[derive(Clone, Debug)]
pub struct ChargeRequest {
    /// Our reference, unique for ever: the gateway's order id.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// `method` of `MethodOffer`.
    pub method: String,
    /// `option` of `MethodOffer`, for example the bank.
    pub option: Option<String>,
    /// Until when it may be paid.
    pub expires_at: DateTime<Utc>,
    /// The present instant (product time).
    pub now: DateTime<Utc>,
    /// What it is for, in words: an invoice's number.
    pub description: String,
    /// Who pays.
    pub payer_name: String,
    /// Where the payer reads mail.
    pub payer_email: String,
    /// The telephone number he entered, otherwise the one of his profile, as E.164 writes it.
    pub payer_phone: Option<String>,
    /// The token of the card he entered; good for one charge.
    pub card_token: Option<SecretString>,
    /// Where the gateway reports to.
    pub notification_url: String,
    /// Where a payer comes back to who was sent to a page of the gateway's.
    pub return_url: String,
}

/// A charge by the names both sides have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargeName<'a> {
    /// Our reference.
    pub reference: &'a str,
    /// The gateway's own id, where it ever told: not every gateway can be asked by our reference.
    pub external_id: Option<&'a str>,
}

impl<'a> From<&'a str> for ChargeName<'a> {
    fn from(reference: &'a str) -> Self {
        Self { reference, external_id: None }
    }
}

/// What the payer has to do, as the API shows it in `instructions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Instructions {
    /// Bank of the virtual account, or of our own account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// Number to transfer to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub va_number: Option<String>,
    /// Company code of a bill payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biller_code: Option<String>,
    /// Number of the bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill_key: Option<String>,
    /// Content of the QR code; drawn by us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_string: Option<String>,
    /// Page or app to go to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// The payer has to accept the request on his phone until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countdown_until: Option<DateTime<Utc>>,
    /// Code for the counter of a store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_code: Option<String>,
    /// Number of our own bank account to transfer to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_number: Option<String>,
    /// Whose name that account bears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_holder: Option<String>,
    /// Exactly so much is to be transferred, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// So much of it tells this transfer from others, minor units; it goes to the wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_code: Option<i64>,
    /// Every account of ours that may be used instead, the one above included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<BankAccount>,
    /// What the payer hands over, where the gateway adds a fee of its own to the amount; minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payable_minor: Option<i64>,
}

/// What became of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeOutcome {
    /// The gateway's own id of it.
    pub external_id: String,
    /// Where it stands; `Pending` for everything that waits for the payer. `Pending` with empty instructions is a
    /// charge that exists but cannot be read back in a payable form (a QR code of a repeated charge): the domain
    /// cancels it and asks under a new reference when somebody wants to pay this way again. `Failed`, `Cancelled` and
    /// `Expired` are a refusal in other words.
    pub status: PaymentStatus,
    /// What the payer has to do.
    pub instructions: Instructions,
    /// Until when, as the gateway says; the request's where it does not say.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a gateway says of a charge when asked or of its own accord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentReport {
    /// Our reference.
    pub reference: String,
    /// The gateway's own id.
    pub external_id: String,
    /// Where it stands; a word we do not know is `Unknown`, never success. `Failed` or `Cancelled` of a payment that
    /// had succeeded is a reversal: not every gateway tells the two apart. The domain knows what it was before.
    pub status: PaymentStatus,
    /// The amount the gateway speaks of.
    pub amount: Money,
    /// What has been given back in all.
    pub refunded_minor: i64,
    /// When money came.
    pub settled_at: Option<DateTime<Utc>>,
    /// What the gateway keeps of the amount for itself, minor units; 0 where it does not tell.
    pub fee_minor: i64,
    /// What the payer has to do, where the answer tells: heals an attempt whose charge had an unknown outcome.
    pub instructions: Instructions,
}

/// What a gateway says when asked about a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inquiry {
    /// It knows the charge.
    Known(Box<PaymentReport>),
    /// It knows the charge, but speaks of it in a way that cannot be booked (another currency, parts of a rupiah, no
    /// id): a person has to look.
    Unclear {
        /// What is odd, for staff.
        why: String,
    },
    /// It has never heard of it: nothing was charged.
    NeverHeard,
}

/// Money to give back.
#[derive(Clone, Debug)]
pub struct RefundRequest {
    /// Our reference of the payment.
    pub reference: String,
    /// The gateway's id of the payment.
    pub external_id: String,
    /// Our key of this refund: the same key is never refunded twice.
    pub refund_key: String,
    /// How much.
    pub amount: Money,
    /// Why, for the payer's statement.
    pub reason: String,
}

/// A notification whose authenticity is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// Same news, same key: a duplicate is recognised by it.
    pub deduplication_key: String,
    /// What it says; only a hint until `inquire` confirms it.
    pub report: PaymentReport,
    /// What is odd about it: it is genuine, so that it is stored, but only its reference and its status can be used.
    pub doubt: Option<String>,
}

/// Codes of refusals that mean the same at every gateway and call for staff.
pub mod refusal {
    /// The keys of our account are wrong.
    pub const KEY: &str = "unauthorized";
    /// Our account is closed or blocked.
    pub const ACCOUNT_CLOSED: &str = "merchant_deactivated";
    /// Our account may not use this way to pay.
    pub const METHOD: &str = "method_not_enabled";
}

/// Why a notification was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// Not signed by the gateway: 403, nothing changes.
    #[error("the signature does not match")]
    Forged,
    /// Cannot be read at all: 400. What is signed and odd is an event with a doubt instead.
    #[error("the notification cannot be read: {0}")]
    Unparsable(String),
}

/// A payment gateway. Every verb is safe to repeat with the same reference.
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// Stable word in paths, tables and configuration.
    fn code(&self) -> &'static str;
    /// What it is.
    fn describe(&self) -> GatewayDescription;
    /// What it needs to know about our account.
    fn settings(&self) -> Vec<SettingField>;
    /// How people can pay with it.
    fn methods(&self) -> Vec<MethodOffer>;
    /// The ways an account can really be paid by: some need settings that others do not.
    fn offers(&self, _account: &AccountSettings) -> Vec<MethodOffer> {
        self.methods()
    }
    /// What a page needs to let the gateway read a card; nothing where cards are entered elsewhere.
    fn card_entry(&self, _account: &AccountSettings) -> Option<CardEntry> {
        None
    }
    /// Set where people confirm the money: then nothing is charged, asked, cancelled or notified, and only this counts.
    fn by_people(&self) -> Option<&dyn ConfirmedByPeople> {
        None
    }
    /// Tests the account without moving money.
    async fn check(&self, account: &AccountSettings) -> Result<Acceptance, OutsideError>;
    /// Asks for money. A reference that exists already is answered with what exists.
    async fn charge(&self, account: &AccountSettings, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError>;
    /// Reads where a charge stands.
    async fn inquire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<Inquiry, OutsideError>;
    /// Closes an unpaid charge. The report says what it became: it may have been paid meanwhile.
    async fn cancel(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError>;
    /// Ends an unpaid charge whose time is over but which the gateway still calls open. The report says what it became.
    async fn expire(&self, account: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError>;
    /// Decides about a payment the fraud detection doubts (`Review`): trusts it, or refuses it. The report says what it
    /// became; one that was decided before says so.
    async fn decide(
        &self,
        _account: &AccountSettings,
        _charge: ChargeName<'_>,
        _is_trusted: bool,
    ) -> Result<PaymentReport, OutsideError> {
        Err(OutsideError::rejected("review_not_supported", "This gateway decides about doubts by itself"))
    }
    /// Gives money back. A refund key used before is answered with what it did.
    async fn refund(&self, account: &AccountSettings, request: &RefundRequest) -> Result<PaymentReport, OutsideError>;
    /// Proves and reads a notification from its raw bytes. `headers` are lower-case names with values.
    fn parse_webhook(
        &self,
        account: &AccountSettings,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<WebhookEvent, WebhookError>;
    /// The gateway's double for demo and tests.
    fn simulator(&self) -> Option<Box<dyn Simulator>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_a_gateway_shows_exists_in_both_languages() {
        let languages = [
            ("id", include_str!("../../../locales/id/gateways.ftl")),
            ("en", include_str!("../../../locales/en/gateways.ftl")),
        ];
        for gateway in registry() {
            let forms = gateway.settings().into_iter().flat_map(|field| [field.label_key, field.help_key]);
            let guides = gateway.methods().into_iter().flat_map(|offer| offer.guide_keys.to_vec());
            for key in forms.chain(guides) {
                for (language, words) in languages {
                    let is_there = words.lines().any(|line| line.split(" =").next() == Some(key));
                    assert!(is_there, "{key} is missing in {language}");
                }
            }
        }
    }

    #[test]
    fn every_gateway_and_way_to_pay_has_one_name() {
        let mut codes: Vec<_> = registry().iter().map(|gateway| gateway.code()).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        for gateway in registry() {
            let offers = gateway.methods();
            for offer in &offers {
                let same = |other: &&MethodOffer| (other.method, other.option) == (offer.method, offer.option);
                assert_eq!(offers.iter().filter(same).count(), 1, "{}", offer.name);
                assert!(offer.min_minor > 0 && offer.max_minor > offer.min_minor && offer.guide_keys.len() >= 3);
            }
        }
    }
}
