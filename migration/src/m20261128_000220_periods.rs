//! Months of the books that are closed.
use crate::parts::primary_key;
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("ledger_periods")
            .col(string_len("month", 7))
            .col(timestamp_with_time_zone("closed_at"))
            .col(string_len("closed_by", 40))
            .col(timestamp_with_time_zone_null("reopened_at"))
            .col(string_len_null("reopened_by", 40))
            .col(string_len_null("reopen_reason", 160))
            .primary_key(&mut primary_key(&["month"]))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("ledger_periods").to_owned()).await
    }
}
