//! News of changes of plan.
use crate::kernel::outbox::Event;
use entity::{
    subscriptions::plan_change,
    value::{CustomerId, PlanChangeId, SubscriptionId},
};
use serde::{Deserialize, Serialize};

/// The contract has its new plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChanged {
    /// Which change.
    pub change_id: PlanChangeId,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
}

impl PlanChanged {
    /// That this change was made.
    pub fn of(change: &plan_change::Model) -> Self {
        Self {
            change_id: change.id.clone(),
            subscription_id: change.subscription_id.clone(),
            customer_id: change.customer_id.clone(),
        }
    }
}

impl Event for PlanChanged {
    const NAME: &'static str = "plan_change.done";

    fn aggregate_id(&self) -> String {
        self.subscription_id.0.clone()
    }
}

/// An accepted change did not come about; the contract is as before and its money is the customer's again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChangeFailed {
    /// Which change.
    pub change_id: PlanChangeId,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Why, as in the change.
    pub reason: String,
}

impl Event for PlanChangeFailed {
    const NAME: &'static str = "plan_change.failed";

    fn aggregate_id(&self) -> String {
        self.subscription_id.0.clone()
    }
}

/// Another plan or cycle was agreed on, to begin with a coming period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeScheduled {
    /// Which change.
    pub change_id: PlanChangeId,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
}

impl Event for ChangeScheduled {
    const NAME: &'static str = "plan_change.scheduled";

    fn aggregate_id(&self) -> String {
        self.subscription_id.to_string()
    }
}

/// Staff agreed to a change for a customer that waits for his money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeToPay {
    /// Which change.
    pub change_id: PlanChangeId,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
}

impl ChangeToPay {
    /// Of this change.
    pub fn of(change: &plan_change::Model) -> Self {
        Self {
            change_id: change.id.clone(),
            subscription_id: change.subscription_id.clone(),
            customer_id: change.customer_id.clone(),
        }
    }
}

impl Event for ChangeToPay {
    const NAME: &'static str = "plan_change.to_pay";

    fn aggregate_id(&self) -> String {
        self.subscription_id.0.clone()
    }
}

/// Staff took a change back for a customer that waited for its money or its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeWithdrawn {
    /// Which change.
    pub change_id: PlanChangeId,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// Whose.
    pub customer_id: CustomerId,
}

impl ChangeWithdrawn {
    /// Of this change.
    pub fn of(change: &plan_change::Model) -> Self {
        Self {
            change_id: change.id.clone(),
            subscription_id: change.subscription_id.clone(),
            customer_id: change.customer_id.clone(),
        }
    }
}

impl Event for ChangeWithdrawn {
    const NAME: &'static str = "plan_change.withdrawn";

    fn aggregate_id(&self) -> String {
        self.subscription_id.0.clone()
    }
}
