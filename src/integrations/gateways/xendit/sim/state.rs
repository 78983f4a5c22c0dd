//! What the simulated Xendit knows, and the moves the vendor allows.
use super::{
    super::{CODE, webhook},
    render,
};
use crate::integrations::sim::{
    Faults,
    desk::World,
    post::{NewLetter, Post},
};
use chrono::{DateTime, Duration, Utc};
use entity::value::next_ulid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How long a refund takes.
const REFUND_TIME: Duration = Duration::minutes(1);

/// Where a charge stands, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Open,
    Succeeded,
    Failed,
    Expired,
    Canceled,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "REQUIRES_ACTION",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
            Self::Canceled => "CANCELED",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Charge {
    /// `pr-…` of a payment request, `ps-…` of a session, bare of an invoice.
    pub id: String,
    pub reference: String,
    pub amount: i64,
    pub channel_code: String,
    /// What the payer enters, scans or opens.
    pub value: String,
    pub status: Status,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub paid: i64,
    /// The payment request and the payment behind it, once there is money.
    pub payment_request_id: Option<String>,
    pub payment_id: Option<String>,
}

impl Charge {
    pub(super) fn is_session(&self) -> bool {
        self.id.starts_with("ps-")
    }

    pub(super) fn is_request(&self) -> bool {
        self.id.starts_with("pr-")
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refund {
    pub id: String,
    pub payment_request_id: String,
    pub reference: String,
    pub amount: i64,
    pub metadata: Value,
    pub created_at: DateTime<Utc>,
    pub is_done: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub secret_key: String,
    pub callback_token: String,
    pub business_id: String,
    /// Set in the vendor's dashboard.
    #[serde(default)]
    pub notification_url: String,
    sequence: u64,
    charges: BTreeMap<String, Charge>,
    pub refunds: Vec<Refund>,
    post: Post,
}

impl World for State {
    const CODE: &'static str = CODE;
    const PAUSES: &'static [Duration] = &[
        Duration::minutes(15),
        Duration::minutes(45),
        Duration::hours(2),
        Duration::hours(3),
        Duration::hours(6),
        Duration::hours(12),
    ];

    fn learn_address(&mut self, url: String) {
        self.notification_url = url;
    }

    fn spoilt() -> Vec<(String, String)> {
        vec![(webhook::TOKEN_HEADER.to_owned(), "not-the-token".to_owned())]
    }

    fn open(&mut self) {
        if self.secret_key.is_empty() {
            self.secret_key = format!("xnd_development_{}", next_ulid());
            self.callback_token = format!("{}{}", next_ulid(), next_ulid());
            self.business_id = "5f27a14a9bf05c73dd040bc8".to_owned();
        }
    }

    fn is_behind(&self, now: DateTime<Utc>) -> bool {
        self.charges.values().any(|one| has_expired(one, now)) || self.refunds.iter().any(|one| is_due(one, now))
    }

    fn catch_up(&mut self, now: DateTime<Utc>, faults: &Faults) {
        let expired = self.charges.values().filter(|one| has_expired(one, now));
        for id in expired.map(|one| one.id.clone()).collect::<Vec<_>>() {
            self.close(&id, Status::Expired, now, faults);
        }
        let mut done = Vec::new();
        for refund in self.refunds.iter_mut().filter(|one| is_due(one, now)) {
            refund.is_done = true;
            done.push(refund.clone());
        }
        for refund in done {
            // As the vendor's own example has it: an envelope in an envelope.
            let inner = render::envelope("refund.succeeded", &self.business_id, render::refund(&refund), now);
            let about = refund.metadata["payment"].as_str().unwrap_or_default().to_owned();
            self.announce(&about, render::envelope("refund.succeeded", &self.business_id, inner, now), now, faults);
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

    /// By id, or by reference, of which the newest counts.
    pub(super) fn find(&self, name: &str) -> Option<&Charge> {
        let of_reference =
            || self.charges.values().filter(|one| one.reference == name).max_by_key(|one| one.created_at);
        self.charges.get(name).or_else(of_reference)
    }

    /// The charge with this payment or payment request behind it.
    pub(super) fn behind(&self, id: &str) -> Option<&Charge> {
        let is_it = |one: &&Charge| {
            one.payment_id.as_deref() == Some(id) || one.payment_request_id.as_deref() == Some(id) || one.id == id
        };
        self.charges.values().find(is_it)
    }

    pub(super) fn insert(&mut self, one: Charge) {
        self.charges.insert(one.id.clone(), one);
    }

    /// Money arrives. A request that is over stays over, and the payment behind it succeeds all the same.
    pub(super) fn pay(&mut self, id: &str, amount: i64, now: DateTime<Utc>, faults: &Faults) {
        let Some(one) = self.charges.get_mut(id) else { return };
        if one.status == Status::Open {
            one.status = Status::Succeeded;
        }
        (one.paid, one.paid_at) = (amount, Some(now));
        one.payment_id = Some(format!("py-{}", render::uuid(next_ulid().0)));
        if one.payment_request_id.is_none() {
            one.payment_request_id = Some(format!("pr-{}", render::uuid(next_ulid().0)));
        }
        let (one, business) = (one.clone(), self.business_id.clone());
        let body = match (one.is_session(), one.is_request()) {
            (true, _) => render::envelope("payment_session.completed", &business, render::session(&one), now),
            (_, true) => render::envelope("payment.capture", &business, render::payment(&one), now),
            _ => render::invoice(&one),
        };
        self.announce(&one.reference, body, now, faults);
    }

    /// Ends a charge without money. Of one that is cancelled nothing is told.
    pub(super) fn close(&mut self, id: &str, status: Status, now: DateTime<Utc>, faults: &Faults) {
        let Some(one) = self.charges.get_mut(id) else { return };
        one.status = status;
        let (one, business) = (one.clone(), self.business_id.clone());
        let event = match (status, one.is_session()) {
            (Status::Failed, _) => "payment.failure",
            (Status::Expired, true) => "payment_session.expired",
            (Status::Expired, false) => "payment_request.expiry",
            _ => return,
        };
        let shown = if one.is_session() { render::session(&one) } else { render::request(&one) };
        self.announce(&one.reference, render::envelope(event, &business, shown, now), now, faults);
    }

    fn announce(&mut self, about: &str, body: Value, now: DateTime<Utc>, faults: &Faults) {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let letter = NewLetter {
            about: about.to_owned(),
            url: self.notification_url.clone(),
            headers: vec![
                header("content-type", "application/json"),
                header(webhook::TOKEN_HEADER, &self.callback_token),
                header(webhook::ID_HEADER, &next_ulid().to_string()),
            ],
            body: body.to_string(),
        };
        self.post.add(CODE, &letter, now, faults);
    }
}

fn has_expired(one: &Charge, now: DateTime<Utc>) -> bool {
    one.status == Status::Open && one.expires_at <= now
}

fn is_due(one: &Refund, now: DateTime<Utc>) -> bool {
    !one.is_done && one.created_at + REFUND_TIME <= now
}
