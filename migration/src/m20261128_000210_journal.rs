//! The journal reads postings in the order of time, piece by piece.
use crate::parts::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "ledger_transactions", &["posted_at", "id"]).await?;
        // The new one serves everything that the one over the instant alone did.
        drop(manager, "ix_ledger_transactions_posted_at").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "ledger_transactions", &["posted_at"]).await?;
        drop(manager, "ix_ledger_transactions_posted_at_id").await
    }
}

async fn drop(manager: &SchemaManager<'_>, name: &'static str) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().name(name).table("ledger_transactions").to_owned()).await
}
