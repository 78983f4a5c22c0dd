//! Pauses of automation, what a billing day is counted by, and proofs of the books.
use crate::parts::{index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Lists of one day: table, columns.
const DAYS: &[(&str, &[&str])] = &[
    ("invoices", &["issued_at"]),
    ("dunning_steps", &["done_at"]),
    ("subscription_holds", &["reason", "placed_at"]),
    ("subscriptions", &["terminated_at"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("automation_pauses")
            .col(string_len("id", 40))
            .col(string_len("scope", 32))
            .col(string_len_null("target_id", 40))
            .col(string_len_null("open_key", 80))
            .col(string_len("reason", 255))
            .col(timestamp_with_time_zone("ends_at"))
            .col(string_len("placed_by", 40))
            .col(timestamp_with_time_zone("placed_at"))
            .col(timestamp_with_time_zone_null("lifted_at"))
            .primary_key(&mut primary_key(&["id"]))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "automation_pauses", &["open_key"]).await?;
        for (table, columns) in DAYS {
            index(manager, table, columns).await?;
        }
        let table = Table::create()
            .table("ledger_checks")
            .col(string_len("id", 40))
            .col(timestamp_with_time_zone("began_at"))
            .col(timestamp_with_time_zone("finished_at"))
            .col(json_binary("findings"))
            .col(big_integer("found"))
            .col(json_binary("totals"))
            .primary_key(&mut primary_key(&["id"]))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in DAYS {
            let name = format!("ix_{table}_{}", columns.join("_"));
            manager.drop_index(Index::drop().name(name).table(*table).to_owned()).await?;
        }
        manager.drop_table(Table::drop().table("ledger_checks").to_owned()).await?;
        manager.drop_table(Table::drop().table("automation_pauses").to_owned()).await
    }
}
