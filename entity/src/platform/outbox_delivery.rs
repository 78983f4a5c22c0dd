//! Table `outbox_deliveries`.
use crate::value::{JobStatus, OutboxDeliveryId, OutboxEventId};
use sea_orm::entity::prelude::*;

/// News on its way to one reaction.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_deliveries")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OutboxDeliveryId,
    /// Which news.
    pub event_id: OutboxEventId,
    /// Whose news.
    pub aggregate_id: String,
    /// To which reaction.
    pub reaction: String,
    /// Where it stands.
    pub status: JobStatus,
    /// How often tried.
    pub attempts: i32,
    /// Not before.
    pub run_at: DateTimeUtc,
    /// Who works on it holds it until then (machine time).
    pub lease_until: Option<DateTimeUtc>,
    /// Proof of holding it.
    pub lease_token: Option<String>,
    /// Why it failed last.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// When done.
    pub finished_at: Option<DateTimeUtc>,
    /// News of one context for the others, written with the change itself.
    #[sea_orm(belongs_to, from = "event_id", to = "id")]
    pub event: BelongsTo<super::outbox_event::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
