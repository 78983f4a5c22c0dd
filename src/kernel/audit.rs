//! Who did what to what, from where and why: one row per change, in the transaction of the change. A job seals the
//! rows into a hash chain in order; the unsealed tail is young, not broken.
use super::{
    actor::Actor,
    db::{WriteTx, insert_all},
};
use chrono::{DateTime, Utc};
use entity::{
    platform::audit_log,
    value::{AuditId, CustomerId},
};
use sea_orm::{ActiveValue::Set, DbErr};
use serde_json::Value;

/// A change to be recorded.
#[derive(Clone, Debug, Default)]
pub struct Change<'a> {
    /// `context.noun.verb`.
    pub action: &'a str,
    /// What kind of thing: its table's singular.
    pub target_type: &'a str,
    /// Which.
    pub target_id: &'a str,
    /// Whose account it touches.
    pub customer_id: Option<&'a CustomerId>,
    /// As it was (never secrets).
    pub before: Option<Value>,
    /// As it is (never secrets).
    pub after: Option<Value>,
    /// Why, where a person gave a reason.
    pub reason: Option<&'a str>,
}

/// Where an act comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who.
    pub actor: Actor,
    /// Network address, for people.
    pub address: Option<String>,
    /// The request or job.
    pub correlation: String,
}

/// Records `change` in `tx`.
pub async fn record(tx: &WriteTx, now: DateTime<Utc>, origin: &Origin, change: Change<'_>) -> Result<(), DbErr> {
    record_all(tx, now, origin, vec![change]).await
}

/// Records many changes in `tx`.
pub async fn record_all(
    tx: &WriteTx,
    now: DateTime<Utc>,
    origin: &Origin,
    changes: Vec<Change<'_>>,
) -> Result<(), DbErr> {
    let row = |change: Change<'_>| audit_log::ActiveModel {
        id: Set(AuditId::generate()),
        sequence: Set(None),
        actor_kind: Set(origin.actor.kind().to_owned()),
        actor_id: Set(origin.actor.id().to_owned()),
        on_behalf_of: Set(None),
        customer_id: Set(change.customer_id.map(|id| id.0.clone())),
        action: Set(change.action.to_owned()),
        target_type: Set(change.target_type.to_owned()),
        target_id: Set(change.target_id.to_owned()),
        before: Set(change.before),
        after: Set(change.after),
        reason: Set(change.reason.map(|reason| reason.chars().take(255).collect())),
        address: Set(origin.address.clone()),
        correlation_id: Set(origin.correlation.clone()),
        previous_hash: Set(None),
        hash: Set(None),
        created_at: Set(now),
    };
    insert_all(tx, changes.into_iter().map(row).collect(), None).await.map(drop)
}
