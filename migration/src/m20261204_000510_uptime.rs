//! How long instances answer: what is counted at present, sums by day, and outages.
use crate::parts::{foreign_key, index, primary_key};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const WATCHES: &str = "uptime_watches";
const DAYS: &str = "uptime_days";
const OUTAGES: &str = "uptime_outages";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let watches = Table::create()
            .table(WATCHES)
            .col(string_len("instance_id", 40))
            .col(string_len("state", 32))
            .col(boolean("is_failing"))
            .col(timestamp_with_time_zone("counted_until"))
            .col(timestamp_with_time_zone_null("down_since"))
            .primary_key(&mut primary_key(&["instance_id"]))
            .foreign_key(&mut foreign_key(WATCHES, "instance_id", "instances"))
            .to_owned();
        manager.create_table(watches).await?;
        let days = Table::create()
            .table(DAYS)
            .col(string_len("instance_id", 40))
            .col(date("day"))
            .col(big_integer("up_seconds"))
            .col(big_integer("down_seconds"))
            .col(big_integer("unknown_seconds"))
            .col(big_integer("longest_seconds"))
            .primary_key(&mut primary_key(&["instance_id", "day"]))
            .foreign_key(&mut foreign_key(DAYS, "instance_id", "instances"))
            .to_owned();
        manager.create_table(days).await?;
        // Old days are forgotten in their order.
        index(manager, DAYS, &["day"]).await?;
        let outages = Table::create()
            .table(OUTAGES)
            .col(string_len("instance_id", 40))
            .col(timestamp_with_time_zone("began_at"))
            .col(timestamp_with_time_zone("ended_at"))
            .primary_key(&mut primary_key(&["instance_id", "began_at"]))
            .foreign_key(&mut foreign_key(OUTAGES, "instance_id", "instances"))
            .to_owned();
        manager.create_table(outages).await?;
        index(manager, OUTAGES, &["ended_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [OUTAGES, DAYS, WATCHES] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
