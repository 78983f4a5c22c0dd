//! News of whole accounts.
use crate::kernel::outbox::Event;
use entity::value::{CustomerId, CustomerMergeId, WalletPayoutId};
use serde::{Deserialize, Serialize};

/// An account was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerClosed {
    /// Whose.
    pub customer_id: CustomerId,
    /// What pays its wallet out, where there was money in it.
    pub payout_id: Option<WalletPayoutId>,
    /// The act: an account may be closed, opened and closed again.
    pub occasion: String,
}

impl Event for CustomerClosed {
    const NAME: &'static str = "customer.closed";

    fn aggregate_id(&self) -> String {
        self.customer_id.0.clone()
    }
}

/// Two customers turned out to be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerMerged {
    /// The row that says so.
    pub merge_id: CustomerMergeId,
    /// Who was merged.
    pub from_id: CustomerId,
    /// Whose everything is now.
    pub into_id: CustomerId,
}

impl Event for CustomerMerged {
    const NAME: &'static str = "customer.merged";

    fn aggregate_id(&self) -> String {
        self.from_id.0.clone()
    }
}
