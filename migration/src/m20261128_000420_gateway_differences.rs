//! What gateways say of payments when they are asked once more, where it differs.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "gateway_differences";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            .col(string_len("id", 40))
            .col(string_len("payment_id", 40))
            .col(string_len("reference", 60))
            .col(string_len("customer_id", 40))
            .col(string_len("account_id", 40))
            .col(string_len("what", 32))
            .col(string_len("ours", 120))
            .col(string_len("theirs", 120))
            .col(string_len("status", 32))
            .col(string_len_null("open_key", 80))
            .col(string_len_null("note", 255))
            .col(string_len_null("closed_by", 40))
            .col(timestamp_with_time_zone("found_at"))
            .col(timestamp_with_time_zone_null("closed_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "payment_id", "payments"))
            .foreign_key(&mut foreign_key(TABLE, "customer_id", "customers"))
            .foreign_key(&mut foreign_key(TABLE, "account_id", "payment_accounts"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, TABLE, &["open_key"]).await?;
        index(manager, TABLE, &["status", "id"]).await?;
        for column in ["payment_id", "customer_id", "account_id"] {
            index(manager, TABLE, &[column]).await?;
        }
        // The payments of the last days.
        index(manager, "payments", &["created_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_days = Index::drop().name("ix_payments_created_at").table("payments").to_owned();
        manager.drop_index(of_days).await?;
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
