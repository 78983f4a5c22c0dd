//! Debts that are given up.
use crate::parts::{foreign_key, index, primary_key};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let written_off = big_integer("written_off_minor").default(0).to_owned();
        manager.alter_table(Table::alter().table("invoices").add_column(written_off).to_owned()).await?;
        write_offs(manager).await?;
        write_off_items(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["write_off_items", "write_offs"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let written_off = Table::alter().table("invoices").drop_column("written_off_minor").to_owned();
        manager.alter_table(written_off).await
    }
}

async fn write_offs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("write_offs")
        .col(string_len("id", 40))
        .col(string_len("invoice_id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("reason", 160))
        .col(big_integer("total_minor"))
        .col(big_integer("tax_minor"))
        .col(boolean("lowers_tax"))
        .col(string_len("currency", 3))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("recovered_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("write_offs", "invoice_id", "invoices"))
        .foreign_key(&mut foreign_key("write_offs", "customer_id", "customers"))
        .check(Expr::cust("total_minor > 0 AND tax_minor >= 0 AND tax_minor <= total_minor"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "write_offs", &["invoice_id"]).await?;
    index(manager, "write_offs", &["customer_id", "id"]).await
}

async fn write_off_items(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("write_off_items")
        .col(string_len("id", 40))
        .col(string_len("write_off_id", 40))
        .col(string_len("invoice_item_id", 40))
        .col(big_integer("net_minor"))
        .col(big_integer("tax_minor"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("write_off_items", "write_off_id", "write_offs"))
        .foreign_key(&mut foreign_key("write_off_items", "invoice_item_id", "invoice_items"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "write_off_items", &["write_off_id"]).await?;
    index(manager, "write_off_items", &["invoice_item_id"]).await
}
