//! More time to pay for one cycle, given by people.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const CYCLES: &str = "subscription_cycles";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let until = date_null("grace_until");
        manager.alter_table(Table::alter().table(CYCLES).add_column(until).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(CYCLES).drop_column("grace_until").to_owned()).await
    }
}
