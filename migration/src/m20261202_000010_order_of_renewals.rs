//! Renewals are taken in the order of their index: contracts of one day are all due at the same instant, and were sorted
//! anew for every block of a billing run.
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
        let drop = Index::drop().name("ix_subscriptions_next_invoice_at").table("subscriptions").to_owned();
        manager.drop_index(drop).await?;
        index(manager, "subscriptions", &["next_invoice_at", "customer_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let name = "ix_subscriptions_next_invoice_at_customer_id";
        manager.drop_index(Index::drop().name(name).table("subscriptions").to_owned()).await?;
        index(manager, "subscriptions", &["next_invoice_at"]).await
    }
}
