//! Money of wallets that is paid out to bank accounts.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "wallet_payouts";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            .col(string_len("id", 40))
            .col(string_len("customer_id", 40))
            .col(big_integer("amount_minor"))
            .col(string_len("currency", 3))
            .col(string_len("status", 32))
            .col(string_len_null("open_key", 40))
            .col(string_len("bank_name", 80))
            .col(string_len("account_holder", 120))
            .col(string_len("account_number", 40))
            .col(string_len("reason", 255))
            .col(string_len("hold_id", 40))
            .col(string_len_null("approval_id", 40))
            .col(string_len_null("bank_reference", 80))
            .col(string_len_null("note", 255))
            .col(string_len("requested_by", 60))
            .col(string_len_null("paid_by", 60))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("paid_at"))
            .col(timestamp_with_time_zone_null("closed_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "customer_id", "customers"))
            .foreign_key(&mut foreign_key(TABLE, "hold_id", "wallet_holds"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, TABLE, &["open_key"]).await?;
        index(manager, TABLE, &["status", "id"]).await?;
        index(manager, TABLE, &["customer_id", "id"]).await?;
        index(manager, TABLE, &["hold_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
