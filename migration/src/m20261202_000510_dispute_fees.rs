//! What gateways charge for disputes, and give back of it.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const DISPUTES: &str = "disputes";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["fee_minor", "fee_back_minor"] {
            let amount = big_integer(column).default(0).to_owned();
            manager.alter_table(Table::alter().table(DISPUTES).add_column(amount).to_owned()).await?;
        }
        for column in ["is_fee_told", "is_fee_back_told"] {
            let told = boolean(column).default(false).to_owned();
            manager.alter_table(Table::alter().table(DISPUTES).add_column(told).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["fee_minor", "fee_back_minor", "is_fee_told", "is_fee_back_told"] {
            manager.alter_table(Table::alter().table(DISPUTES).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
