//! Numbers for `/metrics`: business counters, counted once per piece of news and node, and how background work stands,
//! the same on every node.
use super::{queue, registry::QUEUES};
use crate::{
    domain::{Ctx, Services, ordering::events::OrderPlaced, payments::PaymentClosed},
    kernel::job::JobError,
};
use entity::platform::alert;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use std::{collections::BTreeMap, time::Duration};

/// How background work stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Jobs that are due and wait, by queue; each queue is named.
    pub waiting: BTreeMap<String, u64>,
    /// How long the oldest of them has been due.
    pub oldest: Duration,
    /// Open staff alerts.
    pub alerts: u64,
}

/// Looks at it.
///
/// # Errors
/// The database.
pub async fn stand(services: &Services) -> Result<Standing, DbErr> {
    let due = queue::due(services).await?;
    let mut waiting: BTreeMap<String, u64> = QUEUES.iter().map(|queue| ((*queue).to_owned(), 0)).collect();
    waiting.extend(due.waiting);
    let open = alert::Entity::find().filter(alert::Column::ResolvedAt.is_null());
    let oldest = due.oldest.and_then(|at| (services.clock.now() - at).to_std().ok()).unwrap_or_default();
    Ok(Standing { waiting, oldest, alerts: open.count(&services.db).await? })
}

/// Puts what [`stand`] says where `/metrics` reads it.
///
/// # Errors
/// As there.
pub async fn gauge(services: &Services) -> Result<(), DbErr> {
    let standing = stand(services).await?;
    // A gauge takes no number so large that it could not hold it exactly.
    let shown = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    for (queue, count) in standing.waiting {
        metrics::gauge!("yumna_jobs_waiting", "queue" => queue).set(shown(count));
    }
    metrics::gauge!("yumna_oldest_due_job_seconds").set(standing.oldest);
    metrics::gauge!("yumna_alerts_open").set(shown(standing.alerts));
    metrics::gauge!("yumna_jobs_known").set(1);
    Ok(())
}

/// How it stands is not known: the other gauges tell of a look before.
pub fn unknown() {
    metrics::gauge!("yumna_jobs_known").set(0);
}

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
