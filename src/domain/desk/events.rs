//! News of whole accounts.
use crate::kernel::outbox::Event;
use entity::value::{CustomerId, WalletPayoutId};
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
