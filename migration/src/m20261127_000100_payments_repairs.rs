//! What a notification says of its charge, and how often a gateway said that it has never heard of an attempt.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let events = Table::alter().table("gateway_events").add_column(string_len_null("told", 32)).to_owned();
        manager.alter_table(events).await?;
        let payments = Table::alter().table("payments").add_column(integer("unheard").default(0)).to_owned();
        manager.alter_table(payments).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("payments").drop_column("unheard").to_owned()).await?;
        manager.alter_table(Table::alter().table("gateway_events").drop_column("told").to_owned()).await
    }
}
