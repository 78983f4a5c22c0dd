//! What the simulated Midtrans knows, and the moves the vendor allows. Pure but for the faults it uses up: time comes
//! in, changes stay here.
use super::{
    super::{CODE, REFUNDABLE, WHOLE_ONLY, map, wire},
    render,
};
use crate::integrations::sim::{FaultKind, Faults};
use chrono::{DateTime, Duration, Utc};
use entity::value::next_ulid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long an idempotency key is remembered.
const IDEMPOTENCY_LIFETIME: Duration = Duration::minutes(5);
/// How late a report is where the fault does not say.
const LATE: Duration = Duration::minutes(10);
/// How long the bank takes to confirm a refund.
const BANK_CONFIRMATION: Duration = Duration::minutes(1);

/// Where a transaction stands, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Pending,
    Capture,
    Settlement,
    Deny,
    Cancel,
    Expire,
    PartialRefund,
    Refund,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Capture => "capture",
            Self::Settlement => "settlement",
            Self::Deny => "deny",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::PartialRefund => "partial_refund",
            Self::Refund => "refund",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Transaction {
    pub transaction_id: String,
    pub order_id: String,
    pub gross_amount: i64,
    pub payment_type: String,
    pub bank: Option<String>,
    /// Number of the account, of the bill, code of the till, or content of the QR code.
    pub payment_code: String,
    /// What the fraud detection thinks of a card.
    #[serde(default)]
    pub doubt: Option<String>,
    /// Telephone that is asked (OVO), or the masked number of a card.
    #[serde(default)]
    pub payer: Option<String>,
    /// Where the payer comes back to.
    #[serde(default)]
    pub return_url: Option<String>,
    /// Where this double listens: the pages it sends payers to are its own.
    #[serde(default)]
    pub own_url: String,
    /// Chosen on a page; such an order is known by its own id only where the vendor does so (DANA).
    #[serde(default)]
    pub is_from_page: bool,
    pub status: Status,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
    pub paid: Vec<wire::PaidAmount>,
    pub refunds: Vec<Refund>,
    pub custom_field1: Option<String>,
    pub notification_urls: Vec<String>,
}

impl Transaction {
    pub(super) fn refunded(&self) -> i64 {
        self.refunds.iter().map(|refund| refund.amount).sum()
    }
}

/// A page of Snap's: what it would charge once the payer chooses.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SnapPage {
    pub token: String,
    pub payment: String,
    pub draft: Transaction,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refund {
    pub number: u64,
    pub refund_key: String,
    pub amount: i64,
    pub reason: String,
    pub created_at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// A report on its way to the product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Notification {
    /// Order of sending among those that are due.
    pub number: u64,
    pub order_id: String,
    pub url: String,
    pub body: serde_json::Value,
    pub due_at: DateTime<Utc>,
    /// Waits for the next report of the same order to overtake it.
    pub held: bool,
    /// Answers that were no thanks.
    pub tries: u32,
    /// Times nobody listened: the product restarts, which is not its answer.
    pub unheard: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Remembered {
    at: DateTime<Utc>,
    answer: serde_json::Value,
}

/// Why the vendor says no: its code and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub code: u16,
    pub message: String,
    pub validation: Vec<String>,
}

impl Refusal {
    pub(super) fn new(code: u16, message: &str) -> Self {
        Self { code, message: message.to_owned(), validation: Vec::new() }
    }

    pub(super) fn invalid(what: impl Into<String>) -> Self {
        let message = "One or more parameters in the payload is invalid.".to_owned();
        Self { code: 400, message, validation: vec![what.into()] }
    }

    pub(super) fn wrong_state() -> Self {
        Self::new(412, "Transaction status cannot be updated.")
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub server_key: String,
    pub merchant_id: String,
    sequence: u64,
    transactions: BTreeMap<String, Transaction>,
    /// Pages on which nothing is chosen yet, by order id.
    #[serde(default)]
    pages: BTreeMap<String, SnapPage>,
    /// Tokens of cards that were not charged yet, with the masked number.
    #[serde(default)]
    tokens: BTreeMap<String, String>,
    pub notifications: Vec<Notification>,
    answers: BTreeMap<String, Remembered>,
}

impl State {
    /// Gives a new account its keys; one that has them keeps them.
    pub(super) fn open_account(&mut self) {
        if self.server_key.is_empty() {
            self.server_key = format!("SB-Mid-server-{}", next_ulid());
            self.merchant_id = "G000000001".to_owned();
        }
    }

    /// The public key of the account.
    pub(super) fn client_key(&self) -> String {
        self.server_key.replace("server", "client")
    }

    pub(super) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// By order id or transaction id, as the vendor's paths allow.
    pub(super) fn find(&self, id: &str) -> Option<&Transaction> {
        self.transactions.get(id).or_else(|| self.transactions.values().find(|one| one.transaction_id == id))
    }

