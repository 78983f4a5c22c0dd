//! A payout of a wallet may carry a refund to a bank account.
use crate::parts::index;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "wallet_payouts";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter().table(TABLE).add_column(string_len_null("refund_id", 40)).to_owned();
        manager.alter_table(add).await?;
        index(manager, TABLE, &["refund_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("ix_wallet_payouts_refund_id").table(TABLE).to_owned()).await?;
        manager.alter_table(Table::alter().table(TABLE).drop_column("refund_id").to_owned()).await
    }
}
