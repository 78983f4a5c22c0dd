//! Fees for invoices that are paid late.
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
            .table("late_fees")
            .col(string_len("id", 40))
            .col(string_len("invoice_id", 40))
            .col(integer("period"))
            .col(string_len("fee_invoice_id", 40))
            .col(string_len("customer_id", 40))
            .col(big_integer("open_minor"))
            .col(big_integer("amount_minor"))
            .col(string_len("currency", 3))
            .col(timestamp_with_time_zone("charged_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key("late_fees", "invoice_id", "invoices"))
            .foreign_key(&mut foreign_key("late_fees", "fee_invoice_id", "invoices"))
            .foreign_key(&mut foreign_key("late_fees", "customer_id", "customers"))
            .to_owned();
        manager.create_table(table).await?;
        // The rule that nobody pays twice for one period, whoever charges.
        unique(manager, "late_fees", &["invoice_id", "period"]).await?;
        unique(manager, "late_fees", &["fee_invoice_id"]).await?;
        index(manager, "late_fees", &["customer_id", "id"]).await?;
        index(manager, "late_fees", &["charged_at"]).await?;
        let table = Table::create()
            .table("late_fee_exemptions")
            .col(string_len("customer_id", 40))
            .col(string_len("reason", 255))
            .col(string_len("placed_by", 40))
            .col(timestamp_with_time_zone("placed_at"))
            .primary_key(&mut primary_key(&["customer_id"]))
            .foreign_key(&mut foreign_key("late_fee_exemptions", "customer_id", "customers"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("late_fee_exemptions").to_owned()).await?;
        manager.drop_table(Table::drop().table("late_fees").to_owned()).await
    }
}
