//! News of orders.
use crate::kernel::outbox::Event;
use entity::value::{CustomerId, InvoiceId, OrderId};
use serde::{Deserialize, Serialize};

/// An order was placed and its invoice issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// Which.
    pub order_id: OrderId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Its invoice.
    pub invoice_id: InvoiceId,
}

impl Event for OrderPlaced {
    const NAME: &'static str = "order.placed";

    fn aggregate_id(&self) -> String {
        self.order_id.to_string()
    }
}

/// An order was cancelled before it was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCancelled {
    /// Which.
    pub order_id: OrderId,
    /// Whose.
    pub customer_id: CustomerId,
    /// A word: `customer`, `staff`, `overdue` or `invoice_voided`.
    pub reason: String,
}

impl Event for OrderCancelled {
    const NAME: &'static str = "order.cancelled";

    fn aggregate_id(&self) -> String {
        self.order_id.to_string()
    }
}
