//! What Tripay needs to know about our account, and the ways to pay it offers. Source: payments sheet, C.5.
use crate::integrations::{
    SettingField, SettingKind,
    gateways::{AccountSettings, MethodOffer, guides},
};
use chrono::Duration;
use secrecy::{ExposeSecret, SecretString};

/// Bearer of the calls.
pub(super) const API_KEY: &str = "api_key";
/// Signs charges and notifications.
pub(super) const PRIVATE_KEY: &str = "private_key";
/// The key of before a rotation: notifications signed with it are still believed.
pub(super) const PRIVATE_KEY_PREVIOUS: &str = "private_key_previous";
/// Our code at Tripay (`T1234`); part of what is signed.
pub(super) const MERCHANT_CODE: &str = "merchant_code";
/// Sandbox or the real thing.
pub(super) const IS_PRODUCTION: &str = "is_production";

const SANDBOX: &str = "https://tripay.co.id/api-sandbox";
const PRODUCTION: &str = "https://tripay.co.id/api";
/// Keys of the sandbox begin so.
const SANDBOX_PREFIX: &str = "DEV-";

/// The form in WHM.
pub(super) fn fields() -> Vec<SettingField> {
    let field = |name, kind, required, label_key, help_key| SettingField { name, kind, required, label_key, help_key };
    vec![
        field(
            MERCHANT_CODE,
            SettingKind::Text,
            true,
            "gateways-tripay-merchant-code",
            "gateways-tripay-merchant-code-help",
        ),
        field(API_KEY, SettingKind::Secret, true, "gateways-tripay-api-key", "gateways-tripay-api-key-help"),
        field(
            PRIVATE_KEY,
            SettingKind::Secret,
            true,
            "gateways-tripay-private-key",
            "gateways-tripay-private-key-help",
        ),
        field(
            PRIVATE_KEY_PREVIOUS,
            SettingKind::Secret,
            false,
            "gateways-tripay-private-key-previous",
            "gateways-tripay-private-key-previous-help",
        ),
        field(
            IS_PRODUCTION,
            SettingKind::Switch,
            false,
            "gateways-tripay-is-production",
            "gateways-tripay-is-production-help",
        ),
    ]
}

/// One account, read from its settings.
pub(super) struct Account {
    pub base_url: String,
    pub api_key: SecretString,
    pub private_key: SecretString,
    pub private_key_previous: SecretString,
    pub merchant_code: String,
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
            api_key: secret(API_KEY),
            private_key: secret(PRIVATE_KEY),
            private_key_previous: secret(PRIVATE_KEY_PREVIOUS),
            merchant_code: settings.get(MERCHANT_CODE).trim().to_owned(),
            is_production,
        }
    }

    /// Whether the key looks like one of the sandbox.
    pub(super) fn is_sandbox_key(&self) -> bool {
        self.api_key.expose_secret().starts_with(SANDBOX_PREFIX)
    }
}

/// A channel of Tripay's and what it is to us. Limits are the vendor's standard ones; the live list decides in the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    /// Tripay's code.
    pub code: &'static str,
    /// `method` of the product.
    pub method: &'static str,
    /// `option` of the product.
    pub option: Option<&'static str>,
    /// Name people know.
    pub name: &'static str,
    /// Amounts it takes, whole rupiah.
    pub min_minor: i64,
    pub max_minor: i64,
    /// How long we let it wait, and how short and long the vendor lets it, in minutes.
    pub lifetime_minutes: i64,
    pub min_minutes: i64,
    pub max_minutes: i64,
    guide_keys: &'static [&'static str],
}

const DAY: i64 = 24 * 60;
const MONTH: i64 = 30 * DAY;

