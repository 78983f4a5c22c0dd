//! What Xendit needs to know about our account, and the ways to pay it offers. Source: payments sheet, B.1 and B.3.
use crate::integrations::{
    SettingField, SettingKind,
    gateways::{AccountSettings, MethodOffer, guides},
};
use chrono::Duration;
use secrecy::{ExposeSecret, SecretString};

/// User of the Basic authentication; it also decides between test and live.
pub(super) const SECRET_KEY: &str = "secret_key";
/// Comes with every notification: their only proof.
pub(super) const CALLBACK_TOKEN: &str = "callback_token";
/// The token of before a rotation: notifications that carry it are still believed.
pub(super) const CALLBACK_TOKEN_PREVIOUS: &str = "callback_token_previous";
/// Our number at Xendit; notifications for another one are refused.
pub(super) const BUSINESS_ID: &str = "business_id";

/// One address for test and live.
const ADDRESS: &str = "https://api.xendit.co";
/// Live keys begin so.
const PRODUCTION_PREFIX: &str = "xnd_production_";

/// The form in WHM.
pub(super) fn fields() -> Vec<SettingField> {
    let field = |name, kind, required, label_key, help_key| SettingField { name, kind, required, label_key, help_key };
    vec![
        field(SECRET_KEY, SettingKind::Secret, true, "gateways-xendit-secret-key", "gateways-xendit-secret-key-help"),
        field(
            CALLBACK_TOKEN,
            SettingKind::Secret,
            true,
            "gateways-xendit-callback-token",
            "gateways-xendit-callback-token-help",
        ),
        field(
            CALLBACK_TOKEN_PREVIOUS,
            SettingKind::Secret,
            false,
            "gateways-xendit-callback-token-previous",
            "gateways-xendit-callback-token-previous-help",
        ),
        field(BUSINESS_ID, SettingKind::Text, false, "gateways-xendit-business-id", "gateways-xendit-business-id-help"),
    ]
}

/// One account, read from its settings.
pub(super) struct Account {
    pub base_url: String,
    pub secret_key: SecretString,
    pub callback_token: SecretString,
    pub callback_token_previous: SecretString,
    pub business_id: String,
}

impl Account {
    pub(super) fn read(settings: &AccountSettings) -> Self {
        let base_url = settings.base_url.as_deref().filter(|url| !url.is_empty()).unwrap_or(ADDRESS);
        let secret = |name| SecretString::from(settings.get(name).trim().to_owned());
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            secret_key: secret(SECRET_KEY),
            callback_token: secret(CALLBACK_TOKEN),
            callback_token_previous: secret(CALLBACK_TOKEN_PREVIOUS),
            business_id: settings.get(BUSINESS_ID).trim().to_owned(),
        }
    }

    /// Whether the key looks like one for real money.
    pub(super) fn is_production(&self) -> bool {
        self.secret_key.expose_secret().starts_with(PRODUCTION_PREFIX)
    }
}

/// What a charge looks like over there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A payment request that shows a number, a code or a QR code, with an end we set.
    Code,
    /// The same, with an end that Xendit sets.
    FixedCode,
    /// A payment request that sends the payer to an app.
    Redirect,
    /// A hosted page: card numbers never reach us.
    Session,
}

/// A channel of Xendit's and what it is to us.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    /// Xendit's code.
    pub code: &'static str,
    pub kind: Kind,
    /// `method` and `option` of the product.
    pub method: &'static str,
    pub option: Option<&'static str>,
    /// Name people know.
    pub name: &'static str,
    /// Amounts it takes, whole rupiah.
    pub min_minor: i64,
    pub max_minor: i64,
    /// How long it waits.
    pub lifetime_minutes: i64,
    /// Whether money goes back the way it came.
    pub refunds: bool,
    guide_keys: &'static [&'static str],
}

const DAY: i64 = 24 * 60;

const fn bank(
    code: &'static str,
    option: &'static str,
    name: &'static str,
    limits: (i64, i64),
    guide_keys: &'static [&'static str],
) -> Channel {
    Channel {
        code,
        kind: Kind::Code,
        method: "bank_transfer",
        option: Some(option),
        name,
        min_minor: limits.0,
        max_minor: limits.1,
        lifetime_minutes: DAY,
        // Xendit returns no money to bank accounts; such refunds go to the wallet or by manual payout.
        refunds: false,
        guide_keys,
    }
}

