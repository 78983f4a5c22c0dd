//! Income tax that buyers withhold of what they pay, and the proofs of it.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "withholdings";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            .col(string_len("id", 40))
            .col(string_len("invoice_id", 40))
            .col(string_len("customer_id", 40))
            .col(string_len("status", 32))
            .col(big_integer("base_minor"))
            .col(big_integer("amount_minor"))
            .col(string_len("currency", 3))
            .col(string_len_null("live_key", 40))
            .col(timestamp_with_time_zone("proof_due_at"))
            .col(timestamp_with_time_zone_null("reminded_at"))
            .col(string_len_null("proof_number", 60))
            .col(date_null("proof_date"))
            .col(string_len_null("file_id", 40))
            .col(string_len_null("payment_id", 40))
            .col(string_len("declared_by", 40))
            .col(timestamp_with_time_zone("declared_at"))
            .col(timestamp_with_time_zone_null("received_at"))
            .col(string_len_null("closed_by", 40))
            .col(timestamp_with_time_zone_null("closed_at"))
            .col(string_len_null("reason", 255))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "invoice_id", "invoices"))
            .foreign_key(&mut foreign_key(TABLE, "customer_id", "customers"))
            .foreign_key(&mut foreign_key(TABLE, "file_id", "files"))
            .foreign_key(&mut foreign_key(TABLE, "payment_id", "payments"))
            .to_owned();
        manager.create_table(table).await?;
        // Of an invoice one waits for its proof or has it; the others are over.
        unique(manager, TABLE, &["live_key"]).await?;
        unique(manager, TABLE, &["payment_id"]).await?;
        index(manager, TABLE, &["status", "id"]).await?;
        index(manager, TABLE, &["status", "proof_due_at"]).await?;
        index(manager, TABLE, &["received_at"]).await?;
        index(manager, TABLE, &["declared_at"]).await?;
        for column in ["invoice_id", "customer_id", "file_id"] {
            index(manager, TABLE, &[column]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
