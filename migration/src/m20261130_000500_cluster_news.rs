//! What clusters tell: what went wrong with instances, and what is there that belongs to nobody.
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
        let table = Table::create()
            .table("instance_troubles")
            .col(string_len("id", 40))
            .col(string_len("instance_id", 40))
            .col(string_len("code", 40))
            .col(string_len("word", 80))
            .col(text("detail"))
            .col(string_len("about", 160))
            .col(big_integer("times"))
            .col(timestamp_with_time_zone("first_at"))
            .col(timestamp_with_time_zone("last_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key("instance_troubles", "instance_id", "instances"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "instance_troubles", &["instance_id", "code", "word"]).await?;
        index(manager, "instance_troubles", &["last_at"]).await?;
        let table = Table::create()
            .table("orphans")
            .col(string_len("id", 40))
            .col(string_len("cluster_id", 40))
            .col(string_len("kind", 16))
            .col(string_len("mark", 80))
            .col(string_len("place", 160))
            .col(string_len("what", 255))
            .col(big_integer("objects"))
            .col(string_len("why", 16))
            .col(timestamp_with_time_zone_null("since"))
            .col(timestamp_with_time_zone("found_at"))
            .col(timestamp_with_time_zone("seen_at"))
            .col(timestamp_with_time_zone_null("removal_asked_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key("orphans", "cluster_id", "clusters"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "orphans", &["cluster_id", "mark"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["orphans", "instance_troubles"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
