//! Table `ledger_accounts`.
use crate::value::{LedgerAccountId, LedgerAccountKind};
use sea_orm::entity::prelude::*;

/// An account of the ledger.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_accounts")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LedgerAccountId,
    /// `wallet:cus_…`, `revenue:paas_service`, `bank`, …
    #[sea_orm(unique)]
    pub code: String,
    /// What it is.
    pub kind: LedgerAccountKind,
    /// Whose, for receivables and wallets.
    pub customer_id: Option<String>,
    /// Currency.
    pub currency: String,
    /// Sum of its entries: debit positive, credit negative.
    pub balance_minor: i64,
    /// When opened.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
