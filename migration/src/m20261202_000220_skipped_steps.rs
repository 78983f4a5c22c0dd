//! What automation did not do with a contract, and why.
use crate::parts::{foreign_key, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "skipped_steps";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            .col(string_len("id", 40))
            .col(string_len("subscription_id", 40))
            .col(integer("cycle_number"))
            .col(string_len("step", 32))
            .col(string_len("reason", 32))
            .col(timestamp_with_time_zone("first_at"))
            .col(timestamp_with_time_zone("last_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "subscription_id", "subscriptions"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, TABLE, &["subscription_id", "cycle_number", "step", "reason"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
