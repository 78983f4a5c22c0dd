//! Double entry: accounts, postings, and wallets as customers see them.
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
        ledger_accounts(manager).await?;
        ledger_transactions(manager).await?;
        ledger_entries(manager).await?;
        wallet_transactions(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["wallet_transactions", "ledger_entries", "ledger_transactions", "ledger_accounts"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn ledger_accounts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("ledger_accounts")
        .col(string_len("id", 40))
        .col(string_len("code", 80))
        .col(string_len("kind", 32))
        .col(string_len_null("customer_id", 40))
        .col(string_len("currency", 3))
        .col(big_integer("balance_minor"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "ledger_accounts", &["code"]).await?;
    index(manager, "ledger_accounts", &["customer_id"]).await?;
    Ok(())
}

async fn ledger_transactions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("ledger_transactions")
        .col(string_len("id", 40))
        .col(string_len("idempotency_key", 160))
        .col(string_len("kind", 40))
        .col(string_len("source_type", 32))
        .col(string_len("source_id", 40))
        .col(string_len("description", 255))
        .col(timestamp_with_time_zone("posted_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "ledger_transactions", &["idempotency_key"]).await?;
    index(manager, "ledger_transactions", &["posted_at"]).await?;
    index(manager, "ledger_transactions", &["source_type", "source_id"]).await?;
    Ok(())
}

async fn ledger_entries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("ledger_entries")
        .col(string_len("id", 40))
        .col(string_len("transaction_id", 40))
        .col(string_len("account_id", 40))
        .col(big_integer("amount_minor"))
        .col(string_len("currency", 3))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("ledger_entries", "transaction_id", "ledger_transactions"))
        .foreign_key(&mut foreign_key("ledger_entries", "account_id", "ledger_accounts"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "ledger_entries", &["transaction_id"]).await?;
    index(manager, "ledger_entries", &["account_id", "id"]).await?;
    Ok(())
}

async fn wallet_transactions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("wallet_transactions")
        .col(string_len("id", 40))
        .col(string_len("number", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("type", 32))
        .col(big_integer("amount_minor"))
        .col(big_integer("balance_before_minor"))
        .col(big_integer("balance_after_minor"))
        .col(string_len("currency", 3))
        .col(string_len("description", 255))
        .col(string_len("ledger_transaction_id", 40))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("wallet_transactions", "customer_id", "customers"))
        .foreign_key(&mut foreign_key("wallet_transactions", "ledger_transaction_id", "ledger_transactions"))
        .check(Expr::cust("balance_after_minor = balance_before_minor + amount_minor"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "wallet_transactions", &["number"]).await?;
    unique(manager, "wallet_transactions", &["ledger_transaction_id"]).await?;
    index(manager, "wallet_transactions", &["customer_id", "id"]).await?;
    Ok(())
}
