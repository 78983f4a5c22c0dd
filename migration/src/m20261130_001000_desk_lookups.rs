//! What keeps an account from being closed or merged is found by its customer, and a change of plan by what it holds.
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
        index(manager, "refunds", &["customer_id", "status"]).await?;
        index(manager, "plan_changes", &["hold_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [("ix_plan_changes_hold_id", "plan_changes"), ("ix_refunds_customer_id_status", "refunds")]
        {
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        Ok(())
    }
}
