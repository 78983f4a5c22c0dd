//! Notices on their way to people.
use crate::parts::{index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        messages(manager).await?;
        suppressions(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["suppressions", "messages"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn messages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("messages")
        .col(string_len("id", 40))
        .col(string_len_null("customer_id", 40))
        .col(string_len_null("user_id", 40))
        .col(string_len("to_address", 254))
        .col(string_len("to_name", 120))
        .col(string_len("template", 60))
        .col(string_len("locale", 5))
        .col(string_len("subject", 255))
        .col(text("text"))
        .col(text("html"))
        .col(string_len("status", 32))
        .col(string_len_null("once_key", 160))
        .col(integer("attempts"))
        .col(text_null("error"))
        .col(timestamp_with_time_zone("queued_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "messages", &["once_key"]).await?;
    index(manager, "messages", &["to_address", "id"]).await?;
    index(manager, "messages", &["customer_id", "id"]).await?;
    index(manager, "messages", &["status", "id"]).await?;
    Ok(())
}

async fn suppressions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("suppressions")
        .col(string_len("address", 254))
        .col(string_len("reason", 160))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["address"]))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}
