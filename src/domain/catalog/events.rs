//! News of the catalog.
use crate::kernel::outbox::Event;
use entity::value::PlanId;
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
