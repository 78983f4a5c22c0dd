//! Table `outbox_events`.
use crate::value::OutboxEventId;
use sea_orm::entity::prelude::*;

/// News of one context for the others, written with the change itself.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_events")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OutboxEventId,
    /// Whose news; order is kept per aggregate.
    pub aggregate_id: String,
    /// `invoice.paid`, …
    pub name: String,
    /// The facts.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// The request or job it came from.
    pub correlation_id: String,
    /// When.
    pub created_at: DateTimeUtc,
    /// When handed to its reactions.
    pub dispatched_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
