//! Short forms for what every table has.
use sea_orm_migration::prelude::*;

/// The primary key over `columns`.
pub fn primary_key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key
}

/// A foreign key to `id` of `to_table`. NO ACTION: nothing that touches money is ever deleted by cascade, and SQLite
/// reports a violation of it in a form that can be recognised (a RESTRICT violation cannot).
pub fn foreign_key(table: &'static str, column: &'static str, to_table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk_{table}_{column}"))
        .from(table, column)
        .to(to_table, "id")
        .on_delete(ForeignKeyAction::NoAction)
        .on_update(ForeignKeyAction::NoAction)
        .to_owned()
}

/// An index over `columns`, named `ix_<table>_<columns>`.
pub async fn index(manager: &SchemaManager<'_>, table: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    let mut index = Index::create().name(format!("ix_{table}_{}", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

/// A unique index over `columns`, named `uq_<table>_<columns>`; error messages are mapped by that name.
pub async fn unique(manager: &SchemaManager<'_>, table: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    let mut index = Index::create().name(format!("uq_{table}_{}", columns.join("_"))).table(table).unique().to_owned();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}
