//! What the page of the wallet shows.
use crate::{
    domain::{ledger::Wallet, payments::accounts::Offer, settings},
    kernel::{format, page::Page, token},
    web::{filters, form_errors::FormErrors, frame::Frame},
};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::{ledger::wallet_transaction, payments::payment, value::Money};

/// Amounts to choose from, minor units.
const PRESETS: [i64; 5] = [50_000, 100_000, 250_000, 500_000, 1_000_000];

/// A movement.
pub struct MovementRow {
    pub number: String,
    pub kind: &'static str,
    pub description: String,
    pub at: DateTime<Utc>,
    pub amount: String,
    pub is_in: bool,
    pub after: String,
}

/// An amount to choose.
pub struct Preset {
    pub value: i64,
    pub label: String,
    pub checked: bool,
}

/// A way to pay.
pub struct MethodChoice {
    pub value: String,
    pub label: String,
    pub note: String,
    pub icon: &'static str,
    pub checked: bool,
}

/// A top-up that waits for its payer.
pub struct PendingLine {
    pub href: String,
    pub label: String,
    pub note: String,
}

/// What was typed before.
#[derive(Default)]
pub struct Typed {
    pub preset: String,
    pub amount: String,
    pub method: String,
}

/// What the card is made of.
pub struct Parts {
    pub wallet: Wallet,
    /// Whether it pays renewals by itself.
    pub auto_debit: bool,
    /// How far it may go below zero.
    pub credit_limit_minor: i64,
    pub history: Page<wallet_transaction::Model>,
    pub limits: settings::Wallet,
    pub offers: Vec<Offer>,
    pub pending: Vec<payment::Model>,
    pub may_top_up: bool,
}

/// The wallet on its page.
pub struct WalletCard {
    pub balance: String,
    pub held: String,
    /// How far it may go below zero, in words; empty: not at all.
    pub credit_limit: String,
    pub auto_debit: bool,
    pub total_top_up: String,
    pub total_spent: String,
    pub rows: Vec<MovementRow>,
    pub next: String,
    pub may_top_up: bool,
    pub key: String,
    pub presets: Vec<Preset>,
    pub amount: String,
    pub prefix: &'static str,
    pub limits: String,
    pub methods: Vec<MethodChoice>,
    pub pending: Vec<PendingLine>,
}

impl WalletCard {
    /// The card with what was typed before.
    pub fn build(frame: &Frame, parts: Parts, typed: Typed) -> Self {
        let currency = parts.wallet.currency.clone();
        let money = |minor: i64| frame.money(&Money::new(minor, &currency));
        let (min, max) = (parts.limits.min_top_up_minor, parts.limits.max_top_up_minor);
        let chosen = typed.preset.parse::<i64>().unwrap_or(PRESETS[1]);
        Self {
            balance: money(parts.wallet.balance),
            held: match parts.wallet.held {
                0 => String::new(),
                held => frame.ta("panel-wallet-held", [("amount", money(held))]),
            },
            credit_limit: match parts.credit_limit_minor {
                0 => String::new(),
                limit => frame.ta("panel-wallet-credit-limit", [("amount", money(limit))]),
            },
            auto_debit: parts.auto_debit,
            total_top_up: money(parts.wallet.total_top_up),
            total_spent: money(parts.wallet.total_spent),
            rows: parts.history.rows.into_iter().map(|row| movement(frame, row)).collect(),
            next: parts.history.next_cursor.map(|cursor| format!("/panel/wallet?cursor={cursor}")).unwrap_or_default(),
            may_top_up: parts.may_top_up,
            key: token::random(),
            presets: PRESETS
                .into_iter()
                .filter(|amount| (min..=max).contains(amount))
                .map(|amount| Preset {
                    value: amount,
                    label: money(amount),
                    checked: amount == chosen && typed.amount.is_empty(),
                })
                .collect(),
            amount: typed.amount,
            prefix: if frame.lang == crate::kernel::locale::Lang::Id { "Rp" } else { "IDR" },
            limits: frame.ta("panel-top-up-limits", [("min", money(min)), ("max", money(max))]),
            methods: parts
                .offers
                .iter()
                .enumerate()
                .map(|(place, offer)| method(frame, offer, place, &typed.method))
                .collect(),
            pending: parts.pending.iter().map(|row| pending(frame, row)).collect(),
        }
    }
}

fn movement(frame: &Frame, row: wallet_transaction::Model) -> MovementRow {
    let money = |minor: i64| frame.money(&Money::new(minor, &row.currency));
    let sign = if row.amount_minor > 0 { "+" } else { "" };
    MovementRow {
        amount: format!("{sign}{}", money(row.amount_minor)),
        after: money(row.balance_after_minor),
        is_in: row.amount_minor > 0,
        kind: row.r#type.as_str(),
        at: row.created_at,
        number: row.number,
        description: row.description,
    }
}

/// A way to pay in a list of them; the first is chosen unless another was.
pub fn method(frame: &Frame, offer: &Offer, place: usize, chosen: &str) -> MethodChoice {
    let value = format!("{}:{}:{}", offer.gateway, offer.method.method, offer.method.option.unwrap_or_default());
    let time = format::duration(offer.method.lifetime.num_seconds(), frame.lang);
    MethodChoice {
        checked: if chosen.is_empty() { place == 0 } else { chosen == value },
        label: frame
            .known(&format!("payment-method-{}-{}", offer.gateway, offer.method.method).replace('_', "-"))
            .unwrap_or_else(|| offer.method.name.to_owned()),
        note: frame.ta("panel-top-up-method-minutes", [("time", time)]),
        icon: if offer.method.method == "qris" { "qrcode" } else { "building-bank" },
        value,
    }
}

fn pending(frame: &Frame, row: &payment::Model) -> PendingLine {
    let amount = frame.money(&Money::new(row.amount_minor, &row.currency));
    let method = frame.way_to_pay(&row.gateway, &row.method);
    PendingLine {
        href: format!("/panel/payments/{}", row.id),
        label: frame.ta("panel-top-up-pending-line", [("amount", amount), ("method", method)]),
        note: format::ago(row.expires_at, frame.now, frame.lang),
    }
}

/// The page of the wallet.
#[derive(Template)]
#[template(path = "panel/wallet/index.html")]
pub struct WalletPage {
    pub frame: Frame,
    pub wallet: WalletCard,
    pub errors: FormErrors,
}
