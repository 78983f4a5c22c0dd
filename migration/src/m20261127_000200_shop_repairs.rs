//! In which country a customer is taxed.
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
        manager.alter_table(customers).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("customers").drop_column("tax_country").to_owned()).await
    }
}