const fn store(code: &'static str, option: &'static str, name: &'static str) -> Channel {
    Channel {
        code,
        kind: Kind::Code,
        method: "cstore",
        option: Some(option),
        name,
        min_minor: 10_000,
        max_minor: 5_000_000,
        lifetime_minutes: DAY,
        refunds: false,
        guide_keys: guides::STORE,
    }
}

const fn wallet(
    code: &'static str,
    method: &'static str,
    name: &'static str,
    limits: (i64, i64),
    lifetime_minutes: i64,
    refunds: bool,
) -> Channel {
    Channel {
        code,
        kind: Kind::Redirect,
        method,
        option: None,
        name,
        min_minor: limits.0,
        max_minor: limits.1,
        lifetime_minutes,
        refunds,
        guide_keys: guides::WALLET,
    }
}

/// The most a bank takes in one go.
const BANK_MAX: i64 = 50_000_000_000;

/// The channels, in the order in which they are offered. OVO is left to QRIS: it wants a phone number and 54 seconds.
pub(super) const CHANNELS: &[Channel] = &[
    Channel {
        code: "QRIS",
        kind: Kind::FixedCode,
        method: "qris",
        option: None,
        name: "QRIS",
        min_minor: 1,
        max_minor: 10_000_000,
        lifetime_minutes: 2 * DAY,
        refunds: true,
        guide_keys: guides::QRIS,
    },
    bank("BCA_VIRTUAL_ACCOUNT", "bca", "BCA Virtual Account", (10_000, 50_000_000), guides::BCA),
    bank("MANDIRI_VIRTUAL_ACCOUNT", "mandiri", "Mandiri Virtual Account", (1, BANK_MAX), guides::ACCOUNT),
    bank("BNI_VIRTUAL_ACCOUNT", "bni", "BNI Virtual Account", (1, BANK_MAX), guides::BNI),
    bank("BRI_VIRTUAL_ACCOUNT", "bri", "BRI Virtual Account", (1, BANK_MAX), guides::BRI),
    bank("BSI_VIRTUAL_ACCOUNT", "bsi", "BSI Virtual Account", (1, BANK_MAX), guides::ACCOUNT),
    bank("PERMATA_VIRTUAL_ACCOUNT", "permata", "Permata Virtual Account", (1, 9_999_999_999), guides::PERMATA),
    bank("MUAMALAT_VIRTUAL_ACCOUNT", "muamalat", "Muamalat Virtual Account", (10_000, BANK_MAX), guides::ACCOUNT),
    bank("BNC_VIRTUAL_ACCOUNT", "bnc", "Bank Neo Commerce Virtual Account", (10_000, BANK_MAX), guides::ACCOUNT),
    bank("BSS_VIRTUAL_ACCOUNT", "bss", "Bank Sahabat Sampoerna Virtual Account", (1, BANK_MAX), guides::ACCOUNT),
    wallet("DANA", "dana", "DANA", (100, 20_000_000), DAY, true),
    wallet("SHOPEEPAY", "shopeepay", "ShopeePay", (1, 20_000_000), 30, true),
    wallet("LINKAJA", "linkaja", "LinkAja", (100, 10_000_000), 30, true),
    wallet("ASTRAPAY", "astrapay", "AstraPay", (100, 20_000_000), 30, false),
    store("ALFAMART", "alfamart", "Alfamart"),
    store("INDOMARET", "indomaret", "Indomaret"),
    Channel {
        code: "CARDS",
        kind: Kind::Session,
        method: "credit_card",
        option: None,
        name: "Visa, Mastercard, JCB",
        min_minor: 5_000,
        max_minor: 200_000_000,
        lifetime_minutes: 30,
        refunds: true,
        guide_keys: guides::CARD,
    },
];

/// The channel of a way to pay.
pub(super) fn channel(method: &str, option: Option<&str>) -> Option<&'static Channel> {
    CHANNELS.iter().find(|one| one.method == method && one.option == option)
}

/// The channel with Xendit's code.
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
        refunds: one.refunds,
        needs: None,
    };
    CHANNELS.iter().map(offer).collect()
}
