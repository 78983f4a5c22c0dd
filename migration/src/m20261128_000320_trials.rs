//! Contracts that begin with days that cost nothing.
use crate::parts::{foreign_key, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let days = integer("trial_days").default(0).to_owned();
        manager.alter_table(Table::alter().table("products").add_column(days).to_owned()).await?;
        let table = Table::create()
            .table("trials")
            .col(string_len("subscription_id", 40))
            .col(string_len("customer_id", 40))
            .col(string_len("product_id", 40))
            .col(integer("days"))
            .col(date_null("ends_on"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(&mut primary_key(&["subscription_id"]))
            .foreign_key(&mut foreign_key("trials", "subscription_id", "subscriptions"))
            .foreign_key(&mut foreign_key("trials", "customer_id", "customers"))
            .foreign_key(&mut foreign_key("trials", "product_id", "products"))
            .to_owned();
        manager.create_table(table).await?;
        // The rule that nobody tries a product twice, however many orders come at once.
        unique(manager, "trials", &["customer_id", "product_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("trials").to_owned()).await?;
        manager.alter_table(Table::alter().table("products").drop_column("trial_days").to_owned()).await
    }
}
