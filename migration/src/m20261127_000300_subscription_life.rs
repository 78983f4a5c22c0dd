//! The life of a contract after its first payment: when its next invoice and its next step are due, and which steps of
//! its timetable were taken.
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
        for column in ["next_invoice_at", "next_step_at"] {
            let add =
                Table::alter().table("subscriptions").add_column(timestamp_with_time_zone_null(column)).to_owned();
            manager.alter_table(add).await?;
            index(manager, "subscriptions", &[column]).await?;
        }
        // Contracts that run already: the run of the day of renewal takes them at the latest.
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE subscriptions SET next_invoice_at = next_renewal_at WHERE next_renewal_at IS NOT NULL AND auto_renew",
            )
            .await?;
        let add = Table::alter().table("customers").add_column(boolean("auto_debit").default(true)).to_owned();
        manager.alter_table(add).await?;
        dunning_steps(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("dunning_steps").to_owned()).await?;
        let drop = Table::alter().table("customers").drop_column("auto_debit").to_owned();
        manager.alter_table(drop).await?;
        for column in ["next_invoice_at", "next_step_at"] {
            let name = format!("ix_subscriptions_{column}");
            manager.drop_index(Index::drop().name(name).table("subscriptions").to_owned()).await?;
            let drop = Table::alter().table("subscriptions").drop_column(column).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

async fn dunning_steps(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("dunning_steps")
        .col(string_len("id", 40))
        .col(string_len("subscription_id", 40))
        .col(integer("cycle_number"))
        .col(string_len("step", 32))
        .col(boolean("is_skipped"))
        .col(timestamp_with_time_zone("done_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("dunning_steps", "subscription_id", "subscriptions"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "dunning_steps", &["subscription_id", "cycle_number", "step"]).await
}
