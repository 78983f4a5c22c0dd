//! What was credited of a line is found by the line: asked for each line that is deferred or credited again.
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
        index(manager, "credit_note_items", &["invoice_item_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name("ix_credit_note_items_invoice_item_id").table("credit_note_items").to_owned();
        manager.drop_index(index).await
    }
}
