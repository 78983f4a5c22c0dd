//! News of payments.
use crate::kernel::outbox::Event;
use chrono::{DateTime, Utc};
use entity::value::{
    CustomerId, DisputeId, InvoiceId, PaymentBundleId, PaymentId, PaymentPurpose, PaymentStatus, RefundId,
};
use serde::{Deserialize, Serialize};

/// Somebody began to pay an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentStarted {
    /// Which attempt.
    pub payment_id: PaymentId,
    /// For which invoice.
    pub invoice_id: InvoiceId,
    /// Until when it can be paid.
    pub expires_at: DateTime<Utc>,
}

impl Event for PaymentStarted {
    const NAME: &'static str = "payment.started";

    fn aggregate_id(&self) -> String {
        self.payment_id.0.clone()
    }
}

/// Money came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentSettled {
    /// Through which attempt.
    pub payment_id: PaymentId,
    /// From whom.
    pub customer_id: CustomerId,
    /// For which invoice, if any.
    pub invoice_id: Option<InvoiceId>,
    /// What for.
    pub purpose: PaymentPurpose,
    /// How much, minor units.
    pub received_minor: i64,
    /// How much of it the invoice took, minor units; the rest is in the wallet.
    pub applied_minor: i64,
}

impl Event for PaymentSettled {
    const NAME: &'static str = "payment.settled";

    fn aggregate_id(&self) -> String {
        self.payment_id.0.clone()
    }
}

/// Several invoices were paid in one go, as far as they were still open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoicesPaidTogether {
    /// Which bundle.
    pub bundle_id: PaymentBundleId,
    /// By whom.
    pub customer_id: CustomerId,
}

impl Event for InvoicesPaidTogether {
    const NAME: &'static str = "invoices.paid_together";

    fn aggregate_id(&self) -> String {
        self.bundle_id.0.clone()
    }
}

/// An attempt ended without money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentClosed {
    /// Which.
    pub payment_id: PaymentId,
    /// Whose.
    pub customer_id: CustomerId,
    /// For which invoice, if any.
    pub invoice_id: Option<InvoiceId>,
    /// How: failed, cancelled or expired.
    pub status: PaymentStatus,
}

impl Event for PaymentClosed {
    const NAME: &'static str = "payment.closed";

    fn aggregate_id(&self) -> String {
        self.payment_id.0.clone()
    }
}

/// Money that came was taken back by the gateway: a reversal, a chargeback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReversed {
    /// Which payment.
    pub payment_id: PaymentId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Of which invoice, if any.
    pub invoice_id: Option<InvoiceId>,
    /// How: reversed or chargeback.
    pub status: PaymentStatus,
    /// How much the gateway took, minor units.
    pub taken_minor: i64,
    /// How much of the invoice is open again, minor units.
    pub reopened_minor: i64,
}

impl Event for PaymentReversed {
    const NAME: &'static str = "payment.reversed";

    fn aggregate_id(&self) -> String {
        self.payment_id.0.clone()
    }
}

/// Money went back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundSucceeded {
    /// Which refund.
    pub refund_id: RefundId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// To whom.
    pub customer_id: CustomerId,
    /// Of which invoice, if any.
    pub invoice_id: Option<InvoiceId>,
    /// How much, minor units.
    pub amount_minor: i64,
}

impl Event for RefundSucceeded {
    const NAME: &'static str = "refund.succeeded";

    fn aggregate_id(&self) -> String {
        self.payment_id.0.clone()
    }
}

/// Staff found no money for the proofs of a bank transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferRefused {
    /// Which attempt.
    pub payment_id: PaymentId,
    /// Whose.
    pub customer_id: CustomerId,
    /// For which invoice, if any.
    pub invoice_id: Option<InvoiceId>,
    /// Whether the attempt waits again for money and another proof.
    pub can_try_again: bool,
    /// Why, as the payer reads it.
    pub reason: String,
    /// When: an attempt may be refused more than once.
    pub refused_at: DateTime<Utc>,
}

impl Event for TransferRefused {
    const NAME: &'static str = "transfer.refused";

    fn aggregate_id(&self) -> String {
        self.payment_id.0.clone()
    }
}

/// It was decided who keeps the money that a payer's bank took back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeDecided {
    /// Which dispute; how it ended stands there.
    pub dispute_id: DisputeId,
    /// Whose.
    pub customer_id: CustomerId,
    /// How much left the wallet by the decision, minor units.
    pub taken_minor: i64,
}

impl Event for DisputeDecided {
    const NAME: &'static str = "dispute.decided";

    fn aggregate_id(&self) -> String {
        self.dispute_id.0.clone()
    }
}
