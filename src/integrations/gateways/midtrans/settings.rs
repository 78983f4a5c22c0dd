//! What Midtrans needs to know about our account, and the ways to pay it offers.
use crate::integrations::{
    SettingField, SettingKind,
    gateways::{AccountSettings, MethodOffer, guides},
};
use chrono::Duration;
use secrecy::SecretString;

/// Signs calls and notifications; user of the Basic authentication.
pub(super) const SERVER_KEY: &str = "server_key";
/// The key of before a rotation: notifications signed with it are still believed.
pub(super) const SERVER_KEY_PREVIOUS: &str = "server_key_previous";
/// Public, for the browser.
pub(super) const CLIENT_KEY: &str = "client_key";
/// Our number at Midtrans; notifications for another one are refused.
pub(super) const MERCHANT_ID: &str = "merchant_id";
/// Sandbox or the real thing.
pub(super) const IS_PRODUCTION: &str = "is_production";

const SANDBOX: &str = "https://api.sandbox.midtrans.com";
const PRODUCTION: &str = "https://api.midtrans.com";

/// Smallest amount a charge may have; the vendor refuses less than one rupiah (field `gross_amount`).
const MIN_MINOR: i64 = 1;
/// Largest amount of a virtual account: what the banks' own number fields hold for one transfer.
const VA_MAX_MINOR: i64 = 999_999_999;
/// Bank Indonesia's limit for one QRIS payment.
const QRIS_MAX_MINOR: i64 = 10_000_000;
/// How long a virtual account waits.
const VA_LIFETIME: Duration = Duration::hours(24);
/// How long a QR code waits.
const QRIS_LIFETIME: Duration = Duration::minutes(15);

/// The form in WHM.
pub(super) fn fields() -> Vec<SettingField> {
    let field = |name, kind, required, label_key, help_key| SettingField { name, kind, required, label_key, help_key };
    vec![
        field(
            SERVER_KEY,
            SettingKind::Secret,
            true,
            "gateways-midtrans-server-key",
            "gateways-midtrans-server-key-help",
        ),
        field(
            CLIENT_KEY,
            SettingKind::Text,
            false,
            "gateways-midtrans-client-key",
            "gateways-midtrans-client-key-help",
        ),
        field(
            SERVER_KEY_PREVIOUS,
            SettingKind::Secret,
            false,
            "gateways-midtrans-server-key-previous",
            "gateways-midtrans-server-key-previous-help",
        ),
        field(
            MERCHANT_ID,
            SettingKind::Text,
            false,
            "gateways-midtrans-merchant-id",
            "gateways-midtrans-merchant-id-help",
        ),
        field(
            IS_PRODUCTION,
            SettingKind::Switch,
            false,
            "gateways-midtrans-is-production",
            "gateways-midtrans-is-production-help",
        ),
    ]
}

/// One account, read from its settings.
pub(super) struct Account {
    pub base_url: String,
    pub server_key: SecretString,
    pub server_key_previous: SecretString,
    pub merchant_id: String,
    pub is_production: bool,
}

impl Account {
    pub(super) fn read(settings: &AccountSettings) -> Self {
        let is_production = settings.is_on(IS_PRODUCTION);
        let own = if is_production { PRODUCTION } else { SANDBOX };
        let base_url = settings.base_url.as_deref().filter(|url| !url.is_empty()).unwrap_or(own);
        let secret = |name| SecretString::from(settings.get(name).trim().to_owned());
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            server_key: secret(SERVER_KEY),
            server_key_previous: secret(SERVER_KEY_PREVIOUS),
            merchant_id: settings.get(MERCHANT_ID).trim().to_owned(),
            is_production,
        }
    }
}

/// The ways to pay.
pub(super) fn methods() -> Vec<MethodOffer> {
    let account = |method, option, name, guide_keys| MethodOffer {
        method,
        option,
        name,
        min_minor: MIN_MINOR,
        max_minor: VA_MAX_MINOR,
        lifetime: VA_LIFETIME,
        guide_keys,
        // Midtrans returns no money to bank accounts; such refunds go to the wallet or by manual payout.
        refunds: false,
    };
    let transfer = |bank, name, guide_keys| account("bank_transfer", Some(bank), name, guide_keys);
    vec![
        transfer("bca", "BCA Virtual Account", guides::BCA),
        transfer("bni", "BNI Virtual Account", guides::BNI),
        transfer("bri", "BRI Virtual Account", guides::BRI),
        transfer("cimb", "CIMB Niaga Virtual Account", guides::CIMB),
        transfer("permata", "Permata Virtual Account", guides::PERMATA),
        account("echannel", None, "Mandiri Bill Payment", guides::MANDIRI_BILL),
        MethodOffer {
            method: "qris",
            option: None,
            name: "QRIS",
            min_minor: MIN_MINOR,
            max_minor: QRIS_MAX_MINOR,
            lifetime: QRIS_LIFETIME,
            guide_keys: guides::QRIS,
            refunds: true,
        },
    ]
}
