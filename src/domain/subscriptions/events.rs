//! News of contracts.
use crate::kernel::outbox::Event;
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::{CustomerId, HoldReason, InvoiceId, SubscriptionId};
use serde::{Deserialize, Serialize};

/// A contract was paid for the first time and has its slot: what it promises is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionActivated {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
}

impl Event for SubscriptionActivated {
    const NAME: &'static str = "subscription.activated";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}

/// A paid contract found its plan full and waits for a slot, to run for the first time or again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionWaiting {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
}

impl Event for SubscriptionWaiting {
    const NAME: &'static str = "subscription.waiting";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}

/// The first hold was placed on a contract: what runs is to be taken away, its data kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionSuspended {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Why.
    pub reason: HoldReason,
}

impl Event for SubscriptionSuspended {
    const NAME: &'static str = "subscription.suspended";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}

/// The last hold of a contract was lifted: what was taken away is to be given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionUnsuspended {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Since when it had been suspended: one way back is told once.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Which hold was the last.
    #[serde(default)]
    pub reason: Option<HoldReason>,
}

impl Event for SubscriptionUnsuspended {
    const NAME: &'static str = "subscription.unsuspended";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}

/// A contract ended for good: what runs is to be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionEnded {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Why: a word of `EndReason`.
    pub reason: String,
}

impl Event for SubscriptionEnded {
    const NAME: &'static str = "subscription.ended";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}

/// The customer is to be reminded of a renewal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalReminder {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Which invoice is open.
    pub invoice_id: InvoiceId,
    /// Days after the due date; below zero before it.
    pub days: i64,
}

impl Event for RenewalReminder {
    const NAME: &'static str = "subscription.renewal_reminder";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}

/// The customer is to be warned that what is suspended will be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalNear {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Which invoice is open.
    pub invoice_id: InvoiceId,
    /// In how many days.
    pub days: i64,
    /// When.
    pub removes_at: DateTime<Utc>,
}

impl Event for RemovalNear {
    const NAME: &'static str = "subscription.removal_near";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}

/// A cycle began that was asked for with other terms: they are the contract's now, what runs is to follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsBegun {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
}

impl Event for TermsBegun {
    const NAME: &'static str = "subscription.terms_begun";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}

/// The customer gave notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionCancelled {
    /// Which.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The day it ends, when the paid period is over; none where it ended at once.
    pub ends_on: Option<NaiveDate>,
    /// When notice was given: one that was taken back may be given again.
    pub at: DateTime<Utc>,
}

impl Event for SubscriptionCancelled {
    const NAME: &'static str = "subscription.cancelled";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}
