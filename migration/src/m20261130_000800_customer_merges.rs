//! Customers who turned out to be one, and what went from one to the other.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const MERGES: &str = "customer_merges";
const DOCUMENTS: &str = "moved_documents";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let merges = Table::create()
            .table(MERGES)
            .col(string_len("id", 40))
            .col(string_len("from_id", 40))
            .col(string_len("into_id", 40))
            .col(string_len("now_id", 40))
            .col(string_len("reason", 255))
            .col(string_len("merged_by", 60))
            .col(big_integer("wallet_minor"))
            .col(big_integer("open_minor"))
            .col(string_len("currency", 3))
            .col(timestamp_with_time_zone("merged_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(MERGES, "from_id", "customers"))
            .foreign_key(&mut foreign_key(MERGES, "into_id", "customers"))
            .foreign_key(&mut foreign_key(MERGES, "now_id", "customers"))
            .to_owned();
        manager.create_table(merges).await?;
        unique(manager, MERGES, &["from_id"]).await?;
        index(manager, MERGES, &["into_id"]).await?;
        index(manager, MERGES, &["now_id", "id"]).await?;
        let documents = Table::create()
            .table(DOCUMENTS)
            .col(string_len("document_id", 40))
            .col(string_len("issued_to", 40))
            .col(timestamp_with_time_zone("moved_at"))
            .primary_key(&mut primary_key(&["document_id"]))
            .foreign_key(&mut foreign_key(DOCUMENTS, "issued_to", "customers"))
            .to_owned();
        manager.create_table(documents).await?;
        index(manager, DOCUMENTS, &["issued_to"]).await?;
        let tenant = string_len_null("tenant_id", 40);
        manager.alter_table(Table::alter().table("instances").add_column(tenant).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("instances").drop_column("tenant_id").to_owned()).await?;
        for table in [DOCUMENTS, MERGES] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