const fn bank(
    code: &'static str,
    option: &'static str,
    name: &'static str,
    max_minutes: i64,
    guide_keys: &'static [&'static str],
) -> Channel {
    Channel {
        code,
        method: "bank_transfer",
        option: Some(option),
        name,
        min_minor: 10_000,
        max_minor: 10_000_000,
        lifetime_minutes: if max_minutes < DAY { max_minutes } else { DAY },
        min_minutes: 60,
        max_minutes,
        guide_keys,
    }
}

const fn store(code: &'static str, option: &'static str, name: &'static str, min_minor: i64) -> Channel {
    Channel {
        code,
        method: "cstore",
        option: Some(option),
        name,
        min_minor,
        max_minor: 2_500_000,
        lifetime_minutes: DAY,
        min_minutes: 60,
        max_minutes: DAY,
        guide_keys: guides::STORE,
    }
}

/// No code of Tripay's can be closed: those that need not wait for long wait for an hour at most.
const fn wallet(code: &'static str, method: &'static str, name: &'static str) -> Channel {
    Channel {
        code,
        method,
        option: None,
        name,
        min_minor: 1_000,
        max_minor: 10_000_000,
        lifetime_minutes: 60,
        min_minutes: 15,
        max_minutes: 60,
        guide_keys: guides::WALLET,
    }
}

/// The channels, in the order in which they are offered.
pub(super) const CHANNELS: &[Channel] = &[
    Channel {
        code: "QRIS2",
        method: "qris",
        option: None,
        name: "QRIS",
        min_minor: 1_000,
        max_minor: 5_000_000,
        lifetime_minutes: 30,
        min_minutes: 10,
        max_minutes: DAY,
        guide_keys: guides::QRIS,
    },
    bank("BCAVA", "bca", "BCA Virtual Account", MONTH, guides::BCA),
    bank("MANDIRIVA", "mandiri", "Mandiri Virtual Account", MONTH, guides::ACCOUNT),
    bank("BNIVA", "bni", "BNI Virtual Account", DAY, guides::BNI),
    bank("BRIVA", "bri", "BRI Virtual Account", MONTH, guides::BRI),
    bank("BSIVA", "bsi", "BSI Virtual Account", 180, guides::ACCOUNT),
    bank("PERMATAVA", "permata", "Permata Virtual Account", MONTH, guides::PERMATA),
    bank("CIMBVA", "cimb", "CIMB Niaga Virtual Account", MONTH, guides::CIMB),
    bank("DANAMONVA", "danamon", "Danamon Virtual Account", MONTH, guides::ACCOUNT),
    bank("MUAMALATVA", "muamalat", "Muamalat Virtual Account", 180, guides::ACCOUNT),
    bank("OCBCVA", "ocbc", "OCBC Virtual Account", MONTH, guides::ACCOUNT),
    wallet("DANA", "dana", "DANA"),
    wallet("OVO", "ovo", "OVO"),
    wallet("SHOPEEPAY", "shopeepay", "ShopeePay"),
    store("ALFAMART", "alfamart", "Alfamart", 10_000),
    store("INDOMARET", "indomaret", "Indomaret", 10_000),
    store("ALFAMIDI", "alfamidi", "Alfamidi", 5_000),
];

/// The channel of a way to pay.
pub(super) fn channel(method: &str, option: Option<&str>) -> Option<&'static Channel> {
    CHANNELS.iter().find(|one| one.method == method && one.option == option)
}

/// The channel with Tripay's code.
pub(super) fn by_code(code: &str) -> Option<&'static Channel> {
    CHANNELS.iter().find(|one| one.code == code)
}

/// The ways to pay.
pub(super) fn methods() -> Vec<MethodOffer> {
    let offer = |one: &Channel| MethodOffer {
        method: one.method,
        option: one.option,
        name: one.name,
        min_minor: one.min_minor,
        max_minor: one.max_minor,
        lifetime: Duration::minutes(one.lifetime_minutes),
        guide_keys: one.guide_keys,
        refunds: false,
        needs: None,
    };
    CHANNELS.iter().map(offer).collect()
}
