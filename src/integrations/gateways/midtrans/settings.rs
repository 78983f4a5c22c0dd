//! What Midtrans needs to know about our account, and the ways to pay it offers.
use crate::integrations::{
    SettingField, SettingKind,
    gateways::{AccountSettings, CardEntry, Entry, MethodOffer, guides},
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
const SNAP_SANDBOX: &str = "https://app.sandbox.midtrans.com";
const SNAP_PRODUCTION: &str = "https://app.midtrans.com";
/// Both worlds load the vendor's card script from one place; an attribute tells it which world it is in.
const SCRIPT_HOST: &str = "https://api.midtrans.com";
const SCRIPT_PATH: &str = "/v2/assets/js/midtrans-new-3ds.min.js";

/// Smallest amount a charge may have; the vendor refuses less than one rupiah (field `gross_amount`).
const MIN_MINOR: i64 = 1;
/// Largest amount of a virtual account: what the banks' own number fields hold for one transfer.
const VA_MAX_MINOR: i64 = 999_999_999;
/// Bank Indonesia's limit for one QRIS payment.
const QRIS_MAX_MINOR: i64 = 10_000_000;
/// Bank Indonesia's limit for what a registered e-wallet holds.
const WALLET_MAX_MINOR: i64 = 20_000_000;
/// What the tills of stores take.
const STORE_MIN_MINOR: i64 = 10_000;
const STORE_MAX_MINOR: i64 = 5_000_000;
/// What lenders lend for one purchase.
const LENDER_MIN_MINOR: i64 = 1_000;
const LENDER_MAX_MINOR: i64 = 25_000_000;
/// How long a virtual account waits.
const DAY: Duration = Duration::hours(24);
/// How long a code of an e-wallet or of QRIS waits.
const QUARTER: Duration = Duration::minutes(15);
/// How long the bank waits for the code that proves a card.
const CARD_LIFETIME: Duration = Duration::minutes(10);
/// OVO's own: 55 seconds to accept on the phone, ten more for the answer. It takes no other end.
pub(super) const OVO_LIFETIME: Duration = Duration::seconds(65);

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
    /// Where Snap's pages are made.
    pub snap_url: String,
    /// Where the vendor's card script is read from.
    script_url: String,
    client_key: String,
    pub server_key: SecretString,
    pub server_key_previous: SecretString,
    pub merchant_id: String,
    pub is_production: bool,
}

impl Account {
    pub(super) fn read(settings: &AccountSettings) -> Self {
        let is_production = settings.is_on(IS_PRODUCTION);
        let own = if is_production { PRODUCTION } else { SANDBOX };
        let given = settings.base_url.as_deref().filter(|url| !url.is_empty()).map(|url| url.trim_end_matches('/'));
        let snap = if is_production { SNAP_PRODUCTION } else { SNAP_SANDBOX };
        let secret = |name| SecretString::from(settings.get(name).trim().to_owned());
        Self {
            base_url: given.unwrap_or(own).to_owned(),
            snap_url: given.unwrap_or(snap).to_owned(),
            script_url: format!("{}{SCRIPT_PATH}", given.unwrap_or(SCRIPT_HOST)),
            client_key: settings.get(CLIENT_KEY).trim().to_owned(),
            server_key: secret(SERVER_KEY),
            server_key_previous: secret(SERVER_KEY_PREVIOUS),
            merchant_id: settings.get(MERCHANT_ID).trim().to_owned(),
            is_production,
        }
    }
    /// What a page needs to let the payer's card be read by the vendor alone; nothing without a client key.
    pub(super) fn card_entry(&self) -> Option<CardEntry> {
        (!self.client_key.is_empty()).then(|| CardEntry {
            script_url: self.script_url.clone(),
            environment: if self.is_production { "production" } else { "sandbox" },
            client_key: self.client_key.clone(),
            api_origin: self.base_url.clone(),
        })
    }
}

/// How a way is asked for over there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// The Core API's charge.
    Core,
    /// A page of the vendor's that offers this one way, by its name in `enabled_payments`: the Core API cannot charge it.
    Snap(&'static str),
}

/// A way to pay and how it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub door: Door,
    pub offer: MethodOffer,
}

