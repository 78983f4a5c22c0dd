//! Table `customer_merges`.
use crate::value::{CustomerId, CustomerMergeId};
use sea_orm::entity::prelude::*;

/// A customer who turned out to be another one: what was his is the other's from then on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_merges")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerMergeId,
    /// Who was merged; once.
    #[sea_orm(unique)]
    pub from_id: CustomerId,
    /// Into whom.
    pub into_id: CustomerId,
    /// Who has it today: another one, where that one was merged in turn.
    pub now_id: CustomerId,
    /// Why.
    pub reason: String,
    /// Who did it.
    pub merged_by: String,
    /// What went from wallet to wallet with it, minor units.
    pub wallet_minor: i64,
    /// What was open of invoices that went with it, minor units.
    pub open_minor: i64,
    /// Currency of both.
    pub currency: String,
    /// When.
    pub merged_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "now_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
