//! What accounts held when the business came here.
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
            .table("opening_balances")
            .col(string_len("id", 40))
            .col(string_len("account", 80))
            .col(date("day"))
            .col(big_integer("amount_minor"))
            .col(string_len("currency", 3))
            .col(string_len("entered_by", 40))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("reversed_at"))
            .col(string_len_null("reversed_by", 40))
            .primary_key(&mut primary_key(&["id"]))
            .check(Expr::cust("amount_minor <> 0"))
            .to_owned();
        manager.create_table(table).await?;
        // One that was taken back makes room for another.
        let sql = "CREATE UNIQUE INDEX uq_opening_balances_account_day ON opening_balances (account, day)
                   WHERE reversed_at IS NULL";
        manager.get_connection().execute_unprepared(sql).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("opening_balances").to_owned()).await
    }
}
