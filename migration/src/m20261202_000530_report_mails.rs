//! Reports that staff have mailed to them, and files that go with a mail.
use crate::parts::{foreign_key, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "report_mails";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            .col(string_len("id", 40))
            .col(string_len("user_id", 40))
            .col(string_len("report", 40))
            .col(string_len("rhythm", 32))
            .col(date("mailed_to"))
            .col(timestamp_with_time_zone("created_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "user_id", "users"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, TABLE, &["user_id", "report", "rhythm"]).await?;
        let file = string_len_null("attachment_id", 40);
        manager.alter_table(Table::alter().table("messages").add_column(file).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("messages").drop_column("attachment_id").to_owned()).await?;
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
