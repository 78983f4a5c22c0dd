//! Changes of plan, and money of a wallet set aside until they are made.
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
        wallet_holds(manager).await?;
        plan_changes(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["plan_changes", "wallet_holds"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn wallet_holds(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("wallet_holds")
        .col(string_len("id", 40))
        .col(string_len("customer_id", 40))
        .col(big_integer("amount_minor"))
        .col(string_len("currency", 3))
        .col(string_len("status", 32))
        .col(string_len("source_type", 40))
        .col(string_len("source_id", 40))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("closed_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("wallet_holds", "customer_id", "customers"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "wallet_holds", &["customer_id", "status"]).await
}

async fn plan_changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("plan_changes")
        .col(string_len("id", 40))
        .col(string_len("subscription_id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("status", 32))
        .col(string_len_null("open_key", 40))
        .col(string_len("from_plan_id", 40))
        .col(string_len("to_plan_id", 40))
        .col(big_integer("from_price_minor"))
        .col(big_integer("to_price_minor"))
        .col(date("period_end"))
        .col(json_binary("lines"))
        .col(big_integer("tax_minor"))
        .col(big_integer("total_minor"))
        .col(string_len("currency", 3))
        .col(timestamp_with_time_zone("valid_until"))
        .col(string_len_null("payment_id", 40))
        .col(string_len_null("hold_id", 40))
        .col(string_len_null("task_id", 40))
        .col(string_len_null("invoice_id", 40))
        .col(string_len_null("end_reason", 40))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("plan_changes", "subscription_id", "subscriptions"))
        .foreign_key(&mut foreign_key("plan_changes", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("plan_changes", "from_plan_id", "plans"))
        .foreign_key(&mut foreign_key("plan_changes", "to_plan_id", "plans"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "plan_changes", &["subscription_id", "id"]).await?;
    unique(manager, "plan_changes", &["open_key"]).await?;
    // News of money and of work find the change they belong to.
    index(manager, "plan_changes", &["payment_id"]).await?;
    index(manager, "plan_changes", &["task_id"]).await
}
