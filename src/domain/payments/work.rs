//! Background work of payments, as stored; `jobs::payments` runs it.
use crate::kernel::job::Job;
use entity::value::{GatewayEventId, InvoiceId, PaymentId, RefundId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Deal with a stored notification.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProcessEvent {
    /// Which.
    pub event_id: GatewayEventId,
}

impl Job for ProcessEvent {
    const NAME: &'static str = "payments.process_event";
    const QUEUE: &'static str = "gateway";
    const MAX_ATTEMPTS: i32 = 12;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.event_id))
    }
}

/// Ask the gateway where a silent attempt stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inquire {
    /// Which.
    pub payment_id: PaymentId,
}

impl Job for Inquire {
    const NAME: &'static str = "payments.inquire";
    const QUEUE: &'static str = "gateway";

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.payment_id))
    }
}

/// Close an attempt whose time is over, after asking once more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Expire {
    /// Which.
    pub payment_id: PaymentId,
}

impl Job for Expire {
    const NAME: &'static str = "payments.expire";
    const QUEUE: &'static str = "gateway";
    const MAX_ATTEMPTS: i32 = 20;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.payment_id))
    }
}

/// Cancel an attempt at its gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CancelAttempt {
    /// Which.
    pub payment_id: PaymentId,
}

impl Job for CancelAttempt {
    const NAME: &'static str = "payments.cancel_attempt";
    const QUEUE: &'static str = "gateway";

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.payment_id))
    }
}

/// Cancel every open attempt of an invoice that is no longer to be paid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CloseAttempts {
    /// Which invoice.
    pub invoice_id: InvoiceId,
}

impl Job for CloseAttempts {
    const NAME: &'static str = "payments.close_attempts";
    const QUEUE: &'static str = "gateway";

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.invoice_id))
    }
}

/// Ask the gateway to give money back, or whether it has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunRefund {
    /// Which refund.
    pub refund_id: RefundId,
}

impl Job for RunRefund {
    const NAME: &'static str = "payments.run_refund";
    const QUEUE: &'static str = "gateway";
    const MAX_ATTEMPTS: i32 = 20;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.refund_id))
    }
}

/// Ask gateways once more about the payments of the last days, a few at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparePayments {
    /// The last payment that was asked about.
    pub after: Option<PaymentId>,
    /// Words of the gateways that gave no answer and are passed over.
    #[serde(default)]
    pub silent: Vec<String>,
}

impl Job for ComparePayments {
    const NAME: &'static str = "payments.compare";
    const QUEUE: &'static str = "gateway";
    const MAX_ATTEMPTS: i32 = 12;
    // A gateway has half a minute for each answer.
    const TIMEOUT: Duration = Duration::from_secs(900);

    /// One comparison at a time: where one is under way, the next night's goes on with it.
    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}
