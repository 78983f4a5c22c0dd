//! News of the catalog.
use crate::kernel::outbox::Event;
use entity::value::{CustomerId, PlanId, WaitlistEntryId};
use serde::{Deserialize, Serialize};

/// A slot of a plan became free while somebody waits for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSlotFreed {
    /// Of which plan.
    pub plan_id: PlanId,
}

impl Event for PlanSlotFreed {
    const NAME: &'static str = "plan.slot_freed";

    fn aggregate_id(&self) -> String {
        self.plan_id.to_string()
    }
}

/// Somebody who waits for a plan can have a slot now, first come first: they are to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitlistOffered {
    /// Their place in the queue.
    pub entry_id: WaitlistEntryId,
    /// Who.
    pub customer_id: CustomerId,
    /// Of which plan.
    pub plan_id: PlanId,
}

impl Event for WaitlistOffered {
    const NAME: &'static str = "waitlist.offered";

    fn aggregate_id(&self) -> String {
        self.entry_id.to_string()
    }
}
