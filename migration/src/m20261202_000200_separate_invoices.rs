//! A customer may have each of his renewals on an invoice of its own.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const CUSTOMERS: &str = "customers";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let separate = boolean("separate_invoices").default(false).to_owned();
        manager.alter_table(Table::alter().table(CUSTOMERS).add_column(separate).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(CUSTOMERS).drop_column("separate_invoices").to_owned()).await
    }
}
