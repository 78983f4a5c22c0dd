//! Customers who pay the PPN of their invoices to the state themselves, and who withhold income tax.
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLLECTED: &str = "collected_tax_minor";

fn columns() -> [(&'static str, &'static str, ColumnDef); 7] {
    let collected = || big_integer(COLLECTED).default(0).to_owned();
    [
        ("customers", "vat_collector", string_len_null("vat_collector", 32)),
        ("customers", "withholds_income_tax", boolean("withholds_income_tax").default(false).to_owned()),
        ("invoices", "vat_collector", string_len_null("vat_collector", 32)),
        ("invoices", COLLECTED, collected()),
        ("invoice_items", COLLECTED, collected()),
        ("credit_note_items", COLLECTED, collected()),
        ("write_off_items", COLLECTED, collected()),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, _, column) in columns() {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name, _) in columns().into_iter().rev() {
            manager.alter_table(Table::alter().table(table).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}
