//! News of wallets.
use crate::kernel::outbox::Event;
use entity::value::{CustomerId, RefundId, WalletPayoutId};
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

/// The transfer of a refund to a bank account was made, came back, or will not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundTransferEnded {
    /// Which payout was the transfer.
    pub payout_id: WalletPayoutId,
    /// Of which refund.
    pub refund_id: RefundId,
}

impl Event for RefundTransferEnded {
    const NAME: &'static str = "wallet.refund_transfer_ended";

    fn aggregate_id(&self) -> String {
        self.refund_id.0.clone()
    }
}
