//! A pause may hold reminders and warnings back alone.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const PAUSES: &str = "automation_pauses";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let holds = string_len("holds", 32).default("everything").to_owned();
        manager.alter_table(Table::alter().table(PAUSES).add_column(holds).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(PAUSES).drop_column("holds").to_owned()).await
    }
}
