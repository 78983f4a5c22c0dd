//! Contracts, their cycles and what holds them.
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
        subscriptions(manager).await?;
        subscription_cycles(manager).await?;
        subscription_holds(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["subscription_holds", "subscription_cycles", "subscriptions"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn subscriptions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("subscriptions")
        .col(string_len("id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("product_id", 40))
        .col(string_len("plan_id", 40))
        .col(string_len_null("order_id", 40))
        .col(string_len("status", 32))
        .col(string_len("cycle", 32))
        .col(big_integer("price_minor"))
        .col(string_len("currency", 3))
        .col(integer("anchor_day"))
        .col(json_binary("config"))
        .col(date_null("period_start"))
        .col(date_null("period_end"))
        .col(timestamp_with_time_zone_null("next_renewal_at"))
        .col(boolean("auto_renew"))
        .col(string_len_null("exclusive_key", 90))
        .col(string_len_null("cancel_reason", 160))
        .col(string_len_null("end_reason", 60))
        .col(timestamp_with_time_zone_null("activated_at"))
        .col(timestamp_with_time_zone_null("suspended_at"))
        .col(timestamp_with_time_zone_null("terminated_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("subscriptions", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("subscriptions", "product_id", "products"))
        .foreign_key(&mut foreign_key("subscriptions", "plan_id", "plans"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "subscriptions", &["exclusive_key"]).await?;
    index(manager, "subscriptions", &["plan_id"]).await?;
    index(manager, "subscriptions", &["order_id"]).await?;
    index(manager, "subscriptions", &["customer_id", "status", "next_renewal_at"]).await?;
    index(manager, "subscriptions", &["customer_id", "id"]).await?;
    index(manager, "subscriptions", &["status", "next_renewal_at"]).await?;
    index(manager, "subscriptions", &["status", "id"]).await?;
    Ok(())
}

async fn subscription_cycles(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("subscription_cycles")
        .col(string_len("id", 40))
        .col(string_len("subscription_id", 40))
        .col(integer("number"))
        .col(date_null("period_start"))
        .col(date_null("period_end"))
        .col(string_len("status", 32))
        .col(string_len_null("invoice_id", 40))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("subscription_cycles", "subscription_id", "subscriptions"))
        .foreign_key(&mut foreign_key("subscription_cycles", "invoice_id", "invoices"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "subscription_cycles", &["subscription_id", "number"]).await?;
    index(manager, "subscription_cycles", &["invoice_id"]).await?;
    Ok(())
}

async fn subscription_holds(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("subscription_holds")
        .col(string_len("id", 40))
        .col(string_len("subscription_id", 40))
        .col(string_len("reason", 32))
        .col(string_len_null("note", 255))
        .col(string_len_null("open_key", 90))
        .col(string_len("placed_by", 60))
        .col(timestamp_with_time_zone("placed_at"))
        .col(timestamp_with_time_zone_null("lifted_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("subscription_holds", "subscription_id", "subscriptions"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "subscription_holds", &["open_key"]).await?;
    index(manager, "subscription_holds", &["subscription_id"]).await?;
    Ok(())
}
