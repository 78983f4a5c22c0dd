//! Table `ledger_entries`.
use crate::value::{LedgerAccountId, LedgerEntryId, LedgerTransactionId};
use sea_orm::entity::prelude::*;

/// One side of a posting.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entries")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LedgerEntryId,
    /// Of which posting.
    pub transaction_id: LedgerTransactionId,
    /// On which account.
    pub account_id: LedgerAccountId,
    /// Debit positive, credit negative, minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// When.
    pub created_at: DateTimeUtc,
    /// A balanced set of entries; never changed.
    #[sea_orm(belongs_to, from = "transaction_id", to = "id")]
    pub transaction: BelongsTo<super::transaction::Entity>,
    /// An account of the ledger.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
