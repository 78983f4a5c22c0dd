//! News of wallets.
use crate::kernel::outbox::Event;
use entity::value::{CustomerId, WalletPayoutId};
use serde::{Deserialize, Serialize};

/// Money of a wallet was transferred to its owner's bank account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletPaidOut {
    /// Which payout.
    pub payout_id: WalletPayoutId,
    /// Whose wallet.
    pub customer_id: CustomerId,
    /// How much, minor units.
    pub amount_minor: i64,
}

impl Event for WalletPaidOut {
    const NAME: &'static str = "wallet.paid_out";

    fn aggregate_id(&self) -> String {
        self.payout_id.0.clone()
    }
}
