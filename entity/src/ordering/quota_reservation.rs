//! Table `quota_reservations`.
use crate::value::{PlanId, QuotaReservationId, ReservationStatus};
use sea_orm::entity::prelude::*;

/// A slot of a plan held for or given to a contract.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quota_reservations")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuotaReservationId,
    /// Of which plan.
    pub plan_id: PlanId,
    /// For which contract.
    #[sea_orm(unique)]
    pub subscription_id: String,
    /// Whether held, allocated or given back.
    pub status: ReservationStatus,
    /// When a held slot falls back.
    pub expires_at: Option<DateTimeUtc>,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// A size of a product.
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<crate::catalog::plan::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
