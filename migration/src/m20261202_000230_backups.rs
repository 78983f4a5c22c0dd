//! Last backups of what is removed.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "backups";

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
            .col(string_len("task_id", 40))
            .col(string_len("status", 32))
            .col(integer("tries"))
            .col(text_null("place"))
            .col(big_integer_null("size_bytes"))
            .col(text_null("checksum"))
            .col(timestamp_with_time_zone_null("made_at"))
            .col(timestamp_with_time_zone_null("verified_at"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "instance_id", "instances"))
            .foreign_key(&mut foreign_key(TABLE, "task_id", "provision_tasks"))
            .to_owned();
        manager.create_table(table).await?;
        index(manager, TABLE, &["instance_id"]).await?;
        unique(manager, TABLE, &["task_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
