//! Table `ledger_transactions`.
use crate::value::LedgerTransactionId;
use sea_orm::entity::prelude::*;

/// A balanced set of entries; never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_transactions")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LedgerTransactionId,
    /// The same business fact is posted once.
    #[sea_orm(unique)]
    pub idempotency_key: String,
    /// `invoice_issued`, `payment_settled`, …
    pub kind: String,
    /// Table of the fact it posts.
    pub source_type: String,
    /// Row of the fact it posts.
    pub source_id: String,
    /// Words for staff.
    pub description: String,
    /// When.
    pub posted_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
