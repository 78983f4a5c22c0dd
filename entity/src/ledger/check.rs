//! Table `ledger_checks`.
use sea_orm::entity::prelude::*;

/// A proof of the books: what was looked at and what was found.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_checks")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// When it began.
    pub began_at: DateTimeUtc,
    /// When it was over.
    pub finished_at: DateTimeUtc,
    /// Broken invariants: `[{invariant, row, detail}]`, the first of them.
    pub findings: Json,
    /// How many were found.
    pub found: i64,
    /// Postings, invoices and payments that were looked at, and balances by kind and currency.
    pub totals: Json,
}

impl ActiveModelBehavior for ActiveModel {}
