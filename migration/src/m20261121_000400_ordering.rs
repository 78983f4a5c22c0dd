//! Carts, orders and the slots they hold.
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
        carts(manager).await?;
        cart_items(manager).await?;
        orders(manager).await?;
        order_items(manager).await?;
        quota_reservations(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["quota_reservations", "order_items", "orders", "cart_items", "carts"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn carts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("carts")
        .col(string_len("id", 40))
        .col(string_len("owner_key", 64))
        .col(string_len_null("customer_id", 40))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("carts", "customer_id", "customers"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "carts", &["owner_key"]).await?;
    index(manager, "carts", &["customer_id"]).await?;
    index(manager, "carts", &["updated_at"]).await?;
    Ok(())
}

async fn cart_items(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("cart_items")
        .col(string_len("id", 40))
        .col(string_len("cart_id", 40))
        .col(string_len("plan_id", 40))
        .col(string_len("cycle", 32))
        .col(json_binary("config"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("cart_items", "cart_id", "carts"))
        .foreign_key(&mut foreign_key("cart_items", "plan_id", "plans"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "cart_items", &["cart_id"]).await?;
    Ok(())
}

async fn orders(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("orders")
        .col(string_len("id", 40))
        .col(string_len("number", 40))
        .col(string_len("customer_id", 40))
        .col(string_len_null("user_id", 40))
        .col(string_len("status", 32))
        .col(big_integer("subtotal_minor"))
        .col(big_integer("tax_minor"))
        .col(big_integer("total_minor"))
        .col(string_len("currency", 3))
        .col(string_len_null("invoice_id", 40))
        .col(string_len_null("cancel_reason", 160))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("orders", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("orders", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "orders", &["number"]).await?;
    index(manager, "orders", &["invoice_id"]).await?;
    index(manager, "orders", &["customer_id", "id"]).await?;
    index(manager, "orders", &["status", "created_at"]).await?;
    Ok(())
}

async fn order_items(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("order_items")
        .col(string_len("id", 40))
        .col(string_len("order_id", 40))
        .col(string_len("plan_id", 40))
        .col(string_len("cycle", 32))
        .col(json_binary("config"))
        .col(string_len("description", 255))
        .col(big_integer("amount_minor"))
        .col(big_integer("setup_fee_minor"))
        .col(string_len_null("subscription_id", 40))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("order_items", "order_id", "orders"))
        .foreign_key(&mut foreign_key("order_items", "plan_id", "plans"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "order_items", &["order_id"]).await?;
    index(manager, "order_items", &["subscription_id"]).await?;
    Ok(())
}

async fn quota_reservations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("quota_reservations")
        .col(string_len("id", 40))
        .col(string_len("plan_id", 40))
        .col(string_len("subscription_id", 40))
        .col(string_len("status", 32))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("quota_reservations", "plan_id", "plans"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "quota_reservations", &["subscription_id"]).await?;
    index(manager, "quota_reservations", &["plan_id"]).await?;
    index(manager, "quota_reservations", &["status", "expires_at"]).await?;
    Ok(())
}