const fn core(
    method: &'static str,
    option: Option<&'static str>,
    name: &'static str,
    (min_minor, max_minor): (i64, i64),
    lifetime: Duration,
    guide_keys: &'static [&'static str],
) -> Way {
    let offer =
        MethodOffer { method, option, name, min_minor, max_minor, lifetime, guide_keys, refunds: false, needs: None };
    Way { door: Door::Core, offer }
}

const fn bank(option: &'static str, name: &'static str, guide_keys: &'static [&'static str]) -> Way {
    // Midtrans returns no money to bank accounts; such refunds go to the wallet or by manual payout.
    core("bank_transfer", Some(option), name, (MIN_MINOR, VA_MAX_MINOR), DAY, guide_keys)
}

const fn wallet(method: &'static str, name: &'static str) -> Way {
    refunding(core(method, None, name, (MIN_MINOR, WALLET_MAX_MINOR), QUARTER, guides::WALLET))
}

const fn store(option: &'static str, name: &'static str) -> Way {
    core("cstore", Some(option), name, (STORE_MIN_MINOR, STORE_MAX_MINOR), DAY, guides::STORE)
}

const fn lender(method: &'static str, name: &'static str) -> Way {
    refunding(core(method, None, name, (LENDER_MIN_MINOR, LENDER_MAX_MINOR), DAY, guides::LENDER))
}

const fn refunding(way: Way) -> Way {
    Way { offer: MethodOffer { refunds: true, ..way.offer }, ..way }
}

const fn needing(needs: Entry, way: Way) -> Way {
    Way { offer: MethodOffer { needs: Some(needs), ..way.offer }, ..way }
}

const fn by_page(name: &'static str, way: Way) -> Way {
    Way { door: Door::Snap(name), ..way }
}

/// The ways to pay, in the order in which they are offered. Source: payments sheet, A.3, A.4 and A.10; limits of stores
/// and lenders are those of the market, not the vendor's word.
pub(super) const WAYS: &[Way] = &[
    bank("bca", "BCA Virtual Account", guides::BCA),
    bank("bni", "BNI Virtual Account", guides::BNI),
    bank("bri", "BRI Virtual Account", guides::BRI),
    bank("cimb", "CIMB Niaga Virtual Account", guides::CIMB),
    bank("permata", "Permata Virtual Account", guides::PERMATA),
    core("echannel", None, "Mandiri Bill Payment", (MIN_MINOR, VA_MAX_MINOR), DAY, guides::MANDIRI_BILL),
    refunding(core("qris", None, "QRIS", (MIN_MINOR, QRIS_MAX_MINOR), QUARTER, guides::QRIS)),
    wallet("gopay", "GoPay"),
    wallet("shopeepay", "ShopeePay"),
    needing(
        Entry::Phone,
        refunding(core("ovo", None, "OVO", (MIN_MINOR, WALLET_MAX_MINOR), OVO_LIFETIME, guides::PUSH)),
    ),
    by_page("dana", refunding(core("dana", None, "DANA", (MIN_MINOR, WALLET_MAX_MINOR), DAY, guides::WALLET))),
    by_page("danamon_va", bank("danamon", "Danamon Virtual Account", guides::PAGE)),
    by_page("bsi_va", bank("bsi", "BSI Virtual Account", guides::PAGE)),
    by_page("seabank_va", bank("seabank", "SeaBank Virtual Account", guides::PAGE)),
    by_page("saqu_va", bank("saqu", "Bank Saqu Virtual Account", guides::PAGE)),
    store("alfamart", "Alfamart"),
    store("indomaret", "Indomaret"),
    needing(
        Entry::Card,
        refunding(core(
            "credit_card",
            None,
            "Visa, Mastercard, JCB",
            (MIN_MINOR, VA_MAX_MINOR),
            CARD_LIFETIME,
            guides::CARD_HERE,
        )),
    ),
    lender("akulaku", "Akulaku PayLater"),
    lender("kredivo", "Kredivo"),
];

/// The way of a method and its further choice.
pub(super) fn way(method: &str, option: Option<&str>) -> Option<&'static Way> {
    WAYS.iter().find(|way| way.offer.method == method && way.offer.option == option)
}

/// The ways to pay.
pub(super) fn methods() -> Vec<MethodOffer> {
    WAYS.iter().map(|way| way.offer).collect()
}
