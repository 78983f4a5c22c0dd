//! Money in and back: accounts at gateways, attempts, notifications, refunds.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        payment_accounts(manager).await?;
        payments(manager).await?;
        gateway_events(manager).await?;
        refunds(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["refunds", "gateway_events", "payments", "payment_accounts"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn payment_accounts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("payment_accounts")
        .col(string_len("id", 40))
        .col(string_len("gateway", 32))
        .col(string_len("name", 80))
        .col(string_len("token", 40))
        .col(boolean("is_default"))
        .col(boolean("is_enabled"))
        .col(boolean("is_from_environment"))
        .col(text("settings_sealed"))
        .col(string_len_null("base_url", 255))
        .col(timestamp_with_time_zone_null("tested_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "payment_accounts", &["token"]).await?;
    index(manager, "payment_accounts", &["gateway", "is_default"]).await?;
    Ok(())
}

async fn payments(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("payments")
        .col(string_len("id", 40))
        .col(string_len("reference", 50))
        .col(string_len("customer_id", 40))
        .col(string_len_null("invoice_id", 40))
        .col(string_len("purpose", 32))
        .col(string_len_null("account_id", 40))
        .col(string_len("gateway", 32))
        .col(string_len("method", 32))
        .col(string_len_null("option", 32))
        .col(string_len("status", 32))
        .col(big_integer("amount_minor"))
        .col(big_integer("received_minor"))
        .col(big_integer("applied_minor"))
        .col(big_integer("refunded_minor"))
        .col(big_integer("fee_minor"))
        .col(string_len("currency", 3))
        .col(string_len_null("external_id", 80))
        .col(json_binary("instructions"))
        .col(boolean("is_late"))
        .col(string_len_null("failure_code", 60))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("settled_at"))
        .col(timestamp_with_time_zone_null("inquire_at"))
        .col(integer("inquiries"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("payments", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("payments", "invoice_id", "invoices"))
        .foreign_key(&mut foreign_key("payments", "account_id", "payment_accounts"))
        .check(Expr::cust("applied_minor >= 0 AND applied_minor <= received_minor AND refunded_minor >= 0 AND refunded_minor <= received_minor"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "payments", &["reference"]).await?;
    unique(manager, "payments", &["account_id", "external_id"]).await?;
    index(manager, "payments", &["invoice_id"]).await?;
    index(manager, "payments", &["customer_id", "id"]).await?;
    index(manager, "payments", &["status", "id"]).await?;
    index(manager, "payments", &["inquire_at"]).await?;
    index(manager, "payments", &["settled_at"]).await?;
    Ok(())
}

async fn gateway_events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("gateway_events")
        .col(string_len("id", 40))
        .col(string_len("account_id", 40))
        .col(string_len("gateway", 32))
        .col(string_len("deduplication_key", 80))
        .col(string_len_null("reference", 80))
        .col(string_len_null("payment_id", 40))
        .col(json_binary("headers"))
        .col(text("body"))
        .col(string_len("status", 32))
        .col(text_null("note"))
        .col(integer("received_count"))
        .col(timestamp_with_time_zone("received_at"))
        .col(timestamp_with_time_zone_null("processed_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("gateway_events", "account_id", "payment_accounts"))
        .foreign_key(&mut foreign_key("gateway_events", "payment_id", "payments"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "gateway_events", &["account_id", "deduplication_key"]).await?;
    index(manager, "gateway_events", &["reference"]).await?;
    index(manager, "gateway_events", &["payment_id"]).await?;
    index(manager, "gateway_events", &["status", "id"]).await?;
    Ok(())
}

async fn refunds(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("refunds")
        .col(string_len("id", 40))
        .col(string_len("payment_id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len_null("credit_note_id", 40))
        .col(big_integer("amount_minor"))
        .col(string_len("currency", 3))
        .col(string_len("destination", 16))
        .col(string_len("refund_key", 60))
        .col(string_len("status", 32))
        .col(string_len("reason", 160))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("refunds", "payment_id", "payments"))
        .foreign_key(&mut foreign_key("refunds", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("refunds", "credit_note_id", "credit_notes"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "refunds", &["refund_key"]).await?;
    index(manager, "refunds", &["payment_id"]).await?;
    Ok(())
}
