//! Prices that are written with the tax in them, and what was sold at such a price.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: [(&str, &str); 6] = [
    ("prices", "tax_included"),
    ("subscriptions", "tax_included"),
    ("order_items", "tax_included"),
    ("quote_items", "tax_included"),
    ("plan_changes", "from_tax_included"),
    ("plan_changes", "to_tax_included"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name) in COLUMNS {
            // Everything so far was sold without it.
            let column = boolean(name).default(false).to_owned();
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name) in COLUMNS.into_iter().rev() {
            manager.alter_table(Table::alter().table(table).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}
