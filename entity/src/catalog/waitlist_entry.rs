//! Table `waitlist_entries`.
use crate::value::{CustomerId, PlanId, WaitlistEntryId};
use sea_orm::entity::prelude::*;

/// Somebody who waits for a slot.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist_entries")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WaitlistEntryId,
    /// For which plan.
    pub plan_id: PlanId,
    /// Who.
    pub customer_id: CustomerId,
    /// The paid contract that waits, if any: goes before those who have not paid.
    #[sea_orm(unique)]
    pub subscription_id: Option<String>,
    /// From which cycle on that contract is paid and was not delivered; its first where it never ran, none where nobody
    /// has paid.
    pub cycle_number: Option<i32>,
    /// When it was paid: who paid first goes first.
    pub paid_at: Option<DateTimeUtc>,
    /// Higher goes first.
    pub priority: i32,
    /// When told that there is room.
    pub notified_at: Option<DateTimeUtc>,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// A size of a product.
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<super::plan::Entity>,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
