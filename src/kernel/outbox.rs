//! News of one context for the others, written in the transaction that makes it true. `jobs::reactions` says who
//! reacts; order is kept per aggregate, and a failing reaction delays neither the others nor the publisher.
use super::db::{WriteTx, insert_all};
use chrono::{DateTime, Utc};
use entity::{platform::outbox_event, value::OutboxEventId};
use sea_orm::{ActiveValue::Set, DbErr};

/// Topic that wakes the dispatcher.
pub const TOPIC: &str = "outbox";

/// News that a context publishes: a plain struct of ids and facts.
pub trait Event: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static {
    /// `context.fact` in the past tense: `invoice.paid`.
    const NAME: &'static str;

    /// Whose news it is; order is kept per aggregate.
    fn aggregate_id(&self) -> String;
}

/// Writes the event in `tx`; its reactions run after the commit.
pub async fn publish<E: Event>(tx: &WriteTx, now: DateTime<Utc>, correlation: &str, event: &E) -> Result<(), DbErr> {
    publish_all(tx, now, correlation, std::slice::from_ref(event)).await
}

/// Writes many events in `tx`, in this order.
pub async fn publish_all<E: Event>(
    tx: &WriteTx,
    now: DateTime<Utc>,
    correlation: &str,
    events: &[E],
) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        rows.push(outbox_event::ActiveModel {
            id: Set(OutboxEventId::generate()),
            aggregate_id: Set(event.aggregate_id()),
            name: Set(E::NAME.to_owned()),
            payload: Set(serde_json::to_value(event).map_err(|error| DbErr::Custom(error.to_string()))?),
            correlation_id: Set(correlation.to_owned()),
            created_at: Set(now),
            dispatched_at: Set(None),
        });
    }
    insert_all(tx, rows, None).await?;
    tx.wake_after_commit(TOPIC);
    Ok(())
}
