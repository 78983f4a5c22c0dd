//! The steps to pay, by the most used apps of each way: keys of the translations, three of each.
type Guide = &'static [&'static str];

pub(super) const BCA: Guide = &["gateways-guide-bca-mobile", "gateways-guide-bca-mybca", "gateways-guide-bca-atm"];
pub(super) const BNI: Guide = &["gateways-guide-bni-wondr", "gateways-guide-bni-atm", "gateways-guide-bni-other-bank"];
pub(super) const BRI: Guide = &["gateways-guide-bri-brimo", "gateways-guide-bri-atm", "gateways-guide-bri-other-bank"];
pub(super) const CIMB: Guide =
    &["gateways-guide-cimb-octo", "gateways-guide-cimb-atm", "gateways-guide-cimb-other-bank"];
pub(super) const PERMATA: Guide =
    &["gateways-guide-permata-mobile-x", "gateways-guide-permata-atm", "gateways-guide-permata-other-bank"];
pub(super) const MANDIRI_BILL: Guide =
    &["gateways-guide-mandiri-livin", "gateways-guide-mandiri-atm", "gateways-guide-mandiri-web"];
/// A virtual account of any other bank.
pub(super) const ACCOUNT: Guide =
    &["gateways-guide-va-mobile", "gateways-guide-va-atm", "gateways-guide-va-other-bank"];
pub(super) const QRIS: Guide =
    &["gateways-guide-qris-gopay", "gateways-guide-qris-bank", "gateways-guide-qris-same-phone"];
pub(super) const STORE: Guide =
    &["gateways-guide-store-till", "gateways-guide-store-check", "gateways-guide-store-receipt"];
pub(super) const WALLET: Guide =
    &["gateways-guide-wallet-open", "gateways-guide-wallet-computer", "gateways-guide-wallet-return"];
pub(super) const CARD: Guide =
    &["gateways-guide-card-page", "gateways-guide-card-code", "gateways-guide-wallet-return"];
/// A card entered on our own page.
pub(super) const CARD_HERE: Guide =
    &["gateways-guide-card-here", "gateways-guide-card-code", "gateways-guide-wallet-return"];
/// A request that appears on the payer's phone.
pub(super) const PUSH: Guide =
    &["gateways-guide-push-phone", "gateways-guide-push-nothing", "gateways-guide-wallet-return"];
/// A number that a page of the gateway's shows.
pub(super) const PAGE: Guide = &["gateways-guide-page-open", "gateways-guide-va-mobile", "gateways-guide-va-atm"];
/// A lender that pays at once and is paid back later.
pub(super) const LENDER: Guide =
    &["gateways-guide-lender-open", "gateways-guide-lender-terms", "gateways-guide-wallet-return"];
