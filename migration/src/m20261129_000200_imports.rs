//! What is taken over from other systems: files, what became of their rows, and which of theirs is which of ours;
//! contracts whose machine is not ours.
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
        let column = string_len_null("elsewhere", 200);
        manager.alter_table(Table::alter().table("subscriptions").add_column(column).to_owned()).await?;
        imports(manager).await?;
        rows(manager).await?;
        links(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["import_links", "import_rows", "imports"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("subscriptions").drop_column("elsewhere").to_owned()).await
    }
}

async fn imports(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const TABLE: &str = "imports";
    let table = Table::create()
        .table(TABLE)
        .col(string_len("id", 40))
        .col(string_len("kind", 32))
        .col(string_len("source", 32))
        .col(string_len("file_id", 40))
        .col(string_len_null("file_key", 64))
        .col(json_binary("columns"))
        .col(json_binary("options"))
        .col(string_len("status", 32))
        .col(integer("rows"))
        .col(string_len_null("created_by", 40))
        .col(timestamp_with_time_zone("created_at"))
        .col(string_len_null("started_by", 40))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key(TABLE, "file_id", "files"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, TABLE, &["kind", "source", "file_key"]).await?;
    index(manager, TABLE, &["status", "id"]).await?;
    index(manager, TABLE, &["file_id"]).await
}

async fn rows(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const TABLE: &str = "import_rows";
    let table = Table::create()
        .table(TABLE)
        .col(string_len("id", 40))
        .col(string_len("import_id", 40))
        .col(integer("number"))
        .col(string_len("source_key", 80))
        .col(string_len("label", 200))
        .col(string_len("verdict", 32))
        .col(json_binary("reasons"))
        .col(string_len_null("target_id", 40))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key(TABLE, "import_id", "imports"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, TABLE, &["import_id", "number"]).await?;
    index(manager, TABLE, &["import_id", "id"]).await?;
    index(manager, TABLE, &["import_id", "verdict", "id"]).await
}

async fn links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const TABLE: &str = "import_links";
    let table = Table::create()
        .table(TABLE)
        .col(string_len("id", 40))
        .col(string_len("source", 32))
        .col(string_len("kind", 32))
        .col(string_len("source_key", 80))
        .col(string_len("target_id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("import_id", 40))
        .col(json_binary("told"))
        .col(big_integer("wallet_minor").default(0))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key(TABLE, "customer_id", "customers"))
        .foreign_key(&mut foreign_key(TABLE, "import_id", "imports"))
        .to_owned();
    manager.create_table(table).await?;
    // Taken over once, whichever file and however many of them at the same time.
    unique(manager, TABLE, &["source", "kind", "source_key"]).await?;
    index(manager, TABLE, &["target_id"]).await?;
    index(manager, TABLE, &["customer_id"]).await?;
    index(manager, TABLE, &["import_id"]).await
}
