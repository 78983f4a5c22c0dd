//! News of wallets.
use crate::kernel::outbox::Event;
use entity::value::{CustomerId, RefundId, WalletPayoutId, WalletTransactionId};
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

/// Staff changed a wallet by hand; where somebody else had to agree, he has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletAdjusted {
    /// Which row of the wallet's history.
    pub transaction_id: WalletTransactionId,
    /// Whose wallet.
    pub customer_id: CustomerId,
    /// How much, minor units; below zero where it was taken out.
    pub amount_minor: i64,
}

impl Event for WalletAdjusted {
    const NAME: &'static str = "wallet.adjusted";

    fn aggregate_id(&self) -> String {
        self.customer_id.0.clone()
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
