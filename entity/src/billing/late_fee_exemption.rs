//! Table `late_fee_exemptions`.
use crate::value::CustomerId;
use sea_orm::entity::prelude::*;

/// A customer who is charged no late fees.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "late_fee_exemptions")]
pub struct Model {
    /// Who; key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub placed_by: String,
    /// When.
    pub placed_at: DateTimeUtc,
    /// Who.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
