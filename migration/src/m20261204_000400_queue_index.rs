//! The queues for full plans are read in the order of an index: by rank, then by since when somebody waits, and who has
//! paid waits since then. Programs and databases say that in the same words: SQLite takes an index over an expression for
//! nothing but that expression.
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const NAME: &str = "ix_waitlist_entries_order";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let either = if manager.get_database_backend() == DbBackend::Postgres { "COALESCE" } else { "IFNULL" };
        let order = format!("priority DESC, ({either}(paid_at, created_at)), id");
        let sql = format!("CREATE INDEX {NAME} ON waitlist_entries ({order})");
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(NAME).table("waitlist_entries").to_owned()).await
    }
}
