//! Which member of staff agreed to a change of plan for a customer.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const CHANGES: &str = "plan_changes";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let who = string_len_null("agreed_by", 40);
        manager.alter_table(Table::alter().table(CHANGES).add_column(who).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(CHANGES).drop_column("agreed_by").to_owned()).await
    }
}