    /// As `find`, for a call that may come from Snap: DANA's orders answer to such calls only, and by their own id.
    pub(super) fn find_for(&self, id: &str, is_from_snap: bool) -> Option<&Transaction> {
        let hides = |one: &&Transaction| one.is_from_page && one.payment_type == "dana";
        self.find(id).filter(|one| !hides(one) || (is_from_snap && one.transaction_id == id))
    }

    /// Whether an order id is taken, by a charge or by a page.
    pub(super) fn is_taken(&self, order_id: &str) -> bool {
        self.transactions.contains_key(order_id) || self.pages.contains_key(order_id)
    }

    pub(super) fn open_page(&mut self, page: SnapPage) {
        self.pages.insert(page.draft.order_id.clone(), page);
    }

    /// The page with this token or order id, while nothing is chosen on it.
    pub(super) fn page(&self, name: &str) -> Option<&SnapPage> {
        self.pages.get(name).or_else(|| self.pages.values().find(|page| page.token == name))
    }

    /// The payer chooses the one way a page offers: an order comes to be.
    pub(super) fn choose(&mut self, order_id: &str, now: DateTime<Utc>, faults: &Faults) -> bool {
        let Some(page) = self.pages.remove(order_id) else { return false };
        self.insert(Transaction { created_at: now, ..page.draft }, now, faults);
        true
    }

    pub(super) fn keep_token(&mut self, token: String, masked: String) {
        self.tokens.insert(token, masked);
    }

    /// Uses a token up: it is good for one charge.
    pub(super) fn use_token(&mut self, token: &str) -> Option<String> {
        self.tokens.remove(token)
    }

    pub(super) fn insert(&mut self, transaction: Transaction, now: DateTime<Utc>, faults: &Faults) {
        let order_id = transaction.order_id.clone();
        self.transactions.insert(order_id.clone(), transaction);
        self.announce(&order_id, now, faults);
    }

    /// Whether `catch_up` would change anything.
    pub(super) fn is_behind(&self, now: DateTime<Utc>) -> bool {
        self.transactions
            .values()
            .any(|one| has_expired(one, now) || has_confirmation(one, now) || has_to_settle(one, now))
    }

    /// Does what time does: expires, confirms refunds, forgets idempotency keys.
    pub(super) fn catch_up(&mut self, now: DateTime<Utc>, faults: &Faults) {
        let chosen = |check: fn(&Transaction, DateTime<Utc>) -> bool| {
            let fitting = self.transactions.values().filter(|one| check(one, now));
            fitting.map(|one| one.order_id.clone()).collect::<Vec<_>>()
        };
        let (expired, confirmed) = (chosen(has_expired), chosen(has_confirmation));
        for order_id in expired {
            self.close(&order_id, Status::Expire, now, faults);
        }
        for order_id in confirmed {
            if let Some(one) = self.transactions.get_mut(&order_id) {
                for refund in one.refunds.iter_mut().filter(|refund| awaits_confirmation(refund, now)) {
                    refund.confirmed_at = Some(now);
                }
            }
            self.announce(&order_id, now, faults);
        }
        self.answers.retain(|_, remembered| now - remembered.at < IDEMPOTENCY_LIFETIME);
        // Nobody hears of a page that ends.
        self.pages.retain(|_, page| page.draft.expires_at > now);
        let captured = self.transactions.values_mut().filter(|one| has_to_settle(one, now));
        let order_ids: Vec<String> = captured
            .map(|one| {
                one.status = Status::Settlement;
                one.order_id.clone()
            })
            .collect();
        for order_id in order_ids {
            self.announce(&order_id, now, faults);
        }
    }

    /// The answer given before under this idempotency key.
    pub(super) fn remembered(&self, key: &str, now: DateTime<Utc>) -> Option<serde_json::Value> {
        let remembered = self.answers.get(key)?;
        (now - remembered.at < IDEMPOTENCY_LIFETIME).then(|| remembered.answer.clone())
    }

    pub(super) fn remember(&mut self, key: String, answer: serde_json::Value, now: DateTime<Utc>) {
        self.answers.insert(key, Remembered { at: now, answer });
    }

    /// Money arrives, whatever the state was.
    pub(super) fn settle(&mut self, order_id: &str, amount: i64, now: DateTime<Utc>, faults: &Faults) {
        if let Some(one) = self.transactions.get_mut(order_id) {
            // A card's money is captured at once and settled the day after.
            one.status = if one.payment_type == "credit_card" { Status::Capture } else { Status::Settlement };
            one.settled_at = Some(now);
            // Only BNI tells what came; of the others, an open account does.
            if amount != one.gross_amount || one.bank.as_deref() == Some("bni") {
                one.paid.push(wire::PaidAmount { paid_at: map::local_text(now), amount: map::decimal(amount) });
            }
            self.announce(order_id, now, faults);
        }
    }

    /// Ends a transaction without money, or takes the money back (`Deny` after settlement).
    pub(super) fn close(&mut self, order_id: &str, status: Status, now: DateTime<Utc>, faults: &Faults) {
        if let Some(one) = self.transactions.get_mut(order_id) {
            // What was only captured has not been settled.
            one.settled_at = one.settled_at.filter(|_| one.status != Status::Capture);
            one.status = status;
            self.announce(order_id, now, faults);
        }
    }

