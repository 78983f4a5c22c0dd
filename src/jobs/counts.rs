//! Business counters for `/metrics`: what monitoring wants to see move, counted once per piece of news and node.
use crate::{
    domain::{Ctx, ordering::events::OrderPlaced, payments::PaymentClosed},
    kernel::job::JobError,
};

/// An order was placed.
pub async fn order_placed(_: Ctx, _: OrderPlaced) -> Result<(), JobError> {
    metrics::counter!("yumna_orders_placed_total").increment(1);
    Ok(())
}

/// An attempt to pay ended without money.
pub async fn payment_closed(_: Ctx, news: PaymentClosed) -> Result<(), JobError> {
    metrics::counter!("yumna_payments_closed_total", "status" => news.status.as_str()).increment(1);
    Ok(())
}
