//! Table `ledger_periods`.
use sea_orm::entity::prelude::*;

/// A month of the books that was closed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_periods")]
pub struct Model {
    /// The month: `2026-11`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: String,
    /// When it was closed last.
    pub closed_at: DateTimeUtc,
    /// Who closed it.
    pub closed_by: String,
    /// When it was opened again; a closed month has none.
    pub reopened_at: Option<DateTimeUtc>,
    /// Who opened it again.
    pub reopened_by: Option<String>,
    /// Why it was opened again.
    pub reopen_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