    /// A person at the merchant trusts a card the fraud detection doubted.
    pub(super) fn approve(&mut self, order_id: &str, now: DateTime<Utc>, faults: &Faults) {
        if let Some(one) = self.transactions.get_mut(order_id) {
            one.doubt = None;
            self.announce(order_id, now, faults);
        }
    }

    /// Gives money back. The same key with the same amount is the same refund.
    pub(super) fn refund(
        &mut self,
        order_id: &str,
        request: &wire::Refund,
        now: DateTime<Utc>,
        faults: &Faults,
    ) -> Result<(), Refusal> {
        let number = self.next();
        let one = self.transactions.get_mut(order_id).ok_or_else(Refusal::wrong_state)?;
        if let Some(known) = one.refunds.iter().find(|refund| refund.refund_key == request.refund_key) {
            let is_same = known.amount == request.amount;
            return if is_same { Ok(()) } else { Err(Refusal::new(406, "Refund key has been used before.")) };
        }
        if !REFUNDABLE.contains(&one.payment_type.as_str())
            || !matches!(one.status, Status::Settlement | Status::PartialRefund)
        {
            return Err(Refusal::wrong_state());
        }
        let refunded = one.refunded() + request.amount;
        // ShopeePay and OVO give back all or nothing.
        if WHOLE_ONLY.contains(&one.payment_type.as_str()) && request.amount != one.gross_amount {
            return Err(Refusal::new(414, "Refund request is rejected: partial refund is not supported."));
        }
        if request.amount <= 0 || refunded > one.gross_amount {
            return Err(Refusal::new(414, "Refund request is rejected due to invalid amount."));
        }
        one.status = if refunded == one.gross_amount { Status::Refund } else { Status::PartialRefund };
        one.refunds.push(Refund {
            number,
            refund_key: request.refund_key.clone(),
            amount: request.amount,
            reason: request.reason.clone(),
            created_at: now,
            confirmed_at: None,
        });
        self.announce(order_id, now, faults);
        Ok(())
    }

    /// Queues a report of where the order stands, as the faults that are on want it.
    fn announce(&mut self, order_id: &str, now: DateTime<Utc>, faults: &Faults) {
        let Some(one) = self.transactions.get(order_id) else { return };
        let (urls, body) = (one.notification_urls.clone(), render::notification(one, self));
        for url in urls {
            let path = url.splitn(4, '/').nth(3).unwrap_or_default();
            let kinds = [FaultKind::DuplicateWebhook, FaultKind::LateWebhook, FaultKind::ReorderedWebhook];
            let fault = faults.take(CODE, &format!("/{path}"), &kinds);
            let kind = fault.as_ref().map(|fault| fault.kind);
            let late = fault.and_then(|fault| fault.delay_ms).and_then(|ms| i64::try_from(ms).ok());
            let held = kind == Some(FaultKind::ReorderedWebhook);
            let is_late = held || kind == Some(FaultKind::LateWebhook);
            let due_at = if is_late { now + late.map_or(LATE, Duration::milliseconds) } else { now };
            let copies = if kind == Some(FaultKind::DuplicateWebhook) { 2 } else { 1 };
            for _ in 0..copies {
                let (number, order_id) = (self.next(), order_id.to_owned());
                let (url, body) = (url.clone(), body.clone());
                self.notifications.push(Notification {
                    number,
                    order_id,
                    url,
                    body,
                    due_at,
                    held,
                    tries: 0,
                    unheard: 0,
                });
            }
            if !held {
                self.release(order_id, &url, now);
            }
        }
    }

    /// Lets held reports follow the one that has just overtaken them.
    fn release(&mut self, order_id: &str, url: &str, now: DateTime<Utc>) {
        for index in 0..self.notifications.len() {
            let number = self.sequence + 1;
            let one = &mut self.notifications[index];
            if one.held && one.order_id == order_id && one.url == url {
                (one.held, one.due_at, one.number) = (false, now, number);
                self.sequence = number;
            }
        }
    }
}

fn has_expired(one: &Transaction, now: DateTime<Utc>) -> bool {
    one.status == Status::Pending && one.expires_at <= now
}

/// How long a captured card waits for its settlement.
const CAPTURE_LIFETIME: Duration = Duration::hours(24);

fn has_to_settle(one: &Transaction, now: DateTime<Utc>) -> bool {
    one.status == Status::Capture
        && one.doubt.is_none()
        && one.settled_at.is_some_and(|at| at + CAPTURE_LIFETIME <= now)
}

fn has_confirmation(one: &Transaction, now: DateTime<Utc>) -> bool {
    one.refunds.iter().any(|refund| awaits_confirmation(refund, now))
}

fn awaits_confirmation(refund: &Refund, now: DateTime<Utc>) -> bool {
    refund.confirmed_at.is_none() && refund.created_at + BANK_CONFIRMATION <= now
}
