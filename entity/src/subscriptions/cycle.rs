//! Table `subscription_cycles`.
use crate::value::{InvoiceId, SubscriptionCycleId, SubscriptionCycleStatus, SubscriptionId, Terms};
use sea_orm::entity::prelude::*;

/// One period of a contract; invoiced at most once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_cycles")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubscriptionCycleId,
    /// Of which contract.
    pub subscription_id: SubscriptionId,
    /// 1, 2, 3, …
    pub number: i32,
    /// First day; empty until the first payment decides it.
    pub period_start: Option<Date>,
    /// Day after the last.
    pub period_end: Option<Date>,
    /// Where it stands.
    pub status: SubscriptionCycleStatus,
    /// Its invoice.
    pub invoice_id: Option<InvoiceId>,
    /// How much less was asked for it than the contract's price, with the tax where that holds it; nothing once the plan was changed within it.
    pub discount_minor: i64,
    /// What it was asked for with, where the contract becomes something else with it.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub terms: Option<Terms>,
    /// Not suspended for it before this day begins, because people gave more time; none: as the settings say.
    pub grace_until: Option<Date>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// A contract.
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
    /// A document that asks for money; immutable once issued.
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<Option<crate::billing::invoice::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
