//! What reports scan: documents by tax point and payment, the ledger by account and time, wallets by time.
use crate::parts::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Scans of one period: table, columns.
const SCANS: &[(&str, &[&str])] = &[
    ("invoices", &["tax_point_at", "id"]),
    ("invoices", &["paid_at"]),
    ("credit_notes", &["issued_at", "id"]),
    ("ledger_entries", &["account_id", "created_at"]),
    ("wallet_transactions", &["created_at"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in SCANS {
            index(manager, table, columns).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in SCANS {
            let name = format!("ix_{table}_{}", columns.join("_"));
            manager.drop_index(Index::drop().name(name).table(*table).to_owned()).await?;
        }
        Ok(())
    }
}
