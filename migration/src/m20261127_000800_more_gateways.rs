//! Several gateways side by side: the charge a notification names, and the order in which accounts are offered.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let events = Table::alter().table("gateway_events").add_column(string_len_null("external_id", 80)).to_owned();
        manager.alter_table(events).await?;
        let accounts = Table::alter().table("payment_accounts").add_column(integer("position").default(100)).to_owned();
        manager.alter_table(accounts).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("payment_accounts").drop_column("position").to_owned()).await?;
        manager.alter_table(Table::alter().table("gateway_events").drop_column("external_id").to_owned()).await
    }
}
