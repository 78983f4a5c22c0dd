//! What the simulated Tripay knows, and the moves the vendor allows.
use super::{
    super::{CODE, map, settings, webhook},
    render,
};
use crate::integrations::sim::{
    Faults,
    desk::World,
    post::{NewLetter, Post},
};
use chrono::{DateTime, Duration, Utc};
use entity::value::next_ulid;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a transaction stands, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Unpaid,
    Paid,
    Failed,
    Expired,
    Refund,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "UNPAID",
            Self::Paid => "PAID",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
            Self::Refund => "REFUND",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Transaction {
    pub reference: String,
    pub merchant_ref: String,
    /// The channel's code.
    pub method: String,
    /// What was asked for, without the customer's fee.
    pub amount: i64,
    pub fee_merchant: i64,
    pub fee_customer: i64,
    pub customer_name: String,
    pub customer_email: String,
    pub item_name: String,
    /// Number, code of a store or content of the QR code; none where a page leads on.
    pub pay_code: Option<String>,
    pub status: Status,
    pub expires_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub callback_url: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub api_key: String,
    pub private_key: String,
    pub merchant_code: String,
    /// Whether fees come on top of the amount.
    #[serde(default)]
    pub customer_bears_fees: bool,
    sequence: u64,
    /// By Tripay's reference, which grows: the last is the newest.
    transactions: BTreeMap<String, Transaction>,
    post: Post,
}

impl World for State {
    const CODE: &'static str = CODE;
    const PAUSES: &'static [Duration] = &[Duration::minutes(2), Duration::minutes(2), Duration::minutes(2)];

    fn spoilt() -> Vec<(String, String)> {
        vec![(webhook::SIGNATURE_HEADER.to_owned(), "0".repeat(64))]
    }

    /// The vendor looks for this word and sends again where it is missing.
    fn is_thanks(body: &str) -> bool {
        serde_json::from_str::<serde_json::Value>(body).is_ok_and(|answer| answer["success"] == true)
    }

    fn open(&mut self) {
        if self.api_key.is_empty() {
            self.api_key = format!("DEV-{}", next_ulid());
            self.private_key = format!("{}", next_ulid());
            self.merchant_code = "T0001".to_owned();
        }
    }

    fn is_behind(&self, now: DateTime<Utc>) -> bool {
        self.transactions.values().any(|one| has_expired(one, now))
    }

    fn catch_up(&mut self, now: DateTime<Utc>, faults: &Faults) {
        let expired = self.transactions.values().filter(|one| has_expired(one, now));
        for reference in expired.map(|one| one.reference.clone()).collect::<Vec<_>>() {
            self.close(&reference, Status::Expired, now, faults);
        }
    }

    fn post(&self) -> &Post {
        &self.post
    }

    fn post_mut(&mut self) -> &mut Post {
        &mut self.post
    }
}

impl State {
    pub(super) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// By Tripay's reference or ours, of which the newest counts.
    pub(super) fn find(&self, name: &str) -> Option<&Transaction> {
        self.transactions.get(name).or_else(|| self.of_merchant(name).next())
    }

    /// Those with our reference, the newest first.
    pub(super) fn of_merchant(&self, name: &str) -> impl Iterator<Item = &Transaction> {
        self.transactions.values().rev().filter(move |one| one.merchant_ref == name)
    }

    pub(super) fn insert(&mut self, one: Transaction) {
        self.transactions.insert(one.reference.clone(), one);
    }

    /// Money arrives, whatever the state was.
    pub(super) fn pay(&mut self, reference: &str, amount: i64, now: DateTime<Utc>, faults: &Faults) {
        if let Some(one) = self.transactions.get_mut(reference) {
            (one.status, one.amount, one.paid_at) = (Status::Paid, amount, Some(now));
            self.announce(reference, now, faults);
        }
    }

    /// Ends a transaction without money, or gives the money back.
    pub(super) fn close(&mut self, reference: &str, status: Status, now: DateTime<Utc>, faults: &Faults) {
        if let Some(one) = self.transactions.get_mut(reference) {
            one.status = status;
            self.announce(reference, now, faults);
        }
    }

    /// Queues a report of where the transaction stands; of one that is made Tripay says nothing.
    fn announce(&mut self, reference: &str, now: DateTime<Utc>, faults: &Faults) {
        let Some(one) = self.transactions.get(reference) else { return };
        let body = render::notification(one);
        let signature = map::sign(&SecretString::from(self.private_key.clone()), body.as_bytes());
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let letter = NewLetter {
            about: one.merchant_ref.clone(),
            url: one.callback_url.clone(),
            headers: vec![
                header("content-type", "application/json"),
                header("x-callback-event", "payment_status"),
                header(webhook::SIGNATURE_HEADER, &signature),
            ],
            body,
        };
        self.post.add(CODE, &letter, now, faults);
    }
}

fn has_expired(one: &Transaction, now: DateTime<Utc>) -> bool {
    one.status == Status::Unpaid && one.expires_at <= now
}

/// What Tripay takes for a payment of `amount` through a channel, by its standard prices.
pub(super) fn fee(channel: &settings::Channel, amount: i64) -> i64 {
    match (channel.method, channel.code) {
        ("qris", _) => 750 + (amount * 7).div_euclid(1_000),
        ("cstore", _) => 3_500,
        ("bank_transfer", "BCAVA") => 5_500,
        ("bank_transfer", _) => 4_250,
        _ => Ord::max(1_000, (amount * 3).div_euclid(100)),
    }
}
