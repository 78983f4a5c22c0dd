//! Bank transfers confirmed by people: the amounts they are recognised by, and the proofs payers send.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Lists of transfers: by state, and by the amount a statement shows.
const LISTS: &[&[&str]] = &[&["gateway", "status", "id"], &["gateway", "amount_minor", "id"]];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("payment_transfers")
            .col(string_len("payment_id", 40))
            .col(string_len("account_id", 40))
            .col(big_integer("amount_minor"))
            .col(big_integer("unique_code"))
            .col(big_integer_null("reserved_minor"))
            .col(integer("quarantine_days"))
            .col(timestamp_with_time_zone_null("held_until"))
            .primary_key(&mut primary_key(&["payment_id"]))
            .foreign_key(&mut foreign_key("payment_transfers", "payment_id", "payments"))
            .foreign_key(&mut foreign_key("payment_transfers", "account_id", "payment_accounts"))
            .to_owned();
        manager.create_table(table).await?;
        // A released amount is NULL, and both databases tell NULLs apart: this is the rule that no two open transfers
        // of an account ask for the same amount.
        unique(manager, "payment_transfers", &["account_id", "reserved_minor"]).await?;
        let table = Table::create()
            .table("payment_proofs")
            .col(string_len("id", 40))
            .col(string_len("payment_id", 40))
            .col(string_len("customer_id", 40))
            .col(string_len("file_id", 40))
            .col(string_len("sha256", 64))
            .col(string_len("content_type", 80))
            .col(big_integer("size_bytes"))
            .col(string_len_null("note", 255))
            .col(timestamp_with_time_zone("sent_at"))
            .col(timestamp_with_time_zone_null("rejected_at"))
            .col(string_len_null("reason", 255))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key("payment_proofs", "payment_id", "payments"))
            .foreign_key(&mut foreign_key("payment_proofs", "customer_id", "customers"))
            .foreign_key(&mut foreign_key("payment_proofs", "file_id", "files"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, "payment_proofs", &["payment_id", "sha256"]).await?;
        index(manager, "payment_proofs", &["payment_id", "id"]).await?;
        index(manager, "payment_proofs", &["sha256"]).await?;
        index(manager, "payment_proofs", &["customer_id"]).await?;
        index(manager, "payment_proofs", &["file_id"]).await?;
        for columns in LISTS {
            index(manager, "payments", columns).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for columns in LISTS {
            let name = format!("ix_payments_{}", columns.join("_"));
            manager.drop_index(Index::drop().name(name).table("payments").to_owned()).await?;
        }
        manager.drop_table(Table::drop().table("payment_proofs").to_owned()).await?;
        manager.drop_table(Table::drop().table("payment_transfers").to_owned()).await
    }
}
