//! Price quotes and their lines.
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
        quotes(manager).await?;
        quote_items(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("quote_items").to_owned()).await?;
        manager.drop_table(Table::drop().table("quotes").to_owned()).await
    }
}

async fn quotes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("quotes")
        .col(string_len("id", 40))
        .col(string_len_null("number", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("status", 32))
        .col(string_len("locale", 8))
        .col(string_len("currency", 3))
        .col(big_integer("subtotal_minor"))
        .col(big_integer("tax_minor"))
        .col(big_integer("total_minor"))
        .col(string_len_null("tax_label", 80))
        .col(json_binary_null("buyer"))
        .col(json_binary_null("seller"))
        .col(text("intro"))
        .col(text("terms"))
        .col(date("valid_until"))
        .col(string_len("public_token", 64))
        .col(string_len_null("copied_from", 40))
        .col(string_len("made_by", 40))
        .col(string_len_null("reason", 255))
        .col(string_len_null("order_id", 40))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(timestamp_with_time_zone_null("reminded_at"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("quotes", "customer_id", "customers"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "quotes", &["number"]).await?;
    unique(manager, "quotes", &["public_token"]).await?;
    // A quote becomes one order.
    unique(manager, "quotes", &["order_id"]).await?;
    index(manager, "quotes", &["customer_id", "id"]).await?;
    index(manager, "quotes", &["status", "id"]).await?;
    index(manager, "quotes", &["status", "valid_until"]).await
}

async fn quote_items(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("quote_items")
        .col(string_len("id", 40))
        .col(string_len("quote_id", 40))
        .col(integer("position"))
        .col(string_len_null("plan_id", 40))
        .col(string_len_null("cycle", 32))
        .col(string_len("description", 255))
        .col(big_integer("quantity"))
        .col(big_integer("unit_minor"))
        .col(big_integer("setup_minor"))
        .col(big_integer_null("list_minor"))
        .col(big_integer_null("list_setup_minor"))
        .col(string_len_null("price_reason", 160))
        .col(string_len("product_kind", 32))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("quote_items", "quote_id", "quotes"))
        .foreign_key(&mut foreign_key("quote_items", "plan_id", "plans"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "quote_items", &["quote_id", "position"]).await
}
