//! Reports of payouts: what gateways paid out, line by line, and which payments that settles.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Money that came and has not been paid out: few rows however many payments there are.
const NOT_PAID_OUT: &str = "CREATE INDEX ix_payments_not_paid_out ON payments (account_id, id)
    WHERE paid_out_at IS NULL AND received_minor > 0";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["payments", "unallocated_money"] {
            let column = timestamp_with_time_zone_null("paid_out_at");
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        manager.get_connection().execute_unprepared(NOT_PAID_OUT).await?;
        let table = Table::create()
            .table("settlements")
            .col(string_len("id", 40))
            .col(string_len("account_id", 40))
            .col(string_len("file_id", 40))
            .col(string_len_null("file_key", 64))
            .col(json_binary("columns"))
            .col(string_len("status", 32))
            .col(integer("lines"))
            .col(big_integer("gross_minor"))
            .col(big_integer("fee_minor"))
            .col(big_integer("net_minor"))
            .col(string_len_null("created_by", 40))
            .col(timestamp_with_time_zone("created_at"))
            .col(string_len_null("booked_by", 40))
            .col(timestamp_with_time_zone_null("booked_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key("settlements", "account_id", "payment_accounts"))
            .foreign_key(&mut foreign_key("settlements", "file_id", "files"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "settlements", &["account_id", "file_key"]).await?;
        index(manager, "settlements", &["status", "account_id", "id"]).await?;
        index(manager, "settlements", &["file_id"]).await?;
        lines(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["settlement_lines", "settlements"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        manager.drop_index(Index::drop().name("ix_payments_not_paid_out").table("payments").to_owned()).await?;
        for table in ["unallocated_money", "payments"] {
            manager.alter_table(Table::alter().table(table).drop_column("paid_out_at").to_owned()).await?;
        }
        Ok(())
    }
}

async fn lines(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const TABLE: &str = "settlement_lines";
    let table = Table::create()
        .table(TABLE)
        .col(string_len("id", 40))
        .col(string_len("settlement_id", 40))
        .col(string_len("account_id", 40))
        .col(string_len("line_key", 280))
        .col(integer("number"))
        .col(string_len("kind", 32))
        .col(string_len("reference", 200))
        .col(string_len("external_id", 200))
        .col(date_null("day"))
        .col(big_integer("gross_minor"))
        .col(big_integer("net_minor"))
        .col(string_len("verdict", 32))
        .col(string_len("status", 32))
        .col(big_integer("clearing_minor"))
        .col(string_len_null("payment_id", 40))
        .col(string_len_null("refund_id", 40))
        .col(string_len_null("unallocated_id", 40))
        .col(string_len_null("reason", 255))
        .col(string_len_null("decided_by", 40))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key(TABLE, "settlement_id", "settlements"))
        .foreign_key(&mut foreign_key(TABLE, "account_id", "payment_accounts"))
        .foreign_key(&mut foreign_key(TABLE, "payment_id", "payments"))
        .foreign_key(&mut foreign_key(TABLE, "refund_id", "refunds"))
        .foreign_key(&mut foreign_key(TABLE, "unallocated_id", "unallocated_money"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, TABLE, &["account_id", "line_key"]).await?;
    // Paid out once, taken back once: whatever a file calls it. Both databases tell NULLs apart.
    unique(manager, TABLE, &["payment_id", "kind"]).await?;
    unique(manager, TABLE, &["refund_id"]).await?;
    unique(manager, TABLE, &["unallocated_id"]).await?;
    index(manager, TABLE, &["status", "id"]).await?;
    index(manager, TABLE, &["settlement_id", "status", "id"]).await
}
