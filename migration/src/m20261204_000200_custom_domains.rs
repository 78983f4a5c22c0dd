//! Domains of customers before their services.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "custom_domains";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            .col(string_len("id", 40))
            .col(string_len("instance_id", 40))
            .col(string_len("customer_id", 40))
            .col(string_len("host", 253))
            .col(string_len("status", 32))
            .col(string_len("token", 64))
            .col(string_len_null("failure", 32))
            .col(integer("checks"))
            .col(string_len_null("proven_host", 253))
            .col(string_len_null("open_key", 300))
            .col(timestamp_with_time_zone_null("proven_at"))
            .col(timestamp_with_time_zone_null("routed_at"))
            .col(timestamp_with_time_zone_null("failing_since"))
            .col(timestamp_with_time_zone_null("checked_at"))
            .col(timestamp_with_time_zone_null("next_check_at"))
            .col(timestamp_with_time_zone_null("asked_at"))
            .col(boolean("is_published"))
            .col(timestamp_with_time_zone_null("publish_after"))
            .col(timestamp_with_time_zone_null("removed_at"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "instance_id", "instances"))
            .foreign_key(&mut foreign_key(TABLE, "customer_id", "customers"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, TABLE, &["proven_host"]).await?;
        unique(manager, TABLE, &["open_key"]).await?;
        index(manager, TABLE, &["instance_id", "id"]).await?;
        index(manager, TABLE, &["customer_id"]).await?;
        index(manager, TABLE, &["host"]).await?;
        index(manager, TABLE, &["next_check_at"]).await?;
        index(manager, TABLE, &["publish_after"]).await?;
        index(manager, TABLE, &["removed_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
