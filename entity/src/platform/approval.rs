//! Table `approvals`.
use crate::value::{ApprovalId, ApprovalStatus};
use sea_orm::entity::prelude::*;

/// A decision that waits for a second pair of eyes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approvals")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApprovalId,
    /// What: `wallet_adjustment` or `wallet_payout`.
    pub kind: String,
    /// Whose account.
    pub customer_id: Option<String>,
    /// What will be done.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// How much money it moves.
    pub amount_minor: i64,
    /// Who asks.
    pub requested_by: String,
    /// Who decided.
    pub decided_by: Option<String>,
    /// Where it stands.
    pub status: ApprovalStatus,
    /// When asked.
    pub created_at: DateTimeUtc,
    /// When decided.
    pub decided_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
