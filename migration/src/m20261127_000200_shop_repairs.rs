//! In which country a customer is taxed, and with which number a series began.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Whoever had typed another country into his own profile is taxed at home again until staff confirm it.
        let customers =
            Table::alter().table("customers").add_column(string_len("tax_country", 2).default("ID")).to_owned();
        manager.alter_table(customers).await?;
        let series = Table::alter().table("number_series").add_column(big_integer("first_value").default(1)).to_owned();
        manager.alter_table(series).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("number_series").drop_column("first_value").to_owned()).await?;
        manager.alter_table(Table::alter().table("customers").drop_column("tax_country").to_owned()).await
    }
}
